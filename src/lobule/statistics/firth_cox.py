"""Cox's model with the penalty of Firth, which has a finite answer where one arm has no event.

l(beta) + log(det I(beta)) / 2 is maximised, l the stratified partial likelihood with the ties of Breslow and I its
information (G. Heinze and M. Schemper, Biometrics 2001; 57:114): without the penalty the ratio would be 0 or infinite
with an error that has no meaning. Intervals and p are of the profile of the penalised likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.stats import chi2

from lobule.errors import NoFit

Values = NDArray[np.float64]
FARTHEST = 15.0  # of a logarithm of a hazard ratio from the best one, up to which the end of an interval is searched
LEVEL = 0.95


class Firth(NamedTuple):
    """Logarithm of the hazard ratio of the first covariate: value, low, high (95 %), and p."""

    value: float
    low: float
    high: float
    p: float


def fit_firth_cox(time: Values, event: NDArray[np.bool_], covariates: Values, strata: NDArray[np.int64]) -> Firth:
    """The first of the covariates.

    Parameters
    ----------
    time, event, strata : (n,); covariates : (n, k), best of a spread near 1

    Raises
    ------
    NoFit : no event, or nothing at risk to compare with.
    """
    groups = list(_groups(time, event, covariates, strata))
    k = covariates.shape[1]

    def lost(beta: Values) -> float:
        return -_penalised(groups, beta)

    if not groups or not math.isfinite(lost(np.zeros(k))):
        raise NoFit("no event while several subjects who differ are at risk")
    best = minimize(lost, np.zeros(k), method="BFGS", options={"gtol": 1e-5})

    def gap(value: float) -> float:
        """Twice by how much the likelihood is lower where the first coefficient has a value, and the others are best"""
        if k == 1:
            return 2 * (lost(np.array([value])) - float(best.fun))

        def lost_of_others(others: Values) -> float:
            return lost(np.append(value, others))

        rest = minimize(lost_of_others, best.x[1:], method="BFGS", options={"gtol": 1e-5})
        return 2 * (float(rest.fun) - float(best.fun))

    value, limit = float(best.x[0]), float(chi2.ppf(LEVEL, 1))
    low, high = (_end(lambda at: gap(at) - limit, value, side) for side in (-1.0, 1.0))
    return Firth(value, low, high, float(chi2.sf(max(gap(0.0), 0.0), 1)))


def _end(above: Callable[[float], float], value: float, side: float) -> float:
    """Where a profile reaches its limit on one side of the best value."""
    step = 0.5
    while above(value + side * step) < 0:
        step *= 2
        if step > FARTHEST:
            return value + side * FARTHEST
    return float(brentq(above, value, value + side * step, xtol=1e-6))


class _Group(NamedTuple):
    """A stratum by falling time: covariates (n, k), who had an event (n,), and the last row at risk at each time."""

    x: Values
    event: NDArray[np.bool_]
    until: NDArray[np.int64]


def _groups(time: Values, event: NDArray[np.bool_], x: Values, strata: NDArray[np.int64]) -> Iterator[_Group]:
    for one in np.unique(strata):
        here = np.flatnonzero(strata == one)
        order = here[np.argsort(-time[here], kind="stable")]
        if event[order].any():
            falling = -time[order]
            yield _Group(x[order], event[order], np.searchsorted(falling, falling, side="right") - 1)


def _penalised(groups: list[_Group], beta: Values) -> float:
    """Logarithm of the partial likelihood and half that of the determinant of its information."""
    k = len(beta)
    total, information = 0.0, np.zeros((k, k))
    for x, event, until in groups:
        score = x @ beta
        shift = score.max()
        weight = np.exp(score - shift)
        at = until[event]
        zero = np.cumsum(weight)[at]
        first = np.cumsum(weight[:, None] * x, axis=0)[at] / zero[:, None]
        second = np.cumsum(weight[:, None, None] * x[:, :, None] * x[:, None, :], axis=0)[at] / zero[:, None, None]
        total += float((score[event] - shift - np.log(zero)).sum())
        information += (second - first[:, :, None] * first[:, None, :]).sum(axis=0)
    sign, logarithm = np.linalg.slogdet(information)
    return total + 0.5 * float(logarithm) if sign > 0 else -math.inf
