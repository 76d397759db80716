"""When a patient last had an infection, bled or was overtly encephalopathic, before the day on which they are seen.

The model has rates at which these strike and no memory of them. What is drawn here is the time since the last episode
at the rate of the day: enough for criteria ("no bleeding in the last four weeks"); what a past episode does to the
next one is not there.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lobule.patient.draws import uniforms
from lobule.patient.history import YEAR

Values = NDArray[np.float64]
SINCE = tuple(f"days_since_{event}" for event in ("infection", "bleeding", "encephalopathy"))


def last_episodes(
    hazards: Mapping[str, NDArray], years: Values, ids: NDArray[np.int64], visits: tuple[NDArray, NDArray], seed: int
) -> dict[str, Values]:
    """Days since the last episode of each kind, {name of SINCE: (n,)}; infinite where it would lie before the disease.

    Parameters
    ----------
    hazards : {"cumulative_bleeding_hazard" ...: (n_patients, n_years)}
    years : (n_years,) of disease
    ids : (n,) of who is seen, as often one after another as each is
    visits : rows and columns (n,) of the hazards at which they are seen
    seed : of the draws, a patient's own
    """
    row, column = visits
    each = int(np.argmax(ids != ids[0])) or len(ids)
    draws = uniforms(seed, "last episodes", ids[::each].tolist(), len(SINCE) * each).reshape(-1, len(SINCE), each)
    found = {}
    for k, name in enumerate(SINCE):
        hazard = np.asarray(hazards[f"cumulative_{name.removeprefix('days_since_')}_hazard"], float)
        rate = np.gradient(hazard, years, axis=1)[row, column] / YEAR
        with np.errstate(divide="ignore"):
            days = -np.log(draws[:, k].reshape(-1)) / np.maximum(rate, 0.0)
        found[name] = np.where(days <= years[column] * YEAR, days, np.inf)
    return found
