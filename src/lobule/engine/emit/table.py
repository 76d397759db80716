"""Formulas of a model as a function of arrays of points: start values, rates, slopes and outputs anywhere.

The same vector code as that of the solver, one function without steps. A symbol is computed once, however often it is
used, so that long chains of assignment rules are never written out.
"""

from __future__ import annotations

import ctypes
import math
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
        y, p = np.broadcast_to(y, (*shape, self.states)), np.broadcast_to(p, (*shape, self.constants))
        n = math.prod(shape)
        return self.at_rows(t, y.reshape(n, self.states), p.reshape(n, self.constants)).reshape(*shape, self.width)

    def at_rows(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Values (n, n_formulas) at states (n, n_states) and constants (n, n_constants)."""
        n = len(p)
        if not self.width:
            return np.zeros((n, 0))
        if n <= self.lanes:
            return self._in_lanes(t, y, p)
        return np.concatenate([self._values(t, y[i : i + AT_ONCE], p[i : i + AT_ONCE]) for i in range(0, n, AT_ONCE)])

    def _in_lanes(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Values of not more rows than there are lanes."""
        n = len(p)
        workspace, out = np.zeros((1 + self.states + self.constants, self.lanes)), np.empty((self.width, self.lanes))
        workspace[0] = t
        workspace[1 : 1 + self.states, :n] = y.T
        workspace[1 + self.states :, :n] = p.T
        self._call(workspace.ctypes.data, out.ctypes.data)
        return out[:, :n].T

    def _values(self, t: float, y: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Values of many rows."""
        n, blocks = len(y), -(-len(y) // self.lanes)
        points = np.zeros((blocks * self.lanes, 1 + self.states + self.constants))
        points[:, 0] = t
        points[:n, 1 : 1 + self.states] = y
        points[:n, 1 + self.states :] = p
        workspace = np.ascontiguousarray(points.reshape(blocks, self.lanes, -1).swapaxes(1, 2))
        out = np.empty((blocks, self.width, self.lanes))
        given, found = workspace.ctypes.data, out.ctypes.data
        for block in range(blocks):
            self._call(given + block * workspace.strides[0], found + block * out.strides[0])
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
