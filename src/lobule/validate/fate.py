"""Where vesicles and cells go, and what they plug: facts P1 to P3 and T15."""

from __future__ import annotations

from functools import cache

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.patient import Animal, Patient
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan
from lobule.validate.check import Found

EV, CELLS = "uc-msc-ev", "uc-msc"
MACROPHAGES = ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages", "restorative_macrophages")
CELLS_GIVEN = 1e-3  # billions
LABELLED = 0.325  # billions


def fate_checks() -> Found:
    """All of them."""
    for group in (_vesicles, _cells, _label, _safety):
        yield from group()


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


def _vesicles() -> Found:
    c = _fate()
    yield "P1.half_life", _half_life(c, "ev")
    for organ in ("liver", "lung", "spleen"):
        yield f"P1.{organ}", c("ev", f"ev_in_{organ}").max() / 10
    yield "P1.clodronate", _half_life(c, "ev without phagocytes") / _half_life(c, "ev")
    taken = c("ev", "ev_in_macrophages").max() / 10
    yield "P1.saturation", c("ev 1e13", "ev_in_macrophages").max() / 1e4 / taken
    per_cell = c("ev", "infused_protein_in_macrophages").max() / (c("ev", "macrophages")[0])
    yield "P3.vesicles", per_cell
    yield "P3.copies", per_cell * 0.00825


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
