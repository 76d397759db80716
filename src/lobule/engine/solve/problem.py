"""Checks what `solve` was asked and lays it out as arrays: one row a patient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lobule.arguments import finite_array, number
from lobule.engine.events import EVERYONE, EventTable
from lobule.engine.solve.doses import INFUSE, Doses, laid_out
from lobule.engine.solve.missing import refuse_missing
from lobule.engine.system import OdeSystem
from lobule.errors import InputError, nearest, shown

NO_EVENTS = EventTable()


class Problem(NamedTuple):
    """What to integrate. NaN in `constants` or `initial` means: as the model derives it.

    constants (n_patients, n_constants), initial (n_patients, n_states), events as given and laid out as doses, times
    (n_times,), atol (n_states,) or None for the default, outputs names, sensitivities names of constants, samples
    (n_patients, 2) first sample of each and that after its last, first_step
    (n_patients,) with 0 for the default.
    """

    constants: np.ndarray
    initial: np.ndarray
    events: EventTable
    doses: Doses
    times: np.ndarray
    rtol: float
    atol: np.ndarray | None
    outputs: tuple[str, ...]
    sensitivities: tuple[str, ...]
    first_step: np.ndarray
    samples: np.ndarray

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(self.constants)


def pose(
    system: OdeSystem,
    parameters: Mapping[str, ArrayLike] | None = None,
    initial: Mapping[str, ArrayLike] | None = None,
    events: EventTable | None = None,
    times: ArrayLike = (),
    *,
    rtol: float = 1e-6,
    atol: ArrayLike | None = None,
    outputs: Sequence[str] | None = None,
    sensitivities: Sequence[str] = (),
    first_step: ArrayLike | None = None,
    between: ArrayLike | None = None,
) -> Problem:
    """Build a Problem; raises InputError with the offending name or index."""
    grid, tolerance_of_step = _increasing(times), number(rtol, "rtol", 0, 1, above=True)
    if tolerance_of_step == 1:
        raise InputError("rtol 1 must lie between 0 and 1", ["rtol"])
    parameters, initial = _mapping(parameters, "parameters"), _mapping(initial, "initial")
    names = _names(outputs, "outputs") if outputs is not None else system.states
    chosen = _names(sensitivities, "sensitivities")
    _known(names, system.outputs, "output")
    _known(chosen, system.constants, "parameter")
    if len(set(chosen)) < len(chosen):
        raise InputError(f"a sensitivity is asked for twice: {', '.join(chosen)}")
    _known(parameters, system.constants, "parameter")
    _known(initial, system.states, "initial state")
    events = NO_EVENTS if events is None else events
    if not isinstance(events, EventTable):
        raise InputError(f"events must be an EventTable, not {type(events).__name__}")
    _check_targets(events, system)
    values = _all_values(parameters | initial)
    n = _count(values, events, first_step)
    constants, start = (row[None].repeat(n, axis=0) for row in system.start_row)
    for name, value in values.items():
        if name in parameters:
            constants[:, system.number[name] - len(system.states)] = value
        else:
            start[:, system.number[name]] = value
    _refuse_sizes(system, parameters, values)
    refuse_missing(system, {*values}, names, events)
    return Problem(
        constants, start, events, laid_out(events, system, n), grid, tolerance_of_step,
        None if atol is None else _tolerance(system, atol), names, chosen, _first_steps(first_step, n),
        _samples(between, grid, n),
    )  # fmt: skip


def _increasing(times: ArrayLike) -> np.ndarray:
    grid = np.atleast_1d(finite_array(times, "times"))
    if grid.ndim != 1 or grid.size == 0:
        raise InputError("times must be a list of at least one number")
    if grid[0] < 0 or np.any(grid[1:] <= grid[:-1]):
        raise InputError("times must be 0 or later, and increasing")
    return grid


def _mapping(given: Mapping[str, ArrayLike] | None, what: str) -> dict[str, ArrayLike]:
    if given is None:
        return {}
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


def _known(names: Iterable[str], known: Collection[str], what: str) -> None:
    there = known if isinstance(known, Mapping) else frozenset(known)
    for name in names:
        if name not in there:
            raise InputError(f'the model has no {what} "{name}". {nearest(name, known)}')


def _check_targets(events: EventTable, system: OdeSystem) -> None:
    table, n_states = events.columns, len(system.states)
    number = [system.number.get(name, -1) for name in table.names]
    if all(0 <= i < n_states for i in number):
        return
    for target, kind, time in zip(table.target.tolist(), table.kind.tolist(), table.time.tolist(), strict=True):
        name = table.names[target]
        if number[target] < 0:
            raise InputError(
                f'an event at time {time:g} changes "{name}", which is neither a state nor a constant '
                f"of the model. {nearest(name, [*system.states, *system.constants])}"
            )
        if number[target] >= n_states and kind == INFUSE:
            raise InputError(f'an infusion at time {time:g} goes into "{name}", which is not a state')


def _count(values: Mapping[str, np.ndarray], events: EventTable, first_step: ArrayLike | None) -> int:
    """Number of patients: what the values say, else one."""
    sizes = {name: value.size for name, value in values.items() if value.ndim}
    if first_step is not None and (given := finite_array(first_step, "first_step")).ndim:
        sizes["first_step"] = given.size
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise InputError(f"values for different numbers of patients: {listed}")
    n = next(iter(sizes.values()), 1)
    last = int(events.columns.patient.max(initial=EVERYONE))
    if last >= n:
        are = "is only 1 patient" if n == 1 else f"are only {n} patients"
        raise InputError(f"an event names patient {last}, but there {are} (numbers from 0) by the values given")
    return n


def _all_values(given: Mapping[str, ArrayLike]) -> dict[str, np.ndarray]:
    """Each as an array of finite numbers, (n_patients,) or one number."""
    rows = [value for value in given.values() if type(value) is np.ndarray and value.dtype == float and value.ndim == 1]
    alike = len(rows) == len(given) and len({row.size for row in rows}) == 1
    if alike and np.isfinite(np.stack(rows)).all():  # as a crowd gives hundreds of them
        return dict(zip(given, rows, strict=True))
    return {name: _values(value, name) for name, value in given.items()}


def _values(value: ArrayLike, name: str) -> np.ndarray:
    found = finite_array(value, f'the value of "{name}"')
    if found.ndim > 1:
        raise InputError(f'"{name}" has values in {found.ndim} dimensions; give one number, or one for each patient')
    return found


def _samples(between: ArrayLike | None, grid: np.ndarray, n: int) -> np.ndarray:
    """Of each patient the first sample, and that after the last, (n, 2)."""
    if between is None:
        return np.tile([0, grid.size], (n, 1))
    given = finite_array(between, "between")
    if given.shape != (n, 2) or np.any(given[:, 0] > given[:, 1]):
        raise InputError("between must be a first and a last time for each patient", ["between"])
    first, last = np.searchsorted(grid, given[:, 0]), np.searchsorted(grid, given[:, 1], side="right")
    return np.stack([first, last], axis=1)


def _first_steps(given: ArrayLike | None, n: int) -> np.ndarray:
    if given is None:
        return np.zeros(n)
    steps = finite_array(given, "first_step")
    if steps.ndim > 1 or np.any(steps <= 0):
        raise InputError("first_step must be above 0, one number or one for each patient", ["first_step"])
    return np.broadcast_to(steps, (n,))


def _tolerance(system: OdeSystem, atol: ArrayLike) -> np.ndarray:
    given, n = finite_array(atol, "atol"), len(system.states)
    if given.shape not in ((), (1,), (n,)):
        raise InputError(f"atol has {given.size} values; give one, or one for each of the {n} states")
    if not np.all(given > 0):
        raise InputError("atol must be above 0 for every state")
    return np.broadcast_to(given, (n,)).copy()


def _refuse_sizes(system: OdeSystem, parameters: Mapping, values: Mapping[str, np.ndarray]) -> None:
    for name in set(system.sizes) & parameters.keys():
        if np.any(values[name] <= 0):
            wrong = values[name].ravel()[np.flatnonzero(values[name].ravel() <= 0)[0]]
            raise InputError(f'the size of the compartment "{name}" must be above 0, not {wrong:g}')
