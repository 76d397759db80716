"""The care of the cause that a patient has, or may have though the table does not tell: virtual people with and without
it stand side by side then.

Where a table says that somebody has such a care, virtual people under it are candidates; where it says that she has
not, untreated ones; where it says nothing, both are, in the shares of `usual_care.csv`, and the labs tell which.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lobule.files.person import Person, Treatment
from lobule.patient.history import Histories
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "usual_care.csv"
# Care that takes the cause away or eases it, the one that changes the disease most first
CARES = ("antiviral", "abstinence", "corticosteroid", "immunosuppression", "azathioprine", "ursodeoxycholic acid",
         "weight loss", "resmetirom", "semaglutide")  # fmt: skip
UNTOLD = "untold"  # in place of a care: nobody knows whether the patient has it
Values = NDArray[np.float64]


class UsualCare(Row):
    """Of one cause: its usual care and the share of people who have it where nothing is told.

    told_by : care, with spaces between and _ for a space, of which any that is told or denied settles it
    """

    etiology: str
    care: str
    told_by: str
    share: Annotated[float, Field(ge=0, lt=1)]
    source: str
    grade: str
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The care that settles it."""
        return tuple(name.replace("_", " ") for name in self.told_by.split())


@cache
def usual_cares() -> dict[str, UsualCare]:
    """Rows of the table with a share, by cause."""
    return {name: row for name, row in rows_by("etiology", TABLE, UsualCare).items() if row.share > 0}


def care_of(person: Person) -> Treatment | None:
    """The care of a patient that virtual people have too: the one that changes the disease most; None without any."""
    known = {one.name: one for one in reversed(person.treated) if one.known}
    return next((known[name] for name in CARES if name in known), None)


def under(person: Person, etiology: str) -> str | None:
    """The care under which virtual people are candidates: the patient's own; `UNTOLD` where nothing is told of the
    usual one; None for untreated people alone."""
    care, usual = care_of(person), usual_cares().get(etiology)
    if care is not None:
        return care.name
    settled = usual is None or any(name in person.untreated for name in usual.names)
    # of whom nothing is known but age and sex: one of the community
    return None if settled or not (person.course.values or person.signs) else UNTOLD


def side_by_side(
    treated: tuple[Histories, Values], untreated: tuple[Histories, Values], share: float
) -> tuple[Histories, Values, Values]:
    """People under a care and untreated ones, each with `log_first` of their pool.

    Returns
    -------
    courses of both, in which the care of the untreated never begins; log_first; logarithm of how much each visit counts
    beside it, (n_people, n_visits): of the treated from the beginning of their care on, such that they are the share of
    all people alive who are not acutely ill
    """
    (own, own_first), (rest, rest_first) = treated, untreated
    if own.begun is None:
        raise ValueError("treated people need the years at which their care began")
    since = own.years >= own.begun[:, None]
    alive, others = (_alive(*one) for one in (treated, untreated))
    level = np.log(share / (1 - share)) + np.log(others.sum()) - np.log(alive[since].sum())
    both = own.and_those_of(_never(rest, own.care))
    counts = np.concatenate([np.where(since, level, -np.inf), np.zeros(rest_first.shape)])
    return both, np.concatenate([own_first, rest_first]), counts


def _never(courses: Histories, care: str | None) -> Histories:
    return replace(courses, care=care, begun=np.full(len(courses), np.inf))


def _alive(courses: Histories, first: Values) -> Values:
    """Share that lives until each visit, of people who are not acutely ill, (n_people, n_visits)."""
    death = courses.values["cumulative_death_hazard"].astype(float)
    return np.where((first == 0) & np.isfinite(death), np.exp(-np.nan_to_num(death, nan=np.inf)), 0.0)
