"""Tables of a validation: nominal and measured relative potency, run by run (CSV, XLSX, Parquet)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.columns import understand
from lobule.files.table import Fault, read_table
from lobule.files.vocabulary import Quantity, Vocabulary

OF_RUNS = ("run", "day", "analyst", "instrument", "plate")  # what tells runs apart, where there is no column run
VOCABULARY = Vocabulary(
    {"nominal_potency": Quantity({"%": 1.0}, 1, 10_000), "potency": Quantity({"%": 1.0}, 0.01, 100_000)}, texts=OF_RUNS
)


@dataclass(frozen=True)
class Levels:
    """Measured potencies, each (n,): nominal and measured (1 is that of the reference), run; cells that were left out;
    what a reader should know."""

    nominal: NDArray[np.float64]
    measured: NDArray[np.float64]
    run: NDArray[np.str_]
    faults: list[Fault]
    notes: list[str]


def read_levels(path: str | Path, sheet: str | None = None) -> Levels:
    """Read a table: nominal_potency (or level, expected potency) and potency in %, and what tells runs apart.

    Raises
    ------
    InputError : a column is missing, no row is usable, nothing tells runs apart.
    """
    table = read_table(path, VOCABULARY, sheet)
    columns = understand(table, VOCABULARY)
    for name in ("nominal_potency", "potency"):
        if name not in columns.numbers:
            raise InputError(
                f'{table.name}: the column "{name}" is missing; wanted nominal_potency_percent, potency_percent and run'
            )
        for row in np.flatnonzero(columns.numbers[name].beyond()):
            text = columns.numbers[name].written[row]
            table.fault(int(row), columns.places[name], f'"{text}" is a limit, not a value')
    told = ["run"] if "run" in columns.texts else [name for name in OF_RUNS if name in columns.texts]
    if not told:
        raise InputError(f"{table.name}: nothing tells runs apart: give a column run (or day, analyst)")
    run = np.array([" ".join(parts).strip() for parts in zip(*(columns.texts[name] for name in told), strict=True)])
    nominal, measured = columns.numbers["nominal_potency"].values(), columns.numbers["potency"].values()
    for row in np.flatnonzero(np.isfinite(measured) & np.isfinite(nominal) & (run == "")):
        table.fault(int(row), columns.places[told[0]], "the value has no run")
    usable = np.isfinite(nominal) & np.isfinite(measured) & (run != "")
    if not usable.any():
        raise InputError(f"{table.name}: no row has a nominal and a measured potency")
    notes = [*table.notes, *columns.unread]
    if told != ["run"]:
        notes.append(f"runs are told apart by {' and '.join(told)}")
    return Levels(nominal[usable] / 100, measured[usable] / 100, run[usable], table.faults, notes)
