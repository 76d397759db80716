"""Tables of users as CSV, Excel or Parquet: cells as text with their place, units from headers, a unit row or cells.

A header is a name and its unit: `endotoxin_EU_per_mL`, `endotoxin (EU/mL)`; or the names alone, with a row of units
right below. A cell may carry its own unit ("0.3 EU/mL"). What cannot be used is told by cell and left out; the
rest stays.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, nearest
from lobule.files.labs import NOTHING, UNIT_IN_BRACKETS

LARGEST_FILE = 200_000_000  # bytes
MOST_PROBLEMS = 1000
PASS = ("pass", "passed", "yes", "y", "true", "1", "1.0", "negative", "absent", "sterile", "no growth")
FAIL = ("fail", "failed", "no", "n", "false", "0", "0.0", "positive", "present", "growth")
NUMBER = re.compile(r"\s*([<>]?)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*((?:[A-Za-zµμ%\[(].*?)?)\s*")


@dataclass(frozen=True)
class Quantity:
    """What a column may hold: units with their factor to the first one (None alone: a pure number), and a range."""

    units: Mapping[str, float]
    low: float
    high: float

    @property
    def unit(self) -> str:
        """The unit used inside; "" for a pure number."""
        return next(iter(self.units), "")


@dataclass(frozen=True)
class Fault:
    """A cell that could not be used: its line (the header is line 1), column, name such as C4, and why."""

    line: int
    column: str
    cell: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column} (cell {self.cell}): {self.reason}"


@dataclass
class Table:
    """A file as text.

    Attributes
    ----------
    name : of the file
    headers : as they stand; units : of each column, from the unit row, "" where there is none
    rows : text of every row; lines : their lines in the file
    faults : what was found wrong so far
    """

    name: str
    headers: list[str]
    units: list[str]
    rows: list[list[str]]
    lines: list[int]
    faults: list[Fault] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def fault(self, row: int, column: int, reason: str) -> None:
        """Note what is wrong with a cell."""
        if len(self.faults) < MOST_PROBLEMS:
            line = self.lines[row]
            self.faults.append(Fault(line, self.headers[column], f"{letters(column)}{line}", reason))

    def column(self, k: int) -> list[str]:
        """Text of a column."""
        return [row[k] for row in self.rows]


def letters(column: int) -> str:
    """Name of a column as spreadsheets have it.

    >>> letters(0), letters(27)
    ('A', 'AB')
    """
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def read_table(path: str | Path, known_units: Sequence[str]) -> Table:
    """Read a table of any of the three kinds.

    Parameters
    ----------
    known_units : by which a row of units is recognised

    Raises
    ------
    InputError : no file, an unknown kind of file, no header, no rows, a header that stands twice.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than {LARGEST_FILE} bytes")
    readers = {".csv": _csv, ".xlsx": _excel, ".parquet": _parquet}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path.name}: a table is a .csv, .xlsx or .parquet file")
    lines, cells = readers[path.suffix.lower()](path)
    if not cells or not any(cells[0]):
        raise InputError(f"{path.name}: the file has no header")
    width = max(i for i, c in enumerate(cells[0]) if c) + 1
    headers = cells[0][:width]
    for header in headers:
        if headers.count(header) > 1:
            raise InputError(f'{path.name}: the column "{header}" stands in the file twice')
    rows, at = cells[1:], lines[1:]
    units = [""] * width
    if rows and _is_unit_row(rows[0], known_units):
        units = [_unit(c) if c.lower() not in ("unit", "units") else "" for c in (rows[0] + [""] * width)[:width]]
        rows, at = rows[1:], at[1:]
    table = Table(path.name, headers, units, [], [])
    for line, row in zip(at, rows, strict=True):
        if not any(row):
            continue
        table.rows.append((row + [""] * width)[:width])
        table.lines.append(line)
        if any(row[width:]):
            table.fault(len(table.rows) - 1, width - 1, f"the row has {len(row)} cells, the header {width}")
    if not table.rows:
        raise InputError(f"{path.name} has a header but no rows")
    return table


def _unit(text: str) -> str:
    return text.strip().strip("[]()").replace("µ", "u").replace("μ", "u")


def _is_unit_row(row: list[str], known: Sequence[str]) -> bool:
    filled = [c for c in row if c and c.lower() not in ("unit", "units")]
    return bool(filled) and all(_unit(c) in known for c in filled)


def _csv(path: Path) -> tuple[list[int], list[list[str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            separator = max(",;\t", key=head.count) if head.strip() else ","
            reader = csv.reader(file, delimiter=separator)
            found = [(reader.line_num, [c.strip() for c in row]) for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not a readable CSV file: {str(error).splitlines()[0]}") from error
    found = [(line, row) for line, row in found if row]
    return [line for line, _ in found], [row for _, row in found]


def _excel(path: Path) -> tuple[list[int], list[list[str]]]:
    import warnings
    from zipfile import BadZipFile

    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
            rows = [["" if v is None else _said(v) for v in row] for row in sheet.iter_rows(values_only=True)]
    except (BadZipFile, KeyError, ValueError, OSError, IndexError) as error:
        raise InputError(f"{path.name}: not a readable Excel file: {str(error).splitlines()[0]}") from error
    return list(range(1, len(rows) + 1)), rows


def _said(value: object) -> str:
    """A cell of Excel or Parquet as a person would write it."""
    import datetime

    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value)
    return str(value).strip()


def _parquet(path: Path) -> tuple[list[int], list[list[str]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path.name}: not a readable Parquet file: {str(error).splitlines()[0]}") from error
    columns = [table.column(i).to_pylist() for i in range(table.num_columns)]
    rows = [["" if v is None else _said(v) for v in row] for row in zip(*columns, strict=True)]
    return list(range(1, len(rows) + 2)), [list(map(str, table.column_names)), *rows]


def split_header(header: str, quantities: Mapping[str, Quantity], plain: Sequence[str]) -> tuple[str, str]:
    """Name and unit of a header; the unit is "" where none is written."""
    bracketed = UNIT_IN_BRACKETS.fullmatch(header)
    if bracketed:
        return bracketed[1].lower().replace(" ", "_"), _unit(bracketed[2])
    lowered = header.strip().lower().replace(" ", "_").replace("-", "_")
    if lowered in quantities or lowered in plain:
        return lowered, ""
    for name in sorted(quantities, key=len, reverse=True):
        if lowered.startswith(name + "_"):
            spelled = lowered[len(name) + 1 :]
            for unit in quantities[name].units:
                if spelled == unit.replace("/", "_per_").replace("%", "percent").lower():
                    return name, unit
            return name, header.strip()[len(name) + 1 :].replace("_per_", "/")
    return lowered, ""


def spelled_header(name: str, unit: str) -> str:
    """How a column of a quantity is written."""
    return f"{name}_{unit.replace('/', '_per_').replace('%', 'percent')}" if unit else name


@dataclass(frozen=True)
class Columns:
    """What a table holds, understood: text, numbers (NaN where missing) and flags (1, 0, NaN), each (n_rows,)."""

    texts: dict[str, list[str]]
    numbers: dict[str, NDArray[np.float64]]
    flags: dict[str, NDArray[np.float64]]


def understand(table: Table, quantities: Mapping[str, Quantity], flags: Sequence[str], texts: Sequence[str]) -> Columns:
    """Read the columns that are known; the others are kept as text.

    Raises
    ------
    InputError : a known quantity without unit or with an unknown one, named by its cell; a name that stands twice.
    """
    found = Columns({}, {}, {})
    for k, header in enumerate(table.headers):
        name, unit = split_header(header, quantities, (*flags, *texts))
        if name in {**found.texts, **found.numbers, **found.flags}:
            raise InputError(f"{table.name}, cell {letters(k)}1: {name} stands in more than one column")
        if name in quantities:
            found.numbers[name] = _numbers(table, k, name, quantities[name], unit or table.units[k])
        elif name in flags:
            found.flags[name] = _flags(table, k)
        else:
            found.texts[name] = table.column(k)
    if not found.numbers and not found.flags:
        known = [*quantities, *flags]
        raise InputError(f"{table.name}: no column is known. {nearest(table.headers[0], known, 40)}")
    return found


def _numbers(table: Table, k: int, name: str, quantity: Quantity, unit: str) -> NDArray[np.float64]:
    where = f"{table.name}, cell {letters(k)}1"
    wanted = " or ".join(spelled_header(name, u) for u in quantity.units)
    if unit and unit not in quantity.units:
        said = f"write {wanted}" if quantity.units else "leave the unit out"
        raise InputError(f'{where}: "{unit}" is not a unit of {name}; {said}')
    values = np.full(len(table), np.nan)
    bare = []
    for row, text in enumerate(table.column(k)):
        if text.lower() in NOTHING:
            continue
        match = NUMBER.fullmatch(text)
        if match is None:
            comma = "; write the decimal point as a point" if re.fullmatch(r"\d+,\d+.*", text) else ""
            table.fault(row, k, f'"{text[:40]}" is not a number{comma}')
            continue
        own = _unit(match[3])
        if own and own not in quantity.units:
            table.fault(row, k, f'"{own}" is not a unit of {name}; write {" or ".join(quantity.units) or "none"}')
            continue
        if not own and not unit and quantity.units:
            bare.append(row)
            continue
        value = float(match[2]) * (quantity.units[own or unit] if quantity.units else 1.0)
        if match[1] == "<":
            value /= 2  # below the limit of detection: half of it
        if not quantity.low <= value <= quantity.high:
            table.fault(row, k, f"{value:g} is outside {quantity.low:g} to {quantity.high:g} {quantity.unit}".rstrip())
            continue
        values[row] = value
    if bare and len(bare) == len([t for t in table.column(k) if t.lower() not in NOTHING]):
        raise InputError(f"{where}: {name} has no unit; write {wanted}, or a row of units below the header")
    for row in bare:
        table.fault(row, k, f"{name} has no unit here; write {' or '.join(quantity.units)}")
    return values


def _flags(table: Table, k: int) -> NDArray[np.float64]:
    values = np.full(len(table), np.nan)
    for row, text in enumerate(table.column(k)):
        lowered = text.lower()
        if lowered in PASS:
            values[row] = 1.0
        elif lowered in FAIL:
            values[row] = 0.0
        elif lowered not in NOTHING:
            table.fault(row, k, f'"{text[:40]}" is neither pass nor fail')
    return values
