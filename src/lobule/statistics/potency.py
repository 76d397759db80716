"""Relative potency from dose-response data: parallel lines with Fieller's interval, four-parameter curves, EC50.

Parallel lines as in the European Pharmacopoeia 5.3, section 3.2: response = a_sample + b ln(dose), one slope for all;
potency = exp((a_test - a_reference)/b). Interval: E. C. Fieller, J. R. Stat. Soc. B 16 (1954) 175. Curves: response =
low + (high - low)/(1 + (dose/EC50)^-slope), shared but for EC50 (USP <1034>).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.errors import InputError
from lobule.statistics.lines import covariance, fitted, indicators, p_of_more

LEVEL = 0.95
PARALLEL = 0.05  # a p-value below it refuses parallelism or linearity
SAME = 1e-12  # a smaller spread of responses, as a share of them, is how numbers are kept
FEWEST_DOSES = 2
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Potency:
    """Relative potency of one sample against the reference.

    Attributes
    ----------
    sample, model : whose, and by which model ("parallel lines" or "4-parameter curves")
    potency, low, high : with the interval; infinite where the slope cannot be told from 0
    p_regression, p_parallel, p_linear : of the tests; NaN where the data cannot tell (no replicates, two doses)
    valid : there is a slope, and neither parallelism nor linearity is refused
    """

    sample: str
    model: str
    potency: float
    low: float
    high: float
    p_regression: float
    p_parallel: float
    p_linear: float

    @property
    def valid(self) -> bool:
        """The assay passes its own tests."""
        refused = [p for p in (self.p_parallel, self.p_linear) if p < PARALLEL]
        return bool(self.p_regression < PARALLEL and not refused and math.isfinite(self.low * self.high))

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"valid": self.valid}


def fieller(top: float, bottom: float, covariance: ArrayLike, t: float) -> tuple[float, float]:
    """Interval of the ratio of two estimates whose errors are normal.

    Parameters
    ----------
    top, bottom : the estimates
    covariance : (2, 2) of top and bottom
    t : quantile of Student's t for the wanted level

    Returns
    -------
    (low, high); (-inf, inf) when bottom cannot be told from 0, for then no bounded interval exists.

    >>> low, high = fieller(1.0, 2.0, [[0.01, 0.0], [0.0, 0.01]], 2.0)
    >>> round(low, 4), round(high, 4)
    (0.3926, 0.6175)
    """
    (top_variance, both), (_, bottom_variance) = np.asarray(covariance, float)
    g = t**2 * bottom_variance / bottom**2 if bottom else math.inf
    if g >= 1:
        return -math.inf, math.inf
    ratio = top / bottom
    middle = (ratio - g * both / bottom_variance) / (1 - g) if bottom_variance else ratio
    inside = top_variance - 2 * ratio * both + ratio**2 * bottom_variance
    inside -= g * (top_variance - both**2 / bottom_variance) if bottom_variance else 0.0
    half = t / abs(bottom) / (1 - g) * math.sqrt(max(inside, 0.0))
    return float(middle - half), float(middle + half)


def _checked(dose: ArrayLike, response: ArrayLike, sample: ArrayLike, reference: str) -> tuple[Values, Values, Any]:
    x, y, who = np.asarray(dose, float), np.asarray(response, float), np.asarray(sample)
    if not (x.shape == y.shape == who.shape) or x.ndim != 1:
        raise InputError("dose, response and sample must be as long as each other")
    if not (np.isfinite(x).all() and (x > 0).all() and np.isfinite(y).all()):
        raise InputError("doses must be above 0, responses finite; wells without product are no part of the lines")
    if reference not in who:
        raise InputError(f'no well of the reference "{reference}"')
    if len(set(who)) < 2:
        raise InputError("a relative potency needs a sample beside the reference")
    for one in set(who):
        if len(np.unique(x[who == one])) < FEWEST_DOSES:
            raise InputError(f'the sample "{one}" needs at least {FEWEST_DOSES} doses')
    if np.ptp(y) <= SAME * np.abs(y).max():
        raise InputError("every response is the same: none depends on the dose")
    return np.log(x), y, who


def _exp(value: float) -> float:
    """Exponential, infinite where it is too large for a number."""
    return math.exp(value) if value < 700 else math.inf


def parallel_lines(
    dose: ArrayLike, response: ArrayLike, sample: ArrayLike, reference: str, block: ArrayLike | None = None
) -> list[Potency]:
    """Relative potency of every sample by parallel lines.

    Parameters
    ----------
    dose : (n,) above 0, in one unit for all
    response : (n,), in a scale in which the lines are straight (often the logarithm)
    sample : (n,) names
    reference : name of the reference's wells
    block : (n,) plates or days, whose differences are taken out; None for none

    Raises
    ------
    InputError : lengths that differ, doses of 0, fewer than two doses of a sample.
    """
    from scipy import stats

    x, y, who = _checked(dose, response, sample, reference)
    names = [reference, *sorted({str(one) for one in who} - {reference})]
    own = np.stack([who == name for name in names], axis=1).astype(float)
    blocks = np.zeros((len(y), 0)) if block is None else indicators(np.asarray(block))[:, 1:]
    groups = np.stack([(who == n) & (x == v) for n in names for v in np.unique(x[who == n])], axis=1).astype(float)
    common = np.hstack([own, x[:, None], blocks])
    _, level, level_df = fitted(np.hstack([own, blocks]), y)
    solved, lines, lines_df = fitted(common, y)
    _, apart, apart_df = fitted(np.hstack([own, own * x[:, None], blocks]), y)
    _, error, error_df = fitted(np.hstack([groups, blocks]), y)
    p_linear = p_of_more(apart - error, apart_df - error_df, error, error_df)
    if error_df < 1:  # no replicates: what the lines leave is all the error there is
        error, error_df = apart, apart_df
    if error_df < 1:
        raise InputError("too few wells: nothing is left to tell the error of the assay from")
    p_regression = p_of_more(level - lines, level_df - lines_df, error, error_df)
    p_parallel = p_of_more(lines - apart, lines_df - apart_df, error, error_df)
    spread = covariance(common, error, error_df)
    slope = len(names)
    t = float(stats.t.ppf((1 + LEVEL) / 2, error_df))
    found = []
    for k, name in enumerate(names[1:], start=1):
        ask = np.zeros((2, common.shape[1]))
        ask[0, [k, 0]], ask[1, slope] = (1, -1), 1
        top, bottom = ask @ solved
        low, high = fieller(float(top), float(bottom), ask @ spread @ ask.T, t)
        best, lowest, highest = (_exp(v) for v in (top / bottom, low, high))
        found.append(Potency(name, "parallel lines", best, lowest, highest, p_regression, p_parallel, p_linear))
    return found


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


def _fit(sets: list[tuple[Values, Values]], shared: bool) -> tuple[Values, Values, float, int]:
    """Least squares of curves: shared but for EC50, or each its own. Parameters, covariance, residual, its df."""
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
    return best.x, np.linalg.pinv(slopes.T @ slopes) * error / df, error, df


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
    p, spread, error, df = _fit([(x, y)], shared=False)
    half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * math.sqrt(max(spread[2, 2], 0.0))
    total = float(((y - y.mean()) ** 2).sum())
    ec50, lowest, highest = (_exp(v) for v in (p[2], p[2] - half, p[2] + half))
    fit = 1 - error / total if total else 1.0
    return Curve(float(p[0]), float(p[1]), ec50, math.exp(p[3]), lowest, highest, fit)


def parallel_curves(
    dose: ArrayLike, response: ArrayLike, sample: ArrayLike, reference: str, control: ArrayLike = ()
) -> list[Potency]:
    """Relative potency of every sample by curves that share all but their EC50.

    control : responses of wells without product, which hold the end of the curves at dose 0; may be empty

    Raises
    ------
    InputError : as `parallel_lines`, and fewer than four doses.
    """
    from scipy import stats

    x, y, who = _checked(dose, response, sample, reference)
    names = [reference, *sorted({str(one) for one in who} - {reference})]
    if any(len(np.unique(x[who == name])) < 4 for name in names):
        raise InputError("curves need at least four doses of every sample")
    found = []
    for name in names[1:]:
        zero = np.asarray(control, float)
        sets = [(np.r_[np.exp(x[who == one]), 0 * zero], np.r_[y[who == one], zero]) for one in (reference, name)]
        p, spread, error, df = _fit(sets, shared=True)
        _, _, apart, apart_df = _fit(sets, shared=False)
        both = np.concatenate([r for _, r in sets])
        flat = float(((both - both.mean()) ** 2).sum())
        ratio = p[3] - p[4]
        half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * math.sqrt(spread[3, 3] + spread[4, 4] - 2 * spread[3, 4])
        best, low, high = (_exp(v) for v in (ratio, ratio - half, ratio + half))
        p_parallel = p_of_more(error - apart, df - apart_df, apart, apart_df)
        p_regression = p_of_more(flat - error, len(both) - 1 - df, error, df)
        found.append(Potency(name, "4-parameter curves", best, low, high, p_regression, p_parallel, math.nan))
    return found
