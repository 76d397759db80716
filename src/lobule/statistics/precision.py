"""Precision of an assay: variance between runs and within them, on the logarithm, and what it makes of other formats.

Analysis of variance of one random factor (S. R. Searle, G. Casella and C. E. McCulloch, Variance Components, 1992,
section 3.6); where the mean square between runs is the smaller one, all variance is within runs, which is what the
restricted likelihood says too. A geometric coefficient of variation is exp(s) - 1, as in USP <1033>.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lobule.errors import InputError

UPPER = 0.95  # of the one-sided limit of the intermediate precision


@dataclass(frozen=True)
class Precision:
    """Of logarithms of potencies.

    Attributes
    ----------
    runs, values : how many of them
    between, within : variances of the logarithm
    df : of their sum, by Satterthwaite's approximation
    """

    runs: int
    values: int
    between: float
    within: float
    df: float

    @property
    def intermediate(self) -> float:
        """Geometric CV of a single value in a new run: intermediate precision."""
        return gcv(self.between + self.within)

    @property
    def intermediate_high(self) -> float:
        """Its one-sided 95 % upper limit."""
        from scipy import stats

        total = self.between + self.within
        return gcv(self.df * total / float(stats.chi2.ppf(1 - UPPER, self.df)))

    @property
    def repeatability(self) -> float:
        """Geometric CV within a run; NaN where no run has two values."""
        return gcv(self.within) if self.values > self.runs else math.nan

    def of_a_format(self, runs: int, values: int) -> float:
        """Geometric CV of the mean of so many values in each of so many runs (format variability).

        >>> round(Precision(8, 16, 0.0055, 0.0022, 10).of_a_format(2, 2), 3)
        0.059
        """
        return gcv((self.between + self.within / values) / runs)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; CV as shares."""
        return {"runs": self.runs, "values": self.values, "variance_between_runs": self.between,
                "variance_within_runs": self.within, "repeatability_gcv": self.repeatability,
                "intermediate_precision_gcv": self.intermediate,
                "intermediate_precision_gcv_high": self.intermediate_high}  # fmt: skip


def gcv(variance: float) -> float:
    """Geometric coefficient of variation of a variance of logarithms; infinite where it is no number.

    >>> round(gcv(0.01), 4)
    0.1052
    """
    return math.inf if variance > 1e4 else math.expm1(math.sqrt(variance)) if variance >= 0 else math.nan


def precision(logs: ArrayLike, run: ArrayLike) -> Precision:
    """Variance components of logarithms (n,) by the names of their runs (n,).

    With one value a run, all variance counts as between runs.

    Raises
    ------
    InputError : fewer than two runs.
    """
    y, who = np.asarray(logs, float), np.asarray(run)
    groups = [y[who == name] for name in dict.fromkeys(who.tolist())]
    k, n = len(groups), len(y)
    if k < 2:
        raise InputError("a precision between runs needs two runs or more")
    sizes = np.array([len(g) for g in groups], float)
    between_ss = float(sum(len(g) * (g.mean() - y.mean()) ** 2 for g in groups))
    if n == k:
        return Precision(k, n, between_ss / (k - 1), 0.0, k - 1)
    within_ss = float(sum(((g - g.mean()) ** 2).sum() for g in groups))
    usual = float((n - (sizes**2).sum() / n) / (k - 1))  # values a run, where they are unlike
    between_ms, within_ms = between_ss / (k - 1), within_ss / (n - k)
    if between_ms <= within_ms:
        return Precision(k, n, 0.0, (between_ss + within_ss) / (n - 1), n - 1)
    between = (between_ms - within_ms) / usual
    parts = between_ms / usual, (1 - 1 / usual) * within_ms
    df = sum(parts) ** 2 / (parts[0] ** 2 / (k - 1) + parts[1] ** 2 / (n - k))
    return Precision(k, n, between, within_ms, float(df))
