"""Causes of disease: each is one small file in `causes/`, so that a stranger can add one.

A cause acts in one of four ways (`kind`):
    dose       adds to states, once or repeated (a toxin)
    switch     sets constants while it lasts, 0 before and after (alcohol, a diet, a ligated duct)
    infection  puts virus and first infected cells in at the beginning
    resection  takes a share of cells away at once
`targets` says how much of each state or constant belongs to one unit of dose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from lobule.arguments import one_of
from lobule.engine.events import EVERYONE, Event
from lobule.errors import InputError, nearest, shown
from lobule.evidence.vocabulary import meanings
from lobule.quantities import ALLOWED, amount
from lobule.yaml_files import Grade, LongText, Section, Text, Time, reading

FOLDER = Path(__file__).parent / "causes"
MOST_TIMES = 1000.0  # the usual dose


class CauseFile(Section):
    """A file of `causes/`."""

    name: Text
    title: Text
    species: list[Literal["mouse", "rat", "human"]]
    kind: Literal["dose", "switch", "infection", "resection"]
    targets: dict[Text, float]
    unit_kind: Text
    dose: Text
    every: Time | None
    source: Text
    grade: Grade
    note: LongText


@dataclass(frozen=True)
class Cause:
    """One file: who it befalls, what it does, the usual dose and schedule, and where that is written."""

    name: str
    title: str
    species: tuple[str, ...]
    kind: str
    targets: dict[str, float]
    unit_kind: str
    dose: str
    every: str | None
    source: str
    grade: str
    note: str

    def events(self, dose: str | None, times: Sequence[float], end: float | None) -> list[Event]:
        """What happens to the model: `times` of doses (the first is the onset), `end` of a switch."""
        given = amount(self.dose if dose is None else dose, self.unit_kind) / (100 if self.unit_kind == "share" else 1)
        usual = amount(self.dose, self.unit_kind)
        if self.unit_kind != "share" and given > MOST_TIMES * usual:
            raise InputError(f"{shown(dose)} is more than {MOST_TIMES:g} times the usual dose, {self.dose}")
        onset = times[0]
        if self.kind == "dose":
            return [Event(EVERYONE, t, state, "add", given * k) for t in times for state, k in self.targets.items()]
        if self.kind == "resection":
            if given >= 1:
                raise InputError(f'a resection of "{dose}" leaves nothing')
            return [
                Event(EVERYONE, t, state, "multiply", 1 - given * k) for t in times for state, k in self.targets.items()
            ]
        rows = [Event(EVERYONE, onset, name, "set", given * k) for name, k in self.targets.items()]
        if self.kind == "switch" and end is not None:
            rows += [Event(EVERYONE, end, name, "set", 0.0) for name in self.targets]
        return rows


@cache
def causes() -> dict[str, Cause]:
    """All causes by name."""
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        cause = read_cause(path)
        found[cause.name] = cause
    return found


def read_cause(path: Path) -> Cause:
    """One file of a cause; raises InputError with file, line and field."""
    with reading(path, CauseFile, "a cause", "name, species, kind and dose") as (file, found):
        with found.at("unit_kind"):
            one_of(file.unit_kind, "unit_kind", ALLOWED)
        with found.at("dose"):
            if file.unit_kind in ALLOWED:
                amount(file.dose, file.unit_kind)
    return Cause(**file.values() | {"species": tuple(file.species)})


def known_as(name: str, species: str) -> str:
    """The cause that a word means for a species, the word itself where it means none.

    >>> known_as("NASH", "human"), known_as("NASH", "mouse"), known_as("CCl4", "mouse"), known_as("cc14", "mouse")
    ('mash', 'high_fat_diet', 'ccl4', 'cc14')
    """
    if not isinstance(name, str) or (name in causes() and species in causes()[name].species):
        return name
    words = meanings("cause", name)
    return next((word.means for word in words if species in causes()[word.means].species), name)


def cause(name: str, species: str) -> Cause:
    """One cause by its name or a word for it; raises InputError naming the nearest for an unknown one, or the species
    that it befalls."""
    here = [c.name for c in causes().values() if species in c.species]
    name = known_as(name, species)
    if not isinstance(name, str) or name not in causes():
        raise InputError(f"no cause or injury {shown(name)}. {nearest(name, here)}")
    if name not in here:
        raise InputError(f'"{name}" is not a cause for a {species}; those are: {", ".join(here)}')
    return causes()[name]


def disease(name: str, species: str) -> Cause:
    """A cause that goes on for years; raises InputError for what strikes once, and as `cause`."""
    found = cause(name, species)
    if found.kind == "dose":
        raise InputError(
            f'"{found.name}" strikes once and is no disease of years: name it as precipitant, and the disease, if any, '
            "as etiology"
        )
    return found
