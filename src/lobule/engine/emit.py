"""Emits a model as vector LLVM IR: patients in SIMD lanes, one function that tries a whole Rosenbrock step.

All numbers of a block of lanes live in one array, the workspace; `Layout` says where. Every entry is one vector, lane
l of entry i at position i*lanes + l. No fast-math flag is used: the result of a lane does not depend on the others,
nor on the number of lanes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import llvmlite.ir as ir
import symengine as se

from lobule.engine.differentiate import STEP, Jacobian
from lobule.engine.method import Method
from lobule.engine.order import Elimination
from lobule.engine.system import OdeSystem, real
from lobule.engine.vector_math import INT64, VectorMath
from lobule.errors import ModelError

VOID, POINTER = ir.VoidType(), ir.PointerType()
LIBM = {
    "sin": "sin", "cos": "cos", "tan": "tan", "asin": "asin", "acos": "acos", "atan": "atan", "sinh": "sinh",
    "cosh": "cosh", "tanh": "tanh", "asinh": "asinh", "acosh": "acosh", "atanh": "atanh", "gamma": "tgamma",
    "floor": "floor", "ceiling": "ceil",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """First entry of each part of the workspace, and its size in entries."""

    states: int
    constants: int
    stages: int
    jacobian: int
    factors: int

    @property
    def parts(self) -> dict[str, int]:
        """First entry of every part by name."""
        sizes = {
            "h": 1, "error": 1, "accepted": 1, "rtol": 1, "careful": 1,
            "y": self.states, "new": self.states, "stage": self.states, "sample": self.states, "atol": self.states,
            "p": self.constants, "k": self.states * self.stages, "jacobian": self.jacobian, "factors": self.factors,
        }  # fmt: skip
        first, parts = 0, {}
        for name, size in sizes.items():
            parts[name] = first
            first += size
        parts["size"] = first
        return parts


class Emitter:
    """Writes functions over one workspace pointer into an LLVM module."""

    def __init__(self, module: ir.Module, lanes: int, system: OdeSystem, layout: Layout) -> None:
        self.module, self.lanes, self.system, self.layout = module, lanes, system, layout
        self.where = layout.parts
        self.y = {symbol: i for i, symbol in enumerate(system.state_symbols)}
        self.p = {symbol: i for i, symbol in enumerate(system.constant_symbols)}
        self.tolerances = {se.Symbol(f"e{i}"): i for i in range(len(system.states))}

    # --- plumbing ------------------------------------------------------------------------------------------------

    def begin(self, name: str, arguments: Sequence[ir.Type] = (POINTER,)) -> ir.Function:
        """Start a function; `self.b` writes into it."""
        function = ir.Function(self.module, ir.FunctionType(VOID, list(arguments)), name)
        self.b = ir.IRBuilder(function.append_basic_block("entry"))
        self.math = VectorMath(self.module, self.b, self.lanes)
        self.forget(function.args[0])
        return function

    def forget(self, workspace: ir.Value) -> None:
        """Nothing has been computed yet in a new function."""
        self.workspace = workspace
        self.values: dict[se.Expr, ir.Value] = {}
        self.logs: dict[se.Expr, ir.Value] = {}

    def at(self, entry: int | ir.Value, base: ir.Value | None = None) -> ir.Value:
        """Address of an entry of the workspace."""
        index = ir.Constant(INT64, entry) if isinstance(entry, int) else entry
        return self.b.gep(base or self.workspace, [index], source_etype=self.math.vector)

    def load(self, entry: int | ir.Value, base: ir.Value | None = None) -> ir.Value:
        """Value of an entry."""
        return self.b.load(self.at(entry, base), align=8, typ=self.math.vector)

    def store(self, value: ir.Value, entry: int | ir.Value, base: ir.Value | None = None) -> None:
        """Set an entry."""
        self.b.store(value, self.at(entry, base), align=8)

    def loop(self, count: int, body: Callable[[ir.Value], None]) -> None:
        """for i in range(count): body(i)"""
        if count == 0:
            return
        before = self.b.block
        inside = self.b.append_basic_block("loop")
        after = self.b.append_basic_block("after")
        self.b.branch(inside)
        self.b.position_at_end(inside)
        i = self.b.phi(INT64)
        i.add_incoming(ir.Constant(INT64, 0), before)
        body(i)
        following = self.b.add(i, ir.Constant(INT64, 1))
        i.add_incoming(following, self.b.block)
        self.b.cbranch(self.b.icmp_signed("<", following, ir.Constant(INT64, count)), inside, after)
        self.b.position_at_end(after)

    def where_any(self, lanes: ir.Value, body: Callable[[], None]) -> None:
        """if the condition holds in any lane: body()"""
        inside, after = self.b.append_basic_block("inside"), self.b.append_basic_block("after")
        bits = ir.IntType(self.lanes)
        self.b.cbranch(self.b.icmp_unsigned("!=", self.b.bitcast(lanes, bits), ir.Constant(bits, 0)), inside, after)
        self.b.position_at_end(inside)
        body()
        self.b.branch(after)
        self.b.position_at_end(after)

    # --- expressions ---------------------------------------------------------------------------------------------

    def evaluate(self, e: se.Expr) -> ir.Value:
        """Value of an expression; equal parts are computed once a function."""
        if e not in self.values:
            self.values[e] = self._evaluate(e)
        return self.values[e]

    def _evaluate(self, e: se.Expr) -> ir.Value:
        if e.is_Number or e in (se.pi, se.E):
            return self.math.constant(real(e))
        if e.is_Symbol:
            return self._symbol(e)
        if isinstance(e, se.Add):
            return self._sum(e)
        if isinstance(e, se.Mul):
            return self._product(e)
        if isinstance(e, se.Pow):
            return self._power(*e.args)
        if isinstance(e, se.Piecewise):
            return self._piecewise(e)
        if isinstance(e, se.log):
            return self.math.log(self.evaluate(e.args[0]))
        if isinstance(e, se.Abs):
            return self._size(self.evaluate(e.args[0]))
        name = type(e).__name__.lower()
        if name in LIBM:
            return self.math.lane_by_lane(LIBM[name], *(self.evaluate(a) for a in e.args))
        raise ModelError(f'the engine has no "{type(e).__name__}"; engine="roadrunner" may run this model')

    def _symbol(self, e: se.Symbol) -> ir.Value:
        if e in self.y:
            return self.load(self.y[e], self.states)
        if e in self.tolerances:
            i = self.tolerances[e]
            return self.math.fma(self.load(self.where["rtol"]), self._size(self.load(i, self.states)),
                                 self.load(self.where["atol"] + i))  # fmt: skip
        if e == STEP:
            return self.load(self.where["h"])
        return self.load(self.where["p"] + self.p[e])

    def _sum(self, e: se.Add) -> ir.Value:
        total = None
        for term in e.args:
            factors = [f for f in term.args if not _is_quotient(f)] if isinstance(term, se.Mul) else []
            if total is not None and len(factors) > 1 and len(factors) == len(term.args):
                head = self._chain([self.evaluate(f) for f in factors[:-1]])
                total = self.math.fma(head, self.evaluate(factors[-1]), total)
            else:
                value = self.evaluate(term)
                total = value if total is None else self.b.fadd(total, value)
        assert total is not None
        return total

    def _chain(self, values: list[ir.Value]) -> ir.Value:
        product = values[0]
        for value in values[1:]:
            product = self.b.fmul(product, value)
        return product

    def _product(self, e: se.Mul) -> ir.Value:
        above = [self.evaluate(f) for f in e.args if not _is_quotient(f)]
        below = [self.evaluate(f.args[0] ** -f.args[1]) for f in e.args if _is_quotient(f)]
        top = self._chain(above) if above else self.math.constant(1.0)
        return self.b.fdiv(top, self._chain(below)) if below else top

    def _power(self, x: se.Expr, n: se.Expr) -> ir.Value:
        if x == se.E:
            return self.math.exp(self.evaluate(n))
        if n.is_Number:
            exponent = real(n)
            if -math.inf < exponent < 0:
                return self.b.fdiv(self.math.constant(1.0), self.evaluate(x**-n))
            if exponent in range(65):
                return self.math.whole_power(self.evaluate(x), int(exponent))
            if 2 * exponent in range(129):
                return self.math.half_power(self.evaluate(x), int(2 * exponent))
        base = self.evaluate(x)
        if x not in self.logs:
            negative = self.b.fcmp_ordered("<", base, self.math.constant(0.0))
            self.logs[x] = self.math.log(self.b.select(negative, self.b.fneg(base), base))
        return self.math.power(base, self.evaluate(n), self.logs[x])

    def _piecewise(self, e: se.Piecewise) -> ir.Value:
        pairs = [(e.args[i], e.args[i + 1]) for i in range(0, len(e.args), 2)]
        result = self.evaluate(pairs[-1][0])
        for value, condition in reversed(pairs[:-1]):
            result = self.b.select(self.condition(condition), self.evaluate(value), result)
        return result

    def condition(self, e: se.Expr) -> ir.Value:
        """Truth of a condition in every lane."""
        signs = {se.Lt: "<", se.Le: "<=", se.Eq: "==", se.Ne: "!="}
        for kind, sign in signs.items():
            if isinstance(e, kind):
                compare = self.b.fcmp_unordered if sign == "!=" else self.b.fcmp_ordered
                return compare(sign, self.evaluate(e.args[0]), self.evaluate(e.args[1]))
        if e == se.true or e == se.false:
            return self.truth(e == se.true)
        if isinstance(e, se.Not):
            return self.b.not_(self.condition(e.args[0]))
        if isinstance(e, (se.And, se.Or, se.Xor)):
            join = {se.And: self.b.and_, se.Or: self.b.or_, se.Xor: self.b.xor}[type(e)]
            parts = [self.condition(a) for a in e.args]
            result = parts[0]
            for part in parts[1:]:
                result = join(result, part)
            return result
        raise ModelError(f'the engine has no condition "{type(e).__name__}"')

    def truth(self, value: bool) -> ir.Value:
        """A constant condition."""
        return ir.Constant(ir.VectorType(ir.IntType(1), self.lanes), [int(value)] * self.lanes)

    # --- functions of a model ------------------------------------------------------------------------------------

    def rates(self, name: str) -> ir.Function:
        """name(workspace, states, out): right-hand side at `states` into `out`."""
        function = self.begin(name, (POINTER, POINTER, POINTER))
        self.states = function.args[1]
        self._assign()
        for i, rate in enumerate(self.system.rates):
            self.store(self.evaluate(se.sympify(rate)), i, function.args[2])
        self.b.ret_void()
        return function

    def _assign(self, names: set[se.Symbol] | None = None) -> None:
        for symbol, formula in self.system.assignments:
            if names is None or symbol in names:
                self.values[symbol] = self.evaluate(formula)

    def rates_and_jacobian(self, name: str, jacobian: Jacobian) -> ir.Function:
        """name(workspace): right-hand side at y into the first stage, Jacobian into its part."""
        function = self.begin(name)
        self.states = self.at(self.where["y"])
        through = dict(jacobian.through)
        for symbol, formula in self.system.assignments:
            self.values[symbol] = self.evaluate(formula)
            for slope, expression in through.get(symbol, ()):
                self.values[slope] = self.evaluate(expression)
        for i, rate in enumerate(self.system.rates):
            self.store(self.evaluate(se.sympify(rate)), self.where["k"] + i)
        for position, expression in enumerate(jacobian.entries.values()):
            self.store(self.evaluate(expression), self.where["jacobian"] + position)
        self.b.ret_void()
        return function

    def _tame_slopes(self) -> None:
        """Infinite and undefined slopes become 0 in the lanes that ask for care: with any finite matrix the error of a
        step is honest."""
        careful = self.b.fcmp_ordered("!=", self.load(self.where["careful"]), self.math.constant(0.0))

        def entry(i: ir.Value) -> None:
            place = self._entry(self.where["jacobian"], i)
            value = self.load(place)
            finite = self.b.fcmp_ordered("==", self.b.fsub(value, value), self.math.constant(0.0))
            self.store(self.b.select(self.b.or_(finite, self.b.not_(careful)), value, self.math.constant(0.0)), place)

        self.where_any(careful, lambda: self.loop(self.layout.jacobian, entry))

    def own_events(self) -> None:
        """triggers(workspace, out) and assign(workspace, out): the model's own events at the sample state."""
        conditions = [se.Piecewise((1, event.trigger), (0, True)) if event.trigger not in (se.true, se.false)
                      else se.Integer(int(event.trigger == se.true)) for event in self.system.events]  # fmt: skip
        self.observe("triggers", conditions)
        self.observe("assign", [value for event in self.system.events for _, value in event.assignments])

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

    def factorise(self, name: str, jacobian: Jacobian, order: Elimination, gamma: float) -> ir.Function:
        """name(workspace): LU factors of 1/(h gamma) - J; pivots are stored inverted."""
        function = self.begin(name)
        b, slots, first = self.b, order.slots, self.where["factors"]
        position = {entry: i for i, entry in enumerate(jacobian.entries)}
        diagonal = b.fdiv(self.math.constant(1 / gamma), self.load(self.where["h"]))
        for i in order.pivots:
            row: dict[int, ir.Value | None] = {}
            for j in (i, *order.lower[i], *order.upper[i]):
                entry = position.get((i, j))
                value = None if entry is None else self.load(self.where["jacobian"] + entry)
                if i == j:
                    row[j] = diagonal if value is None else b.fsub(diagonal, value)
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
        """
        function = self.begin(name, (POINTER, POINTER))
        size, x = len(order.pivots), function.args[1]
        coupling: dict[int, list[tuple[int, int]]] = {}
        for position, (i, j) in enumerate(jacobian.entries):
            coupling.setdefault(i, []).append((j, self.where["jacobian"] + position))
        own = self._substitute(order, [self.load(i, x) for i in range(size)], x, 0)
        for first in range(size, self.layout.states, max(size, 1)):
            right = []
            for i in range(first, first + size):
                value = self.load(i, x)
                for j, entry in coupling.get(i, ()):
                    value = self.math.fma(self.load(entry), own[j], value)
                right.append(value)
            self._substitute(order, right, x, first)
        self.b.ret_void()
        return function

    def _substitute(self, order: Elimination, right: list[ir.Value], x: ir.Value, into: int) -> dict[int, ir.Value]:
        """Solution of (L U) s = right, stored from entry `into` of x on."""
        b, slots, first = self.b, order.slots, self.where["factors"]
        values: dict[int, ir.Value] = {}
        for i in order.pivots:
            value = right[i]
            for k in order.lower[i]:
                value = self.math.fma(b.fneg(self.load(first + slots[i, k])), values[k], value)
            values[i] = value
        for i in reversed(order.pivots):
            value = values[i]
            for j in order.upper[i]:
                value = self.math.fma(b.fneg(self.load(first + slots[i, j])), values[j], value)
            values[i] = b.fmul(value, self.load(first + slots[i, i]))
            self.store(values[i], into + i, x)
        return values

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
        self.b.ret_void()
        return function

    def _entry(self, part: int, i: ir.Value) -> ir.Value:
        return self.b.add(i, ir.Constant(INT64, part))

    def _accept(self, n: int) -> None:
        accepted = self.b.fcmp_ordered("!=", self.load(self.where["accepted"]), self.math.constant(0.0))

        def body(i: ir.Value) -> None:
            old, new = self.load(self._entry(self.where["y"], i)), self.load(self._entry(self.where["new"], i))
            self.store(self.b.select(accepted, new, old), self._entry(self.where["y"], i))

        self.loop(n, body)

    def _stage_argument(self, method: Method, s: int, n: int) -> None:
        where = self.where

        def body(i: ir.Value) -> None:
            if s <= len(method.A):
                value = self.load(self._entry(where["y"], i))
                for j, a in enumerate(method.A[s - 1]):
                    k = self.load(self._entry(where["k"] + j * n, i))
                    value = self.math.fma(self.math.constant(a), k, value)
            else:
                last = self.load(self._entry(where["k"] + (s - 1) * n, i))
                value = self.b.fadd(self.load(self._entry(where["stage"], i)), last)
            self.store(value, self._entry(where["stage"], i))

        self.loop(n, body)

    def _add_previous(self, weights: Sequence[float], inverse: ir.Value, s: int, n: int) -> None:
        where = self.where

        def body(i: ir.Value) -> None:
            total = self.b.fmul(self.math.constant(weights[0]), self.load(self._entry(where["k"], i)))
            for j, c in enumerate(weights[1:], start=1):
                total = self.math.fma(self.math.constant(c), self.load(self._entry(where["k"] + j * n, i)), total)
            place = self._entry(where["k"] + s * n, i)
            self.store(self.math.fma(total, inverse, self.load(place)), place)

        self.loop(n, body)

    def _finish(self, stages: int, n: int) -> None:
        """New value, and the error as root mean square over the states, in units of the tolerance."""
        where, math, b = self.where, self.math, self.b
        total = b.alloca(math.vector)
        b.store(math.constant(0.0), total, align=8)
        rtol = self.load(where["rtol"])

        def body(i: ir.Value) -> None:
            last = self.load(self._entry(where["k"] + (stages - 1) * n, i))
            new = b.fadd(self.load(self._entry(where["stage"], i)), last)
            self.store(new, self._entry(where["new"], i))
            old = self.load(self._entry(where["y"], i))
            size = math.larger(self._size(old), self._size(new))
            error = b.fdiv(last, math.fma(rtol, size, self.load(self._entry(where["atol"], i))))
            b.store(math.fma(error, error, b.load(total, align=8, typ=math.vector)), total, align=8)

        self.loop(n, body)
        mean = b.fdiv(b.load(total, align=8, typ=math.vector), math.constant(max(n, 1)))
        self.store(math.sqrt(mean), where["error"])

    def _size(self, x: ir.Value) -> ir.Value:
        return self.math.larger(x, self.b.fneg(x))


def _is_quotient(factor: se.Expr) -> bool:
    return isinstance(factor, se.Pow) and factor.args[1].is_Number and real(factor.args[1]) < 0
