"""One result of several independent assays: unweighted, weighted and semi-weighted means of their logarithms.

European Pharmacopoeia 5.3, section 6, and USP <1034>: weights are the inverse of the variance of each assay; where
assays differ by more than their own error tells, the variance between them is added to each (semi-weights). Few assays
hardly show that they differ, so that the test takes a liberal level (Pharm. Stat. 2013; 12:375, doi 10.1002/pst.1601).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lobule.errors import InputError
from lobule.statistics.curves import LEVEL, exponential

UNWEIGHTED, WEIGHTED, SEMI_WEIGHTED = "unweighted", "weighted", "semi-weighted"
BY_HOMOGENEITY = "by homogeneity"
HOMOGENEOUS = 0.25  # a smaller p of homogeneity asks for semi-weights (assumed)


@dataclass(frozen=True)
class AssayMean:
    """A mean of assays.

    Attributes
    ----------
    method : one of the three
    value, low, high : the geometric mean with its 95 % interval
    assays, df : how many, and the degrees of freedom of the interval
    """

    method: str
    value: float
    low: float
    high: float
    assays: int
    df: float


@dataclass(frozen=True)
class Combined:
    """All means; chi_square and p of homogeneity; between : variance of the logarithm between assays beyond their own
    error (0 where they agree); method : that was asked for; level : of the test of homogeneity."""

    means: tuple[AssayMean, ...]
    chi_square: float
    p_homogeneity: float
    between: float
    method: str = BY_HOMOGENEITY
    level: float = HOMOGENEOUS

    @property
    def chosen(self) -> AssayMean:
        """The mean that was asked for; by homogeneity the weighted mean where assays agree, else the semi-weighted."""
        told = WEIGHTED if self.p_homogeneity >= self.level else SEMI_WEIGHTED
        return self.of(told if self.method == BY_HOMOGENEITY else self.method)

    def of(self, method: str) -> AssayMean:
        """The mean of one method."""
        return next(mean for mean in self.means if mean.method == method)


def standard_error(low: float, high: float, df: float, level: float = LEVEL) -> float:
    """Of the logarithm of an estimate, from the ends of its interval."""
    from scipy import stats

    return (math.log(high) - math.log(low)) / 2 / float(stats.t.ppf((1 + level) / 2, df))


def combine(
    estimates: ArrayLike, errors: ArrayLike, df: ArrayLike, method: str = BY_HOMOGENEITY, level: float = HOMOGENEOUS
) -> Combined:
    """Means of independent assays.

    Parameters
    ----------
    estimates : (n,) above 0; errors : (n,) standard errors of their logarithms; df : (n,) of these
    method : of the mean that is chosen; level : of the test of homogeneity

    Raises
    ------
    InputError : fewer than two assays, an estimate or error that is not above 0.
    """
    from scipy import stats

    m, se, freedom = (np.asarray(v, float) for v in (estimates, errors, df))
    if len(m) < 2 or not (m > 0).all() or not (se > 0).all() or not np.isfinite(np.r_[m, se]).all():
        raise InputError("assays are combined from two on, each with an estimate and an error above 0")
    logs, n = np.log(m), len(m)
    weights = 1 / se**2
    middle = float((weights * logs).sum() / weights.sum())
    chi = float((weights * (logs - middle) ** 2).sum())
    between = max(0.0, float(logs.var(ddof=1) - (se**2).mean()))

    def mean(method: str, w: np.ndarray, error: float, free: float) -> AssayMean:
        at, half = float((w * logs).sum() / w.sum()), float(stats.t.ppf((1 + LEVEL) / 2, free)) * error
        return AssayMean(method, exponential(at), exponential(at - half), exponential(at + half), n, free)

    semi = 1 / (se**2 + between)
    means = (
        mean(UNWEIGHTED, np.ones(n), math.sqrt(float(logs.var(ddof=1)) / n), n - 1),
        mean(WEIGHTED, weights, 1 / math.sqrt(weights.sum()), float(freedom.sum())),
        mean(SEMI_WEIGHTED, semi, 1 / math.sqrt(semi.sum()), n - 1),
    )
    return Combined(means, chi, float(stats.chi2.sf(chi, n - 1)), between, method, level)
