"""Inflammation and acute injury of animals, and cytokines of people by stage: `wanted/acute.csv`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal
from lobule.patient.patient import YEAR
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import DEATH, Found
from lobule.validate.people import meld, untreated

HOURS = np.arange(0, 14 * 24 + 1) / 24
WEEKS = np.arange(0, 24 * 7 + 0.5, 0.5)
INJURIES = {
    "lps": "endotoxin",
    "concanavalin_a": "concanavalin_a",
    "acetaminophen": "acetaminophen",
    "ccl4": "ccl4",
    "ischaemia": "ischaemia_reperfusion",
}
SPARED = (1, 6, 12, 36)  # hours after acetaminophen at which phagocytes stop killing wounded cells
ALBUMIN = {"compensated": 38, "decompensated": 31}  # g/L, by which a stage is told here
LATE = 38.5  # day of the twelfth dose of CCl4


def acute_checks() -> Found:
    """All of them."""
    for group in (_clocks, _tolerance, _wounded, _doses, _repeated_ccl4, _diets, _stages):
        yield from group()


@cache
def single() -> Courses:
    """One injury, two weeks by the hour."""
    subjects: dict[str, Subject] = {name: Animal("mouse", injury=injury) for name, injury in INJURIES.items()}
    subjects["ccl4"] = Animal("mouse", injury="ccl4", injury_dose="1 mL/kg")
    subjects |= {f"spared at {hour} h": Animal("mouse", injury="acetaminophen") for hour in SPARED}
    subjects["two lps"] = Animal("mouse", injury="endotoxin")
    for dose in (0.2, 0.5, 2, 5):
        subjects[f"ccl4 {dose}"] = Animal("mouse", injury="ccl4", injury_dose=f"{dose} mL/kg")
    for dose in (150, 600, 750):
        subjects[f"acetaminophen {dose}"] = Animal("mouse", injury="acetaminophen", injury_dose=f"{dose} mg/kg")
    subjects["ccl4 rat"] = Animal("rat", injury="ccl4", injury_dose="0.75 mL/kg")
    subjects["acetaminophen rat"] = Animal("rat", injury="acetaminophen", injury_dose="1000 mg/kg")
    events = {f"spared at {hour} h": [Event(EVERYONE, hour / 24, "wounded_death_rate", "set", 0.0)] for hour in SPARED}
    events["two lps"] = [replace(event, time=event.time + 1) for event in subjects["lps"].events()]
    return run_courses(subjects, HOURS, events=events)


def _clocks() -> Found:
    c = single()
    for name in INJURIES:
        hour = {o: 24 * c.peak_day(name, o) for o in ("tnf_alpha", "il_6", "il_1_beta", "il_10")}
        yield f"clock.{name}.tnf.hour", hour["tnf_alpha"]
        yield f"clock.{name}.tnf.fold", c.fold(name, "tnf_alpha").max()
        yield f"clock.{name}.il_6.hour", hour["il_6"]
        yield f"clock.{name}.il_6.later", hour["il_6"] - hour["tnf_alpha"]
    for name in ("acetaminophen", "ccl4"):
        yield f"clock.{name}.il_1_beta.hour", 24 * c.peak_day(name, "il_1_beta")
        yield f"clock.{name}.il_10.later", 24 * (c.peak_day(name, "il_10") - c.peak_day(name, "il_6"))
    yield "clock.lps.il_10.hour", 24 * c.peak_day("lps", "il_10")
    at = [12, 24, 48]
    ratio = c.fold("acetaminophen", "tnf_alpha")[at] / c.fold("acetaminophen", "il_6")[at]
    yield "clock.ratio_moves", ratio.max() / ratio.min()


def _tolerance() -> Found:
    tnf = single()("two lps", "tnf_alpha")
    yield "tolerance.second_lps", (tnf[24:34].max() - 1) / (tnf[:12].max() - 1)
    alone = single().fold("lps", "tnf_alpha")
    yield "tolerance.undershoot", alone.min()


def _wounded() -> Found:
    c = single()
    peak = c("acetaminophen", "alt").max()
    left = {hour: c(f"spared at {hour} h", "alt").max() / peak for hour in SPARED}
    for hour, share in left.items():
        yield f"wounded.spared.{hour}h", share
    yield "wounded.less_and_less", np.diff(list(left.values())).min()
    healthy = run_courses({"healthy": Animal("mouse")}, HOURS[::24])
    yield "wounded.healthy", healthy("healthy", "wounded_hepatocytes").max()


def _doses() -> Found:
    c = single()
    peaks = [c.fold(f"ccl4{dose}", "alt").max() for dose in (" 0.2", " 0.5", "", " 2")]
    yield "dose.ccl4.alt", np.diff(np.log(peaks)).min()
    for dose, name in ((1, "ccl4"), (5, "ccl4 5")):
        yield f"dose.ccl4.dead.{dose}", 1 - np.exp(-c(name, DEATH)[7 * 24])
    yield "dose.acetaminophen.small", c.fold("acetaminophen 150", "alt").max()
    for dose, name in ((300, "acetaminophen"), (750, "acetaminophen 750")):
        yield f"dose.acetaminophen.dead.{dose}", 1 - np.exp(-c(name, DEATH)[7 * 24])
    back = [_back(c, name) for name in ("ccl4", "acetaminophen 600")]
    yield "dose.small_heals_first", back[1] / back[0]
    yield "rat.ccl4.hour", 24 * c.peak_day("ccl4 rat", "alt")
    yield "rat.acetaminophen.hour", 24 * c.peak_day("acetaminophen rat", "alt")
    yield "rat.acetaminophen.60h", c.fold("acetaminophen rat", "alt")[60] / c.fold("acetaminophen rat", "alt").max()


def _back(c: Courses, name: str) -> float:
    """Day from which on 95 % of the hepatocytes are there."""
    missing = np.flatnonzero(c.fold(name, "living_hepatocytes") < 0.95)
    return float(c.times[missing[-1] + 1]) if missing[-1] + 1 < len(c.times) else float("inf")


@cache
def weekly() -> Courses:
    """Repeated toxins and diets, half a year by half days."""
    subjects: dict[str, Subject] = {
        "ccl4": Animal("mouse", injury="ccl4", weeks=6),
        "ccl4 for good": Animal("mouse", injury="ccl4", weeks=12),
        "high fat": Animal("mouse", injury="high_fat_diet"),
        "high fat rat": Animal("rat", injury="high_fat_diet"),
        "choline": Animal("mouse", injury="choline_deficiency", weeks=8),
    }
    return run_courses(subjects, WEEKS)


def _repeated_ccl4() -> Found:
    c = weekly()
    alt = c.fold("ccl4", "alt")
    late = alt[(c.times >= LATE) & (c.times < LATE + 3.5)].max()
    yield "repeated.late_dose", late
    yield "repeated.late_over_first", late / alt[c.times < 3.5].max()
    cyp2e1 = c("ccl4", "cyp2e1")
    yield "repeated.cyp2e1.lowest", cyp2e1[c.times < 3.5].min()
    yield "repeated.cyp2e1.back", c.at("ccl4", "cyp2e1", 42 + 28)
    alive = np.exp(-c("ccl4 for good", DEATH))
    yield "repeated.alive", alive[-1]


def _diets() -> Found:
    c = weekly()
    for week in (1, 2, 4, 8):
        yield f"diet.rat.fat.{week}wk", c.fold("high fat rat", "liver_fat")[14 * week]
        yield f"diet.rat.alt.{week}wk", c.fold("high fat rat", "alt")[14 * week]
    fat = c.fold("high fat", "liver_fat") - 1
    yield "diet.mouse.slow", fat[14 * 4] / fat[14 * 16]
    yield "diet.mouse.alt", c.fold("high fat", "alt")[14 * 16]
    yield "diet.choline.1wk", c.fold("choline", "liver_fat")[14]


def _stages() -> Found:
    """Cytokines of people with cirrhosis: compensated (albumin 38 g/L), decompensated (31 g/L), and IL-6 by MELD."""
    c = untreated()
    for name in ("alcohol", "hbv"):
        days = {stage: c.first_day_below(name, "albumin", low / 43) for stage, low in ALBUMIN.items()}
        for stage, day in days.items():
            for output in ("tnf_alpha", "il_6", "il_10"):
                yield f"stage.{name}.{stage}.{output}", c.at(name, output, day) if np.isfinite(day) else np.nan
        ratios = [c.at(name, "tnf_alpha", day) / c.at(name, "il_6", day) for day in (5 * YEAR, *days.values())]
        yield f"stage.{name}.ratio_moves", max(ratios) / min(ratios)
    score, il_6 = meld(c, "alcohol"), c("alcohol", "il_6")
    for low in (8, 12.5, 17.5, 22.5):
        above = np.flatnonzero(score > low)
        yield f"stage.il_6.meld_{low:g}", il_6[above[0]] if above.size else np.nan
