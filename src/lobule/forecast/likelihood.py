"""How well every visit of every virtual person does as a patient's first one: labs, signs, age, being alive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.files.person import Person
from lobule.forecast.errors import errors
from lobule.forecast.pool import Pool
from lobule.forecast.residuals import add_later, compiled, filtered, spread_of
from lobule.forecast.usual_care import care_of
from lobule.patient.history import YEAR
from lobule.statistics.weighted import log_total

Values = NDArray[np.float64]
LIKE_CARE = 0.25  # years, or of the years under care: how far the begin of a virtual person's care may be
LIKE_AGE = 4.0  # years; assumed: how far the age of a virtual person may be from the patient's
WIDEST = 3.0  # of these, beyond which a visit is no candidate
# A candidate so much less likely than the best one after some labs is given up (logarithm)
HOPELESS = 20.0
FIRST = ("bilirubin", "platelets", "albumin")  # labs that tell most, so that few candidates are left for the others


@dataclass(frozen=True)
class Measured:
    """One lab of a patient: at (n,) days from the first visit, logs (n,), sides (n,) as of a course, visits (n,) places
    in the course"""

    lab: str
    days: Values
    logs: Values
    sides: NDArray[np.int64]
    visits: NDArray[np.int64]

    @property
    def keeps(self) -> Values:
        """Share of the wandering residual that is left since the measurement before, (n,)."""
        return errors()[self.lab].keeps(np.diff(self.days, prepend=self.days[:1]) / YEAR)


def measured(person: Person) -> list[Measured]:
    """The labs of a patient of which there is a value, those that tell most first."""
    course, found = person.course, []
    for lab in sorted(course.values, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)):
        values = np.asarray(course.values[lab], float)
        there = np.flatnonzero(np.isfinite(values) & (values > 0)) if lab in errors() else np.empty(0, int)
        if there.size:
            sides = np.asarray(course.beyond[lab], np.int64)[there]
            found.append(Measured(lab, course.days[there], np.log(values[there]), sides, there))
    return found


def log_likelihood(person: Person, pool: Pool) -> Values:
    """Logarithm, but for a constant, of how likely each visit is the patient's first one, (n_people, n_visits)."""
    total = prior(person, pool)
    along, _ = compiled()
    for sign, grades in person.signs.items():
        for k in np.flatnonzero(np.isfinite(grades)):
            add_later(pool.chance(sign, float(grades[k])), person.course.days[k] / YEAR / pool.step, total)
    for one in measured(person):
        total[total < total.max() - HOPELESS] = -np.inf
        here = np.isfinite(total)
        first, last = here.argmax(axis=1), here.shape[1] - here[:, ::-1].argmax(axis=1)
        last = np.where(here.any(axis=1), last, 0)
        along(pool.shape(one.lab), first, last, one.days / YEAR / pool.step, one.logs, one.sides, one.keeps,
              spread_of(errors()[one.lab]), total)  # fmt: skip
    return total


def prior(person: Person, pool: Pool) -> Values:
    """Logarithm of how much each visit counts before labs and signs: alive at the last visit, of the patient's age."""
    total = cared_for(person, pool)
    if not person.course.values and not person.signs:
        total = total + pool.log_seen
    total = every_other(total)
    if person.age is not None:
        off = (pool.ages - person.age) / LIKE_AGE
        total = np.where(np.abs(off) > WIDEST, -np.inf, total - 0.5 * off * off)
    return total


def alive_at_last(person: Person, pool: Pool) -> Values:
    """Logarithm of the share that lives until the patient's last visit, where each visit is the first one, and of how
    often it is."""
    return later(pool.log_alive, float(person.course.days[-1]) / YEAR / pool.step) + pool.log_first


def cared_for(person: Person, pool: Pool) -> Values:
    """The same of visits at which the virtual person has had the patient's care for as long; where nobody tells of it,
    of people with and without it. Kept for the next patient of the same span and care, and not to be changed."""
    care = care_of(person)
    key = _span_and_care(person)
    found = pool.counted.get(key)
    if found is None:
        found = alive_at_last(person, pool)
        if care is None:
            found += 0.0 if pool.log_untold is None else pool.log_untold
        elif pool.of.begun is not None:
            found += _under_care(pool.of.years - pool.of.begun[:, None], -care.from_day / YEAR, care.dated)
        found.flags.writeable = False
        pool.counted.clear()  # of one span and care at a time: they are large
        pool.counted[key] = found
    return found


def log_counted(person: Person, pool: Pool) -> float:
    """Logarithm of how much all visits count together before labs, signs and age."""
    key = _span_and_care(person)
    if key not in pool.totals:
        pool.totals[key] = log_total(every_other(cared_for(person, pool)))
    return pool.totals[key]


def _span_and_care(person: Person) -> object:
    return float(person.course.days[-1]), care_of(person)


def every_other(logs: Values) -> Values:
    """The same without every other visit, and of each second person those between: neighbouring visits are alike."""
    found = logs.copy()
    found[::2, ::2] = found[1::2, 1::2] = -np.inf
    return found


def _under_care(since: Values, wanted: float, dated: bool) -> Values:
    """Logarithm of how much visits count whose care began so many years before, where it did `wanted` years before."""
    if not dated:
        return np.where(since >= min(wanted, 0.0), 0.0, -np.inf)
    off = (since - wanted) / max(LIKE_CARE, LIKE_CARE * abs(wanted))
    return np.where(np.abs(off) > WIDEST, -np.inf, -0.5 * off * off)


def later(values: NDArray[np.floating], places: float) -> Values:
    """Every visit's value some visits later, -inf beyond the end, (n_people, n_visits)."""
    whole, part = int(places), places - int(places)
    more = whole + (part > 1e-9)
    found = np.full(values.shape, -np.inf)
    left = values.shape[1] - more
    if left > 0:
        found[:, :left] = values[:, whole : whole + left]
        if part > 1e-9:
            found[:, :left] += part * (values[:, more : more + left] - found[:, :left])
    return np.where(np.isnan(found), -np.inf, found)


def states(
    person: Person, pool: Pool, rows: NDArray[np.int64], visits: NDArray[np.int64]
) -> Iterator[tuple[Measured, Values, Values, Values, Values]]:
    """Of each lab, what is known of its residual in chosen candidates.

    Yields
    ------
    the lab; state (n_chosen, 6) after the last measurement; residuals, chances of an acute event, log densities given
    the visits before (n_chosen, n)
    """
    for one in measured(person):
        course = at(pool.shape(one.lab), rows, visits[:, None] + one.days[None, :] / YEAR / pool.step)
        residuals = one.logs - course
        found, chances = filtered(residuals, one.sides, one.keeps, errors()[one.lab])
        yield one, found[:, -1].copy(), residuals, found[:, :, 5].copy(), chances


def at(values: NDArray[np.floating], rows: NDArray[np.int64], places: Values) -> Values:
    """Values of chosen people at places between visits, (n_chosen, n); the last visit's beyond it."""
    places = np.minimum(places, values.shape[1] - 1 - 1e-9)
    whole = places.astype(int)
    part = places - whole
    low = np.asarray(values[rows[:, None], whole], float)
    return low + part * (values[rows[:, None], whole + 1] - low)
