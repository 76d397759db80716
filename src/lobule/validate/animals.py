"""Animal injuries without therapy: facts A1 to A9."""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import DEATH, Found

HOURS = np.arange(0, 10 * 24 + 1) / 24
DAYS = np.arange(0, 141.0)


def animal_checks() -> Found:
    """All of them."""
    for group in (_hepatectomy, _acute_toxins, _immune_injury, _fibrosis, _other_fibrosis, _reserve):
        yield from group()


@cache
def acute() -> Courses:
    """Acute injuries, ten days by the hour."""
    nac = {"early": 1 / 24, "late": 0.5}
    subjects: dict[str, Subject] = {
        "hepatectomy": Animal("mouse", injury="partial_hepatectomy"),
        "hepatectomy rat": Animal("rat", injury="partial_hepatectomy"),
        "hepatectomy without IL-6": Animal("mouse", injury="partial_hepatectomy"),
        "ccl4": Animal("mouse", injury="ccl4", injury_dose="1 mL/kg"),
        "ccl4 1.5": Animal("mouse", injury="ccl4", injury_dose="1.5 mL/kg"),
        "acetaminophen": Animal("mouse", injury="acetaminophen"),
        **{f"acetaminophen, {when} NAC": Animal("mouse", injury="acetaminophen") for when in nac},
        "lps": Animal("mouse", injury="endotoxin"),
        "lps/galn": Animal("mouse", injury="lps_galactosamine"),
        "cona": Animal("mouse", injury="concanavalin_a"),
        "cona without T cells": Animal("mouse", injury="concanavalin_a"),
        "cona without macrophages": Animal("mouse", injury="concanavalin_a"),
        "ligation": Animal("mouse", injury="bile_duct_ligation"),
        "ischaemia": Animal("mouse", injury="ischaemia_reperfusion"),
        **{
            f"resection {share}": Animal("mouse", injury="partial_hepatectomy", injury_dose=f"{share} %")
            for share in (70, 80, 85, 90, 95)
        },
    }
    events = {
        f"acetaminophen, {when} NAC": [Event(EVERYONE, t, "n_acetylcysteine", "add", 300.0)] for when, t in nac.items()
    }
    few = ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages", "restorative_macrophages")
    events["cona without macrophages"] = [Event(EVERYONE, 0.0, name, "multiply", 0.02) for name in few]
    events["cona without T cells"] = [
        Event(EVERYONE, 0.0, "effector_t_cells", "set", 0.0),
        Event(EVERYONE, 0.0, "effector_turnover", "set", 0.0),
    ]
    events["hepatectomy without IL-6"] = [
        Event(EVERYONE, 0.0, "il_6", "set", 0.0),
        Event(EVERYONE, 0.0, "il_6_clearance", "set", 0.0),
    ]
    return run_courses(subjects, HOURS, events=events)


def _hepatectomy() -> Found:
    c = acute()
    for name, species in (("hepatectomy", "mouse"), ("hepatectomy rat", "rat")):
        mass = c.fold(name, "living_hepatocytes")
        for day in (7, 10):
            yield f"A1.{species}.day{day}", mass[day * 24]
    for name in ("hepatectomy", "hepatectomy rat"):
        yield f"A1.{name.replace(' ', '.')}.division", 24 * c.peak_day(name, "division_fold")
    later, sooner = (_regrown(c, name) for name in ("hepatectomy without IL-6", "hepatectomy"))
    yield "A1.il_6", later / sooner


def _regrown(c: Courses, name: str) -> float:
    """Day on which 70 % of the mass is back."""
    mass = c.fold(name, "living_hepatocytes")
    back = np.flatnonzero(mass[1:] >= 0.7)
    return float(c.times[back[0] + 1]) if back.size else float("inf")


def _acute_toxins() -> Found:
    c = acute()
    for name in ("ccl4", "ccl4 1.5"):
        alt, key = c.fold(name, "alt"), "A2." + name.replace(" ", ".")
        yield f"{key}.alt.hour", 24 * c.peak_day(name, "alt")
        yield f"{key}.alt.fold", alt.max()
        yield f"{key}.alt.day7", alt[7 * 24]
        yield f"{key}.necrosis", 1 - c.fold(name, "living_hepatocytes").min()
    gsh, alt = c("acetaminophen", "glutathione"), c.fold("acetaminophen", "alt")
    yield "A3.glutathione", gsh[:3].min()
    yield "A3.alt.hour", 24 * c.peak_day("acetaminophen", "alt")
    yield "A3.alt.day7", alt[7 * 24]
    for when in ("early", "late"):
        yield f"A3.nac.{when}", c.fold(f"acetaminophen, {when} NAC", "alt").max() / alt.max()
    yield "A8.bilirubin", c.fold("ligation", "bilirubin")[72]
    yield "ischaemia.alt.hour", 24 * c.peak_day("ischaemia", "alt")
    yield "ischaemia.necrosis", 1 - c.fold("ischaemia", "living_hepatocytes").min()


def _immune_injury() -> Found:
    c = acute()
    early = c.fold("lps/galn", "tnf_alpha")[:13]
    yield "A4.tnf.hour", float(early[:7].argmax())
    yield "A4.tnf.fold", early.max()
    yield "A4.tnf.back", c("lps", "tnf_alpha")[8] / c("lps", "tnf_alpha").max()
    died = 1 - np.exp(-c("lps/galn", DEATH))
    yield "A4.death", died[24]
    yield "A4.death.hours", (died[12] - died[6]) / max(died[24], 1e-9)
    yield "A4.lps", c.fold("lps", "alt").max()
    yield "A5.tnf.hour", float(c("cona", "tnf_alpha")[:7].argmax())
    yield "A5.ifn.hour", 24 * c.peak_day("cona", "ifn_gamma")
    yield "A5.alt.hour", 24 * c.peak_day("cona", "alt")
    full = c.fold("cona", "alt").max() - 1
    for without in ("T cells", "macrophages"):
        rise = c.fold(f"cona without {without}", "alt").max() - 1
        yield f"A5.without.{without.replace(' ', '_')}", rise / full


@cache
def chronic() -> Courses:
    """Chronic injuries of animals, twenty weeks by the day."""
    few = ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages", "restorative_macrophages")
    subjects: dict[str, Subject] = {
        "ccl4 4 wk": Animal("mouse", injury="ccl4", weeks=4),
        "ccl4 6 wk": Animal("mouse", injury="ccl4", weeks=6),
        "ccl4 8 wk": Animal("mouse", injury="ccl4", weeks=8),
        "ccl4 rat": Animal("rat", injury="ccl4", weeks=6),
        "depleted in injury": Animal("mouse", injury="ccl4", weeks=6),
        "depleted in recovery": Animal("mouse", injury="ccl4", weeks=6),
        "second course": Animal("mouse", injury="ccl4", weeks=6),
        "thioacetamide": Animal("mouse", injury="thioacetamide", weeks=16),
        "ligation": Animal("mouse", injury="bile_duct_ligation"),
        "choline": Animal("mouse", injury="choline_deficiency", weeks=8),
        "high fat": Animal("mouse", injury="high_fat_diet"),
    }
    events = {"second course": [Event(EVERYONE, 70 + 3.5 * i, "ccl4_depot", "add", 0.5) for i in range(12)]}
    for name, first, last in (("depleted in injury", 14, 42), ("depleted in recovery", 43, 71)):
        events[name] = [
            Event(EVERYONE, float(day), cells, "multiply", 0.3) for day in range(first, last, 2) for cells in few
        ]
    return run_courses(subjects, DAYS, events=events)


def _fibrosis() -> Found:
    c = chronic()
    for weeks in (4, 6, 8):
        yield f"A6.collagen.{weeks}wk", c.fold(f"ccl4 {weeks} wk", "collagen_fold")[7 * weeks]
    yield "A6.collagen.rat", c.fold("ccl4 rat", "collagen_fold")[42]
    sooner, later = (_days_to_half_scar(c, weeks) for weeks in (6, 8))
    yield "A6.half", sooner
    yield "A6.half.longer", later / sooner
    activated = c("ccl4 6 wk", "activated_stellate_cells")
    yield "A6.myofibroblasts", activated[42] / activated[70]
    ratio = c("ccl4 6 wk", "m2_m1_ratio")
    yield "A6.m1.injury", ratio[41] / ratio[0]
    yield "A6.m2.resolution", ratio[42:57].max() / ratio[41]
    for when, day in (("injury", 42), ("recovery", 71)):
        scar, usual = (c.at(name, "collagen_fold", day) for name in (f"depleted in {when}", "ccl4 6 wk"))
        yield f"A6.depletion.{when}", scar / usual
    course = c.fold("second course", "activated_stellate_fold")
    yield "A7", course[77] / course[7]


def _days_to_half_scar(c: Courses, weeks: int) -> float:
    """Days after so many weeks of CCl4 until half of the excess collagen is gone."""
    excess = c.fold(f"ccl4 {weeks} wk", "collagen_fold") - 1
    gone = np.flatnonzero((c.times > 7 * weeks + 3) & (excess < excess.max() / 2))
    return float(c.times[gone[0]] - 7 * weeks) if gone.size else float("inf")


def _other_fibrosis() -> Found:
    c = chronic()
    for weeks in (2, 4):
        yield f"A8.ligation.{weeks}wk", c.fold("ligation", "collagen_fold")[7 * weeks]
    scar = c.fold("thioacetamide", "collagen_fold")
    yield "A8.thioacetamide.slower", scar[28] / c.fold("ccl4 4 wk", "collagen_fold")[28]
    yield "A8.thioacetamide", scar[84]
    fat = c("choline", "liver_fat")
    yield "A9.fat", fat[21] / fat[0]
    yield "A9.alt", c.fold("choline", "alt")[28]
    yield "A9.scar", c.fold("choline", "collagen_fold")[55]
    yield "high_fat.scar", c.fold("high fat", "collagen_fold")[-1]


def _reserve() -> Found:
    c = acute()
    name = "resection 85"
    fall = {o: c.first_day_below(name, o, 0.8) for o in ("factor_7", "factor_2", "albumin")}
    yield "reserve.order.factor_7", fall["factor_7"] / fall["albumin"]
    yield "reserve.order.factor_2", fall["factor_7"] / fall["factor_2"]
    bilirubin = c.first_day(name, "bilirubin", 1.5 * c(name, "bilirubin")[0])
    yield "reserve.order.bilirubin", bilirubin / fall["albumin"]
    for share in (70, 80, 90, 95):
        yield f"reserve.death.{share}", 1 - np.exp(-c(f"resection {share}", DEATH)[7 * 24])
