"""Factors and substitutions as loops over tables, for matrices whose elimination would be too long as straight code.

The operations and their order are those of `Emitter.factorise` and `Emitter.solve`, and so are the bits of the results
(a zero may differ in its sign). Straight code is a little faster for small matrices; its size grows with the number of
multiply-adds, and the compiler's time with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import llvmlite.ir as ir

from lobule.engine.emit.differentiate import Jacobian
from lobule.engine.emit.expressions import Expressions
from lobule.engine.emit.order import Elimination
from lobule.engine.emit.vector_math import INT64

STRAIGHT = 6_000  # multiply-adds of a factorisation up to which straight code is written
INT32 = ir.IntType(32)
POINTER = ir.PointerType()


class _Tables:
    """Constant whole numbers of a module, and loops over ranges."""

    def __init__(self, emitter: Expressions, prefix: str) -> None:
        self.emitter, self.prefix, self.count = emitter, prefix, 0

    def table(self, numbers: Sequence[int]) -> Callable[[ir.Value], ir.Value]:
        """A function that gives the number at a place."""
        kind = ir.ArrayType(INT32, max(len(numbers), 1))
        variable = ir.GlobalVariable(self.emitter.module, kind, f"{self.prefix}_{self.count}")
        self.count += 1
        variable.global_constant, variable.linkage = True, "internal"
        variable.initializer = ir.Constant(kind, list(numbers) or [0])
        b = self.emitter.b

        def at(place: ir.Value) -> ir.Value:
            address = b.gep(variable, [place], source_etype=INT32)
            return b.sext(b.load(address, align=4, typ=INT32), INT64)

        return at

    def each(
        self, first: ir.Value, last: ir.Value, carried: ir.Value | None, body: Callable[[ir.Value, ir.Value], ir.Value]
    ) -> ir.Value:
        """for i in range(first, last): carried = body(i, carried); gives what is carried at the end."""
        b = self.emitter.b
        before = b.block
        head, inside, after = (b.append_basic_block(name) for name in ("head", "inside", "after"))
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(INT64)
        i.add_incoming(first, before)
        value = None
        if carried is not None:
            value = b.phi(carried.type)
            value.add_incoming(carried, before)
        b.cbranch(b.icmp_signed("<", i, last), inside, after)
        b.position_at_end(inside)
        following = body(i, value)
        i.add_incoming(b.add(i, ir.Constant(INT64, 1)), b.block)
        if value is not None:
            value.add_incoming(following, b.block)
        b.branch(head)
        b.position_at_end(after)
        return value

    def next(self, place: ir.Value) -> ir.Value:
        """The place after."""
        return self.emitter.b.add(place, ir.Constant(INT64, 1))


def factorise(emitter: Expressions, name: str, jacobian: Jacobian, order: Elimination, gamma: float) -> ir.Function:
    """name(workspace): LU factors of 1/(h gamma) - J; pivots are stored inverted.

    Row after row, in room for a whole one (that of the stages' arguments, which nobody needs yet, and of the hubs
    behind it): the tables grow with the entries of the factors, not with the multiply-adds.
    """
    function = emitter.begin(name)
    b, math = emitter.b, emitter.math
    tables, zero = _Tables(emitter, name), ir.Constant(INT64, 0)
    where = emitter.where
    factors, work = emitter.at(where["factors"]), emitter.at(where["stage"])
    _spread(emitter, tables, jacobian, order)
    rows = range(len(order.pivots))
    pivot_of = tables.table(order.pivots)
    row_of = tables.table([0, *accumulate(1 + len(order.lower[i]) + len(order.upper[i]) for i in rows)])
    lower_of = tables.table([len(order.lower[i]) for i in rows])
    state_of = tables.table([j for i in rows for j in (i, *order.lower[i], *order.upper[i])])
    diagonal, of_hub = b.fdiv(math.constant(1 / gamma), emitter.load(where["h"])), math.constant(1.0)

    def scatter(s: ir.Value, _: ir.Value) -> None:
        emitter.store(emitter.load(s, factors), state_of(s), work)

    def gather(s: ir.Value, _: ir.Value) -> None:
        emitter.store(emitter.load(state_of(s), work), s, factors)

    def subtract(s: ir.Value, _: ir.Value) -> None:
        above = state_of(s)  # the row of a pivot left of the diagonal
        factor = b.fmul(emitter.load(above, work), emitter.load(row_of(above), factors))
        emitter.store(factor, above, work)
        minus, begin = b.fneg(factor), tables.next(b.add(row_of(above), lower_of(above)))

        def entry(q: ir.Value, _: ir.Value) -> None:
            value = emitter.load(state_of(q), work)
            emitter.store(math.fma(minus, emitter.load(q, factors), value), state_of(q), work)

        tables.each(begin, row_of(tables.next(above)), None, entry)

    def row(r: ir.Value, _: ir.Value) -> None:
        i = pivot_of(r)
        first, last = row_of(i), row_of(tables.next(i))
        own = diagonal
        if order.hubs:
            own = b.select(b.icmp_signed("<", i, ir.Constant(INT64, order.states)), diagonal, of_hub)
        emitter.store(b.fadd(own, emitter.load(first, factors)), first, factors)
        tables.each(first, last, None, scatter)
        tables.each(tables.next(first), tables.next(b.add(first, lower_of(i))), None, subtract)
        tables.each(first, last, None, gather)
        value = emitter.load(first, factors)  # an infinite pivot must not pass for a state that stands still
        inverse = b.fadd(b.fdiv(math.constant(1.0), value), b.fsub(value, value))
        emitter.store(inverse, first, factors)

    tables.each(zero, ir.Constant(INT64, len(order.pivots)), None, row)
    b.ret_void()
    return function


def _spread(emitter: Expressions, tables: _Tables, jacobian: Jacobian, order: Elimination) -> None:
    """-J into the places of the factors, 0 where they have an entry and J has none."""
    slots, zero = order.slots, ir.Constant(INT64, 0)
    factors, slopes = emitter.at(emitter.where["factors"]), emitter.at(emitter.where["jacobian"])
    own = [(slots[entry], position) for position, entry in enumerate(jacobian.entries) if entry in slots]
    slot_of, position_of = tables.table([s for s, _ in own]), tables.table([p for _, p in own])

    def clear(s: ir.Value, _: ir.Value) -> None:
        emitter.store(emitter.math.constant(0.0), s, factors)

    def fill(e: ir.Value, _: ir.Value) -> None:
        emitter.store(emitter.b.fneg(emitter.load(position_of(e), slopes)), slot_of(e), factors)

    tables.each(zero, ir.Constant(INT64, len(slots)), None, clear)
    tables.each(zero, ir.Constant(INT64, len(own)), None, fill)


def solve(emitter: Expressions, name: str, jacobian: Jacobian, order: Elimination) -> ir.Function:
    """name(workspace, x): x becomes the solution of (1/(h gamma) - J) s = x, blocks of tangents after the system."""
    function = emitter.begin(name, (POINTER, POINTER))
    size, x = order.states, function.args[1]
    rows, slopes = jacobian.by_rows(), emitter.where["jacobian"]
    substitute = _Substitution(emitter, name, order)
    substitute(x)
    for i in range(size, emitter.layout.states):
        value = emitter.load(i, x)
        for j, position in rows.get(i + order.hubs, ()):
            own = emitter.load(j, x) if j < size else emitter.load(emitter.where["hubs"] + j - size)
            value = emitter.math.fma(emitter.load(slopes + position), own, value)
        emitter.store(value, i, x)
    for first in range(size, emitter.layout.states, max(size, 1)):
        substitute(emitter.at(first, x))
    emitter.b.ret_void()
    return function


class _Substitution:
    """Solution of (L U) s = x in the place of x."""

    def __init__(self, emitter: Expressions, name: str, order: Elimination) -> None:
        self.emitter, self.n, self.hubs = emitter, len(order.pivots), order.hubs
        self.tables = tables = _Tables(emitter, name)
        slots = order.slots
        self.state = tables.table(order.pivots)
        self.diagonal = tables.table([slots[i, i] for i in order.pivots])
        self.lower = tables.table([0, *accumulate(len(order.lower[i]) for i in order.pivots)])
        self.lower_state = tables.table([k for i in order.pivots for k in order.lower[i]])
        self.upper = tables.table([0, *accumulate(len(order.upper[i]) for i in order.pivots)])
        self.upper_state = tables.table([j for i in order.pivots for j in order.upper[i]])
        self.upper_slot = tables.table([slots[i, i] + 1 + len(order.lower[i]) for i in order.pivots])

    def __call__(self, x: ir.Value) -> None:
        """Emit it for one block; the hubs have a place of their own."""
        emitter, tables, b = self.emitter, self.tables, self.emitter.b
        for k in range(self.hubs):
            emitter.store(emitter.math.constant(0.0), emitter.where["hubs"] + k)
        factors = emitter.at(emitter.where["factors"])
        zero, last = ir.Constant(INT64, 0), ir.Constant(INT64, self.n)

        def place_of(i: ir.Value) -> ir.Value:
            own = emitter.at(i, x)
            if not self.hubs:
                return own
            states = ir.Constant(INT64, self.n - self.hubs)
            of_hub = emitter.at(emitter.entry(emitter.where["hubs"], b.sub(i, states)))
            return b.select(b.icmp_signed("<", i, states), own, of_hub)

        def value_of(i: ir.Value) -> ir.Value:
            return b.load(place_of(i), align=8, typ=emitter.math.vector)

        def less(first: ir.Value, end: ir.Value, slot: ir.Value, state: Callable, value: ir.Value) -> ir.Value:
            shift = b.sub(slot, first)

            def entry(q: ir.Value, carried: ir.Value) -> ir.Value:
                factor = b.fneg(emitter.load(b.add(q, shift), factors))
                return emitter.math.fma(factor, value_of(state(q)), carried)

            return tables.each(first, end, value, entry)

        def down(r: ir.Value, _: ir.Value) -> None:
            i, slot = self.state(r), tables.next(self.diagonal(r))
            span = self.lower(r), self.lower(tables.next(r))
            b.store(less(*span, slot, self.lower_state, value_of(i)), place_of(i), align=8)

        def up(r: ir.Value, _: ir.Value) -> None:
            r = b.sub(ir.Constant(INT64, self.n - 1), r)
            i, span = self.state(r), (self.upper(r), self.upper(tables.next(r)))
            value = less(*span, self.upper_slot(r), self.upper_state, value_of(i))
            b.store(b.fmul(value, emitter.load(self.diagonal(r), factors)), place_of(i), align=8)

        tables.each(zero, last, None, down)
        tables.each(zero, last, None, up)
