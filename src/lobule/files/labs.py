"""A user's table of laboratory values, read in blocks: units from the headers, bad cells reported by line and left out.

A header is a name and its unit: `bilirubin_mg_per_dL`, `bilirubin (umol/L)` or `bilirubin [umol/L]`. Names and units
that are known stand in QUANTITIES and FLAGS. Columns with other names are kept as they are.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.errors import InputError, nearest
from lobule.quantities import BILIRUBIN_UMOL_PER_MG_DL, CREATININE_UMOL_PER_MG_DL

if TYPE_CHECKING:
    import pandas as pd

BLOCK = 100_000  # rows in memory at a time
MOST_PROBLEMS = 10_000
# name: {unit: factor to the first unit}, and the plausible range in the first unit
QUANTITIES: dict[str, tuple[dict[str, float], tuple[float, float]]] = {
    "bilirubin": ({"mg/dL": 1.0, "umol/L": 1 / BILIRUBIN_UMOL_PER_MG_DL}, (0.0, 100.0)),
    "bilirubin_day_7": ({"mg/dL": 1.0, "umol/L": 1 / BILIRUBIN_UMOL_PER_MG_DL}, (0.0, 100.0)),
    "creatinine": ({"mg/dL": 1.0, "umol/L": 1 / CREATININE_UMOL_PER_MG_DL}, (0.0, 40.0)),
    "albumin": ({"g/dL": 1.0, "g/L": 0.1}, (0.1, 9.0)),
    "sodium": ({"mmol/L": 1.0, "mEq/L": 1.0}, (80.0, 200.0)),
    "alt": ({"U/L": 1.0}, (0.0, 50_000.0)),
    "ast": ({"U/L": 1.0}, (0.0, 50_000.0)),
    "ast_upper_limit": ({"U/L": 1.0}, (1.0, 200.0)),
    "platelets": ({"1e9/L": 1.0, "G/L": 1.0, "1e3/uL": 1.0}, (0.0, 3000.0)),
    "white_cells": ({"1e9/L": 1.0, "G/L": 1.0, "1e3/uL": 1.0}, (0.0, 500.0)),
    "urea": ({"mmol/L": 1.0, "mg/dL": 1 / 6.006}, (0.0, 150.0)),
    "prothrombin_time": ({"s": 1.0}, (5.0, 200.0)),
    "prothrombin_control": ({"s": 1.0}, (5.0, 30.0)),
    "arterial_pressure": ({"mmHg": 1.0}, (10.0, 250.0)),
    "lactate": ({"mmol/L": 1.0, "mg/dL": 0.111}, (0.0, 40.0)),
    "age": ({"years": 1.0, "year": 1.0}, (0.0, 120.0)),
    "bmi": ({"kg/m2": 1.0}, (8.0, 100.0)),
}
# pure numbers, with their plausible range
NUMBERS: dict[str, tuple[float, float]] = {
    "inr": (0.3, 30.0),
    "ascites": (0.0, 2.0),
    "encephalopathy": (0.0, 4.0),
    "pf_ratio": (10.0, 800.0),
    "sf_ratio": (10.0, 600.0),
}
WORDS = {"ascites": {"none": 0, "mild": 1, "controlled": 1, "moderate": 2, "severe": 2, "refractory": 2}}
FLAGS = ("female", "dialysis", "cholestatic", "diabetes", "vasopressor", "renal_replacement")
YES, NO = ("1", "1.0", "true", "yes", "y"), ("0", "0.0", "false", "no", "n")
SEX = {"f": True, "female": True, "w": True, "m": False, "male": False}
UNIT_IN_BRACKETS = re.compile(r"\s*(.+?)\s*[\[(]\s*(.+?)\s*[\])]\s*")
NOTHING = ("", "na", "n/a", "nan", "null", "none", ".", "-", "missing", "unknown")


@dataclass(frozen=True)
class Problem:
    """A cell that could not be used: line of the file (the header is line 1), column, and why."""

    line: int
    column: str
    reason: str


@dataclass
class Labs:
    """One block: the user's columns as text, the line of each row, and what was understood as arrays (NaN: missing)."""

    table: pd.DataFrame
    lines: np.ndarray
    values: dict[str, np.ndarray]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Column:
    header: str
    name: str
    factor: float


def read_labs(path: str | Path) -> Iterator[Labs]:
    """Read a CSV file block by block.

    Raises
    ------
    InputError : no file, no header, a known quantity without unit or with an unknown one, a name that stands twice.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            headers = next(reader, [])
            columns = _understand(path, headers)
            found = False
            while rows := _block(reader, len(headers)):
                found = True
                yield _labs(rows, headers, columns)
            if not found:
                raise InputError(f"{path.name} has a header but no rows")
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: not a readable CSV file: {str(error).splitlines()[0]}") from error


@dataclass
class _Rows:
    """Rows of a block, padded or cut to the header's length, with their lines and what was wrong with them."""

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.cells)


def _block(reader: Any, width: int) -> _Rows:
    """The next rows; empty lines are passed over."""
    rows = _Rows()
    for cells in itertools.islice(reader, BLOCK):
        if not cells:
            continue
        if len(cells) != width:
            if len(rows.problems) < MOST_PROBLEMS:
                reason = f"the row has {len(cells)} cells, the header {width}"
                rows.problems.append(Problem(reader.line_num, "", reason))
            cells = (cells + [""] * width)[:width]
        rows.cells.append(cells)
        rows.lines.append(reader.line_num)
    return rows


def _understand(path: Path, headers: list[str]) -> list[_Column]:
    found: list[_Column] = []
    for header in headers:
        name, unit = name_and_unit(header)
        if name == "sex":
            found.append(_Column(header, "female", 1.0))
        elif name in FLAGS or name in NUMBERS:
            if unit:
                raise InputError(f'{path.name}, column "{header}": {name} is a pure number; leave the unit out')
            found.append(_Column(header, name, 1.0))
        elif name in QUANTITIES:
            units = QUANTITIES[name][0]
            if unit not in units:
                said = f'"{unit}" is not a unit of {name}' if unit else f"{name} has no unit"
                wanted = " or ".join(f"{name}_{u.replace('/', '_per_')}" for u in units)
                raise InputError(f'{path.name}, column "{header}": {said}; write {wanted}')
            found.append(_Column(header, name, units[unit]))
    names = [column.name for column in found]
    for name in names:
        if names.count(name) > 1:
            twice = ", ".join(c.header for c in found if c.name == name)
            raise InputError(f"{path.name}: {name} stands in more than one column: {twice}")
    if not found:
        known = [*QUANTITIES, *NUMBERS, *FLAGS]
        raise InputError(f"{path.name}: no column is known. {nearest(headers[0] if headers else '', known, 30)}")
    return found


def name_and_unit(header: str) -> tuple[str, str]:
    """Split "bilirubin_mg_per_dL" or "Bilirubin (mg/dL)" into name and unit."""
    bracketed = UNIT_IN_BRACKETS.fullmatch(header)
    if bracketed:
        return bracketed[1].lower().replace(" ", "_"), bracketed[2].replace("µ", "u").replace("μ", "u")
    lowered = header.strip().lower().replace(" ", "_")
    if lowered in NUMBERS or lowered in FLAGS or lowered in QUANTITIES or lowered == "sex":
        return lowered, ""
    for name in sorted(QUANTITIES, key=len, reverse=True):
        if lowered.startswith(name + "_"):
            spelled = header.strip()[len(name) + 1 :]
            for unit in QUANTITIES[name][0]:
                if spelled.lower() == unit.replace("/", "_per_").lower():
                    return name, unit
            return name, spelled.replace("_per_", "/")
    return lowered, ""


def _labs(rows: _Rows, headers: list[str], columns: list[_Column]) -> Labs:
    import pandas as pd

    table = pd.DataFrame(rows.cells, columns=pd.Index(headers), dtype=object)
    labs = Labs(table, np.array(rows.lines), {}, list(rows.problems))
    for column in columns:
        text = pd.Series([cell.strip() for cell in table[column.header]], dtype=object)
        read = _flag if column.name in FLAGS else _number
        labs.values[column.name] = read(labs, text, column)
    return labs


def _report(labs: Labs, where: np.ndarray, text: pd.Series, column: _Column, why: str) -> None:
    for row in np.flatnonzero(where)[: max(0, MOST_PROBLEMS - len(labs.problems))]:
        cell = str(text.iloc[row])[:40]
        labs.problems.append(Problem(int(labs.lines[row]), column.header, f'"{cell}" {why}'))


def _number(labs: Labs, text: pd.Series, column: _Column) -> np.ndarray:
    import pandas as pd

    plain = text
    if column.name in WORDS:
        plain = text.str.lower().replace({word: str(value) for word, value in WORDS[column.name].items()})
        missing = plain.str.lower().isin([w for w in NOTHING if w != "none"]).to_numpy()
    else:
        missing = text.str.lower().isin(NOTHING).to_numpy()
    values = pd.to_numeric(plain, errors="coerce").to_numpy(float, na_value=np.nan).copy()
    wrong = ~np.isfinite(values) & ~missing
    _report(labs, wrong, text, column, "is not a number")
    values[wrong] = np.nan
    values *= column.factor
    low, high = NUMBERS.get(column.name) or QUANTITIES[column.name][1]
    outside = (values < low) | (values > high)
    unit = next(iter(QUANTITIES[column.name][0]), "") if column.name in QUANTITIES else ""
    _report(labs, outside, text, column, f"is outside {low:g} to {high:g} {unit}".rstrip())
    values[outside] = np.nan
    return values


def _flag(labs: Labs, text: pd.Series, column: _Column) -> np.ndarray:
    lowered = text.str.lower()
    values = np.full(len(text), np.nan)
    values[lowered.isin(YES).to_numpy()] = 1.0
    values[lowered.isin(NO).to_numpy()] = 0.0
    if column.name == "female":
        for word, female in SEX.items():
            values[(lowered == word).to_numpy()] = float(female)
    wrong = np.isnan(values) & ~lowered.isin(NOTHING).to_numpy()
    _report(labs, wrong, text, column, "is neither yes nor no" if column.name != "female" else "is no sex")
    return values
