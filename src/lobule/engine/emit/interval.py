"""Interval arithmetic as emitted code: between which bounds a formula of time and constants lies over a span of time.

A comparison that has one value over the whole span cannot have changed within it, however narrow a pulse might be.
Where a bound is undefined or not known the interval counts as anything. Bounds are not rounded outwards: what is missed
is as narrow as the rounding of the formula itself.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import symengine as se

from lobule.engine.system import real

if TYPE_CHECKING:
    from lobule.engine.emit.expressions import Expressions

RISING = (se.log, se.asin, se.atan, se.sinh, se.tanh, se.asinh, se.acosh, se.atanh, se.floor, se.ceiling)
Span = tuple[Any, Any]


class Intervals:
    """Evaluates formulas over a span of time: (lower, upper) bound of a number, (surely, possibly) of a condition."""

    def __init__(self, emitter: Expressions, clock: se.Symbol, span: Span) -> None:
        self.e, self.clock, self.span = emitter, clock, span
        self.formulas = dict(emitter.system.assignments)
        self.known: dict[se.Expr, Span] = {}

    def number(self, x: se.Expr) -> Span:
        """Bounds of a number."""
        if x not in self.known:
            self.known[x] = self._number(x)
        return self.known[x]

    def _number(self, x: se.Expr) -> Span:
        if x == self.clock:
            return self.span
        if x in self.formulas:
            return self.number(self.formulas[x])
        if not x.args:
            value = self.e.evaluate(x)
            return value, value
        if isinstance(x, se.Add):
            return self._sum([self.number(term) for term in x.args])
        if isinstance(x, se.Mul):
            product = self.number(x.args[0])
            for factor in x.args[1:]:
                product = self._product(product, self.number(factor))
            return product
        if isinstance(x, se.Pow):
            return self._power(*x.args)
        if isinstance(x, se.Piecewise):
            return self._cases(x)
        return self._function(x)

    def _constant(self, value: float) -> Any:
        return self.e.math.constant(value)

    def _anything(self) -> Span:
        return self._constant(-math.inf), self._constant(math.inf)

    def _hull(self, values: Sequence[Any]) -> Span:
        """Least and largest of some numbers; undefined where one of them is undefined or infinite."""
        b = self.e.b
        low = high = values[0]
        spoilt = b.fsub(low, low)
        for value in values[1:]:
            low = b.select(b.fcmp_ordered("<", value, low), value, low)
            high = b.select(b.fcmp_ordered(">", value, high), value, high)
            spoilt = b.fadd(spoilt, b.fsub(value, value))
        return b.fadd(low, spoilt), b.fadd(high, spoilt)

    def _sum(self, terms: list[Span]) -> Span:
        low, high = terms[0]
        for term in terms[1:]:
            low, high = self.e.b.fadd(low, term[0]), self.e.b.fadd(high, term[1])
        return low, high

    def _product(self, x: Span, y: Span) -> Span:
        if x[0] is x[1] and y[0] is y[1]:
            value = self.e.b.fmul(x[0], y[0])
            return value, value
        return self._hull([self.e.b.fmul(a, b) for a in _ends(x) for b in _ends(y)])

    def _power(self, x: se.Expr, n: se.Expr) -> Span:
        if x == se.E:
            low, high = self.number(n)
            return self._both(self.e.math.exp, low, high)
        if not n.is_Number:
            low, high = self._product(self.number(n), self._both(self.e.math.log, *self.number(x)))
            return self._both(self.e.math.exp, low, high)
        exponent = real(n)
        if -math.inf < exponent < 0:
            return self._inverse(self.number(x ** (-n)))
        low, high = self.number(x)
        of_low, of_high = (self.e.raise_to(value, exponent) for value in (low, high))
        if exponent not in range(0, 65, 2):
            return of_low, of_high
        return self._down_to_zero(low, high, self._hull([of_low, of_high]))

    def _both(self, function: Any, low: Any, high: Any) -> Span:
        if low is high:
            value = function(low)
            return value, value
        return function(low), function(high)

    def _inverse(self, x: Span) -> Span:
        b, zero, one = self.e.b, self._constant(0.0), self._constant(1.0)
        away = b.or_(b.fcmp_ordered(">", x[0], zero), b.fcmp_ordered("<", x[1], zero))
        low, high = self._anything()
        return b.select(away, b.fdiv(one, x[1]), low), b.select(away, b.fdiv(one, x[0]), high)

    def _function(self, x: se.Expr) -> Span:
        low, high = self.number(x.args[0])
        if isinstance(x, RISING):
            return self._both(lambda v: self.e.call(x, v), low, high)
        if isinstance(x, se.acos):
            high, low = self._both(lambda v: self.e.call(x, v), low, high)
            return low, high
        if isinstance(x, (se.sin, se.cos)):
            return self._wave(x, low, high)
        if isinstance(x, se.tan):
            return self._between_poles(x, low, high)
        if isinstance(x, se.Abs):
            return self._down_to_zero(low, high, self._hull([self.e.size(low), self.e.size(high)]))
        if low is high:
            value = self.e.call(x, low)
            return value, value
        return self._anything()

    def _down_to_zero(self, low: Any, high: Any, bounds: Span) -> Span:
        """Bounds of what is 0 at 0 and positive elsewhere, given those at both ends."""
        b, zero = self.e.b, self._constant(0.0)
        around = b.and_(b.fcmp_ordered("<", low, zero), b.fcmp_ordered(">", high, zero))
        return b.select(around, zero, bounds[0]), bounds[1]

    def _wave(self, x: se.Expr, low: Any, high: Any) -> Span:
        """Sine or cosine: its values at both ends, and 1 or -1 where a crest or a trough lies between."""
        ends = self.e.call(x, low), self.e.call(x, high)
        crest = math.pi / 2 if isinstance(x, se.sin) else 0.0
        top = self._passes(low, high, crest, 2 * math.pi)
        bottom = self._passes(low, high, crest + math.pi, 2 * math.pi)
        b = self.e.b
        least, largest = self._hull(ends)
        return b.select(bottom, self._constant(-1.0), least), b.select(top, self._constant(1.0), largest)

    def _between_poles(self, x: se.Expr, low: Any, high: Any) -> Span:
        ends = self._both(lambda v: self.e.call(x, v), low, high)
        pole, (least, most) = self._passes(low, high, math.pi / 2, math.pi), self._anything()
        return self.e.b.select(pole, least, ends[0]), self.e.b.select(pole, most, ends[1])

    def _passes(self, low: Any, high: Any, phase: float, period: float) -> Any:
        """A point phase + k period lies between; also where that cannot be told."""
        b, turn = self.e.b, self._constant(1 / period)
        turns = [self.e.math.floor(b.fmul(b.fsub(v, self._constant(phase)), turn)) for v in (low, high)]
        return b.not_(b.fcmp_ordered("==", *turns))

    def _cases(self, x: se.Piecewise) -> Span:
        pairs = list(zip(x.args[::2], x.args[1::2], strict=True))
        result = self.number(pairs[-1][0])
        for value, condition in reversed(pairs[:-1]):
            surely, possibly = self.condition(condition)
            mine = self.number(value)
            low, high = self._hull([*mine, *result])
            select = self.e.b.select
            result = (
                select(surely, mine[0], select(possibly, low, result[0])),
                select(surely, mine[1], select(possibly, high, result[1])),
            )
        return result

    def condition(self, e: se.Expr) -> Span:
        """Whether a condition holds all over the span, and whether it may hold somewhere."""
        b = self.e.b
        if e == se.true or e == se.false:
            return self.e.truth(e == se.true), self.e.truth(e == se.true)
        if isinstance(e, se.Not):
            surely, possibly = self.condition(e.args[0])
            return b.not_(possibly), b.not_(surely)
        if isinstance(e, (se.And, se.Or)):
            join = b.and_ if isinstance(e, se.And) else b.or_
            surely, possibly = self.condition(e.args[0])
            for part in e.args[1:]:
                s, p = self.condition(part)
                surely, possibly = join(surely, s), join(possibly, p)
            return surely, possibly
        if isinstance(e, (se.Lt, se.Le)):
            return self._order(e)
        return self.e.truth(False), self.e.truth(True)

    def _order(self, e: se.Expr) -> Span:
        low, high = self.number(e.args[1] - e.args[0])
        b, zero = self.e.b, self._constant(0.0)
        if isinstance(e, se.Lt):
            return b.fcmp_ordered(">", low, zero), b.not_(b.fcmp_ordered("<=", high, zero))
        return b.fcmp_ordered(">=", low, zero), b.not_(b.fcmp_ordered("<", high, zero))

    def value(self, kink: se.Expr) -> Span:
        """Bounds of what a kink is: 1 or 0 of a comparison, a whole number of a step."""
        if isinstance(kink, (se.floor, se.ceiling)):
            return self.number(kink)
        surely, possibly = self.condition(kink)
        one, zero = self._constant(1.0), self._constant(0.0)
        return self.e.b.select(surely, one, zero), self.e.b.select(possibly, one, zero)


def _ends(x: Span) -> tuple[Any, ...]:
    """The bounds of an interval, one of them for a point."""
    return (x[0],) if x[0] is x[1] else x
