"""The one place where model, subject, plan and engine meet."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule import model
from lobule.arguments import a_text, between, checking, some_names
from lobule.engine import CompiledModel, EventTable, Solution
from lobule.engine.events import EVERYONE
from lobule.errors import InputError, LobuleError, about, nearest, shown
from lobule.model.cargo import CELLS
from lobule.model.parameters import values_for
from lobule.progress import say
from lobule.quantities import sampling
from lobule.simulation import ensemble
from lobule.simulation.experiment import Experiment
from lobule.simulation.run import INTENDED_USE, Run
from lobule.simulation.subject import Subject, a_subject
from lobule.simulation.uncertainty import SEED
from lobule.simulation.uncertainty import band as uncertainty_band
from lobule.therapy import Plan
from lobule.therapy.regimen import HIGH, LOW, UNTREATED, VALUE, Part, Regimen

if TYPE_CHECKING:
    import xarray as xr

PACKAGES = ("lobule", "numpy", "scipy", "symengine", "antimony", "python-libsbml", "xarray")
ENGINES = ("lobule", "roadrunner")
# Outputs whose largest value is recorded, also between the reported times
PEAKS = ("lung_plugs", "donor_immunity", "msc_alive", "msc_in_depot", "msc_factor", "msc_engulfment",
         "educated_macrophages")  # fmt: skip
FOLDS = ("tnf_alpha", "il_6", "il_1_beta", "il_10", "tgf_beta", "ifn_gamma", "hgf", "ccl_2", "vegf", "danger_signal",
         "reactive_oxygen", "macrophage_nf_kb", "endotoxin")  # fmt: skip


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
    uncertainty: bool | int = False,
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

    uncertainty : True for a band of all members of the calibrated ensemble, or how many of them; the commands do so

    Returns
    -------
    Run : its values are those of the most likely parameters. Its band holds the quantiles of the ensemble with
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
    started = time.perf_counter()
    if engine not in ENGINES:
        raise InputError(f"unknown engine {shown(engine)}. {nearest(engine, ENGINES)}", ["engine"])
    with about("plan"):
        regimen = Regimen.of(plan, subject)
    experiment = Experiment.of(
        without,
        {} if clamp is None else clamp,
        {} if scale is None else scale,
        {} if hypotheses is None else hypotheses,
    )
    say("the subject and its untreated twin")
    compiled = experiment.model(subject.species)
    times, history = _grid(until, sample_every), subject.history_days
    members = regimen.members()
    parameters: dict[str, Any] = dict(subject.parameters()) | regimen.parameters(members)
    parameters |= experiment.parameters(values_for(subject.species) | parameters)
    parameters["body_weight"] = np.full(len(members), subject.body_weight_g)  # one row a member
    constants = values_for(subject.species) | {k: float(np.atleast_1d(v)[0]) for k, v in parameters.items()}
    outputs = compiled.variables
    given = regimen.decisions(members)
    visits = regimen.visits(history, float(times[-1]))
    grid = np.union1d(times + history, visits)
    while True:
        rows = [*subject.events(), *regimen.events(given, constants, history)]
        table = experiment.allowed(EventTable(rows))
        solution = compiled.solve(parameters, None, table, grid, rtol=rtol, outputs=outputs, engine=engine)
        _refuse_incomplete(solution)
        if not regimen.decide(given, solution, history):
            break
    reported = np.isin(grid, times + history)
    band = None
    if uncertainty:
        n = None if uncertainty is True else int(uncertainty)
        say(f"band of {n or ensemble.size()} members")
        band = uncertainty_band(
            subject,
            regimen,
            given,
            experiment,
            compiled,
            constants,
            times,
            n or ensemble.size(),
        )
    elif LOW in members:
        band = _dataset(solution, [members.index(LOW), members.index(HIGH)], compiled, times, reported)
    settings = {"until": until, "sample_every": sample_every, "rtol": rtol, "engine": engine, **experiment.to_dict()}
    settings["uncertainty"] = 0 if not uncertainty else ensemble.size() if uncertainty is True else int(uncertainty)
    record = {
        "title": title,
        "intended_use": INTENDED_USE,
        "settings": settings,
        "subject": {"kind": type(subject).__name__.lower(), **subject.to_dict()},
        "injury_times_d": [t for t in subject.injury_times() if history == 0],
        **regimen.record(given),
        "peaks": {name: float(solution[name][VALUE].max()) for name in solution.outputs if _has_peak(name)},
        "seed": SEED if uncertainty else None,
        "versions": versions(),
        "model_hash": compiled.hash,
        "parameters": constants,
        "parameter_hash": _digest(constants),
        "wall_seconds": time.perf_counter() - started,
    }
    return Run(
        data=_dataset(solution, members.index(VALUE), compiled, times, reported),
        band=band,
        control=(
            _dataset(solution, members.index(UNTREATED), compiled, times, reported) if UNTREATED in members else None
        ),
        record=record,
    )


@checking(subject=a_subject)
def events_of(subject: Subject, plan: Part | Sequence[Part] | None) -> tuple[EventTable, dict[str, float]]:
    """The doses and switches of a subject under a plan, and the constants they set: what an export needs.

    Raises
    ------
    InputError : a plan with a condition, which only a run can decide.
    """
    with about("plan"):
        regimen = Regimen.of(plan, subject)
    if any(isinstance(part, Plan) and part.when for part in regimen.parts):
        raise InputError("a plan with a condition (when) cannot be exported: its doses depend on the course")
    parameters = dict(subject.parameters()) | {k: v for part in regimen.products for k, v in part.parameters().items()}
    given = {(i, VALUE): part.times() for i, part in enumerate(regimen.parts) if isinstance(part, Plan)}
    rows = regimen.events(given, values_for(subject.species) | parameters, subject.history_days)
    return EventTable([*subject.events(), *(replace(row, patient=EVERYONE) for row in rows)]), parameters


def _grid(until: str, sample_every: str) -> np.ndarray:
    end, step = sampling(until, sample_every)
    inner = np.arange(0, int(np.floor(end / step + 1e-9)) + 1) * step
    return inner if np.isclose(inner[-1], end) else np.append(inner, end)


def _has_peak(name: str) -> bool:
    """Copies in cells, effects, and what is named in PEAKS."""
    return name in PEAKS or name.endswith("_effect") or any(name.endswith(f"_per_{cell}") for cell in CELLS)


def _refuse_incomplete(solution: Solution) -> None:
    reasons = [reason for reason in solution.reasons if reason]
    if reasons:
        raise SimulationError(f"the simulation is not complete: {reasons[0]} (time in days)")


def _dataset(
    solution: Solution, rows: int | list[int], compiled: CompiledModel, times: np.ndarray, reported: np.ndarray
) -> xr.Dataset:
    import xarray as xr

    units, labels = model.units_of(compiled), compiled.labels
    values = solution.y[rows][..., reported, :]
    dims = ("time",) if isinstance(rows, int) else ("bound", "time")
    variables = {}
    for i, name in enumerate(solution.outputs):
        attributes = {"units": units.get(name, "1"), "long_name": labels.get(name, name.replace("_", " "))}
        if attributes["units"] == "1" and (name in FOLDS or name.endswith("_fold")):
            attributes["scale"] = "fold of health"
        variables[name] = (dims, values[..., i].copy(), attributes)
    return xr.Dataset(variables, {"time": ("time", times, {"units": "d"})})


def versions() -> dict[str, str]:
    """Versions of everything that can change a number."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
