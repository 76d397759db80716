"""Excel workbooks as rows of text, as a person sees them: percent, merged cells, formulas, errors, what is hidden."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lobule.errors import InputError
from lobule.files.cells import shown
from lobule.files.grid import MOST_COLUMNS, Grid, letters, one_line
from lobule.files.number_format import shown_number, why_not
from lobule.files.parquet_file import said
from lobule.optional import needs

LARGEST = 64_000_000  # bytes that a workbook unpacks to: some million cells, which take openpyxl ten seconds
MOST_CELLS = 2_000_000
MOST_SPANNED = 500_000  # cells of merged and linked ranges, which openpyxl makes one by one
MOST_WIDE, MOST_HIGH = 16_384, 1_048_576  # of any sheet
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
SPANS = re.compile(rb"<(?:\w+:)?(?:mergeCell|hyperlink)\s[^>]*?\bref\s*=\s*[\"']([^\"']*:[^\"']*)[\"']")
MOST_PARTS = 5_000  # files inside the zip file that a workbook is
NAMED = 8  # hidden rows or columns that a note lists


def read_workbook(path: Path, known: Callable[[Sequence[str]], int], sheet: str | None = None) -> Grid:
    """Read the sheet of a workbook that holds the table.

    Parameters
    ----------
    known : counts the known headers of a row; tells which sheet holds the table
    sheet : its name; needed where several sheets hold tables

    Raises
    ------
    InputError : damaged, too large, no such sheet, several sheets that could be meant. NotInstalled : openpyxl is
        not there.
    """
    needs("openpyxl", extra="tables")
    formulas = _looked_at(path)
    book = _loaded(path, stored=True)
    written = _loaded(path, stored=False) if formulas else None
    tables = [s for s in book.worksheets if s.max_row * s.max_column > 1 or s["A1"].value is not None]
    chosen = _chosen(path, tables, known, sheet)
    try:
        return _grid(path, chosen, None if written is None else written[chosen.title], tables)
    except InputError:
        raise
    except Exception as error:  # openpyxl converts values lazily, and a foreign file may hold any
        raise InputError(f"{path.name}: not a readable Excel file: {one_line(error)}; save the table as CSV") from error


def _looked_at(path: Path) -> bool:
    """Whether a formula stands in the workbook. Its parts are unpacked within a bound; entities are refused."""
    formulas = False
    try:
        with zipfile.ZipFile(path) as parts:
            entries = parts.infolist()
            if len(entries) > MOST_PARTS or sum(entry.file_size for entry in entries) > LARGEST:
                raise InputError(f"{path.name} unpacks to more than {LARGEST} bytes; save the table as CSV")
            for entry in entries:
                text = parts.read(entry)
                if b"<!DOCTYPE" in text or b"<!ENTITY" in text or text[:2] in (b"\xff\xfe", b"\xfe\xff"):
                    raise InputError(f"{path.name}: not a readable Excel file: {entry.filename} defines entities")
                formulas |= FORMULA.search(text) is not None
                if sum(map(_cells, SPANS.findall(text))) > MOST_SPANNED:
                    raise InputError(f"{path.name}: more cells are merged or linked than are read, {MOST_SPANNED}")
    except InputError:
        raise
    except Exception as error:  # zipfile and zlib on a foreign file: anything may be raised
        said_ = "it is protected by a password, or no workbook" if _is_old(path) else one_line(error)
        raise InputError(f"{path.name}: not a readable Excel file: {said_}") from error
    return formulas


def _cells(reference: bytes) -> int:
    """How many cells a reference such as A1:B9 spans."""
    from openpyxl.utils import range_boundaries

    left, top, right, bottom = range_boundaries(reference.decode())
    return int(((right or MOST_WIDE) - (left or 1) + 1) * ((bottom or MOST_HIGH) - (top or 1) + 1))


def _is_old(path: Path) -> bool:
    """An OLE file: what Excel writes with a password, and what .xls files are."""
    with path.open("rb") as file:
        return file.read(4) == b"\xd0\xcf\x11\xe0"


def _loaded(path: Path, *, stored: bool) -> Any:
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions that do not matter here
            return openpyxl.load_workbook(path, data_only=stored)
    except Exception as error:  # openpyxl, its XML parser and a foreign file: anything may be raised
        raise InputError(f"{path.name}: not a readable Excel file: {one_line(error)}; save the table as CSV") from error


def _chosen(path: Path, tables: list[Any], known: Callable[[Sequence[str]], int], sheet: str | None) -> Any:
    if sheet is not None:
        found = [s for s in tables if s.title == sheet]
        if not found:
            names = ", ".join(shown(s.title) for s in tables) or "none"
            raise InputError(f"{path.name} has no sheet {shown(sheet)} with cells in it; there is {names}")
        return found[0]
    seen = [s for s in tables if s.sheet_state == "visible"] or tables
    if not seen:
        raise InputError(f"{path.name} has no sheet with cells in it")
    fitting = [s for s in seen if _fits(s, known)]
    if len(fitting) > 1:
        names = ", ".join(shown(s.title) for s in fitting)
        raise InputError(
            f"{path.name} has tables on {len(fitting)} sheets, {names}; name the one that is meant (--sheet), or save "
            "it as CSV"
        )
    return (fitting or seen)[0]


def _fits(sheet: Any, known: Callable[[Sequence[str]], int]) -> bool:
    head = sheet.iter_rows(
        max_row=min(sheet.max_row, 25), max_col=min(sheet.max_column, MOST_COLUMNS), values_only=True
    )
    return any(known([said(value) for value in row]) for row in head)


def _grid(path: Path, sheet: Any, formulas: Any, tables: list[Any]) -> Grid:
    width, height = sheet.max_column, sheet.max_row
    if width > MOST_COLUMNS or width * height > MOST_CELLS:
        raise InputError(
            f"{path.name}: the sheet {shown(sheet.title)} reaches to cell {letters(width - 1)}{height}; at most "
            f"{MOST_COLUMNS} columns and {MOST_CELLS} cells are read. Delete what stands far outside the table"
        )
    grid = Grid(iter(()), sheet.title)
    rows = []
    for line, row in enumerate(sheet.iter_rows(), 1):
        cells = []
        for k, cell in enumerate(row):
            text, reason = _shown(cell)
            # "str" is the type of a formula that gives text: this one gave an empty one
            if (
                formulas is not None
                and not text
                and cell.data_type != "str"
                and formulas.cell(line, k + 1).data_type == "f"
            ):
                reason = "a formula whose value is not stored; open the file in a spreadsheet program and save it"
            if reason:
                grid.unusable[line, k] = reason
            cells.append(text)
        rows.append((line, cells))
    for merged in sheet.merged_cells.ranges:
        first = f"{letters(merged.min_col - 1)}{merged.min_row}"
        for line in range(merged.min_row, min(merged.max_row, height) + 1):
            for k in range(merged.min_col - 1, min(merged.max_col, width)):
                if (line, k + 1) != (merged.min_row, merged.min_col):
                    grid.unusable[line, k] = f"it is merged with {first}, and the value counts for {first} only"
    grid.rows = iter(rows)
    grid.notes = _notes(sheet, tables, height, width)
    return grid


def _shown(cell: Any) -> tuple[str, str]:
    """Text of a cell as it is shown, and why it cannot be used."""
    value = cell.value
    if cell.data_type == "e":
        return said(value), f'"{said(value)}" is an error of the spreadsheet'
    text = said(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text, ""
    form = str(cell.number_format)
    as_shown = shown_number(value, text, form)
    return (text, why_not(form)) if as_shown is None else (as_shown, "")


def _notes(sheet: Any, tables: list[Any], height: int, width: int) -> list[str]:
    notes = []
    others = [s for s in tables if s is not sheet]
    if others:
        names = ", ".join(shown(s.title) + (" (hidden)" if s.sheet_state != "visible" else "") for s in others[:NAMED])
        notes.append(f"read from the sheet {shown(sheet.title)}; not read: {names}")
    if sheet.sheet_state != "visible":
        notes.append(f"the sheet {shown(sheet.title)} is hidden")
    rows = [k for k, row in sorted(sheet.row_dimensions.items()) if row.hidden and k <= height]
    columns = [
        letters(k - 1)
        for _, column in sorted(sheet.column_dimensions.items(), key=lambda item: item[1].min or 0)
        if column.hidden
        for k in range(column.min or 1, min(column.max or 0, width) + 1)
    ]
    for what, hidden in (("rows", rows), ("columns", columns)):
        if hidden:
            more = f" and {len(hidden) - NAMED} more" if len(hidden) > NAMED else ""
            notes.append(f"hidden {what} were read too: {', '.join(map(str, hidden[:NAMED]))}{more}")
    return notes
