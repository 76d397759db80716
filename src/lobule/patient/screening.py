"""A screening visit: criteria are met by what was measured then, not by what is true.

Who is enrolled with a MELD of 10 to 25 at screening may truly have one of 9 or 26, and be measured otherwise at
baseline. Both are kept of everybody: the true value, and what was measured at screening, "screened_meld".
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lobule.labs import assayed, measurable
from lobule.patient.criteria import Criteria
from lobule.patient.draws import normals
from lobule.scores.clinic import NEEDED, clinical
from lobule.scores.markers import MARKERS

Values = NDArray[np.float64]
Errors = Mapping[str, tuple[float, float]]  # {lab: standard deviation of the logarithm, limit of detection}
SCREENED = "screened_"
SCORES = ("meld", "meld_na", "child_pugh")  # computed from what was measured; the stage is that of the disease


def screened(
    seen: Mapping[str, NDArray], wanted: Criteria | None, ids: NDArray[np.int64], seed: int, errors: Errors | None
) -> dict[str, Values]:
    """What criteria look at, as measured at screening, {name: (n,)}; nothing without criteria or errors.

    Parameters
    ----------
    seen : true values of each visit, (n,) each
    ids : (n,) of the patient, as often one after another as each has visits
    seed : of the errors, a visit's own
    errors : of assays; those of `labs.csv` for what is not named
    """
    if wanted is None or errors is None:
        return {}
    first = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]])
    people, each = [int(i) for i in ids[first]], len(ids) // len(first)
    found: dict[str, Values] = {}
    purposes = {"screening": [name for name in measurable() if name not in MARKERS]}  # markers leave others their luck
    if any(rule.name in MARKERS for rule in wanted.rules):
        purposes["screening of markers"] = list(MARKERS)
    for purpose, labs in purposes.items():
        names = [name for name in labs if name in seen]
        noise = normals(seed, purpose, people, len(names) * each).reshape(len(ids), len(names))
        for k, name in enumerate(names):
            found[name] = assayed(name, seen[name], noise[:, k], *errors.get(name, ()))
    derived = clinical({name: found[name] for name in NEEDED})
    found |= {name: derived[name] for name in SCORES}
    return {rule.name: found[rule.name] for rule in wanted.rules if rule.name in found}
