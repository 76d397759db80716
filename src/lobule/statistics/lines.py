"""Least squares for lines: a fit with its residual, and the test of what a larger model explains more."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Fit(NamedTuple):
    """estimates (k,), residual sum of squares, df : its degrees of freedom"""

    estimates: Values
    residual: float
    df: int


def fitted(design: Values, y: Values) -> Fit:
    """Least squares of y (n,) on the columns of a design (n, k)."""
    solved = np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], float)
    return Fit(solved, float(((y - design @ solved) ** 2).sum()), len(y) - int(np.linalg.matrix_rank(design)))


def covariance(design: Values, residual: float, df: int) -> Values:
    """Of the estimates."""
    return np.linalg.pinv(design.T @ design) * residual / df


def indicators(of: NDArray) -> Values:
    """A column for each value, in the order in which they come, 1 where a row has it."""
    return np.stack([of == one for one in dict.fromkeys(of.tolist())], axis=1).astype(float)


def p_of_more(more: float, df: int, error: float, error_df: int) -> float:
    """p of an extra sum of squares; NaN where there is none, or no error to compare it with."""
    from scipy import stats

    if df < 1 or error_df < 1:
        return math.nan
    if error <= 0:
        return 0.0 if more > 1e-12 else 1.0
    return float(stats.f.sf(more / df / (error / error_df), df, error_df))
