"""A check: a row of `wanted/` (what is wanted) beside what the model shows. Functions find, the tables judge.

`wanted/first_edition.csv` holds the checks of the first edition, each further file those of one subject. To add one: a
row there, and a `yield id, found` in the module of its subject. A check of the first edition that asked the wrong thing
stands in `retired.csv` with the evidence that it did; it stays in its table and counts as it comes out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from lobule.errors import InputError, ModelError, nearest
from lobule.rows import Row, rows_by

FOLDER = Path(__file__).parent / "wanted"
SPACE = FOLDER / "space"  # facts of the lobule in space, which `lobule validate --tissue` asks
FIRST_EDITION = "first_edition"
RETIRED = Path(__file__).parent / "retired.csv"
COLLAGEN = "collagen_proportionate_area"
DEATH = "cumulative_death_hazard"
REMOVED_BY = {  # what ends or eases each cause of chronic disease
    "hbv": "antiviral",
    "hcv": "antiviral",
    "mash": "weight loss",
    "alcohol": "abstinence",
    "autoimmune": "immunosuppression",
    "pbc": "ursodeoxycholic acid",
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
    calibrated : what of the model was set to this row, which is then no validation; empty where nothing was
    found : what the model shows; NaN where it never came so far (no cirrhosis, no ascites)
    table : the file of `wanted/` that it stands in
    reading : "published" or "counted", of a check of a therapy; empty where no product is given
    """

    id: str
    what: str
    low: float
    high: float
    unit: str
    source: str
    assumed: str = ""
    calibrated: str = ""
    found: float = math.nan
    table: str = FIRST_EDITION
    reading: str = ""

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
        words = {"what": self.title, "wanted": self.wanted, "passed": self.passed}
        return asdict(self) | words | {"retired": retired().get(self.id, "")}


class _Window(Row):
    id: str
    what: str
    low: float
    high: float
    unit: str
    source: str
    assumed: str = ""
    calibrated: str = ""


class _Retired(Row):
    id: str
    why: str
    evidence: str
    instead: str


@cache
def wanted(folder: Path = FOLDER) -> dict[str, Check]:
    """The rows of every table of a folder by id, the first edition first, nothing found yet.

    Raises
    ------
    InputError : a cell that does not fit, an id that stands twice; with its file and line.
    """
    found: dict[str, Check] = {}
    for path in sorted(folder.glob("*.csv"), key=lambda path: (path.stem != FIRST_EDITION, path.stem)):
        rows = {name: Check(**vars(row), table=path.stem) for name, row in rows_by("id", path, _Window).items()}
        twice = sorted(found.keys() & rows.keys())
        if twice:
            raise InputError(f'{path.name}: "{twice[0]}" stands in {found[twice[0]].table}.csv too')
        found |= rows
    return found


@cache
def retired(path: Path = RETIRED) -> dict[str, str]:
    """Checks of the first edition that asked the wrong thing, {id: why, the evidence for that, what asks instead}."""
    return {name: f"{row.why} ({row.evidence}); instead: {row.instead}" for name, row in _retired(path).items()}


def retired_table(path: Path = RETIRED) -> str:
    """The same as a table in Markdown, for docs/model.md.

    >>> print(retired_table().splitlines()[0])
    | retired check | asked the wrong thing, because | evidence for that | asked instead |
    """
    head = [
        "| retired check | asked the wrong thing, because | evidence for that | asked instead |",
        "|---|---|---|---|",
    ]
    rows = [f"| `{row.id}` | {row.why} | {row.evidence} | {row.instead} |" for row in _retired(path).values()]
    return "\n".join([*head, *(rows or ["| none | | | |"]), ""])


def _retired(path: Path) -> dict[str, _Retired]:
    return rows_by("id", path, _Retired)


def judged(found: Iterable[tuple[str, float]], rows: Mapping[str, Check] | None = None) -> list[Check]:
    """Every row of the table with what was found; a row that nothing was found for fails.

    Parameters
    ----------
    found : (id, value), as the functions of this room yield them
    rows : by id; those of `wanted/` when left out

    Raises
    ------
    ModelError : an id that has no row, or that is found twice.
    """
    rows = wanted() if rows is None else rows
    values: dict[str, float] = {}
    for identifier, value in found:
        if identifier not in rows:
            raise ModelError(f'no table of wanted/ has a row "{identifier}". {nearest(identifier, rows)}')
        if identifier in values:
            raise ModelError(f'the check "{identifier}" is found twice: its id must be of one function')
        values[identifier] = float(value)
    return [replace(row, found=values.get(row.id, math.nan)) for row in rows.values()]
