"""Acute-on-chronic and acute liver failure, encephalopathy and bleeding in people without the new therapy."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.patient import Cohort, Patient
from lobule.patient.precipitants import WATCHED, solved
from lobule.patient.published import ACLF
from lobule.scores.clinic import CIRRHOSIS, clinical, organ_failures_of
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import COLLAGEN, DEATH, REMOVED_BY, Found
from lobule.validate.people import PRESSURE, YEAR, untreated

if TYPE_CHECKING:
    import pandas as pd

Values = NDArray[np.float64]
STRUCK = 90  # patients of each etiology
ETIOLOGIES = ("alcohol", "hbv")
AFTER = np.unique(np.concatenate([np.arange(0, 29, 7.0), [60, 90, 168, 365.0]]))
ORGANS = ("kidney", "brain", "lung", "circulation", "coagulation", "liver")
FLARE = "viral_flare"
SICK = 0.5  # of a grade of encephalopathy, from which a clinic calls it one
DOSES = tuple(range(200, 701, 25))  # mg/kg of acetaminophen
FULMINANT = {"viral_flare": (100, 200, 400, 800, 1600), "drug_injury": (100, 200, 400, 800, 1600)}  # % of the usual


def aclf_checks() -> Found:
    """All of them."""
    for group in (_mortality, _failed_organs, _hepatitis_b, _recovery, _complications, _acute_liver_failure):
        yield from group()


@cache
def struck(etiology: str, criteria: str | None = None) -> tuple[pd.DataFrame, dict[str, Values]]:
    """Patients with acute-on-chronic failure on the day of enrolment, and their courses after it at `AFTER`."""
    cohort = Cohort.sample(STRUCK, etiology, stage=ACLF, like=None, criteria=criteria)
    return cohort.table, solved(cohort.table, cohort.seed, AFTER, WATCHED, from_now=REMOVED_BY[etiology])


def _dead(values: dict[str, Values], who: NDArray[np.bool_], day: float) -> float:
    hazard = values[DEATH][who]
    return float(np.mean(-np.expm1(hazard[:, 0] - hazard[:, int(np.searchsorted(AFTER, day))])))


def _everyone() -> tuple[dict[str, Values], NDArray[np.bool_], NDArray[np.bool_]]:
    """All struck but flares of hepatitis B, whose failures are graded by other rules: courses, who counts, infected."""
    tables, courses = zip(*(struck(name) for name in ETIOLOGIES), strict=True)
    values = {name: np.concatenate([c[name] for c in courses]) for name in WATCHED}
    cause = np.concatenate([t["precipitant"].to_numpy(str) for t in tables])
    return values, cause != FLARE, cause == "infection"


def _mortality() -> Found:
    values, counts, _ = _everyone()
    grade = organ_failures_of({name: v[:, 0] for name, v in values.items()})["grade"]
    for level in (1, 2, 3):
        for day in (28, 90):
            yield f"aclf.grade{level}.day{day}", _dead(values, counts & (grade == level), day)
    for day in (7, 14, 28, 60, 90):
        yield f"aclf.any.day{day}", _dead(values, counts & (grade >= 1), day)
    for level, share in enumerate((grade[counts & (grade >= 1)] == x).mean() for x in (1, 2, 3)):
        yield f"aclf.share.grade{level + 1}", float(share)


def _failed_organs() -> Found:
    values, counts, infected = _everyone()
    first = {name: v[:, 0] for name, v in values.items()}
    failed = organ_failures_of(first)
    sick = counts & (failed["grade"] >= 1)
    for name, who in (("infected", sick & infected), ("other", sick & ~infected)):
        for organ in ORGANS:
            limit = 2 if organ == "kidney" else 3
            yield f"aclf.{name}.{organ}", float(np.mean(failed[organ][who] >= limit))
        yield f"aclf.{name}.bilirubin", float(np.median(first["bilirubin"][who]))
        yield f"aclf.{name}.inr", float(np.median(first["inr"][who]))
        yield f"aclf.{name}.creatinine", float(np.median(first["creatinine"][who]))
    yield "aclf.il_6", float(np.median(first["il_6"][sick]))
    yield "aclf.ammonia", float(np.median(first["ammonia"][sick]))


def _hepatitis_b() -> Found:
    """As a trial enrols them: jaundice of ten times the limit and INR 1.5 (Lin 2017)."""
    table, values = struck("hbv", "bilirubin >= 171 and inr >= 1.5")
    flare = table["precipitant"].to_numpy(str) == FLARE
    for name in ("bilirubin", "inr", "creatinine", "alt"):
        yield f"aclf.hbv.{name}", float(np.median(values[name][flare, 0]))
    yield "aclf.hbv.day28", _dead(values, np.ones(len(table), bool), 28)
    yield "aclf.hbv.day168", _dead(values, np.ones(len(table), bool), 168)
    hazard = values["cumulative_infection_hazard"]
    share = -np.expm1(hazard[:, 0] - hazard[:, int(np.searchsorted(AFTER, 168))])
    yield "aclf.hbv.infection", float(share.mean())


def _recovery() -> Found:
    """Who lives leaves failure behind, in part; a healthy person bears the same infection."""
    values, counts, _ = _everyone()
    at = int(np.searchsorted(AFTER, 28))
    first, later = ({name: v[:, k] for name, v in values.items()} for k in (0, at))
    sick = counts & (organ_failures_of(first)["grade"] >= 1)
    alive = np.exp(values[DEATH][:, 0] - values[DEATH][:, at])
    gone = organ_failures_of(later)["grade"] == 0
    yield "aclf.resolved", float((alive * gone)[sick].sum() / alive[sick].sum())
    times = np.arange(0.0, 91)
    c = run_courses({"healthy": Patient(), "infected": Patient(etiology="infection")}, times)
    yield "aclf.healthy.organs", float(np.max(c("infected", "organ_failures") - c("healthy", "organ_failures")))
    yield "aclf.healthy.death", float(c("infected", DEATH)[-1] - c("healthy", DEATH)[-1])
    before = untreated().first_day("alcohol", "ascites", 1.0) / YEAR
    sober = Patient(etiology="alcohol", years=before, treated_with=("abstinence",))
    hit = Patient(etiology="alcohol", years=before, treated_with=("abstinence",), precipitant="alcohol_binge",
                  precipitant_dose="150 %")  # fmt: skip
    day = sober.history_days + np.array([0, 183.0])
    c = run_courses({"sober": sober, "struck": hit}, day)
    yield "aclf.trace", float(c("sober", "functional_mass")[1] - c("struck", "functional_mass")[1])


def _complications() -> Found:
    """Overt encephalopathy and variceal bleeding a year, by stage and pressure."""
    c = untreated()
    day = c.first_day("alcohol", COLLAGEN, CIRRHOSIS)
    wet = {name: c.first_day(name, "ascites", 2.0) for name in ("alcohol", "hbv")}

    def share(name: str, hazard: str, begin: float) -> float:
        return float(-np.expm1(c.at(name, hazard, begin) - c.at(name, hazard, begin + YEAR)))

    yield "encephalopathy.compensated", share("alcohol", "cumulative_encephalopathy_hazard", day)
    yield "encephalopathy.decompensated", share("alcohol", "cumulative_encephalopathy_hazard", wet["alcohol"])
    yield "encephalopathy.ammonia", c.at("alcohol", "ammonia", wet["alcohol"])
    grade = c("alcohol", "encephalopathy_grade")
    score = clinical({n: c("alcohol", n) for n in (*_OF_STAGE,)})["child_pugh"]
    yield "encephalopathy.child_a", float(grade[score <= 6].max())
    late = grade[(score >= 10) & np.isfinite(grade)]
    yield "encephalopathy.child_c", float(late.max()) if late.size else float("nan")
    yield "bleeding.alcohol.first_year", share("alcohol", "cumulative_bleeding_hazard", day)
    low = c.first_day("hbv", PRESSURE, 10.0)
    yield "bleeding.hvpg10", share("hbv", "cumulative_bleeding_hazard", low - YEAR)
    yield "bleeding.ascites", share("alcohol", "cumulative_bleeding_hazard", wet["alcohol"])


_OF_STAGE = ("albumin", "inr", "bilirubin", "creatinine", "sodium", "ascites", "encephalopathy_grade", COLLAGEN)


@cache
def overdoses() -> Courses:
    """Acetaminophen by dose, with N-acetylcysteine some hours later, and flares of a healthy liver; half days."""
    who: dict[str, Subject] = {
        f"{dose}": Patient(etiology="acetaminophen", intensity=f"{dose} mg/kg") for dose in (100, 150, *DOSES, 900)
    }
    for name, doses in FULMINANT.items():
        who |= {f"{name} {dose}": Patient(etiology=name, intensity=f"{dose} %") for dose in doses}
    return run_courses(who, np.arange(0, 61, 0.5))


def _acute_liver_failure() -> Found:
    c = overdoses()
    sick = [str(dose) for dose in DOSES if _failing(c, str(dose))]
    yield "alf.acetaminophen.harmless", float(c("150", "alt").max())
    yield "alf.acetaminophen.alt", float(np.median([c(n, "alt").max() for n in sick])) if sick else float("nan")
    yield "alf.acetaminophen.alt_day", c.peak_day("400", "alt")
    yield "alf.acetaminophen.dose", float(sick[0]) / 100 if sick else float("nan")
    yield "alf.acetaminophen.survival", _alive(c, sick)
    yield "alf.acetaminophen.huge", _alive(c, ["900"])
    for name, doses in FULMINANT.items():
        yield f"alf.{name}.survival", _alive(c, [n for dose in doses if _failing(c, n := f"{name} {dose}")])
    untreated_peak = c("400", "alt").max()
    for hours in (4, 24):
        yield f"alf.acetylcysteine.{hours}h", float(_rescued(hours).max() / untreated_peak)


def _failing(c: Courses, name: str) -> bool:
    """INR of 1.5 and an encephalopathy within the course: acute liver failure."""
    return bool(c(name, "inr").max() >= 1.5 and c(name, "encephalopathy_grade").max() >= SICK)


def _alive(c: Courses, names: list[str]) -> float:
    """Share alive without a transplant after 21 days, each dose counting once."""
    return float(np.mean([np.exp(-c.at(name, DEATH, 21.0)) for name in names])) if names else float("nan")


def _rescued(hours: float) -> Values:
    """ALT after 400 mg/kg with the usual infusion of N-acetylcysteine from some hours on."""
    from lobule.engine.events import EVERYONE, Event

    drip = [Event(EVERYONE, hours / 24 + k / 6, "n_acetylcysteine", "add", dose)
            for k, dose in enumerate([150.0, 50.0, *[16.0] * 16])]  # fmt: skip
    taken = Patient(etiology="acetaminophen", intensity="400 mg/kg")
    return run_courses({"taken": taken}, np.arange(0, 8, 0.25), events={"taken": drip})("taken", "alt")
