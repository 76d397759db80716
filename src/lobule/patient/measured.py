"""What is measured of an animal beside what the model gives: its own level, and the error of the measurement.

The model gives cytokines and counts of cells as folds of the animal's own health; a laboratory measures amounts, and
healthy animals differ. The numbers belong to seed and animal, as those of `lobule.patient.variation`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lobule.patient.draws import normals
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "animal_measured.csv"
LEVEL, ERROR = "level", "measurement"  # purposes of draws


class Measured(Row):
    """How an output of the model is measured in animals.

    Attributes
    ----------
    own_level : standard deviation of the logarithm of what the animal has of it whatever its injury: the healthy level
        of what the model gives as a fold of that, content and clearance of an enzyme
    error_cv : of one measurement of one animal, repeated
    published_low, published_high : standard deviation over mean of groups in the literature; None where none was met
    source : evidence rows
    """

    output: str
    own_level: float
    error_cv: float
    published_low: float | None = None
    published_high: float | None = None
    source: str = ""
    grade: Literal["measured", "assumed"]
    note: str


@cache
def measured() -> dict[str, Measured]:
    """By output."""
    return rows_by("output", TABLE, Measured)


def own_levels(seed: int, ids: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """{output: (n_animals,)} level of each animal over that of the usual one."""
    return _factors(seed, LEVEL, ids, {name: row.own_level for name, row in measured().items()})


def errors(seed: int, ids: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """{output: (n_animals,)} what is measured over what is there."""
    return _factors(seed, ERROR, ids, {name: row.error_cv for name, row in measured().items()})


def _factors(
    seed: int, purpose: str, ids: NDArray[np.int64], spreads: dict[str, float]
) -> dict[str, NDArray[np.float64]]:
    drawn = normals(seed, purpose, list(ids), len(spreads))
    return {name: np.exp(spread * drawn[:, k]) for k, (name, spread) in enumerate(spreads.items())}
