"""Solves a posed problem with the compiled code of a model: arrays in, a solution in patient order out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from lobule.engine.emit.code import Code
from lobule.engine.solution import Solution
from lobule.engine.solve import records
from lobule.engine.solve.doses import INFUSE, MULTIPLY, SET, Doses
from lobule.engine.solve.prepared import Prepared, prepared
from lobule.engine.solve.problem import Problem
from lobule.engine.solve.reasons import Outcome
from lobule.engine.solve.threads import default_threads, solve_blocks
from lobule.engine.solve.tolerances import NOTHING, absolute_tolerances
from lobule.engine.solve.vanishing import end_where_vanished, watched
from lobule.engine.system import OdeSystem
from lobule.errors import InputError
from lobule.keeping import dropped_array, finished_array, new_array

EXACT = 1e300  # a tolerance that no error reaches

# what a row of each kind of events.py does in the control loop
TO_STATE = np.array([records.ADD_STATE, records.MULTIPLY_STATE, records.SET_STATE, records.ADD_CONSTANT])
TO_CONSTANT = np.array([records.ADD_CONSTANT, records.MULTIPLY_CONSTANT, records.SET_CONSTANT, records.ADD_CONSTANT])

Arrays = records.Arrays
Integrate = Callable[[Prepared, float, Arrays], None]


def on_processor(threads: int | None) -> Integrate:
    """Integrate all patients of some arrays over threads, by default as many as there are cores."""
    return lambda ready, rtol, arrays: solve_blocks(ready, rtol, arrays, threads or default_threads())


def solve_batch(code: Code, problem: Problem, integrate: Integrate, into: str | Path | None = None) -> Solution:
    """Integrate every patient of the problem; a failure stops that patient alone. An interrupt ends all threads."""
    system = code.system
    chosen = tuple(system.number[name] - len(system.states) for name in problem.sensitivities)
    sizes = watched(system, problem.doses)
    ready = prepared(code, (*problem.outputs, *sizes), problem.doses.infused, chosen, problem.n_patients)
    arrays = _arrays(ready, problem, into)
    with _no_rest_of(arrays["y"]):
        integrate(ready, problem.rtol, arrays)
    people, y = arrays["people"], arrays["y"]
    vanished = end_where_vanished(sizes, problem, y, people) if sizes else {}
    if into is not None:
        assert isinstance(y, np.memmap)
        y = arrays["y"] = finished_array(y, Path(into))
    reasons = Outcome(ready, problem, arrays).reasons(vanished)
    n_outputs, n_names = len(problem.outputs), len(ready.outputs)
    slopes = y[:, :, n_names:].reshape(*y.shape[:2], len(chosen), n_names).swapaxes(2, 3)[:, :, :n_outputs]
    status, steps, rejected, last_step = (people[key].copy() for key in ("status", "steps", "rejected", "last_step"))
    return Solution(
        problem.times, problem.outputs, y[:, :, :n_outputs], status, reasons, steps, rejected, problem.sensitivities,
        slopes, last_step,
    )  # fmt: skip


def _arrays(ready: Prepared, problem: Problem, into: str | Path | None) -> Arrays:
    """The arrays of a block for all patients: see records.py."""
    code, n = ready.code, problem.n_patients
    constants, initial = code.at_start(problem.constants, problem.initial)
    atol = absolute_tolerances(code.system, problem, constants, initial)
    if ready.infused:
        constants = np.hstack([constants, np.zeros((n, len(ready.infused)))])
    if ready.clock:  # time starts at 0
        initial, atol = (np.hstack([rows, np.full((n, 1), end)]) for rows, end in ((initial, 0.0), (atol, EXACT)))
    if ready.chosen:
        constants, initial, atol = _with_tangents(ready, problem, constants, initial, atol)
    people, events = _people_and_events(ready, problem)
    own, targets = ready.own_events
    y = _values((n, problem.times.size, ready.columns), into)
    return {
        "people": people, "events": events, "constants": constants, "initial": initial, "atol": atol, "y": y,
        "times": problem.times, "dense": ready.dense, "own": own, "targets": targets,
    }  # fmt: skip


def _with_tangents(
    ready: Prepared, problem: Problem, constants: np.ndarray, initial: np.ndarray, atol: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Constants, start values and tolerances with those of the tangents behind them; d(x)/d(q) is held to the accuracy
    of x over q."""
    chosen = ready.chosen
    of_constants, of_states = ready.code.tangents_at_start(problem.constants, problem.initial, chosen)
    constants = np.hstack([constants, *(of_constants[:, block, j, None] for block, j, _ in ready.entries)])
    tangents = np.zeros((len(chosen), *initial.shape))
    tangents[:, :, : len(ready.code.system.states)] = of_states.swapaxes(0, 1)
    size = np.abs(constants[:, chosen])
    scale = np.where(size > NOTHING, size, 1.0)
    tolerances = [atol / scale[:, block, None] for block in range(len(chosen))]
    return constants, np.hstack([initial, *tangents]), np.hstack([atol, *tolerances])


def _values(shape: tuple[int, int, int], into: str | Path | None) -> np.ndarray:
    if into is None:
        return np.full(shape, np.nan)
    path = Path(into)
    if path.suffix != ".npy":
        raise InputError(f'values go into a NumPy file: "{path}" should end in .npy')
    y = new_array(path, shape)
    y[:] = np.nan
    return y


@contextlib.contextmanager
def _no_rest_of(y: np.ndarray) -> Iterator[None]:
    """Leave no unfinished file behind when something is interrupted."""
    try:
        yield
    except BaseException:
        if isinstance(y, np.memmap):
            dropped_array(y)
        raise


def _people_and_events(ready: Prepared, problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """A record for each patient and each event; patients of one group share their records."""
    people = np.zeros(problem.n_patients, records.PERSON)
    people["culprit"], people["first_step"] = -1, problem.first_step
    people["from_sample"], people["to_sample"] = problem.samples.T
    doses = problem.doses
    if not doses.time.size:
        return people, np.zeros(0, records.EVENT)
    doses = doses.until(problem.times[-1])
    kind, index = _kinds(doses, ready.code.system, ready.infused)
    if ready.chosen:
        doses, kind, index = _with_rows_of_tangents(ready, doses, kind, index)
    people["first"], people["last"] = doses.spans
    events = np.zeros(doses.time.size, records.EVENT)
    events["time"], events["kind"], events["index"], events["value"] = doses.time, kind, index, doses.value
    return people, events


def _kinds(doses: Doses, system: OdeSystem, infused: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """What a row does to a state or a constant, as the control loop names it, and to which of them."""
    of_state, n_states = doses.target < len(system.states), len(system.states)
    to_state = np.array([records.ADD_STATE, records.MULTIPLY_STATE, records.SET_STATE, records.ADD_CONSTANT])
    to_constant = np.array(
        [records.ADD_CONSTANT, records.MULTIPLY_CONSTANT, records.SET_CONSTANT, records.ADD_CONSTANT]
    )
    kind = np.where(of_state, to_state[doses.kind], to_constant[doses.kind])
    index = np.where(of_state, doses.target, doses.target - n_states)
    flows = doses.kind == INFUSE
    index[flows] = len(system.constants) + np.searchsorted(infused, doses.target[flows])
    return kind, index


def _with_rows_of_tangents(
    ready: Prepared, doses: Doses, kind: np.ndarray, index: np.ndarray
) -> tuple[Doses, np.ndarray, np.ndarray]:
    """What an event does to a state or a constant it does to its tangents: an addition leaves them, a product scales
    them, a new value is the same whatever the constant."""
    n_states, block_size = len(ready.code.system.states), ready.structure.size
    source, places = list[int](), list[int]()
    for row, (target, what) in enumerate(zip(doses.target.tolist(), doses.kind.tolist(), strict=True)):
        source.append(row)
        places.append(int(index[row]))
        if what not in (MULTIPLY, SET):
            continue
        if target < n_states:
            also = [block_size * (1 + block) + target for block in range(len(ready.chosen))]
        else:
            also = [entry for _, j, entry in ready.entries if j == target - n_states]
        source += [row] * len(also)
        places += also
    rows, where = np.array(source, int), np.array(places, int)
    follows = np.concatenate([[False], rows[1:] == rows[:-1]]) & (doses.kind[rows] == SET)
    value = np.where(follows, 0.0, doses.value[rows])
    more = Doses(doses.time[rows], doses.target[rows], doses.kind[rows], value, doses.group[rows], doses.of_patient)
    return more, kind[rows], where
