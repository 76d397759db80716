"""What every kind of table file is read into first: rows of text with their lines, before anything is understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lobule.files.cells import printable

LARGEST_FILE = 200_000_000  # bytes of a workbook, of a Parquet file, and of what they unpack to
MOST_COLUMNS = 2_000
MOST_ROWS = 1_000_000  # of a table that is read whole
MOST_CELLS = 10_000_000  # of a table that is read whole


@dataclass
class Grid:
    """A table as text.

    Attributes
    ----------
    rows : (line of the file, cells), the header among them
    sheet : name of the sheet it stands on, "" for a file without sheets
    separator : between cells, "" where the file needs none
    unusable : {(line, column): why a cell cannot be used although it may hold text}
    notes : what a reader of the file should know
    """

    rows: Iterator[tuple[int, list[str]]]
    sheet: str = ""
    separator: str = ""
    unusable: dict[tuple[int, int], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


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


def one_line(error: Exception) -> str:
    """The first line of what a library says, for the end of a sentence."""
    return printable((str(error).strip().splitlines() or [type(error).__name__])[0][:120])
