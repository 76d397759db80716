"""What a credible liver must show without therapy, as a table of wanted and found: `lobule model check`.

Every check names the fact of the evidence that it stands on. A window that the evidence does not give in figures is
marked so in its `wanted`. Failing checks stay in the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from lobule import engine, model
from lobule.engine.events import EVERYONE, Event
from lobule.engine.problem import pose
from lobule.model.parameters import SPECIES, values_for
from lobule.patient import Animal, Patient
from lobule.patient.patient import YEAR
from lobule.validate.check import Check, check
from lobule.validate.courses import COLLAGEN, REMOVED_BY, Courses, Subject, run_courses
from lobule.validate.prototype import meld, prototype_checks

HOURS = np.arange(0, 10 * 24 + 1) / 24
DAYS = np.arange(0, 141.0)
YEARS = np.arange(0, 60 * 12 + 1) / 12 * YEAR
PRESSURE, DEATH = "hepatic_venous_pressure_gradient", "cumulative_death_hazard"
CIRRHOSIS = 14.0  # % collagen area: Ishak 5 (P080)
ADVANCED = 9.0  # % collagen area: Ishak 4 (P080)
YEARS_TO_CIRRHOSIS = {"hbv": (20, 30), "hcv": (20, 30), "mash": (20, 30), "alcohol": (8, 18), "autoimmune": (5, 18)}
LATE = (  # too late? name of the course, etiology, and the output whose level starts the treatment
    ("alcohol late", "alcohol", PRESSURE, 12.0),
    ("hcv late", "hcv", "ascites", 1.5),
)
REFERENCE = {  # healthy values: output -> parameter that holds it
    "albumin": "albumin_healthy",
    "bilirubin": "bilirubin_healthy",
    "ammonia": "ammonia_healthy",
    "glucose": "glucose_healthy",
    "alt": "alt_healthy",
    "platelets": "platelets_healthy",
    COLLAGEN: "collagen_area_healthy",
}


def all_checks() -> list[Check]:
    """Every check, by fact."""
    groups: tuple[Callable[[], Iterator[Check]], ...] = (
        _health,
        _hepatectomy,
        _acute_toxins,
        _immune_injury,
        _fibrosis,
        _natural_history,
        _consequences,
        _removal,
        _dynamics,
        _reserve,
        _donors,
    )
    return [found for group in groups for found in group()] + prototype_checks(acute(), chronic(), untreated())


# --- health -----------------------------------------------------------------------------------------------------------


def start_of(species: str) -> tuple[engine.CompiledModel, np.ndarray, np.ndarray]:
    """The compiled model, constants and start values of a healthy subject."""
    compiled = model.compiled(species)
    problem = pose(compiled, {}, {}, engine.EventTable(), [0.0], 1e-6, None, None)
    constants, states = compiled.at_start(problem)
    return compiled, constants[0], states[0]


def counters(compiled: engine.CompiledModel) -> list[int]:
    """States that only count: nothing depends on them, and they have no way back."""
    names = (*[s for s in compiled.states if s.startswith("cumulative_")], "ev_cleared")
    return [compiled.states.index(name) for name in names]


def _health() -> Iterator[Check]:
    for species in SPECIES:
        compiled, constants, states = start_of(species)
        keep = [i for i in range(len(states)) if i not in counters(compiled)]
        slopes = compiled.rates(0.0, states, constants)
        drift = np.max(np.abs(slopes[keep]) / np.where(states[keep] > 0, states[keep], 1.0))
        yield check(f"health.{species}.drift", f"{species}: largest relative change a day", 0, 1e-6, drift, "issue 5")
        jacobian = compiled.jacobian(0.0, states, constants)[np.ix_(keep, keep)]
        slowest = float(np.max(np.linalg.eigvals(jacobian).real))
        yield check(
            f"health.{species}.stable", f"{species}: largest real eigenvalue, 1/d", -1e9, -1e-6, slowest, "issue 5"
        )
        year = compiled.solve(times=[0, 365], outputs=[*REFERENCE, "inr"])
        for output, parameter in REFERENCE.items():
            ratio = year[output][0, 1] / values_for(species)[parameter]
            yield check(
                f"health.{species}.{output}",
                f"{species}: {output} after a year over its reference",
                1 - 1e-6,
                1 + 1e-6,
                ratio,
                "parameters.csv",
            )
        yield check(f"health.{species}.inr", f"{species}: INR after a year", 0.999, 1.001, year["inr"][0, 1], "P027")


# --- animals ----------------------------------------------------------------------------------------------------------


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


# --- people -----------------------------------------------------------------------------------------------------------


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


# --- course and dynamics ----------------------------------------------------------------------------------------------

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


# --- reserve ----------------------------------------------------------------------------------------------------------


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


def summary(checks: list[Check]) -> str:
    """One line: how many hold."""
    return f"{sum(c.passed for c in checks)} of {len(checks)} checks hold"
