"""Where vesicles and cells go by route and ligand, and what they plug: facts P1 to P3, T10 and T15."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal, Patient
from lobule.simulation.biodistribution import Tracer, trace
from lobule.simulation.courses import Courses
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan
from lobule.validate.check import Found
from lobule.validate.tracers import MACROPHAGES, tracer_rows
from lobule.validate.treated import once_a_reading, run_courses

EV, CELLS = "uc-msc-ev", "uc-msc"
LIGANDS = {"stellate-targeted-ev": "stellate_cells", "hepatocyte-targeted-ev": "hepatocytes"}
ROUTES_ASKED = ("iv", "portal vein", "hepatic artery", "intrahepatic", "intraperitoneal")
CELLS_GIVEN = 1e-3  # billions
MELANOMA = 7.0  # fold of what the lung holds, of the vesicles behind P1.lung (pk-K125 over pk-K198)
LABELLED = 0.325  # billions


def fate_checks() -> Found:
    """All of them."""
    for group in (_vesicles, _clearance, _routes, _ligands, _cells, _label, _safety):
        yield from group()


@once_a_reading
def _fate() -> Courses:
    """Healthy mice for ten days, dense in the first minutes."""
    times = np.unique(np.concatenate([np.arange(0, 241) / 1440 / 4, np.arange(0, 241) / 24]))
    plans: dict[str, Part] = {
        "ev": Plan(EV, dose="1e10 particle"),
        "ev without phagocytes": Plan(EV, dose="1e10 particle"),
        "ev 1e13": Plan(EV, dose="1e13 particle"),
        "of a melanoma": Plan(EV, dose="1e10 particle"),
        "msc": Plan(CELLS, dose="1e6 cell"),
    }
    subjects: dict[str, Subject] = dict.fromkeys(plans, Animal("mouse"))
    few = [Event(EVERYONE, 0.0, name, "multiply", 0.02) for name in MACROPHAGES]
    events = {"ev without phagocytes": few}
    sets = {"ev without phagocytes": {"systemic_phagocytes": 0.02}, "of a melanoma": {"lung_arrest": MELANOMA}}
    return run_courses(subjects, times, plans=plans, events=events, sets=sets)


def _half_life(c: Courses, name: str) -> float:
    plasma = c(name, "ev_in_plasma")
    return float(c.times[1:][plasma[1:] < 0.5 * plasma[1:].max()][0]) * 1440


def _vesicles() -> Found:
    c = _fate()
    yield "P1.half_life", _half_life(c, "ev")
    for organ, whose in (("liver", "ev"), ("lung", "of a melanoma"), ("spleen", "ev")):
        yield f"P1.{organ}", c(whose, f"ev_in_{organ}").max() / 10
    lung = c("ev", "ev_in_lung").max()
    yield "P1.lung.msc", lung / 10
    yield "P1.second", c("ev", "ev_in_spleen").max() / max(lung, c("ev", "ev_in_kidney").max())
    yield "P1.clodronate", _half_life(c, "ev without phagocytes") / _half_life(c, "ev")
    taken = c("ev", "ev_in_macrophages").max() / 10
    yield "P1.saturation", c("ev 1e13", "ev_in_macrophages").max() / 1e4 / taken
    per_cell = c("ev", "infused_protein_in_macrophages").max() / (c("ev", "macrophages")[0])
    yield "P3.vesicles", per_cell
    yield "P3.copies", per_cell * 0.00825


def _clearance() -> Found:
    """Clearance without phagocytes over that of the usual half-life, which is how the fortyfold came about."""
    without = tracer_rows()["pk-K057"].tracer()
    usual = replace(without, sets=(), events=())
    found = trace({"usual": usual, "without": without}, [72.0])
    yield "P1.clearance", math.log(2) / found["usual"].half_gone("plasma") * found["without"].plasma_hours()


def _routes() -> Found:
    """What of a dose the liver's cells take up, by route over iv, in a healthy mouse and in cirrhosis."""
    for kind, given in (("vesicles", "1e10 particle"), ("cells", "1e6 cell")):
        product = EV if kind == "vesicles" else CELLS
        tracers = {route: Tracer(Animal("mouse"), Plan(product, given, route), "indium") for route in ROUTES_ASKED}
        found = {route: one.at("liver", 24) for route, one in trace(tracers, [24.0]).items()}
        for route in ROUTES_ASKED[1:]:
            yield f"P5.{kind}.{route.replace(' ', '_')}", found[route] / found["iv"]
    patient = Patient(etiology="alcohol", years=22)
    for kind, given in (("vesicles", "1e12 particle"), ("cells", "1e8 cell")):
        product = EV if kind == "vesicles" else CELLS
        tracers = {route: Tracer(patient, Plan(product, given, route), "indium") for route in ROUTES_ASKED}
        found = {route: one.at("liver", 24) for route, one in trace(tracers, [24.0]).items()}
        yield f"P5.{kind}.shunt", found["portal vein"] / found["hepatic artery"]


def _ligands() -> Found:
    """A ligand without a load at 1e8 particles: uptake by its own cells over that of native vesicles, in injury."""
    mouse = Animal("mouse", injury="ccl4", injury_every="3.5 d", duration="6 wk")
    names = (EV, *LIGANDS)
    plans: dict[str, Part] = {name: Plan(name, dose="1e8 particle", start="42 d") for name in names}
    c = run_courses(dict.fromkeys(plans, mouse), 42 + np.geomspace(1e-3, 3.0, 80), plans=plans)
    for name, cells in LIGANDS.items():
        own, macrophages = (c(name, f"infused_protein_in_{who}").max() / c(EV, f"infused_protein_in_{who}").max()
                            for who in (cells, "macrophages"))  # fmt: skip
        yield f"P4.{name}.own", own
        yield f"P4.{name}.macrophages", macrophages


def _cells() -> Found:
    c = _fate()
    yield "P2.lung", c.at("msc", "msc_in_lung", 1 / 24) / CELLS_GIVEN
    yield "P2.liver", c.at("msc", "msc_in_liver", 1) / CELLS_GIVEN
    yield "P2.hepatocytes", c("msc", "hepatocyte_like_cells").max() / CELLS_GIVEN


def _label() -> Found:
    """Cells with 111In in cirrhosis: where the label is, living or dead."""
    days = np.array([0.0, 1 / 24, 10.0])
    patient = Patient(etiology="alcohol", years=16)
    scan = run_courses({"a": patient}, days + patient.history_days, plans={"a": Plan(CELLS, dose="3.25e8 cell")})
    for organ in ("liver", "spleen", "lung"):
        label = (scan("a", f"msc_in_{organ}") + scan("a", f"msc_debris_in_{organ}")) / LABELLED
        yield f"P2.label.{organ}.hour", label[1]
        yield f"P2.label.{organ}.day10", label[2]


def _safety() -> Found:
    mouse = Animal("mouse")
    plans: dict[str, Part] = {
        "usual": Plan(CELLS, dose="1e6 cell"),
        "much": Plan(CELLS, dose="5e6 cell"),
        "slow": Plan(CELLS, dose="5e6 cell", over="6 h"),
    }
    c = run_courses(dict.fromkeys(plans, mouse), np.arange(0, 49) / 48, plans=plans)
    load = {name: c(name, "lung_plugs").max() for name in plans}
    yield "T15.dose", load["much"] / load["usual"]
    yield "T15.rate", load["slow"] / load["much"]
