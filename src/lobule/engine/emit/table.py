"""Formulas of a model as a function of arrays of points: start values, rates, slopes and outputs anywhere.

The same vector code as that of the solver, one function without steps. A symbol is computed once, however often it is
used, so that long chains of assignment rules are never written out.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import llvmlite.ir as ir
import numpy as np
import symengine as se

from lobule.engine.emit.expressions import POINTER, Expressions, Layout
from lobule.engine.emit.kernel import lanes_of_this_cpu, machine_code
from lobule.engine.emit.kinks import Kinks
from lobule.engine.system import TIME, OdeSystem

AT_ONCE = 4096  # points
Steps = Sequence[tuple[se.Symbol, se.Expr]]


class Table:
    """Values of formulas over t, y and p.

    Parameters
    ----------
    system : names its symbols
    steps : (symbol, formula) computed before, in order. The formula of a state or constant holds where its own number
        is NaN.
    formulas : what to give, over t, y, p and the symbols of `steps`
    """

    def __init__(self, system: OdeSystem, steps: Steps, formulas: Sequence[se.Expr]) -> None:
        self.states, self.constants, self.width = len(system.states), len(system.constants), len(formulas)
        self.lanes = lanes_of_this_cpu()
        needed = _needed(steps, formulas)

        def emitted() -> ir.Module:
            module = ir.Module("lobule_table")
            _TableEmitter(module, self.lanes, system).table(needed, formulas)
            return module

        if formulas:
            what = f"table {self.lanes} {self.states} {self.constants} {needed} {list(formulas)}"
            self._code = machine_code(what, emitted)
            call = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
            self._call = call(self._code.get_function_address("table"))

    def __call__(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Values (..., n_formulas) at time t, states y (..., n_states) and constants p (..., n_constants)."""
        shape = np.broadcast_shapes(y.shape[:-1], p.shape[:-1])
        points = int(np.prod(shape, dtype=int))
        values = np.zeros((points, self.width))
        if self.width:
            y = np.broadcast_to(y, (*shape, self.states)).reshape(points, self.states)
            p = np.broadcast_to(p, (*shape, self.constants)).reshape(points, self.constants)
            for first in range(0, points, AT_ONCE):
                some = slice(first, first + AT_ONCE)
                values[some] = self._values(t, y[some], p[some])
        return values.reshape(*shape, self.width)

    def _values(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Values (n, n_formulas) at states (n, n_states) and constants (n, n_constants)."""
        n, blocks = len(y), -(-len(y) // self.lanes)
        points = np.zeros((blocks * self.lanes, 1 + self.states + self.constants))
        points[:, 0] = t
        points[:n, 1 : 1 + self.states] = y
        points[:n, 1 + self.states :] = p
        workspace = np.ascontiguousarray(points.reshape(blocks, self.lanes, -1).swapaxes(1, 2))
        out = np.empty((blocks, self.width, self.lanes))
        for block in range(blocks):
            self._call(workspace[block].ctypes.data, out[block].ctypes.data)
        return out.swapaxes(1, 2).reshape(blocks * self.lanes, self.width)[:n]


def _needed(steps: Steps, formulas: Sequence[se.Expr]) -> list[tuple[se.Symbol, se.Expr]]:
    """The steps that the formulas use."""
    symbols = {s for f in formulas for s in se.sympify(f).free_symbols}
    kept = []
    for symbol, formula in reversed(steps):
        if symbol in symbols:
            symbols |= formula.free_symbols
            kept.append((symbol, formula))
    return kept[::-1]


class _TableEmitter(Expressions):
    """Writes the one function of a table; its workspace holds time, states and constants."""

    def __init__(self, module: ir.Module, lanes: int, system: OdeSystem) -> None:
        super().__init__(module, lanes, system, Layout(0, 0, 0, 0, 0, Kinks()))
        self.where = {"y": 1, "p": 1 + len(system.states)}

    def table(self, steps: Steps, formulas: Sequence[se.Expr]) -> None:
        """table(workspace, out): values of the formulas."""
        function = self.begin("table", (POINTER, POINTER))
        self.states = self.at(self.where["y"])
        self.values[TIME] = self.load(0)
        for symbol, formula in steps:
            value = self.evaluate(se.sympify(formula))
            if symbol in self.y or symbol in self.p:
                given = self._symbol(symbol)
                value = self.b.select(self.b.fcmp_unordered("uno", given, given), value, given)
            self.values[symbol] = value
        for i, formula in enumerate(formulas):
            self.store(self.evaluate(se.sympify(formula)), i, function.args[1])
        self.b.ret_void()
