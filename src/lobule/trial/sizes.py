"""How many patients a trial needs, by formula, from what its replicates have shown: beside the search by simulation.

Means: Student's t (noncentral t, statsmodels); shares: the normal approximation, pooled under no difference (J. L.
Fleiss, Statistical Methods for Rates and Proportions, 3rd ed. 2003; statsmodels); times to events: events by D. A.
Schoenfeld, Biometrics 1983; 39:499.
Losses are allowed for by randomising more: n / (1 - share lost).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from lobule.files.design import Design
from lobule.trial.effect import WIDTH, Estimate
from lobule.trial.replicates import Replicate, comparisons

if TYPE_CHECKING:
    import pandas as pd

POWERS = (0.8, 0.9)
LOST = (0.1, 0.2, 0.3)  # shares of patients without the endpoint
LEAST = 1e-3  # effect, in standard deviations, shares or the logarithm of hazards, that a size is given for
OF_EFFECT = (1.0, 0.75, 0.5)  # of what the model predicts, since its effect is uncertain
COLUMNS = ("arm", "assumed", "effect", "measure", "spread", "spread_of", "alpha", "power", "evaluable_patients",
           *(f"patients_if_{round(100 * lost)}_percent_lost" for lost in LOST))  # fmt: skip


def size_table(design: Design, found: list[Replicate]) -> pd.DataFrame:
    """Patients of an arm and the reference together, by assumed effect, power and share lost; of the primary endpoint.

    Returns
    -------
    DataFrame: arm; assumed (effect as a share of the predicted one); effect, measure; spread (standard deviation of the
        analysis, share or share with an event in the reference arm) and spread_of, which it is; alpha (two-sided, of
        one of the comparisons); power; evaluable_patients, and patients to randomise if a share is lost. No row where
        the method has no formula (a rank, a dose response, restricted means) or the arm no effect.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    alpha = design.analysis.alpha / comparisons(design)
    for a, arm in enumerate(design.arms):
        if a == design.reference or design.primary.how not in PLANNED:
            continue
        mine = [e for r in found if r.kind == "trial" for e in r.estimates
                if e.endpoint == design.primary.name and e.arm == arm.name and math.isfinite(e.estimate)]  # fmt: skip
        ratio = design.shares[a] / design.shares[design.reference]
        for row in PLANNED[design.primary.how](design, mine, found, arm.name, ratio, alpha) if mine else ():
            lost = [math.ceil(row["evaluable_patients"] / (1 - share)) for share in LOST]
            rows.append({"arm": arm.name, **row, "alpha": alpha} | dict(zip(COLUMNS[-len(LOST) :], lost, strict=True)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


Rows = Iterator[dict[str, Any]]


def _of_means(
    design: Design, mine: list[Estimate], found: list[Replicate], arm: str, ratio: float, alpha: float
) -> Rows:
    """The standard deviation is that of the analysis: what baseline and covariates explain is gone from it."""
    effect = float(np.median([e.estimate for e in mine]))
    each = [(e.high - e.low) / (2 * WIDTH) / math.sqrt(1 / e.n + 1 / e.n_reference) for e in mine]
    spread = float(np.median(each))
    for assumed in OF_EFFECT:
        for power in POWERS:
            n = means(assumed * effect / spread, power, ratio, alpha) if spread > 0 else None
            if n is not None:
                yield {"assumed": assumed, "effect": assumed * effect, "measure": mine[0].measure, "spread": spread,
                       "spread_of": "standard deviation", "power": power, "evaluable_patients": n}  # fmt: skip


def means(effect: float, power: float, ratio: float, alpha: float) -> int | None:
    """Patients of both groups for a difference of means in standard deviations; None for next to none.

    >>> means(0.5, 0.8, 1.0, 0.05)
    128
    """
    from statsmodels.stats.power import TTestIndPower

    if abs(effect) < LEAST:
        return None
    return _both(float(TTestIndPower().solve_power(abs(effect), None, alpha, power, 1 / ratio)), ratio)


def _of_shares(
    design: Design, mine: list[Estimate], found: list[Replicate], arm: str, ratio: float, alpha: float
) -> Rows:
    reference = _level(design, found, design.arms[design.reference].name)
    effect = float(np.median([e.estimate for e in mine]))
    for assumed in OF_EFFECT:
        for power in POWERS:
            n = shares(reference, reference + assumed * effect, power, ratio, alpha)
            if n is not None:
                yield {"assumed": assumed, "effect": assumed * effect, "measure": mine[0].measure, "spread": reference,
                       "spread_of": "share in the reference arm", "power": power, "evaluable_patients": n}  # fmt: skip


def shares(reference: float, treated: float, power: float, ratio: float, alpha: float) -> int | None:
    """Patients of both groups for two shares; None where they are alike.

    >>> shares(0.5, 0.75, 0.9, 1.0, 0.05)
    154
    """
    from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

    if not (0 <= treated <= 1 and 0 <= reference <= 1) or abs(treated - reference) < LEAST:
        return None
    n = float(samplesize_proportions_2indep_onetail(treated - reference, reference, power, 1 / ratio, alpha))
    return _both(n, ratio)


def _both(n: float, ratio: float) -> int:
    """Patients of both groups: n of the arm, and the reference."""
    return math.ceil(round(n, 6)) + math.ceil(round(n / ratio, 6))


def _of_times(
    design: Design, mine: list[Estimate], found: list[Replicate], arm: str, ratio: float, alpha: float
) -> Rows:
    effect = float(np.exp(np.median(np.log([e.estimate for e in mine]))))
    without = [_level(design, found, name) for name in (arm, design.arms[design.reference].name)]
    share = 1 - (ratio * without[0] + without[1]) / (1 + ratio)
    for assumed in OF_EFFECT:
        for power in POWERS:
            needed = events(effect**assumed, power, ratio, alpha)
            if needed is not None and share > 0:
                yield {"assumed": assumed, "effect": effect**assumed, "measure": mine[0].measure, "spread": share,
                       "spread_of": "share with an event", "power": power,
                       "evaluable_patients": math.ceil(needed / share)}  # fmt: skip


def events(ratio_of_hazards: float, power: float, ratio: float, alpha: float) -> int | None:
    """Events of both groups (Schoenfeld 1983); None for a hazard ratio of 1.

    >>> events(0.5, 0.8, 1.0, 0.05)
    66
    """
    if not ratio_of_hazards > 0 or abs(math.log(ratio_of_hazards)) < LEAST:
        return None
    z = float(norm.isf(alpha / 2) + norm.ppf(power))
    share = ratio / (1 + ratio)
    return math.ceil(z**2 / (share * (1 - share) * math.log(ratio_of_hazards) ** 2))


def _level(design: Design, found: list[Replicate], arm: str) -> float:
    """Share, or share without event, of an arm over the replicates."""
    values = [v for r in found if r.kind == "trial" for e, a, v in r.levels if (e, a) == (design.primary.name, arm)]
    return float(np.nanmedian(values)) if values else math.nan


PLANNED = {"ancova": _of_means, "mmrm": _of_means, "t_test": _of_means, "risk_difference": _of_shares,
           "log_rank": _of_times, "cox": _of_times}  # fmt: skip
