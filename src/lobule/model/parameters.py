"""The parameter table: every constant of the model with value, unit, range, source and grade.

Rows come from `parameters.csv` and from the files of `cargo/`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.errors import InputError, nearest, shown
from lobule.model.cargo import constants

TABLE = Path(__file__).parent / "parameters.csv"
SPECIES = ("mouse", "rat", "human")
GRADES = ("measured", "derived", "calibrated", "assumed")


@dataclass(frozen=True)
class Parameter:
    """One row of `parameters.csv`: a value for each species.

    `low` and `high` are the range in the mouse; in another species they scale with its value (see `range`).
    `range_source` is the id of the evidence that gives the range, or "assumed".
    """

    id: str
    fragment: str
    values: dict[str, float]
    unit: str
    low: float
    high: float
    range_source: str
    between_subjects: str
    scaling: str
    source: tuple[str, ...]
    grade: str
    note: str

    def range(self, species: str) -> tuple[float, float]:
        """Lowest and highest plausible value in a species."""
        scale = self.values[species] / self.values["mouse"] if self.values["mouse"] else 1.0
        return self.low * scale, self.high * scale


@cache
def parameter_table() -> dict[str, Parameter]:
    """All parameters by id, in the order of the table (fragment by fragment).

    Raises
    ------
    InputError : a row that cannot be read, with its line in the file.
    """
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file)) + constants()
    table: dict[str, Parameter] = {}
    for line, row in enumerate(rows, start=2):
        try:
            parameter = _parameter(row)
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{TABLE.name}, line {line}: {error}") from error
        if parameter.id in table:
            raise InputError(f'{TABLE.name}, line {line}: "{parameter.id}" stands in the table twice')
        table[parameter.id] = parameter
    return table


def _parameter(row: dict[str, str]) -> Parameter:
    return Parameter(
        id=row["id"],
        fragment=row["fragment"],
        values={species: float(row[species]) for species in SPECIES},
        unit=row["unit"],
        low=float(row["low"]),
        high=float(row["high"]),
        range_source=row["range_source"],
        between_subjects=row["between_subjects"],
        scaling=row["scaling"],
        source=tuple(row["source"].split()),
        grade=row["grade"],
        note=row["note"],
    )


def values_for(species: str) -> dict[str, float]:
    """Parameter values of one species.

    Raises
    ------
    InputError : no such species.
    """
    if not isinstance(species, str) or species not in SPECIES:
        raise InputError(f"no species {shown(species)}. {nearest(species, SPECIES)}")
    return {p.id: p.values[species] for p in parameter_table().values()}


def check_hypotheses(hypotheses: Mapping[str, float]) -> None:
    """Raise InputError for a name that is no hypothesis or a value outside its range."""
    known = {p.id: p for p in parameter_table().values() if p.scaling == "hypothesis"}
    for name, value in hypotheses.items():
        if name not in known:
            raise InputError(f"no hypothesis {shown(name)} to choose. {nearest(name, known)}", [name])
        if not known[name].low <= value <= known[name].high:
            raise InputError(
                f'"{name}" is {value}, outside its range from {known[name].low:g} to {known[name].high:g}', [name]
            )
