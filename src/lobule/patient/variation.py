"""What differs between subjects of one kind: lognormal factors on parameters, every spread assumed.

The numbers belong to seed and subject: the same subject is the same in every group, order and number of threads.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.patient.draws import normals
from lobule.rows import Row, rows_by

TABLES = {kind: Path(__file__).parent / f"{kind}_variation.csv" for kind in ("patient", "animal")}
PURPOSES = {"patient": "constitution", "animal": "animal"}


class Spread(Row):
    """How much a parameter differs: the standard deviation of its logarithm."""

    parameter: str
    sd_log: float
    grade: str
    source: str
    note: str


@cache
def variation(kind: str = "patient") -> dict[str, float]:
    """Standard deviation of the logarithm of every parameter that differs between patients, or between animals.

    Raises
    ------
    InputError : a row that names no parameter.
    """
    rows = rows_by("parameter", TABLES[kind], Spread)
    for name in rows:
        if name not in parameter_table():
            raise InputError(f'{TABLES[kind].name}: no parameter "{name}"')
    return {name: row.sd_log for name, row in rows.items()}


def factors(seed: int, ids: NDArray[np.int64], kind: str = "patient") -> dict[str, NDArray[np.float64]]:
    """Factor on the usual value of every parameter that differs, by subject (lognormal, median 1)."""
    draws = normals(seed, PURPOSES[kind], list(ids), len(variation(kind)))
    return {name: np.exp(sd * draws[:, k]) for k, (name, sd) in enumerate(variation(kind).items())}
