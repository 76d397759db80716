"""The dish's own constants (`parameters.csv`) and what can be added to a well (`stimuli.csv`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lobule.errors import InputError, nearest
from lobule.rows import Row, rows_by

FOLDER = Path(__file__).parent


class Constant(Row):
    """A constant of the dish, with its range, source and grade."""

    id: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    grade: str
    note: str


class Stimulus(Row):
    """What is added to a well: how much of a state one `unit` brings."""

    id: str
    title: str
    state: str
    per_unit: float
    unit: str
    low: float
    high: float
    source: str
    grade: str
    note: str


@cache
def constants() -> dict[str, Constant]:
    """Constants that are the dish's own or have another value there than in the liver."""
    return rows_by("id", FOLDER / "parameters.csv", Constant)


@cache
def stimuli() -> dict[str, Stimulus]:
    """What can be added to a well, by name."""
    return rows_by("id", FOLDER / "stimuli.csv", Stimulus)


def stimulus(name: str) -> Stimulus:
    """One stimulus; an unknown name says which is nearest."""
    if name not in stimuli():
        raise InputError(f'no stimulus "{name}". {nearest(name, stimuli())}')
    return stimuli()[name]
