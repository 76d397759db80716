"""What cells, vesicles and medium must do in animals: facts T1 to T22, the negative ones too.

Studies that report only a direction stand here with the class ranges of facts_to_reproduce.md. Sizes of single studies
are compared by `lobule validate`, not here.
"""

from __future__ import annotations

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal
from lobule.simulation.courses import Courses
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan
from lobule.validate.check import COLLAGEN, DEATH, Found
from lobule.validate.fate import CELLS, EV, MACROPHAGES
from lobule.validate.treated import once_a_reading, run_courses

MEDIUM = "uc-msc-medium"
ACUTE = ("ccl4", "acetaminophen", "lps_galactosamine", "concanavalin_a", "ischaemia_reperfusion")
CYTOKINES = ("tnf_alpha", "il_6", "il_1_beta", "il_10", "tgf_beta")
SHOWN = (COLLAGEN, "activated_stellate_fold", "alt", "m2_m1_ratio", *CYTOKINES)


def therapy_checks() -> Found:
    """All of them."""
    for group in (_vesicles, _cells_and_medium, _cargo, _routes, _together, _acute, _survival, _rats):
        yield from group()


def _weekly(dose: str, n: int = 3, start: float = 21, product: str = EV, route: str = "iv") -> Plan:
    every = "7 d" if n > 1 else None
    return Plan(product, dose=dose, route=route, start=f"{start:g} d", every=every, n=n)


# --- fibrosis ---------------------------------------------------------------------------------------------------------


@once_a_reading
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


def _ratio(name: str, output: str = COLLAGEN, day: float = 42, control: str = "untreated") -> float:
    c = _treated_fibrosis()
    return c.at(name, output, day) / c.at(control, output, day)


def _effect(name: str, output: str = COLLAGEN, day: float = 42, control: str = "untreated") -> float:
    return 1 - _ratio(name, output, day, control)


def _vesicles() -> Found:
    """Dose and repetition."""
    for dose in ("1e10", "1e11"):
        for output in SHOWN:
            yield f"T1.{dose}.{output}", _ratio(dose, output)
    yield "T1.albumin", _ratio("1e10", "albumin")
    yield "T1.repeated", _effect("1e10") / _effect("once")
    steps = [_effect(name) for name in ("1e9", "1e10", "1e11")]
    yield "T3.rises", min(np.diff(steps))
    yield "T3.saturates", (steps[2] - steps[1]) / steps[1]
    yield "inert", _effect_of_nothing()


def _cells_and_medium() -> Found:
    yield "T4.medium", _effect("medium") / _effect("cells weekly")
    yield "T4.depleted", _effect("medium without ev") / _effect("medium")
    yield "T4.cells", _effect("cells") / _effect("once")
    yield "T22.equal", _effect("cells 3e6") / _effect("once")
    yield "T22.weaker", _effect("cells") / _effect("once")
    yield "T21", _effect("immunodeficient cells", control="immunodeficient")


def _cargo() -> Found:
    """More of a component, without one, primed and aimed vesicles."""
    for name in ("mir-122", "mir-181", "mir-223"):
        yield f"T5.{name}", _ratio(name) / _ratio("1e10")
    yield "T5.mir-148a", _ratio("mir-148a", "m2_m1_ratio") / _ratio("1e10", "m2_m1_ratio")
    for lost, output in (("miR-223", "il_1_beta"), ("miR-223", "alt"), ("GPX1", "alt")):
        yield f"T5.{lost}.{output}", _effect(f"without {lost}", output) / _effect("1e10", output)
    yield "T6.macrophages", _effect("without macrophages", control="untreated without macrophages") / _effect("1e10")
    yield "T7", _ratio("125b contrary", "tnf_alpha") / _ratio("1e10", "tnf_alpha")
    for name in ("ifn-gamma-primed-ev", "three-d-ev"):
        yield f"T8.{name}", _effect(name) / _effect("1e10")
    activated = "activated_stellate_fold"
    yield "T8.targeted", _effect("stellate-targeted-ev", activated) / _effect("1e10", activated)


def _routes() -> Found:
    yield "T9", _effect("gel", day=49) / _effect("bolus", day=49)
    yield "T10.portal", _effect("cells, portal") / _effect("cells")
    yield "T10.ip", _effect("bolus") / _effect("once")


def _together() -> Found:
    """Cells and vesicles at once."""
    alone = [_effect("1e10"), _effect("cells weekly")]
    yield "T14.more", _effect("both") / max(alone)
    yield "T14.less", _effect("both") / (alone[0] + alone[1])


def _effect_of_nothing() -> float:
    """Largest change by empty vesicles; only the solver's steps differ."""
    mouse = Animal("mouse", injury="ccl4", weeks=3)
    plan = _weekly("1e10 particle", 2, 7, product="empty-vesicles")
    c = run_courses({"untreated": mouse, "empty": mouse}, np.array([10.0, 24.0]), plans={"empty": plan}, rtol=1e-8)
    outputs = (COLLAGEN, "alt", "tnf_alpha", "m2_m1_ratio", "albumin")
    return max(float(np.abs(c("empty", o) / c("untreated", o) - 1).max()) for o in outputs)


# --- acute injury -----------------------------------------------------------------------------------------------------


@once_a_reading
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


def _peak(injury: str, name: str, output: str = "alt") -> float:
    """Peak of a treated course over that of the untreated one."""
    c = _treated_acute()
    return c(f"{injury} {name}", output).max() / c(f"{injury} untreated", output).max()


def _acute() -> Found:
    c = _treated_acute()
    for injury in ACUTE:
        yield f"T2.{injury}.ev", _peak(injury, "ev")
        if injury != "ischaemia_reperfusion":
            yield f"T4.{injury}.cells", _peak(injury, "cells")
        yield f"T2.{injury}.tnf", _peak(injury, "ev", "tnf_alpha")
        yield f"T2.{injury}.late", c.at(f"{injury} late", "alt", 3) / c.at(f"{injury} untreated", "alt", 3)
    yield "T12.medium", _peak("ischaemia_reperfusion", "medium")
    rows = [f"{i} {n}" for i in ACUTE[:3] for n in ("ev", "cells")]
    yield "T4.direction", np.mean([c(r, "alt").max() < c(r.split()[0] + " untreated", "alt").max() for r in rows])


@once_a_reading
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
    return float(np.exp(-c.at(name, DEATH, day)))


def _survival() -> Found:
    c = _lethal()
    gain = _alive(c, "overdose cells") - _alive(c, "overdose")
    yield "T19.cells", gain
    kept = _alive(c, "overdose without HGF") - _alive(c, "overdose")
    yield "T19.hgf", kept / gain if gain > 0 else float("nan")
    yield "T3.medium", _alive(c, "galn medium") - _alive(c, "galn")
    yield "T3.window", _alive(c, "galn much medium") - _alive(c, "galn medium")
    yield "T20.untreated", _alive(c, "resected")
    yield "T20.free", _alive(c, "resected free") - _alive(c, "resected")
    yield "T20.capsule", _alive(c, "resected capsule")


def _rats() -> Found:
    rat = Animal("rat", injury="thioacetamide", weeks=12)
    plan = Plan("bm-msc", dose="2e6 cell", route="intrahepatic", start="42 d", every="14 d", n=2)
    c = run_courses({"a": rat, "b": rat}, np.arange(0, 85.0), plans={"b": plan})
    yield "T17", c.at("b", COLLAGEN, 84) / c.at("a", COLLAGEN, 84)
