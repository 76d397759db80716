"""What a tracer study sees: a label on vesicles or cells, not the vesicles or cells themselves.

A label can come off before or after its carrier is eaten, stay where the carrier was digested, and circulate on its
own. Equations (all first order): digested carriers leave their label in the organ, which loses it to blood at
`release_rate`; free label in blood is lost at `free_loss_rate`; a share is free from the beginning.
Sources: half-lives by label pk-K053 to pk-K058, kinetics.md section 1; the design decision kinetics.md section 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_text, checking, number, one_of
from lobule.engine.events import Event
from lobule.errors import InputError
from lobule.simulation.crowd import Crowd, Group, Solved
from lobule.simulation.subject import Subject, a_subject
from lobule.therapy import Plan
from lobule.therapy.plan import a_plan

if TYPE_CHECKING:
    import pandas as pd

DENSE = np.concatenate([[0.0], np.geomspace(1e-5, 1.0, 400)])  # days after a dose
REST, LOST = "rest of the body", "lost or excreted"
ORGANS = {
    "vesicles": {
        "plasma": ("ev_in_plasma", "ev_in_portal_blood", "ev_in_liver_artery"),
        "liver": ("ev_in_liver",),
        "lung": ("ev_in_lung",),
        "spleen": ("ev_in_spleen",),
        "kidney": ("ev_in_kidney",),
        REST: ("ev_elsewhere", "ev_in_peritoneum", "ev_in_hydrogel", "ev_under_skin"),
    },
    "cells": {
        "plasma": ("msc_in_blood", "msc_in_portal_blood"),
        "liver": ("msc_in_liver", "hepatocyte_like_cells", "msc_debris_in_liver"),
        "lung": ("msc_in_lung", "msc_debris_in_lung"),
        "spleen": ("msc_in_spleen", "msc_debris_in_spleen"),
        REST: ("msc_elsewhere", "msc_in_depot"),
    },
}
# Vesicles that are being digested, and leave their label behind
DIGESTING = {
    "liver": ("ev_in_macrophages", "ev_in_endothelium", "ev_in_hepatocytes", "ev_in_stellate_cells"),
    "lung": ("ev_in_lung",),
    "spleen": ("ev_in_spleen",),
    "kidney": ("ev_in_kidney",),
    REST: ("ev_elsewhere",),
}
LIVING = {organ: tuple(name for name in names if "debris" not in name) for organ, names in ORGANS["cells"].items()}
NEEDED = [name for kind in ORGANS.values() for names in kind.values() for name in names] + [
    name for names in DIGESTING.values() for name in names
]


@dataclass(frozen=True)
class Label:
    """free_share : of the label that is on no carrier when it is given; release_rate : from digested carriers to blood,
    1/d; free_loss_rate : of free label from blood, 1/d"""

    title: str
    free_share: float
    release_rate: float
    free_loss_rate: float
    source: str
    grade: str


LABELS = {
    "intact": Label("the vesicles themselves, or a label that dies with them", 0.0, np.inf, np.inf, "", "derived"),
    "luciferase": Label("luciferase on the membrane", 0.02, np.inf, 24.0, "pk-K059 pk-K061", "assumed"),
    "dye": Label("lipophilic dye", 0.25, 0.3, 3.3, "pk-K053 pk-K054 pk-K055", "calibrated"),
    "iodine": Label("radio-iodine", 0.05, 5.0, 7.0, "pk-K058", "calibrated"),
    "cargo RNA": Label("labelled RNA inside", 0.02, 0.5, 500.0, "bio-C017", "assumed"),
    "indium": Label("a residualising metal (111In, 89Zr) on vesicles or cells", 0.02, 0.03, 10.0, "pk-K066", "assumed"),
    "viable cells": Label("living cells only", 0.0, np.inf, np.inf, "pk-K091", "derived"),
}


@dataclass(frozen=True)
class Tracer:
    """One dose that is followed by its label. sets, events : further changes, such as fewer phagocytes"""

    subject: Subject
    plan: Plan
    label: str
    sets: tuple[tuple[str, float], ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True)
class Traced:
    """What was found. hours : (n_times,) after the dose; organs : {organ: share of the dose, (n_times,)}"""

    hours: NDArray[np.float64]
    organs: dict[str, NDArray[np.float64]]

    def at(self, organ: str, hour: float) -> float:
        """Share of the dose in an organ."""
        return float(np.interp(hour, self.hours, self.organs[organ]))

    def plasma_hours(self) -> float:
        """Area under the share of the dose in plasma."""
        return float(np.trapezoid(self.organs["plasma"], self.hours))

    def residence(self) -> float:
        """Mean residence time in plasma, in hours."""
        return float(np.trapezoid(self.organs["plasma"] * self.hours, self.hours)) / self.plasma_hours()

    def half_gone(self, organ: str) -> float:
        """Hours from the largest share in an organ to half of it; infinity where it is not reached."""
        course = self.organs[organ]
        peak = int(np.argmax(course))
        below = np.flatnonzero(course[peak:] < 0.5 * course[peak])
        return float(self.hours[peak + below[0]] - self.hours[peak]) if below.size else math.inf


def trace(tracers: Mapping[str, Tracer], hours: Sequence[float]) -> dict[str, Traced]:
    """Follow all of them in one engine call.

    Parameters
    ----------
    hours : that are looked at among others, after the dose

    Raises
    ------
    InputError : unknown label, a label that does not fit the product, more than one dose, medium.
    """
    for one in tracers.values():
        _check(one.plan, one.label)
    last = max(hours) / 24
    after = np.unique(np.concatenate([DENSE, np.geomspace(1.0, max(last, 1.0), 100), np.array(hours) / 24]))
    after = after[after <= last + 1e-12]
    crowd, groups = Crowd(), {}
    for name, one in tracers.items():
        times = np.round(one.subject.history_days + one.plan.times()[0] + after, 9)
        events = [replace(event, time=event.time + times[0]) for event in one.events]
        groups[name] = crowd.add(one.subject, times, one.plan, events=events, sets=dict(one.sets))
    solved = crowd.solve(list(dict.fromkeys(NEEDED)), 1e-6)
    return {name: Traced(24 * after, _organs(one, after, solved, groups[name])) for name, one in tracers.items()}


def _organs(one: Tracer, after: NDArray[np.float64], solved: Solved, group: Group) -> dict[str, NDArray[np.float64]]:
    """Share of the dose by organ, with what is lost or excreted last."""
    dose, kind = one.plan.amount(one.subject.body_weight_g).value / 1e9, one.plan.kind

    def sums(of: Mapping[str, Sequence[str]]) -> dict[str, NDArray[np.float64]]:
        return {organ: np.sum([solved.values(group, name)[0] for name in names], axis=0) / dose
                for organ, names in of.items()}  # fmt: skip

    carriers = sums(LIVING if one.label == "viable cells" else ORGANS[kind])
    digesting = sums(DIGESTING) if kind == "vesicles" else {}
    rate = float(np.asarray(group.constants["ev_degradation_rate"]))
    seen = _seen(after, carriers, digesting, LABELS[one.label], rate)
    lost = np.maximum(0.0, 1 - np.sum(list(seen.values()), axis=0))  # the last digits of a solution may be below 0
    return seen | {LOST: lost}


def _check(plan: Plan, label: str) -> None:
    one_of(label, "label", LABELS)
    if plan.kind not in ORGANS:
        raise InputError("a tracer study follows vesicles or cells, not conditioned medium")
    if plan.n != 1:
        raise InputError(f"a tracer study follows one dose, not {plan.n}")
    if (label == "viable cells") != (plan.kind == "cells") and label not in ("indium", "dye"):
        raise InputError(f'the label "{label}" does not fit {plan.kind}; labels of cells: viable cells, indium, dye')


@checking(subject=a_subject, plan=a_plan, label=a_text)
def biodistribution(
    subject: Subject, plan: Plan, label: str, hours: tuple[float, ...] = (0.1, 1, 4, 24, 72)
) -> pd.DataFrame:
    """Share of a single dose that a tracer study finds in each organ.

    Parameters
    ----------
    subject, plan : one dose of vesicles or cells
    label : a key of LABELS
    hours : times after the dose

    Returns
    -------
    DataFrame, one row an organ: organ, and a column each hour with the share of the dose. "rest of the body" is muscle,
    skin, gut and marrow, and where a dose was put; the last row, "lost or excreted", closes the balance to 1.

    Raises
    ------
    InputError : unknown label, a label that does not fit the product, more than one dose, medium.
    """
    import pandas as pd

    _check(plan, label)
    if not isinstance(hours, (list, tuple)) or not hours:
        raise InputError("hours is a list of times after the dose, above 0", ["hours"])
    hours = tuple(number(hour, "hours", 0, 24 * 365, above=True) for hour in hours)
    found = trace({"a": Tracer(subject, plan, label)}, hours)["a"]
    rows = [[organ, *(found.at(organ, hour) for hour in hours)] for organ in found.organs]
    return pd.DataFrame(rows, columns=["organ", *(f"{hour:g} h" for hour in hours)])


def _seen(
    times: NDArray[np.float64],
    carriers: dict[str, NDArray[np.float64]],
    digesting: dict[str, NDArray[np.float64]],
    label: Label,
    degradation: float,
) -> dict[str, NDArray[np.float64]]:
    """Label by organ: on carriers, left by digested ones, and free in blood."""
    bound = 1 - label.free_share
    found = {organ: bound * course for organ, course in carriers.items()}
    free = np.zeros_like(times)
    flux = np.zeros_like(times)
    if np.isfinite(label.release_rate):
        for organ, course in digesting.items():
            left = _lagged(times, bound * degradation * course, label.release_rate)
            found[organ] = found[organ] + left
            flux = flux + label.release_rate * left
    if np.isfinite(label.free_loss_rate):
        free = label.free_share * np.exp(-label.free_loss_rate * times) + _lagged(times, flux, label.free_loss_rate)
        free[0] = label.free_share
    found["plasma"] = found["plasma"] + free
    return found


def _lagged(times: NDArray[np.float64], inflow: NDArray[np.float64], rate: float) -> NDArray[np.float64]:
    """Solution of x' = inflow - rate x from 0, exact for an inflow that is linear between the times."""
    x = np.zeros_like(times)
    for i in range(1, len(times)):
        h = times[i] - times[i - 1]
        a, b = inflow[i - 1], (inflow[i] - inflow[i - 1]) / h
        decay = np.exp(-rate * h)
        particular = a / rate - b / rate**2
        x[i] = x[i - 1] * decay + (particular + b * h / rate) - particular * decay
    return x
