"""Usual ranges of healthy adults, for the eye of a reader; every laboratory has its own, and no number uses them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "usual_ranges.csv"


class UsualRange(Row):
    """Of one lab, low to high in the model's unit."""

    lab: str
    low: float
    high: float
    source: str = ""
    grade: str
    note: str = ""


@cache
def usual_ranges() -> dict[str, UsualRange]:
    """The rows of the table by lab."""
    return rows_by("lab", TABLE, UsualRange)
