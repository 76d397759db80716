"""One row of a study or a trial beside its prediction, before it is scored."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lobule.studies.endpoints import StudyEndpoint

Values = NDArray[np.float64]
Group = Literal["animals", "controlled trials", "single arms"]
GROUPS: tuple[Group, ...] = ("animals", "controlled trials", "single arms")


@dataclass(frozen=True)
class Case:
    """What is scored in one row, of animals or people.

    group : animals, controlled trials or single arms (before and after); days : of the measurement
    direction, ratio, ratio_low, ratio_high : as observed, treated over untreated with its 95 % interval
    log_ratio : (n_members,) predicted logarithm of treated over untreated, of a single arm of after over before
    course : the same without the treatment, of a single arm; None of others
    error : standard deviation of what such groups would observe about it
    detectable : the smallest logarithm of a ratio that the study could have shown
    mechanism : the model has what was given; False where a class prior stands for it
    line : of the table, which makes the draws of a row its own
    """

    row: str
    study: str
    source: str
    group: Group
    injury: str
    product: str
    endpoint: StudyEndpoint
    days: float
    direction: str
    ratio: float | None
    log_ratio: Values
    error: float
    detectable: float
    assumptions: tuple[str, ...]
    line: int
    ratio_low: float | None = None
    ratio_high: float | None = None
    mechanism: bool = True
    course: Values | None = None

    @property
    def sized(self) -> bool:
        """A size was observed that can be compared."""
        return bool(self.ratio) and math.isfinite(math.log(self.ratio or 1)) and not self.endpoint.ordinal

    @property
    def middle(self) -> float:
        """Median of the members that were solved; NaN where none was."""
        return median(self.log_ratio)


def median(values: Values) -> float:
    """Of the members that were solved; NaN where none was."""
    x = values[np.isfinite(values)]
    return float(np.median(x)) if x.size else math.nan
