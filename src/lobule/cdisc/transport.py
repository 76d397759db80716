"""SAS transport files of version 5, written and read by pyreadstat."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lobule.cdisc.calendar import sas_days
from lobule.cdisc.tables import Table
from lobule.errors import ResultsError
from lobule.keeping import shown
from lobule.optional import needs

if TYPE_CHECKING:
    import pandas as pd

DATE_FORMAT = "DATE9."
# Where the header has when it was made and changed (record layout of a SAS version 5 or 6 data set, TS-140)
STAMPS = (144, 160, 464, 480)
STAMP_LENGTH = 16


def transport_bytes(table: Table, written: datetime) -> bytes:
    """The content of a transport file.

    Parameters
    ----------
    written : when the data were made, which the file says

    Raises
    ------
    NotInstalled : pyreadstat is not there.
    """
    (pyreadstat,) = needs("pyreadstat", extra="trial")
    frame = table.frame.copy()
    formats = {}
    for one in table.variables:
        if one.type == "date":
            frame[one.name] = sas_days(frame[one.name].to_numpy("datetime64[D]"))
            formats[one.name] = DATE_FORMAT
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "table.xpt"
        pyreadstat.write_xport(
            frame, path, file_label=table.dataset.label, table_name=table.dataset.name, file_format_version=5,
            column_labels={one.name: one.label for one in table.variables}, variable_format=formats,
        )  # fmt: skip
        content = bytearray(path.read_bytes())
    stamp = written.strftime("%d%b%y:%H:%M:%S").upper().encode()
    for at in STAMPS:
        content[at : at + STAMP_LENGTH] = stamp
    return bytes(content)


@dataclass(frozen=True)
class Column:
    """A variable as a file has it: label, whether it is a number, its format (DATE9), its length in bytes."""

    name: str
    label: str
    numeric: bool
    format: str
    length: int


@dataclass(frozen=True)
class Read:
    """A table as a transport file has it: name, label, columns, records (dates are days since 1960)."""

    name: str
    label: str
    columns: dict[str, Column]
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def text(self, name: str) -> np.ndarray:
        """A column as text, "" where it is empty or not there."""
        if name not in self.frame:
            return np.full(len(self), "", object)
        column = self.frame[name]
        if self.columns[name].numeric:
            return np.array(["" if np.isnan(value) else f"{value:.15g}" for value in column.to_numpy(float)], object)
        return column.fillna("").astype(str).to_numpy(object)

    def number(self, name: str) -> np.ndarray:
        """A column as numbers, NaN where it is empty, not there, or text."""
        if name not in self.frame or not self.columns[name].numeric:
            return np.full(len(self), np.nan)
        return self.frame[name].to_numpy(float)


def read_transport(path: Path) -> Read:
    """A table from a transport file.

    Raises
    ------
    ResultsError : there is none, or the file is damaged. NotInstalled : pyreadstat is not there.
    """
    (pyreadstat,) = needs("pyreadstat", extra="trial")
    try:
        frame, found = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)
    except Exception as error:  # whatever pyreadstat meets in a damaged file
        raise ResultsError(f"{shown(path)} is no transport file of SAS, or a damaged one: {error}") from error
    columns = {
        name: Column(name, label or "", found.readstat_variable_types[name] == "double",
                     found.original_variable_types[name] or "", found.variable_storage_width[name])
        for name, label in zip(found.column_names, found.column_labels, strict=True)
    }  # fmt: skip
    return Read(found.table_name or "", found.file_label or "", columns, frame)
