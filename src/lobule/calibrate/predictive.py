"""Posterior predictive checks: what the ensemble says that the calibration studies would see, beside what they saw.

Of each member a study of the same groups is drawn; where what was published would be rare among these, the model misses
it, whatever its parameters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.calibrate.likelihood import Kind, Likelihood

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
WORDS: dict[Kind, str] = {
    "size": "sizes", "class": "class ranges", "direction": "directions", "none": "negatives", "order": "orders",
    "tie": "ties",
}  # fmt: skip
BAND = (5.0, 95.0)  # percent
SIZED = ("size", "class", "tie")
MISSED = 0.25  # chance of what was published below which every member misses a row; assumed


def predictive(likelihood: Likelihood, predicted: Values, differ: Values, seed: int) -> pd.DataFrame:
    """One row a kind of data.

    Parameters
    ----------
    predicted : (n_members, n_data) by the engine; differ : (n_members, 2)
    seed : of the drawn studies

    Returns
    -------
    DataFrame : rows_of, rows, sources; covered, share inside the 90 % interval of drawn studies (sizes, classes, ties);
        as_published, share of drawn studies that say what was published (others); missed_by_all, rows whose published
        word or size has a chance below a quarter of the best it could have under every member; p_value, share of drawn
        studies that fit the members no better than the published ones do: near 0 where the model is off.
    """
    import pandas as pd

    drawn = likelihood.replicated(predicted, differ, np.random.default_rng(seed))
    rows = []
    for kind, k in likelihood.of_kind.items():
        if not len(k):
            continue
        found: dict[str, object] = {"rows_of": WORDS[kind], "rows": len(k)}
        found["sources"] = len({likelihood.data[i].source for i in k})
        inside, same = _inside(likelihood, drawn)[k], (drawn == likelihood.observed)[:, k]
        sized = kind in SIZED
        found["covered"] = float(inside.mean()) if sized else np.nan
        found["as_published"] = np.nan if sized else float(same.mean())
        found["missed_by_all"] = int(_missed(likelihood, predicted, differ)[k].sum())
        found["p_value"] = _p_value(likelihood, predicted, differ, drawn, k)
        rows.append(found)
    return pd.DataFrame(rows)


def by_row(likelihood: Likelihood, predicted: Values, differ: Values, seed: int) -> pd.DataFrame:
    """One row a datum: row, source, endpoint, rows_of, weight; observed (a ratio, or a sign); predicted, low, high
    (median and 90 % of the members, as ratios); covered by the 90 % interval of drawn studies; chance of the published
    word (sizes: NaN); missed_by_all."""
    import pandas as pd

    drawn = likelihood.replicated(predicted, differ, np.random.default_rng(seed))
    low, middle, high = np.exp(np.nanpercentile(predicted, (5, 50, 95), axis=0))
    sized = np.isin(likelihood.kinds, SIZED)
    data = likelihood.data
    return pd.DataFrame(
        {
            "row": [d.row for d in data],
            "source": [d.source for d in data],
            "endpoint": [d.endpoint for d in data],
            "rows_of": [WORDS[d.kind] for d in data],
            "weight": likelihood.weights,
            "observed": np.where(sized, np.exp(likelihood.observed), likelihood.observed),
            "predicted": middle,
            "low": low,
            "high": high,
            "covered": np.where(sized, _inside(likelihood, drawn), np.nan),
            "chance": np.where(sized, np.nan, (drawn == likelihood.observed).mean(axis=0)),
            "missed_by_all": _missed(likelihood, predicted, differ),
        }
    )


def _inside(likelihood: Likelihood, drawn: Values) -> NDArray[np.bool_]:
    low, high = np.nanpercentile(drawn, BAND, axis=0)
    return (low <= likelihood.observed) & (likelihood.observed <= high)


def _missed(likelihood: Likelihood, predicted: Values, differ: Values) -> NDArray[np.bool_]:
    """Of each datum: what was published is less likely than a quarter of the most that could be, under every member."""
    found = np.exp(likelihood.each(predicted, differ))
    perfect = np.where(np.isin(likelihood.kinds, SIZED), likelihood.observed, 0.0)
    signed = np.isin(likelihood.kinds, ("direction", "order"))
    perfect = np.where(signed, 10 * likelihood.observed, perfect)
    best = np.exp(likelihood.each(np.broadcast_to(perfect, predicted.shape), differ))
    limit = np.where(signed, 0.5, MISSED)  # half the chance is a coin's
    return np.asarray((found < limit * best).all(axis=0))


def _p_value(likelihood: Likelihood, predicted: Values, differ: Values, drawn: Values, k: NDArray[np.intp]) -> float:
    """Share of members whose drawn studies are no more likely under it than the published ones."""
    published = (likelihood.each(predicted, differ) * likelihood.weights)[:, k].sum(axis=1)
    usual = (likelihood.each(predicted, differ, drawn) * likelihood.weights)[:, k].sum(axis=1)
    return float((usual <= published).mean())
