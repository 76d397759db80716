"""Solves a posed problem with the compiled kernel: blocks of patients over threads, results in patient order."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.engine.emit.structure import Structure
from lobule.engine.events import Event
from lobule.engine.solution import EVENT_UNDEFINED, FLOOD, OK, STATUS, UNDEFINED_OUTPUT, Solution
from lobule.engine.solve.problem import NOTHING, Problem, absolute_tolerances
from lobule.engine.solve.vanishing import end_where_vanished, watched
from lobule.engine.system import CLOCK
from lobule.errors import InputError
from lobule.keeping import dropped_array, finished_array, new_array

if TYPE_CHECKING:
    from lobule.engine.compiled import CompiledModel

EXACT = 1e300  # a tolerance that no error reaches
FIRST_TRIES = 256  # of a step, before Python comes in
BREATH = 0.2  # seconds at most between two looks for an interrupt, where a single try does not take longer
MOST_NAMED = 5  # outputs listed in a reason
BLOCK = 256  # patients a thread takes at once: long enough that a few idle lanes at its end cost little


Arrays = dict[str, np.ndarray]


def solve_batch(
    model: CompiledModel,
    problem: Problem,
    threads: int | None = None,
    on_card: bool = False,
    into: str | Path | None = None,
) -> Solution:
    """Integrate every patient of the problem; a failure stops that patient alone. An interrupt ends all threads."""
    infused = tuple(
        sorted({model.states.index(e.target) for rows in problem.events for e in rows if e.kind == "infuse"})
    )
    chosen = tuple(model.constants.index(name) for name in problem.sensitivities)
    structure = model.structure(infused, chosen)
    constants, initial = model.at_start(problem)
    atol = absolute_tolerances(model, problem, constants, initial)
    clock = [] if structure.clock < 0 else [0.0]  # time starts at 0
    constants, initial, atol = (np.hstack([rows, np.tile(end, (problem.n_patients, 1))]) for rows, end in (
        (constants, [0.0] * len(infused)), (initial, clock), (atol, [EXACT] * len(clock))))  # fmt: skip
    entries = model.tangents(infused, chosen).constant_entries() if chosen else []
    if chosen:
        constants, initial, atol = _with_tangents(model, problem, entries, constants, initial, atol)
    sizes = watched(model, problem)
    names = (*problem.outputs, *sizes)
    n_patients, n_outputs, n_names = problem.n_patients, len(problem.outputs), len(names)
    people, events = _people_and_events(model, problem, infused, entries)
    own, targets = _own_events(structure)
    dense = np.array(structure.method.dense)
    y = _values((n_patients, problem.times.size, n_names * (1 + len(chosen))), into)
    known: dict[str, Any] = {"outputs": y.shape[2]}
    shared = {"events": events, "times": problem.times, "dense": dense, "own": own, "targets": targets}
    of_patients = {"people": people, "constants": constants, "initial": initial, "atol": atol, "y": y}
    if on_card:
        from lobule.engine.card.cuda import run

        run(model.cuda_kernel(names, infused, chosen), _code(structure, problem, known), shared | of_patients)
    else:
        machine = model.kernel(structure)
        observe, keep = model.observer(names, infused, chosen)
        known |= machine.addresses | {"observe": observe, "width": machine.lanes}
        with _no_rest_of(y):
            _solve_blocks(_code(structure, problem, known), shared, of_patients, threads or default_threads())
        del keep
    vanished = end_where_vanished(sizes, problem, y, people) if sizes else {}
    if into is not None:
        assert isinstance(y, np.memmap)
        y = finished_array(y, Path(into))
    reasons = tuple(
        ""
        if person["status"] == OK
        else vanished.get(i) or _reason(model, structure, problem, names, i, person, constants[i], initial[i], y[i])
        for i, person in enumerate(people)
    )
    status, steps, rejected = (people[name].copy() for name in ("status", "steps", "rejected"))
    slopes = y[:, :, n_names:].reshape(n_patients, problem.times.size, len(chosen), n_names).swapaxes(2, 3)
    slopes = slopes[:, :, :n_outputs]
    values = y[:, :, :n_outputs]
    return Solution(
        problem.times, problem.outputs, values, status, reasons, steps, rejected, problem.sensitivities, slopes
    )


def _with_tangents(
    model: CompiledModel,
    problem: Problem,
    entries: list[tuple[int, int, int]],
    constants: np.ndarray,
    initial: np.ndarray,
    atol: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Constants, start values and tolerances with those of the tangents behind them; d(x)/d(q) is held to the accuracy
    of x over q."""
    of_constants, of_states = model.tangents_at_start(problem)
    chosen = [model.constants.index(name) for name in problem.sensitivities]
    constants = np.hstack([constants, *(of_constants[:, block, j, None] for block, j, _ in entries)])
    tangents = np.zeros((len(chosen), *initial.shape))
    tangents[:, :, : len(model.states)] = of_states.swapaxes(0, 1)
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


def _solve_blocks(code: np.ndarray, shared: Arrays, of_patients: Arrays, threads: int) -> None:
    """Integrate blocks of patients over threads. Between a block's tries of a step Python comes in, some times a
    second, so that an interrupt is seen."""
    from lobule.engine.solve.block import block_of, working_arrays
    from lobule.engine.solve.drive import drive, empty

    stopped = threading.Event()

    def one_block(first: int) -> None:
        mine = {name: array[first : first + BLOCK] for name, array in of_patients.items()}
        arrays = shared | mine | working_arrays(code[0], _widest(shared["own"]))
        block = block_of(code, arrays)
        empty(block)
        tries, more = FIRST_TRIES, True
        while more and not stopped.is_set():
            start = time.perf_counter()
            more = drive(block, tries)
            tries = tries * 2 if time.perf_counter() - start < 0.5 * BREATH else max(tries // 2, 1)

    _over_threads(one_block, range(0, len(of_patients["people"]), BLOCK), threads, stopped)


def _widest(own: np.ndarray) -> int:
    """Largest number of assignments of an event of the model."""
    return int((own["last"] - own["first"]).max(initial=0))


def _over_threads(work: Callable[[int], None], starts: range, threads: int, stopped: threading.Event) -> None:
    workers = min(threads, len(starts))
    if workers <= 1:
        for first in starts:
            work(first)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting = [pool.submit(work, first) for first in starts]
        try:
            for future in waiting:
                future.result()
        except BaseException:
            stopped.set()
            for future in waiting:
                future.cancel()
            raise


def _code(structure: Structure, problem: Problem, known: dict[str, Any]) -> np.ndarray:
    """A record of the model and the task, still without arrays."""
    from lobule.engine.solve.block import BLOCK as RECORD

    layout, method, kinks, own = structure.layout, structure.method, structure.kinks, structure.system.events
    known = known | structure.parts | {
        "order": method.order, "events": len(own), "clock": structure.clock,
        "delays": any(event.delay != 0 for event in own), "targets": sum(len(event.assignments) for event in own),
        "factors": any(factor != 1 for event in own for factor in event.factors),
        "kinks": len(kinks.of_states), "watched": kinks.watched, "time_kinks": len(kinks.of_time),
        "tolerance": problem.rtol, "end": problem.times[-1], "stages": method.stages, "states": layout.states,
        "constants": layout.constants,
    }  # fmt: skip
    return np.array([tuple(known.get(name, 0) for name in RECORD.names or ())], RECORD)


def default_threads() -> int:
    """Threads to use: LOBULE_NUM_THREADS, else the cores this process may run on."""
    given = os.environ.get("LOBULE_NUM_THREADS", "")
    if given.isdigit():
        return max(1, int(given))
    allowed = getattr(os, "sched_getaffinity", None)  # Linux: what a container or a batch system leaves us
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _own_events(structure: Structure) -> tuple[np.ndarray, np.ndarray]:
    """A record for each event of the model, and the workspace entry of each of their assignments."""
    from lobule.engine.solve.block import OWN

    parts = structure.parts
    place = {s: parts["y"] + i for i, s in enumerate(structure.system.state_symbols)}
    place |= {s: parts["p"] + i for i, s in enumerate(structure.system.constant_symbols)}
    own, targets = np.zeros(len(structure.system.events), OWN), list[int]()
    for record, event in zip(own, structure.system.events, strict=True):
        first = len(targets)
        targets += [place[symbol] for symbol, _ in event.assignments]
        record["first"], record["last"] = first, len(targets)
        record["initially"], record["persistent"] = event.initially, event.persistent
        record["at_trigger"] = event.at_trigger
    return own, np.array(targets, np.int64)


def _people_and_events(
    model: CompiledModel, problem: Problem, infused: tuple[int, ...], entries: list[tuple[int, int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """A record for each patient and each event; patients with the same events share their records.

    What an event does to a state or a constant it does to its tangents: an addition leaves them, a product scales
    them, a new value is the same whatever the constant.
    """
    from lobule.engine.solve import block as kinds

    state = {name: i for i, name in enumerate(model.states)}
    constant = {name: i for i, name in enumerate(model.constants)}
    inflow = {model.states[i]: len(constant) + k for k, i in enumerate(infused)}
    of_state = {"add": kinds.ADD_STATE, "multiply": kinds.MULTIPLY_STATE, "set": kinds.SET_STATE}
    of_constant = {"add": kinds.ADD_CONSTANT, "multiply": kinds.MULTIPLY_CONSTANT, "set": kinds.SET_CONSTANT}

    size = len(model.states) + (CLOCK in model.working_system.states)
    blocks = len(problem.sensitivities)

    def rows(event: Event) -> list[tuple[float, int, int, float]]:
        if event.kind == "infuse":
            return [(event.time, kinds.ADD_CONSTANT, inflow[event.target], event.value)]
        if event.target in state:
            kind, index = of_state[event.kind], state[event.target]
            tangents = [size * (1 + block) + index for block in range(blocks)]
        else:
            kind, index = of_constant[event.kind], constant[event.target]
            tangents = [entry for _, j, entry in entries if j == index]
        follow = 0.0 if event.kind == "set" else event.value
        also = [] if event.kind == "add" else [(event.time, kind, tangent, follow) for tangent in tangents]
        return [(event.time, kind, index, event.value), *also]

    records: list[tuple[float, int, int, float]] = []
    people = np.zeros(problem.n_patients, kinds.PERSON)
    people["culprit"] = -1
    shared: dict[int, tuple[int, int]] = {}
    for i, events in enumerate(problem.events):
        if id(events) not in shared:
            first = len(records)
            records += [row for e in events if e.time <= problem.times[-1] for row in rows(e)]
            shared[id(events)] = first, len(records)
        people[i]["first"], people[i]["last"] = shared[id(events)]
    return people, np.array(records, kinds.EVENT)


def _reason(
    model: CompiledModel,
    structure: Structure,
    problem: Problem,
    names: tuple[str, ...],
    patient: int,
    person: np.void,
    constants: np.ndarray,
    initial: np.ndarray,
    values: np.ndarray,
) -> str:
    code, when, culprit = int(person["status"]), float(person["stopped_at"]), int(person["culprit"])
    head = f"patient {patient} stopped at time {when:.6g}: "
    if code == UNDEFINED_OUTPUT:
        return _undefined(problem, names, patient, values)
    if code in (FLOOD, EVENT_UNDEFINED):
        own = structure.system.events[culprit].name if culprit >= 0 else ""
        return head + STATUS[code] + (f' ("{own}")' if own else "")
    for name, value in zip(model.states, initial, strict=False):
        if not np.isfinite(value):
            return f'{head}the start value of "{name}" is infinite or undefined'
    if when == 0:
        slopes = model.rates(0.0, initial[: len(model.states)], constants[: len(model.constants)])
        for name, value in zip(model.states, slopes, strict=True):
            if not np.isfinite(value):
                return f'{head}the rate of change of "{name}" is infinite or undefined'
    return (
        head
        + STATUS[code]
        + (f" while {structure.system.states[culprit].strip()} changed fastest" if culprit >= 0 else "")
    )


def _undefined(problem: Problem, names: tuple[str, ...], patient: int, values: np.ndarray) -> str:
    """Which outputs have no value where, in a patient that was integrated to the end."""
    missing = ~np.isfinite(values)
    first = problem.times[int(np.argmax(missing.any(axis=1)))]
    columns = np.flatnonzero(missing.any(axis=0))
    listed = []
    for column in columns[:MOST_NAMED]:
        block, output = divmod(int(column), len(names))
        of = f"the derivative by {problem.sensitivities[block - 1]} of " if block else ""
        listed.append(f'{of}"{names[output]}"')
    more = f" and {len(columns) - MOST_NAMED} more outputs" if len(columns) > MOST_NAMED else ""
    are = "is" if len(columns) == 1 else "are"
    return (
        f"patient {patient}: {', '.join(listed)}{more} {are} infinite or undefined, first at time {first:.6g}; "
        "such values are NaN, all others are complete"
    )
