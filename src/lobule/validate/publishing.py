"""How a prediction becomes what a study would publish: studies differ, and small ones that found something overstate.

Both are told by the calibration rows that report a size, apart for animals, controlled trials and single arms. What was
observed less what was predicted, counted towards a benefit, is regressed on the squared error of its groups (PEESE, T.
Stanley and H. Doucouliagos, Res Synth Methods 2014; 5:60), with standard deviations between studies and between rows of
one by restricted likelihood (`statistics.meta_regression`). The slope, never below 0, is what small studies overstate
by. The intercept is what the model itself is off by where groups are large: it is told, and not added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lobule.statistics.meta_regression import meta_regression
from lobule.validate.case import GROUPS, Case, Group

# Standard deviation of a logarithm of a ratio between studies where too few report a size; assumed
ASSUMED: dict[Group, float] = {"animals": 0.35, "controlled trials": 0.1, "single arms": 0.1}
FEWEST_SIZES, FEWEST_STUDIES = 10, 4  # that tell a slope and two spreads; assumed


@dataclass(frozen=True)
class Publishing:
    """Of one group, logarithms of ratios.

    between, within : standard deviations between studies, and between rows of one
    slope : overstatement by a squared error of groups; slope_error : its standard error, NaN where none was found
    offset : what the model is off by where groups are large, towards a benefit; offset_error : its standard error
    sizes, studies : calibration rows behind it; told : they were enough, else all is assumed
    gain : mean gain of those rows: what the first rival predicts
    """

    group: Group
    between: float
    within: float
    slope: float
    slope_error: float
    offset: float
    offset_error: float
    sizes: int
    studies: int
    told: bool
    gain: float

    @property
    def spread(self) -> float:
        """Standard deviation between rows of different studies."""
        return math.hypot(self.between, self.within)

    def overstated(self, error: float, good: str) -> float:
        """What is added to a predicted logarithm of a ratio for a study whose groups have that error."""
        return self.slope * error**2 * (1 if good == "up" else -1)

    def sentence(self) -> str:
        """In words."""
        behind = f"{self.sizes} sizes of {self.studies} studies"
        if not self.told:
            why = f"assumed: {behind} tell too little"
            return f"{self.group}: studies differ by {self.spread:.2f} of a logarithm ({why})"
        overstates = f"one with an error of 0.2 overstates by {self.slope * 0.2**2:.2f}"
        bias = overstates if self.slope else "small ones are not seen to overstate"
        return (
            f"{self.group}: studies differ by {self.between:.2f} and their rows by {self.within:.2f} of a logarithm, "
            f"{bias}; where groups are large, studies find {self.offset:+.2f} more benefit than is predicted "
            f"(standard error {self.offset_error:.2f}; {behind})"
        )


def assumed(group: Group, gain: float, sizes: int = 0, studies: int = 0) -> Publishing:
    """Where too few rows tell."""
    nothing = math.nan
    return Publishing(group, ASSUMED[group], 0.0, 0.0, nothing, nothing, nothing, sizes, studies, False, gain)


def publishing(cases: Sequence[Case], gain: float) -> dict[Group, Publishing]:
    """What calibration rows with a size tell, by group.

    Parameters
    ----------
    cases : of calibration sources alone
    gain : mean gain of a treated arm where a group has no size of its own
    """
    return {group: _of_group(group, [c for c in cases if c.group == group and c.sized], gain) for group in GROUPS}


def _of_group(group: Group, cases: Sequence[Case], gain: float) -> Publishing:
    seen = [c.endpoint.sign * math.log(c.ratio or math.nan) for c in cases]
    predicted = [c.endpoint.sign * c.middle for c in cases]
    kept = [k for k in range(len(cases)) if math.isfinite(predicted[k])]
    sources = [cases[k].source for k in kept]
    mean = float(np.mean(seen)) if seen else gain
    if len(kept) < FEWEST_SIZES or len(set(sources)) < FEWEST_STUDIES:
        return assumed(group, mean, len(kept), len(set(sources)))
    variance = [cases[k].error ** 2 for k in kept]
    fit = meta_regression([seen[k] - predicted[k] for k in kept], variance, variance, sources, rising=True)
    return Publishing(
        group, fit.between, fit.within, fit.slope, fit.slope_error, fit.intercept, fit.intercept_error, fit.n,
        fit.studies, True, mean,
    )  # fmt: skip
