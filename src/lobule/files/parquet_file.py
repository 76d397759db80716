"""Parquet files as rows of text."""

from __future__ import annotations

import datetime
import math
from contextlib import suppress
from pathlib import Path

from lobule.errors import InputError
from lobule.files.grid import LARGEST_FILE, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Grid, one_line
from lobule.optional import needs


def read_parquet(path: Path) -> Grid:
    """Read a Parquet file; sizes are looked at before anything is unpacked.

    Raises
    ------
    InputError : damaged, too large, no columns. NotInstalled : pyarrow is not there.
    """
    (parquet,) = needs("pyarrow.parquet", extra="tables")
    try:
        file = parquet.ParquetFile(path)
        shape = file.metadata.num_rows, file.metadata.num_columns
        unpacked = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
    except Exception as error:  # a foreign library and a foreign file: anything may be raised
        raise InputError(f"{path.name}: not a readable Parquet file: {one_line(error)}") from error
    if shape[0] > MOST_ROWS or shape[1] > MOST_COLUMNS or shape[0] * shape[1] > MOST_CELLS or unpacked > LARGEST_FILE:
        raise InputError(
            f"{path.name}: {shape[0]} rows of {shape[1]} columns are too many; at most {MOST_ROWS} rows, "
            f"{MOST_COLUMNS} columns, {MOST_CELLS} cells and {LARGEST_FILE} bytes are read"
        )
    try:
        table = file.read()
        names = [str(name) for name in table.column_names]
        columns = [table.column(i).to_pylist() for i in range(table.num_columns)]
    except Exception as error:  # as above
        raise InputError(f"{path.name}: not a readable Parquet file: {one_line(error)}") from error
    unusable = {}
    for k, column in enumerate(columns):
        for row, value in enumerate(column):
            if isinstance(value, bytes):  # texts of older writers, without a word that they are texts
                with suppress(UnicodeDecodeError):
                    column[row] = value.decode()
                    continue
            if isinstance(value, bytes | list | dict | tuple):
                unusable[row + 2, k] = f"a cell of type {type(value).__name__} is no number and no text"
    rows = [list(map(said, row)) for row in zip(*columns, strict=True)]
    return Grid(enumerate([names, *rows], 1), unusable=unusable)


def said(value: object) -> str:
    """A value of a spreadsheet or a Parquet file as a person would write it; dates as 2026-01-31."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        return (value.date() if value.time() == datetime.time() else value).isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
