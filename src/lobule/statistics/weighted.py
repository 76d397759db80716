"""What weighted candidates say: equally likely ones drawn from them, and how much each parameter was told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


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
