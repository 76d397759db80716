"""How livers fail: pressure by stage, decompensation by years of cirrhosis, deaths of the liver and of other causes."""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.evidence import fact
from lobule.patient import Patient
from lobule.patient.patient import YEAR
from lobule.scores.clinic import CIRRHOSIS, clinical
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import COLLAGEN, DEATH, Found
from lobule.validate.people import (
    ETIOLOGIES,
    LABS_BY_MELD,
    OF_MELD,
    PRESSURE,
    STAGES,
    YEARS,
    meld,
    removed,
    untreated,
)

OTHER = "cumulative_other_death_hazard"
DECOMPENSATION = "cumulative_decompensation_hazard"
SLOW = ("hbv", "hcv", "mash")  # causes with normal labs ten years after the onset
OLD, YOUNG = 48.0, 25.0  # years at infection
CHILD_PUGH = {"a": (5, 7), "b": (7, 10), "c": (10, 16)}
MELD_CLASSES = ((6, 10), (10, 15), (15, 20), (20, 25), (25, 30))
LIFE_TABLE = {35: ("NN087", "NN109"), 75: ("NN095", "NN117")}  # death within a year, men and women


def failure_checks() -> Found:
    """All of them."""
    for group in (_other_causes, _before_cirrhosis, _pressure, _after_cure, _first_year, _by_class, _age_of_scar):
        yield from group()


def _liver_risk(c: Courses, name: str, begin: float, years: float) -> float:
    """Share that dies of the liver alone."""

    def of_liver(day: float) -> float:
        return c.at(name, DEATH, day) - c.at(name, OTHER, day)

    return -np.expm1(of_liver(begin) - of_liver(begin + years * YEAR))


def _risk(c: Courses, name: str, hazard: str, begin: float, years: float) -> float:
    return -np.expm1(-(c.at(name, hazard, begin + years * YEAR) - c.at(name, hazard, begin)))


@cache
def _healthy() -> Courses:
    subjects: dict[str, Subject] = {str(age): Patient(age=float(age)) for age in LIFE_TABLE}
    return run_courses(subjects, np.array([0.0, YEAR]))


def _other_causes() -> Found:
    """A year of healthy people beside the life table, and how much more the old die than the young."""
    c, died = _healthy(), {}
    for age, rows in LIFE_TABLE.items():
        died[age] = _risk(c, str(age), DEATH, 0.0, 1)
        yield f"failure.life_table.{age}", died[age] / float(np.mean([float(fact(row)["value"]) for row in rows]))
    yield "failure.life_table.age_ratio", died[75] / died[35]


def _before_cirrhosis() -> Found:
    c = untreated()
    for name in ETIOLOGIES:
        day = c.first_day(name, COLLAGEN, CIRRHOSIS)
        if name in SLOW:
            yield f"failure.dead_of_liver.{name}.10y", _liver_risk(c, name, 0.0, 10)
        yield f"failure.decompensated.{name}.first_day", -np.expm1(-c.at(name, DECOMPENSATION, day))
        yield f"failure.decompensated.{name}.a_year", -np.log1p(-_risk(c, name, DECOMPENSATION, day, 5)) / 5


def _pressure() -> Found:
    c = untreated()
    for name in ETIOLOGIES:
        for stage, area in enumerate(STAGES, start=1):
            yield f"failure.hvpg.{name}.f{stage}", c.at(name, PRESSURE, c.first_day(name, COLLAGEN, area))
        yield f"failure.platelets.{name}.f3", c.at(name, "platelets", c.first_day(name, COLLAGEN, STAGES[2]))


def _after_cure() -> Found:
    """The cause removed two years after cirrhosis: pressure goes in years, the spleen more slowly."""
    before, c = untreated(), removed()
    start = before.first_day("hcv", COLLAGEN, CIRRHOSIS) + 2 * YEAR
    yield "failure.cured.hcv.hvpg_24_weeks", c.at("hcv", PRESSURE, start) - c.at("hcv", PRESSURE, start + 168)
    yield "failure.cured.hcv.hvpg_96_weeks", c.at("hcv", PRESSURE, start + 672)
    start = before.first_day("alcohol", COLLAGEN, CIRRHOSIS) + 2 * YEAR
    yield "failure.cured.alcohol.platelets_5_years", c.at("alcohol", "platelets", start + 5 * YEAR)


def _first_year() -> Found:
    c = untreated()
    compensated = [_risk(c, name, DEATH, c.first_day(name, COLLAGEN, CIRRHOSIS), 1) for name in ETIOLOGIES]
    ascites = [_risk(c, name, DEATH, c.first_day(name, "ascites", 1.5), 1) for name in ETIOLOGIES]
    yield "failure.first_year.compensated", float(np.median(compensated))
    yield "failure.first_year.ascites", float(np.median(ascites))


def _by_class() -> Found:
    """Visits in cirrhosis alone, by the month, of all causes, each as likely as being alive at it: death by class of
    MELD and of Child-Pugh; and labs of the lowest class of MELD in drinkers."""
    c = untreated()
    risks: dict[str, list[tuple[float, float]]] = {}
    for name in ETIOLOGIES:
        hazard = c(name, DEATH)
        first = int(np.argmax(c(name, COLLAGEN) >= CIRRHOSIS))
        for k in range(first, len(YEARS) - 12):
            for label, months in _classes(name, k):
                risks.setdefault(label, []).append((np.exp(-hazard[k]), -np.expm1(hazard[k] - hazard[k + months])))
    for label, found in risks.items():
        weights, died = zip(*found, strict=True)
        yield f"failure.{label}", float(np.average(died, weights=weights))
    scores = meld(c, "alcohol")
    here = (scores >= 6) & (scores < 10) & (c("alcohol", COLLAGEN) >= CIRRHOSIS)
    for output, seen in LABS_BY_MELD[8.0].items():
        yield f"failure.meld6.{output}", float(np.median(c("alcohol", output)[here])) / seen


def _classes(name: str, k: int) -> list[tuple[str, int]]:
    """Classes of the month k of a course, and the months over which their deaths are counted."""
    score, points = _scores(name)
    found = [(f"death90.meld{low}", 3) for low, high in MELD_CLASSES if low <= score[k] < high]
    return found + [(f"child_pugh.{label}", 12) for label, (low, high) in CHILD_PUGH.items() if low <= points[k] < high]


@cache
def _scores(name: str) -> tuple[np.ndarray, np.ndarray]:
    """MELD and points of Child-Pugh along an untreated course."""
    c = untreated()
    return meld(c, name), clinical({output: c(name, output) for output in OF_MELD})["child_pugh"]


@cache
def _infected() -> Courses:
    subjects: dict[str, Subject] = {
        f"{age:g}": Patient(etiology="hcv", varied={"age_at_onset": age / 30.0}) for age in (YOUNG, OLD)
    }
    return run_courses(subjects, YEARS)


def _age_of_scar() -> Found:
    c = _infected()
    old, young = (c.first_day(f"{age:g}", COLLAGEN, CIRRHOSIS) for age in (OLD, YOUNG))
    yield "failure.age.years_to_cirrhosis", old / young
