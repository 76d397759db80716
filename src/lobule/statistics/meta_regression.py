"""Meta-regression of estimates from several studies: a line in one covariate, and what studies and rows differ by.

An estimate is intercept + slope x + study + row + error: studies and rows differ normally, errors have known variances.
Variances by restricted likelihood (S. Konstantopoulos, Res Synth Methods 2011; 2:61), the line by generalised least
squares. With x the squared error of an estimate the slope is that of PEESE (T. Stanley and H. Doucouliagos, Res Synth
Methods 2014; 5:60): by how much small studies tell more than large ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

Values = NDArray[np.float64]
STARTS = ((0.1, 0.1), (0.5, 0.1), (0.1, 0.5))
LARGEST = 20.0  # standard deviation between studies, in the units of the estimates' spread


class MetaRegression(NamedTuple):
    """intercept, slope with standard errors (slope 0, error NaN where it was not asked for); between, within : standard
    deviations between studies and between rows of one; n, studies : numbers of both"""

    intercept: float
    intercept_error: float
    slope: float
    slope_error: float
    between: float
    within: float
    n: int
    studies: int


def meta_regression(
    y: ArrayLike, variance: ArrayLike, x: ArrayLike | None, study: Sequence[object], *, rising: bool = False
) -> MetaRegression:
    """Fit the line and both variances.

    Parameters
    ----------
    y, variance : (n,) estimates and their error variances
    x : (n,) covariate; None, or one value for all, for a mean alone
    study : (n,) study of each estimate
    rising : a slope below 0 is not believed; a mean alone is fitted then

    Raises
    ------
    ValueError : fewer estimates than coefficients and one more.
    """
    values, v = np.asarray(y, float), np.asarray(variance, float)
    if x is not None and np.ptp(np.asarray(x, float)) == 0:
        x = None
    columns = [np.ones_like(values)] + ([] if x is None else [np.asarray(x, float)])
    design = np.column_stack(columns)
    if len(values) <= design.shape[1]:
        raise ValueError(f"{len(values)} estimates do not tell {design.shape[1]} coefficients and a spread")
    names, place = np.unique(np.asarray([str(s) for s in study]), return_inverse=True)
    groups = [np.flatnonzero(place == k) for k in range(len(names))]
    scale = max(float(np.std(values)), math.sqrt(float(v.mean())), 1e-12)

    def objective(spreads: Values) -> float:
        return _likelihood(spreads * scale, values, v, design, groups)[0]

    starts = [np.array(start) for start in STARTS]
    fits = [optimize.minimize(objective, x0, method="L-BFGS-B", bounds=[(0.0, LARGEST)] * 2) for x0 in starts]
    between, within = min(fits, key=lambda fit: float(fit.fun)).x * scale
    _, found, covariance = _likelihood(np.array([between, within]), values, v, design, groups)
    if rising and x is not None and found[1] < 0:
        return meta_regression(y, variance, None, study)
    errors = np.sqrt(np.diag(covariance))
    slope = (float(found[1]), float(errors[1])) if x is not None else (0.0, math.nan)
    return MetaRegression(
        float(found[0]), float(errors[0]), *slope, float(between), float(within), len(values), len(names)
    )


def _likelihood(
    spreads: Values, y: Values, v: Values, design: Values, groups: Sequence[NDArray[np.intp]]
) -> tuple[float, Values, Values]:
    """Minus two log restricted likelihood (but for a constant), coefficients, their covariance."""
    between, within = spreads**2
    k = design.shape[1]
    weight, moment, square, log_det = np.zeros((k, k)), np.zeros(k), 0.0, 0.0
    for rows in groups:
        own = 1 / (v[rows] + within)  # V is diagonal plus a constant: Sherman and Morrison
        share = between / (1 + between * own.sum())
        a, b = design[rows], y[rows]
        wa, wb = own @ a, float(own @ b)
        weight += (a * own[:, None]).T @ a - share * np.outer(wa, wa)
        moment += (a * own[:, None]).T @ b - share * wa * wb
        square += float(own @ b**2) - share * wb**2
        log_det += math.log1p(between * own.sum()) - float(np.log(own).sum())
    covariance: Values = np.asarray(np.linalg.pinv(weight), np.float64)
    found = covariance @ moment
    return log_det + float(np.linalg.slogdet(weight)[1]) + square - float(moment @ found), found, covariance
