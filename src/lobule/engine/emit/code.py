"""The code of one system, built on first use: steps, outputs and tangents for the solver, formulas at any point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import symengine as se

from lobule.engine.emit.differentiate import jacobian
from lobule.engine.emit.method import RODAS5P
from lobule.engine.emit.structure import Structure
from lobule.engine.emit.tangent import StartSlopes, Tangents, start_slopes, with_tangents
from lobule.engine.emit.tangent import at_start as slopes_at_start
from lobule.engine.system import OdeSystem

if TYPE_CHECKING:
    from lobule.engine.emit.kernel import Kernel
    from lobule.engine.emit.table import Steps, Table

METHOD = RODAS5P

_KEPT: dict[tuple, Any] = {}  # code of this process: models that differ only in numbers share it


def kept_code(key: tuple, make: Callable[[], Any]) -> Any:
    """What was made under a key before in this process, else made now."""
    if key not in _KEPT:
        _KEPT[key] = make()
    return _KEPT[key]


@dataclass(frozen=True)
class Formulas:
    """Expressions to be computed together."""

    expressions: list[se.Expr]

    @cached_property
    def text(self) -> str:
        """What tells them apart from others."""
        return str(self.expressions)


class Code:
    """The code of a system. States that receive infusions (`infused`) and constants by which is differentiated
    (`chosen`) are named by their numbers.

    Attributes
    ----------
    system : as it was read
    lanes : patients that are computed together; None: what this CPU can
    prepared : what a solver has laid out for questions of one kind, by that kind
    """

    def __init__(self, system: OdeSystem, lanes: int | None = None) -> None:
        self.system, self.lanes = system, lanes
        self.prepared: dict[tuple, Any] = {}
        self._tangents: dict[tuple, Tangents] = {}
        self._structures: dict[tuple, Structure] = {}
        self._formulas: dict[tuple, Formulas] = {}

    # --- what a solver calls --------------------------------------------------------------------------------------

    @cached_property
    def working_system(self) -> OdeSystem:
        """The system that is integrated: without explicit time."""
        return self.system.autonomous()

    def tangents(self, infused: tuple[int, ...], chosen: tuple[int, ...]) -> Tangents:
        """The system with inflow into the given states, and its tangents by the chosen constants."""
        key = (infused, chosen)
        if key not in self._tangents:
            self._tangents[key] = with_tangents(self.working_system.with_inflow(infused), chosen)
        return self._tangents[key]

    def structure(self, infused: tuple[int, ...] = (), chosen: tuple[int, ...] = ()) -> Structure:
        """The system with inflow into the given states and tangents by the chosen constants, ready to be emitted."""
        key = (infused, chosen)
        if key not in self._structures:
            system = self.tangents(infused, chosen).system if chosen else self.working_system.with_inflow(infused)
            self._structures[key] = Structure(system, METHOD, len(chosen))
        return self._structures[key]

    def kernel(self, structure: Structure | None = None, n: int | None = None) -> Kernel:
        """Compiled step for this CPU; one patient alone (n = 1) has a kernel of its own, which moves less memory,
        unless the one for many is there already. The bits are the same."""
        from lobule.engine.emit.kernel import build, lanes_of_this_cpu  # loads LLVM

        structure, wide = structure or self.structure(), self.lanes or lanes_of_this_cpu()
        alone = n == 1 and self.lanes is None and ("kernel", structure.fingerprint, wide) not in _KEPT
        lanes = 1 if alone else wide
        return kept_code(("kernel", structure.fingerprint, lanes), lambda: build(structure, lanes))

    def formulas(self, outputs: tuple[str, ...], infused: tuple[int, ...], chosen: tuple[int, ...]) -> Formulas:
        """Formulas of the outputs, and of their derivatives by each chosen constant after them."""
        key = (outputs, infused, chosen)
        if key not in self._formulas:
            system = self.structure(infused, chosen).system
            plain = [se.sympify(system.outputs[name]) for name in outputs]
            slopes = [self.tangents(infused, chosen).of(f, b) for b in range(len(chosen)) for f in plain]
            self._formulas[key] = Formulas([*plain, *slopes])
        return self._formulas[key]

    def observer(
        self, outputs: tuple[str, ...], infused: tuple[int, ...], chosen: tuple[int, ...], lanes: int
    ) -> tuple[int, Any]:
        """Address of the compiled outputs and their derivatives, and the code to keep alive meanwhile."""
        from lobule.engine.emit.kernel import build_observer

        structure, formulas = self.structure(infused, chosen), self.formulas(outputs, infused, chosen)
        key = ("outputs", structure.fingerprint, lanes, formulas.text)
        return kept_code(key, lambda: build_observer(structure, lanes, formulas.expressions))

    # --- formulas at points (t, y, p) -----------------------------------------------------------------------------

    def _table(self, steps: Steps, formulas: Sequence[se.Expr]) -> Table:
        from lobule.engine.emit.table import Table

        return Table(self.system, steps, formulas)

    @cached_property
    def rates(self) -> Table:
        """Right-hand side f(t, y, p), shape (n_states,)."""
        return self._table(self.system.assignments, self.system.rates)

    @cached_property
    def jacobian(self) -> Callable[[float, np.ndarray, np.ndarray], np.ndarray]:
        """Derivative of the rates by the states, f(t, y, p), shape (n_states, n_states)."""
        slopes = jacobian(self.system, blunt=False)
        through = dict(slopes.through)
        steps = [step for s, formula in self.system.assignments for step in ((s, formula), *through.get(s, ()))]
        values = self._table(steps, list(slopes.entries.values()))
        row, column = np.array(list(slopes.entries), int).reshape(-1, 2).T
        n = len(self.system.states)

        def dense(t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
            matrix = np.zeros((n, n))
            matrix[row, column] = values(t, y, p)
            return matrix

        return dense

    def observe(self, names: Sequence[str]) -> Table:
        """Values of outputs as a function (t, y, p), shape (len(names),)."""
        return self._table(self.system.assignments, [self.system.outputs[name] for name in names])

    # --- the start ------------------------------------------------------------------------------------------------

    @cached_property
    def _start(self) -> tuple[Table, np.ndarray, np.ndarray]:
        """What the model derives at the start, in the order of `system.start`; (which of it, constant) and (which of
        it, state) of those that are one."""
        symbols = [symbol for symbol, _ in self.system.start]
        places = [
            np.array([(k, number[s]) for k, s in enumerate(symbols) if s in number], int).reshape(-1, 2)
            for number in (
                {s: i for i, s in enumerate(self.system.constant_symbols)},
                {s: i for i, s in enumerate(self.system.state_symbols)},
            )
        ]
        return self._table(self.system.start, symbols), places[0], places[1]

    def at_start(self, constants: np.ndarray, initial: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Constants (n, n_constants) and start values (n, n_states) with what is NaN in them derived by the model."""
        if not self.system.start:
            return constants.copy(), initial.copy()
        table, of_constants, of_states = self._start
        values = table.at_rows(0.0, initial, constants)
        constants, initial = constants.copy(), initial.copy()
        constants[:, of_constants[:, 1]] = values[:, of_constants[:, 0]]
        initial[:, of_states[:, 1]] = values[:, of_states[:, 0]]
        return constants, initial

    @cached_property
    def _start_slopes(self) -> tuple[StartSlopes, Table]:
        slopes = start_slopes(self.system)
        return slopes, self._table(self.system.start, slopes.formulas)

    def tangents_at_start(
        self, constants: np.ndarray, initial: np.ndarray, chosen: tuple[int, ...]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of the constants (n, n_chosen, n_constants) and of the start values (n, n_chosen, n_states), of
        which NaN stands for what the model derives; what is given does not follow a constant."""
        slopes, values = self._start_slopes
        given = ~np.isnan(constants), ~np.isnan(initial)
        return slopes_at_start(self.system, slopes, values(0.0, initial, constants), chosen, *given)
