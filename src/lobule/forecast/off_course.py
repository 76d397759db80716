"""What a patient who lies off the virtual course has of reserve: hazards beside those of the course.

A particle is a virtual person who resembles the patient, not the patient. What was measured lies off the particle's
course, and part of that is the patient's liver: albumin below it is less reserve than the particle has, a bilirubin
that wandered above it is a worse liver. So the hazards of a particle are multiplied by exp(sum of exponent times how
far off):

- `level`: the patient's own level of a lab, for good (only where people who were followed say that it is reserve and
  not the laboratory: `off_course.csv`);
- `wander`: what wanders off the course, forgotten as `errors.csv` says; of bilirubin, INR and creatinine the exponents
  are the model's own;
- `pace`: who moved off the course within the last year goes on for so many years, with the exponents of where she is
  (of joint models of labs and survival the value and the slope; Rizopoulos 2012), so that labs that were better before
  are no reserve: whoever falls is worse off than who has always been there;
- `event`: an acute event of the last visit, at most two standard deviations of one, forgotten in a year;
- `sign`: grades of a sign, as it was found last, beyond those that the particle would be found with.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from lobule.forecast.errors import errors
from lobule.forecast.signs import signs
from lobule.model.parameters import values_for
from lobule.patient.history import YEAR
from lobule.rows import Row, read_rows

if TYPE_CHECKING:
    from lobule.forecast.posterior import Posterior, Residual

TABLE = Path(__file__).parent / "off_course.csv"
Values = NDArray[np.float64]
LABS = "labs"  # all of them
# Exponents of labs in the model's own hazards, of what wanders
OF_DEATH = {"bilirubin": "bilirubin_death_exponent", "inr": "inr_death_exponent",
            "creatinine": "creatinine_death_exponent"}  # fmt: skip
OF_DECOMPENSATION = {"albumin": "albumin_decompensation_exponent"}
EVENT_YEARS = 1.0  # in which what an acute event says is forgotten; assumed
RECENT = 0.8  # years before the last measurement, at least, from which a pace is told: visits of a year ago
WIDEST = 2.0  # standard deviations of an acute event that count, so that a typing error does not


class Exponent(Row):
    """Of one part of a lab or of a sign: the logarithm of the hazard of death for one of it (labs: on the natural
    logarithm; signs: a grade). Of the pace of all labs the years for which they go on."""

    name: str
    part: Literal["level", "wander", "pace", "event", "sign"]
    exponent: float
    source: str
    grade: str
    note: str = ""


@cache
def exponents() -> dict[tuple[str, str], float]:
    """Of death, by name and part: those of the table and the model's own."""
    usual = values_for("human")
    found = {(lab, "wander"): usual[exponent] for lab, exponent in OF_DEATH.items()}
    return found | {(row.name, row.part): row.exponent for row in read_rows(TABLE, Exponent)}


def sicker(posterior: Posterior, days: Values) -> Values:
    """How many times the virtual course's the hazard of the liver's death is until so many days after the last visit,
    (n_particles, n_days)."""
    off, of = np.zeros((len(posterior), len(days))), exponents()
    for lab, one in posterior.residuals.items():
        level, wander, event = (of.get((lab, part), 0.0) for part in ("level", "wander", "event"))
        left = _mean_left(posterior, one, days, errors()[lab].wander_years)
        off += level * one.last[:, :1] + wander * one.last[:, 1:2] * left
        if level or wander:
            moved = pace(one)
            off += of[LABS, "pace"] * (level * moved[:, :1] + wander * moved[:, 1:]) * left
        if event:
            off += event * acute(one)[:, None] * _mean_left(posterior, one, days, EVENT_YEARS)
    for sign in posterior.person.signs:
        last = posterior.person.last_sign(sign)
        if last is not None and (sign, "sign") in of:
            grade, day = last
            off += of[sign, "sign"] * (grade - _expected(posterior, sign, day))[:, None]
    return np.exp(off)


def nearer_to_decompensation(posterior: Posterior) -> Values:
    """How many times the virtual course's the hazard of decompensation is, (n_particles, 1)."""
    off = np.zeros((len(posterior), 1))
    for lab, exponent in OF_DECOMPENSATION.items():
        if lab in posterior.residuals:
            off -= values_for("human")[exponent] * posterior.residuals[lab].last[:, :2].sum(axis=1, keepdims=True)
    return np.exp(off)


def pace(one: Residual) -> Values:
    """How far level and wandering part moved in the year before the last measurement, (n_particles, 2); over less than
    a year as far as they did, 0 where the lab was measured once."""
    years = one.measured.days / YEAR
    before = np.flatnonzero(years <= years[-1] - RECENT)
    first = int(before[-1]) if before.size else 0
    moved = one.last[:, :2] - one.states()[:, first, :2]
    return np.asarray(moved / max(float(years[-1] - years[first]), 1.0), float)


def acute(one: Residual) -> Values:
    """How far an acute event has moved a lab at its last measurement, by the chance that there is one,
    (n_particles,)."""
    if one.measured.sides[-1] != 0:
        return np.zeros(len(one.last))
    most = WIDEST * errors()[one.measured.lab].event_sd
    return np.asarray(np.clip(one.last[:, 5] * (one.off[:, -1] - one.last[:, 0] - one.last[:, 1]), -most, most), float)


def _mean_left(posterior: Posterior, one: Residual, days: Values, forgotten: float) -> Values:
    """Mean share that is left, from the last visit until so many days later, of what is forgotten in a time since the
    lab was measured last, (n_days,)."""
    years, since = np.maximum(days / YEAR, 1e-6), posterior.span - float(one.measured.days[-1]) / YEAR
    return np.asarray(np.exp(-since / forgotten) * forgotten / years * (1 - np.exp(-years / forgotten)), float)


def _expected(posterior: Posterior, sign: str, day: float) -> Values:
    """Mean grade of a sign that each particle would be found with on a day since the first visit, (n_particles,)."""
    found, below = np.zeros(len(posterior)), 0.0
    for row in signs()[sign]:
        found += (row.grade - below) * row.chance(posterior.on(posterior.pool.of.values[row.output], day))
        below = row.grade
    return found
