"""The whole course of a scar: stages of a cohort, their speed, turnover, regression, end stage, animals by week."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine.events import EVERYONE, Event
from lobule.model.causes import cause
from lobule.model.parameters import values_for
from lobule.patient import Animal, Patient
from lobule.patient.onset import people
from lobule.patient.patient import YEAR
from lobule.scores.clinic import CIRRHOSIS
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.crowd import Crowd
from lobule.simulation.subject import Subject
from lobule.validate.check import COLLAGEN, DEATH, REMOVED_BY, Found
from lobule.validate.people import ETIOLOGIES, STAGES, untreated

COHORT = 300  # virtual patients of each cause
SEED = 1
VISITS = np.arange(0, 40.01, 0.25)  # years
SHARES_AT = (10, 20, 30)  # years
GONE = 25.0  # years of disease after which the virus of cohorts goes
WEEK = 7
DAYS = np.arange(0, 40 * WEEK + 1.0)
F3 = 11.5  # % collagen area: the middle of the third stage


@dataclass(frozen=True)
class Cohort:
    """Untreated patients of one cause. stage (n, n_visits) 0 to 4, collagen (n, n_visits) %, renewal a day alike."""

    collagen: NDArray[np.float64]
    renewal: NDArray[np.float64]

    @property
    def stage(self) -> NDArray[np.int64]:
        """Fibrosis stage reached by each visit, 0 to 4: untreated people do not get better."""
        return np.digitize(np.maximum.accumulate(self.collagen, axis=1), STAGES)

    def share(self, stage: int, years: float) -> float:
        """Of all, at that stage after so many years."""
        return float(np.mean(self.stage[:, np.searchsorted(VISITS, years)] == stage))

    def rate(self, lowest: int, highest: int, begin: float, end: float) -> float:
        """Patients who leave these stages upward, per year spent in them, between two years of disease."""
        seen = self.stage[:, (begin <= VISITS) & (end >= VISITS)]
        inside = (seen[:, :-1] >= lowest) & (seen[:, :-1] <= highest)
        return float((inside & (seen[:, 1:] > highest)).sum() / inside.sum() / (VISITS[1] - VISITS[0]))

    def progressed(self, stage: int, years: float) -> float:
        """Of the visits at a stage, those that are followed by a higher one so many years later."""
        later = round(years / (VISITS[1] - VISITS[0]))
        at = self.stage[:, :-later] == stage
        return float(np.mean(self.stage[:, later:][at] > stage))


def scar_checks() -> Found:
    """All of them."""
    for group in (_shares, _speed, _turnover, _regression, _cohorts_regress, _end, _weeks, _one_dose):
        yield from group()


def _solved(etiology: str, years: NDArray[np.float64], events: list[Event]) -> Cohort:
    varied = people(etiology, SEED, np.arange(COHORT))
    crowd = Crowd(model.compiled("human"))
    onset = cause(etiology, "human").events(None, [0.0], None)
    everyone = crowd.add_lanes(COHORT, years * YEAR, values_for("human"), factors=[varied], events=[*onset, *events])
    solved = crowd.solve([COLLAGEN, "collagen_renewal"], 1e-4)
    return Cohort(solved.values(everyone, COLLAGEN), solved.values(everyone, "collagen_renewal"))


@cache
def cohort(etiology: str) -> Cohort:
    """Forty years of untreated disease of patients who differ."""
    return _solved(etiology, VISITS, [])


def _shares() -> Found:
    for stage in range(5):
        for years in SHARES_AT:
            yield f"stages.hcv.year{years}.F{stage}", cohort("hcv").share(stage, years)
    for name in ("hbv", "hcv", "mash"):
        yield f"stages.{name}.year5.F0", cohort(name).share(0, 5)
    yield "stages.mash.never", cohort("mash").share(0, 30) + cohort("mash").share(1, 30)
    yield "stages.mash.stable", float(np.mean(cohort("mash").stage[:, 20] == cohort("mash").stage[:, 0]))


def _speed() -> Found:
    for stage in range(4):
        yield f"rate.hcv.F{stage}", cohort("hcv").rate(stage, stage, 0, 30)
    yield "rate.hbv.cirrhosis", cohort("hbv").rate(1, 3, 0, 30)
    yield "rate.alcohol.cirrhosis", cohort("alcohol").rate(1, 3, 0, 30)
    yield "rate.mash.F3", cohort("mash").progressed(3, 96 / 52)
    yield "rate.mash.stages", float(np.mean(cohort("mash").stage[:, 40]) / 10)
    c = untreated()
    for name in ETIOLOGIES:
        begin = [c.first_day(name, COLLAGEN, area) / YEAR for area in STAGES]
        yield f"speed.{name}", (begin[3] - begin[2]) / (begin[1] - begin[0])
    yield "speed.hcv.years", c.first_day("hcv", COLLAGEN, CIRRHOSIS) / YEAR


def _turnover() -> Found:
    c = untreated()
    for name in ETIOLOGIES:
        for stage, area in enumerate(STAGES, 1):
            yield f"turnover.{name}.F{stage}", 100 * c.at(name, "collagen_renewal", c.first_day(name, COLLAGEN, area))
    ill, visit = cohort("hcv"), np.searchsorted(VISITS, 20)
    worse, mild = (np.median(ill.renewal[ill.stage[:, visit] == stage, visit]) for stage in (3, 1))
    yield "turnover.worse", float(worse / mild)


@cache
def cured() -> Courses:
    """Each cause removed two years after cirrhosis, and weight loss at F3; thirty years from then at most."""
    c = untreated()
    who: dict[str, Subject] = {
        name: Patient(
            etiology=name, years=c.first_day(name, COLLAGEN, CIRRHOSIS) / YEAR + 2, treated_with=(REMOVED_BY[name],)
        )
        for name in ETIOLOGIES
    }
    years = c.first_day("mash", COLLAGEN, F3) / YEAR
    who["mash F3"] = Patient(etiology="mash", years=years, treated_with=(REMOVED_BY["mash"],))
    return run_courses(who, np.arange(0, 75 * 12 + 1) / 12 * YEAR)


def _regression() -> Found:
    c, before = cured(), untreated()
    for name in ETIOLOGIES:
        day = before.first_day(name, COLLAGEN, CIRRHOSIS) + 2 * YEAR
        for years in (1, 2, 5):
            yield f"regression.{name}.year{years}", c.at(name, COLLAGEN, day + years * YEAR) / c.at(name, COLLAGEN, day)
        yield f"regression.{name}.year30", c.at(name, COLLAGEN, day + 30 * YEAR) / c.at(name, COLLAGEN, 0)
    day = before.first_day("mash", COLLAGEN, F3)
    yield "regression.mash.F3", _stage(c.at("mash F3", COLLAGEN, day)) - _stage(c.at("mash F3", COLLAGEN, day + YEAR))


def _stage(collagen: float) -> float:
    """Fibrosis stage as a number that grows evenly within a stage."""
    return float(np.interp(collagen, (2.5, *STAGES), range(len(STAGES) + 1)))


def _cohorts_regress() -> Found:
    """Cirrhotics of at most ten years whose virus goes 25 years after onset: no longer cirrhotic five years later."""
    for name in ("hbv", "hcv"):
        gone = Event(EVERYONE, GONE * YEAR, f"{name}_antiviral_efficacy", "set", 0.999)
        later = _solved(name, np.array([GONE + 5.0]), [gone])
        before = cohort(name).stage
        ill = (before[:, np.searchsorted(VISITS, GONE)] == 4) & (before[:, np.searchsorted(VISITS, GONE - 10)] < 4)
        yield f"regression.{name}.cohort", float(np.mean(later.stage[ill, 0] < 4))


def _end() -> Found:
    """Decline that goes on: INR twenty years after cirrhosis over that ten years after it."""
    c = untreated()
    for name in ("hbv", "alcohol", "autoimmune"):
        day = c.first_day(name, COLLAGEN, CIRRHOSIS)
        yield f"end.{name}", c.at(name, "inr", day + 20 * YEAR) / c.at(name, "inr", day + 10 * YEAR)


@cache
def weeks() -> Courses:
    """Animals under a toxin for weeks, and after it, by the day."""
    subjects: dict[str, Subject] = {}
    for n in (4, 8, 12, 16):
        subjects[f"ccl4 {n}"] = Animal("mouse", injury="ccl4", weeks=n)
        subjects[f"thioacetamide {n}"] = Animal("mouse", injury="thioacetamide", weeks=n)
    for n in (4, 12, 15):
        subjects[f"ccl4 rat {n}"] = Animal("rat", injury="ccl4", weeks=n)
    subjects["thioacetamide rat 14"] = Animal("rat", injury="thioacetamide", weeks=14)
    subjects["once"] = Animal("mouse", injury="ccl4", injury_dose="1 mL/kg")
    return run_courses(subjects, DAYS)


def _left(name: str, days: float) -> float:
    """Share of the excess collagen that is left so many days after the last week of a toxin."""
    end = WEEK * int(name.split()[-1])
    later, before = (weeks().at(name, "collagen_fold", day) - 1 for day in (end + days, end))
    return later / before


def _weeks() -> Found:
    c = weeks()
    for toxin in ("ccl4", "thioacetamide"):
        for n in (4, 8, 12, 16):
            yield f"weeks.{toxin}.{n}", c.at(f"{toxin} {n}", "collagen_fold", WEEK * n)
            yield f"weeks.{toxin}.{n}.left", _left(f"{toxin} {n}", 8 * WEEK)
    dead = 1 - np.exp(-c("ccl4 12", DEATH))
    yield "weeks.ccl4.12.dead", float(dead[24 * WEEK])
    yield "weeks.thioacetamide.rat.dead", float(1 - np.exp(-c.at("thioacetamide rat 14", DEATH, 14 * WEEK)))
    yield "weeks.ccl4.rat.4.left", _left("ccl4 rat 4", 28)
    yield "weeks.ccl4.rat.15", c.at("ccl4 rat 15", COLLAGEN, 15 * WEEK)
    yield "weeks.ccl4.rat.15.left", _left("ccl4 rat 15", 8 * WEEK)
    yield "weeks.thioacetamide.rat.14.left", _left("thioacetamide rat 14", 80)
    yield "weeks.longer", _left("ccl4 16", 60) / _left("ccl4 4", 60)
    yield "weeks.stable", _left("thioacetamide 12", 8 * WEEK) / _left("ccl4 12", 8 * WEEK)


def _one_dose() -> Found:
    scar = weeks().fold("once", "collagen_fold")
    for n in (1, 2, 4):
        yield f"once.week{n}", scar[WEEK * n]
