"""What the studies told of each free parameter, and what they did not, in numbers and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.calibrate.prior import Prior
from lobule.calibrate.sampler import Chain, convergence
from lobule.model.parameters import parameter_table

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
SHRUNK = 0.8  # posterior over prior spread below which the data said something; assumed
MOVED = 0.7  # or: means apart, in spreads of the prior; assumed
AT_A_BOUND = 0.4  # spreads of the prior: where half of the posterior lies that near to a bound, it runs there; assumed
RARE = 0.02  # share of the posterior in the lowest twentieth of the prior at which that is not excluded; assumed
DRAWS = 4000


def what_was_told(prior: Prior, chain: Chain) -> pd.DataFrame:
    """One row a free parameter, and one a term.

    Returns
    -------
    DataFrame : parameter; likeliest, of the mouse; value (median, as in the first member), low, high (90 %); factor
        (median, on the value in parameters.csv); prior_low, prior_high (90 %); shrinkage (posterior over prior spread,
        of logarithms); told (the data said something); r_hat, effective_size, tail_size (see `sampler.convergence`);
        says.
    """
    import pandas as pd

    found = convergence(chain, prior.names)
    before = prior.at(np.random.default_rng(0).random((DRAWS, len(prior.names))))
    rows = []
    for k, name in enumerate(prior.names):
        z = chain.draws[:, k]
        usual = parameter_table()[name].values["mouse"] if name in parameter_table() else 1.0
        low, middle, high = _natural(prior, k, np.percentile(z, (5, 50, 95)))
        prior_low, prior_high = _natural(prior, k, np.percentile(before[:, k], (5, 95)))
        shrinkage = float(z.std() / before[:, k].std())
        moved = float((z.mean() - before[:, k].mean()) / before[:, k].std())
        told = bool(shrinkage < SHRUNK or abs(moved) > MOVED)
        likeliest = usual * float(_natural(prior, k, chain.likeliest[k]))
        rows.append({
            "parameter": name, "likeliest": likeliest, "value": usual * middle, "low": usual * low,
            "high": usual * high, "factor": middle, "prior_low": usual * prior_low, "prior_high": usual * prior_high,
            "shrinkage": shrinkage, "told": told, **found[name],
            "says": _says(z, before[:, k], prior.low[k], prior.high[k], told, moved),
        })  # fmt: skip
    return pd.DataFrame(rows)


def _natural(prior: Prior, k: int, z: Values) -> Values:
    """Factors of positions of one parameter."""
    return np.asarray(np.exp(prior.middle[k] + prior.spread[k] * z), np.float64)


def _says(z: Values, before: Values, lowest: float, highest: float, told: bool, moved: float) -> str:
    """What the studies told of a parameter: z, before : positions by posterior and prior."""
    lowest_too = "" if np.mean(z < np.percentile(before, 5)) < RARE else "; its lowest values are not excluded"
    if np.median(z) - lowest < AT_A_BOUND:
        return "runs to the lower end of its range: studies want less of it than is allowed"
    if highest - np.median(z) < AT_A_BOUND:
        return "runs to the upper end of its range: studies want more of it than is allowed"
    if not told:
        return f"not told: as open as before{lowest_too}"
    way = "more than believed" if moved > MOVED else "less than believed" if moved < -MOVED else "about as believed"
    return f"told: {way}{lowest_too}"
