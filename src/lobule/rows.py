"""Small tables of the package: a CSV file read once, every cell checked, every row an object with typed fields.

A row is a class of fields (`Row`); its columns are those of the file, no more and no fewer. A blank cell is the default
of its field. What is wrong is told with file, line and column.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from lobule.errors import InputError, nearest, shown

MEANT = {
    "float_parsing": "a number", "int_parsing": "a whole number", "bool_parsing": "yes or no",
    "finite_number": "a finite number",
}  # fmt: skip


class Row(BaseModel):
    """One row of a table: frozen, numbers finite, "yes" and "no" for truth values."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


Kind = TypeVar("Kind", bound=Row)


def read_rows(path: Path, row: type[Kind]) -> tuple[Kind, ...]:
    """All rows of a CSV file in UTF-8 with a header.

    Raises
    ------
    InputError : a column that is missing or not known, a cell that does not fit, with file, line and column.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        _check_header(path, list(reader.fieldnames or ()), row)
        return tuple(_read(path, reader.line_num, cells, row) for cells in reader)


def rows_by(column: str, path: Path, row: type[Kind]) -> dict[str, Kind]:
    """The rows of a file by what stands in one column, in the order of the file.

    Raises
    ------
    InputError : as `read_rows`; two rows of one name.
    """
    found: dict[str, Kind] = {}
    for one in read_rows(path, row):
        name = str(getattr(one, column))
        if name in found:
            raise InputError(f"{path.name}: {shown(name)} stands in the column {column} twice")
        found[name] = one
    return found


def _check_header(path: Path, header: list[str], row: type[Row]) -> None:
    known = list(row.model_fields)
    for name in header:
        if name not in known:
            raise InputError(f"{path.name}, line 1: there is no column {shown(name)}. {nearest(name, known, 30)}")
    missing = [name for name in known if name not in header]
    if missing:
        raise InputError(f"{path.name}, line 1: no column {shown(missing[0])}. {nearest(missing[0], header, 30)}")


def _read(path: Path, line: int, cells: dict[str | Any, str | Any], row: type[Kind]) -> Kind:
    where = f"{path.name}, line {line}"
    if None in cells or None in cells.values():
        raise InputError(f"{where}: the row has more or fewer cells than the header")
    given = {name: text for name, text in cells.items() if text or row.model_fields[name].is_required()}
    try:
        return row.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{where}, column {first['loc'][0]}: {_wrong(first)}") from error


def _wrong(error: Any) -> str:
    """What stands in a cell and what would be right."""
    wanted = MEANT.get(str(error["type"]))
    if wanted is None:
        return f"{shown(error['input'])}: {str(error['msg']).removeprefix('Value error, ')}"
    return f"{shown(error['input'])} is not {wanted}" if error["input"] else f"the cell is empty, not {wanted}"
