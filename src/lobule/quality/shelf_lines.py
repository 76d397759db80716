"""Lines of stability data: which of them the batches share, and when their confidence limits meet a limit (ICH Q1E)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.quality.arrhenius import CONFIDENCE, ROUNDING
from lobule.statistics.lines import covariance, fitted, indicators, p_of_more

Values = NDArray[np.float64]
TREND = 0.99  # of the prediction that a value has to lie in
OOS, OOT = "out of specification", "out of trend"
POOLABLE = 0.25  # of ICH Q1E
LONGEST = 240.0  # months that are searched
MODELS = ("one line", "one slope", "a line each")


def poolability(months: Values, value: Values, batch: NDArray[np.str_]) -> tuple[str, float, float]:
    """Which lines the batches share, with the p-values of slopes and of intercepts (given one slope)."""
    names = list(dict.fromkeys(batch))
    if len(names) == 1:
        return MODELS[0], math.nan, math.nan
    own = indicators(batch)
    designs = (
        np.stack([np.ones_like(months), months], axis=1),
        np.column_stack([own, months]),
        np.hstack([own, own * months[:, None]]),
    )
    sums = [fitted(d, value)[1:] for d in designs]
    (pooled, pooled_df), (parallel, parallel_df), (apart, apart_df) = sums
    p_slopes = p_of_more(parallel - apart, parallel_df - apart_df, apart, apart_df)
    p_intercepts = p_of_more(pooled - parallel, pooled_df - parallel_df, apart, apart_df)
    model = MODELS[2] if p_slopes < POOLABLE else MODELS[1] if p_intercepts < POOLABLE else MODELS[0]
    return model, p_slopes, p_intercepts


def crossing(design_at: Any, solved: Values, spread: Values, t: float, low: float, high: float) -> float:
    """Months until the one-sided limit of the mean meets low or high.

    Parameters
    ----------
    design_at : gives the row of the design at a month
    solved, spread : estimates and their covariance; t : quantile of Student's t
    """
    from scipy import optimize

    def room(month: float) -> float:
        row = design_at(month)
        mean, half = float(row @ solved), t * math.sqrt(max(float(row @ spread @ row), 0.0))
        return min(
            mean - half - low if math.isfinite(low) else math.inf,
            high - mean - half if math.isfinite(high) else math.inf,
        )

    if room(0.0) <= 0:
        return 0.0
    grid = np.linspace(0, LONGEST, 961)
    below = np.flatnonzero(np.array([room(m) for m in grid]) <= 0)
    if below.size == 0:
        return math.inf
    return float(optimize.brentq(room, grid[below[0] - 1], grid[below[0]], xtol=1e-9))


def lines_of(
    model: str, months: Values, value: Values, batch: NDArray[np.str_], low: float, high: float, notes: list[str]
) -> pd.DataFrame:
    """One row a batch by a model: intercept, slope, crossing; batches with too few values are noted."""
    from scipy import stats

    names = [str(n) for n in dict.fromkeys(batch)]
    rows = []
    if model == MODELS[2]:  # each line with its own error, as if it were the only batch
        for name in names:
            own = batch == name
            if own.sum() < 3 or len(np.unique(months[own])) < 2:
                notes.append(f"{name}: too few values for a line of its own")
                continue
            rows.append((name, *_line(months[own], value[own], low, high)))
    else:
        own = indicators(batch)
        design = (
            np.stack([np.ones_like(months), months], axis=1) if model == MODELS[0] else np.column_stack([own, months])
        )
        solved, error, df = fitted(design, value)
        spread = covariance(design, error, df)
        t = float(stats.t.ppf(_level(low, high), df))
        for k, name in enumerate(names):

            def at(month: float, k: int = k) -> Values:
                return np.array([1.0, month]) if model == MODELS[0] else np.r_[np.eye(len(names))[k], month]

            start = float(solved[0] if model == MODELS[0] else solved[k])
            rows.append((name, start, float(solved[-1]), crossing(at, solved, spread, t, low, high)))
    return pd.DataFrame(rows, columns=["batch", "intercept", "slope_per_month", "crossing_months"])


def bound_of(
    model: str,
    months: Values,
    value: Values,
    batch: NDArray[np.str_],
    name: str,
    limit: tuple[float, float],
    at: Values,
) -> pd.DataFrame:
    """Confidence limits of the mean of a batch, by the lines of a model, at some months; NaN without an error."""
    from scipy import stats

    own = batch == name
    if model == MODELS[1]:
        every = indicators(batch)
        design = np.column_stack([every, months])
        rows = np.column_stack([np.tile(every[own][0], (len(at), 1)), at])
    else:
        used = np.ones(len(batch), bool) if model == MODELS[0] else own
        months, value = months[used], value[used]
        design = np.stack([np.ones_like(months), months], axis=1)
        rows = np.stack([np.ones_like(at), at], axis=1)
    solved, error, df = fitted(design, value)
    if df < 1:
        return pd.DataFrame({"month": at, "low": np.nan, "high": np.nan})
    spread = covariance(design, error, df)
    half = float(stats.t.ppf(_level(*limit), df)) * np.sqrt(np.einsum("ij,jk,ik->i", rows, spread, rows))
    return pd.DataFrame({"month": at, "low": rows @ solved - half, "high": rows @ solved + half})


def unexpected(
    model: str, months: Values, value: Values, batch: NDArray[np.str_], low: float, high: float
) -> pd.DataFrame:
    """Values outside the limits, and those outside the 99 % prediction of all others by the same lines (regression
    control chart)."""
    from scipy import stats

    own, slope = indicators(batch), months[:, None]
    design = {
        MODELS[0]: np.column_stack([np.ones_like(months), months]), MODELS[1]: np.hstack([own, slope]),
        MODELS[2]: np.hstack([own, own * slope]),
    }[model]  # fmt: skip
    rows = []
    for k in range(len(value)):
        if not low <= value[k] <= high:
            rows.append((batch[k], months[k], value[k], OOS, math.nan, math.nan))
        rest = np.arange(len(value)) != k
        solved, error, df = fitted(design[rest], value[rest])
        if df < 1 or np.linalg.matrix_rank(design[rest]) < design.shape[1]:
            continue
        variance = error / df + float(design[k] @ covariance(design[rest], error, df) @ design[k])
        middle, half = float(design[k] @ solved), float(stats.t.ppf((1 + TREND) / 2, df)) * math.sqrt(variance)
        if abs(value[k] - middle) > half + ROUNDING * abs(middle):
            rows.append((batch[k], months[k], value[k], OOT, middle - half, middle + half))
    return pd.DataFrame(rows, columns=["batch", "months", "value", "what", "expected_low", "expected_high"])


def _level(low: float, high: float) -> float:
    """Of the confidence limit on each side: one-sided 95 %, two-sided where the specification has both ends."""
    return (1 + CONFIDENCE) / 2 if math.isfinite(low) and math.isfinite(high) else CONFIDENCE


def _line(months: Values, value: Values, low: float, high: float) -> tuple[float, float, float]:
    from scipy import stats

    design = np.stack([np.ones_like(months), months], axis=1)
    solved, error, df = fitted(design, value)
    if df < 1:
        return float(solved[0]), float(solved[1]), 0.0
    spread = covariance(design, error, df)
    t = float(stats.t.ppf(_level(low, high), df))
    end = crossing(lambda m: np.array([1.0, m]), solved, spread, t, low, high)
    return float(solved[0]), float(solved[1]), end
