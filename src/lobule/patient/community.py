"""Whom one meets in the community: how common each stage of scar is at an age, beside what virtual people have.

Every virtual person progresses at some speed, and an untreated pool counts their visits by time alive, so that half of
them have much scar. People of the community of whom nothing but age and sex is known are mostly those whose disease is
mild, slow or never goes on. The table `community.csv` has the shares of the stages by age, and how much weaker the
injury is than that of people whom a clinic sees; visits are weighted to both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.patient.history import Histories
from lobule.patient.onset import onset_ages
from lobule.patient.variation import variation
from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "community.csv"
STAGE_EDGES = (4.0, 6.0, 9.0, 14.0)  # % collagen area at which F1, F2, F3, F4 begin (P080: Ishak 2 to 5)
AGES = np.arange(15.0, 100.0, 5.0)  # middles of the bands in which virtual people are counted
RAREST = (
    0.02  # of its wanted share: a stage of which there is less at an age has too few virtual people to stand for it
)
WET = 1.0  # litres of ascites that count as decompensated


class Stages(Row):
    """Shares of stages F0 to F4 (compensated) and of decompensated people with a disease in the community, at an age in
    years. milder : how much lower the logarithm of `milder_parameter` is there in the mean"""

    etiology: str
    age: float
    f0: float
    f1: float
    f2: float
    f3: float
    f4: float
    decompensated: float
    milder_parameter: str
    milder: float
    grade: str
    source: str
    note: str

    def shares(self) -> tuple[float, ...]:
        """They add up to one."""
        return (self.f0, self.f1, self.f2, self.f3, self.f4, self.decompensated)


@cache
def stages_of(etiology: str) -> tuple[Stages, ...]:
    """Rows of a cause by age; none where the table has nothing of it."""
    return tuple(sorted((row for row in read_rows(TABLE, Stages) if row.etiology == etiology), key=lambda r: r.age))


def log_seen(courses: Histories) -> NDArray[np.float64]:
    """Logarithm of how much more each visit counts in the community than time alive says, (n, n_visits).

    Where the table has nothing of the cause, zero: every visit counts by the chance to be alive alone. Add it to the
    logarithm of that chance.
    """
    rows, scar = stages_of(courses.etiology), courses.values["collagen_proportionate_area"]
    if not rows:
        return np.zeros(scar.shape)
    ages = onset_ages(courses.varied)[:, None] + courses.years
    alive = np.nan_to_num(np.exp(-courses.values["cumulative_death_hazard"].astype(float)))
    wet = np.nan_to_num(courses.values["ascites"]) > WET
    stage = np.where(wet, len(STAGE_EDGES) + 1, np.searchsorted(STAGE_EDGES, np.nan_to_num(scar), side="right"))
    milder = _milder(courses, rows[0])[:, None]
    band = np.clip(np.round((ages - AGES[0]) / (AGES[1] - AGES[0])).astype(int), 0, len(AGES) - 1)
    mass = np.zeros((len(AGES), len(STAGE_EDGES) + 2))
    np.add.at(mass, (band, stage), alive * np.exp(milder))
    there = mass / np.maximum(mass.sum(axis=1, keepdims=True), 1e-300)
    shares, of_ages = np.array([row.shares() for row in rows]), [row.age for row in rows]
    wanted = np.column_stack([np.interp(AGES, of_ages, share) for share in shares.T])
    more = np.log(wanted) - np.log(np.maximum(there, RAREST * wanted))
    place = np.clip((ages - AGES[0]) / (AGES[1] - AGES[0]), 0, len(AGES) - 1)
    below = np.minimum(place.astype(int), len(AGES) - 2)
    part = place - below
    return np.asarray(milder + (1 - part) * more[below, stage] + part * more[below + 1, stage], float)


def _milder(courses: Histories, row: Stages) -> NDArray[np.float64]:
    """Logarithm of the weights under which a lognormal factor has its median where the injury is milder, (n,)."""
    spread, factor = variation()[row.milder_parameter], np.log(courses.varied[row.milder_parameter])
    return np.asarray(-row.milder * (factor + row.milder / 2) / spread**2, float)
