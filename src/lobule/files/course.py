"""One patient's repeated laboratory values: times, units, missing cells, values beyond a limit of detection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.labs import QUANTITIES, Labs, Problem, name_and_unit, read_labs
from lobule.quantities import BILIRUBIN_UMOL_PER_MG_DL, CREATININE_UMOL_PER_MG_DL

Values = NDArray[np.float64]
# name: factor from the unit of `files.labs` to that of the model
TO_MODEL = {
    "albumin": 10.0,
    "bilirubin": BILIRUBIN_UMOL_PER_MG_DL,
    "inr": 1.0,
    "creatinine": CREATININE_UMOL_PER_MG_DL,
    "sodium": 1.0,
    "platelets": 1.0,
    "alt": 1.0,
    "ast": 1.0,
}
DAYS = {"day": 1.0, "days": 1.0, "time_d": 1.0, "week": 7.0, "weeks": 7.0, "month": 30.4375, "months": 30.4375,
        "year": 365.25, "years": 365.25}  # fmt: skip
BEYOND = re.compile(r"\s*(<=?|>=?|≤|≥)\s*(\d+\.?\d*(?:[eE][+-]?\d+)?)\s*")
MOST_ROWS = 2000


@dataclass(frozen=True)
class Course:
    """days (n,), from the first measurement, which was on day `first` of the table (0 of dates); values {lab: (n,)} in
    the model's units, NaN where missing; beyond {lab: (n,)}: -1 below the value given, 1 above it, 0 at it; problems:
    cells that were left out"""

    days: Values
    values: dict[str, Values]
    beyond: dict[str, NDArray[np.int64]]
    problems: tuple[Problem, ...]
    first: float = 0.0


def read_course(path: str | Path) -> Course:
    """Read a CSV file with a column of times (day, week, month, or date) and labs with units in their headers.

    Raises
    ------
    InputError : no times, none of the labs, nothing measured, or no labs file at all.
    """
    path = Path(path)
    blocks = list(read_labs(path))
    if len(blocks) > 1 or len(blocks[0].lines) > MOST_ROWS:
        raise InputError(f"{path.name}: the labs of one patient have at most {MOST_ROWS} rows")
    labs = blocks[0]
    days, bad = _days(path, labs)
    problems = [p for p in labs.problems if not _is_beyond(labs, p)] + bad
    values, beyond = {}, {}
    for name, factor in TO_MODEL.items():
        if name not in labs.values:
            continue
        given, side = _limits(labs, name)
        values[name], beyond[name] = given * factor, side
    known = np.isfinite(days)
    if not values:
        raise InputError(f"{path.name}: none of {', '.join(TO_MODEL)} is there; a fit needs one at least")
    if not any(np.isfinite(v[known]).any() for v in values.values()):
        raise InputError(f"{path.name}: nothing is measured in any row that has a time")
    order = np.flatnonzero(known)[np.argsort(days[known], kind="stable")]
    return Course(
        days[order] - days[order][0],
        {name: v[order] for name, v in values.items()},
        {name: s[order] for name, s in beyond.items()},
        tuple(problems),
        0.0 if "date" in {str(c).strip().lower() for c in labs.table.columns} else float(days[order][0]),
    )


def _days(path: Path, labs: Labs) -> tuple[Values, list[Problem]]:
    named = {str(c).strip().lower(): str(c) for c in labs.table.columns}
    header = next((h for h in (*DAYS, "date") if h in named), None)
    if header is None:
        raise InputError(f"{path.name}: no column of times; name it day, week, month or date")
    found, problems = [], []
    for line, cell in zip(labs.lines, labs.table[named[header]], strict=True):
        text = str(cell).strip()
        try:
            value = float(date.fromisoformat(text).toordinal()) if header == "date" else float(text) * DAYS[header]
            if not np.isfinite(value):
                raise ValueError
        except ValueError:
            what = "a date such as 2026-03-14" if header == "date" else "a number"
            problems.append(Problem(int(line), named[header], f'"{text[:40]}" is not {what}; the row is left out'))
            value = np.nan
        found.append(value)
    return np.array(found), problems


def _column(labs: Labs, name: str) -> str:
    return next(str(c) for c in labs.table.columns if name_and_unit(str(c))[0] == name)


def _limits(labs: Labs, name: str) -> tuple[Values, NDArray[np.int64]]:
    """Values in the unit of `files.labs`, and on which side of them the truth lies."""
    header = _column(labs, name)
    values, side = labs.values[name].copy(), np.zeros(len(labs.lines), np.int64)
    factor = _factor(header, name)
    for row, cell in enumerate(labs.table[header]):
        match = BEYOND.fullmatch(str(cell))
        if match:
            values[row] = float(match[2]) * factor
            side[row] = -1 if match[1] in ("<", "<=", "≤") else 1
    return values, side


def _factor(header: str, name: str) -> float:
    unit = name_and_unit(header)[1]
    return QUANTITIES[name][0][unit] if name in QUANTITIES else 1.0


def _is_beyond(labs: Labs, problem: Problem) -> bool:
    """The cell is no number because it says "<5"."""
    if problem.column not in labs.table.columns:
        return False
    row = int(np.flatnonzero(labs.lines == problem.line)[0])
    return bool(BEYOND.fullmatch(str(labs.table[problem.column].iloc[row])))
