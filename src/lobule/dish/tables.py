"""The dish's own constants (`parameters.csv`) and what can be added to a well (`stimuli.csv`)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.errors import InputError, nearest

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Constant:
    """A constant of the dish, with its range, source and grade."""

    id: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    grade: str
    note: str


@dataclass(frozen=True)
class Stimulus:
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


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def constants() -> dict[str, Constant]:
    """Constants that are the dish's own or have another value there than in the liver."""
    return {
        row["id"]: Constant(**{**row, **{k: float(row[k]) for k in ("value", "low", "high")}})  # type: ignore[arg-type]
        for row in _rows("parameters.csv")
    }


@cache
def stimuli() -> dict[str, Stimulus]:
    """What can be added to a well, by name."""
    return {
        row["id"]: Stimulus(**{**row, **{k: float(row[k]) for k in ("per_unit", "low", "high")}})  # type: ignore[arg-type]
        for row in _rows("stimuli.csv")
    }


def stimulus(name: str) -> Stimulus:
    """One stimulus; an unknown name says which is nearest."""
    if name not in stimuli():
        raise InputError(f'no stimulus "{name}". {nearest(name, stimuli())}')
    return stimuli()[name]
