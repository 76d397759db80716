"""A range of draws beside the value that it belongs to."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

QUANTILES = (0.05, 0.95)


def range_with(value: float, draws: ArrayLike) -> tuple[float, float]:
    """5 and 95 % of the draws; the value itself is one that could be drawn, so that it never lies outside.

    NaN among the draws are left out; without draws the range is the value.

    >>> range_with(1.0, [2.0, 3.0])[0], range_with(1.0, [])
    (1.0, (1.0, 1.0))
    """
    known = np.asarray(draws, float)
    known = known[np.isfinite(known)]
    if not known.size:
        return value, value
    low, high = np.quantile(known, QUANTILES)
    return min(value, float(low)), max(value, float(high))
