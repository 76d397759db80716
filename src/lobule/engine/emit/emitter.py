"""Emits a model as vector LLVM IR: the functions of one step of a Rosenbrock method, and those of the control loop.

`attempt` tries a whole step in every lane at once; what it calls and what the control loop looks at is here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import llvmlite.ir as ir
import symengine as se

from lobule.engine.emit import looped
from lobule.engine.emit.differentiate import Jacobian
from lobule.engine.emit.expressions import POINTER, Expressions
from lobule.engine.emit.interval import Intervals
from lobule.engine.emit.method import Method
from lobule.engine.emit.order import Elimination
from lobule.engine.system import CLOCK

FEW = 16  # states whose course within a step is written out one by one


class Emitter(Expressions):
    """Writes the functions of a model into an LLVM module."""

    def rates(self, name: str) -> ir.Function:
        """name(workspace, states, out): right-hand side at `states` into `out`."""
        function = self.begin(name, (POINTER, POINTER, POINTER))
        self.states, self.inside_step = function.args[1], True
        self._leave_for_later(self.system.assignments)
        for i, rate in enumerate(self.system.rates):
            self.store(self._when_needed(rate), i, function.args[2])
        self.b.ret_void()
        return function

    def _leave_for_later(self, named: Iterable[tuple[se.Symbol, se.Expr]]) -> None:
        """Symbols are computed where they are first needed, so that few values wait for their use at a time."""
        self.later = dict(named)
        self.turn = {symbol: turn for turn, symbol in enumerate(self.later)}

    def _when_needed(self, formula: se.Expr) -> ir.Value:
        formula = se.sympify(formula)
        self._compute_what_is_used(formula)
        return self.evaluate(formula)

    def _compute_what_is_used(self, formula: se.Expr) -> None:
        waiting = self._left(formula)
        while waiting:
            symbol = waiting[-1]
            before = self._left(self.later[symbol]) if symbol in self.later else []
            if before:
                waiting += before
                continue
            waiting.pop()
            if symbol in self.later:
                self.values[symbol] = self.evaluate(self.later.pop(symbol))

    def _left(self, formula: se.Expr) -> list[se.Symbol]:
        """What a formula uses that is not computed yet, the first in order at the end."""
        return sorted((s for s in formula.free_symbols if s in self.later), key=self.turn.__getitem__, reverse=True)

    def _assign(self, names: set[se.Symbol] | None = None) -> None:
        for symbol, formula in self.system.assignments:
            if names is None or symbol in names:
                self.values[symbol] = self.evaluate(formula)

    def rates_and_jacobian(self, name: str, jacobian: Jacobian) -> ir.Function:
        """name(workspace): right-hand side at y into the first stage, Jacobian into its part."""
        function = self.begin(name)
        self.states = self.at(self.where["y"])
        slopes = [slope for _, of_symbol in jacobian.through for slope in of_symbol]
        self._leave_for_later([*self.system.assignments, *slopes])
        rows, entries = jacobian.by_rows(), list(jacobian.entries.values())
        for i in range(len(self.system.rates) + len(jacobian.hubs)):
            if i < len(self.system.rates):
                self.store(self._when_needed(self.system.rates[i]), self.where["k"] + i)
            for _, position in rows.get(i, ()):
                self.store(self._when_needed(entries[position]), self.where["jacobian"] + position)
        for kink in self.layout.kinks.all:
            self._compute_what_is_used(kink)
        self.locks.store_values()
        self.b.ret_void()
        return function

    def _tame_slopes(self) -> None:
        """Infinite and undefined slopes become 0 in the lanes that ask for care: with any finite matrix the error of a
        step is honest."""
        careful = self.b.fcmp_ordered("!=", self.load(self.where["careful"]), self.math.constant(0.0))

        def entry(i: ir.Value) -> None:
            place = self.entry(self.where["jacobian"], i)
            value = self.load(place)
            finite = self.b.fcmp_ordered("==", self.b.fsub(value, value), self.math.constant(0.0))
            self.store(self.b.select(self.b.or_(finite, self.b.not_(careful)), value, self.math.constant(0.0)), place)

        self.where_any(careful, lambda: self.loop(self.layout.jacobian, entry))

    def own_events(self) -> None:
        """triggers(workspace, out), assign(workspace, out) and orders(workspace, out): the triggers of the model's own
        events at the sample state, the values they assign with their factors behind them, and their delays with their
        priorities behind them."""
        events = self.system.events
        conditions = [se.Piecewise((1, event.trigger), (0, True)) if event.trigger not in (se.true, se.false)
                      else se.Integer(int(event.trigger == se.true)) for event in events]  # fmt: skip
        self.observe("triggers", conditions)
        values = [value for event in events for _, value in event.assignments]
        factors = [f for event in events for f in (event.factors or [se.Integer(1)] * len(event.assignments))]
        self.observe("assign", [*values, *factors])
        self.observe("orders", [*(event.delay for event in events), *(event.priority for event in events)])

    def kinks(self) -> dict[str, ir.Function]:
        """distances(workspace, states, out), and for the control loop at the sample look(workspace, out), moment
        (workspace, out) and spans(workspace, out): distances, values of the kinks of time, and the bounds of these over
        a span of time."""
        of_states, of_time = self.layout.kinks.of_states, self.layout.kinks.of_time
        function = self._distances("distances", (POINTER, POINTER, POINTER), of_states)
        self._distances("look", (POINTER, POINTER), of_states)
        moment = self.begin("moment", (POINTER, POINTER))
        self.states = self.at(self.where["sample"])
        self._assign(self._needed(of_time))
        for i, kink in enumerate(of_time):
            self.store(self.locks.value(kink), i, moment.args[1])
        self.b.ret_void()
        spans = self.begin("spans", (POINTER, POINTER))
        if of_time:
            ends = self.load(self.where["span"]), self.load(self.where["span"] + 1)
            intervals = Intervals(self, se.Symbol(f"y{self.system.states.index(CLOCK)}"), ends)
            for i, kink in enumerate(of_time):
                for j, bound in enumerate(intervals.value(kink)):
                    self.store(bound, 2 * i + j, spans.args[1])
        self.b.ret_void()
        return {"distances": function}

    def _distances(self, name: str, arguments: Sequence[ir.Type], of_states: Sequence[se.Expr]) -> ir.Function:
        function = self.begin(name, arguments)
        self.states = function.args[1] if len(arguments) == 3 else self.at(self.where["sample"])
        self._assign(self._needed(of_states))
        for i, distance in enumerate(self.locks.distances()):
            self.store(distance, i, function.args[-1])
        self.b.ret_void()
        return function

    def observe(self, name: str, formulas: Sequence[se.Expr]) -> ir.Function:
        """name(workspace, out): outputs at the sample into `out`."""
        function = self.begin(name, (POINTER, POINTER))
        self.states = self.at(self.where["sample"])
        self._assign(self._needed(formulas))
        for i, formula in enumerate(formulas):
            self.store(self.evaluate(se.sympify(formula)), i, function.args[1])
        self.b.ret_void()
        return function

    def _needed(self, formulas: Sequence[se.Expr]) -> set[se.Symbol]:
        needed = {s for f in formulas for s in se.sympify(f).free_symbols}
        for symbol, formula in reversed(self.system.assignments):
            if symbol in needed:
                needed |= formula.free_symbols
        return needed

    def loops(self, order: Elimination) -> bool:
        """The elimination is too long for straight code."""
        return order.operations > looped.STRAIGHT

    def factorise(self, name: str, jacobian: Jacobian, order: Elimination, gamma: float) -> ir.Function:
        """name(workspace): LU factors of 1/(h gamma) - J; pivots are stored inverted."""
        if self.loops(order):
            return looped.factorise(self, name, jacobian, order, gamma)
        function = self.begin(name)
        b, slots, first = self.b, order.slots, self.where["factors"]
        position = {entry: i for i, entry in enumerate(jacobian.entries)}
        diagonal = b.fdiv(self.math.constant(1 / gamma), self.load(self.where["h"]))
        of_hub = self.math.constant(1.0)
        for i in order.pivots:
            row: dict[int, ir.Value | None] = {}
            for j in (i, *order.lower[i], *order.upper[i]):
                entry = position.get((i, j))
                value = None if entry is None else self.load(self.where["jacobian"] + entry)
                if i == j:
                    own = diagonal if i < order.states else of_hub
                    row[j] = own if value is None else b.fsub(own, value)
                else:
                    row[j] = None if value is None else b.fneg(value)
            for k in order.lower[i]:
                held = row[k]
                assert held is not None
                factor = b.fmul(held, self.load(first + slots[k, k]))
                row[k], minus = factor, b.fneg(factor)
                for j in order.upper[k]:
                    above = self.load(first + slots[k, j])
                    value = row[j]
                    row[j] = b.fmul(minus, above) if value is None else self.math.fma(minus, above, value)
            for j, value in row.items():
                assert value is not None
                if i == j:  # an infinite pivot must not pass for a state that stands still
                    value = b.fadd(b.fdiv(self.math.constant(1.0), value), b.fsub(value, value))
                self.store(value, first + slots[i, j])
        b.ret_void()
        return function

    def solve(self, name: str, jacobian: Jacobian, order: Elimination) -> ir.Function:
        """name(workspace, x): x becomes the solution of (1/(h gamma) - J) s = x.

        Blocks of tangents follow the system itself; they share its factors, and depend on it but not on each other.
        A hub has 0 on the right, and its solution is what the states move it by.
        """
        if self.loops(order):
            return looped.solve(self, name, jacobian, order)
        function = self.begin(name, (POINTER, POINTER))
        size, x = order.states, function.args[1]
        rows = jacobian.by_rows()
        own = self._substitute(order, [self.load(i, x) for i in range(size)], x, 0)
        for first in range(size, self.layout.states, max(size, 1)):
            right = []
            for i in range(first, first + size):
                value = self.load(i, x)
                for j, position in rows.get(i + order.hubs, ()):
                    value = self.math.fma(self.load(self.where["jacobian"] + position), own[j], value)
                right.append(value)
            self._substitute(order, right, x, first)
        self.b.ret_void()
        return function

    def _substitute(self, order: Elimination, right: list[ir.Value], x: ir.Value, into: int) -> dict[int, ir.Value]:
        """Solution of (L U) s = right, with 0 for the hubs; that of the states is stored from entry `into` of x on."""
        b, slots, first = self.b, order.slots, self.where["factors"]
        values: dict[int, ir.Value | None] = {}

        def less(value: ir.Value | None, i: int, others: Sequence[int]) -> ir.Value | None:
            for k in others:
                known = values[k]
                if known is not None:
                    minus = b.fneg(self.load(first + slots[i, k]))
                    value = b.fmul(minus, known) if value is None else self.math.fma(minus, known, value)
            return value

        for i in order.pivots:
            values[i] = less(right[i] if i < len(right) else None, i, order.lower[i])
        found: dict[int, ir.Value] = {}
        for i in reversed(order.pivots):
            value = less(values[i], i, order.upper[i])
            value = self.math.constant(0.0) if value is None else value
            values[i] = found[i] = b.fmul(value, self.load(first + slots[i, i]))
            if i < len(right):
                self.store(found[i], into + i, x)
        return found

    def attempt(self, name: str, method: Method, functions: dict[str, ir.Function]) -> ir.Function:
        """name(workspace): accept the last step where asked, then try one of size h in every lane."""
        function = self.begin(name)
        n, where = self.layout.states, self.where
        self._accept(n)
        self.b.call(functions["rates_and_jacobian"], [self.workspace])
        self._tame_slopes()
        self.b.call(functions["factorise"], [self.workspace])
        self.b.call(functions["solve"], [self.workspace, self.at(where["k"])])
        inverse = self.b.fdiv(self.math.constant(1.0), self.load(where["h"]))
        for s in range(1, method.stages):
            self._stage_argument(method, s, n)
            stage = self.at(where["k"] + s * n)
            self.b.call(functions["rates"], [self.workspace, self.at(where["stage"]), stage])
            self._add_previous(method.C[s - 1], inverse, s, n)
            self.b.call(functions["solve"], [self.workspace, stage])
        self._finish(method.stages, n)
        if self.locks.count:
            behind = self._states_behind(self.layout.kinks.of_states)
            self.locks.look(functions["distances"], lambda share: self._interpolate(method, share, n, behind))
        self.b.ret_void()
        return function

    def _accept(self, n: int) -> None:
        accepted = self.b.fcmp_ordered("!=", self.load(self.where["accepted"]), self.math.constant(0.0))

        def body(i: ir.Value) -> None:
            old, new = self.load(self.entry(self.where["y"], i)), self.load(self.entry(self.where["new"], i))
            self.store(self.b.select(accepted, new, old), self.entry(self.where["y"], i))

        self.loop(n, body)

    def _stage_argument(self, method: Method, s: int, n: int) -> None:
        where = self.where

        def body(i: ir.Value) -> None:
            if s <= len(method.A):
                value = self.load(self.entry(where["y"], i))
                for j, a in enumerate(method.A[s - 1]):
                    k = self.load(self.entry(where["k"] + j * n, i))
                    value = self.math.fma(self.math.constant(a), k, value)
            else:
                last = self.load(self.entry(where["k"] + (s - 1) * n, i))
                value = self.b.fadd(self.load(self.entry(where["stage"], i)), last)
            self.store(value, self.entry(where["stage"], i))

        self.loop(n, body)

    def _states_behind(self, formulas: Sequence[se.Expr]) -> list[int]:
        """Numbers of the states on which formulas depend."""
        return sorted(self.y[symbol] for symbol in self._needed(formulas) if symbol in self.y)

    def _interpolate(self, method: Method, share: float, n: int, states: Sequence[int]) -> None:
        """Some states (all where they are many) at a share of the step just tried, into the sample, by the method's
        dense output."""
        where, x = self.where, share
        weights = [x * (1 - x) * (d1 + x * (d2 + x * d3)) for d1, d2, d3 in zip(*method.dense, strict=True)]

        def body(i: int | ir.Value) -> None:
            value = self.b.fmul(self.math.constant(1 - x), self.load(self.entry(where["y"], i)))
            value = self.math.fma(self.math.constant(x), self.load(self.entry(where["new"], i)), value)
            for j, weight in enumerate(weights):
                k = self.load(self.entry(where["k"] + j * n, i))
                value = self.math.fma(self.math.constant(weight), k, value)
            self.store(value, self.entry(where["sample"], i))

        if len(states) > FEW:
            self.loop(n, body)
            return
        for i in states:
            body(i)

    def _add_previous(self, weights: Sequence[float], inverse: ir.Value, s: int, n: int) -> None:
        where = self.where

        def body(i: ir.Value) -> None:
            total = self.b.fmul(self.math.constant(weights[0]), self.load(self.entry(where["k"], i)))
            for j, c in enumerate(weights[1:], start=1):
                total = self.math.fma(self.math.constant(c), self.load(self.entry(where["k"] + j * n, i)), total)
            place = self.entry(where["k"] + s * n, i)
            self.store(self.math.fma(total, inverse, self.load(place)), place)

        self.loop(n, body)

    def _finish(self, stages: int, n: int) -> None:
        """New value, and the error as root mean square over the states, in units of the tolerance."""
        where, math, b = self.where, self.math, self.b
        total = b.alloca(math.vector)
        b.store(math.constant(0.0), total, align=8)
        rtol = self.load(where["rtol"])

        def body(i: ir.Value) -> None:
            last = self.load(self.entry(where["k"] + (stages - 1) * n, i))
            new = b.fadd(self.load(self.entry(where["stage"], i)), last)
            self.store(new, self.entry(where["new"], i))
            old = self.load(self.entry(where["y"], i))
            size = math.larger(self.size(old), self.size(new))
            error = b.fdiv(last, math.fma(rtol, size, self.load(self.entry(where["atol"], i))))
            b.store(math.fma(error, error, b.load(total, align=8, typ=math.vector)), total, align=8)

        self.loop(n, body)
        mean = b.fdiv(b.load(total, align=8, typ=math.vector), math.constant(max(n, 1)))
        self.store(math.sqrt(mean), where["error"])
