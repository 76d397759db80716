"""Weights that make a pool of virtual patients look like a published cohort: entropy balancing.

Method: J. Hainmueller, Political Analysis 20 (2012) 25. Of all weights whose weighted moments equal the target's, take
those nearest to the weights the pool has; the dual is a smooth convex problem. A small ridge gives the nearest possible
answer where the target cannot be reached.
"""

from __future__ import annotations

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

    scale = moments.std(axis=0)
    used = scale > 0
    x = (moments[:, used] - targets[used]) / scale[used]
    log_base = np.log(np.maximum(base / base.sum(), np.finfo(float).tiny))  # who is as good as dead has hardly any

    def dual(multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        exponents = log_base + x @ multipliers
        total = logsumexp(exponents)
        weights = np.exp(exponents - total)
        value = float(total + 0.5 * RIDGE * multipliers @ multipliers)
        return value, weights @ x + RIDGE * multipliers

    found = minimize(dual, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    exponents = log_base + x @ found.x
    return np.exp(exponents - logsumexp(exponents))


def effective_size(weights: NDArray[np.float64]) -> float:
    """Kish's effective sample size: how many equal weights would be as good."""
    return float(weights.sum() ** 2 / (weights**2).sum())
