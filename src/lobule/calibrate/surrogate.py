"""A cheap stand-in for what the engine predicts: smooth in the free parameters, one for every row at once.

A quadratic by ridge regression, and of what it leaves a Gaussian process with one Matern kernel for all rows (its
lengths differ by parameter). It proposes; it decides nothing: every member that is kept has been solved by the engine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, optimize

Values = NDArray[np.float64]
RIDGE = 1e-3  # of standardised columns, a point
LEARNT = 400  # points that lengths are learnt from
SHORTEST, LONGEST = 0.5, 60.0  # lengths of the kernel, in spreads of the prior
NOISE = (1e-6, 0.5)  # share of variance that is no function of the parameters, at the least and at the most
FARTHEST = 4.0  # logarithms of ratios beyond it are as good as it


@dataclass(frozen=True)
class Surrogate:
    """Of predictions of the engine.

    places : (n, d) where it was told; coefficients : (n_features, m) of the quadratic, in standardised columns
    weights : (n, m) of the kernel; lengths : (d,); middle, scale : (m,) of the columns
    """

    places: Values
    coefficients: Values
    weights: Values
    lengths: Values
    middle: Values
    scale: Values

    @classmethod
    def of(cls, places: Values, predicted: Values) -> Surrogate:
        """Fitted to predictions (n, m) at places (n, d), in spreads of the prior; NaN is taken as the median."""
        known = np.clip(predicted, -FARTHEST, FARTHEST)
        solved = np.isfinite(known)
        middles = [
            float(np.median(column[there])) if there.any() else 0.0
            for column, there in zip(known.T, solved.T, strict=True)
        ]
        known = np.where(solved, known, middles)
        middle, scale = known.mean(axis=0), known.std(axis=0) + 1e-9
        y = (known - middle) / scale
        features = _features(places)
        gram = features.T @ features + RIDGE * len(places) * np.eye(features.shape[1])
        coefficients = linalg.solve(gram, features.T @ y, assume_a="pos")
        rest = y - features @ coefficients
        lengths, noise = _learnt(places, rest)
        covariance = _kernel(places, places, lengths) + noise * np.eye(len(places))
        weights = linalg.cho_solve(linalg.cho_factor(covariance, lower=True), rest)
        return cls(places, coefficients, weights, lengths, middle, scale)

    def __call__(self, places: Values) -> Values:
        """Predictions (n, m) at places (n, d)."""
        found = _features(places) @ self.coefficients + _kernel(places, self.places, self.lengths) @ self.weights
        return self.middle + self.scale * found


def _features(places: Values) -> Values:
    """1, each, and each product of two, of places (n, d)."""
    x = places / 2
    i, j = np.triu_indices(x.shape[1])
    return np.hstack([np.ones((len(x), 1)), x, x[:, i] * x[:, j]])


def _kernel(a: Values, b: Values, lengths: Values) -> Values:
    """Matern, twice differentiable, (n_a, n_b)."""
    p, q = a / lengths, b / lengths
    squared = (p**2).sum(axis=1)[:, None] + (q**2).sum(axis=1) - 2 * p @ q.T
    r = np.sqrt(5 * np.maximum(squared, 0.0))
    return (1 + r + r**2 / 3) * np.exp(-r)


def _learnt(places: Values, rest: Values) -> tuple[Values, float]:
    """Lengths and share of noise under which the rest is most likely; the variance of each row is its own."""
    x, y = places[-LEARNT:], rest[-LEARNT:]
    n, m = y.shape
    bounds = [(np.log(SHORTEST), np.log(LONGEST))] * x.shape[1] + [(np.log(NOISE[0]), np.log(NOISE[1]))]

    def unlikely(logs: Values) -> float:
        covariance = _kernel(x, x, np.exp(logs[:-1])) + np.exp(logs[-1]) * np.eye(n)
        factor = linalg.cho_factor(covariance, lower=True)
        squares = (y * linalg.cho_solve(factor, y)).sum(axis=0)
        determinant = 2 * np.log(np.diag(factor[0])).sum()
        return float(0.5 * (n * np.log(squares / n + 1e-9) + determinant).sum() / m)

    start = np.append(np.full(x.shape[1], np.log(6.0)), np.log(0.01))
    found = optimize.minimize(unlikely, start, method="L-BFGS-B", bounds=bounds, options={"maxiter": 25})
    return np.exp(found.x[:-1]), float(np.exp(found.x[-1]))
