"""Disease of people without the new therapy: facts C1 to C15 and D1 to D4."""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.patient import Patient
from lobule.patient.patient import YEAR
from lobule.scores.clinic import CIRRHOSIS, clinical
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.animals import acute
from lobule.validate.check import COLLAGEN, DEATH, REMOVED_BY, Found

YEARS = np.arange(0, 60 * 12 + 1) / 12 * YEAR
PRESSURE = "hepatic_venous_pressure_gradient"
ADVANCED = 9.0  # % collagen area: Ishak 4 (P080)
ETIOLOGIES = ("hbv", "hcv", "mash", "alcohol", "autoimmune")
OF_MELD = ("bilirubin", "inr", "creatinine", "albumin", "sodium", "ascites", "encephalopathy_grade", COLLAGEN)
LATE = (  # too late? name of the course, etiology, and the output whose level starts the treatment
    ("alcohol late", "alcohol", PRESSURE, 12.0),
    ("hcv late", "hcv", "ascites", 1.5),
)


def people_checks() -> Found:
    """All of them."""
    for group in (
        _natural_history,
        _enzymes,
        _labs_by_meld,
        _consequences,
        _death_by_meld,
        _removal,
        _dynamics,
        _donors,
    ):
        yield from group()


@cache
def untreated() -> Courses:
    """Each etiology untreated for sixty years, by the month."""
    return run_courses({name: Patient(etiology=name) for name in ETIOLOGIES}, YEARS)


def meld(c: Courses, name: str) -> np.ndarray:
    """MELD along a course, not rounded, (n_times,)."""
    return clinical({output: c(name, output) for output in OF_MELD})["meld"]


def _natural_history() -> Found:
    c = untreated()
    for name in ETIOLOGIES:
        day = c.first_day(name, COLLAGEN, CIRRHOSIS)
        yield f"D2.{name}.cirrhosis", day / YEAR
        if not np.isfinite(day):
            continue
        advanced = c.first_day(name, COLLAGEN, ADVANCED)
        for output in ("albumin", "inr", "bilirubin"):
            yield f"D1.{name}.{output}", c.at(name, output, advanced)
        yield f"P082.{name}", c.at(name, PRESSURE, day)
        yield f"P085.{name}", c.at(name, "platelets", day)
        late = c.at(name, "albumin", day + 10 * YEAR) - c.at(name, "albumin", day + 5 * YEAR)
        early = c.at(name, "albumin", day) - c.at(name, "albumin", day - 5 * YEAR)
        yield f"D2.{name}.accelerates", late / min(early, -1e-6)


def _enzymes() -> Found:
    c = untreated()
    alt = {name: c.at(name, "alt", 0.5 * c.first_day(name, COLLAGEN, CIRRHOSIS)) for name in c.names}
    yield "causes.alt.autoimmune", alt["autoimmune"] / alt["alcohol"]
    yield "causes.ast.alcohol", c.at("alcohol", "ast", 5 * YEAR) / c.at("alcohol", "alt", 5 * YEAR)
    end, advanced = (c.first_day("hbv", COLLAGEN, area) for area in (CIRRHOSIS, ADVANCED))
    yield "causes.alt.late", c.at("hbv", "alt", end + 15 * YEAR) / c.at("hbv", "alt", advanced)


# MELD: medians of 593 people at transplant evaluation, two thirds with alcohol (cohorts.csv, Leipzig)
LABS_BY_MELD = {
    8.0: {"albumin": 44.3, "inr": 1.1, "bilirubin": 12.7, "sodium": 139.5, "platelets": 154},
    12.5: {"albumin": 37.75, "inr": 1.25, "bilirubin": 29.9, "sodium": 138.0, "platelets": 105.5},
    17.5: {"albumin": 34.2, "inr": 1.5, "bilirubin": 58.7, "sodium": 136.8, "platelets": 99},
    22.5: {"albumin": 30.8, "inr": 1.76, "bilirubin": 90.5, "sodium": 134.1, "platelets": 91},
}


def _labs_by_meld() -> Found:
    """Alcohol, untreated: the labs of a patient when MELD first reaches the middle of a class."""
    c = untreated()
    score = meld(c, "alcohol")
    for value, labs in LABS_BY_MELD.items():
        k = int(np.argmax(score >= value))
        for output, seen in labs.items():
            yield f"H.{value:g}.{output}", c("alcohol", output)[k] / seen


def _risk(c: Courses, name: str, hazard: str, begin: float, years: float) -> float:
    return 1 - np.exp(-(c.at(name, hazard, begin + years * YEAR) - c.at(name, hazard, begin)))


def _consequences() -> Found:
    c = untreated()
    for name in c.names:
        day = c.first_day(name, COLLAGEN, CIRRHOSIS)
        if not np.isfinite(day) or day > 50 * YEAR:
            continue
        yield f"C1.{name}", _risk(c, name, "cumulative_decompensation_hazard", day, 5)
        yield f"C2.{name}.compensated", _risk(c, name, DEATH, day, 1)
        wet = c.first_day(name, "ascites", 1.5)
        if np.isfinite(wet) and wet < 58 * YEAR:
            yield f"C2.{name}.ascites", _risk(c, name, DEATH, wet, 1)
            yield f"P091.{name}", c.at(name, PRESSURE, wet)
        yield f"N113.{name}", _risk(c, name, "cumulative_hcc_hazard", day, 1)


def _death_by_meld() -> Found:
    c = untreated()
    scores = {name: meld(c, name) for name in c.names}
    for low, high in ((6, 10), (10, 15), (15, 20), (20, 25)):
        risks = [
            _death_90(c, name, k)
            for name in c.names
            for k in range(0, len(c.times) - 4)
            if low <= scores[name][k] < high
        ]
        yield f"C3.meld{low}", float(np.median(risks)) if risks else float("nan")


def _death_90(c: Courses, name: str, k: int) -> float:
    hazard = c(name, DEATH)
    return float(1 - np.exp(-(hazard[k + 3] - hazard[k])))


@cache
def removed() -> Courses:
    """Each etiology with its cause removed two years after cirrhosis, followed to sixty years; alcohol also when portal
    hypertension is clinically significant, and hepatitis C also when there is ascites."""
    c = untreated()
    years = {name: c.first_day(name, COLLAGEN, CIRRHOSIS) / YEAR + 2 for name in c.names}
    years |= {late: c.first_day(name, output, level) / YEAR for late, name, output, level in LATE}
    who = {name: name for name in c.names} | {late: name for late, name, _, _ in LATE}
    subjects: dict[str, Subject] = {
        key: Patient(etiology=name, years=min(years[key], 75.0), treated_with=(REMOVED_BY[name],))
        for key, name in who.items()
    }
    return run_courses(subjects, YEARS)


def _removal() -> Found:
    c, before = removed(), untreated()
    start = {name: before.first_day(name, COLLAGEN, CIRRHOSIS) + 2 * YEAR for name in before.names}
    start = {name: day for name, day in start.items() if np.isfinite(day) and day <= 50 * YEAR}
    for name, day in start.items():
        yield f"D4.{name}.scar", c.at(name, COLLAGEN, day + 5 * YEAR) / c.at(name, COLLAGEN, day)
        yield f"D4.{name}.alt", c.at(name, "alt", day + YEAR) / before.at(name, "alt", day)
    if "hcv" in start:
        yield "C15", c.at("hcv", PRESSURE, start["hcv"]) - c.at("hcv", PRESSURE, start["hcv"] + YEAR / 2)
    if "hbv" in start:
        yield "D4.hbv.cirrhosis", c.at("hbv", COLLAGEN, start["hbv"] + 5 * YEAR)
    followed = {"alcohol": ("C8", 3), "hcv": ("D4.hcv.late", 2)}
    for late, name, output, level in LATE:
        day = before.first_day(name, output, level)
        key, years = followed[name]
        yield key, _risk(c, late, DEATH, day, years) / _risk(before, name, DEATH, day, years)


STAGES = (4.0, 6.0, 9.0, 14.0)  # % collagen area at which F1, F2, F3, F4 begin (P080: Ishak 2 to 5)


def _stage(collagen: float) -> float:
    """Fibrosis stage as a number that grows evenly within a stage."""
    edges = (2.5, *STAGES)
    return float(np.interp(collagen, edges, range(len(edges))))


def _dynamics() -> Found:
    c, after = untreated(), removed()
    yield "C9", _stage(c.at("mash", COLLAGEN, 10 * YEAR)) / 10
    start = c.first_day("mash", COLLAGEN, CIRRHOSIS) + 2 * YEAR
    yield "C10", _stage(c.at("mash", COLLAGEN, start)) - _stage(after.at("mash", COLLAGEN, start + YEAR))
    wet = c.first_day("hbv", "ascites", 1.5)
    yield "C6", 1 - _risk(c, "hbv", DEATH, wet, 5)
    a = acute()
    alt = a("acetaminophen", "alt") - a("acetaminophen", "alt")[0]
    top = int(alt.argmax())
    yield "C14.alt", (np.flatnonzero(alt[top:] < alt[top] / 2)[0]) / 24
    day = c.first_day("alcohol", COLLAGEN, CIRRHOSIS) + 2 * YEAR
    yield "C14.order", _months_to_half(after, COLLAGEN, day) / _months_to_half(after, "alt", day)


def _months_to_half(c: Courses, output: str, day: float) -> float:
    """Months of abstinence until half of the change of five years has come."""
    begin, end = c.at("alcohol", output, day), c.at("alcohol", output, day + 5 * YEAR)
    return next(
        k for k in range(1, 60) if abs(c.at("alcohol", output, day + k * YEAR / 12) - begin) >= abs(end - begin) / 2
    )


SEEN_DAYS = (7, 14, 30, 91, 182, 365, 1461)  # volume of donors (bio-C133, bio-C134); size in people is set to them
LEFT = (42, 63)  # % of the liver that stays


@cache
def donors() -> Courses:
    """Living donors, four years by the day."""
    subjects: dict[str, Subject] = {
        f"{rest} % left": Patient(etiology="partial_hepatectomy", intensity=f"{100 - rest} %") for rest in LEFT
    }
    return run_courses(subjects, np.arange(0, 1462.0))


def _donors() -> Found:
    c = donors()
    for rest in LEFT:
        for day in SEEN_DAYS:
            yield f"D3.{rest}.day{day}", c.fold(f"{rest} % left", "living_hepatocytes")[day]
