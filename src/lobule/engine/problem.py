"""Checks what `solve` was asked and lays it out as arrays: one row a patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from lobule.engine.events import EVERYONE, Event, EventTable
from lobule.errors import InputError, ModelError, nearest

if TYPE_CHECKING:
    from lobule.engine.compiled import CompiledModel

NOTHING = 1e-100  # a start value below this says no more about a state's size than 0 does


@dataclass(frozen=True)
class Problem:
    """What to integrate. NaN in `constants` or `initial` means: as the model derives it.

    constants (n_patients, n_constants), initial (n_patients, n_states), events per patient in order of time,
    times (n_times,), atol (n_states,) or None for the default, outputs names, sensitivities names of constants.
    """

    constants: np.ndarray
    initial: np.ndarray
    events: list[list[Event]]
    times: np.ndarray
    rtol: float
    atol: np.ndarray | None
    outputs: tuple[str, ...]
    sensitivities: tuple[str, ...] = ()

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(self.events)


def pose(
    model: CompiledModel,
    parameters: Mapping[str, ArrayLike],
    initial: Mapping[str, ArrayLike],
    events: EventTable,
    times: ArrayLike,
    rtol: float,
    atol: ArrayLike | None,
    outputs: Sequence[str] | None,
    sensitivities: Sequence[str] = (),
) -> Problem:
    """Build a Problem; raises InputError with the offending name or index."""
    grid = _increasing(times)
    if not 0 < rtol < 1:
        raise InputError(f"rtol {rtol} must lie between 0 and 1")
    names = tuple(outputs) if outputs is not None else model.states
    _known(names, model.outputs, "output")
    _known(sensitivities, model.constants, "parameter")
    if len(set(sensitivities)) < len(sensitivities):
        raise InputError(f"a sensitivity is asked for twice: {', '.join(sensitivities)}")
    _known(parameters, model.constants, "parameter")
    _known(initial, model.states, "initial state")
    _check_targets(events, model)
    n = _count(parameters, initial, events)
    constants = np.tile(np.array(model.system.constant_values), (n, 1))
    for i in model.system.initial_constants:
        constants[:, i] = np.nan
    start = np.full((n, len(model.states)), np.nan)
    for table, known, given in ((constants, model.constants, parameters), (start, model.states, initial)):
        for name, value in given.items():
            table[:, known.index(name)] = _finite(name, value)
    derived = set(model.system.initial_constants)
    for index in np.flatnonzero(np.isnan(constants).any(axis=0)):
        if index not in derived:
            raise ModelError(f'"{model.constants[index]}" has no value; give one in the model or in parameters')
    of_patient = _events_of_patients(events, n)
    tolerance = None if atol is None else _tolerance(model, atol)
    return Problem(constants, start, of_patient, grid, rtol, tolerance, names, tuple(sensitivities))


def _events_of_patients(events: EventTable, n: int) -> list[list[Event]]:
    """Events of each patient in order of time, ties in the order of the table; patients without events of their own
    share one list. One pass over the table: `EventTable.of` for every patient would be quadratic."""
    of_all: list[tuple[float, int, Event]] = []
    own: dict[int, list[tuple[float, int, Event]]] = {}
    for place, event in enumerate(events):
        rows = of_all if event.patient == EVERYONE else own.setdefault(event.patient, [])
        rows.append((event.time, place, event))
    shared = [event for _, _, event in sorted(of_all, key=lambda row: row[:2])]
    return [
        [event for _, _, event in sorted([*of_all, *own[patient]], key=lambda row: row[:2])]
        if patient in own
        else shared
        for patient in range(n)
    ]


def _increasing(times: ArrayLike) -> np.ndarray:
    grid = np.atleast_1d(np.asarray(times, float))
    if grid.ndim != 1 or grid.size == 0:
        raise InputError("times must be a list of at least one number")
    if not np.all(np.isfinite(grid)) or grid[0] < 0 or np.any(np.diff(grid) <= 0):
        raise InputError("times must be finite, 0 or later, and increasing")
    return grid


def _known(names: Sequence[str] | Mapping, known: Sequence[str], what: str) -> None:
    for name in names:
        if name not in known:
            raise InputError(f'the model has no {what} "{name}". {nearest(name, known)}')


def _check_targets(events: EventTable, model: CompiledModel) -> None:
    for event in events:
        if event.target in model.states:
            continue
        if event.target not in model.constants:
            raise InputError(
                f'an event at time {event.time:g} changes "{event.target}", which is neither a state nor a constant '
                f"of the model. {nearest(event.target, [*model.states, *model.constants])}"
            )
        if event.kind == "infuse":
            raise InputError(f'an infusion at time {event.time:g} goes into "{event.target}", which is not a state')


def _count(parameters: Mapping, initial: Mapping, events: EventTable) -> int:
    sizes = {name: np.size(value) for name, value in [*parameters.items(), *initial.items()] if np.ndim(value)}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise InputError(f"values for different numbers of patients: {listed}")
    last = 1 + max((event.patient for event in events), default=-1)
    n = next(iter(sizes.values()), max(1, last))
    if last > n:
        raise InputError(f"an event names patient {last - 1}, but there are only {n} patients")
    return n


def _finite(name: str, value: ArrayLike) -> np.ndarray:
    array = np.asarray(value, float)
    if not np.all(np.isfinite(array)):
        raise InputError(f'"{name}" has a value that is not a finite number: {array}')
    return array


def _tolerance(model: CompiledModel, atol: ArrayLike) -> np.ndarray:
    given = np.broadcast_to(np.asarray(atol, float), (len(model.states),)).copy()
    if not np.all(given > 0):
        raise InputError("atol must be above 0 for every state")
    return given


def absolute_tolerances(model: CompiledModel, problem: Problem, initial: np.ndarray) -> np.ndarray:
    """Absolute tolerance per patient and state (n_patients, n_states): the one given, else a small share of the
    state's typical size in this patient, so that the company it is solved in does not matter."""
    if problem.atol is not None:
        return np.tile(problem.atol, (problem.n_patients, 1))
    doses: dict[int, np.ndarray] = {}
    index = {name: i for i, name in enumerate(model.states)}
    for events in problem.events:
        if id(events) not in doses:
            largest = doses[id(events)] = np.zeros(len(model.states))
            for event in events:
                if event.kind == "add" and event.target in index:
                    i = index[event.target]
                    largest[i] = max(largest[i], abs(event.value))
    typical = np.maximum(np.abs(initial), np.array([doses[id(events)] for events in problem.events]))
    return 1e-4 * problem.rtol * np.where(typical > NOTHING, typical, 1.0)
