"""Several designs beside each other: chances, patients, effects, and how their powers differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING, Any

from lobule.report.records import records
from lobule.simulation.program import INTENDED_USE
from lobule.trial.account import chances, design_checksum, multiplicity, question
from lobule.trial.estimands import adjusted_for

if TYPE_CHECKING:
    import pandas as pd

    from lobule.trial.trial import TrialResult

PAIRS_MEAN = (
    "Difference of powers: of the first less the second, with the interval of Newcombe for independent shares "
    "(replicates of two designs are drawn apart)."
)


def chances_table(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    """One row a design and chance: design, patients, what (power, type I error, assurance), share with
    monte_carlo_error, low, high (95 %), replicates."""
    import pandas as pd

    return pd.DataFrame(
        {"design": name, "patients": of.design.patients, **row}
        for name, of in results.items() for row in chances(of.power())
    )  # fmt: skip


def pairs_table(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    """One row a pair of designs: first, second, difference of their powers with low, high (95 %, Newcombe), and of
    their patients."""
    import pandas as pd
    from statsmodels.stats.proportion import confint_proportions_2indep

    rows: list[dict[str, Any]] = []
    for (first, one), (second, other) in combinations(results.items(), 2):
        powers = [of.power()["power"] for of in (one, other)]
        counts = [(round(p["share"] * p["replicates"]), p["replicates"]) for p in powers]
        low, high = confint_proportions_2indep(*counts[0], *counts[1], compare="diff", method="newcomb")
        rows.append({"first": first, "second": second, "difference_of_power": powers[0]["share"] - powers[1]["share"],
                     "low": float(low), "high": float(high),
                     "difference_of_patients": one.design.patients - other.design.patients})  # fmt: skip
    return pd.DataFrame(rows)


def endpoints_table(results: Mapping[str, TrialResult]) -> pd.DataFrame:
    """Endpoints of all designs over their replicates, with the name of the design first."""
    import pandas as pd

    return pd.concat([of.endpoints().assign(design=name) for name, of in results.items()])[
        ["design", "endpoint", "primary", "method", "arm", "reference", "measure", "estimate", "low", "high",
         "significant_share"]
    ]  # fmt: skip


def compared(results: Mapping[str, TrialResult]) -> dict[str, Any]:
    """Everything that the page of a comparison shows."""
    facts = [
        {"design": name, "title": of.design.title, "question": question(of.design), "patients": of.design.patients,
         "arms": " : ".join(arm.name for arm in of.design.arms), "follow_up_d": of.design.end,
         "primary": of.design.primary.name, "method": of.design.primary.how.replace("_", " "),
         "non_responders": of.design.population.non_responders or "none",
         "adjusted_for": adjusted_for(of.design, of.design.primary), "multiplicity": multiplicity(of.design),
         "seed": of.design.seed, "design_sha256": design_checksum(of.design)}
        for name, of in results.items()
    ]  # fmt: skip
    return {
        "title": f"Comparison of {len(results)} designs", "intended_use": INTENDED_USE, "designs": facts,
        "chances": records(chances_table(results)), "pairs": records(pairs_table(results)), "pairs_mean": PAIRS_MEAN,
        "endpoints": records(endpoints_table(results)), "pages": {name: f"{name}/report.html" for name in results},
    }  # fmt: skip
