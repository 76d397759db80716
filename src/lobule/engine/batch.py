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
    from lobule.engine.drive import drive

    system = model.working_system
    infused = tuple(sorted({model.states.index(e.target) for rows in problem.events for e in rows if e.kind == "infuse"}))
    kernel = model.kernel(infused)
    observe, keep = model.observer(problem.outputs, infused)
    constants, initial = model.at_start(problem)
    n_patients, extra = problem.n_patients, len(system.states) - len(model.states)
    constants = np.hstack([constants, np.zeros((n_patients, len(infused)))])
    initial = np.hstack([initial, np.zeros((n_patients, extra))])
    atol = np.append(problem.atol, np.full(extra, 1e300))
    end = float(problem.times[-1])
    events = _EventArrays(model, problem, infused, end)
    y = np.full((n_patients, problem.times.size, len(problem.outputs)), np.nan)
    status, culprit = np.zeros(n_patients, np.int64), np.full(n_patients, -1, np.int64)
    steps, rejected, stopped_at = np.zeros(n_patients, np.int64), np.zeros(n_patients, np.int64), np.zeros(n_patients)
    where = tuple(kernel.parts[part] for part in (
        "h", "error", "accepted", "rtol", "y", "new", "sample", "atol", "p", "k", "size",
    ))  # fmt: skip
    dense = np.array(kernel.method.dense)

    def one_block(first: int) -> None:
        block = slice(first, min(first + BLOCK, n_patients))
        drive(
            kernel.attempt, observe, kernel.lanes, len(system.states), kernel.method.stages, where,
            float(kernel.method.order), dense, constants[block], initial[block],
            events.first[block.start : block.stop + 1], events.time, events.kind, events.index, events.value,
            problem.times, problem.rtol, atol, end, y[block], status[block], stopped_at[block], culprit[block],
            steps[block], rejected[block],
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
        "" if code == OK else _reason(model, kernel, i, int(code), stopped_at[i], int(culprit[i]), initial[i])
        for i, code in enumerate(status)
    )
    return Solution(problem.times, problem.outputs, y, status, reasons, steps, rejected)


def default_threads() -> int:
    """Threads to use: LOBULE_NUM_THREADS, else the cores this process may run on."""
    given = os.environ.get("LOBULE_NUM_THREADS", "")
    return max(1, int(given)) if given.isdigit() else len(os.sched_getaffinity(0))


class _EventArrays:
    """All patients' events as flat arrays; patient i owns first[i] to first[i + 1]."""

    def __init__(self, model: CompiledModel, problem: Problem, infused: tuple[int, ...], end: float) -> None:
        state = {name: i for i, name in enumerate(model.states)}
        constant = {name: i for i, name in enumerate(model.constants)}
        inflow = {model.states[i]: len(constant) + k for k, i in enumerate(infused)}
        kinds = {"add": 0, "multiply": 1, "set": 2}

        def encoded(event: Event) -> tuple[float, int, int, float]:
            if event.kind == "infuse":
                return event.time, 3, inflow[event.target], event.value
            if event.target in state:
                return event.time, kinds[event.kind], state[event.target], event.value
            return event.time, 3 + kinds[event.kind], constant[event.target], event.value

        rows: list[tuple[float, int, int, float]] = []
        first = [0]
        cache: dict[int, list[tuple[float, int, int, float]]] = {}
        for events in problem.events:
            mine = cache.setdefault(id(events), [encoded(e) for e in events if e.time <= end])
            rows += mine
            first.append(len(rows))
        columns = list(zip(*rows, strict=True)) if rows else [(), (), (), ()]
        self.first = np.array(first, np.int64)
        self.time = np.array(columns[0], float)
        self.kind, self.index = np.array(columns[1], np.int64), np.array(columns[2], np.int64)
        self.value = np.array(columns[3], float)


def _reason(
    model: CompiledModel, kernel: Kernel, patient: int, code: int, when: float, culprit: int, initial: np.ndarray
) -> str:
    names = (*model.states, "time")
    if code == NOT_FINITE and culprit < 0:
        broken = [name for name, value in zip(names, initial, strict=False) if not np.isfinite(value)]
        what = f'the start value of "{broken[0]}" is infinite or undefined' if broken else STATUS[code]
        return f"patient {patient} stopped at time {when:.6g}: {what}"
    return f"patient {patient} stopped at time {when:.6g}: {STATUS[code]} while {names[culprit]} changed fastest"
