"""The one place where model, subject, plan and engine meet."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lobule.arguments import a_text, between, checking, optional, some_names
from lobule.engine import EventTable
from lobule.engine.events import EVERYONE
from lobule.errors import InputError, LobuleError, about, nearest, shown
from lobule.model.parameters import values_for
from lobule.progress import say
from lobule.quantities import sampling
from lobule.simulation import ensemble
from lobule.simulation.crowd import Solved
from lobule.simulation.experiment import Experiment
from lobule.simulation.program import INTENDED_USE, versions
from lobule.simulation.record import RunRecord, SubjectRecord, parameter_hash
from lobule.simulation.run import Run
from lobule.simulation.subject import Subject, a_subject
from lobule.simulation.treatment import Treatment
from lobule.simulation.twins import Twins
from lobule.simulation.uncertainty import SEED
from lobule.simulation.uncertainty import band as uncertainty_band
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen

ENGINES = ("lobule", "roadrunner")


class SimulationError(LobuleError):
    """The subject could not be integrated to the end."""


def _members_or_all(value: Any, name: str) -> bool | int:
    """A check of arguments: True for all members of the ensemble, or how many, 0 and False for none."""
    return value if isinstance(value, bool) else ensemble.members(0)(value, name)


@checking(
    subject=a_subject,
    title=a_text,
    rtol=between(1e-12, 0.1),
    engine=a_text,
    without=some_names,
    uncertainty=_members_or_all,
    outputs=optional(some_names),
)
def simulate(
    subject: Subject,
    plan: Part | Sequence[Part] | None = None,
    until: str = "63 d",
    *,
    sample_every: str = "6 h",
    title: str = "",
    rtol: float = 1e-6,
    engine: str = "lobule",
    without: str | Sequence[str] = (),
    clamp: Mapping[str, float] | None = None,
    scale: Mapping[str, float] | None = None,
    hypotheses: Mapping[str, float] | None = None,
    reading: str = "published",
    uncertainty: bool | int = False,
    outputs: Sequence[str] | None = None,
) -> Run:
    """Simulate one subject under one plan, and its untreated twin beside it.

    `without`, `clamp`, `scale` and `hypotheses` are experiments: they hold for both twins and for the whole history,
    and stand in the run's record.

    Parameters
    ----------
    subject : who is treated
    plan : what is given: a Plan, a Care, or several of them; None for the untreated course alone
    until : length of the run; sample_every : distance of the reported times
    title : a heading for the picture
    rtol : tolerance of a step
    engine : "lobule", or "roadrunner" for the reference simulator
    without : states or constants that are 0 throughout, as in a knock-out ("il_10"); a component of the cargo
        ("mir_223") is taken out of the product
    clamp : {state: value it keeps}
    scale : {parameter: factor on its value}
    hypotheses : {constant on which evidence conflicts: value}, such as {"mirna_amplification": 1}; docs/therapy.md
    reading : "published": a vesicle or cell acts as strongly as studies report, whatever carries it, and the course as
        counted stands beside it; "counted": only what copies in cells can do
    uncertainty : True for a band of all members of the calibrated ensemble, or how many of them; the commands do so
    outputs : names of what the run shall hold, when not everything is wanted: the same numbers, sooner

    Returns
    -------
    Run : its values are those of the usual parameters. Its band holds the quantiles of the ensemble with
        `uncertainty`; else only what the unit of a dose leaves open, such as the particles in a ug of protein (None
        where every dose is certain). The untreated twin gets nothing of the plan, but all that
        `treated_with` gives a patient.

    Raises
    ------
    InputError : a quantity or name that does not fit.
    SimulationError : the integration stopped early; says when and in which quantity.

    >>> from lobule import Animal
    >>> run = simulate(Animal("mouse"), until="2 d", sample_every="1 d")
    >>> [round(float(v), 6) for v in run["albumin"]]
    [30.0, 30.0, 30.0]
    """
    experiment = Experiment.of(without, clamp, scale, hypotheses, reading)
    return begun(subject, plan, until, sample_every, title, rtol, engine, experiment, outputs).run(uncertainty)


@dataclass(frozen=True)
class Begun:
    """A subject under its plan and its untreated twin, solved; `run` tells of them, with a band or without.

    Who shows curves at once and their band behind them solves the twins once.
    """

    subject: Subject
    twins: Twins
    solved: Solved
    experiment: Experiment
    title: str
    settings: dict[str, Any]
    wall_seconds: float

    def run(self, uncertainty: bool | int = False) -> Run:
        """The run as `simulate` gives it.

        Parameters
        ----------
        uncertainty : as of `simulate`
        """
        started = time.perf_counter()
        subject, twins, solved = self.subject, self.twins, self.solved
        members = ensemble.size() if uncertainty is True else int(uncertainty)
        if members:
            say(f"band of {members} members")
        band = uncertainty_band(subject, twins, self.experiment, members) if members else twins.between(solved)
        constants = {name: float(value) for name, value in twins.treated.constants.items()}
        record = RunRecord(
            title=self.title,
            intended_use=INTENDED_USE,
            settings=self.settings | {"uncertainty": members},
            subject=SubjectRecord.model_validate({"kind": type(subject).__name__.lower(), **subject.to_dict()}),
            injury_times_d=[t for t in subject.injury_times() if subject.history_days == 0],
            **twins.regimen.record(twins.given),
            peaks=twins.peaks(solved),
            seed=SEED if members else None,
            versions=versions(),
            model_hash=twins.crowd.model.hash,
            parameters=constants,
            parameter_hash=parameter_hash(constants),
            wall_seconds=self.wall_seconds + time.perf_counter() - started,
        )
        groups = (twins.untreated, twins.counted, twins.cared)
        untreated, counted, cared = (twins.course(solved, group) if group else None for group in groups)
        treated = twins.course(solved, twins.treated)
        return Run(data=treated, band=band, control=untreated, record=record.model_dump(), counted=counted, cared=cared)


def begun(
    subject: Subject,
    plan: Part | Sequence[Part] | None,
    until: str,
    sample_every: str,
    title: str,
    rtol: float,
    engine: str,
    experiment: Experiment,
    outputs: Sequence[str] | None,
) -> Begun:
    """The twins of `simulate`, whose parameters and errors these are, solved and without a band."""
    started = time.perf_counter()
    if engine not in ENGINES:
        raise InputError(f"unknown engine {shown(engine)}. {nearest(engine, ENGINES)}", ["engine"])
    with about("plan"):
        regimen = Regimen.of(plan, subject)
    times = _grid(until, sample_every)
    say("the subject and its untreated twin")
    twins = Twins(subject, regimen, experiment, times, outputs)
    solved = twins.solve(rtol, engine)
    if solved.reason:
        raise SimulationError(f"the simulation is not complete: {solved.reason} (time in days)")
    settings = {"until": until, "sample_every": sample_every, "rtol": rtol, "engine": engine, **experiment.to_dict()}
    settings |= {"uncertainty": 0} | ({} if outputs is None else {"outputs": list(outputs)})
    return Begun(subject, twins, solved, experiment, title, settings, time.perf_counter() - started)


@checking(subject=a_subject)
def events_of(subject: Subject, plan: Part | Sequence[Part] | None) -> tuple[EventTable, dict[str, float]]:
    """The doses and switches of a subject under a plan, and the constants they set: what an export needs.

    Raises
    ------
    InputError : a plan with a condition, which only a run can decide.
    """
    with about("plan"):
        regimen = Regimen.of(plan, subject)
    treatment = Treatment.of(regimen, subject.history_days)
    if treatment.conditions:
        raise InputError("a plan with a condition (when) cannot be exported: its doses depend on the course")
    parameters = dict(subject.parameters()) | regimen.parameters()
    rows = treatment.events(values_for(subject.species) | parameters, EVERYONE)
    return EventTable([*subject.events(), *rows]), parameters


def _grid(until: str, sample_every: str) -> np.ndarray:
    end, step = sampling(until, sample_every)
    inner = np.arange(0, int(np.floor(end / step + 1e-9)) + 1) * step
    return inner if np.isclose(inner[-1], end) else np.append(inner, end)
