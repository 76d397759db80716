"""Disease of bile ducts: PBC and PSC untreated and under ursodeoxycholic acid, ALP and GGT, the ligated duct."""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.patient import Animal, Patient
from lobule.patient.history import STEP, Histories, histories
from lobule.patient.lives import Usual, lives
from lobule.patient.onset import onset_ages
from lobule.patient.outlook import transplantation_rate
from lobule.patient.patient import YEAR
from lobule.scores.clinic import CIRRHOSIS, clinical
from lobule.simulation.courses import Courses, run_courses
from lobule.validate.check import COLLAGEN, DEATH, Found
from lobule.validate.people import untreated

PEOPLE = 500  # virtual patients of each disease
YEARS = np.arange(0, 30 * 12 + 1) / 12 * YEAR
DAYS = np.arange(0, 57.0)
TREATED = 5.0  # years of untreated disease before ursodeoxycholic acid
FOUND = 180.0  # U/L of ALP at which a disease without symptoms can be found: 1.5 times the upper limit
# chance a year to be found before and in cirrhosis, and decompensated; PSC is looked for in bowel disease; assumed
FOUND_BY_CHANCE = Usual("ursodeoxycholic acid", 0.0, 0.15, 0.15, 0.3, 4.0)
FOLLOWED = 7.9  # years, NN170
JAUNDICED = 94.0  # umol/L, middle of the fourth fifth of bilirubin in the trial
BY_BILIRUBIN = {13.0: 77.0, 20.5: 119.0, 45.0: 142.0, 94.0: 145.0}  # umol/L: AST, medians of the trial's train people
LIGATED = {5: 226.0, 10: 201.0, 15: 178.0, 28: 145.0}  # day: bilirubin of rats, umol/L


def bile_checks() -> Found:
    """All of them."""
    for group in (_pbc, _populations, _care, _other_causes, _ligation):
        yield from group()


@cache
def cholestatic() -> Courses:
    """The usual person with each disease, by the month; with and without ursodeoxycholic acid after some years."""
    subjects = {name: Patient(etiology=name) for name in ("pbc", "psc")}
    care = {
        f"{name} treated": Patient(etiology=name, years=TREATED, treated_with=("ursodeoxycholic acid",))
        for name in subjects
    }
    return run_courses(subjects | care, YEARS)


def _pbc() -> Found:
    c = cholestatic()
    for bilirubin in BY_BILIRUBIN:
        yield f"pbc.ast.{bilirubin:g}", c.at("pbc", "ast", c.first_day("pbc", "bilirubin", bilirubin))
    day = c.first_day("pbc", "bilirubin", JAUNDICED)
    for output in ("albumin", "inr", "platelets"):
        yield f"pbc.jaundiced.{output}", c.at("pbc", output, day)
    day = c.first_day("pbc", "bilirubin", 60.0)
    for output in ("alp", "ggt", "alt", "bile_acids"):
        yield f"pbc.icteric.{output}", c.at("pbc", output, day)
    early = c.first_day("pbc", "alp", FOUND)
    yield "pbc.found.bilirubin", c.at("pbc", "bilirubin", early)
    yield "pbc.found.ast", c.at("pbc", "ast", early)


@cache
def _people(name: str) -> Histories:
    return histories(name, PEOPLE)


def _since(people: Histories, output: str, level: float) -> np.ndarray:
    """Visit at which an output first reaches a level, (n,); -1 for never."""
    reached = people.values[output] >= level
    return np.where(reached.any(axis=1), reached.argmax(axis=1), -1)


def _alive(people: Histories, start: np.ndarray, years: float) -> float:
    """Share alive some years after a visit of each who has it."""
    rows = np.flatnonzero(start >= 0)
    hazard = people.values[DEATH].astype(float)
    later = np.minimum(start[rows] + round(years / people.years[1]), hazard.shape[1] - 1)
    return float(np.nanmean(np.exp(hazard[rows, start[rows]] - hazard[rows, later])))


def _median(people: Histories, start: np.ndarray) -> float:
    """Years until half are dead."""
    years = np.arange(0, 40, 0.25)
    return float(years[np.argmax([_alive(people, start, float(y)) < 0.5 for y in years])])


def _populations() -> Found:
    pbc, psc = _people("pbc"), _people("psc")
    found = _since(pbc, "alp", FOUND)
    yield "pbc.median.found", _median(pbc, found)
    yield "pbc.median.symptoms", _median(pbc, _since(pbc, "bilirubin", 20.5))
    yield "pbc.median.bilirubin6", _median(pbc, _since(pbc, "bilirubin", 6 * 17.104))
    scar, cirrhosis = _since(pbc, COLLAGEN, 4.0), _since(pbc, COLLAGEN, CIRRHOSIS)
    both = (scar >= 0) & (cirrhosis >= 0)
    yield "pbc.stages", 3 / float(np.median(pbc.years[cirrhosis[both]] - pbc.years[scar[both]]))
    yield "psc.dead", _dead_or_transplanted("psc", FOLLOWED)
    yield "psc.median", _median(psc, _since(psc, "alp", FOUND))


def _dead_or_transplanted(name: str, years: float) -> float:
    """Share of untreated people some years after their disease was found by chance, from the first raised ALP on.

    Livers are offered by MELD-Na and age.
    """
    people = lives(name, PEOPLE, usual=FOUND_BY_CHANCE)
    first = _since(people, "alp", FOUND)
    rows = np.flatnonzero(np.isfinite(people.found) & (first >= 0) & np.isfinite(people.values[DEATH][:, -1]))
    start = np.maximum(first[rows], np.round(people.found[rows] / STEP).astype(int))
    meld_na, age = clinical(dict(people.values))["meld_na"], onset_ages(people.varied)[:, None] + people.years
    lost = people.values[DEATH] + np.cumsum(transplantation_rate(meld_na, age) * STEP, axis=1)
    later = np.minimum(start + round(years / STEP), lost.shape[1] - 1)
    alive = np.exp(-lost[rows, start])
    return 1 - float(np.average(np.exp(lost[rows, start] - lost[rows, later]), weights=alive))


def _care() -> Found:
    c, day = cholestatic(), (TREATED + 2) * YEAR
    for output in ("alp", "ggt", "alt"):
        for name in ("pbc", "psc"):
            yield f"udca.{name}.{output}", c.at(f"{name} treated", output, day) / c.at(name, output, day)
    later = 20 * YEAR
    for name in ("pbc", "psc"):
        risk, treated = (
            c.at(who, DEATH, later) - c.at(who, DEATH, TREATED * YEAR) for who in (name, f"{name} treated")
        )
        yield f"udca.{name}.death", treated / risk


def _other_causes() -> Found:
    c = untreated()
    for name in c.names:
        day = c.first_day(name, COLLAGEN, CIRRHOSIS)
        for output in ("alp", "ggt"):
            yield f"{output}.{name}", c.at(name, output, day)


@cache
def ligated() -> Courses:
    """A ligated duct, eight weeks by the day."""
    return run_courses({s: Animal(s, injury="bile_duct_ligation") for s in ("mouse", "rat")}, DAYS)


def _ligation() -> Found:
    c = ligated()
    for day in LIGATED:
        yield f"ligation.rat.bilirubin.{day}", c.at("rat", "bilirubin", day)
    yield "ligation.mouse.bilirubin", float(c("mouse", "bilirubin")[:8].max())
    yield "ligation.alt.day", c.peak_day("mouse", "alt")
    yield "ligation.alt.falls", c.at("mouse", "alt", 14) / float(c("mouse", "alt").max())
    yield "ligation.alp", float(c.fold("mouse", "alp")[7])
    yield "ligation.inr", c.at("mouse", "inr", 28)
    yield "ligation.rat.pressure", c.at("rat", "hepatic_venous_pressure_gradient", 28)
