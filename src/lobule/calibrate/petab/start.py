"""A model whose start values can be set from outside, and its steady state.

A condition sets constants and start values; what the model derives from them (initial assignments, amounts of species
given as concentrations) must follow. So each start value that is set becomes a constant of the model that an initial
assignment reads. The variants of a model differ only there and share their machine code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import libsbml
import numpy as np

from lobule import engine
from lobule.engine.solution import UNDEFINED_OUTPUT
from lobule.errors import InputError

RTOL = 1e-8
DECADES = 12  # a steady state is looked for until 10^12 units of the model's time
REST = 4  # decades of time over which nothing moves at a steady state
NOTHING = 1e-12  # share of its own largest value below which a state has come to 0: the tolerance of a step there
SETTLED = 1e-6  # relative change below which something does not move


class OpenModel:
    """One SBML model.

    Attributes
    ----------
    starts : names whose start value a condition can set: states and fixed species
    constants : names whose value it can set: constant parameters and sizes of compartments
    outputs : every name of the model that an observable can use
    kept : what a steady state is made of: starts, sizes and what events switch
    """

    def __init__(self, sbml: str) -> None:
        """Raises ModelError where the engine cannot read the model."""
        self.plain = engine.compile(sbml)
        model = self.plain.document.getModel()
        fixed = [name for name in self.plain.constants if model.getSpecies(name) is not None]
        self.starts = (*self.plain.states, *fixed)
        self.constants = tuple(name for name in self.plain.constants if name not in fixed)
        self.outputs = frozenset(self.plain.outputs)
        symbols = dict(zip(self.plain.system.constant_symbols, self.plain.constants, strict=True))
        assigned = {symbol for event in self.plain.system.events for symbol, _ in event.assignments}
        sizes = [name for name in self.constants if model.getCompartment(name) is not None]
        switched = [name for symbol, name in symbols.items() if symbol in assigned and name in self.constants]
        self.kept = (*self.starts, *dict.fromkeys([*sizes, *switched]))
        prefix = "start_of_"
        while any(name.startswith(prefix) for name in self.plain.outputs):
            prefix += "_"
        self._prefix = prefix
        self._variants: dict[frozenset[str], engine.CompiledModel] = {}

    def solve(
        self, given: Mapping[str, float], times: Iterable[float], outputs: Iterable[str]
    ) -> dict[str, np.ndarray]:
        """Courses of outputs (n_times,) with the given constants and start values, the model's own for the others.

        Raises
        ------
        InputError : the model cannot be solved with them.
        """
        found, reason = self._solved(given, np.asarray(list(times), float), list(outputs))
        if reason:
            raise InputError(reason)
        return found

    def steady(self, given: Mapping[str, float], outputs: Iterable[str]) -> dict[str, float]:
        """Values of outputs, and of what is `kept`, once nothing moves; raises InputError where that is never so."""
        names = sorted({*outputs, *self.kept})
        times = 10.0 ** np.arange(DECADES + 1)
        found, reason = self._solved(given, times, names)
        courses = np.array([found[name] for name in self.plain.states]).reshape(-1, times.size)
        reached = int(np.isfinite(courses).all(axis=0).sum())  # NaN from the moment that a solution failed
        largest = np.abs(courses[:, :reached]).max(axis=1, initial=0)
        moved = np.zeros(len(courses), bool)
        for first in range(reached - REST):  # the earliest rest: rounding moves what is conserved after very long times
            stretch = courses[:, first : first + REST + 1]
            moved = np.ptp(stretch, axis=1) > SETTLED * (np.abs(stretch).max(axis=1) + 1e-3 * largest)
            if not moved.any():
                return {name: _rested(found[name], first + REST // 2) for name in names}
        moving = f'"{self.plain.states[int(np.argmax(moved))]}" still changes' if moved.any() else "it fails"
        until = f" at time {times[reached - 1]:g}" if reached else ""
        raise InputError(f"no steady state: {moving}{until}" + (f" ({reason})" if reason else ""))

    def _solved(
        self, given: Mapping[str, float], times: np.ndarray, outputs: list[str]
    ) -> tuple[dict[str, np.ndarray], str]:
        variant = self._variant(frozenset(given))
        values = {self._prefix + name if name in self.starts else name: value for name, value in given.items()}
        grid, place = np.unique(times, return_inverse=True)
        solution = variant.solve(values, None, None, grid, rtol=RTOL, outputs=outputs)
        reason = "" if solution.status[0] == UNDEFINED_OUTPUT else solution.reasons[0]  # told where the value is needed
        return {name: solution[name][0][place] for name in outputs}, reason

    def _variant(self, given: frozenset[str]) -> engine.CompiledModel:
        if given not in self._variants:
            document = self.plain.document.clone()
            model = document.getModel()
            for name in given:
                model.removeInitialAssignment(name)
            for name in self.starts:
                constant = model.createParameter()
                constant.setId(self._prefix + name)
                constant.setConstant(True)
                constant.setValue(0.0)
                if name in given:
                    assignment = model.createInitialAssignment()
                    assignment.setSymbol(name)
                    assignment.setMath(libsbml.parseL3Formula(self._prefix + name))
            self._variants[given] = engine.compile(libsbml.writeSBMLToString(document))
        return self._variants[given]


def _rested(course: np.ndarray, place: int) -> float:
    """Where an output rests. What decayed to 1e-300 is 0: what is left says nothing about the size of its state."""
    value = float(course[place])
    return 0.0 if abs(value) < NOTHING * np.max(np.abs(course[: place + 1])) else value
