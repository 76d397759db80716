"""What therapies must show since the second edition: effects that fade, doses that saturate, routes and products that
differ, no factor hidden between species, bands that know where they are: `wanted/therapy_second.csv`."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from lobule.engine.events import Event
from lobule.model.causes import cause
from lobule.model.parameters import parameter_table
from lobule.patient import Animal, Patient
from lobule.simulation.courses import Courses
from lobule.simulation.reading import READING, READINGS
from lobule.simulation.simulate import simulate
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan, products
from lobule.therapy.sameness import differences, original
from lobule.validate.check import COLLAGEN, Found
from lobule.validate.fate import CELLS, EV
from lobule.validate.treated import once_a_reading, run_courses
from lobule.validate.treated import reading as asked_for

Values = NDArray[np.float64]
COUNTED = {READING: READINGS["counted"]}
HEALTHY = ("il_10", "tnf_alpha", "m2_m1_ratio", COLLAGEN)
CHALLENGED = (1, 3, 7, 14, 30, 60)  # days after one dose on which endotoxin is given
FIRST = 7.0  # day of the first toxin, so that something can be given before it
LAST = FIRST + 42
DOSES = tuple(10.0 ** (k / 2) for k in range(14, 27))  # particles a mouse, 1e7 to 1e13
# Doses of the calibration rows that state one, particles a mouse: 250 ug (li2013) and 8 mg/kg (yan2017)
PUBLISHED_DOSES = {"li2013": "250 ug", "yan2017": "8 mg/kg"}
ROUTES = ("iv", "portal vein", "hepatic artery", "intrahepatic")
NEGATIVES = {
    "fibroblast": "fibroblast",
    "dead_cells": "killed",
    "empty": "empty",
}  # {check: a word of the product's name}
# Fragments whose parameters say what a product does; amounts, sizes, rates and shares of the body may differ by species
THERAPY = ("cargo_action", "soluble_factors", "secreted_vesicles", "macrophage_education", "cell_pharmacokinetics",
           "ev_pharmacokinetics")  # fmt: skip
AMPLIFIED = {"counted": 1e6, "published": None}  # of miRNA, beside none; None: as shipped
MEMBERS = 16
LOST = ("mir_223", "gpx1")  # components without which studies saw less


def therapy_second_checks() -> Found:
    """All of them."""
    groups = (_healthy, _fading, _timing, _peaks, _saturation, _routes, _products, _readings, _lost, _hidden, _bands)
    for group in groups:
        yield from group()


# --- fading -----------------------------------------------------------------------------------------------------------


@once_a_reading
def _untouched() -> Courses:
    """Healthy animals and people under 42 daily doses of vesicles, six weekly doses of cells, and one dose."""
    daily = Plan(EV, dose="5e11 particle/kg", every="1 d", n=42)
    weekly = Plan(CELLS, dose="1e6 cell/kg", every="7 d", n=6)
    who: dict[str, Subject] = {"mouse": Animal("mouse"), "rat": Animal("rat"), "human": Patient("human")}
    plans: dict[str, Part] = {
        f"{name} {what}": plan for name in who for what, plan in (("ev", daily), ("cells", weekly))
    }
    plans["mouse once"] = Plan(EV, dose="5e11 particle/kg")
    subjects = {name: who[name.split()[0]] for name in plans}
    return run_courses(subjects, np.arange(0, 64.0), plans=plans)


def _healthy() -> Found:
    """Nothing acts on a healthy liver beyond what is published: largest change over the start."""
    c = _untouched()
    for name in c.names:
        if name != "mouse once":
            yield f"second.healthy.{name.replace(' ', '.')}.collagen", float(np.abs(c.fold(name, COLLAGEN) - 1).max())
    for output in HEALTHY[:3]:
        yield f"second.healthy.once.{output}", float(np.abs(c.fold("mouse once", output) - 1).max())


@once_a_reading
def _challenged() -> Courses:
    """One dose of vesicles, or none, and endotoxin some days later."""
    hours = np.arange(0, 49) / 24
    times = np.unique(np.concatenate([[0.0], *(day + hours for day in CHALLENGED)]))
    mouse = Animal("mouse")
    names = [f"{what} {day}" for day in CHALLENGED for what in ("without", "with")]
    events = {name: _toxin("endotoxin", [float(name.split()[1])]) for name in names}
    plans = {name: Plan(EV, dose="1e10 particle") for name in names if name.startswith("with ")}
    return run_courses(dict.fromkeys(names, mouse), times, events=events, plans=plans)


def _toxin(name: str, days: list[float]) -> list[Event]:
    """The usual dose of a cause in a mouse, on some days."""
    return list(cause(name, "mouse").events(None, days, None))


def _answer(output: str, day: int) -> float:
    """What one dose changes of the answer to endotoxin some days later: of the highest value, of M2/M1 after a day."""
    c = _challenged()
    here = (c.times >= day) & (c.times <= day + 2)
    with_, without = (
        c.at(f"{what} {day}", output, day + 1) if output == "m2_m1_ratio" else c(f"{what} {day}", output)[here].max()
        for what in ("with", "without")
    )
    return abs(float(with_ / without) - 1)


def _fading() -> Found:
    for output in ("tnf_alpha", "il_10", "m2_m1_ratio"):
        most = max(_answer(output, day) for day in CHALLENGED[:3])
        yield f"second.challenge.{output}", most
        for day in (14, 60):
            yield f"second.fading.{output}.day{day}", _answer(output, day) / most if most > 0 else float("nan")


# --- dose and time ----------------------------------------------------------------------------------------------------


@once_a_reading
def _scarred() -> Courses:
    """Mice with six weeks of carbon tetrachloride from day 7 on."""
    plans: dict[str, Part] = {f"{dose:.3g}": _course(f"{dose:.6g} particle") for dose in DOSES}
    plans |= {name: _course(dose) for name, dose in PUBLISHED_DOSES.items()}
    plans |= {
        "a week before": Plan(EV, dose="1e10 particle"),
        "a day before": Plan(EV, dose="1e10 particle", start="6 d"),
        "in mid-course": Plan(EV, dose="1e10 particle", start="28 d"),
        "three": _course("1e10 particle"),
        "counted": _course("1e10 particle"),
        "1e8": _course("1e8 particle"),
        "1e8 cells": Plan(CELLS, dose="1e6 cell", start="28 d"),
    }
    for name in ("stellate-targeted-ev", "hepatocyte-targeted-ev"):
        plans[name] = _course("1e8 particle", name)
    sets: dict[str, dict[str, float]] = {"counted": COUNTED}
    for reading, most in AMPLIFIED.items():
        for k, amplification in enumerate((1.0, most)):
            plans[f"{reading} {k}"] = _course("1e10 particle")
            sets[f"{reading} {k}"] = {READING: READINGS[reading]}
            sets[f"{reading} {k}"] |= {} if amplification is None else {"mirna_amplification": amplification}
    for name in products:
        if products[name].kind == "vesicles":
            plans[f"product {name}"] = _course("1e10 particle", name)
        if products[name].kind == "cells" and NEGATIVES["dead_cells"] in name:
            plans[f"product {name}"] = Plan(name, dose="1e6 cell", start="28 d")
    for component in LOST:
        plans[f"without {component}"] = plans[f"without {component}, counted"] = _course("1e10 particle")
        sets[f"without {component}"] = {f"{component}_copies_per_particle": 0.0}
        sets[f"without {component}, counted"] = {f"{component}_copies_per_particle": 0.0} | COUNTED
    toxin = _toxin("ccl4", [FIRST + 3.5 * k for k in range(12)])
    subjects: dict[str, Subject] = dict.fromkeys(("untreated", *plans), Animal("mouse"))
    events = dict.fromkeys(subjects, toxin)
    return run_courses(subjects, np.arange(0, LAST + 0.25, 0.25), events=events, plans=plans, sets=sets)


def _course(dose: str, product: str = EV) -> Plan:
    """Three weekly doses from the middle of the injury on."""
    return Plan(product, dose=dose, start="28 d", every="7 d", n=3)


def _effect(name: str, output: str = COLLAGEN) -> float:
    """What a plan takes of an output on the last day, as a share."""
    c = _scarred()
    return 1 - c.at(name, output, LAST) / c.at("untreated", output, LAST)


def _timing() -> Found:
    """A dose before the toxin does less than one in its course, and than three."""
    for name in ("a week before", "a day before"):
        yield f"second.timing.{name.split()[1]}_before", _effect(name) / _effect("in mid-course")
    yield "second.timing.three", _effect("a day before") / _effect("three")


def _peaks() -> Found:
    """TNF after the dose: what came in the hour before it, which holds the peak, no dose can lower."""
    mouse = Animal("mouse", injury="lps_galactosamine")
    plan = Plan(EV, dose="1e10 particle", start="1 h")
    c = run_courses({"untreated": mouse, "ev": mouse}, np.arange(0, 25) / 24, plans={"ev": plan})
    tnf_alpha = [c.at(name, "tnf_alpha", 0.25) for name in ("ev", "untreated")]
    yield "second.lps_galactosamine.tnf.hour6", tnf_alpha[0] / tnf_alpha[1]


def _saturation() -> Found:
    effects = np.maximum.accumulate([_effect(f"{dose:.3g}") for dose in DOSES])
    plateau, logs = effects[-1], np.log10(DOSES)
    low, high = (float(np.interp(share * plateau, effects, logs)) for share in (0.1, 0.9))
    yield "second.dose.decades", high - low
    yield "second.dose.flat", float((effects[-1] - effects[-3]) / plateau)
    for name in PUBLISHED_DOSES:
        yield f"second.dose.{name}", _effect(name) / plateau


# --- routes and products ----------------------------------------------------------------------------------------------


@once_a_reading
def _routed() -> dict[str, dict[str, float]]:
    """Vesicles in liver macrophages over two days by route, of a mouse and of a patient with cirrhosis."""
    found = {}
    sick = Patient(etiology="alcohol", years=16)
    for who, subject, dose in (("mouse", Animal("mouse"), "1e10 particle"), ("patient", sick, "1e10 particle/kg")):
        plans: dict[str, Part] = {route: Plan(EV, dose=dose, route=route) for route in ROUTES}
        times = subject.history_days + np.arange(0, 97) / 48
        c = run_courses(dict.fromkeys(plans, subject), times, plans=plans)
        found[who] = {route: float(np.trapezoid(c(route, "ev_in_macrophages"), times)) for route in ROUTES}
    return found


def _routes() -> Found:
    for who, taken in _routed().items():
        for route in ROUTES[1:]:
            yield f"second.route.{who}.{route.replace(' ', '_')}", taken[route] / taken["iv"]
    sick = _routed()["patient"]
    apart = [abs(a / b - 1) for a, b in itertools.combinations(sick.values(), 2)]
    yield "second.route.differ", min(apart)
    yield from _organs()


def _organs() -> Found:
    """The spleen second: over the next organ but the liver, at its largest share; phagocytes hold vesicles back."""
    times = np.unique(np.concatenate([np.arange(0, 241) / 1440, np.arange(0, 25) / 24]))
    c = run_courses({"a": Animal("mouse")}, times, plans={"a": Plan(EV, dose="1e10 particle")})
    share = {organ: c("a", f"ev_in_{organ}").max() for organ in ("liver", "spleen", "lung", "kidney")}
    yield "second.organs.liver", share["liver"] / max(share[o] for o in ("spleen", "lung", "kidney"))
    yield "second.organs.spleen", share["spleen"] / max(share["lung"], share["kidney"])


def _products() -> Found:
    """Targeted vesicles in their own cells at a low dose; products that must do little; products that are alike."""
    c = _scarred()
    for name, cell in (("stellate", "stellate_cells"), ("hepatocyte", "hepatocytes")):
        amount = f"ev_in_{cell}"
        yield f"second.targeted.{name}", c(f"{name}-targeted-ev", amount).max() / c("1e8", amount).max()
    for check, word in NEGATIVES.items():
        mine = [name for name in c.names if name.startswith("product ") and word in name]
        native = "1e8 cells" if check == "dead_cells" else "three"
        yield f"second.negative.{check}", max((_effect(n) / _effect(native) for n in mine), default=float("nan"))
    yield "second.products.alike", float(len(list(_alike())))


def _alike() -> Found:
    """Pairs of vesicle products that give one number, do not say so and differ in nothing that has a source; with
    their largest difference."""
    c = _scarred()
    names = [name for name in c.names if name.startswith("product ")]
    last = {name: np.array([c(name, o)[-1] for o in (COLLAGEN, "alt", "m2_m1_ratio")]) for name in names}
    for one, other in itertools.combinations(names, 2):
        apart = float(np.abs(last[one] / last[other] - 1).max())
        pair = [products[name.removeprefix("product ")] for name in (one, other)]
        said = original(pair[0]).name == original(pair[1]).name
        if apart < 1e-6 and not said and not any(d.sources for d in differences(*pair)):
            yield f"{one}, {other}", apart


# --- readings ---------------------------------------------------------------------------------------------------------


def _readings() -> Found:
    """The amplification changes nothing native; what counting does not explain has a size."""
    for reading in READINGS:
        pair = [_scarred()(f"{reading} {k}", COLLAGEN) for k in range(2)]
        yield f"second.amplification.{reading}", float(np.abs(pair[1] / pair[0] - 1).max())
    yield "second.unexplained", 1 - _effect("counted") / _effect("three")


def _lost() -> Found:
    """Without a component: as studies that take it from the donor publish it, and as counted."""
    for component in LOST:
        for output in ("il_1_beta", COLLAGEN):
            kept = _effect(f"without {component}", output) / _effect("three", output)
            yield f"second.transfected.{component}.{output}", kept
            kept = _effect(f"without {component}, counted", output) / _effect("counted", output)
            yield f"second.knock_out.{component}.{output}", kept


def hidden_factors() -> list[str]:
    """Parameters of therapy that differ between species and are no size, amount, rate or share of the body."""
    return [
        name
        for name, p in parameter_table().items()
        if p.fragment in THERAPY and p.unit == "1" and not name.endswith(("_share", "_passages"))
        and len(set(p.values.values())) > 1
    ]  # fmt: skip


def _hidden() -> Found:
    yield "second.hidden_factors", float(len(hidden_factors()))


def _width(subject: Subject, plan: Part, until: str, output: str) -> float:
    """Width of the 90 % band on the last day, as a logarithm."""
    run = simulate(subject, plan, until, sample_every=until, uncertainty=MEMBERS, outputs=[output], reading=asked_for())
    assert run.band is not None
    band = run.band[output].sel(quantile=[0.05, 0.95]).values[:, -1]
    return float(np.log(band[1] / band[0]))


def _bands() -> Found:
    """A run outside of what was calibrated is not surer of itself than one inside; no forecast is certain."""
    inside = _width(Animal("mouse", injury="ccl4", weeks=6), _weekly("1e10 particle"), "42 d", COLLAGEN)
    sick = Patient(etiology="alcohol", years=16)
    outside = _width(sick, Plan(EV, dose="1e10 particle/kg", every="7 d", n=8), "84 d", COLLAGEN)
    yield "second.band.outside", outside / inside if inside > 0 else float("nan")
    yield "second.band.patient", _width(sick, Plan(CELLS, dose="1e6 cell/kg"), "168 d", "albumin")


def _weekly(dose: str) -> Plan:
    return Plan(EV, dose=dose, start="21 d", every="7 d", n=3)
