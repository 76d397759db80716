"""Four-parameter curves of a response over doses: response = low + (high - low)/(1 + (dose/EC50)^-slope)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.errors import InputError

Values = NDArray[np.float64]
LEVEL = 0.95


def exponential(value: float) -> float:
    """Exponential, infinite where it is too large for a number."""
    return math.exp(value) if value < 700 else math.inf


def curve(dose: ArrayLike, low: float, high: float, ec50: float, slope: float) -> Values:
    """Four-parameter logistic: low at dose 0, high at an infinite one (low > high for what a product lowers)."""
    with np.errstate(divide="ignore"):
        return low + (high - low) / (1 + (np.asarray(dose, float) / ec50) ** -slope)


@dataclass(frozen=True)
class Curve:
    """A fitted four-parameter curve, with the 95 % interval of its EC50 (on the logarithm)."""

    low: float
    high: float
    ec50: float
    slope: float
    ec50_low: float
    ec50_high: float
    r_squared: float


class Curves(NamedTuple):
    """parameters and their covariance, of the curves one after another; residual sum of squares, df : its degrees of
    freedom"""

    parameters: Values
    covariance: Values
    residual: float
    df: int


def fit_curves(sets: list[tuple[Values, Values]], *, shared: bool) -> Curves:
    """Least squares of several curves, each of (dose, response).

    Parameters
    ----------
    shared : all have low end, high end and log slope in common, which come first; then each its log EC50. Else each has
        its own four, in the order low, high, log EC50, log slope

    Raises
    ------
    InputError : fewer wells than parameters.
    """
    from scipy.optimize import least_squares

    y = np.concatenate([r for _, r in sets])
    sizes = [len(sets)] if shared else [1] * len(sets)

    def unpack(p: Values) -> list[Values]:
        if shared:
            return [np.array([p[0], p[1], p[3 + k], p[2]]) for k in range(len(sets))]
        return [p[4 * k : 4 * k + 4] for k in range(len(sets))]

    def value(dose: Values, q: Values) -> Values:
        with np.errstate(divide="ignore", over="ignore"):
            return q[0] + (q[1] - q[0]) / (1 + np.exp(-np.exp(q[3]) * (np.log(dose) - q[2])))

    def residuals(p: Values) -> Values:
        return np.concatenate([r - value(d, q) for (d, r), q in zip(sets, unpack(p), strict=True)])

    best = None
    for steep in (-1.0, 0.0, 0.7):
        starts: list[float] = []
        if shared:
            d0, r0 = sets[0]
            starts += [float(r0[d0 == d0.min()].mean()), float(r0[d0 == d0.max()].mean()), steep]
            starts += [float(np.log(d[d > 0]).mean()) for d, _ in sets]
        else:
            for d, r in sets:
                starts += [
                    float(r[d == d.min()].mean()),
                    float(r[d == d.max()].mean()),
                    float(np.log(d[d > 0]).mean()),
                    steep,
                ]
        scale = np.maximum(np.abs(starts), 1e-3)
        tried = least_squares(residuals, starts, x_scale=scale, max_nfev=4000)
        if best is None or tried.cost < best.cost:
            best = tried
    assert best is not None and sizes
    df = len(y) - len(best.x)
    if df < 1:
        raise InputError(f"{len(y)} wells are too few for curves of {len(best.x)} parameters")
    error = 2 * float(best.cost)
    slopes = np.asarray(best.jac, float)
    return Curves(best.x, np.linalg.pinv(slopes.T @ slopes) * error / df, error, df)


def fit_curve(dose: ArrayLike, response: ArrayLike) -> Curve:
    """Fit one curve; wells of dose 0 hold its lower end.

    Raises
    ------
    InputError : fewer than five wells or four doses.
    """
    from scipy import stats

    x, y = np.asarray(dose, float), np.asarray(response, float)
    if len(np.unique(x[x > 0])) < 4 or not (x >= 0).all() or not np.isfinite(y).all():
        raise InputError("a curve needs at least four doses above 0 and finite responses")
    p, spread, error, df = fit_curves([(x, y)], shared=False)
    half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * math.sqrt(max(spread[2, 2], 0.0))
    total = float(((y - y.mean()) ** 2).sum())
    ec50, lowest, highest = (exponential(v) for v in (p[2], p[2] - half, p[2] + half))
    fit = 1 - error / total if total else 1.0
    return Curve(float(p[0]), float(p[1]), ec50, math.exp(p[3]), lowest, highest, fit)
