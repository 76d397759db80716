"""What weighted candidates say: equally likely ones drawn from them, and how much each parameter was told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def weights_of(logs: Values) -> Values:
    """Weights that add up to 1, from logarithms of likelihoods of which one at least is finite."""
    weights: Values = np.exp(logs - logs.max())
    return weights / weights.sum()


def log_total(logs: Values) -> float:
    """Logarithm of the sum of what has these logarithms; -inf where all are."""
    return _shares(logs)[1]


def weights_and_total(logs: Values) -> tuple[Values, float]:
    """Both `weights_of` and `log_total`, for the work of one."""
    weights, total = _shares(logs)
    weights /= weights.sum()
    return weights, total


def _shares(logs: Values) -> tuple[Values, float]:
    """Each over the greatest; logarithm of the sum."""
    most = float(logs.max())
    if not np.isfinite(most):
        return np.zeros_like(logs), most
    found: Values = np.exp(logs - most)
    return found, float(most + np.log(found.sum()))


def weights_without(logs: Values) -> Values:
    """Weights that add up to 1 of equally likely draws as if something had not been seen that has these log densities.

    None counts more than the square root of their number times the mean, so that one alone does not decide (truncated
    importance sampling; Ionides 2008).
    """
    weights = np.exp(np.maximum(logs.min() - logs, -700.0))
    weights = np.minimum(weights, weights.mean() * np.sqrt(len(weights)))
    return np.asarray(weights / weights.sum(), float)


def middle(values: Values, weights: Values) -> float:
    """Median of values (n,) of which each counts by a weight (n,), 0 or more and some above."""
    order = np.argsort(values, kind="stable")
    so_far = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(so_far, so_far[-1] / 2)])


def log_chance(z: Values, side: int) -> Values:
    """Logarithm, but for a constant, of the chance of a normal measurement z standard errors above a candidate.

    Parameters
    ----------
    side : 0 for a measured value, -1 where it lies somewhere below (a limit of detection), 1 above
    """
    if side == 0:
        return np.asarray(-0.5 * z**2, float)
    from scipy.special import log_ndtr  # which takes a tenth of a second to load

    return np.asarray(log_ndtr(z) if side < 0 else log_ndtr(-z), float)


def resample(weights: Values, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Places of n equally likely draws (systematic resampling) from weights (n_candidates,) that add up to 1."""
    places = np.searchsorted(np.cumsum(weights), (np.arange(n) + rng.random()) / n)
    return np.minimum(places, weights.size - 1)


def shrinkage(weights: Values, varied: Mapping[str, Values], spreads: Mapping[str, float]) -> list[dict[str, object]]:
    """One row a parameter: prior_sd_log, mean_log, sd_log of the posterior, shrinkage (posterior over prior)."""
    rows: list[dict[str, object]] = []
    for name, spread in spreads.items():
        x = np.log(varied[name])
        mean = float((weights * x).sum())
        sd = float(np.sqrt((weights * (x - mean) ** 2).sum()))
        rows.append({"parameter": name, "prior_sd_log": spread, "mean_log": mean, "sd_log": sd,
                     "shrinkage": sd / spread})  # fmt: skip
    return rows
