"""Relative potency from dose-response data: parallel lines with Fieller's interval, or four-parameter curves.

Parallel lines as in the European Pharmacopoeia 5.3, section 3.2: response = a_sample + b ln(dose), one slope for all;
potency = exp((a_test - a_reference)/b). Interval: E. C. Fieller, J. R. Stat. Soc. B 16 (1954) 175. Curves:
shared but for EC50 (USP <1034>). A potency is valid by equivalence of the shapes (`similarity`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.errors import InputError
from lobule.statistics.assay_means import standard_error
from lobule.statistics.curves import LEVEL, exponential, fit_curves
from lobule.statistics.interval import Interval
from lobule.statistics.lines import covariance, fitted, indicators, p_of_more
from lobule.statistics.similarity import BULGE, SLOPES, USUAL, Margins, Shape, of_curves, similar
from lobule.statistics.similarity import LEVEL as SIMILARITY_LEVEL

SLOPE = 0.05  # a p-value below it says that there is a slope
SAME = 1e-12  # a smaller spread of responses, as a share of them, is how numbers are kept
FEWEST_DOSES = 2
LINES, CURVES = "parallel lines", "4-parameter curves"
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Potency:
    """Relative potency of one sample against the reference.

    Attributes
    ----------
    sample, model : whose, and by which model ("parallel lines" or "4-parameter curves")
    potency, low, high : with the interval; infinite where the slope cannot be told from 0
    p_regression, p_parallel, p_linear : of the tests of difference, which are shown and decide nothing but that there
        is a slope; NaN where the data cannot tell (no replicates, two doses)
    df : degrees of freedom of the error
    shapes : numbers of the shape beside the reference's, with their 90 % intervals
    margins : inside which these have to lie
    """

    sample: str
    model: str
    potency: float
    low: float
    high: float
    p_regression: float
    p_parallel: float
    p_linear: float
    df: float = math.nan
    shapes: tuple[Shape, ...] = ()
    margins: Margins = USUAL

    @property
    def similar(self) -> bool:
        """The shape is equivalent to the reference's."""
        return similar(self.shapes, self.margins)

    @property
    def valid(self) -> bool:
        """There is a slope, the shape is equivalent to the reference's, and the potency has an interval."""
        return bool(self.p_regression < SLOPE and self.similar and math.isfinite(self.low * self.high))

    @property
    def error(self) -> float:
        """Standard error of the logarithm of the potency; infinite without an interval."""
        if not (math.isfinite(self.low * self.high) and self.low > 0):
            return math.inf
        return standard_error(self.low, self.high, self.df)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; a column each for the numbers of the shape."""
        plain = {name: value for name, value in vars(self).items() if name not in ("shapes", "margins")}
        for shape in self.shapes:
            name = shape.what.replace(" ", "_")
            plain |= {name: shape.value, f"{name}_low": shape.low, f"{name}_high": shape.high}
        return plain | {"similar": self.similar, "valid": self.valid}


def fieller(top: float, bottom: float, covariance: ArrayLike, t: float) -> Interval:
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
        return Interval(-math.inf, math.inf)
    ratio = top / bottom
    middle = (ratio - g * both / bottom_variance) / (1 - g) if bottom_variance else ratio
    inside = top_variance - 2 * ratio * both + ratio**2 * bottom_variance
    inside -= g * (top_variance - both**2 / bottom_variance) if bottom_variance else 0.0
    half = t / abs(bottom) / (1 - g) * math.sqrt(max(inside, 0.0))
    return Interval(float(middle - half), float(middle + half))


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


def parallel_lines(
    dose: ArrayLike, response: ArrayLike, sample: ArrayLike, reference: str, block: ArrayLike | None = None,
    margins: Margins = USUAL,
) -> list[Potency]:  # fmt: skip
    """Relative potency of every sample by parallel lines.

    Parameters
    ----------
    dose : (n,) above 0, in one unit for all
    response : (n,), in a scale in which the lines are straight (often the logarithm)
    sample : (n,) names
    reference : name of the reference's wells
    block : (n,) plates or days, whose differences are taken out; None for none
    margins : of similarity

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
    each = np.hstack([own, own * x[:, None], blocks])
    slopes, apart, apart_df = fitted(each, y)
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
    t, t_shape = (float(stats.t.ppf((1 + level) / 2, error_df)) for level in (LEVEL, SIMILARITY_LEVEL))
    bulge = _bulge(np.hstack([own, blocks]), x, y, error, error_df, t_shape) if math.isfinite(p_linear) else ()
    own_spread = covariance(each, error, error_df)
    found = []
    for k, name in enumerate(names[1:], start=1):
        pair = [slope + k, slope]
        tested, usual = (float(v) for v in slopes[pair])
        ratio = fieller(tested, usual, own_spread[np.ix_(pair, pair)], t_shape)
        shapes = (Shape(SLOPES, tested / usual if usual else math.nan, *ratio), *bulge)
        ask = np.zeros((2, common.shape[1]))
        ask[0, [k, 0]], ask[1, slope] = (1, -1), 1
        top, bottom = ask @ solved
        low, high = fieller(float(top), float(bottom), ask @ spread @ ask.T, t)
        best, lowest, highest = (exponential(v) for v in (top / bottom, low, high))
        found.append(Potency(name, LINES, best, lowest, highest, p_regression, p_parallel, p_linear, error_df, shapes,
                             margins))  # fmt: skip
    return found


def _bulge(levels: Values, x: Values, y: Values, error: float, df: int, t: float) -> tuple[Shape, ...]:
    """How far the lines are bent: what one parabola for all rises above its chord halfway, as a share of its rise."""
    middle, half = (x.max() + x.min()) / 2, float(np.ptp(x)) / 2
    z = (x - middle) / half
    design = np.column_stack([levels, z, z**2])
    solved, _, rest = fitted(design, y)
    if rest < 0 or np.linalg.matrix_rank(design) < design.shape[1]:
        return ()
    pair = [-1, -2]  # the parabola is -1 halfway where the chord is 0; the rise is twice the slope of z
    scale = np.array([-1.0, 2.0])
    spread = covariance(design, error, df)[np.ix_(pair, pair)] * np.outer(scale, scale)
    top, bottom = solved[pair] * scale
    return (Shape(BULGE, float(top / bottom), *fieller(float(top), float(bottom), spread, t)),)


def parallel_curves(
    dose: ArrayLike, response: ArrayLike, sample: ArrayLike, reference: str, control: ArrayLike = (),
    margins: Margins = USUAL,
) -> list[Potency]:  # fmt: skip
    """Relative potency of every sample by curves that share all but their EC50.

    control : responses of wells without product, which are the end of all curves at dose 0; may be empty
    margins : of similarity

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
        sets = [(np.exp(x[who == one]), y[who == one]) for one in (reference, name)]
        p, spread, error, df, *_ = fit_curves(sets, shared=True, control=zero)
        own = fit_curves(sets, shared=False, control=zero)
        _, _, apart, apart_df, *_ = own
        both = np.concatenate([*(r for _, r in sets), zero])
        flat = float(((both - both.mean()) ** 2).sum())
        ratio = p[3] - p[4]
        half = float(stats.t.ppf((1 + LEVEL) / 2, df)) * math.sqrt(spread[3, 3] + spread[4, 4] - 2 * spread[3, 4])
        best, low, high = (exponential(v) for v in (ratio, ratio - half, ratio + half))
        p_parallel = p_of_more(error - apart, df - apart_df, apart, apart_df)
        p_regression = p_of_more(flat - error, len(both) - 1 - df, error, df)
        shapes = of_curves(own, control=bool(zero.size))
        found.append(Potency(name, CURVES, best, low, high, p_regression, p_parallel, math.nan, df, shapes, margins))
    return found
