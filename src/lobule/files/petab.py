"""The files of a PEtab v1 problem: problem.yaml, its tables (TSV) and its SBML model, each cell with its place.

Only files beside or below problem.yaml are opened; nothing is fetched. What the cells mean is `calibrate.petab`'s.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lobule.errors import InputError, shown
from lobule.keeping import told
from lobule.yaml_files import Tree, load

LARGEST_FILE = 20_000_000  # bytes; the largest table of the benchmark collection has 2 million
MOST_ROWS = 200_000  # of one table; there 27,000
MOST_COLUMNS = 2_000
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
EMPTY = frozenset(("", "nan", "na", "n/a", "null", "none", "#n/a"))  # as PEtab's library reads them
TABLES = {  # key in problem.yaml: the column that a table cannot do without
    "condition_files": "conditionId",
    "measurement_files": "observableId",
    "observable_files": "observableId",
    "parameter_file": "parameterId",
}


@dataclass(frozen=True)
class Row:
    """One row of a table: its cells as text, and where it stands."""

    cells: dict[str, str]
    file: str
    line: int

    def where(self, column: str = "") -> str:
        """Place for a message."""
        return f"{self.file}, line {self.line}" + (f", column {column}" if column else "")

    def wrong(self, column: str, text: str) -> InputError:
        """An error about a cell."""
        return InputError(f"{self.where(column)}: {text}", (self.file, self.line, column))

    def text(self, column: str) -> str:
        """A cell; "" where it is empty, as "NaN" is, or the table has no such column."""
        cell = self.cells.get(column, "")
        return "" if cell.lower() in EMPTY else cell

    def needed(self, column: str) -> str:
        """A cell that must not be empty; raises InputError."""
        found = self.text(column)
        if column not in self.cells:
            raise InputError(f"{self.file}: the column {column} is missing", (self.file, column))
        if not found:
            raise self.wrong(column, "the cell is empty")
        return found

    def number(self, column: str, *, infinite: bool = False) -> float:
        """A finite number; raises InputError. With `infinite`, "inf" and "-inf" are numbers too."""
        found = self.needed(column)
        value = as_number(found)
        if value is None and infinite:
            value = {"inf": math.inf, "-inf": -math.inf}.get(found.lower().removeprefix("+"))
        if value is None:
            raise self.wrong(column, f"{shown(found)} is no finite number")
        return value


@dataclass(frozen=True)
class PetabFiles:
    """A problem as it is written: rows of each table, column names of the condition table, SBML text."""

    name: str
    conditions: tuple[Row, ...]
    measurements: tuple[Row, ...]
    observables: tuple[Row, ...]
    parameters: tuple[Row, ...]
    sbml: str
    model_file: str


def as_number(text: str) -> float | None:
    """A decimal number that a double can hold, or None; no digits of other scripts, no underscores.

    >>> as_number("1e3"), as_number("1_000"), as_number("1e999")
    (1000.0, None, None)
    """
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def read_petab(path: Path) -> PetabFiles:
    """Read the files of a problem.

    Raises
    ------
    InputError : no such file, one outside the problem's folder, not YAML, not a table, another version of PEtab,
        several problems or models in one file. It names the file, and line and column where there is one.
    """
    tree = load(path, "a PEtab problem", "format_version, parameter_file and problems")
    version = str(tree.data.get("format_version", ""))
    if version.split(".")[0] != "1":
        raise tree.mistake(
            InputError(f"this is no PEtab v1 problem: its version is {shown(version)}", ("format_version",))
        )
    problems = tree.data.get("problems")
    if not isinstance(problems, list) or len(problems) != 1 or not isinstance(problems[0], dict):
        raise tree.mistake(InputError("this is no PEtab v1 problem: a list with one entry is wanted", ("problems",)))
    models = _paths(path, tree, ("problems", 0, "sbml_files"), problems[0].get("sbml_files"))
    if len(models) != 1:
        text = f"{len(models)} SBML files; lobule reads problems of one model"
        raise tree.mistake(InputError(text, ("problems", 0, "sbml_files")))
    tables = {}
    for key, needed in TABLES.items():
        field = (key,) if key == "parameter_file" else ("problems", 0, key)
        given = tree.data.get(key) if key == "parameter_file" else problems[0].get(key)
        tables[key] = tuple(row for file in _paths(path, tree, field, given) for row in _rows(file, needed))
    return PetabFiles(
        path.name, tables["condition_files"], tables["measurement_files"], tables["observable_files"],
        tables["parameter_file"], _text(models[0]), models[0].name,
    )  # fmt: skip


def _paths(problem: Path, tree: Tree, field: tuple[str | int, ...], given: Any) -> list[Path]:
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
        raise tree.mistake(InputError("the name of a file is wanted", field))
    paths = []
    for name in names:
        outside = PurePosixPath(name).is_absolute() or PureWindowsPath(name).drive or ".." in Path(name).parts
        if outside or "://" in name:
            raise tree.mistake(InputError(f"{shown(name)} is not in the folder of the problem", field))
        paths.append(problem.parent / name)
        if not os.path.isfile(paths[-1]):
            raise tree.mistake(InputError(f"there is no file {shown(name)} beside it", field))
    return paths


def _text(path: Path) -> str:
    with told(path, "cannot read", InputError), path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise InputError(f"{path.name} is larger than {LARGEST_FILE} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is no text in UTF-8 (byte {error.start})") from error


def _rows(path: Path, needed: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(_text(path), newline=""), dialect="excel-tab", strict=True)
    columns: list[str] = []
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(path, [cell.strip() for cell in cells], needed)
                continue
            if any(cell.strip() for cell in cells[len(columns) :]):
                raise InputError(
                    f"{path.name}, line {reader.line_num}: {len(cells)} cells under {len(columns)} headers"
                )
            count += 1
            if count > MOST_ROWS:
                raise InputError(f"{path.name} has more than {MOST_ROWS} rows")
            padded = [cell.strip() for cell in cells] + [""] * (len(columns) - len(cells))
            yield Row(dict(zip(columns, padded, strict=False)), path.name, reader.line_num)
    except csv.Error as error:
        raise InputError(f"{path.name}, line {reader.line_num}: {error}") from error
    if not columns:
        raise InputError(f"{path.name} is empty; it needs a column {needed}")


def _columns(path: Path, names: Sequence[str], needed: str) -> list[str]:
    while names and not names[-1]:
        names = names[:-1]
    if len(names) > MOST_COLUMNS:
        raise InputError(f"{path.name} has {len(names)} columns; {MOST_COLUMNS} are allowed")
    for k, name in enumerate(names):
        if not name:
            raise InputError(f"{path.name}: column {k + 1} has no header")
        if name in names[:k]:
            raise InputError(f"{path.name}: two columns are called {shown(name)}", (path.name, name))
    if needed not in names:
        raise InputError(f"{path.name}: the column {needed} is missing", (path.name, needed))
    return list(names)
