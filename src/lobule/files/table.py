"""Tables of users, CSV, Excel or Parquet: the one reader. Every cell keeps its place; none is lost or guessed.

A header is a name and its unit: `endotoxin_EU_per_mL`, `endotoxin (EU/mL)`; or the names alone, with a row of units
right below. A cell may carry its own unit ("0.3 EU/mL"). What cannot be used is told by cell; the rest stays.
`lobule.files.columns.understand` makes numbers of it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lobule.arguments import a_path
from lobule.errors import InputError
from lobule.files.cells import SHOWN, plain_unit, printable, shown
from lobule.files.csv_file import read_csv
from lobule.files.grid import LARGEST_FILE, MOST_CELLS, MOST_ROWS, Grid, letters
from lobule.files.parquet_file import read_parquet
from lobule.files.vocabulary import Vocabulary
from lobule.files.workbook import read_workbook
from lobule.keeping import shown as shown_path

ABOVE_HEADER = 20  # rows in which the header is looked for
MOST_FAULTS = 1000
KINDS = {".csv": "csv", ".tsv": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".parquet": "parquet"}


@dataclass(frozen=True)
class Fault:
    """A cell that could not be used: its line in the file, column, name such as C4, and why."""

    line: int
    column: str
    cell: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column} (cell {self.cell}): {self.reason}"


@dataclass
class Table:
    """A table, or a block of its rows, as text.

    Attributes
    ----------
    name : of the file
    headers : as they stand
    units : of each column, from the row of units; "" where there is none
    rows : text of every row, as long as the header; lines : their lines in the file
    header_line : line of the header
    separator : between the cells of a CSV file, else ""
    unusable : {(row, column): why a cell cannot be used, whatever its text}
    notes : what was found out about the file, in sentences
    moved : rows with more cells than the header: no cell of them is trusted, and one fault tells it
    faults : cells that could not be used, at most 1000; untold : how many more there are
    origin : {(row, column): line and column in the file} where the table was turned into another shape; turned
        {column: column of the file} of its headers
    unread : a sentence for each part of the file that turning it left out
    """

    name: str
    headers: list[str]
    units: list[str]
    rows: list[list[str]]
    lines: list[int]
    header_line: int = 1
    separator: str = ""
    unusable: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    untold: int = 0
    origin: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    turned: dict[int, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows)

    def labels(self) -> list[str]:
        """Headers, each different: equal and blank ones with their cell, "x (cell B1)"."""
        return [
            h if h and self.headers.count(h) == 1 else f"{h or 'no name'} ({self.place(k)})"
            for k, h in enumerate(self.headers)
        ]

    def place(self, column: int, row: int | None = None) -> str:
        """Where a header or a cell stands: "cell C4"."""
        if row is None:
            return f"cell {letters(self.turned.get(column, column))}{self.header_line}"
        line, at = self.origin.get((row, column), (self.lines[row], column))
        return f"cell {letters(at)}{line}"

    def fault(self, row: int, column: int, reason: str) -> None:
        """Note what is wrong with a cell; of a row that moved nothing more is told."""
        if row in self.moved:
            return
        if len(self.faults) >= MOST_FAULTS:
            self.untold += 1
            return
        line, at = self.origin.get((row, column), (self.lines[row], column))
        column_name = printable(self.headers[column][:SHOWN]) or "no name"
        self.faults.append(Fault(line, column_name, f"{letters(at)}{line}", printable(reason)))

    def column(self, k: int) -> list[str]:
        """Text of a column."""
        return [row[k] for row in self.rows]


def read_table(path: str | Path, vocabulary: Vocabulary, sheet: str | None = None) -> Table:
    """Read a table whole.

    Parameters
    ----------
    vocabulary : the columns it may have; tells the header, the row of units, separators and sheets
    sheet : of a workbook with several

    Raises
    ------
    InputError : no file, an unknown kind of file, a damaged or too large one, no header, no rows.
    """
    path = _checked(path)
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than {LARGEST_FILE} bytes")
    blocks = read_blocks(path, vocabulary, sheet, MOST_ROWS)
    table = next(blocks)
    if len(table) * len(table.headers) > MOST_CELLS or next(blocks, None) is not None:
        raise InputError(f"{path.name} has too many rows; at most {MOST_ROWS} and {MOST_CELLS} cells are read")
    return table


def read_blocks(
    path: str | Path, vocabulary: Vocabulary, sheet: str | None = None, size: int = 100_000
) -> Iterator[Table]:
    """Read a table block by block, each with the same headers; a CSV file of any length in bounded memory.

    Parameters, Raises: as `read_table`; size: rows of a block.
    """
    path = _checked(path)
    grid = _grid(path, vocabulary, sheet)
    header_line, headers, notes, rows = _header(path, grid, vocabulary)
    units, rows = _units(path, rows, header_line, headers, vocabulary)
    found = False
    while block := list(itertools.islice(rows, size)):
        found = True
        yield _block(path, grid, block, headers, units, header_line, [*grid.notes, *notes])
    if not found:
        raise InputError(f"{path.name} has a header but no rows")


def _checked(path: str | Path) -> Path:
    path = Path(a_path(path, "path"))
    if os.path.isdir(path):
        raise InputError(f"cannot read {shown_path(path)}: it is a folder, no table")
    if not os.path.isfile(path):  # unlike Path.is_file, this takes any text
        raise InputError(f"cannot read {shown_path(path.name)}: there is no file {shown_path(path)}")
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path.name}: a table is a .csv, .xlsx or .parquet file")
    return path


def _grid(path: Path, vocabulary: Vocabulary, sheet: str | None) -> Grid:
    kind = KINDS[path.suffix.lower()]
    if kind == "xlsx":
        return read_workbook(path, vocabulary.known, sheet)
    if sheet is not None:
        raise InputError(f"{path.name} has no sheets; only workbooks have")
    return read_csv(path, vocabulary.known) if kind == "csv" else read_parquet(path)


Rows = Iterator[tuple[int, list[str]]]


def _header(path: Path, grid: Grid, vocabulary: Vocabulary) -> tuple[int, list[str], list[str], Rows]:
    """Line and cells of the header, what to say of it, and the rows below it."""
    filled = ((line, row) for line, row in grid.rows if any(row))
    head = list(itertools.islice(filled, ABOVE_HEADER))
    if not head:
        raise InputError(f"{path.name}: the file has no header. The file is empty")
    known = [vocabulary.known(row) for _, row in head]
    at, notes = 0, []
    # a title above the header knows no column, or one by chance; the header then knows more
    if max(known) > known[0] and (known[0] == 0 or max(known) > 1) and sum(map(bool, head[0][1])) <= 2:
        at = known.index(max(known))
    line, headers = head[at]
    if at:
        notes.append(f"the header was found in line {line}; what stands above it was not read")
    width = max(k for k, cell in enumerate(headers) if cell) + 1 if grid.separator == "" else len(headers)
    return line, [" ".join(h.split()) for h in headers[:width]], notes, itertools.chain(head[at + 1 :], filled)


def _units(
    path: Path, rows: Rows, header_line: int, headers: list[str], vocabulary: Vocabulary
) -> tuple[list[str], Rows]:
    """Units of the columns from the row below the header, when it is one, and the rows below."""
    width = len(headers)
    first = next(rows, None)
    if first is None or not _is_unit_row(first[1], vocabulary):
        return [""] * width, rows if first is None else itertools.chain([first], rows)
    units = ["" if c.lower() in ("unit", "units") else c.strip("[]() ") for c in (first[1] + [""] * width)[:width]]
    for k, (header, unit) in enumerate(zip(headers, units, strict=True)):
        name, own = vocabulary.read(header)
        if name in vocabulary.quantities and own and unit:
            spellings = vocabulary.quantities[name].spellings()
            if spellings.get(plain_unit(unit)) != own:
                where = f"{path.name}, cell {letters(k)}{header_line}"
                raise InputError(f'{where}: the header says "{own}" and the row of units {shown(unit)}; leave one out')
    return units, rows


def _is_unit_row(row: Sequence[str], vocabulary: Vocabulary) -> bool:
    filled = [c for c in row if c and c.lower() not in ("unit", "units")]
    return bool(filled) and all(plain_unit(c) in vocabulary.units for c in filled)


def _block(
    path: Path, grid: Grid, block: list[tuple[int, list[str]]], headers: list[str], units: list[str],
    header_line: int, notes: list[str],
) -> Table:  # fmt: skip
    width = len(headers)
    table = Table(path.name, headers, units, [], [], header_line, grid.separator, {}, notes)
    for line, cells in block:
        row = len(table)
        table.rows.append((cells + [""] * width)[:width])
        table.lines.append(line)
        if any(cells[width:]):
            reason = f"the row has {len(cells)} cells, the header {width}: more cells than columns"
            if grid.separator == ",":
                reason += " (a comma inside a cell?)"
            table.fault(row, width - 1, reason)
            table.moved.add(row)
            table.unusable.update({(row, k): reason for k in range(width)})
        elif len(cells) < width and grid.separator:
            table.fault(row, len(cells), f"the row has {len(cells)} cells, the header {width}")
        if grid.unusable:
            found = ((k, grid.unusable.get((line, k))) for k in range(width))
            table.unusable.update({(row, k): reason for k, reason in found if reason})
    return table
