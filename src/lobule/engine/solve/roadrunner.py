"""The reference engine: the same model and the same events through libRoadRunner (CVODE).

Three traps of libRoadRunner are guarded here. A state changed at a dose survives a reset of the model, so each patient
gets a reset followed by explicit start values. At a dose CVODE's first step can collapse; each stretch therefore
restarts at local time 0, and a stretch that still stalls ends the patient with a status. A single absolute tolerance
is multiplied by what each state is at a restart: one that a stretch left at 1e-60 for 0 gets a tolerance that no step
meets; given one by one, tolerances are taken as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lobule.engine.emit.code import Code
from lobule.engine.events import Event
from lobule.engine.solution import NOT_FINITE, STEP_FAILED, Solution
from lobule.engine.solve.problem import Problem
from lobule.engine.solve.tolerances import absolute_tolerances
from lobule.errors import ModelError
from lobule.optional import needs

MOST_STEPS = 100_000  # per stretch between two events


def solve_with_roadrunner(document: Any, code: Code, problem: Problem) -> Solution:
    """Integrate every patient of a libsbml document with libRoadRunner; same contract as our own engine."""
    (roadrunner,) = needs("roadrunner", extra="peers")
    if code.working_system is not code.system:
        raise ModelError('engine="roadrunner" restarts time at each dose; this model uses time in its formulas')
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    simulator = roadrunner.RoadRunner(_prepared(document.clone(), problem))
    constants, initial = code.at_start(problem.constants, problem.initial)
    atol = absolute_tolerances(code.system, problem, constants, initial)
    observe = code.observe(problem.outputs)
    selections = [_selection(document.getModel(), name) for name in code.system.states]
    y = np.full((problem.n_patients, problem.times.size, len(problem.outputs)), np.nan)
    status = np.zeros(problem.n_patients, int)
    reasons = [""] * problem.n_patients
    for i in range(problem.n_patients):
        run = _Run(simulator, code, problem, selections, constants[i], float(atol[i].min()))
        try:
            run.through(problem.events.of(i), initial[i], observe, y[i])
        except RuntimeError as error:
            status[i] = STEP_FAILED
            reasons[i] = f"patient {i} stopped at time {run.t:.6g}: libRoadRunner: {str(error).splitlines()[0]}"
        if status[i] == 0 and not np.all(np.isfinite(y[i])):
            status[i] = NOT_FINITE
            reasons[i] = f"patient {i}: libRoadRunner returned values that are not finite"
    counts, steps = np.zeros(problem.n_patients, int), np.full(problem.n_patients, np.nan)  # it does not tell
    slopes = np.zeros((*y.shape, 0))
    return Solution(problem.times, problem.outputs, y, status, tuple(reasons), counts, counts, (), slopes, steps)


INFLOW = "lobule_inflow_into_"


def _prepared(document: Any, problem: Problem) -> str:
    """The model with plain start values, which are set for each patient and which a reset must not undo, and with a
    reaction whose rate is a parameter into every state that receives an infusion."""
    import libsbml

    sbml = document.getModel()
    while sbml.getNumInitialAssignments():
        parameter = sbml.getParameter(sbml.getInitialAssignment(0).getSymbol())
        if parameter is not None:
            parameter.setValue(0.0)
        sbml.removeInitialAssignment(0)
    for name in sorted({e.target for e in problem.events if e.kind == "infuse"}):
        inflow = sbml.createParameter()
        inflow.setId(INFLOW + name)
        inflow.setValue(0.0)
        inflow.setConstant(False)
        species = sbml.getSpecies(name)
        rule = sbml.getRateRule(name)
        if rule is not None and (species is None or species.getHasOnlySubstanceUnits()):
            rule.setMath(libsbml.parseL3Formula(f"({libsbml.formulaToL3String(rule.getMath())}) + {inflow.getId()}"))
        elif rule is None and not species.isSetConversionFactor() and not sbml.isSetConversionFactor():
            reaction = sbml.createReaction()
            reaction.setId(f"{INFLOW}{name}_reaction")
            reaction.setReversible(False)
            if sbml.getLevel() == 3 and sbml.getVersion() == 1:
                reaction.setFast(False)
            product = reaction.createProduct()
            product.setSpecies(name)
            product.setStoichiometry(1.0)
            if sbml.getLevel() == 3:
                product.setConstant(True)
            reaction.createKineticLaw().setMath(libsbml.parseL3Formula(inflow.getId()))
        else:
            raise ModelError(f'engine="roadrunner" cannot infuse into "{name}", whose rate is not in amounts')
    return libsbml.writeSBMLToString(document)


def _selection(sbml: Any, name: str) -> str:
    """libRoadRunner's word for a state: a species' plain name is its amount, in brackets its concentration."""
    species = sbml.getSpecies(name)
    if species is None or species.getHasOnlySubstanceUnits():
        return name
    return f"[{name}]" if sbml.getRateRule(name) is not None else name


class _Run:
    """One patient in one simulator."""

    def __init__(
        self, simulator: Any, code: Code, problem: Problem, selections: list[str], constants: np.ndarray, atol: float
    ) -> None:
        self.simulator, self.system, self.problem, self.t = simulator, code.system, problem, 0.0
        self.p, self.selections = constants.copy(), selections
        self.inflow: dict[str, float] = {}
        simulator.resetAll()
        integrator = simulator.integrator
        integrator.setValue("relative_tolerance", problem.rtol)
        integrator.setValue("absolute_tolerance", atol)
        if number := len(integrator.getAbsoluteToleranceVector()):
            integrator.setValue("absolute_tolerance", [atol] * number)
        integrator.setValue("maximum_num_steps", MOST_STEPS)
        settable = set(simulator.keys())
        for name, value in zip(self.system.constants, constants, strict=True):
            if name in settable:
                simulator.setValue(name, float(value))
        simulator.timeCourseSelections = ["time", *self.selections]

    def _set_states(self, values: np.ndarray) -> None:
        for selection, value in zip(self.selections, values, strict=True):
            self.simulator.setValue(selection, float(value))

    def through(self, events: list[Event], initial: np.ndarray, observe: Any, y: np.ndarray) -> None:
        """Fill `y` (n_times, n_outputs), stretch by stretch."""
        self._set_states(initial)
        times, k = self.problem.times, 0
        state = np.array([self.simulator.getValue(selection) for selection in self.selections])
        for event in [*events, None]:
            end = times[-1] if event is None else min(event.time, times[-1])
            inside = [j for j in range(k, times.size) if times[j] <= end]
            grid = np.unique(np.concatenate([[self.t], times[inside], [end]]))
            rows = {self.t: state}
            if grid.size > 1:
                result = np.asarray(self.simulator.simulate(times=[float(g - self.t) for g in grid]))
                rows = {float(g): row[1:] for g, row in zip(grid, result, strict=True)}
            for j in inside:
                y[j] = observe(times[j], rows[float(times[j])], self.p)
            k, self.t, state = k + len(inside), end, rows[end].copy()
            if event is None or event.time > times[-1]:
                return
            self._apply(event, state)
            self.simulator.reset()
            self._set_states(state)

    def _apply(self, event: Event, state: np.ndarray) -> None:
        if event.kind == "infuse":
            self.inflow[event.target] = self.inflow.get(event.target, 0.0) + event.value
            self.simulator.setValue(INFLOW + event.target, self.inflow[event.target])
            return
        if event.target in self.system.states:
            values, i = state, self.system.states.index(event.target)
        else:
            values, i = self.p, self.system.constants.index(event.target)
        values[i] = {"add": values[i] + event.value, "multiply": values[i] * event.value, "set": event.value}[
            event.kind
        ]
        if values is self.p:
            self.simulator.setValue(event.target, float(values[i]))
