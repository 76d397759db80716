"""Batch tables: what a quality team knows of every batch."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.tables import Fault, Quantity, read_table, understand
from lobule.model.cargo import components

PERCENT = Quantity({"%": 1.0}, 0, 100)
# name: units and plausible range. Markers are the share of particles that carry them.
QUANTITIES: dict[str, Quantity] = {
    "concentration": Quantity({"particle/mL": 1.0, "particle/uL": 1e3}, 0, 1e16),
    "fill_volume": Quantity({"mL": 1.0, "uL": 1e-3}, 0, 1e4),
    "particles": Quantity({"particle": 1.0}, 0, 1e18),
    "protein": Quantity({"ug/mL": 1.0, "mg/mL": 1e3}, 0, 1e6),
    "particles_per_ug": Quantity({"particle/ug": 1.0}, 1e3, 1e13),
    "diameter": Quantity({"nm": 1.0}, 10, 2000),
    **dict.fromkeys(("cd9", "cd63", "cd81", "cd73", "cd90", "cd105", "tsg101", "gm130", "calnexin", "cd45"), PERCENT),
    **{c: Quantity({"copy/particle": 1.0}, 0, 1e6) for c in components()},
    "endotoxin": Quantity({"EU/mL": 1.0, "EU/L": 1e-3}, 0, 1e6),
    "viability": PERCENT,
    "potency": Quantity({"%": 1.0}, 0, 1e4),
    "storage_temperature": Quantity({"degC": 1.0}, -200, 60),
    "storage_time": Quantity({"d": 1.0, "month": 365.25 / 12, "h": 1 / 24}, 0, 10_000),
    "freeze_thaw_cycles": Quantity({}, 0, 100),
    "passage": Quantity({}, 0, 100),
    "collection_time": Quantity({"d": 1.0, "h": 1 / 24}, 0, 365),
}
FLAGS = ("sterility", "mycoplasma", "triton_lysis")
TEXTS = ("batch", "made_on", "donor", "cell_source", "vessel", "bioreactor", "medium", "isolation", "storage_buffer")
LOGARITHMIC = ("concentration", "particles", "protein", "particles_per_ug", "potency", "endotoxin", *components())


@dataclass(frozen=True)
class Batches:
    """A table of batches, n rows.

    Attributes
    ----------
    names, lines : of every batch, and its line in the file
    numbers : {attribute: (n,)} in the first unit of QUANTITIES, NaN where missing
    flags : {attribute: (n,)} 1 passed, 0 failed, NaN not tested
    texts : {column: text of every batch}, unknown columns too
    made_on : (n,) dates as numbers of days, NaN where missing
    faults : cells that were left out
    """

    names: list[str]
    lines: list[int]
    numbers: dict[str, NDArray[np.float64]]
    flags: dict[str, NDArray[np.float64]]
    texts: dict[str, list[str]]
    made_on: NDArray[np.float64]
    faults: list[Fault]

    def __len__(self) -> int:
        return len(self.names)

    def attributes(self) -> list[str]:
        """Attributes with a value."""
        found = [name for name, values in self.numbers.items() if np.isfinite(values).any()]
        return found + [name for name, values in self.flags.items() if np.isfinite(values).any()]

    def value(self, name: str) -> NDArray[np.float64]:
        """An attribute, NaN where it was not measured."""
        return self.numbers.get(name, self.flags.get(name, np.full(len(self), np.nan)))


def unit_of(attribute: str) -> str:
    """Unit in which an attribute is kept; "" for a flag or a pure number."""
    return QUANTITIES[attribute].unit if attribute in QUANTITIES else ""


def read_batches(path: str | Path) -> Batches:
    """Read a table of batches (CSV, XLSX, Parquet).

    Particles in a vial and particles per ug of protein follow from concentration, volume and protein where they are
    not given.

    Raises
    ------
    InputError : no file, no known column, no names, a unit that is missing or wrong, by cell; a name that stands twice.
    """
    table = read_table(path, [u for q in QUANTITIES.values() for u in q.units])
    columns = understand(table, QUANTITIES, FLAGS, TEXTS)
    if "batch" not in columns.texts:
        raise InputError(f'{table.name}: the column "batch" with the names is missing')
    names = columns.texts["batch"]
    first: dict[str, int] = {}
    for row, name in enumerate(names):
        if not name:
            raise InputError(f"{table.name}, line {table.lines[row]}: the batch has no name")
        if name in first:
            where = f"lines {table.lines[first[name]]} and {table.lines[row]}"
            raise InputError(f'{table.name}: the batch "{name}" stands in the table twice ({where})')
        first[name] = row
    made = np.full(len(table), np.nan)
    if "made_on" in columns.texts:
        k = next(i for i, h in enumerate(table.headers) if h.strip().lower().replace(" ", "_") == "made_on")
        for row, text in enumerate(columns.texts["made_on"]):
            try:
                made[row] = datetime.date.fromisoformat(text[:10]).toordinal() if text else math.nan
            except ValueError:
                table.fault(row, k, f'"{text[:40]}" is not a date such as 2026-01-31')
    numbers = columns.numbers
    _derive(numbers, "particles", "concentration", "fill_volume", lambda a, b: a * b)
    _derive(numbers, "particles_per_ug", "concentration", "protein", lambda a, b: a / b)
    return Batches(names, table.lines, numbers, columns.flags, columns.texts, made, table.faults)


def _derive(numbers: dict[str, NDArray[np.float64]], name: str, one: str, other: str, how: Any) -> None:
    """Fill an attribute from two others where it is missing."""
    if one in numbers and other in numbers:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = how(numbers[one], numbers[other])
        found[~np.isfinite(found)] = np.nan
        given = numbers.get(name, np.full(len(found), np.nan))
        numbers[name] = np.where(np.isfinite(given), given, found)
