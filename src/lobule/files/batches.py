"""Batch tables: what a quality team knows of every batch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.cells import Readings, State, shown
from lobule.files.columns import Columns, understand
from lobule.files.table import Fault, Table, read_table
from lobule.files.times import ambiguous, day_of, order_of
from lobule.files.vocabulary import Flag, Quantity, Vocabulary, plain_name
from lobule.model import label
from lobule.model.cargo import components

PERCENT = Quantity({"%": 1.0}, 0, 100)
MARKERS = ("cd9", "cd63", "cd81", "cd73", "cd90", "cd105", "tsg101", "gm130", "calnexin", "cd45")
# name: units and plausible range. Markers are the share of particles that carry them.
QUANTITIES: dict[str, Quantity] = {
    "concentration": Quantity({"particle/mL": 1.0, "particle/uL": 1e3}, 0, 1e16),
    "fill_volume": Quantity({"mL": 1.0, "uL": 1e-3}, 0, 1e4),
    "particles": Quantity({"particle": 1.0}, 0, 1e18),
    "protein": Quantity({"ug/mL": 1.0, "mg/mL": 1e3}, 0, 1e6),
    "particles_per_ug": Quantity({"particle/ug": 1.0}, 1e3, 1e13),
    "diameter": Quantity({"nm": 1.0}, 10, 2000),
    **dict.fromkeys(MARKERS, PERCENT),
    **{c: Quantity({"copy/particle": 1.0}, 0, 1e6) for c in components()},
    "endotoxin": Quantity({"EU/mL": 1.0, "EU/L": 1e-3}, 0, 1e6),
    "host_cell_dna": Quantity({"ng/mL": 1.0, "pg/mL": 1e-3, "ug/mL": 1e3}, 0, 1e6),
    "host_cell_protein": Quantity({"ng/mL": 1.0, "pg/mL": 1e-3, "ug/mL": 1e3}, 0, 1e7),
    "viability": PERCENT,
    "potency": Quantity({"%": 1.0}, 0, 1e4),
    "storage_temperature": Quantity({"degC": 1.0}, -200, 60),
    "storage_time": Quantity({"d": 1.0, "month": 365.25 / 12, "h": 1 / 24}, 0, 10_000),
    "freeze_thaw_cycles": Quantity({}, 0, 100),
    "passage": Quantity({}, 0, 100),
    "collection_time": Quantity({"d": 1.0, "h": 1 / 24}, 0, 365),
}
PASS, FAIL = ("pass", "passed"), ("fail", "failed")
# "yes", 1 and true say of mycoplasma that it is there, of a sterility test that it was passed: only words that can be
# read one way count. Numbers may be counts of colonies.
FLAGS = {
    "sterility": Flag(
        (*PASS, "sterile", "negative", "no growth", "yes", "true"),
        (*FAIL, "not sterile", "non-sterile", "contaminated", "positive", "growth", "no", "false"),
    ),
    "mycoplasma": Flag(
        (*PASS, "negative", "absent", "not detected", "none detected", "free"),
        (*FAIL, "positive", "present", "detected", "contaminated"),
    ),
    "triton_lysis": Flag(
        (*PASS, "yes", "true", "y", "1", "lysed", "complete"),
        (*FAIL, "no", "false", "n", "0", "not lysed", "incomplete"),
    ),
}
TEXTS = (
    "batch", "synthetic", "made_on", "donor", "cell_source", "vessel", "bioreactor", "medium", "isolation",
    "storage_buffer", "cell_equivalents", "count_method", "single_vesicle_method", "detection_limit", "ev_track_id",
    "ev_metric",
)  # fmt: skip
VOCABULARY = Vocabulary(QUANTITIES, FLAGS, TEXTS)
# percent that are rarely below 1: a lower one is likely a share
MOSTLY_HIGH = ("viability", "potency", "cd9", "cd63", "cd81", "cd73", "cd90", "cd105", "tsg101")
SUMS = ("mean", "average", "median", "sd", "std", "cv", "min", "max", "total", "sum", "count", "n")
Ends = Callable[[tuple[float, float], tuple[float, float]], tuple[float, float]]
LOGARITHMIC = ("concentration", "particles", "protein", "particles_per_ug", "potency", "endotoxin", "host_cell_dna",
               "host_cell_protein", *components())  # fmt: skip


def attribute_label(name: str) -> str:
    """An attribute as the field writes it.

    >>> [attribute_label(name) for name in ("cd63", "particles_per_ug", "mir_223", "potency")]
    ['CD63', 'particles per µg', 'miR-223', 'potency']
    """
    if name in MARKERS and any(letter.isdigit() for letter in name):
        return name.upper()
    if name == "host_cell_dna":
        return "host cell DNA"
    return "particles per µg" if name == "particles_per_ug" else label(name)


@dataclass(frozen=True)
class Batches:
    """A table of batches, n rows.

    Attributes
    ----------
    names, lines : of every batch, and its line in the file
    cells : {attribute: its n cells} in the first unit of QUANTITIES; flags are 1 passed, 0 failed
    texts : {column: text of every batch}, unknown columns too
    made_on : (n,) dates as numbers of days, NaN where missing
    faults : cells that could not be used
    notes : what was found out about the file, and columns that were not read
    """

    names: list[str]
    lines: list[int]
    cells: dict[str, Readings]
    texts: dict[str, list[str]]
    made_on: NDArray[np.float64]
    faults: list[Fault]
    notes: list[str]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def numbers(self) -> dict[str, NDArray[np.float64]]:
        """{attribute: (n,) values}, NaN where a cell is absent, unusable or only a limit such as "<5"."""
        return {name: cells.values() for name, cells in self.cells.items() if name in QUANTITIES}

    @cached_property
    def flags(self) -> dict[str, NDArray[np.float64]]:
        """{test: (n,)} 1 passed, 0 failed, NaN not tested or unusable."""
        return {name: cells.values() for name, cells in self.cells.items() if name in FLAGS}

    def attributes(self) -> list[str]:
        """Attributes that some batch has."""
        return [name for name, cells in self.cells.items() if np.isfinite(cells.limits()).any()]

    def cell(self, name: str) -> Readings:
        """The cells of an attribute, all absent where the table has no such column."""
        return self.cells.get(name) or Readings.empty([""] * len(self), unit_of(name))

    def value(self, name: str) -> NDArray[np.float64]:
        """(n,) values of an attribute, NaN where it was not measured or is only a limit."""
        return self.cell(name).values()


def unit_of(attribute: str) -> str:
    """Unit in which an attribute is kept; "" for a flag or a pure number."""
    return QUANTITIES[attribute].unit if attribute in QUANTITIES else ""


def read_batches(
    path: str | Path, sheet: str | None = None, also: Sequence[str] = (), dates: str | None = None
) -> Batches:
    """Read a table of batches (CSV, XLSX, Parquet).

    Particles in a vial and particles per ug of protein follow from concentration, volume and protein where they are
    not given.

    Parameters
    ----------
    path, sheet : the file; of a workbook with several tables, which one
    also : further columns of texts that are used, such as one whose values are charted apart
    dates : of ORDERS, the order of day and month in dates such as 03.04.2026; told by the column itself when None

    Raises
    ------
    InputError : no file, no known column, no names, a unit that is missing or wrong, by cell; a name that stands twice.
    """
    more = tuple(plain_name(name) for name in also if plain_name(name) not in VOCABULARY.names)
    vocabulary = Vocabulary(QUANTITIES, FLAGS, (*TEXTS, *more)) if more else VOCABULARY
    table = read_table(path, vocabulary, sheet)
    columns = understand(table, vocabulary)
    if "batch" not in columns.texts:
        raise InputError(
            f'{table.name}: the column "batch" with the names is missing (Lot and Batch No will do as well)'
        )
    names = columns.texts["batch"]
    _check_names(table, names, columns.places["batch"])
    made = _made_on(table, columns, dates)
    cells = columns.numbers | columns.flags
    _derive(cells, "particles", "concentration", "fill_volume", times)
    _derive(cells, "particles_per_ug", "concentration", "protein", over)
    notes = [*table.notes, *columns.unread, *_shares(cells)]
    notes += [f'the batch "{name}" looks like a row that sums up others' for name in names if name.lower() in SUMS]
    if table.untold:
        notes.append(f"{table.untold} more cells could not be used")
    return Batches(names, table.lines, cells, columns.texts | columns.others, made, table.faults, notes)


def _made_on(table: Table, columns: Columns, dates: str | None) -> NDArray[np.float64]:
    """Days of manufacture; a date whose order of day and month nothing tells is left out, and the way out is told."""
    made = np.full(len(table), np.nan)
    if "made_on" not in columns.texts:
        return made
    texts, k = columns.texts["made_on"], columns.places["made_on"]
    order = dates or order_of(texts)
    unclear = "" if order else ambiguous(texts)
    if order and not dates:
        table.notes.append(f'dates of "{table.headers[k]}" are read as {order}: no other order fits all of them')
    if unclear:
        table.notes.append(
            f'dates of "{table.headers[k]}" are not read: {shown(unclear)} and the others can be day.month.year or '
            f"month/day/year; say which with --dates, or write such as 2026-01-31"
        )
    for row, text in enumerate(texts):
        at = day_of(text, order) if text else math.nan
        if at is None:
            table.fault(row, k, f"{shown(text)} is not a date such as 2026-01-31")
        else:
            made[row] = at
    return made


def _check_names(table: Table, names: list[str], column: int) -> None:
    first: dict[str, int] = {}
    for row, name in enumerate(names):
        if not name:
            why = table.unusable.get((row, column), "")
            raise InputError(f"{table.name}, line {table.lines[row]}: the batch has no name{why and ': ' + why}")
        if not name.isprintable():
            raise InputError(
                f"{table.name}, line {table.lines[row]}: the name of the batch holds a line break or another sign that "
                "cannot be printed; is a quotation mark missing?"
            )
        if name in first:
            where = f"lines {table.lines[first[name]]} and {table.lines[row]}"
            raise InputError(f"{table.name}: the batch {shown(name)} stands in the table twice ({where})")
        first[name] = row


def _derive(cells: dict[str, Readings], name: str, one: str, other: str, how: Ends) -> None:
    """Fill the absent cells of an attribute from two others; what is unusable in them makes it unusable."""
    if one not in cells or other not in cells:
        return
    a, b = cells[one], cells[other]
    found = cells.setdefault(name, Readings.empty([""] * len(a), unit_of(name)))
    for row in np.flatnonzero(found.state == State.ABSENT):
        states = {State(int(a.state[row])), State(int(b.state[row]))}
        if State.ABSENT in states:
            continue
        if State.UNUSABLE in states:
            bad = one if a.state[row] == State.UNUSABLE else other
            found.refuse(int(row), f"it follows from {one} and {other}, and {bad} cannot be used")
            continue
        low, high = how((a.low[row], a.high[row]), (b.low[row], b.high[row]))
        if math.isfinite(low):
            found.put(int(row), low, high, interval=State.INTERVAL in states)
        else:
            found.refuse(int(row), f"it does not follow from {one} {a.written[row]} and {other} {b.written[row]}")


def times(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Ends of a product of two intervals without negative numbers; 0 times infinity is 0."""
    return tuple(0.0 if 0 in (x, y) else x * y for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def over(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Ends of a quotient of two intervals without negative numbers."""
    low = a[0] / b[1] if b[1] > 0 else math.inf
    high = math.inf if b[0] == 0 else a[1] / b[0]
    return low, high


def _shares(cells: dict[str, Readings]) -> list[str]:
    """A word where percent look like shares: 0.95 that may mean 95 %."""
    notes = []
    for name in MOSTLY_HIGH:
        if name not in cells:
            continue
        values = cells[name].values()
        known = values[np.isfinite(values)]
        low = known[(known > 0) & (known <= 1)]
        if len(low) and (len(low) == len(known[known > 0]) or np.median(known) > 10):
            first = int(np.flatnonzero((values > 0) & (values <= 1))[0])
            which = "all" if len(low) == len(known) else f"{len(low)} of {len(known)}"
            notes.append(
                f"{name}: {which} values are 1 % or less, the first {cells[name].written[first]}; are they shares? "
                "They were read as percent"
            )
    return notes
