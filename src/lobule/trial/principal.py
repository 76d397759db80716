"""Principal strata: those who would be without an intercurrent event in either of two arms (ICH E9(R1), A.3.2).

One trial does not tell who they are. Here every virtual patient was run in every arm, and one and the same luck decides
in both, so that the chance to be of the stratum is known of everybody:

P(without it in either arm by day t) = exp(-sum over causes of max(H_arm(t), H_reference(t)))

with H the cumulative hazards, each of which is reached by an exponential number of the person's own (`conduct`). The
true effect is the mean of the own effects, weighed by that chance: the survivor average causal effect, where the event
is death. Beside it stands what a trial can tell: the analysis of those who are without the event, which is right where
they are alike in both arms given what it is adjusted for, and bounds that need but monotonicity (`principal`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lobule.errors import NoFit
from lobule.files.design import Design, Endpoint
from lobule.files.estimand import PRINCIPAL_STRATUM
from lobule.labs import labs
from lobule.patient.criteria import Criteria
from lobule.quantities import amount
from lobule.statistics.principal import trimming_bounds
from lobule.statistics.survival import kaplan_meier
from lobule.trial.conduct import Conducted, hazards_of
from lobule.trial.observed import asked_of, first_day, values_at
from lobule.trial.population import Population
from lobule.trial.readings import of_everybody
from lobule.trial.runs import Courses
from lobule.trial.unexplained import true_values

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
CAUSES = {"death": (0, 4), "transplantation": (5,)}  # places of their hazards in `hazards_of`
COLUMNS = [
    "endpoint", "arm", "reference", "events", "day", "stratum_share", "without_event", "without_event_reference",
    "saved_share", "harmed_share", "true_effect", "true_effect_in_all", "estimate", "shown_estimate",
    "bound_low", "bound_high", "kept", "reason",
]  # fmt: skip


def chances(
    design: Design, population: Population, courses: Sequence[Courses], endpoint: Endpoint, arm: int
) -> tuple[Values, Values, Values]:
    """Chance of each virtual patient, (n,), to be without the events in both arms, in the arm, in the reference."""
    assert endpoint.at is not None
    age = population.table["age"].to_numpy(float)
    two = []
    for course in (courses[arm], courses[design.reference]):
        at = int(np.searchsorted(course.days, amount(endpoint.at, "time")))
        of_all = hazards_of(design, course, age)
        two.append(np.array([of_all[k][:, at] for name in endpoint.principal for k in CAUSES[name]]))
    both = np.maximum(*two)
    of_stratum, of_arm, of_reference = (np.exp(-hazards.sum(axis=0)) for hazards in (both, *two))
    return of_stratum, of_arm, of_reference


def strata(
    design: Design, population: Population, courses: Sequence[Courses], seen: Conducted, typical: pd.DataFrame,
    shown: dict[tuple[str, str], float],
) -> pd.DataFrame:  # fmt: skip
    """One row an endpoint with a principal stratum and arm beside the reference.

    Parameters
    ----------
    seen : the replicate that is shown
    typical : endpoints over the replicates, for the median estimate
    shown : {(endpoint, arm): estimate} of that replicate

    Returns
    -------
    DataFrame: endpoint, arm, reference, events, day; of all who could be enrolled: stratum_share (without the events in
        either arm), without_event and without_event_reference (in each), saved_share (without them in the arm alone),
        harmed_share (in the reference alone: 0 where the arms are monotone), true_effect (in the stratum),
        true_effect_in_all (as if the events never came); of the trial's data: estimate (median over the replicates),
        and of the shown replicate shown_estimate, bound_low, bound_high (under monotonicity), kept (share of survivors
        of the better arm who are of the stratum), reason (why there are no bounds).
    """
    import pandas as pd

    medians = typical.set_index(["endpoint", "arm"])["estimate"]
    rows: list[dict[str, Any]] = []
    for endpoint in design.endpoints:
        for a, arm in enumerate(design.arms):
            if not endpoint.principal or a == design.reference:
                continue
            key = (endpoint.name, arm.name)
            rows.append(
                {"endpoint": endpoint.name, "arm": arm.name, "reference": design.arms[design.reference].name,
                 "events": " or ".join(endpoint.principal), "day": amount(str(endpoint.at), "time"),
                 **_truth(design, population, courses, endpoint, a), "estimate": medians.get(key),
                 "shown_estimate": shown.get(key), **_bounds(design, seen, endpoint, a)}
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _truth(
    design: Design, population: Population, courses: Sequence[Courses], endpoint: Endpoint, arm: int
) -> dict[str, float]:
    """Shares and effects over the virtual patients whom the endpoint is asked of and who could be solved."""
    weight, here, there = chances(design, population, courses, endpoint, arm)
    effect = np.full(len(population), np.nan)
    if endpoint.output != "quality_of_life":  # which has no true value
        in_arm, in_reference = (true_values(endpoint, courses[a], of_everybody(design, population, courses[a], a))
                                for a in (arm, design.reference))  # fmt: skip
        effect = in_arm - in_reference
    asked = np.isfinite(weight)
    if endpoint.among is not None:
        table = population.table.select_dtypes("number")
        asked &= Criteria.read(endpoint.among).met({str(name): table[name].to_numpy(float) for name in table})
    known = asked & np.isfinite(effect)
    shares = {
        "stratum_share": weight, "without_event": here, "without_event_reference": there,
        "saved_share": here - weight, "harmed_share": there - weight,
    }  # fmt: skip
    found = {name: float(values[asked].mean()) if asked.any() else np.nan for name, values in shares.items()}
    found["true_effect"] = float(np.average(effect[known], weights=weight[known])) if known.any() else np.nan
    found["true_effect_in_all"] = float(effect[known].mean()) if known.any() else np.nan
    return found


def _bounds(design: Design, everyone: Conducted, endpoint: Endpoint, arm: int) -> dict[str, Any]:
    """Of one replicate: shares without the event by Kaplan and Meier, since who is lost may have had it later."""
    seen = asked_of(endpoint, everyone)
    values = values_at(endpoint, seen, design)
    change = values[:, -1] - values[:, 0]
    day = amount(str(endpoint.at), "time")
    came = first_day(seen, endpoint.strategies(design.analysis.rescue), PRINCIPAL_STRATUM)
    time = np.minimum(came, seen.left)
    groups, shares = [], []
    for a in (arm, design.reference):
        here = seen.arm == a
        groups.append(change[here & np.isfinite(change)])
        shares.append(_share_at(time[here], came[here] <= time[here], day) if here.any() else 0.0)
    try:
        found = trimming_bounds(*groups, *shares)
    except NoFit as error:
        return {"reason": str(error)}
    return {"bound_low": found.low, "bound_high": found.high, "kept": found.kept, "reason": ""}


def _share_at(time: Values, event: NDArray[np.bool_], day: float) -> float:
    curve = kaplan_meier(time, event)
    return float(curve.share[np.searchsorted(curve.days, day, side="right") - 1])


def told(row: dict[str, Any], counted: str) -> str:
    """A row of `strata` in a sentence; `counted` : unit of the output."""
    unit = f" {counted}" if counted else ""
    effect = "is not known"
    if np.isfinite(row["true_effect"]):
        effect = f"{row['true_effect']:.3g}{unit} (in all, as if nobody had it: {row['true_effect_in_all']:.3g})"
    median = f"{row['estimate']:.3g} (median)" if np.isfinite(row["estimate"]) else "nothing"
    bounds = row["reason"] or f"{row['bound_low']:.3g} to {row['bound_high']:.3g} in the replicate shown"
    return (
        f"{row['endpoint']}, {row['arm']}: {row['stratum_share']:.0%} would be without {row['events']} by day "
        f"{row['day']:g} in either arm ({row['saved_share']:.1%} in {row['arm']} alone, {row['harmed_share']:.1%} in "
        f"{row['reference']} alone); true effect in them {effect}; estimated from those without it {median}; bounds, "
        f"if the better arm harms nobody: {bounds}"
    )


def sentences(design: Design, table: pd.DataFrame) -> Iterator[str]:
    """Every row of `strata` in a sentence."""
    for row in table.to_dict("records"):
        yield told({str(k): v for k, v in row.items()}, labs()[str(design.endpoint(row["endpoint"]).output)].counted)
