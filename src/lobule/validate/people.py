"""Disease of people without the new therapy: facts C1 to C15 and D1 to D4."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from lobule.patient import Patient
from lobule.patient.patient import YEAR
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.animals import acute
from lobule.validate.check import COLLAGEN, DEATH, REMOVED_BY, Check, check
from lobule.validate.prototype import meld

YEARS = np.arange(0, 60 * 12 + 1) / 12 * YEAR
PRESSURE = "hepatic_venous_pressure_gradient"
CIRRHOSIS = 14.0  # % collagen area: Ishak 5 (P080)
ADVANCED = 9.0  # % collagen area: Ishak 4 (P080)
YEARS_TO_CIRRHOSIS = {"hbv": (20, 30), "hcv": (20, 30), "mash": (20, 30), "alcohol": (8, 18), "autoimmune": (5, 18)}
LATE = (  # too late? name of the course, etiology, and the output whose level starts the treatment
    ("alcohol late", "alcohol", PRESSURE, 12.0),
    ("hcv late", "hcv", "ascites", 1.5),
)


def people_checks() -> Iterator[Check]:
    """All of them."""
    for group in (_natural_history, _labs_by_meld, _consequences, _removal, _dynamics, _donors):
        yield from group()


@cache
def untreated() -> Courses:
    """Each etiology untreated for sixty years, by the month."""
    return run_courses({name: Patient(etiology=name) for name in YEARS_TO_CIRRHOSIS}, YEARS)


def _natural_history() -> Iterator[Check]:
    c = untreated()
    for name, (low, high) in YEARS_TO_CIRRHOSIS.items():
        cirrhosis = c.first_day(name, COLLAGEN, CIRRHOSIS) / YEAR
        yield check(f"D2.{name}.cirrhosis", f"{name}: years to cirrhosis", low, high, cirrhosis, "D2")
        advanced = c.first_day(name, COLLAGEN, ADVANCED)
        if not np.isfinite(cirrhosis):
            continue
        for output, low_, high_ in (("albumin", 35, 52), ("inr", 0.9, 1.1), ("bilirubin", 2, 20)):
            yield check(
                f"D1.{name}.{output}",
                f"{name}: {output} at F3 (normal)",
                low_,
                high_,
                c.at(name, output, advanced),
                "D1",
            )
        day = cirrhosis * YEAR
        yield check(f"P082.{name}", f"{name}: HVPG at cirrhosis, mmHg", 8, 13, c.at(name, PRESSURE, day), "P082")
        yield check(
            f"P085.{name}",
            f"{name}: platelets at cirrhosis, 1e9/L (window assumed)",
            90,
            180,
            c.at(name, "platelets", day),
            "P085",
        )
        late = c.at(name, "albumin", day + 10 * YEAR) - c.at(name, "albumin", day + 5 * YEAR)
        early = c.at(name, "albumin", day) - c.at(name, "albumin", day - 5 * YEAR)
        yield check(
            f"D2.{name}.accelerates",
            f"{name}: fall of albumin 5-10 y after cirrhosis over that before it",
            1.0,
            100,
            late / min(early, -1e-6),
            "D2",
        )
    alt = {name: c.at(name, "alt", 0.5 * c.first_day(name, COLLAGEN, CIRRHOSIS)) for name in c.names}
    yield check(
        "causes.alt.autoimmune",
        "ALT: autoimmune over alcohol, mid-course (window assumed)",
        2,
        15,
        alt["autoimmune"] / alt["alcohol"],
        "D2",
    )
    ast = c.at("alcohol", "ast", 5 * YEAR) / c.at("alcohol", "alt", 5 * YEAR)
    yield check("causes.ast.alcohol", "alcohol: AST over ALT after 5 years (window assumed)", 1.2, 4, ast, "D2")
    end = c.first_day("hbv", COLLAGEN, CIRRHOSIS)
    yield check(
        "causes.alt.late",
        "hbv: ALT 15 years after cirrhosis over that at F3 (falls with mass)",
        0.3,
        0.97,
        c.at("hbv", "alt", end + 15 * YEAR) / c.at("hbv", "alt", c.first_day("hbv", COLLAGEN, 9)),
        "science README 3",
    )


# MELD: medians of 593 people at transplant evaluation, two thirds with alcohol (cohorts.csv, Leipzig)
LABS_BY_MELD = {
    8.0: {"albumin": 44.3, "inr": 1.1, "bilirubin": 12.7, "sodium": 139.5, "platelets": 154},
    12.5: {"albumin": 37.75, "inr": 1.25, "bilirubin": 29.9, "sodium": 138.0, "platelets": 105.5},
    17.5: {"albumin": 34.2, "inr": 1.5, "bilirubin": 58.7, "sodium": 136.8, "platelets": 99},
    22.5: {"albumin": 30.8, "inr": 1.76, "bilirubin": 90.5, "sodium": 134.1, "platelets": 91},
}
NEAR = {"albumin": 0.15, "inr": 0.15, "bilirubin": 0.4, "sodium": 0.02, "platelets": 0.3}  # assumed


def _labs_by_meld() -> Iterator[Check]:
    """Alcohol, untreated: the labs of a patient when MELD first reaches the middle of a class."""
    c = untreated()
    score = meld(c, "alcohol")
    for value, labs in LABS_BY_MELD.items():
        k = int(np.argmax(score >= value))
        for output, seen in labs.items():
            share = NEAR[output]
            what = f"alcohol at MELD {value:g}: {output} over the median of a cohort (share either way assumed)"
            found = c("alcohol", output)[k] / seen
            yield check(f"H.{value:g}.{output}", what, 1 - share, 1 + share, found, "cohorts.csv ameld")


def _risk(c: Courses, name: str, hazard: str, begin: float, years: float) -> float:
    return 1 - np.exp(-(c.at(name, hazard, begin + years * YEAR) - c.at(name, hazard, begin)))


def _consequences() -> Iterator[Check]:
    c = untreated()
    for name in c.names:
        day = c.first_day(name, COLLAGEN, CIRRHOSIS)
        if not np.isfinite(day) or day > 50 * YEAR:
            continue
        risk = _risk(c, name, "cumulative_decompensation_hazard", day, 5)
        yield check(f"C1.{name}", f"{name}: decompensation within 5 y of cirrhosis", 0.15, 0.35, risk, "C1")
        yield check(
            f"C2.{name}.compensated",
            f"{name}: death within 1 y of cirrhosis",
            0.005,
            0.05,
            _risk(c, name, DEATH, day, 1),
            "C2",
        )
        wet = c.first_day(name, "ascites", 1.5)
        if np.isfinite(wet) and wet < 58 * YEAR:
            yield check(
                f"C2.{name}.ascites",
                f"{name}: death within 1 y of ascites",
                0.13,
                0.3,
                _risk(c, name, DEATH, wet, 1),
                "C2",
            )
            yield check(
                f"P091.{name}", f"{name}: HVPG when ascites begins, mmHg", 10, 20, c.at(name, PRESSURE, wet), "P091"
            )
        yield check(
            f"N113.{name}",
            f"{name}: HCC a year in cirrhosis",
            0.008,
            0.04,
            _risk(c, name, "cumulative_hcc_hazard", day, 1),
            "N113",
        )
    scores = {name: meld(c, name) for name in c.names}
    for low, high, wanted in ((6, 10, 0.005), (10, 15, 0.041), (15, 20, 0.21), (20, 25, 0.41)):
        risks = [
            _death_90(c, name, k)
            for name in c.names
            for k in range(0, len(c.times) - 4)
            if low <= scores[name][k] < high
        ]
        found = float(np.median(risks)) if risks else float("nan")
        yield check(
            f"C3.meld{low}",
            f"90-day death at MELD {low} to {high} (Leipzig {wanted:g}, US lower)",
            wanted / 5,
            wanted * 1.5,
            found,
            "C3 N130 N132 N134 N136",
        )


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


def _removal() -> Iterator[Check]:
    c, before = removed(), untreated()
    start = {name: before.first_day(name, COLLAGEN, CIRRHOSIS) + 2 * YEAR for name in before.names}
    for name, day in start.items():
        if not np.isfinite(day) or day > 50 * YEAR:
            yield Check(
                f"D4.{name}", f"{name}: never reaches cirrhosis in 50 years", "cirrhosis", day / YEAR, False, "D4"
            )
            continue
        after = c.at(name, COLLAGEN, day + 5 * YEAR) / c.at(name, COLLAGEN, day)
        yield check(
            f"D4.{name}.scar",
            f"{name}: collagen 5 y after removal of the cause, over that before (partial)",
            0.5,
            0.92,
            after,
            "D4",
        )
        alt = c.at(name, "alt", day + YEAR) / before.at(name, "alt", day)
        yield check(f"D4.{name}.alt", f"{name}: ALT a year after removal over that before", 0.2, 0.8, alt, "C14")
    if np.isfinite(start["hcv"]):
        fall = c.at("hcv", PRESSURE, start["hcv"]) - c.at("hcv", PRESSURE, start["hcv"] + YEAR / 2)
        yield check("C15", "HCV cure: fall of HVPG in 24 weeks, mmHg", 1.0, 3.5, fall, "C15")
    if np.isfinite(start["hbv"]):
        five = c.at("hbv", COLLAGEN, start["hbv"] + 5 * YEAR)
        yield check(
            "D4.hbv.cirrhosis",
            "tenofovir for 5 years: collagen area, % (no longer cirrhotic)",
            3,
            CIRRHOSIS,
            five,
            "D4",
        )
    wanted = {
        "alcohol": ("C8", "abstinence at HVPG 12 mmHg: death within 3 y over drinking", 3, 0.26, 0.7),
        "hcv": ("D4.hcv.late", "HCV cure with ascites: death within 2 y over uncured (helps little; window assumed)",
                2, 0.55, 1.23),
    }  # fmt: skip
    for late, name, output, level in LATE:
        day = before.first_day(name, output, level)
        key, what, years, low, high = wanted[name]
        gain = _risk(c, late, DEATH, day, years) / _risk(before, name, DEATH, day, years)
        yield check(key, what, low, high, gain, "N074" if name == "alcohol" else "N028 N029")


STAGES = (4.0, 6.0, 9.0, 14.0)  # % collagen area at which F1, F2, F3, F4 begin (P080: Ishak 2 to 5)


def _stage(collagen: float) -> float:
    """Fibrosis stage as a number that grows evenly within a stage."""
    edges = (2.5, *STAGES)
    return float(np.interp(collagen, edges, range(len(edges))))


def _dynamics() -> Iterator[Check]:
    c, after = untreated(), removed()
    ten = _stage(c.at("mash", COLLAGEN, 10 * YEAR)) / 10
    yield check("C9", "MASH: stages a year over the first ten years", 0.07, 0.21, ten, "C9 N002")
    start = c.first_day("mash", COLLAGEN, CIRRHOSIS) + 2 * YEAR
    gain = _stage(c.at("mash", COLLAGEN, start)) - _stage(after.at("mash", COLLAGEN, start + YEAR))
    yield check(
        "C10",
        "MASH: stages gained a year after weight loss (45 % gain one or more: a half; window assumed)",
        0.2,
        1.0,
        gain,
        "C10 N119",
    )
    wet = c.first_day("hbv", "ascites", 1.5)
    alive = 1 - _risk(c, "hbv", DEATH, wet, 5)
    yield check("C6", "hepatitis B, decompensated, untreated: alive after 5 years", 0.14, 0.35, alive, "C6 N013")
    a = acute()
    alt = a("acetaminophen", "alt") - a("acetaminophen", "alt")[0]
    top = int(alt.argmax())
    yield check(
        "C14.alt",
        "mouse ALT after its peak: days to halve (mouse half-life 8 h, release goes on)",
        0.2,
        1.5,
        (np.flatnonzero(alt[top:] < alt[top] / 2)[0]) / 24,
        "C14 P055",
    )
    day = c.first_day("alcohol", COLLAGEN, CIRRHOSIS) + 2 * YEAR
    halves = {}
    for output in ("alt", "albumin", COLLAGEN):
        begin, end = after.at("alcohol", output, day), after.at("alcohol", output, day + 5 * YEAR)
        months = [
            k
            for k in range(1, 60)
            if abs(after.at("alcohol", output, day + k * YEAR / 12) - begin) >= abs(end - begin) / 2
        ]
        halves[output] = months[0]
    yield check(
        "C14.order",
        "abstinence: months until half of the change of collagen over that of ALT",
        2,
        100,
        halves[COLLAGEN] / halves["alt"],
        "C14",
    )


DONORS = {  # share of the liver that stays: {day: share of the original volume} (bio-C133, bio-C134); never used to fit
    42: {7: 0.51, 14: 0.57, 30: 0.64, 91: 0.74, 182: 0.77, 365: 0.81, 1461: 0.88},
    63: {7: 0.69, 14: 0.72, 30: 0.76, 91: 0.79, 182: 0.83, 365: 0.84, 1461: 0.91},
}


@cache
def donors() -> Courses:
    """Living donors, four years by the day."""
    subjects: dict[str, Subject] = {
        f"{rest} % left": Patient(etiology="partial_hepatectomy", intensity=f"{100 - rest} %") for rest in DONORS
    }
    return run_courses(subjects, np.arange(0, 1462.0))


def _donors() -> Iterator[Check]:
    c = donors()
    for rest, volumes in DONORS.items():
        for day, seen in volumes.items():
            found = c.fold(f"{rest} % left", "living_hepatocytes")[day]
            what = f"donor with {rest} % left: volume on day {day} over the original (seen {seen:g}, 15 % either way)"
            yield check(
                f"D3.{rest}.day{day}", what, round(0.85 * seen, 3), round(1.15 * seen, 3), found, "bio-C133 bio-C134"
            )
