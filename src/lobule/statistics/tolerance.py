"""Tolerance intervals of a normal sample: limits that hold a share of all values with a stated confidence.

One-sided by the non-central t distribution, two-sided by the exact integral over the sample mean (R. E. Odeh and
D. B. Owen, Tables for Normal Tolerance Limits, 1980; ISO 16269-6).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from lobule.errors import InputError
from lobule.statistics.interval import Interval

COVERAGE, CONFIDENCE = 0.99, 0.95


def _check(n: int, coverage: float, confidence: float) -> None:
    if n < 2:
        raise InputError(f"a tolerance interval needs at least two values, not {n}")
    if not (0 < coverage < 1 and 0 < confidence < 1):
        raise InputError("coverage and confidence must lie between 0 and 1")


@lru_cache(maxsize=512)
def one_sided_factor(n: int, coverage: float = COVERAGE, confidence: float = CONFIDENCE) -> float:
    """k of mean + k s, above which at most 1 - coverage of all values lie.

    Raises
    ------
    InputError : fewer than two values, a share outside 0 to 1.

    >>> round(one_sided_factor(10, 0.95, 0.95), 3)
    2.911
    """
    from scipy import stats

    _check(n, coverage, confidence)
    return float(stats.nct.ppf(confidence, n - 1, stats.norm.ppf(coverage) * math.sqrt(n)) / math.sqrt(n))


@lru_cache(maxsize=512)
def two_sided_factor(n: int, coverage: float = COVERAGE, confidence: float = CONFIDENCE) -> float:
    """k of mean -+ k s, between which a share of all values lies. Raises InputError as `one_sided_factor`."""
    from scipy import optimize, stats

    _check(n, coverage, confidence)
    nodes, weights = np.polynomial.legendre.leggauss(96)
    z = nodes * 8 / math.sqrt(n)  # of the mean, in standard deviations of a value
    density = stats.norm.pdf(z * math.sqrt(n)) * weights * 8

    def half_width(at: float) -> float:
        def beyond(r: float) -> float:
            return float(stats.norm.cdf(at + r) - stats.norm.cdf(at - r)) - coverage

        return float(optimize.brentq(beyond, 0, abs(at) + 10, xtol=1e-12))

    r = np.array([half_width(float(v)) for v in z])

    def short(k: float) -> float:
        return float((density * stats.chi2.sf((n - 1) * r**2 / k**2, n - 1)).sum()) - confidence

    return float(optimize.brentq(short, 0.1, 1e4, xtol=1e-10))


def tolerance_interval(values: ArrayLike, coverage: float = COVERAGE, confidence: float = CONFIDENCE) -> Interval:
    """Two-sided interval of normal values; raises InputError as `one_sided_factor`."""
    given = np.asarray(values, float)
    given = given[np.isfinite(given)]
    k = two_sided_factor(int(given.size), coverage, confidence)
    half = k * float(given.std(ddof=1))
    return Interval(float(given.mean()) - half, float(given.mean()) + half)
