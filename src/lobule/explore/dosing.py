"""How much, how often, by which route: dose-response curves, surfaces, published doses beside them, a Pareto front.

Every design is one subject of one batch. Through the points of each route a saturating curve is fitted, whose plateau
and half dose do not depend on which doses were looked at; members of the ensemble each have their own. The front of
benefit against amount given and risk is searched with NSGA-II (K. Deb et al., IEEE Trans. Evol. Comput. 6 (2002) 182)
as implemented by Optuna.
"""

from __future__ import annotations

import math
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
from lobule.simulation import ensemble
from lobule.simulation.courses import Courses, run_courses
from lobule.simulation.crowd import Crowd
from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import COUNTED, NO_EFFECT, PUBLISHED, constants_of, unexplained_share
from lobule.simulation.subject import a_subject
from lobule.simulation.uncertainty import disease_events
from lobule.statistics.ranges import range_with
from lobule.statistics.saturation import Saturation, saturation
from lobule.studies.doses import PublishedDose, doses_like, usual
from lobule.therapy import ROUTES, Plan
from lobule.therapy.plan import PLASMA_ML_PER_G, a_plan
from lobule.therapy.product import Product

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

MULTIPLES = tuple(float(f"{10**x:.3g}") for x in np.arange(-3, 2.01, 0.5))  # of the plan's own dose
INTERVALS = (0.5, 1.0, 2.0)  # of the plan's own interval
# Doses of the curves, per kg of body weight: from what does nothing to what a body can hardly take in
WIDEST = {"vesicles": (1e8, 1e16), "cells": (1e3, 1e9), "medium": (1e3, 1e9)}
NEAR = 0.9  # of the plateau: a dose that reaches it is within 10 %
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
        the search has more benefit from less, at less risk), reading; of the curves as published also benefit_counted
        and unexplained_share (see `lobule.simulation.reading`), missing elsewhere
    curves : {route: the saturating curve of benefit by per_dose; None where no dose does anything}
    half, near : of the plan's own route, the dose of half the plateau and that within 10 % of it: value, and 5 and 95 %
        over members of the ensemble; None where there is no curve
    members : of the ensemble, behind these ranges
    published : doses that were given in studies of such a product (of this species where there are any), one row a
        study and dose: study, source, species, route, dose (as written), doses, per_dose (particles or cells, for this
        body weight), share_of_plateau (of the curve of the plan's route), rows (of the evidence)
    usual : the median of them over sources, for this body weight; None where none is known
    output, day : what was read and when
    unit : particles or cells
    dose : of the plan, as written; route : of the plan; species, weight_kg : of the subject
    """

    table: pd.DataFrame
    curves: dict[str, Saturation | None]
    half: tuple[float, float, float] | None
    near: tuple[float, float, float] | None
    members: int
    published: pd.DataFrame
    usual: float | None
    output: str
    day: float
    unit: str
    dose: str
    route: str
    species: str
    weight_kg: float

    @property
    def curve(self) -> Saturation | None:
        """Of the plan's own route."""
        return self.curves[self.route]

    @property
    def reading(self) -> str:
        """How strongly products act."""
        return str(self.table["reading"].iloc[0])

    @property
    def own(self) -> dict[str, Any] | None:
        """The row of the plan's own dose and route; None where that cannot be given."""
        curve = self.table[(self.table["part"] == "curve") & (self.table["route"] == self.route)]
        rows = curve[curve["multiple"] == 1].to_dict("records")
        return {str(name): value for name, value in rows[0].items()} if rows else None

    def plot(self) -> matplotlib.figure.Figure:
        """Curve by route with published doses, surface of dose and interval, and the front."""
        from lobule.report.dosing import dosing
        from lobule.report.scale import written

        same = self.published["route"] == self.route
        marks = {
            f"given in studies, {name}": self.published.loc[which, "per_dose"].tolist()
            for name, which in (("same route", same), ("other routes", ~same))
            if which.any()
        }
        lines = {route: found.effect for route, found in self.curves.items() if found is not None}
        return dosing(self.table, written(model.label(self.output)), self.unit, lines, marks, self.half)


@dataclass(frozen=True)
class _Design:
    """One plan of the search; `part` says which part of the study it belongs to."""

    part: str
    multiple: float
    interval: float
    doses: int
    route: str


@checking(
    subject=a_subject, plan=a_plan, day=between(0, LATEST), output=a_text, routes=optional(some_names), seed=a_seed,
    members=ensemble.members(0), reading=a_text,
)  # fmt: skip
def explore_doses(
    subject: Animal | Patient,
    plan: Plan,
    day: float,
    *,
    output: str = "collagen_proportionate_area",
    routes: Sequence[str] | None = None,
    seed: int = 1,
    members: int = ensemble.THIN,
    reading: str = "published",
) -> Dosing:
    """Vary dose, interval and route around a plan.

    Parameters
    ----------
    subject, plan : one product
    day : day of the run on which the output is read
    output : what should improve
    routes : routes to compare; the plan's own and the usual ones of its kind when None
    seed : of the search
    members : of the ensemble, for the ranges of the half dose; 0 for none
    reading : "published" or "counted", as of `simulate`

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
    if not plan.amount(subject.body_weight_g).value > 0:
        raise InputError("the plan gives a dose of 0, which no factor makes larger", ["plan"])
    study = _Study(subject, plan, day, output, Experiment.of((), reading=reading))
    gap = amount(plan.every, "time") if plan.every else 7.0
    span = gap * max(plan.n - 1, 0)
    multiples = [m for m in study.multiples() if study.possible(_Design("curve", m, gap, plan.n, plan.route))]
    grid = [_Design("curve", m, gap, plan.n, route) for route in routes for m in multiples]
    grid += [
        _Design("surface", m, gap * k, max(1, round(span / (gap * k)) + 1), plan.route)
        for k in INTERVALS
        for m in MULTIPLES
    ]
    rows = study.run([design for design in grid if study.possible(design)])
    rows += _front(study, routes, gap, max(day - begin, 1.0), seed)
    table = pd.DataFrame(rows)
    curves = {route: _curve(table[(table["part"] == "curve") & (table["route"] == route)]) for route in routes}
    own = curves[plan.route]
    of_members = study.members([d for d in grid if d.part == "curve" and d.route == plan.route], members) if own else []
    weight = subject.body_weight_g / 1000
    given = doses_like(subject.species, plan.kind)
    return Dosing(
        table=table, curves=curves, half=_ranged(own, of_members, 0.5), near=_ranged(own, of_members, NEAR),
        members=members if own else 0, published=_published(given, plan.route, weight, own),
        usual=usual(given) * weight if given else None, output=output, day=day, unit=study.own.unit, dose=plan.dose,
        route=plan.route, species=subject.species, weight_kg=weight,
    )  # fmt: skip


def _curve(rows: pd.DataFrame) -> Saturation | None:
    """Through the points of one route; None where no dose does anything."""
    if not len(rows) or rows["benefit"].max() < NO_EFFECT:
        return None
    return saturation(rows["per_dose"].to_numpy(float), rows["benefit"].to_numpy(float))


def _ranged(
    own: Saturation | None, of_members: Sequence[Saturation], share: float
) -> tuple[float, float, float] | None:
    """A dose with its range over members."""
    if own is None:
        return None
    value = own.dose(share)
    return (value, *range_with(value, [one.dose(share) for one in of_members]))


def _published(given: Sequence[PublishedDose], route: str, weight: float, own: Saturation | None) -> pd.DataFrame:
    """Published doses for a body of that weight (kg), those of the same route first."""
    import pandas as pd

    columns = ("study", "source", "species", "route", "dose", "doses", "per_dose", "share_of_plateau", "rows")
    rows = [
        (one.study, one.source, one.species, one.route, one.written, one.doses, one.per_kg * weight,
         own.share(one.per_kg * weight) if own else math.nan, " ".join(one.rows))
        for one in sorted(given, key=lambda one: (one.route != route, one.per_kg))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def _usual_routes(plan: Plan, subject: Animal | Patient) -> tuple[str, ...]:
    usual = {
        "vesicles": ("iv", "intraperitoneal", "portal vein", "hydrogel"),
        "cells": ("iv", "portal vein", "intraperitoneal"),
        "medium": ("iv", "intraperitoneal"),
    }
    return usual[plan.kind]


class _Study:
    """Designs around one plan, run in batches beside the untreated subject."""

    def __init__(self, subject: Animal | Patient, plan: Plan, day: float, output: str, experiment: Experiment):
        self.subject, self.plan, self.output, self.experiment = subject, plan, output, experiment
        self.own = plan.amount(subject.body_weight_g)
        begin = amount(plan.start, "time")
        early = begin + np.array([0.02, 0.05, 0.1, 0.2])  # when plugged vessels of the lung are seen
        self.times = np.unique(np.append(early[early < day], day)) + subject.history_days

    def multiples(self) -> tuple[float, ...]:
        """Of the plan's dose, half a decade apart, over all doses that somebody could think of."""
        weight, product = self.subject.body_weight_g, self.plan.product
        low, high = (math.log10(per_kg * weight / 1000) for per_kg in WIDEST[self.plan.kind])
        if isinstance(product, Product) and product.kind == "medium" and product.cells_per_mL is not None:
            high = math.log10(PLASMA_ML_PER_G * weight * product.cells_per_mL.value)  # no more can be infused
        at = math.log10(self.own.value)
        if not low <= at <= high:
            return MULTIPLES
        steps = range(math.ceil(2 * (low - at)), math.floor(2 * (high - at)) + 1)
        return tuple(float(f"{10 ** (step / 2):.3g}") for step in steps)

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
        beside = [f"{name} counted" for name, one in zip(names, designs, strict=True) if self._beside(one)]
        subjects |= dict.fromkeys(beside, self.subject)
        plans |= {name: plans[name.split()[0]] for name in beside}
        sets = dict.fromkeys(beside, constants_of(COUNTED))
        courses = run_courses(subjects, self.times, plans=plans, sets=sets, experiment=self.experiment)
        if courses("untreated", self.output)[-1] == 0:
            raise InputError(
                f"{model.label(self.output)} is 0 without treatment; there is nothing to improve", ["output"]
            )
        return [self._row(courses, name, design) for name, design in zip(names, designs, strict=True)]

    def _beside(self, design: _Design) -> bool:
        """The counted reading stands beside this design."""
        return design.part == "curve" and self.experiment.reading == PUBLISHED

    def _benefit(self, treated: Any, untreated: Any) -> Any:
        ratio = treated / untreated
        return ratio - 1 if better(self.output) == "up" else 1 - ratio

    def members(self, designs: Sequence[_Design], members: int) -> list[Saturation]:
        """The curve of each member of the ensemble that has one."""
        designs = [design for design in designs if self.possible(design)]
        if not members or not designs:
            return []
        say(f"curves of {members} members")
        crowd = Crowd(experiment=self.experiment)
        factors = ensemble.factors(members, species=self.subject.species)
        events = disease_events(self.subject, ensemble.disease(members))
        groups = [
            crowd.add(self.subject, self.times[-1:], plan, n=members, factors=[factors], events=events)
            for plan in ([], *([self.plan_of(design)] for design in designs))
        ]
        solved = crowd.solve([self.output])
        untreated, *treated = (solved.values(group, self.output)[:, 0] for group in groups)
        doses = [design.multiple * self.own.value for design in designs]
        curves = [saturation(doses, self._benefit(np.array(of_one), base))
                  for of_one, base in zip(zip(*treated, strict=True), untreated, strict=True)]  # fmt: skip
        return [curve for curve in curves if curve is not None and curve.top >= NO_EFFECT]

    def _row(self, courses: Courses, name: str, design: _Design) -> dict[str, Any]:
        benefit = self._benefit(courses(name, self.output)[-1], courses("untreated", self.output)[-1])
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
            "benefit": float(benefit),
            "lung_plugs": plugs,
            "front": False,
            "reading": self.experiment.reading,
            **self._counted(courses, name, design),
        }

    def _counted(self, courses: Courses, name: str, design: _Design) -> dict[str, float]:
        if not self._beside(design):
            return {}
        ends = [float(courses(who, self.output)[-1]) for who in (name, "untreated", f"{name} counted")]
        share = unexplained_share(*ends)
        return {
            "benefit_counted": float(self._benefit(ends[2], ends[1])),
            "unexplained_share": math.nan if share is None else share,
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
