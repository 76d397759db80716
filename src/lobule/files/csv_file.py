"""CSV files: separators "," ";" and tab recognised, UTF-8 and UTF-16 read, rows one by one."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lobule.errors import InputError
from lobule.files.grid import MOST_COLUMNS, Grid
from lobule.keeping import own_text

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
HEAD = 1 << 16  # characters from which the separator is told
HEAD_ROWS = 100
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
         codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}  # fmt: skip


def read_csv(path: Path, known: Callable[[Sequence[str]], int]) -> Grid:
    """Open a CSV file.

    Parameters
    ----------
    known : counts the known headers of a row; tells separators apart

    Raises
    ------
    InputError : another encoding, an open quotation mark, a separator that cannot be told; also while rows are read.
    """
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        try:
            head = file.read(HEAD)
        except UnicodeError as error:
            raise _not_text(path) from error
    whole = len(head) < HEAD
    said = head.partition("\n")[0].strip().strip('"').lower()
    if said.startswith("sep=") and said[4:5]:  # Excel's own way to name the separator
        return Grid(_rows(path, encoding, said[4], 1), separator=said[4])
    separator = _separator(path, head if whole else head[: head.rfind("\n") + 1] or head, known)
    return Grid(_rows(path, encoding, separator, 0), separator=separator)


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    if b"\0" in start:
        raise InputError(f'"{path.name}" is no CSV table in UTF-8 (it holds zero bytes); save it as "CSV UTF-8"')
    return "utf-8"


def _not_text(path: Path) -> InputError:
    return InputError(f'"{path.name}" is no CSV table in UTF-8 (Latin-1, Windows-1252?); save it as "CSV UTF-8"')


def _separator(path: Path, head: str, known: Callable[[Sequence[str]], int]) -> str:
    """The separator under which most headers are known; else the one that makes rows of equal length."""
    found = []
    for separator in SEPARATORS:
        if separator not in head:
            continue
        rows = []
        try:
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=separator):
                if any(cell.strip() for cell in row):
                    rows.append(row[:MOST_COLUMNS])
                if len(rows) == HEAD_ROWS:
                    break
        except csv.Error:
            continue
        if rows and max(map(len, rows)) > 1:
            names = max(known([cell.strip() for cell in row]) for row in rows[:20])
            found.append((names, len({len(row) for row in rows}) == 1, separator))
    if not found:
        return ","
    most = max(found)[0]
    best = [f for f in found if f[0] == most]
    steady = [f for f in best if f[1]] or best
    if len(steady) > 1 and most:
        either = " or ".join(SEPARATORS[separator] for *_, separator in steady)
        raise InputError(f"{path.name}: cells may be separated by {either}; save the table with commas")
    return max(steady, key=lambda f: head.count(f[2]))[2]


def _rows(path: Path, encoding: str, separator: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    with path.open(encoding=encoding, newline="") as file:
        for _ in range(skipped):
            file.readline()
        reader = csv.reader(file, delimiter=separator, strict=True)
        line = skipped + 1
        try:
            for row in reader:
                if len(row) > MOST_COLUMNS:
                    raise InputError(f"{path.name}, line {line}: {len(row)} cells; at most {MOST_COLUMNS} are read")
                if row:
                    yield line, [own_text(cell.strip()) for cell in row]
                line = skipped + reader.line_num + 1
        except csv.Error as error:
            raise InputError(f"{path.name}, line {line}: not a readable CSV file: {error}") from error
        except UnicodeError as error:
            raise _not_text(path) from error
