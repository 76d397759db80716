"""Solves a posed problem with the compiled kernel: blocks of patients over threads, results in patient order."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from lobule.engine.events import Event
from lobule.engine.kernel import Kernel
from lobule.engine.problem import Problem
from lobule.engine.solution import NOT_FINITE, OK, STATUS, Solution

if TYPE_CHECKING:
    from lobule.engine.compiled import CompiledModel

BLOCK = 256  # patients a thread takes at once: long enough that a few idle lanes at its end cost little


def solve_batch(model: CompiledModel, problem: Problem, threads: int | None = None) -> Solution:
    """Integrate every patient of the problem; a failure stops that patient alone."""
    from lobule.engine.drive import TASK, drive

    infused = tuple(
        sorted({model.states.index(e.target) for rows in problem.events for e in rows if e.kind == "infuse"})
    )
    kernel = model.kernel(infused)
    observe, keep = model.observer(problem.outputs, infused)
    constants, initial = model.at_start(problem)
    n_patients, extra = problem.n_patients, kernel.layout.states - len(model.states)
    constants = np.hstack([constants, np.zeros((n_patients, len(infused)))])
    initial = np.hstack([initial, np.zeros((n_patients, extra))])  # time starts at 0
    atol = np.append(problem.atol, np.full(extra, 1e300))  # and is exact
    code = _code(kernel, observe, len(problem.outputs))
    task = np.array([(problem.rtol, problem.times[-1])], TASK)
    people, events = _people_and_events(model, problem, infused)
    own, targets = _own_events(kernel)
    dense = np.array(kernel.method.dense)
    y = np.full((n_patients, problem.times.size, len(problem.outputs)), np.nan)

    def one_block(first: int) -> None:
        block = slice(first, first + BLOCK)
        drive(
            code, task, people[block], events, constants[block], initial[block], problem.times, atol, dense, own,
            targets, y[block],
        )  # fmt: skip

    starts = range(0, n_patients, BLOCK)
    workers = min(threads or default_threads(), len(starts))
    if workers <= 1:
        for first in starts:
            one_block(first)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(one_block, starts))
    del keep
    reasons = tuple(
        "" if person["status"] == OK else _reason(model, problem, i, person, constants[i], initial[i])
        for i, person in enumerate(people)
    )
    status, steps, rejected = (people[name].copy() for name in ("status", "steps", "rejected"))
    return Solution(problem.times, problem.outputs, y, status, reasons, steps, rejected)


def _code(kernel: Kernel, observe: int, outputs: int) -> np.ndarray:
    from lobule.engine.drive import CODE

    layout, method = kernel.layout, kernel.method
    known = kernel.parts | {
        **kernel.addresses, "observe": observe, "width": kernel.lanes, "outputs": outputs, "order": method.order,
        "events": len(kernel.system.events), "clock": layout.states - 1 if kernel.has_clock else -1,
        "stages": method.stages, "states": layout.states, "constants": layout.constants,
    }  # fmt: skip
    return np.array([tuple(known[name] for name in CODE.names or ())], CODE)


def default_threads() -> int:
    """Threads to use: LOBULE_NUM_THREADS, else the cores this process may run on."""
    given = os.environ.get("LOBULE_NUM_THREADS", "")
    if given.isdigit():
        return max(1, int(given))
    allowed = getattr(os, "sched_getaffinity", None)  # Linux: what a container or a batch system leaves us
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _own_events(kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
    """A record for each event of the model, and the workspace entry of each of their assignments."""
    from lobule.engine.drive import OWN

    parts = kernel.parts
    place = {s: parts["y"] + i for i, s in enumerate(kernel.system.state_symbols)}
    place |= {s: parts["p"] + i for i, s in enumerate(kernel.system.constant_symbols)}
    own, targets = np.zeros(len(kernel.system.events), OWN), list[int]()
    for record, event in zip(own, kernel.system.events, strict=True):
        first = len(targets)
        targets += [place[symbol] for symbol, _ in event.assignments]
        record["first"], record["last"] = first, len(targets)
        record["initially"], record["persistent"] = event.initially, event.persistent
        record["at_trigger"] = event.at_trigger
    return own, np.array(targets, np.int64)


def _people_and_events(
    model: CompiledModel, problem: Problem, infused: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """A record for each patient and each event; patients with the same events share their records."""
    from lobule.engine import drive

    state = {name: i for i, name in enumerate(model.states)}
    constant = {name: i for i, name in enumerate(model.constants)}
    inflow = {model.states[i]: len(constant) + k for k, i in enumerate(infused)}
    of_state = {"add": drive.ADD_STATE, "multiply": drive.MULTIPLY_STATE, "set": drive.SET_STATE}
    of_constant = {"add": drive.ADD_CONSTANT, "multiply": drive.MULTIPLY_CONSTANT, "set": drive.SET_CONSTANT}

    def record(event: Event) -> tuple[float, int, int, float]:
        if event.kind == "infuse":
            return event.time, drive.ADD_CONSTANT, inflow[event.target], event.value
        if event.target in state:
            return event.time, of_state[event.kind], state[event.target], event.value
        return event.time, of_constant[event.kind], constant[event.target], event.value

    records: list[tuple[float, int, int, float]] = []
    people = np.zeros(problem.n_patients, drive.PERSON)
    people["culprit"] = -1
    shared: dict[int, tuple[int, int]] = {}
    for i, events in enumerate(problem.events):
        if id(events) not in shared:
            first = len(records)
            records += [record(e) for e in events if e.time <= problem.times[-1]]
            shared[id(events)] = first, len(records)
        people[i]["first"], people[i]["last"] = shared[id(events)]
    return people, np.array(records, drive.EVENT)


def _reason(
    model: CompiledModel, problem: Problem, patient: int, person: np.void, constants: np.ndarray, initial: np.ndarray
) -> str:
    code, when, culprit = int(person["status"]), float(person["stopped_at"]), int(person["culprit"])
    head = f"patient {patient} stopped at time {when:.6g}: "
    if code == NOT_FINITE and culprit >= 0:
        return f'{head}the output "{problem.outputs[culprit]}" became infinite or undefined'
    for name, value in zip(model.states, initial, strict=False):
        if not np.isfinite(value):
            return f'{head}the start value of "{name}" is infinite or undefined'
    if when == 0:
        slopes = model.rates(0.0, initial[: len(model.states)], constants[: len(model.constants)])
        for name, value in zip(model.states, slopes, strict=True):
            if not np.isfinite(value):
                return f'{head}the rate of change of "{name}" is infinite or undefined'
    what = "a state became infinite or undefined" if code == NOT_FINITE else STATUS[code]
    names = (*model.states, "time")
    return head + what + (f" while {names[culprit]} changed fastest" if culprit >= 0 else "")
