"""The parameter table: every constant of the model with value, unit, range, source and grade.

Rows come from `parameters.csv` and from the files of `cargo/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.errors import InputError, Mistakes, nearest, shown
from lobule.model.cargo import constants
from lobule.rows import Row, rows_by

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


class _Written(Row):
    """A row as the table has it: a column a species, sources separated by spaces."""

    id: str
    fragment: str
    mouse: float
    rat: float
    human: float
    unit: str
    low: float
    high: float
    range_source: str
    between_subjects: str
    scaling: str
    source: str
    grade: str
    note: str

    def parameter(self) -> Parameter:
        """With its values by species."""
        fields = dict(vars(self))
        values = {species: fields.pop(species) for species in SPECIES}
        return Parameter(**fields | {"values": values, "source": tuple(self.source.split())})


@cache
def parameter_table() -> dict[str, Parameter]:
    """All parameters by id, in the order of the table (fragment by fragment).

    Raises
    ------
    InputError : a row that cannot be read, with its line in the file.
    """
    rows = rows_by("id", TABLE, _Written)
    for row in map(_Written.model_validate, constants()):
        if row.id in rows:
            raise InputError(f'"{row.id}" is a constant of the cargo and stands in {TABLE.name} too')
        rows[row.id] = row
    return {name: row.parameter() for name, row in rows.items()}


def values_for(species: str) -> dict[str, float]:
    """Parameter values of one species.

    Raises
    ------
    InputError : no such species.
    """
    if not isinstance(species, str) or species not in SPECIES:
        raise InputError(f"no species {shown(species)}. {nearest(species, SPECIES)}")
    return dict(_values(species))


@cache
def _values(species: str) -> dict[str, float]:
    return {p.id: p.values[species] for p in parameter_table().values()}


def check_hypotheses(hypotheses: Mapping[str, float]) -> None:
    """Raise InputError for a name that is no hypothesis or a value outside its range."""
    known = {p.id: p for p in parameter_table().values() if p.scaling == "hypothesis"}
    found = Mistakes()
    for name, value in hypotheses.items():
        with found.at(name):
            if name not in known:
                raise InputError(f"no hypothesis {shown(name)} to choose. {nearest(name, known)}")
            if not known[name].low <= value <= known[name].high:
                raise InputError(
                    f'"{name}" is {value}, outside its range from {known[name].low:g} to {known[name].high:g}'
                )
    found.tell()
