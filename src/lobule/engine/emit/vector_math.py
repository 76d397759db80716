"""Elementary functions on vectors of doubles as LLVM IR, because the llvmlite wheel carries no vector library.

Largest errors, measured against long doubles over the whole range (tests/engine/test_vector_math.py): exp and log
2 ulp; power(x, n) = exp(n log x) has a relative error of about 1e-16 (1 + |n log x|). All others go lane by lane
through libm.
"""

from __future__ import annotations

import math
from functools import lru_cache

import llvmlite.ir as ir

DOUBLE, INT64, BIT = ir.DoubleType(), ir.IntType(64), ir.IntType(1)

# Powers of a value that the method pushed a little below zero count as powers of zero; farther below, undefined.
TINY = 1e-9

LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
ONE_BITS = 0x3FF0000000000000


@lru_cache(maxsize=10_000)  # making and printing one takes much longer than finding it again
def _constant(lanes: int, number: str) -> ir.Constant:
    return ir.Constant(ir.VectorType(DOUBLE, lanes), [float(number)] * lanes)


@lru_cache(maxsize=100_000)
def place(entry: int) -> ir.Constant:
    """A whole number, such as that of an entry of the workspace."""
    return ir.Constant(INT64, entry)


class VectorMath:
    """Emits vector arithmetic of a fixed number of lanes into one basic block at a time."""

    def __init__(self, module: ir.Module, builder: ir.IRBuilder, lanes: int) -> None:
        self.module, self.b, self.lanes = module, builder, lanes
        self.vector = ir.VectorType(DOUBLE, lanes)
        self.integers = ir.VectorType(INT64, lanes)

    def constant(self, value: float) -> ir.Constant:
        """The same number in every lane."""
        return _constant(self.lanes, repr(float(value)))

    def _integer(self, value: int) -> ir.Constant:
        return ir.Constant(self.integers, [value] * self.lanes)

    def _intrinsic(self, name: str, arguments: int) -> ir.Function:
        full = f"llvm.{name}.v{self.lanes}f64"
        known = self.module.globals.get(full)
        return known or ir.Function(self.module, ir.FunctionType(self.vector, [self.vector] * arguments), full)

    def fma(self, x: ir.Value, y: ir.Value, z: ir.Value) -> ir.Value:
        """x*y + z, rounded once."""
        return self.b.call(self._intrinsic("fma", 3), [x, y, z])

    def sqrt(self, x: ir.Value) -> ir.Value:
        """Square root, correctly rounded."""
        return self.b.call(self._intrinsic("sqrt", 1), [x])

    def floor(self, x: ir.Value) -> ir.Value:
        """Largest whole number not above x."""
        return self.b.call(self._intrinsic("floor", 1), [x])

    def larger(self, x: ir.Value, y: ir.Value) -> ir.Value:
        """x where x > y, else y."""
        return self.b.select(self.b.fcmp_ordered(">", x, y), x, y)

    def exp(self, x: ir.Value) -> ir.Value:
        """exp(x) = 2^k exp(r), |r| <= ln(2)/2, polynomial of degree 12; 0 and infinity beyond the range."""
        b, c = self.b, self.constant
        low, high = c(-745.2), c(709.79)
        inside = b.select(b.fcmp_unordered("<", x, low), low, x)
        inside = b.select(b.fcmp_unordered(">", inside, high), high, inside)
        k = self.floor(self.fma(inside, c(LOG2E), c(0.5)))
        r = self.fma(k, c(-LN2_HIGH), inside)
        r = self.fma(k, c(-LN2_LOW), r)
        p = c(1 / math.factorial(12))
        for i in range(11, 1, -1):
            p = self.fma(p, r, c(1 / math.factorial(i)))
        p = b.fadd(self.fma(b.fmul(p, r), r, r), c(1.0))
        # 2^k in two factors, so that results near the ends of the range are right
        whole = b.fptosi(k, self.integers)
        half = b.ashr(whole, self._integer(1))
        value = b.fmul(b.fmul(p, self._power_of_two(half)), self._power_of_two(b.sub(whole, half)))
        value = b.select(b.fcmp_ordered(">", x, high), c(math.inf), value)
        value = b.select(b.fcmp_ordered("<", x, low), c(0.0), value)
        return b.select(b.fcmp_unordered("uno", x, x), x, value)

    def _power_of_two(self, k: ir.Value) -> ir.Value:
        bits = self.b.shl(self.b.add(k, self._integer(1023)), self._integer(52))
        return self.b.bitcast(bits, self.vector)

    def log(self, x: ir.Value) -> ir.Value:
        """log(x) = e ln(2) + log(m), sqrt(1/2) <= m < sqrt(2), odd series in (m-1)/(m+1); -inf at 0, NaN below."""
        b, c = self.b, self.constant
        small = b.fcmp_ordered("<", x, c(2.2250738585072014e-308))
        scaled = b.select(small, b.fmul(x, c(2.0**54)), x)
        bits = b.bitcast(scaled, self.integers)
        e = b.ashr(b.sub(bits, self._integer(SQRT_HALF_BITS)), self._integer(52))
        m = b.bitcast(b.sub(bits, b.shl(e, self._integer(52))), self.vector)
        exponent = b.fadd(b.sitofp(e, self.vector), b.select(small, c(-54.0), c(0.0)))
        f = b.fsub(m, c(1.0))
        q = b.fdiv(f, b.fadd(m, c(1.0)))
        q2 = b.fmul(q, q)
        p = c(2 / 23)
        for k in range(21, 1, -2):
            p = self.fma(p, q2, c(2 / k))
        p = b.fmul(b.fmul(q, q2), p)
        half = b.fmul(b.fmul(c(0.5), f), f)
        # log(m) = f - f*f/2 + q*(f*f/2 + series) keeps the leading term exact
        p = self.fma(q, half, p)
        value = self.fma(exponent, c(LN2_LOW), p)
        value = b.fsub(value, half)
        value = b.fadd(value, f)
        value = self.fma(exponent, c(LN2_HIGH), value)
        value = b.select(b.fcmp_ordered("==", x, c(math.inf)), x, value)
        value = b.select(b.fcmp_ordered("==", x, c(0.0)), c(-math.inf), value)
        return b.select(b.fcmp_unordered("<", x, c(0.0)), c(math.nan), value)

    def whole_power(self, x: ir.Value, n: int) -> ir.Value:
        """x^n for a whole n of 0 or more, by repeated squaring."""
        result = None
        while n:
            if n & 1:
                result = x if result is None else self.b.fmul(result, x)
            n >>= 1
            if n:
                x = self.b.fmul(x, x)
        return self.constant(1.0) if result is None else result

    def half_power(self, x: ir.Value, n: int) -> ir.Value:
        """x^(n/2) for an odd whole n above 0; x just below 0 counts as 0."""
        below = self.b.and_(
            self.b.fcmp_ordered("<", x, self.constant(0.0)), self.b.fcmp_ordered(">", x, self.constant(-TINY))
        )
        x = self.b.select(below, self.constant(0.0), x)
        root = self.sqrt(x)
        return root if n == 1 else self.b.fmul(self.whole_power(x, n // 2), root)

    def power(self, x: ir.Value, n: ir.Value, log_x: ir.Value | None = None) -> ir.Value:
        """x^n for any n: exp(n log x); whole n of a negative x keeps its sign; x just below 0 counts as 0."""
        b, c = self.b, self.constant
        negative = b.fcmp_ordered("<", x, c(0.0))
        size = b.select(negative, b.fneg(x), x)
        value = self.exp(b.fmul(n, log_x if log_x is not None else self.log(size)))
        whole = b.fcmp_ordered("==", self.floor(n), n)
        half = b.fmul(n, c(0.5))
        odd = b.and_(whole, b.fcmp_ordered("!=", self.floor(half), half))
        signed = b.select(odd, b.fneg(value), value)
        nothing = b.fcmp_ordered(">", x, c(-TINY))
        positive = b.fcmp_ordered(">", n, c(0.0))
        broken = b.select(b.and_(nothing, positive), c(0.0), c(math.nan))
        value = b.select(negative, b.select(whole, signed, broken), value)
        return b.select(b.fcmp_ordered("==", n, c(0.0)), c(1.0), value)

    def lane_by_lane(self, name: str, *arguments: ir.Value) -> ir.Value:
        """A function of libm, called once a lane."""
        known = self.module.globals.get(name)
        kind = ir.FunctionType(DOUBLE, [DOUBLE] * len(arguments))
        function = known or ir.Function(self.module, kind, name)
        result: ir.Value = ir.Constant(self.vector, ir.Undefined)
        for lane in range(self.lanes):
            place = ir.Constant(ir.IntType(32), lane)
            values = [self.b.extract_element(argument, place) for argument in arguments]
            result = self.b.insert_element(result, self.b.call(function, values), place)
        return result
