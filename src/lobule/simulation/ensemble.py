"""The calibrated ensemble: sets of parameters that agree with the calibration studies, as factors on the usual values.

Written by `lobule calibrate`, shipped with the package, read by everything that shows a band. Each member also has
factors of a few parameters of the disease, of which studies of therapies tell nothing: they make the band of a course
that nobody treats, from the first day of a run on.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import Check, whole
from lobule.errors import InputError
from lobule.keeping import told
from lobule.model.digest import digest
from lobule.model.parameters import parameter_table

FOLDER = Path(__file__).parent / "calibrated"
TABLE, DISEASE, PROVENANCE = FOLDER / "ensemble.csv", FOLDER / "disease.csv", FOLDER / "provenance.json"
# Constants that make a dose act more (1) or less (-1), and how far those of people may lie from those of animals: a
# standard deviation of a logarithm, fourfold either way in nine of ten; assumed
POTENCIES = {"published_cell_potency": 1, "vesicles_for_half_effect": -1, "hepatocyte_vesicles_for_half_effect": -1}
TRANSFER_TO_PEOPLE = 0.85
THIN = 32  # members where somebody waits
OF_ANOTHER_MODEL = (
    "The ensemble behind the band (of {written}) was calibrated on another state of the model, whose equations or "
    "parameters have changed since: the band is rough until `lobule calibrate` was run anew."
)


def factors(
    members: int | None = None, table: Path = TABLE, *, species: str = "mouse"
) -> dict[str, NDArray[np.float64]]:
    """Factors on parameters, {parameter: (n,)}: all members, or that many evenly spaced ones.

    Parameters
    ----------
    members : how many; all when left out
    species : of those who are treated; "human" as `in_people`

    Raises
    ------
    InputError : a table that is damaged or names an unknown parameter; more members than there are.

    >>> len(factors(3)["mirna_amplification"])
    3
    """
    every = _read(table)
    n = len(next(iter(every.values())))
    chosen = np.arange(n)
    if members is not None:
        chosen = np.round(np.linspace(0, n - 1, whole(members, "members", 1, n))).astype(int)
    found = {name: values[chosen] for name, values in every.items()}
    return in_people(found) if species == "human" else found


def in_people(factors: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Factors as they may be in people: potencies are calibrated on animals, and how far those of people lie from them
    nobody has measured. In each member but the first all are stronger or weaker together (`TRANSFER_TO_PEOPLE`).

    >>> bool((in_people({"published_cell_potency": np.ones(2)})["published_cell_potency"] == 1).all())
    False
    """
    found = dict(factors)
    n = max(map(len, found.values()), default=0)
    drawn = TRANSFER_TO_PEOPLE * np.random.default_rng(1).standard_normal(n)
    stronger = np.exp(np.where(np.arange(n) == 0, 0.0, drawn))
    for name in found.keys() & POTENCIES.keys():
        found[name] = found[name] * stronger ** POTENCIES[name]
    return found


def disease(members: int | None = None, table: Path = DISEASE) -> dict[str, NDArray[np.float64]]:
    """Factors on parameters of the disease of the same members, as `factors` gives those of the therapy (and the same
    errors).

    >>> bool((disease(3)["stress_recovery_rate"][0]) == 1)
    True
    """
    return factors(members, table)


@cache
def _read(path: Path) -> Mapping[str, NDArray[np.float64]]:
    with told(path, "cannot read the ensemble", InputError), path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise InputError(f"{path.name}: the ensemble is empty")
    unknown = [name for name in rows[0] if name not in parameter_table()]
    if unknown:
        raise InputError(f'{path.name}: no parameter "{unknown[0]}"')
    try:
        found = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    except (TypeError, ValueError) as error:
        raise InputError(f"{path.name}: {error}") from error
    if any(not (np.isfinite(v).all() and (v > 0).all()) for v in found.values()):
        raise InputError(f"{path.name}: factors must be above 0")
    return found


def members(fewest: int = 1) -> Check:
    """A check of arguments for numbers of members, from `fewest` to all."""
    return lambda value, name: whole(value, name, fewest, size())


def size() -> int:
    """Members of the ensemble."""
    return len(next(iter(_read(TABLE).values())))


def provenance(path: Path = PROVENANCE) -> dict[str, Any]:
    """How the ensemble came about: studies, sampler, convergence, versions, date, digest of the model."""
    return json.loads(path.read_text(encoding="utf-8"))


def belongs(path: Path = PROVENANCE) -> bool:
    """The ensemble was calibrated on the model that is here: the same equations, the same values in all species."""
    return provenance(path).get("model") == digest()


def notes(path: Path = PROVENANCE) -> list[str]:
    """What every answer that draws a band of the ensemble says of it: nothing where it belongs to the model."""
    if belongs(path):
        return []
    return [OF_ANOTHER_MODEL.format(written=provenance(path).get("written", "an unknown day"))]
