"""A mean of values that come in clusters, such as rows of one study, with an interval that knows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.statistics.interval import Interval

DRAWS = 4000


def mean_by_clusters(
    values: ArrayLike, clusters: Sequence[object], level: float = 0.95, seed: int = 1
) -> tuple[float, Interval, int]:
    """The mean, its percentile interval when whole clusters are drawn again with replacement, and their number.

    B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 8; clusters as in A. Davison and D.
    Hinkley, Bootstrap Methods and their Application (1997), 3.8.

    Parameters
    ----------
    values : (n,), truth values as 0 and 1
    clusters : (n,) the cluster of each value

    Returns
    -------
    mean, interval, number of clusters; NaN without values, an interval of NaN with fewer than two clusters.
    """
    x = np.asarray(values, float)
    studies = len({str(c) for c in clusters})
    if not x.size:
        return math.nan, Interval(math.nan, math.nan), 0
    if studies < 2:
        return float(x.mean()), Interval(math.nan, math.nan), studies
    sums = drawn_sums(np.column_stack([x, np.ones(x.size)]), clusters, seed)
    low, high = np.quantile(sums[:, 0] / sums[:, 1], ((1 - level) / 2, (1 + level) / 2))
    return float(x.mean()), Interval(float(low), float(high)), studies


def drawn_sums(values: ArrayLike, clusters: Sequence[object], seed: int = 1) -> NDArray[np.float64]:
    """Sums of columns when whole clusters are drawn again with replacement: what any ratio of sums needs.

    Parameters
    ----------
    values : (n, k)
    clusters : (n,) the cluster of each row

    Returns
    -------
    (4000, k)
    """
    x = np.asarray(values, float)
    names, place = np.unique(np.asarray([str(c) for c in clusters], object).astype(str), return_inverse=True)
    sums = np.stack([np.bincount(place, column) for column in x.T], axis=1)
    drawn = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    return sums[drawn].sum(axis=1)
