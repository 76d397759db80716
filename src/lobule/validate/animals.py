"""Animal injuries without therapy: facts A1 to A9."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.validate.check import DEATH, Check, check

HOURS = np.arange(0, 10 * 24 + 1) / 24
DAYS = np.arange(0, 141.0)


def animal_checks() -> Iterator[Check]:
    """All of them."""
    for group in (_hepatectomy, _acute_toxins, _immune_injury, _fibrosis, _reserve):
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


def _hepatectomy() -> Iterator[Check]:
    c = acute()
    for name, species in (("hepatectomy", "mouse"), ("hepatectomy rat", "rat")):
        mass = c.fold(name, "living_hepatocytes")
        for day in (7, 10):
            yield check(
                f"A1.{species}.day{day}",
                f"{species}, two thirds resected: mass on day {day} over normal",
                0.75,
                1.1,
                mass[day * 24],
                "A1",
            )
    for name, low, high in (("hepatectomy", 30, 54), ("hepatectomy rat", 18, 30)):
        peak = 24 * c.peak_day(name, "division_fold")
        yield check(
            f"A1.{name.replace(' ', '.')}.division", f"{name}: hour of the peak of division", low, high, peak, "A1"
        )
    later, sooner = (_regrown(c, name) for name in ("hepatectomy without IL-6", "hepatectomy"))
    yield check("A1.il_6", "without IL-6: days to 70 % mass over those with it", 1.15, 5, later / sooner, "A1")


def _regrown(c: Courses, name: str) -> float:
    """Day on which 70 % of the mass is back."""
    mass = c.fold(name, "living_hepatocytes")
    back = np.flatnonzero(mass[1:] >= 0.7)
    return float(c.times[back[0] + 1]) if back.size else float("inf")


def _acute_toxins() -> Iterator[Check]:
    c = acute()
    for name in ("ccl4", "ccl4 1.5"):
        alt, key = c.fold(name, "alt"), "A2." + name.replace(" ", ".")
        yield check(
            f"{key}.alt.hour", f"{name} mL/kg once: hour of the ALT peak", 24, 48, 24 * c.peak_day(name, "alt"), "A2"
        )
        yield check(f"{key}.alt.fold", f"{name} once: ALT peak, fold", 30, 400, alt.max(), "A2")
        yield check(f"{key}.alt.day7", f"{name} once: ALT on day 7, fold (near normal)", 0, 4, alt[7 * 24], "A2")
        lost = 1 - c.fold(name, "living_hepatocytes").min()
        yield check(f"{key}.necrosis", f"{name} once: share of hepatocytes lost", 0.2, 0.4, lost, "A2")
    gsh, alt = c("acetaminophen", "glutathione"), c.fold("acetaminophen", "alt")
    yield check("A3.glutathione", "acetaminophen 300 mg/kg: lowest glutathione within 2 h", 0, 0.2, gsh[:3].min(), "A3")
    hour = 24 * c.peak_day("acetaminophen", "alt")
    yield check("A3.alt.hour", "acetaminophen: hour of the ALT peak", 12, 24, hour, "A3")
    yield check("A3.alt.day7", "acetaminophen: ALT on day 7, fold (recovered)", 0, 3, alt[7 * 24], "A3")
    for when, low, high in (("early", 0, 0.5), ("late", 0.9, 1.05)):
        ratio = c.fold(f"acetaminophen, {when} NAC", "alt").max() / alt.max()
        what = {"early": "1 h", "late": "12 h (negative)"}[when]
        yield check(f"A3.nac.{when}", f"N-acetylcysteine at {what}: ALT peak over untreated", low, high, ratio, "A3")
    bilirubin = c.fold("ligation", "bilirubin")
    yield check("A8.bilirubin", "bile duct ligation: bilirubin on day 3, fold", 3, 100, bilirubin[72], "A8")
    mass = c.fold("ischaemia", "living_hepatocytes").min()
    yield check(
        "ischaemia.alt.hour",
        "ischaemia-reperfusion: hour of the ALT peak (window assumed)",
        6,
        24,
        24 * c.peak_day("ischaemia", "alt"),
        "T12",
    )
    yield check("ischaemia.necrosis", "ischaemia-reperfusion: share lost (window assumed)", 0.1, 0.5, 1 - mass, "T12")


def _immune_injury() -> Iterator[Check]:
    c = acute()
    tnf = c.fold("lps/galn", "tnf_alpha")
    early = tnf[:13]
    yield check("A4.tnf.hour", "LPS/galactosamine: hour of the first TNF peak", 1, 2, float(early[:7].argmax()), "A4")
    yield check("A4.tnf.fold", "LPS/galactosamine: TNF peak, fold", 10, 30, early.max(), "bio-C114")
    yield check(
        "A4.tnf.back",
        "LPS alone: TNF at 8 h over its peak",
        0,
        0.25,
        c("lps", "tnf_alpha")[8] / c("lps", "tnf_alpha").max(),
        "A4",
    )
    died = 1 - np.exp(-c("lps/galn", DEATH))
    yield check("A4.death", "LPS/galactosamine: share dead by 24 h", 0.5, 1, died[24], "A4")
    within = (died[12] - died[6]) / max(died[24], 1e-9)
    yield check(
        "A4.death.hours", "LPS/galactosamine: of the deaths by 24 h, those from 6 to 12 h", 0.5, 1, within, "A4"
    )
    yield check(
        "A4.lps", "LPS without galactosamine: ALT peak, fold (negative)", 0, 3, c.fold("lps", "alt").max(), "A4"
    )
    yield check(
        "A5.tnf.hour",
        "concanavalin A: hour of the TNF peak within 6 h",
        1,
        3,
        float(c("cona", "tnf_alpha")[:7].argmax()),
        "A5",
    )
    yield check(
        "A5.ifn.hour", "concanavalin A: hour of the IFN-gamma peak", 4, 8, 24 * c.peak_day("cona", "ifn_gamma"), "A5"
    )
    yield check("A5.alt.hour", "concanavalin A: hour of the ALT peak", 8, 24, 24 * c.peak_day("cona", "alt"), "A5")
    full = c.fold("cona", "alt").max() - 1
    for without in ("T cells", "macrophages"):
        share = (c.fold(f"cona without {without}", "alt").max() - 1) / full
        yield check(
            f"A5.without.{without.replace(' ', '_')}",
            f"concanavalin A without {without}: rise of ALT over the full",
            -1,
            0.1,
            share,
            "A5",
        )


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


def _fibrosis() -> Iterator[Check]:
    c = chronic()
    for weeks in (4, 6, 8):
        fold = c.fold(f"ccl4 {weeks} wk", "collagen_fold")[7 * weeks]
        yield check(f"A6.collagen.{weeks}wk", f"CCl4 for {weeks} weeks: collagen, fold", 3, 6, fold, "A6")
    yield check(
        "A6.collagen.rat", "CCl4 for 6 weeks, rat: collagen, fold", 3, 6, c.fold("ccl4 rat", "collagen_fold")[42], "A6"
    )
    halves = {}
    for weeks in (6, 8):
        excess = c.fold(f"ccl4 {weeks} wk", "collagen_fold") - 1
        gone = np.flatnonzero((c.times > 7 * weeks + 3) & (excess < excess.max() / 2))
        halves[weeks] = float(c.times[gone[0]] - 7 * weeks) if gone.size else float("inf")
    yield check(
        "A6.half", "days after 6 weeks of CCl4 until half of the excess collagen is gone", 28, 56, halves[6], "A6"
    )
    yield check("A6.half.longer", "the same after 8 weeks over that after 6", 1.0, 3, halves[8] / halves[6], "A6")
    activated = c("ccl4 6 wk", "activated_stellate_cells")
    yield check(
        "A6.myofibroblasts",
        "fall of myofibroblasts in 28 d after CCl4, fold",
        6,
        24,
        activated[42] / activated[70],
        "bio-C009",
    )
    ratio = c("ccl4 6 wk", "m2_m1_ratio")
    yield check("A6.m1.injury", "M2/M1 under CCl4 over health (M1 dominate)", 0, 0.9, ratio[41] / ratio[0], "A6")
    yield check(
        "A6.m2.resolution",
        "M2/M1 within 14 d of the last dose over that under CCl4",
        1.5,
        100,
        ratio[42:57].max() / ratio[41],
        "A6",
    )
    for when, day, low, high in (("injury", 42, 0, 0.95), ("recovery", 71, 1.05, 5)):
        ratio_ = c.at(f"depleted in {when}", "collagen_fold", day) / c.at("ccl4 6 wk", "collagen_fold", day)
        what = "lessens (window assumed)" if when == "injury" else "leaves (negative for 'macrophages are bad')"
        yield check(
            f"A6.depletion.{when}",
            f"depleting macrophages during {when} {what} scar: over undepleted",
            low,
            high,
            ratio_,
            "A6",
        )
    first = c.fold("second course", "activated_stellate_fold")
    yield check(
        "A7",
        "second course: activated stellate cells after 7 d over those of the first",
        1.3,
        10,
        first[77] / first[7],
        "A7",
    )
    yield check(
        "A8.ligation.2wk",
        "bile duct ligation: collagen on day 14, fold (window assumed)",
        1.3,
        6,
        c.fold("ligation", "collagen_fold")[14],
        "A8",
    )
    yield check(
        "A8.ligation.4wk",
        "bile duct ligation: collagen on day 28, fold (window assumed)",
        2,
        8,
        c.fold("ligation", "collagen_fold")[28],
        "A8",
    )
    taa = c.fold("thioacetamide", "collagen_fold")
    yield check(
        "A8.thioacetamide.slower",
        "thioacetamide: collagen at 4 weeks over CCl4's",
        0,
        0.95,
        taa[28] / c.fold("ccl4 4 wk", "collagen_fold")[28],
        "A8",
    )
    yield check("A8.thioacetamide", "thioacetamide for 12 weeks: collagen, fold", 3, 7, taa[84], "A8")
    fat = c("choline", "liver_fat")
    yield check("A9.fat", "methionine-choline deficiency: fat after 3 weeks, fold", 3, 15, fat[21] / fat[0], "A9")
    yield check(
        "A9.alt", "methionine-choline deficiency: ALT after 4 weeks, fold", 2, 12, c.fold("choline", "alt")[28], "A9"
    )
    yield check(
        "A9.scar",
        "methionine-choline deficiency: collagen before week 8, fold (little)",
        1,
        2,
        c.fold("choline", "collagen_fold")[55],
        "A9",
    )
    yield check(
        "high_fat.scar",
        "high-fat diet for 20 weeks: collagen, fold (little; window assumed)",
        1,
        1.8,
        c.fold("high fat", "collagen_fold")[-1],
        "A9",
    )


def _reserve() -> Iterator[Check]:
    c = acute()
    name = "resection 85"
    fall = {o: c.first_day_below(name, o, 0.8) for o in ("factor_7", "factor_2", "albumin")}
    yield check(
        "reserve.order.factor_7",
        "85 % resected: hours until factor VII is 20 % down, over albumin's",
        0,
        0.6,
        fall["factor_7"] / fall["albumin"],
        "D1",
    )
    yield check(
        "reserve.order.factor_2",
        "85 % resected: hours of factor VII over factor II",
        0,
        0.9,
        fall["factor_7"] / fall["factor_2"],
        "P019 P022",
    )
    bilirubin = c.first_day(name, "bilirubin", 1.5 * c(name, "bilirubin")[0])
    yield check(
        "reserve.order.bilirubin",
        "85 % resected: days until bilirubin is half up, over albumin's 20 % fall",
        0,
        1,
        bilirubin / fall["albumin"],
        "D1",
    )
    for share, low, high in ((70, 0, 0.15), (80, 0, 0.5), (90, 0.4, 1), (95, 0.8, 1)):
        died = 1 - np.exp(-c(f"resection {share}", DEATH)[7 * 24])
        yield check(
            f"reserve.death.{share}", f"mouse, {share} % resected: share dead by day 7", low, high, died, "P069"
        )
