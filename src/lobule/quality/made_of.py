"""What a process is made of: vessels, steps of isolation and media, with their numbers and where these stand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from lobule.errors import InputError, nearest
from lobule.rows import Row, rows_by

FOLDER = Path(__file__).parent
NINETY = 3.29  # standard deviations between the 5th and the 95th percentile


class Ingredient(Row):
    """What all of them have: a title, where the numbers stand and how good they are."""

    title: str
    source: str
    grade: str
    note: str


class Vessel(Ingredient):
    """A kind of vessel; low and high are the ends of 90 % of its particles."""

    vessel: str
    particles_per_mL: float
    low: float
    high: float
    volume_mL: float
    harvest_days: float
    run_days: float
    cost_a_run: float


class Isolation(Ingredient):
    """A step of isolation; low and high are the ends of 90 % of its recovery."""

    method: str
    recovery: float
    low: float
    high: float
    protein_kept: float
    cost_a_litre: float


class Medium(Ingredient):
    """A medium; background is the share of the particles that the medium brings."""

    medium: str
    particles_per_ug: float
    background: float
    cost_a_litre: float


@cache
def vessels() -> dict[str, Vessel]:
    """All vessels by name."""
    return rows_by("vessel", FOLDER / "vessels.csv", Vessel)


@cache
def isolations() -> dict[str, Isolation]:
    """All steps of isolation by name."""
    return rows_by("method", FOLDER / "isolations.csv", Isolation)


@cache
def media() -> dict[str, Medium]:
    """All media by name."""
    return rows_by("medium", FOLDER / "media.csv", Medium)


def everything() -> dict[str, Mapping[str, Ingredient]]:
    """All of them, by table and name."""
    return {"vessels": vessels(), "media": media(), "isolations": isolations()}


Known = TypeVar("Known", bound=Row)


def known(rows: Mapping[str, Known], key: str, what: str) -> Known:
    """One row by name; raises InputError for an unknown one."""
    if key not in rows:
        raise InputError(f'no {what} "{key}". {nearest(key, rows)}')
    return rows[key]


def spread_of(row: Vessel | Isolation) -> float:
    """Standard deviation of the logarithm, when low and high are the ends of 90 %."""
    return math.log(row.high / row.low) / NINETY
