"""Weights that make a pool of virtual patients look like a published cohort: entropy balancing.

Method: J. Hainmueller, Political Analysis 20 (2012) 25. Of all weights whose weighted moments equal the target's, take
those nearest to the weights the pool has; the dual is a smooth convex problem. A small ridge gives the nearest possible
answer where the target cannot be reached.

Weights are no sample: somebody who would have to be there ten times can be drawn once. `chances` are those of n
different people, of whom nobody is drawn twice, that have the wanted moments (bounded calibration: J.-C. Deville,
C.-E. Sarndal, J. Am. Stat. Assoc. 87 (1992) 376).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

RIDGE = 3e-3


def balance(
    moments: NDArray[np.float64], targets: NDArray[np.float64], base: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights (n,), adding up to 1.

    Parameters
    ----------
    moments : (n, k) functions of each patient; targets : (k,) their wanted means; base : (n,) weights before

    >>> w = balance(np.array([[0.0], [1.0]]), np.array([0.25]), np.ones(2))
    >>> bool(abs(w[1] - 0.25) < 0.01)
    True
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    x, log_base = _scaled(moments, targets, base)

    def dual(multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        exponents = log_base + x @ multipliers
        total = logsumexp(exponents)
        weights = np.exp(exponents - total)
        value = float(total + 0.5 * RIDGE * multipliers @ multipliers)
        return value, weights @ x + RIDGE * multipliers

    found = minimize(dual, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    exponents = log_base + x @ found.x
    return np.exp(exponents - logsumexp(exponents))


def chances(
    moments: NDArray[np.float64],
    targets: NDArray[np.float64],
    base: NDArray[np.float64],
    people: NDArray[Any],
    n: float,
) -> NDArray[np.float64]:
    """Chance of each row to be drawn, (n_rows,), adding up to n; rows of one person to at most one.

    Parameters
    ----------
    moments, targets, base : as of `balance`
    people : (n_rows,) whose row it is; rows of a person stand together
    n : people to be drawn, fewer than there are

    >>> p = chances(np.array([[0.0], [1.0], [1.0]]), np.array([0.5]), np.ones(3), np.arange(3), 2)
    >>> bool(abs(p[0] - 1) < 0.05 and abs(p.sum() - 2) < 0.01)
    True
    """
    from scipy.optimize import minimize

    x, log_base = _scaled(moments, targets, base)
    first = np.flatnonzero(np.r_[True, people[1:] != people[:-1]])
    sizes = np.diff(np.r_[first, len(people)])

    def chance(multipliers: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        exponents = log_base + x @ multipliers[1:] + multipliers[0]
        most = np.maximum(np.maximum.reduceat(exponents, first), 0.0)  # of a person; 0 is not to be drawn
        odds = np.exp(exponents - np.repeat(most, sizes))
        total = np.add.reduceat(odds, first) + np.exp(-most)
        return odds / np.repeat(total, sizes), float(np.sum(most + np.log(total)))

    def dual(multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        found, total = chance(multipliers)
        value = total / n - multipliers[0] + 0.5 * RIDGE * multipliers[1:] @ multipliers[1:]
        slope = np.r_[found.sum() / n - 1, found @ x / n + RIDGE * multipliers[1:]]
        return float(value), slope

    start = np.r_[np.log(n), np.zeros(x.shape[1])]
    return chance(minimize(dual, start, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x)[0]


def _scaled(
    moments: NDArray[np.float64], targets: NDArray[np.float64], base: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Moments less their targets, in standard deviations, without those that are the same everywhere; log of base."""
    scale = moments.std(axis=0)
    used = scale > 0
    x = (moments[:, used] - targets[used]) / scale[used]
    return x, np.log(np.maximum(base / base.sum(), np.finfo(float).tiny))  # who is as good as dead has hardly any


def effective_size(weights: NDArray[np.float64]) -> float:
    """Kish's effective sample size: how many equal weights would be as good."""
    return float(weights.sum() ** 2 / (weights**2).sum())
