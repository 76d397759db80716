"""Size and regrowth: resections of every size in mouse and rat, donors, and facts that nothing was set to."""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.model.causes import cause
from lobule.patient import Animal, Patient
from lobule.scores.clinic import CIRRHOSIS
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import COLLAGEN, DEATH, Found
from lobule.validate.people import untreated

HOURS = np.arange(0, 28 * 24 + 1) / 24
DONOR_DAYS = np.concatenate([np.arange(0, 30 * 24) / 24, np.arange(30, 366.0)])
FACTORS = ("factor_2", "factor_5", "factor_7", "factor_10")
MASS = "living_hepatocytes"
RESECTION = "partial_hepatectomy"
SHARES = (30, 50, 60, 70, 85, 86, 90)  # % resected, rodents
GIVEN = (20, 37, 51, 55, 61, 66.7, 75, 85)  # % resected, people
TOXINS = {"ccl4": ("0.3 mL/kg", "1 mL/kg", "1.5 mL/kg"), "acetaminophen": ("150 mg/kg", "300 mg/kg", "600 mg/kg")}
SECOND = 21.0  # day of a second resection


def regeneration_checks() -> Found:
    """All of them."""
    for group in (_first_hours, _without_il_6, _by_size, _twice, _neighbours, _donors):
        yield from group()
    for group in (_in_cirrhosis, _cirrhotic_rats, _other_donors, _animals_set_aside, _donors_set_aside):
        yield from group()


def resection(day: float, removed: float) -> list[Event]:
    """What takes away a share of the liver (0 to 1) on a day."""
    return [Event(EVERYONE, day, name, "multiply", 1 - removed) for name in cause(RESECTION, "mouse").targets]


@cache
def rodents() -> Courses:
    """Resections and single doses of toxins, four weeks by the hour."""
    subjects: dict[str, Subject] = {
        f"{species} {share}": Animal(species, injury=RESECTION, injury_dose=f"{share} %")
        for species in ("mouse", "rat")
        for share in SHARES
    }
    for toxin, doses in TOXINS.items():
        subjects |= {f"{toxin} {dose}": Animal("mouse", injury=toxin, injury_dose=dose) for dose in doses}
    subjects |= dict.fromkeys(("without IL-6", "twice"), subjects["mouse 70"])
    knock_out = [Event(EVERYONE, 0.0, name, "set", 0.0) for name in ("il_6", "il_6_clearance")]
    return run_courses(subjects, HOURS, events={"without IL-6": knock_out, "twice": resection(SECOND, 0.7)})


@cache
def donors() -> Courses:
    """Healthy people after a resection, a month by the hour and a year by the day."""
    return run_courses({f"{share}": Patient(etiology=RESECTION, intensity=f"{share} %") for share in GIVEN}, DONOR_DAYS)


def dead(c: Courses, name: str, day: float) -> float:
    """Share that has died by a day."""
    return float(1 - np.exp(-c.at(name, DEATH, day)))


def healed(c: Courses, name: str) -> float:
    """Day on which 95 % of the mass is there again; infinity when it never is."""
    return again(c, name, MASS)


def again(c: Courses, name: str, output: str, share: float = 0.95) -> float:
    """Day from which on, after its lowest, an output is back at this share of its start; infinity when it never is."""
    course = c.fold(name, output)
    low = int(course[1:].argmin()) + 1
    back = np.flatnonzero(course[low:] >= share)
    return float(c.times[low + back[0]]) if back.size else float("inf")


def grown(c: Courses, name: str, day: float) -> float:
    """Mass on a day over that before the resection."""
    return float(np.interp(day, c.times, c.fold(name, MASS)))


def growth(c: Courses, removed: float, day: float) -> float:
    """Growth of what was left, in % of it, of people who lost `removed` percent."""
    left = 1 - removed / 100
    return 100 * (grown(c, f"{removed:g}", day) - left) / left


def _first_hours() -> Found:
    """Within hours of two thirds resected: cytokines and HGF rise, the remnant leaks, ALT is back within days."""
    c = rodents()
    for species in ("mouse", "rat"):
        name = f"{species} 70"
        for output, hours in (("tnf_alpha", 12), ("il_6", 24), ("hgf", 6)):
            course = c.fold(name, output)[: hours + 1]
            yield f"R.{species}.{output}.fold", course.max()
        yield f"R.{species}.il_6.hour", 24 * c.peak_day(name, "il_6")
        yield f"R.{species}.il_6.day3", c.fold(name, "il_6")[72]
        alt = c.fold(name, "alt")
        yield f"R.{species}.alt.24h", alt[24]
        yield f"R.{species}.alt.day4", alt[96] / alt.max()
        yield f"R.{species}.collagen", c.fold(name, "collagen_fold")[14 * 24]


def _without_il_6() -> Found:
    """Without IL-6 S phase is late, not absent."""
    c = rodents()
    with_it, without = c.fold("mouse 70", "division_fold"), c.fold("without IL-6", "division_fold")
    yield "R.without_il_6.delay", float(without.argmax() - with_it.argmax())
    yield "R.without_il_6.day1", without[24] / with_it[24]
    yield "R.without_il_6.mass", c.fold("without IL-6", MASS)[10 * 24]


def _by_size() -> Found:
    """The larger, the later: S phase, healing of single doses, death."""
    c = rodents()
    for species in ("mouse", "rat"):
        peak = {share: c.fold(f"{species} {share}", "division_fold") for share in (30, 70, 90)}
        yield f"R.{species}.small", peak[30].max() / peak[70].max()
        for share in (30, 50, 70, 90):
            yield f"R.{species}.dead.{share}", dead(c, f"{species} {share}", 7)
    for toxin, doses in TOXINS.items():
        days = [healed(c, f"{toxin} {dose}") for dose in doses]
        yield f"R.{toxin}.heals", days[1]
        for larger in (1, 2):
            yield f"R.{toxin}.order.{larger}", days[larger] - days[larger - 1]


def _twice() -> Found:
    """A second resection regrows as the first did."""
    c = rodents()
    mass = c.fold("twice", MASS)
    start = int(SECOND * 24)
    yield "R.twice.day7", mass[start + 7 * 24] / mass[start]


def _neighbours() -> Found:
    """Macrophages and stellate cells are renewed with the organ: cells for what there is of it."""
    c = rodents()
    for species in ("mouse", "rat"):
        for cells in ("kupffer_cells", "stellate_cells"):
            density = c.fold(f"{species} 70", cells) / c.fold(f"{species} 70", MASS)
            yield f"R.{species}.{cells}.day14", density[14 * 24]


def _donors() -> Found:
    """What the ward sees of a donor of the right lobe, and how little liver is enough."""
    c = donors()
    name = "61"
    for output in ("bilirubin", "inr"):
        values = c(name, output)[: 30 * 24]
        yield f"R.donor.{output}.day", float(c.times[values.argmax()])
        yield f"R.donor.{output}.falls", (values[10 * 24] - values[0]) / (values.max() - values[0])
    alt = c.fold(name, "alt")
    yield "R.donor.alt", alt[: 3 * 24].max()
    yield "R.donor.alt.day10", alt[10 * 24]
    for share in (61, 75, 85):
        yield f"R.people.dead.{share}", dead(c, str(share), 90)


def _in_cirrhosis() -> Found:
    """Of half a liver taken away, what is back after a month: cirrhosis and old age over a healthy liver."""
    cirrhosis = untreated().first_day("hbv", COLLAGEN, CIRRHOSIS)
    back = {}
    sets = {"old": {"age_at_onset": 80.0}}
    for name, patient, begin in (
        ("healthy", Patient(), 1.0),
        ("old", Patient(), 1.0),
        ("cirrhosis", Patient(etiology="hbv"), cirrhosis),
    ):
        times, events = np.array([0.0, begin, begin + 30]), {name: resection(begin, 0.5)}
        c = run_courses({name: patient}, times, events=events, sets=sets)
        _, before, after = c(name, MASS)
        back[name] = (after / before - 0.5) / 0.5
    for name in ("cirrhosis", "old"):
        yield f"R.{name}.day30", back[name] / back["healthy"]


def _cirrhotic_rats() -> Found:
    """Two thirds of a liver of nine weeks of CCl4 taken away, a day after the last dose."""
    day = 64.0
    times = np.array([0.0, day, day + 10])
    c = run_courses({"rat": Animal("rat", injury="ccl4", weeks=9)}, times, events={"rat": resection(day, 0.7)})
    hazard = c("rat", DEATH)
    yield "R.cirrhosis.QC0026", 1 - np.exp(hazard[1] - hazard[2])


def _other_donors() -> Found:
    """Growth of the remnant of donors that nothing was set to (looked at once with the prototype of this structure)."""
    c = donors()
    for letter, day in zip("abcd", (7, 14, 28, 91), strict=True):
        yield f"R.bio-C135{letter}", growth(c, 66.7, day)
    yield "R.bio-C136", growth(c, 61, 10)


def _donors_set_aside() -> Found:
    """Rows of physiology_2.csv that were set aside before the first search."""
    c = donors()
    for row, removed, day in (("PP008", 55, 30), ("PP009", 55, 182), ("PP011", 51, 365), ("PP014", 61, 10),
                              ("PP015", 61, 365)):  # fmt: skip
        yield f"aside.{row}", 100 * grown(c, str(removed), day)
    for row, removed in (("PP049", 61), ("PP050", 37), ("PP051", 20)):
        yield f"aside.{row}", growth(c, removed, 7) / 100
    work = c.fold("61", "functional_mass") / c.fold("61", "organ_size")
    yield "aside.PP016", 100 * (work[10 * 24] - 1)
    yield "aside.PP017", again(c, "61", "albumin", 0.97)


def _animals_set_aside() -> Found:
    """Rows of animal_courses.csv that were set aside before the first search."""
    c = rodents()
    name = "rat 70"
    yield "aside.QC0027", c.fold(name, "functional_mass")[1]
    yield "aside.QC0028", 24 * again(c, name, "functional_mass")
    yield "aside.QC0029", np.mean([c(name, factor)[12] for factor in FACTORS])
    yield "aside.QC0030", 24 * max(again(c, name, factor) for factor in FACTORS)
    peak = {share: 24 * c.peak_day(f"rat {share}", "division_fold") for share in (70, 85, 90)}
    yield "aside.QC0031", peak[85]
    yield "aside.QC0032", peak[70]
    yield "aside.QC0210", peak[90] - peak[70]
    yield "aside.QC0058", c.fold(name, MASS)[10 * 24]
    yield "aside.QC0061", 1 - np.exp(-np.trapezoid(c(name, "division_rate")[:73], c.times[:73]))
    divided = c(name, "division_rate")
    for row, day in (("QC0063", 2), ("QC0064", 3)):
        yield f"aside.{row}", divided[24 * day] / divided[24]
    mass = c(name, MASS)
    yield "aside.QC0067", float(c.times[1:][mass[1:] >= 0.95 * mass[-1]][0])
    yield "aside.QC0068", dead(c, "rat 86", 7)
    yield "aside.QC0102", 1 - dead(c, "mouse 70", 7)
    yield "aside.QC0103", 1 - dead(c, "without IL-6", 7)
    died = 1 - np.exp(-c("rat 90", DEATH)[: 7 * 24 + 1])
    yield "aside.QC0114", float(np.average(np.arange(0.5, 7 * 24), weights=np.diff(died)))
    for row, output in (("QC0115", "alt"), ("QC0116", "ast"), ("QC0117", "albumin"), ("QC0118", "bilirubin")):
        yield f"aside.{row}", c("mouse 60", output)[9 * 24]
    yield "aside.QC0119", healed(c, "mouse 70")
    hgf = c.fold(name, "hgf")
    yield "aside.QC0131", hgf[2]
    yield "aside.QC0133", float(np.flatnonzero(hgf >= 1.5)[0])
    yield "aside.QC0145", 1 - dead(c, "mouse 90", 7)
    yield "aside.QC0209", 1 - dead(c, "rat 90", 3)
