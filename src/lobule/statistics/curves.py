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
DETERMINED = 1e7  # a worse condition of the slopes: another set of parameters fits as well


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
    """parameters and their covariance, residual sum of squares, df : its degrees of freedom; places : of each curve,
    where its low end, high end, log EC50 and log slope stand in them; determined : the wells tell all"""

    parameters: Values
    covariance: Values
    residual: float
    df: int
    places: list[list[int]]
    determined: bool


def fit_curves(sets: list[tuple[Values, Values]], *, shared: bool, control: ArrayLike = ()) -> Curves:
    """Least squares of several curves, each of (dose, response).

    Parameters
    ----------
    shared : all have low end, high end and log slope in common; only their log EC50 is their own. Else each has its own
        four
    control : responses of wells without product, which are the low end of every curve; apart, the curves then have that
        end in common and three numbers of their own

    Raises
    ------
    InputError : fewer wells than parameters.
    """
    from scipy.optimize import least_squares

    zero = np.asarray(control, float)
    places = _places(len(sets), shared, bool(zero.size))
    y = np.concatenate([*(r for _, r in sets), zero])

    def value(dose: Values, q: Values) -> Values:
        with np.errstate(divide="ignore", over="ignore"):
            return q[0] + (q[1] - q[0]) / (1 + np.exp(-np.exp(q[3]) * (np.log(dose) - q[2])))

    def residuals(p: Values) -> Values:
        own = [r - value(d, p[place]) for (d, r), place in zip(sets, places, strict=True)]
        return np.concatenate([*own, zero - p[places[0][0]]])

    best = None
    for steep in (-1.0, 0.0, 0.7):
        starts = np.zeros(max(map(max, places)) + 1)
        for (d, r), place in reversed(list(zip(sets, places, strict=True))):  # what is shared begins as the first curve
            low = zero.mean() if zero.size else r[d == d.min()].mean()
            starts[place] = (float(low), float(r[d == d.max()].mean()), float(np.log(d[d > 0]).mean()), steep)
        scale = np.maximum(np.abs(starts), 1e-3)
        tried = least_squares(residuals, starts, x_scale=scale, max_nfev=4000)
        if best is None or tried.cost < best.cost:
            best = tried
    assert best is not None
    df = len(y) - len(best.x)
    if df < 1:
        raise InputError(f"{len(y)} wells are too few for curves of {len(best.x)} parameters")
    error = 2 * float(best.cost)
    slopes = np.asarray(best.jac, float)
    width = np.linalg.norm(slopes, axis=0)
    scaled = slopes / np.where(width > 0, width, 1)  # parameters may differ by many powers of ten
    determined = bool((width > 0).all() and np.linalg.cond(scaled) < DETERMINED)
    spread = np.linalg.pinv(scaled.T @ scaled) / np.outer(*[np.where(width > 0, width, 1)] * 2) * error / df
    return Curves(best.x, spread, error, df, places, determined)


def _places(curves: int, shared: bool, control: bool) -> list[list[int]]:
    if shared:
        return [[0, 1, 3 + k, 2] for k in range(curves)]
    if control:
        return [[0, *range(1 + 3 * k, 4 + 3 * k)] for k in range(curves)]
    return [[*range(4 * k, 4 * k + 4)] for k in range(curves)]


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
    p, spread, error, df, *_ = fit_curves([(x, y)], shared=False)
    half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * math.sqrt(max(spread[2, 2], 0.0))
    total = float(((y - y.mean()) ** 2).sum())
    ec50, lowest, highest = (exponential(v) for v in (p[2], p[2] - half, p[2] + half))
    fit = 1 - error / total if total else 1.0
    return Curve(float(p[0]), float(p[1]), ec50, math.exp(p[3]), lowest, highest, fit)
