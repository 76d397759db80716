"""Emits formulas of a model as vector LLVM IR: patients in SIMD lanes, all numbers of a block of lanes in one array.

That array is the workspace; `Layout` says what lies where. Every entry is one vector, lane l of entry i at position
i*lanes + l. No fast-math flag is used: the result of a lane does not depend on the others, nor on the number of lanes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import llvmlite.ir as ir
import symengine as se

from lobule.engine.emit.differentiate import STEP
from lobule.engine.emit.kinks import COMPARISONS, Kinks
from lobule.engine.emit.locks import LOOKS, PROOFS, Locks
from lobule.engine.emit.vector_math import INT64, VectorMath, place
from lobule.engine.system import OdeSystem, real
from lobule.errors import ModelError

SIGNS = {se.Lt: "<", se.Le: "<=", se.Eq: "==", se.Ne: "!="}
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
    kinks: Kinks
    hubs: int = 0

    @property
    def parts(self) -> dict[str, int]:
        """First entry of every part by name."""
        some, of_states, of_time = (len(part) for part in (self.kinks.all, self.kinks.of_states, self.kinks.of_time))
        sizes = {
            "h": 1, "error": 1, "accepted": 1, "rtol": 1, "careful": 1,
            "y": self.states, "new": self.states, "stage": self.states, "hubs": self.hubs, "sample": self.states,
            "atol": self.states,
            "p": self.constants, "k": self.states * self.stages, "jacobian": self.jacobian, "factors": self.factors,
            "locks": some, "crossed": min(of_states, 1), "rough": min(of_states, 1), "noise": of_states,
            "looks": of_states * len((*LOOKS, *PROOFS)), "span": 2 * min(of_time, 1),
        }  # fmt: skip
        first, parts = 0, {}
        for name, size in sizes.items():
            parts[name] = first
            first += size
        parts["size"] = first
        return parts


class Expressions:
    """Writes formulas into functions over one workspace pointer."""

    def __init__(self, module: ir.Module, lanes: int, system: OdeSystem, layout: Layout) -> None:
        self.module, self.lanes, self.system, self.layout = module, lanes, system, layout
        self.where = layout.parts
        self.y = {symbol: i for i, symbol in enumerate(system.state_symbols)}
        self.p = {symbol: i for i, symbol in enumerate(system.constant_symbols)}
        self.locks = Locks(self, layout.kinks)
        self.inside_step = False  # what is written now sees kinks as they were at the start of the step
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
        self.workspace, self.inside_step = workspace, False
        self.states = workspace  # where the states are; each function says
        self.values: dict[se.Expr, ir.Value] = {}
        self.logs: dict[se.Expr, ir.Value] = {}

    def at(self, entry: int | ir.Value, base: ir.Value | None = None) -> ir.Value:
        """Address of an entry of the workspace."""
        index = place(entry) if isinstance(entry, int) else entry
        return self.b.gep(base or self.workspace, [index], source_etype=self.math.vector)

    def load(self, entry: int | ir.Value, base: ir.Value | None = None) -> ir.Value:
        """Value of an entry."""
        return self.b.load(self.at(entry, base), align=8, typ=self.math.vector)

    def store(self, value: ir.Value, entry: int | ir.Value, base: ir.Value | None = None) -> None:
        """Set an entry."""
        self.b.store(value, self.at(entry, base), align=8)

    def entry(self, part: int, i: int | ir.Value) -> int | ir.Value:
        """Number of an entry of a part of the workspace."""
        return part + i if isinstance(i, int) else self.b.add(i, ir.Constant(INT64, part))

    def size(self, x: ir.Value) -> ir.Value:
        """|x|"""
        return self.math.larger(x, self.b.fneg(x))

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
        if isinstance(e, se.Abs):
            return self.size(self.evaluate(e.args[0]))
        if self.inside_step and e in self.locks.places:
            return self.locks.locked(e, lambda: self.call(e, *(self.evaluate(a) for a in e.args)))
        return self.call(e, *(self.evaluate(a) for a in e.args))

    def call(self, e: se.Expr, *arguments: ir.Value) -> ir.Value:
        """The function of an expression, of arguments already evaluated."""
        if isinstance(e, se.log):
            return self.math.log(*arguments)
        name = type(e).__name__.lower()
        if name in LIBM:
            return self.math.lane_by_lane(LIBM[name], *arguments)
        raise ModelError(f'the engine has no "{type(e).__name__}"; engine="roadrunner" may run this model')

    def _symbol(self, e: se.Symbol) -> ir.Value:
        if e in self.y:
            return self.load(self.y[e], self.states)
        if e in self.tolerances:
            i = self.tolerances[e]
            return self.math.fma(self.load(self.where["rtol"]), self.size(self.load(i, self.states)),
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
            if _is_simple(exponent):
                return self.raise_to(self.evaluate(x), exponent)
        base = self.evaluate(x)
        if x not in self.logs:
            negative = self.b.fcmp_ordered("<", base, self.math.constant(0.0))
            self.logs[x] = self.math.log(self.b.select(negative, self.b.fneg(base), base))
        return self.math.power(base, self.evaluate(n), self.logs[x])

    def raise_to(self, base: ir.Value, exponent: float) -> ir.Value:
        """A value to the power of a number of 0 or more."""
        if not _is_simple(exponent):
            return self.math.power(base, self.math.constant(exponent))
        if exponent in range(65):
            return self.math.whole_power(base, int(exponent))
        return self.math.half_power(base, int(2 * exponent))

    def _piecewise(self, e: se.Piecewise) -> ir.Value:
        pairs = [(e.args[i], e.args[i + 1]) for i in range(0, len(e.args), 2)]
        result = self.evaluate(pairs[-1][0])
        for value, condition in reversed(pairs[:-1]):
            result = self.b.select(self.condition(condition), self.evaluate(value), result)
        return result

    def condition(self, e: se.Expr) -> ir.Value:
        """Truth of a condition in every lane."""
        if isinstance(e, COMPARISONS):
            if self.inside_step and e in self.locks.places:
                lock = self.locks.locked(e, lambda: self._one_where(self._compare(e)))
                return self.b.fcmp_ordered("!=", lock, self.math.constant(0.0))
            return self._compare(e)
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

    def _compare(self, e: se.Expr) -> ir.Value:
        sign = SIGNS[type(e)]
        compare = self.b.fcmp_unordered if sign == "!=" else self.b.fcmp_ordered
        return compare(sign, self.evaluate(e.args[0]), self.evaluate(e.args[1]))

    def _one_where(self, condition: ir.Value) -> ir.Value:
        return self.b.select(condition, self.math.constant(1.0), self.math.constant(0.0))

    def truth(self, value: bool) -> ir.Value:
        """A constant condition."""
        return ir.Constant(ir.VectorType(ir.IntType(1), self.lanes), [int(value)] * self.lanes)


def _is_simple(exponent: float) -> bool:
    """A power by products, and a square root at most."""
    return 2 * exponent in range(129)


def _is_quotient(factor: se.Expr) -> bool:
    return isinstance(factor, se.Pow) and factor.args[1].is_Number and real(factor.args[1]) < 0
