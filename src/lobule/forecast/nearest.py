"""The virtual person nearest to a patient, as the subject of a scenario: plans can be tried on somebody alike.

Of all visits of the candidates of a fit it is the one whose labs lie nearest to those measured, each in standard
deviations of its assay, where age, signs, care and the chance to be alive count as in the fit. Nothing of the person is
moved towards the patient, so that the distance says how like she is. It is one person out of many who may be like the
patient: their range is the posterior of the fit, which one person is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule import model
from lobule.errors import InputError
from lobule.files.person import Person
from lobule.forecast.likelihood import later, measured, prior
from lobule.forecast.pool import Pool
from lobule.forecast.residuals import add_later
from lobule.forecast.usual_care import care_of
from lobule.labs import labs
from lobule.patient import Patient
from lobule.patient.history import YEAR
from lobule.patient.onset import shares_of_women
from lobule.patient.variation import variation
from lobule.simulation.crowd import Crowd

Values = NDArray[np.float64]
FAR = 2.0  # standard deviations of an assay, from which the last value of a lab lies off the virtual person; assumed
MOST_EARLIER = 10  # values of a lab before the last that count, evenly taken
MOST_TIMES = 100  # of the course until the last visit
RTOL = 1e-6  # as of a run
DIGITS = 4  # significant ones of a factor
COLUMNS = ["lab", "unit", "day", "measured", "limit", "virtual", "distance_sd"]


@dataclass(frozen=True)
class Nearest:
    """A virtual person.

    Attributes
    ----------
    subject : fields of a scenario's subject, at the patient's last visit
    virtual : which of the virtual people it is
    values : one row a measured value: lab, unit, day (0 is the last visit), measured, limit (-1 where it lies below
        that, 1 above it, else 0), virtual (of the person on that day), distance_sd (of measured from virtual, in
        standard deviations of the assay; 0 where a limit is kept)
    course : day until the last visit, and a column a lab: the person's course until then
    left_out : treatments of the patient that the person does not have
    age : of the patient at the last visit, years; None where nobody says it
    """

    subject: dict[str, Any]
    virtual: int
    values: pd.DataFrame
    course: pd.DataFrame
    left_out: tuple[str, ...]
    age: float | None = None

    @property
    def last(self) -> pd.DataFrame:
        """The last value of each lab, with its distance."""
        return self.values.groupby("lab", sort=False).tail(1)

    @property
    def far(self) -> pd.DataFrame:
        """The last values that lie far off, the farthest first."""
        last = self.last[self.last["distance_sd"].abs() > FAR]
        return last.iloc[np.argsort(-last["distance_sd"].abs().to_numpy(), kind="stable")]


def nearest(person: Person, etiology: str, pool: Pool) -> Nearest:
    """The virtual person most like a patient.

    Parameters
    ----------
    person : with labs
    etiology : cause of the disease
    pool : of candidates who were not struck by something acute, under the patient's care

    Raises
    ------
    InputError : nobody is of that age, or lives as long as the labs last.
    """
    logs = _log_like(person, pool)
    row, visit = (int(place) for place in np.unravel_index(int(np.argmax(logs)), logs.shape))
    if not np.isfinite(logs[row, visit]):
        raise InputError(f"no virtual patient with {etiology} is of that age and lives as long as these labs last")
    subject = _subject(person, pool, row, visit)
    values, course = _beside(person, Patient(**subject))
    care = care_of(person)
    others = [one.name for one in person.treated if care is None or one.name != care.name]
    age = None if person.age is None else person.age + float(person.course.days[-1]) / YEAR
    return Nearest(subject, int(pool.of.ids[row]), values, course, tuple(dict.fromkeys(others)), age)


def _log_like(person: Person, pool: Pool) -> Values:
    """How like the patient's first visit each visit is, (n_people, n_visits), as the logarithm of a likelihood.

    log like = log prior + log chance of signs - 1/2 sum over labs (d_last^2 + mean over earlier values of d^2)

    where d is the distance of a value in standard deviations of the assay: the last value of a lab counts as much as
    all those before.
    """
    total = prior(person, pool)
    for sign, grades in person.signs.items():
        for k in np.flatnonzero(np.isfinite(grades)):
            add_later(pool.chance(sign, float(grades[k])), person.course.days[k] / YEAR / pool.step, total)
    for one in measured(person):
        logs, last = np.log(np.maximum(pool.of.values[one.lab], np.float32(1e-6))), len(one.days) - 1
        earlier = sorted(set(np.linspace(0, last - 1, min(last, MOST_EARLIER)).round().astype(int).tolist()))
        for k in [*earlier, last]:
            off = _off(one.lab, one.logs[k] - later(logs, one.days[k] / YEAR / pool.step), int(one.sides[k]))
            total -= 0.5 * off * off / (1 if k == last else len(earlier))
    return np.where(np.isnan(total), -np.inf, total)


def _off(lab: str, logs: Values, side: int) -> Values:
    """Distance of a measured value from a virtual one, whose logarithms differ so, in standard deviations of the assay;
    0 where a limit is kept."""
    off = logs / labs()[lab].error_cv
    return np.where(side * off <= 0, 0.0, off) if side else off


def _subject(person: Person, pool: Pool, row: int, visit: int) -> dict[str, Any]:
    """A candidate at the patient's last visit, as fields of a scenario."""
    of, span = pool.of, float(person.course.days[-1]) / YEAR
    years = round(float(of.years[visit]) + span, 2)
    # Its own age, near the patient's, since how fast its scar grew hangs on it; sex enters death of other causes alone
    age = round(float(pool.ages[row, visit]) + span, 2)
    sex = person.sex or ("f" if shares_of_women(of.varied)[row] > 0.5 else "m")
    varied = {name: float(of.varied[name][row]) for name in variation()}
    found = {"species": "human", "etiology": of.etiology, "years": years, "age": max(age, years), "sex": sex}
    if of.care is not None and of.begun is not None:
        since = float(np.clip(round(of.years[visit] + span - of.begun[row], 2), 0.0, years))
        found |= {"treated_with": [of.care], "treated_years": since}
    return found | {"varied": {name: float(f"{factor:.{DIGITS}g}") for name, factor in varied.items()}}


def _beside(person: Person, patient: Patient) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measured values beside the course of a virtual person until the last visit, and that course."""
    seen = measured(person)
    end = float(person.course.days[-1])
    days = np.unique(np.concatenate([person.course.days, np.linspace(0.0, end, MOST_TIMES)])) - end
    crowd = Crowd(model.compiled(patient.species))
    group = crowd.add(patient, np.round(np.maximum(patient.history_days + days, 0.0), 6))
    solved = crowd.solve([one.lab for one in seen], RTOL)
    courses = {one.lab: np.asarray(solved.values(group, one.lab)[0], float) for one in seen}
    rows = []
    for one in seen:
        here = np.exp(one.logs)
        virtual = courses[one.lab][np.searchsorted(days, one.days - end)]
        for day, value, side, own in zip(one.days - end, here, one.sides, virtual, strict=True):
            off = float(_off(one.lab, np.log(value / own), int(side)))
            rows.append((one.lab, labs()[one.lab].suffix, float(day), float(value), int(side), float(own), off))
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame({"day": days, **courses})
