"""What differs between subjects of one kind: lognormal factors on parameters, two of which may go together.

The numbers belong to seed and subject: the same subject is the same in every group, order and number of threads.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.patient.draws import normals
from lobule.rows import Row, read_rows, rows_by

TABLES = {kind: Path(__file__).parent / f"{kind}_variation.csv" for kind in ("patient", "animal")}
TOGETHER = Path(__file__).parent / "differ_together.csv"
PURPOSES = {"patient": "constitution", "animal": "animal"}


class Spread(Row):
    """How much a parameter differs: the standard deviation of its logarithm."""

    parameter: str
    sd_log: float
    grade: str
    source: str
    note: str


class Pair(Row):
    """Two parameters that differ together: the correlation of their logarithms.

    Attributes
    ----------
    kind : patient or animal
    goes_with : a parameter in a row above that of `parameter`, in the table of the kind
    """

    kind: Literal["patient", "animal"]
    parameter: str
    goes_with: str
    correlation: Annotated[float, Field(gt=-1, lt=1)]
    grade: str
    source: str
    note: str


@cache
def together(kind: str = "patient") -> dict[str, tuple[str, float]]:
    """Of each parameter that does not differ by itself: which other it goes with, and the correlation.

    Raises
    ------
    InputError : a pair of which one does not differ, or stands above the one that it goes with; one with two partners.
    """
    places, found = list(variation(kind)), {}
    for row in read_rows(TOGETHER, Pair):
        if row.kind != kind:
            continue
        for name in (row.parameter, row.goes_with):
            if name not in places:
                raise InputError(f'{TOGETHER.name}: "{name}" does not differ in {TABLES[kind].name}')
        if places.index(row.parameter) <= places.index(row.goes_with) or row.parameter in found:
            raise InputError(f"{TOGETHER.name}: {row.parameter} goes with one parameter, of a row above it")
        found[row.parameter] = (row.goes_with, row.correlation)
    return found


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
    spreads, pairs = variation(kind), together(kind)
    draws = normals(seed, PURPOSES[kind], list(ids), len(spreads))
    found: dict[str, NDArray[np.float64]] = {}  # standard normal; of a pair the second is made of the first and its own
    for k, name in enumerate(spreads):
        other, correlation = pairs.get(name, ("", 0.0))
        own = np.sqrt(1 - correlation**2) * draws[:, k]
        found[name] = own + correlation * found[other] if other else draws[:, k]
    return {name: np.exp(sd * found[name]) for name, sd in spreads.items()}
