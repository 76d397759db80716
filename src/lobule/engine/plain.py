"""The plain engine: LSODA from event to event, patients one after the other, symbolic Jacobian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from scipy.integrate import LSODA

from lobule.engine.events import Event
from lobule.engine.problem import Problem
from lobule.engine.solution import NOT_FINITE, STEP_FAILED, TOO_MUCH_WORK, Solution

if TYPE_CHECKING:
    from lobule.engine.compiled import CompiledModel

Samples = Iterator[tuple[int, tuple[float, np.ndarray]]]

MOST_STEPS = 500_000  # per patient; a stiff year with weekly doses takes some 10,000


class _Stopped(Exception):
    """A patient cannot be integrated further."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def solve_plainly(model: CompiledModel, problem: Problem) -> Solution:
    """Integrate every patient of the problem; a failure stops that patient alone."""
    constants, initial = model.at_start(problem)
    observe = model.observe(problem.outputs)
    y = np.full((problem.n_patients, problem.times.size, len(problem.outputs)), np.nan)
    status = np.zeros(problem.n_patients, int)
    reasons = [""] * problem.n_patients
    evaluations = np.zeros(problem.n_patients, int)
    for i in range(problem.n_patients):
        patient = _Patient(model, problem, constants[i], initial[i], problem.events[i])
        try:
            patient.check()
            for k, (t, state) in patient.samples():
                y[i, k] = observe(t, state, patient.p)
                if not np.all(np.isfinite(y[i, k])):
                    y[i, k] = np.nan
                    name = problem.outputs[int(np.argmin(np.isfinite(observe(t, state, patient.p))))]
                    raise _Stopped(NOT_FINITE, f"{name} is infinite or undefined")
        except _Stopped as stopped:
            status[i] = stopped.status
            reasons[i] = f"patient {i} stopped at time {patient.t:.6g}: {stopped.reason}"
        evaluations[i] = patient.evaluations
    return Solution(problem.times, problem.outputs, y, status, tuple(reasons), evaluations)


class _Patient:
    """One patient on its way: time, state, constants, running infusions."""

    def __init__(
        self, model: CompiledModel, problem: Problem, constants: np.ndarray, initial: np.ndarray, events: list[Event]
    ) -> None:
        self.model, self.problem, self.events = model, problem, list(events)
        self.t, self.y, self.p = 0.0, initial.copy(), constants.copy()
        self.inflow = np.zeros_like(initial)
        self.evaluations = 0

    def rates(self, t: float, y: np.ndarray) -> np.ndarray:
        """Right-hand side with the running infusions."""
        return self.model.rates(t, y, self.p) + self.inflow

    def check(self) -> None:
        """Refuse a start at which the model itself is undefined, naming what is."""
        for name, value in zip((*self.model.constants, *self.model.states), (*self.p, *self.y), strict=True):
            if not np.isfinite(value):
                raise _Stopped(NOT_FINITE, f'the start value of "{name}" is {value}')
        slope = self.rates(self.t, self.y)
        if not np.all(np.isfinite(slope)):
            name = self.model.states[int(np.argmin(np.isfinite(slope)))]
            raise _Stopped(NOT_FINITE, f'the rate of change of "{name}" is infinite or undefined')

    def samples(self) -> Samples:
        """Yield (index, (t, y)) for every sample time, integrating and applying events on the way."""
        times, k = self.problem.times, 0
        stops = [*self.events, None]
        for event in stops:
            end = times[-1] if event is None else min(event.time, times[-1])
            wanted = []
            while k < times.size and times[k] <= end:
                wanted.append(k)
                k += 1
            yield from self._integrate(end, wanted)
            if event is None or event.time > times[-1]:
                return
            self._apply(event)

    def _apply(self, event: Event) -> None:
        names, values = (
            (self.model.states, self.y) if event.target in self.model.states else (self.model.constants, self.p)
        )
        i = names.index(event.target)
        if event.kind == "add":
            values[i] += event.value
        elif event.kind == "multiply":
            values[i] *= event.value
        elif event.kind == "set":
            values[i] = event.value
        else:
            self.inflow[i] += event.value

    def _integrate(self, end: float, wanted: list[int]) -> Samples:
        times = self.problem.times
        while wanted and times[wanted[0]] <= self.t:
            yield wanted.pop(0), (self.t, self.y.copy())
        if end <= self.t:
            return
        solver = LSODA(
            self.rates, self.t, self.y, end, rtol=max(self.problem.rtol, 1e-12), atol=self.problem.atol,
            jac=lambda t, y: self.model.jacobian(t, y, self.p),
        )  # fmt: skip
        while solver.status == "running":
            with np.errstate(all="ignore"):
                message = solver.step()
            self.evaluations += 1
            if solver.status == "failed":
                raise _Stopped(STEP_FAILED, f"{message or 'step failed'}, while {self._fastest()} changed fastest")
            if not np.all(np.isfinite(solver.y)):
                name = self.model.states[int(np.argmin(np.isfinite(solver.y)))]
                raise _Stopped(NOT_FINITE, f"{name} became infinite or undefined")
            if self.evaluations > MOST_STEPS:
                raise _Stopped(TOO_MUCH_WORK, f"more than {MOST_STEPS} steps, while {self._fastest()} changed fastest")
            if solver.t <= self.t:
                raise _Stopped(STEP_FAILED, f"the step vanished, while {self._fastest()} changed fastest")
            if wanted and times[wanted[0]] <= solver.t:
                dense = solver.dense_output()
                while wanted and times[wanted[0]] <= solver.t:
                    yield wanted[0], (times[wanted[0]], dense(times[wanted[0]]))
                    wanted.pop(0)
            self.t, self.y = solver.t, solver.y.copy()

    def _fastest(self) -> str:
        """The state that changes most against its own size."""
        speed = np.abs(self.rates(self.t, self.y)) / (np.abs(self.y) + self.problem.atol)
        return self.model.states[int(np.nanargmax(speed))] if np.any(np.isfinite(speed)) else "nothing"
