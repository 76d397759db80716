"""What cells, vesicles and medium must do: facts P1 to P3 and T1 to T22, the negative ones too.

Studies that report only a direction stand here with the class ranges of facts_to_reproduce.md. Sizes of single studies
are compared by `lobule validate`, not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal, Patient
from lobule.patient.patient import YEAR
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan
from lobule.validate.check import COLLAGEN, REMOVED_BY, Check, check
from lobule.validate.people import untreated
from lobule.validate.prototype import meld

EV, CELLS, MEDIUM = "uc-msc-ev", "uc-msc", "uc-msc-medium"
MACROPHAGES = ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages", "restorative_macrophages")
ACUTE = ("ccl4", "acetaminophen", "lps_galactosamine", "concanavalin_a", "ischaemia_reperfusion")


def therapy_checks() -> Iterator[Check]:
    """All of them."""
    for group in (_kinetics, _fibrosis, _acute, _survival, _rats, _people, _safety):
        yield from group()


def _weekly(dose: str, n: int = 3, start: float = 21, product: str = EV, route: str = "iv") -> Plan:
    every = "7 d" if n > 1 else None
    return Plan(product, dose=dose, route=route, start=f"{start:g} d", every=every, n=n)


# --- where things go --------------------------------------------------------------------------------------------------


@cache
def _fate() -> Courses:
    """Healthy mice for ten days, dense in the first minutes."""
    times = np.unique(np.concatenate([np.arange(0, 241) / 1440 / 4, np.arange(0, 241) / 24]))
    plans: dict[str, Part] = {
        "ev": Plan(EV, dose="1e10 particle"),
        "ev without phagocytes": Plan(EV, dose="1e10 particle"),
        "ev 1e13": Plan(EV, dose="1e13 particle"),
        "msc": Plan(CELLS, dose="1e6 cell"),
    }
    subjects: dict[str, Subject] = dict.fromkeys(plans, Animal("mouse"))
    few = [Event(EVERYONE, 0.0, name, "multiply", 0.02) for name in MACROPHAGES]
    events = {"ev without phagocytes": few}
    sets = {"ev without phagocytes": {"systemic_phagocytes": 0.02}}
    return run_courses(subjects, times, plans=plans, events=events, sets=sets)


def _half_life(c: Courses, name: str) -> float:
    plasma = c(name, "ev_in_plasma")
    return float(c.times[1:][plasma[1:] < 0.5 * plasma[1:].max()][0]) * 1440


def _kinetics() -> Iterator[Check]:
    c = _fate()
    yield check(
        "P1.half_life", "vesicles in mouse plasma: half-life, min", 1.5, 7, _half_life(c, "ev"), "pk-K059 pk-K127"
    )
    windows = {"liver": (0.2, 0.4, "pk-K124"), "lung": (0.03, 0.12, "pk-K125"), "spleen": (0.01, 0.05, "pk-K126")}
    for organ, (low, high, source) in windows.items():
        found = c("ev", f"ev_in_{organ}").max() / 10
        yield check(f"P1.{organ}", f"vesicles: largest share of the dose in {organ}", low, high, found, source)
    fold = _half_life(c, "ev without phagocytes") / _half_life(c, "ev")
    yield check("P1.clodronate", "without phagocytes: plasma half-life, fold", 20, 80, fold, "P1 pk-K056")
    share = c("ev 1e13", "ev_in_macrophages").max() / 1e4 / (c("ev", "ev_in_macrophages").max() / 10)
    yield check(
        "P1.saturation", "1e13 particles: share taken by macrophages over that at 1e10", 0, 0.6, share, "pk-K110"
    )
    yield check(
        "P2.lung",
        "cells iv: share in the lung after an hour",
        0.7,
        0.98,
        c.at("msc", "msc_in_lung", 1 / 24) / 1e-3,
        "pk-K095",
    )
    yield check(
        "P2.liver",
        "cells iv, mouse: living share in the liver after a day",
        0,
        0.02,
        c.at("msc", "msc_in_liver", 1) / 1e-3,
        "pk-K091",
    )
    yield check(
        "P2.hepatocytes",
        "cells turned hepatocyte-like, share of the dose",
        0,
        0.003,
        c("msc", "hepatocyte_like_cells").max() / 1e-3,
        "pk-K130",
    )
    per_cell = c("ev", "infused_protein_in_macrophages").max() / (c("ev", "macrophages")[0])
    yield check("P3.vesicles", "1e10 particles: vesicles taken by each macrophage", 35, 140, per_cell, "P3")
    yield check(
        "P3.copies", "1e10 particles: copies of a natural miRNA taken by each", 0.3, 1.2, per_cell * 0.00825, "P3"
    )
    days = np.array([0.0, 1 / 24, 10.0])
    patient = Patient(etiology="alcohol", years=16)
    scan = run_courses({"a": patient}, days + patient.history_days, plans={"a": Plan(CELLS, dose="3.25e8 cell")})
    label = {
        organ: (scan("a", f"msc_in_{organ}") + scan("a", f"msc_debris_in_{organ}")) / 0.325
        for organ in ("liver", "spleen", "lung")
    }
    for organ, hour, low, high, source in (
        ("liver", 1, 0, 0.028, "pk-K066"),
        ("spleen", 1, 0.02, 0.102, "pk-K068"),
        ("lung", 1, 0.27, 0.335, "pk-K070"),
        ("liver", 2, 0.13, 0.174, "pk-K067"),
        ("spleen", 2, 0.301, 0.422, "pk-K069"),
        ("lung", 2, 0.02, 0.054, "pk-K071"),
    ):
        when = "after an hour" if hour == 1 else "on day 10"
        what = f"111In in cirrhosis: share of the label in {organ} {when}"
        yield check(f"P2.label.{organ}.{('hour', 'day10')[hour - 1]}", what, low, high, label[organ][hour], source)


# --- fibrosis ---------------------------------------------------------------------------------------------------------


@cache
def _treated_fibrosis() -> Courses:
    """Mice with six weeks of CCl4; most plans are three weekly doses from day 21."""
    plans: dict[str, Part | list[Part]] = {
        "1e9": _weekly("1e9 particle"),
        "1e10": _weekly("1e10 particle"),
        "1e11": _weekly("1e11 particle"),
        "six 1e10": _weekly("1e10 particle", 6, 0),
        "once": _weekly("1e10 particle", 1),
        "cells": _weekly("1e6 cell", 1, product="bm-msc"),
        "cells 3e6": _weekly("3e6 cell", 1, product="bm-msc"),
        "cells, portal": _weekly("1e6 cell", 1, product="bm-msc", route="portal vein"),
        "cells weekly": _weekly("1e6 cell", product=CELLS),
        "both": [_weekly("1e10 particle"), _weekly("1e6 cell", product=CELLS)],
        "medium": _weekly("1e6 cell", product=MEDIUM),
        "medium without ev": _weekly("1e6 cell", product="uc-msc-medium-without-ev"),
        "gel": _weekly("3e10 particle", 1, route="hydrogel"),
        "bolus": _weekly("3e10 particle", 1, route="intraperitoneal"),
        "skin": _weekly("1e10 particle", 1, route="subcutaneous"),
        "without miR-223": _weekly("1e10 particle"),
        "without GPX1": _weekly("1e10 particle"),
        "125b contrary": _weekly("1e10 particle"),
        "without macrophages": _weekly("1e10 particle"),
        "immunodeficient cells": _weekly("1e6 cell", product="bm-msc"),
    }
    for name in ("mir-122", "mir-181", "mir-223", "mir-148a"):
        plans[name] = _weekly("1e10 particle", product=f"{name}-loaded-ev")
    for name in ("ifn-gamma-primed-ev", "three-d-ev", "stellate-targeted-ev"):
        plans[name] = _weekly("1e10 particle", product=name)
    mouse = Animal("mouse", injury="ccl4", weeks=6)
    names = ("untreated", "untreated without macrophages", "immunodeficient", *plans)
    no_t_cells = [Event(EVERYONE, 0.0, name, "set", 0.0) for name in ("effector_turnover", "effector_t_cells")]
    few = [Event(EVERYONE, float(day), name, "multiply", 0.1) for day in range(20, 42, 2) for name in MACROPHAGES]
    events = dict.fromkeys(("immunodeficient", "immunodeficient cells"), no_t_cells)
    events |= dict.fromkeys(("untreated without macrophages", "without macrophages"), few)
    sets = {
        "without miR-223": {"mir_223_copies_per_particle": 0.0},
        "without GPX1": {"gpx1_copies_per_particle": 0.0},
        "125b contrary": {"mir_125b_macrophage_nf_kb_gain": 0.5},
    }
    subjects: dict[str, Subject] = dict.fromkeys(names, mouse)
    return run_courses(subjects, np.arange(0, 64.0), plans=plans, events=events, sets=sets)


def _fibrosis() -> Iterator[Check]:
    c = _treated_fibrosis()

    def ratio(name: str, output: str = COLLAGEN, day: float = 42, control: str = "untreated") -> float:
        return c.at(name, output, day) / c.at(control, output, day)

    def effect(name: str, output: str = COLLAGEN, day: float = 42, control: str = "untreated") -> float:
        return 1 - ratio(name, output, day, control)

    for dose in ("1e10", "1e11"):
        rows = (
            (COLLAGEN, 0.45, 0.75),
            ("activated_stellate_fold", 0.2, 0.85),
            ("alt", 0.4, 0.7),
            ("m2_m1_ratio", 1.5, 5),
            ("tnf_alpha", 0, 0.95),
            ("il_6", 0, 0.95),
            ("il_1_beta", 0, 0.95),
            ("il_10", 1.05, 5),
            ("tgf_beta", 0, 0.95),
        )
        for output, low, high in rows:
            what = f"three weekly {dose}, CCl4 mouse: {output} over untreated at the end of injury"
            yield check(f"T1.{dose}.{output}", what, low, high, ratio(dose, output), "T1")
    yield check(
        "T1.albumin", "albumin under vesicles over untreated", 1.005, 1.4, ratio("1e10", "albumin"), "T1 issue 6"
    )
    more = effect("1e10") / effect("once")
    yield check("T1.repeated", "three doses over one: effect on collagen", 1.1, 3, more, "issue 6 X009")
    steps = [effect(name) for name in ("1e9", "1e10", "1e11")]
    yield check(
        "T3.rises", "1e9 to 1e11: smallest gain of collagen effect a decade", 0.001, 1, min(np.diff(steps)), "T3"
    )
    saturating = (steps[2] - steps[1]) / steps[1]
    yield check("T3.saturates", "gain of the decade to 1e11 over the effect of 1e10", 0, 0.7, saturating, "T3")
    yield check(
        "T4.medium", "medium over cells: effect on collagen", 0.5, 2, effect("medium") / effect("cells weekly"), "T4"
    )
    kept = effect("medium without ev") / effect("medium")
    yield check("T4.depleted", "medium without vesicles keeps this share of the effect", 0.02, 0.5, kept, "T4")
    yield check(
        "T4.cells", "1e6 cells over one dose of 1e10 vesicles: effect", 0.5, 2, effect("cells") / effect("once"), "T4"
    )
    yield check(
        "T22.equal",
        "3e6 cells over one dose of vesicles: effect",
        0.7,
        1.4,
        effect("cells 3e6") / effect("once"),
        "T22 pk-K094",
    )
    yield check(
        "T22.weaker",
        "1e6 cells over one dose of vesicles: effect",
        0.2,
        0.95,
        effect("cells") / effect("once"),
        "T22 pk-K094",
    )
    for name in ("mir-122", "mir-181", "mir-223"):
        yield check(f"T5.{name}", f"{name} loaded over native: collagen", 0.5, 0.97, ratio(name) / ratio("1e10"), "T5")
    gain = ratio("mir-148a", "m2_m1_ratio") / ratio("1e10", "m2_m1_ratio")
    yield check("T5.mir-148a", "miR-148a loaded over native: M2/M1", 1.03, 4, gain, "T5 K002")
    for lost, output in (("miR-223", "il_1_beta"), ("miR-223", "alt"), ("GPX1", "alt")):
        kept = effect(f"without {lost}", output) / effect("1e10", output)
        yield check(
            f"T5.{lost}.{output}", f"without {lost}: share of the effect on {output} kept", 0.1, 0.9, kept, "T5 T6"
        )
    alone = effect("without macrophages", control="untreated without macrophages") / effect("1e10")
    yield check("T6.macrophages", "macrophages depleted: share of the collagen effect kept", 0, 0.7, alone, "T6")
    signs = ratio("125b contrary", "tnf_alpha") / ratio("1e10", "tnf_alpha")
    yield check("T7", "miR-125b, contrary hypothesis over usual: TNF", 1.001, 3, signs, "T7 K010 K020")
    for name in ("ifn-gamma-primed-ev", "three-d-ev"):
        yield check(
            f"T8.{name}", f"{name} over native: effect on collagen", 1.005, 3, effect(name) / effect("1e10"), "T8"
        )
    aimed = effect("stellate-targeted-ev", "activated_stellate_fold") / effect("1e10", "activated_stellate_fold")
    yield check("T8.targeted", "stellate-targeted over native: effect on activation", 1.005, 3, aimed, "X066 X067")
    yield check(
        "T9",
        "gel over bolus, same dose: effect on collagen",
        1.2,
        2,
        effect("gel", day=49) / effect("bolus", day=49),
        "T9 pk-K107",
    )
    yield check(
        "T10.portal",
        "portal over peripheral cells: effect",
        0.95,
        1.6,
        effect("cells, portal") / effect("cells"),
        "T10",
    )
    yield check(
        "T10.ip",
        "intraperitoneal vesicles, 3e10 over iv 1e10: effect",
        0.3,
        1.5,
        effect("bolus") / effect("once"),
        "T10",
    )
    best, total = max(effect("1e10"), effect("cells weekly")), effect("1e10") + effect("cells weekly")
    yield check("T14.more", "cells and vesicles over the better alone", 1.005, 2, effect("both") / best, "T14")
    yield check("T14.less", "cells and vesicles over the sum of both", 0.2, 0.999, effect("both") / total, "T14")
    nothing = effect("immunodeficient cells", control="immunodeficient")
    yield check("T21", "no T cells: effect of cells on collagen (negative)", -0.05, 0.05, nothing, "T21")
    yield check("inert", "empty vesicles: largest effect on any endpoint", 0, 1e-6, _effect_of_nothing(), "issue 6")


def _effect_of_nothing() -> float:
    """Largest change by empty vesicles; only the solver's steps differ."""
    mouse = Animal("mouse", injury="ccl4", weeks=3)
    plan = _weekly("1e10 particle", 2, 7, product="empty-vesicles")
    c = run_courses({"untreated": mouse, "empty": mouse}, np.array([10.0, 24.0]), plans={"empty": plan}, rtol=1e-8)
    outputs = (COLLAGEN, "alt", "tnf_alpha", "m2_m1_ratio", "albumin")
    return max(float(np.abs(c("empty", o) / c("untreated", o) - 1).max()) for o in outputs)


# --- acute injury -----------------------------------------------------------------------------------------------------


@cache
def _treated_acute() -> Courses:
    """Acute injuries; products an hour after, or vesicles at 36 h."""
    early = {
        "ev": Plan(EV, dose="1e10 particle", start="1 h"),
        "cells": Plan(CELLS, dose="1e6 cell", start="1 h"),
        "medium": Plan(MEDIUM, dose="1e6 cell", start="1 h"),
        "late": Plan(EV, dose="1e10 particle", start="36 h"),
    }
    subjects: dict[str, Subject] = {}
    plans: dict[str, Part] = {}
    for injury in ACUTE:
        subjects |= dict.fromkeys(
            [f"{injury} {name}" for name in ("untreated", *early)], Animal("mouse", injury=injury)
        )
        plans |= {f"{injury} {name}": plan for name, plan in early.items()}
    return run_courses(subjects, np.arange(0, 7 * 24 + 1) / 24, plans=plans)


def _acute() -> Iterator[Check]:
    c = _treated_acute()

    def peak(injury: str, name: str, output: str = "alt") -> float:
        return c(f"{injury} {name}", output).max() / c(f"{injury} untreated", output).max()

    for injury in ACUTE:
        title = injury.replace("_", " ")
        yield check(f"T2.{injury}.ev", f"{title}, vesicles after 1 h: ALT peak", 0.3, 0.85, peak(injury, "ev"), "T2")
        if injury != "ischaemia_reperfusion":
            yield check(
                f"T4.{injury}.cells", f"{title}, cells after 1 h: ALT peak", 0.3, 0.9, peak(injury, "cells"), "T4"
            )
        tnf = peak(injury, "ev", "tnf_alpha")
        yield check(f"T2.{injury}.tnf", f"{title}, vesicles after 1 h: TNF peak", 0.1, 0.95, tnf, "T2")
        late = c.at(f"{injury} late", "alt", 3) / c.at(f"{injury} untreated", "alt", 3)
        yield check(f"T2.{injury}.late", f"{title}, vesicles at 36 h: ALT on day 3 (negative)", 0.85, 1.05, late, "T2")
    yield check(
        "T12.medium",
        "ischaemia-reperfusion, medium: ALT peak (negative)",
        0.9,
        1.1,
        peak("ischaemia_reperfusion", "medium"),
        "T12 X004",
    )
    rows = [f"{i} {n}" for i in ACUTE[:3] for n in ("ev", "cells")]
    agree = np.mean([c(r, "alt").max() < c(r.split()[0] + " untreated", "alt").max() for r in rows])
    yield check("T4.direction", "cells and vesicles agree in direction, share of injuries", 1, 1, agree, "T4")


@cache
def _lethal() -> Courses:
    """Injuries that kill."""
    overdose = Animal("mouse", injury="acetaminophen", injury_dose="750 mg/kg")
    galn, resected = (
        Animal("rat", injury="lps_galactosamine"),
        Animal("rat", injury="partial_hepatectomy", injury_dose="90 %"),
    )
    subjects: dict[str, Subject] = dict.fromkeys(("overdose", "overdose cells", "overdose without HGF"), overdose)
    subjects |= dict.fromkeys(("galn", "galn medium", "galn much medium"), galn)
    subjects |= dict.fromkeys(("resected", "resected free", "resected capsule"), resected)
    cells = Plan(CELLS, dose="1e6 cell", start="1 h")
    plans: dict[str, Part] = {
        "overdose cells": cells,
        "overdose without HGF": cells,
        "galn medium": Plan(MEDIUM, dose="1e7 cell", start="1 h"),
        "galn much medium": Plan(MEDIUM, dose="1e9 cell", start="1 h"),
        "resected free": Plan("bm-msc", dose="2e7 cell", route="intrasplenic"),
        "resected capsule": Plan("encapsulated-bm-msc", dose="2e7 cell", route="intraperitoneal"),
    }
    no_hgf = {"growth_output": 0.0, "secreted_hgf_copies_per_particle": 0.0}
    return run_courses(subjects, np.arange(0, 14 * 24 + 1) / 24, plans=plans, sets={"overdose without HGF": no_hgf})


def _alive(c: Courses, name: str, day: float = 14) -> float:
    return float(np.exp(-c.at(name, "cumulative_death_hazard", day)))


def _survival() -> Iterator[Check]:
    c = _lethal()
    gain = _alive(c, "overdose cells") - _alive(c, "overdose")
    yield check("T19.cells", "acetaminophen overdose: survival with 1e6 cells less without", 0.2, 1, gain, "T19")
    kept = (_alive(c, "overdose without HGF") - _alive(c, "overdose")) / gain if gain > 0 else float("nan")
    yield check("T19.hgf", "HGF knocked down: share of that gain kept", 0, 0.9, kept, "T19 X068")
    saved = _alive(c, "galn medium") - _alive(c, "galn")
    yield check("T3.medium", "galactosamine, rat: survival with medium less without", 0.05, 1, saved, "T3 X003")
    much = _alive(c, "galn much medium") - _alive(c, "galn medium")
    yield check("T3.window", "very much medium: survival less that with medium (negative)", -1, -0.01, much, "T3 X003")
    yield check(
        "T20.untreated", "rat, 90 % resected: alive after 14 d, untreated", 0.1, 0.4, _alive(c, "resected"), "T20"
    )
    free = _alive(c, "resected free") - _alive(c, "resected")
    yield check("T20.free", "free cells into the spleen: gain in survival (negative)", -0.05, 0.2, free, "T20")
    yield check("T20.capsule", "cells in a capsule: alive after 14 d", 0.75, 1, _alive(c, "resected capsule"), "T20")


def _rats() -> Iterator[Check]:
    rat = Animal("rat", injury="thioacetamide", weeks=12)
    plan = Plan("bm-msc", dose="2e6 cell", route="intrahepatic", start="42 d", every="14 d", n=2)
    c = run_courses({"a": rat, "b": rat}, np.arange(0, 85.0), plans={"b": plan})
    found = c.at("b", COLLAGEN, 84) / c.at("a", COLLAGEN, 84)
    yield check("T17", "thioacetamide rat, cells into the liver twice: collagen over untreated", 0.2, 0.5, found, "T17")


# --- people -----------------------------------------------------------------------------------------------------------


def _pair(patient: Patient, plan: Part | list[Part], years: float = 3) -> Courses:
    """A patient with and without a plan, weekly, in days from the beginning of the run."""
    times = patient.history_days + np.arange(0, years * YEAR, 7.0)
    return run_courses({"without": patient, "with": patient}, times, plans={"with": plan})


def _gain(c: Courses, values: np.ndarray | str, week: int) -> float:
    if isinstance(values, str):
        return float(c("with", values)[week] - c("without", values)[week])
    return float(values[1, week] - values[0, week])


def _people() -> Iterator[Check]:
    u = untreated()
    sick_years = float(u.times[int(np.argmax(meld(u, "hbv") >= 15))]) / YEAR
    sick = Patient(etiology="hbv", years=sick_years, treated_with=(REMOVED_BY["hbv"],))
    cells = Plan(CELLS, dose="1e6 cell/kg", every="7 d", n=4)
    c = _pair(sick, cells)
    score = np.array([meld(c, name) for name in c.names])
    yield check(
        "C11.meld",
        "hepatitis B at MELD 15, four doses: MELD less control's, 24 wk",
        -3.4,
        -0.7,
        _gain(c, score, 24),
        "C11 T13",
    )
    yield check(
        "C11.albumin", "the same: albumin gained over control's by 24 wk, g/L", 2, 4, _gain(c, "albumin", 24), "C11"
    )
    yield check("C11.inr", "the same: change of INR (hardly any)", -0.15, 0.02, _gain(c, "inr", 24), "C11 T13")
    peak = max(_gain(c, "albumin", week) for week in range(1, 80))
    kept = _gain(c, "albumin", 130) / peak
    yield check("T11.fades", "share of the largest albumin gain left after 2.5 years", -0.1, 0.5, kept, "T11")
    two = _pair(sick, [cells, Plan(CELLS, dose="1e6 cell/kg", start="91 d", every="7 d", n=4)])
    second = max(_gain(two, "albumin", week) for week in range(13, 80)) - peak
    yield check(
        "T11.second", "what a second course adds over the first's gain of albumin", 0, 0.95, second / peak, "T11"
    )
    day = u.first_day("hcv", COLLAGEN, 14.0) / YEAR + 4
    mild = _pair(Patient(etiology="hcv", years=day, treated_with=("antiviral",)), cells)
    score = np.array([meld(mild, name) for name in mild.names])
    yield check(
        "C13",
        "compensated cirrhosis: MELD less control's after 90 d (negative)",
        -1,
        0.1,
        _gain(mild, score, 13),
        "C13 T13",
    )
    abstinent = Patient(etiology="alcohol", years=16, treated_with=("abstinence",))
    own = Plan("autologous-bm-msc", dose="5e7 cell", route="hepatic artery")
    c = _pair(abstinent, own)
    score = np.array([meld(c, name) for name in c.names])
    yield check(
        "T13.own",
        "own cells, abstinent: MELD less control's after 12 wk (negative)",
        -1,
        0.1,
        _gain(c, score, 12),
        "T13",
    )
    scar = 1 - c("with", COLLAGEN)[26] / c("with", COLLAGEN)[0]
    yield check("C12", "the same: collagen area lost in 6 months, share", 0.25, 0.37, scar, "C12")
    twice = _pair(abstinent, [own, Plan("autologous-bm-msc", dose="5e7 cell", route="hepatic artery", start="30 d")])
    more = (1 - twice("with", COLLAGEN)[26] / twice("without", COLLAGEN)[26]) / max(
        1 - c("with", COLLAGEN)[26] / c("without", COLLAGEN)[26], 1e-9
    )
    yield check("C12.second", "two doses over one: effect on collagen beyond abstinence", 1, 1.6, more, "C12")


def _safety() -> Iterator[Check]:
    mouse = Animal("mouse")
    plans: dict[str, Part] = {
        "usual": Plan(CELLS, dose="1e6 cell"),
        "much": Plan(CELLS, dose="5e6 cell"),
        "slow": Plan(CELLS, dose="5e6 cell", over="6 h"),
    }
    c = run_courses(dict.fromkeys(plans, mouse), np.arange(0, 49) / 48, plans=plans)
    load = {name: c(name, "lung_plugs").max() for name in plans}
    yield check(
        "T15.dose",
        "five times the cells: vessels of the lung plugged, fold",
        2,
        10,
        load["much"] / load["usual"],
        "T15",
    )
    yield check("T15.rate", "over 6 h instead of at once: plugged vessels", 0, 0.6, load["slow"] / load["much"], "T15")
