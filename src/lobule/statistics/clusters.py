"""A mean of values that come in clusters, such as rows of one study, with an interval that knows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

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
    names, place = np.unique(np.asarray([str(c) for c in clusters], object).astype(str), return_inverse=True)
    if not x.size:
        return math.nan, Interval(math.nan, math.nan), 0
    if len(names) < 2:
        return float(x.mean()), Interval(math.nan, math.nan), len(names)
    sums, counts = np.bincount(place, x), np.bincount(place)
    drawn = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, ((1 - level) / 2, (1 + level) / 2))
    return float(x.mean()), Interval(float(low), float(high)), len(names)
