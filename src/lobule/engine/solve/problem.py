"""Checks what `solve` was asked and lays it out as arrays: one row a patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import symengine as se
from numpy.typing import ArrayLike

from lobule.arguments import finite_array, number
from lobule.engine.events import EVERYONE, Event, EventTable
from lobule.errors import InputError, ModelError, nearest, shown

if TYPE_CHECKING:
    from lobule.engine.compiled import CompiledModel

SMALL = 1e-3  # starts that are all below it say that the model counts in large units
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
    grid, tolerance_of_step = _increasing(times), number(rtol, "rtol", 0, 1, above=True)
    if tolerance_of_step == 1:
        raise InputError("rtol 1 must lie between 0 and 1", ["rtol"])
    parameters, initial = _mapping(parameters, "parameters"), _mapping(initial, "initial")
    names = _names(outputs, "outputs") if outputs is not None else model.states
    chosen = _names(sensitivities, "sensitivities")
    _known(names, model.outputs, "output")
    _known(chosen, model.constants, "parameter")
    if len(set(chosen)) < len(chosen):
        raise InputError(f"a sensitivity is asked for twice: {', '.join(chosen)}")
    _known(parameters, model.constants, "parameter")
    _known(initial, model.states, "initial state")
    if not isinstance(events, EventTable):
        raise InputError(f"events must be an EventTable, not {type(events).__name__}")
    _check_targets(events, model)
    values = {name: _values(value, name) for name, value in (parameters | initial).items()}
    n = _count(values, events)
    constants = np.tile(np.array(model.system.constant_values), (n, 1))
    start = np.tile(np.array(model.system.state_values), (n, 1))
    derived = model.system.derived
    constants[:, [i for i, symbol in enumerate(model.system.constant_symbols) if symbol in derived]] = np.nan
    for name, value in values.items():
        table, known = (constants, model.constants) if name in parameters else (start, model.states)
        table[:, known.index(name)] = value
    _refuse_sizes(model, parameters, values)
    refuse_missing(model, {*values}, names, events)
    of_patient = _events_of_patients(events, n)
    tolerance = None if atol is None else _tolerance(model, atol)
    return Problem(constants, start, of_patient, grid, tolerance_of_step, tolerance, names, chosen)


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
    grid = np.atleast_1d(finite_array(times, "times"))
    if grid.ndim != 1 or grid.size == 0:
        raise InputError("times must be a list of at least one number")
    if grid[0] < 0 or np.any(np.diff(grid) <= 0):
        raise InputError("times must be 0 or later, and increasing")
    return grid


def _mapping(given: Mapping[str, ArrayLike], what: str) -> dict[str, ArrayLike]:
    if not isinstance(given, Mapping):
        raise InputError(f'{what} must be a mapping from names to values, as {{"k": 1.5}}, not {type(given).__name__}')
    return dict(given)


def _names(given: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise InputError(f'{what} must be a list of names, as ["x"], not {shown(given)}')
    names = tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{what} must be names, not {shown(name)}")
    return names


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


def _count(values: Mapping[str, np.ndarray], events: EventTable) -> int:
    """Number of patients: what the values say, else one."""
    sizes = {name: value.size for name, value in values.items() if value.ndim}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise InputError(f"values for different numbers of patients: {listed}")
    n = next(iter(sizes.values()), 1)
    last = max((event.patient for event in events), default=EVERYONE)
    if last >= n:
        are = "is only 1 patient" if n == 1 else f"are only {n} patients"
        raise InputError(f"an event names patient {last}, but there {are} (numbers from 0) by the values given")
    return n


def _values(value: ArrayLike, name: str) -> np.ndarray:
    found = finite_array(value, f'the value of "{name}"')
    if found.ndim > 1:
        raise InputError(f'"{name}" has values in {found.ndim} dimensions; give one number, or one for each patient')
    return found


def _tolerance(model: CompiledModel, atol: ArrayLike) -> np.ndarray:
    given, n = finite_array(atol, "atol"), len(model.states)
    if given.shape not in ((), (1,), (n,)):
        raise InputError(f"atol has {given.size} values; give one, or one for each of the {n} states")
    if not np.all(given > 0):
        raise InputError("atol must be above 0 for every state")
    return np.broadcast_to(given, (n,)).copy()


def _refuse_sizes(model: CompiledModel, parameters: Mapping, values: Mapping[str, np.ndarray]) -> None:
    for name in set(model.system.sizes) & parameters.keys():
        if np.any(values[name] <= 0):
            wrong = values[name].ravel()[np.flatnonzero(values[name].ravel() <= 0)[0]]
            raise InputError(f'the size of the compartment "{name}" must be above 0, not {wrong:g}')


def refuse_missing(model: CompiledModel, given: set[str], outputs: Sequence[str], events: EventTable) -> None:
    """Refuse a value that neither the model nor the user gives and that something needs.

    Raises
    ------
    ModelError : names it and the formula that needs it.
    """
    system = model.system
    names = dict(
        zip([*system.state_symbols, *system.constant_symbols], [*system.states, *system.constants], strict=True)
    )
    missing = {symbol: names[symbol] for symbol in system.missing if names[symbol] not in given}
    if not missing:
        return
    for symbol, name in missing.items():
        if symbol in system.state_symbols:
            raise ModelError(f'"{name}" has no start value; give one in the model or in initial')
    assignments, of_start = dict(system.assignments), dict(system.start)
    labels = {s: f'the formula of "{n}"' for n, s in system.outputs.items() if s in assignments}
    uses = [(f'the rate of change of "{n}"', r, assignments) for n, r in zip(system.states, system.rates, strict=True)]
    uses += [
        (f'the start value of "{names[s]}"', s, of_start) for s in of_start if s in names and names[s] not in given
    ]
    uses += [
        (f'the event "{e.name}"', f, assignments)
        for e in system.events
        for f in (e.trigger, *dict(e.assignments).values())
    ]
    uses += [(f'the output "{n}"', system.outputs[n], assignments) for n in outputs]
    uses += [("an event of the table", s, {}) for s, n in missing.items() if n in events.targets]
    for label, formula, formulas in uses:
        seen: set[se.Symbol] = set()
        waiting = [(label, se.sympify(formula))]
        while waiting:
            of, e = waiting.pop()
            for symbol in sorted(e.free_symbols - seen, key=str):
                seen.add(symbol)
                if symbol in missing:
                    raise ModelError(
                        f'"{missing[symbol]}" has no value, and {of} needs it; give one in the model or in parameters'
                    )
                if symbol in formulas and names.get(symbol) not in given:
                    waiting.append((labels.get(symbol, of), formulas[symbol]))


def absolute_tolerances(
    model: CompiledModel, problem: Problem, constants: np.ndarray, initial: np.ndarray
) -> np.ndarray:
    """Absolute tolerance per patient and state (n_patients, n_states): the one given, else a small share of the
    state's typical size in this patient, so that the company it is solved in does not matter. What starts at 0 counts
    as 1 in the unit of its formulas, which is the size of the compartment for an amount whose concentration they use;
    or as the largest start, where all are much smaller than 1."""
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
    dosed = np.array([doses[id(events)] for events in problem.events]).reshape(initial.shape)
    typical = np.maximum(np.abs(initial), dosed)
    unit = _unit_amounts(model, constants, initial)
    largest = (typical / unit).max(axis=1, initial=0.0, keepdims=True)
    usual = unit * np.where((largest > NOTHING) & (largest < SMALL), largest, 1.0)
    return 1e-4 * problem.rtol * np.where(typical > NOTHING, typical, usual)


def _unit_amounts(model: CompiledModel, constants: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Of each state, what formulas call 1 (n_patients, n_states): a compartment's size for a species that they divide
    by it, else 1."""
    unit = np.ones_like(initial)
    for i, (is_state, at) in model.sizes.items():
        size = np.abs((initial if is_state else constants)[:, at])
        unit[:, i] = np.where(np.isfinite(size) & (size > NOTHING), size, 1.0)
    return unit
