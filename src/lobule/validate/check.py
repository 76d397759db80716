"""A check: one row of `checks.csv` (what is wanted) beside what the model shows. Functions find, the table judges.

To add one: a row in `checks.csv`, and a `yield id, found` in the module of its subject.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from lobule.errors import ModelError, nearest
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "checks.csv"
COLLAGEN = "collagen_proportionate_area"
DEATH = "cumulative_death_hazard"
REMOVED_BY = {  # what ends or eases each cause of chronic disease
    "hbv": "antiviral",
    "hcv": "antiviral",
    "mash": "weight loss",
    "alcohol": "abstinence",
    "autoimmune": "immunosuppression",
}

Found = Iterator[tuple[str, float]]  # what the functions of this room yield: id of a row, what the model shows


@dataclass(frozen=True)
class Check:
    """What is wanted of the model, and what was found.

    Parameters
    ----------
    id, what : name, and what is looked at in words
    low, high : the window, in `unit` ("1": a share, a ratio or a count)
    source : ids of facts or of rows of evidence that the window stands on
    assumed : what of the window the source does not give in figures; empty where it gives all
    found : what the model shows; NaN where it never came so far (no cirrhosis, no ascites)
    """

    id: str
    what: str
    low: float
    high: float
    unit: str
    source: str
    assumed: str = ""
    found: float = math.nan

    @property
    def passed(self) -> bool:
        """What was found lies in the window."""
        return self.low <= self.found <= self.high

    @property
    def wanted(self) -> str:
        """The window in words."""
        return f"{self.low:g} to {self.high:g}"

    @property
    def window(self) -> str:
        """The window in words with its unit."""
        return self.wanted if self.unit == "1" else f"{self.wanted} {self.unit}"

    @property
    def title(self) -> str:
        """What is looked at, and what of the window is assumed."""
        return f"{self.what} ({self.assumed} assumed)" if self.assumed else self.what

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self) | {"what": self.title, "wanted": self.wanted, "passed": self.passed}


class _Window(Row):
    id: str
    what: str
    low: float
    high: float
    unit: str
    source: str
    assumed: str = ""


@cache
def wanted(table: Path = TABLE) -> dict[str, Check]:
    """The rows of `checks.csv` by id, in the order of the table, nothing found yet.

    Raises
    ------
    InputError : a cell that does not fit, an id that stands twice; with its line.
    """
    return {name: Check(**vars(row)) for name, row in rows_by("id", table, _Window).items()}


def judged(found: Iterable[tuple[str, float]], rows: Mapping[str, Check] | None = None) -> list[Check]:
    """Every row of the table with what was found; a row that nothing was found for fails.

    Parameters
    ----------
    found : (id, value), as the functions of this room yield them
    rows : by id; those of `checks.csv` when left out

    Raises
    ------
    ModelError : an id that has no row, or that is found twice.
    """
    rows = wanted() if rows is None else rows
    values: dict[str, float] = {}
    for identifier, value in found:
        if identifier not in rows:
            raise ModelError(f'checks.csv has no row "{identifier}". {nearest(identifier, rows)}')
        if identifier in values:
            raise ModelError(f'the check "{identifier}" is found twice: its id must be of one function')
        values[identifier] = float(value)
    return [replace(row, found=values.get(row.id, math.nan)) for row in rows.values()]
