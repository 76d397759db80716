"""The one place where model, subject, plan and engine meet."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule import model
from lobule.engine import CompiledModel, EventTable, Solution
from lobule.engine.events import Event
from lobule.errors import InputError, LobuleError
from lobule.experiment import Experiment
from lobule.model.parameters import values_for
from lobule.patient import Animal, Patient
from lobule.quantities import amount
from lobule.run import INTENDED_USE, Run
from lobule.therapy import ROUTES, Plan

if TYPE_CHECKING:
    import xarray as xr

    from lobule.files.scenario import Scenario

VALUE, LOW, HIGH, UNTREATED = range(4)  # the four subjects of one call: the plan, its two bounds, the untreated twin
PACKAGES = ("lobule", "numpy", "scipy", "symengine", "antimony", "python-libsbml", "xarray")
MOST_SAMPLES = 1_000_000
FOLDS = ("tnf_alpha", "il_6", "il_1_beta", "il_10", "tgf_beta", "ifn_gamma", "hgf", "ccl_2", "vegf", "danger_signal",
         "reactive_oxygen", "macrophage_nf_kb", "endotoxin")  # fmt: skip


class SimulationError(LobuleError):
    """The subject could not be integrated to the end."""


def simulate(
    subject: Animal | Patient,
    plan: Plan | None = None,
    until: str = "63 d",
    *,
    sample_every: str = "6 h",
    title: str = "",
    rtol: float = 1e-6,
    engine: str = "lobule",
    without: str | Sequence[str] = (),
    clamp: Mapping[str, float] | None = None,
    scale: Mapping[str, float] | None = None,
) -> Run:
    """Simulate one subject under one plan, and its untreated twin beside it.

    The last three arguments are experiments: they hold for both twins and for the whole history, and stand in the
    run's record.

    Parameters
    ----------
    subject : who is treated
    plan : what is given; None for the untreated course alone
    until : length of the run; sample_every : distance of the reported times
    title : a heading for the picture
    rtol : tolerance of a step
    engine : "lobule", or "roadrunner" for the reference simulator
    without : states or constants that are 0 throughout, as in a knock-out ("il_10"); a component of the cargo
        ("mir_223") is taken out of the product
    clamp : {state: value it keeps}
    scale : {parameter: factor on its value}

    Returns
    -------
    Run : its band spans the number of particles that a dose of protein may hold (None where the dose is in particles);
        other uncertainty is not in it.

    Raises
    ------
    InputError : a quantity or name that does not fit.
    SimulationError : the integration stopped early; says when and in which quantity.

    >>> run = simulate(Animal("mouse"), until="2 d", sample_every="1 d")
    >>> [round(float(v), 6) for v in run["albumin"]]
    [30.0, 30.0, 30.0]
    """
    started = time.perf_counter()
    experiment = Experiment.of(without, clamp or {}, scale or {})
    compiled = experiment.model(subject.species)
    times, history = _grid(until, sample_every), subject.history_days
    doses = plan.particles(subject.body_weight_g) if plan else (0.0, 0.0, 0.0)
    parameters: dict[str, Any] = dict(subject.parameters())
    rows = list(subject.events())
    members = [VALUE]
    if plan is not None:
        members = [VALUE, LOW, HIGH, UNTREATED] if plan.by_protein() else [VALUE, UNTREATED]
        treated = np.array([member != UNTREATED for member in members], float)
        parameters |= {name: value * treated for name, value in plan.parameters().items()}
        rows += _doses(plan, members, doses, history)
    parameters |= experiment.parameters(values_for(subject.species) | parameters)
    outputs = compiled.variables
    table = experiment.allowed(EventTable(rows))
    solution = compiled.solve(parameters, None, table, times + history, rtol=rtol, outputs=outputs, engine=engine)
    _refuse_incomplete(solution)
    used = values_for(subject.species) | {name: float(np.atleast_1d(value)[0]) for name, value in parameters.items()}
    band = None
    if LOW in members:
        band = _dataset(solution, [members.index(LOW), members.index(HIGH)], compiled, times)
        band = band.assign_coords(particles_per_dose=("bound", [doses[1], doses[2]]))
    settings = {"until": until, "sample_every": sample_every, "rtol": rtol, "engine": engine, **experiment.to_dict()}
    record = {
        "title": title,
        "intended_use": INTENDED_USE,
        "settings": settings,
        **_what_was_given(subject, plan, doses),
        "seed": None,  # nothing in this version is drawn at random
        "versions": versions(),
        "model_hash": compiled.hash,
        "parameters": used,
        "parameter_hash": _digest(used),
        "wall_seconds": time.perf_counter() - started,
    }
    return Run(
        data=_dataset(solution, members.index(VALUE), compiled, times),
        band=band,
        control=_dataset(solution, members.index(UNTREATED), compiled, times) if UNTREATED in members else None,
        record=record,
    )


def events_of(subject: Animal | Patient, plan: Plan | None) -> tuple[EventTable, dict[str, float]]:
    """The doses and switches of a subject under a plan, and the constants they set: what an export needs."""
    rows, parameters = list(subject.events()), dict(subject.parameters())
    if plan is not None:
        rows += _doses(plan, [VALUE], plan.particles(subject.body_weight_g), subject.history_days)
        parameters |= plan.parameters()
    return EventTable(rows), parameters


def run_scenario(scenario: Scenario, engine: str = "lobule") -> Run:
    """Simulate a scenario; raises what `simulate` raises."""
    return simulate(
        scenario.who(),
        scenario.therapy(),
        scenario.until,
        sample_every=scenario.sample_every,
        title=scenario.title,
        engine=engine,
    )


def _what_was_given(subject: Animal | Patient, plan: Plan | None, doses: tuple[float, float, float]) -> dict[str, Any]:
    """Subject and plan as plain data, with their expanded times and doses."""
    return {
        "subject": {"kind": type(subject).__name__.lower(), **subject.to_dict()},
        "plan": plan.to_dict() if plan else None,
        "injury_times_d": [t for t in subject.injury_times() if subject.history_days == 0],
        "dose_times_d": plan.times() if plan else [],
        "particles_per_dose": {"value": doses[0], "low": doses[1], "high": doses[2]} if plan else None,
    }


def _grid(until: str, sample_every: str) -> np.ndarray:
    end, step = amount(until, "time"), amount(sample_every, "time")
    if end <= 0 or step <= 0:
        raise InputError(f'until "{until}" and sample_every "{sample_every}" must be above 0')
    if end / step > MOST_SAMPLES:
        raise InputError(f'sampling every "{sample_every}" until "{until}" is more than {MOST_SAMPLES} samples')
    inner = np.arange(0, int(np.floor(end / step + 1e-9)) + 1) * step
    return inner if np.isclose(inner[-1], end) else np.append(inner, end)


def _doses(plan: Plan, members: list[int], doses: tuple[float, float, float], history: float) -> list[Event]:
    billions = {member: doses[member] / 1e9 for member in members if member != UNTREATED}
    return [
        Event(row, history + when, ROUTES[plan.route], "add", billions[member])
        for row, member in enumerate(members)
        if member != UNTREATED
        for when in plan.times()
    ]


def _refuse_incomplete(solution: Solution) -> None:
    reasons = [reason for reason in solution.reasons if reason]
    if reasons:
        raise SimulationError(f"the simulation is not complete: {reasons[0]} (time in days)")


def _dataset(solution: Solution, rows: int | list[int], compiled: CompiledModel, times: np.ndarray) -> xr.Dataset:
    import xarray as xr

    units, labels = model.units_of(compiled), compiled.labels
    values = solution.y[rows]
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
