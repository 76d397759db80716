"""Capability of a process: how far its limits lie from its values, in three standard deviations.

Cp and Cpk take the variation within (moving range), Pp and Ppk that of all values; a value below 1.33 is usually called
not capable. Interval of Ppk: A. F. Bissell, Applied Statistics 1990; 39:331.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lobule.errors import InputError
from lobule.statistics.charts import moving_range_limits

WANTED = 1.33
LEVEL = 0.95
FEWEST = 5  # values


@dataclass(frozen=True)
class Capability:
    """Of values beside limits.

    Attributes
    ----------
    values : how many
    cp, cpk : by the variation within; pp, ppk : by that of all values; NaN where a limit is missing (cp, pp) or nothing
        varies
    ppk_low, ppk_high : 95 % interval
    outside : share of values expected outside the limits, of a normal process
    """

    values: int
    cp: float
    cpk: float
    pp: float
    ppk: float
    ppk_low: float
    ppk_high: float
    outside: float

    @property
    def capable(self) -> bool:
        """The lower end of the interval of Ppk reaches what is wanted."""
        return self.ppk_low >= WANTED


def interval_of_ppk(ppk: float, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Two-sided interval of a capability index of n values.

    >>> tuple(round(v, 2) for v in interval_of_ppk(1.15, 45))
    (0.89, 1.41)
    """
    from scipy import stats

    half = float(stats.norm.ppf((1 + level) / 2)) * math.sqrt(1 / (9 * n) + ppk**2 / (2 * (n - 1)))
    return ppk - half, ppk + half


def capability(values: ArrayLike, low: float = -math.inf, high: float = math.inf) -> Capability:
    """Capability of values in the order in which they were made.

    Raises
    ------
    InputError : fewer than five values, no limit.
    """
    from scipy import stats

    x = np.asarray(values, float)
    x = x[np.isfinite(x)]
    if len(x) < FEWEST or not (math.isfinite(low) or math.isfinite(high)):
        raise InputError(f"a capability needs {FEWEST} values and a limit")
    within, overall = moving_range_limits(x).sigma, float(x.std(ddof=1))
    middle = float(x.mean())
    room = min(middle - low, high - middle)
    cp, pp = ((high - low) / 6 / s if math.isfinite(high - low) and s > 0 else math.nan for s in (within, overall))
    cpk, ppk = (room / 3 / s if s > 0 else math.nan for s in (within, overall))
    ends = interval_of_ppk(ppk, len(x)) if math.isfinite(ppk) else (math.nan, math.nan)
    out = (
        float(stats.norm.cdf(low, middle, overall) + stats.norm.sf(high, middle, overall)) if overall > 0 else math.nan
    )
    return Capability(len(x), cp, cpk, pp, ppk, *ends, out)
