"""How much, how often, by which route: dose-response curves and surfaces, the smallest effective dose, a Pareto front.

Every design is one subject of one batch. The front of benefit against amount given and risk is searched with NSGA-II
(K. Deb et al., IEEE Trans. Evol. Comput. 6 (2002) 182) as implemented by Optuna.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule import model
from lobule.arguments import a_seed, a_text, between, checking, one_of, optional, some_names
from lobule.bounds import LATEST
from lobule.errors import InputError, nearest, shown
from lobule.labs import better
from lobule.optional import needs
from lobule.patient import Animal, Patient
from lobule.progress import say
from lobule.quantities import amount
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.subject import a_subject
from lobule.therapy import ROUTES, Plan
from lobule.therapy.plan import a_plan

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

MULTIPLES = tuple(float(f"{10**x:.3g}") for x in np.arange(-3, 2.01, 0.5))  # of the plan's own dose
INTERVALS = (0.5, 1.0, 2.0)  # of the plan's own interval
EFFECTIVE = 0.5  # the smallest effective dose has this share of the largest benefit
GENERATION, GENERATIONS = 32, 8
NO_RISK_DATA = "no estimate"


@dataclass(frozen=True)
class Dosing:
    """What doses do.

    Attributes
    ----------
    table : one row a design: dose (as written), multiple (of the plan's dose), per_dose and total (particles or cells),
        interval_d, doses, route, benefit (improvement of the output over untreated, share), lung_plugs (largest share
        of the lung's small vessels plugged by cells; "no estimate" for vesicles and medium), front (no other design of
        the search has more benefit from less, at less risk)
    smallest : {route: smallest dose of the curve with half of that route's largest benefit, in multiples of the plan's
        dose, interpolated; None where the curve does not show it}
    output, day : what was read and when
    unit : particles or cells
    """

    table: pd.DataFrame
    smallest: dict[str, float | None]
    output: str
    day: float
    unit: str
    dose: str

    def plot(self) -> matplotlib.figure.Figure:
        """Curve by route, surface of dose and interval, and the front."""
        from lobule.report.dosing import dosing
        from lobule.report.look import written

        return dosing(self.table, written(model.label(self.output)), self.unit)


@dataclass(frozen=True)
class _Design:
    """One plan of the search; `part` says which part of the study it belongs to."""

    part: str
    multiple: float
    interval: float
    doses: int
    route: str


@checking(
    subject=a_subject, plan=a_plan, day=between(0, LATEST), output=a_text, routes=optional(some_names), seed=a_seed
)
def explore_doses(
    subject: Animal | Patient,
    plan: Plan,
    day: float,
    *,
    output: str = "collagen_proportionate_area",
    routes: Sequence[str] | None = None,
    seed: int = 1,
) -> Dosing:
    """Vary dose, interval and route around a plan.

    Parameters
    ----------
    subject, plan : one product
    day : day of the run on which the output is read
    output : what should improve
    routes : routes to compare; the plan's own and the usual ones of its kind when None
    seed : of the search

    Raises
    ------
    InputError : unknown output or route, a day before the first dose. NotInstalled : optuna is not there.
    """
    import pandas as pd

    needs("optuna", extra="explore")
    compiled = model.compiled("mouse")
    if output not in compiled.variables:
        raise InputError(f"the model has no output {shown(output)}. {nearest(output, compiled.variables)}", ["output"])
    begin = amount(plan.start, "time")
    if not day > begin:
        raise InputError(f"the output is read on day {day:g}, not after the first dose on day {begin:g}", ["day"])
    routes = tuple(dict.fromkeys([plan.route, *(routes or _usual_routes(plan, subject))]))
    for route in routes:
        one_of(route, "routes", ROUTES[plan.kind], "route")
    study = _Study(subject, plan, day, output)
    gap = amount(plan.every, "time") if plan.every else 7.0
    span = gap * max(plan.n - 1, 0)
    grid = [_Design("curve", m, gap, plan.n, route) for route in routes for m in MULTIPLES]
    grid += [
        _Design("surface", m, gap * k, max(1, round(span / (gap * k)) + 1), plan.route)
        for k in INTERVALS
        for m in MULTIPLES
    ]
    rows = study.run([design for design in grid if study.possible(design)])
    rows += _front(study, routes, gap, max(day - begin, 1.0), seed)
    table = pd.DataFrame(rows)
    smallest = {route: _smallest(table[(table["part"] == "curve") & (table["route"] == route)]) for route in routes}
    return Dosing(table, smallest, output, day, plan.amount(subject.body_weight_g).unit, plan.dose)


def _usual_routes(plan: Plan, subject: Animal | Patient) -> tuple[str, ...]:
    usual = {
        "vesicles": ("iv", "intraperitoneal", "portal vein", "hydrogel"),
        "cells": ("iv", "portal vein", "intraperitoneal"),
        "medium": ("iv", "intraperitoneal"),
    }
    return usual[plan.kind]


class _Study:
    """Designs around one plan, run in batches beside the untreated subject."""

    def __init__(self, subject: Animal | Patient, plan: Plan, day: float, output: str):
        self.subject, self.plan, self.output = subject, plan, output
        self.own = plan.amount(subject.body_weight_g)
        begin = amount(plan.start, "time")
        early = begin + np.array([0.02, 0.05, 0.1, 0.2])  # when plugged vessels of the lung are seen
        self.times = np.unique(np.append(early[early < day], day)) + subject.history_days

    def plan_of(self, design: _Design) -> Plan:
        """The plan that a design means; raises InputError for more than the subject can take in."""
        return replace(
            self.plan.scaled(design.multiple, self.subject.body_weight_g, digits=6),
            route=design.route,
            every=f"{design.interval:.6g} d" if design.doses > 1 else None,
            n=design.doses,
            over=None,
        )

    def possible(self, design: _Design) -> bool:
        """The dose can be given to this subject."""
        try:
            self.plan_of(design)
        except InputError:
            return False
        return True

    def run(self, designs: Sequence[_Design]) -> list[dict[str, Any]]:
        """One row a design."""
        names = [str(i) for i in range(len(designs))]
        subjects: dict[str, Animal | Patient] = dict.fromkeys(["untreated", *names], self.subject)
        plans = {name: self.plan_of(design) for name, design in zip(names, designs, strict=True)}
        courses = run_courses(subjects, self.times, plans=plans)
        return [self._row(courses, name, design) for name, design in zip(names, designs, strict=True)]

    def _row(self, courses: Courses, name: str, design: _Design) -> dict[str, Any]:
        ratio = courses(name, self.output)[-1] / courses("untreated", self.output)[-1]
        each = design.multiple * self.own.value
        plugs: Any = float(courses(name, "lung_plugs").max()) if self.plan.kind == "cells" else NO_RISK_DATA
        return {
            "part": design.part,
            "dose": self.plan_of(design).dose,
            "multiple": design.multiple,
            "per_dose": each,
            "total": each * design.doses,
            "interval_d": design.interval,
            "doses": design.doses,
            "route": design.route,
            "benefit": float(ratio - 1 if better(self.output) == "up" else 1 - ratio),
            "lung_plugs": plugs,
            "front": False,
        }


def _front(study: _Study, routes: Sequence[str], gap: float, length: float, seed: int) -> list[dict[str, Any]]:
    """Search designs with NSGA-II; marks those that none beats in benefit, amount and risk."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.NSGAIISampler(population_size=GENERATION, seed=seed)
    search = optuna.create_study(directions=["maximize", "minimize", "minimize"], sampler=sampler)
    rows: list[dict[str, Any]] = []
    most = max(1, min(52, int(length / (0.5 * gap)) + 1))
    for generation in range(GENERATIONS):
        say("generations of the search", generation, GENERATIONS)
        trials, designs = [], []
        for _ in range(GENERATION):
            trial = search.ask()
            design = _Design(
                "search",
                trial.suggest_float("multiple", MULTIPLES[0], MULTIPLES[-1], log=True),
                trial.suggest_float("interval", 0.5 * gap, 4 * gap),
                trial.suggest_int("doses", 1, most),
                trial.suggest_categorical("route", list(routes)),
            )
            if study.possible(design) and design.interval * (design.doses - 1) < length:
                trials.append(trial)
                designs.append(design)
            else:
                search.tell(trial, state=optuna.trial.TrialState.PRUNED)
        for trial, row in zip(trials, study.run(designs) if designs else [], strict=True):
            risk = row["lung_plugs"] if isinstance(row["lung_plugs"], float) else 0.0
            search.tell(trial, [row["benefit"], row["total"], risk])
            rows.append(row | {"trial": trial.number})
    best = {trial.number for trial in search.best_trials}
    return [{k: v for k, v in row.items() if k != "trial"} | {"front": row["trial"] in best} for row in rows]


def _smallest(curve: pd.DataFrame) -> float | None:
    """Dose of half the largest benefit, between the points of the curve; None when no point is above or below it."""
    benefit, logs = curve["benefit"].to_numpy(float), np.log10(curve["multiple"].to_numpy(float))
    if not len(benefit) or benefit.max() <= 0:
        return None
    wanted = EFFECTIVE * benefit.max()
    first = int(np.argmax(benefit >= wanted))
    if first == 0:
        return None
    share = (wanted - benefit[first - 1]) / (benefit[first] - benefit[first - 1])
    return float(10 ** (logs[first - 1] + share * (logs[first] - logs[first - 1])))
