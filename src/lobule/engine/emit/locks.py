"""Emits what keeps kinks at their value within a step, and what tells that a step has crossed one.

The lock of a kink is its value at the start of the step: 1 or 0 for a comparison, a whole number for a step. The
distance to a change is above 0 while the kink has the value of its lock, and below 0 where it has another; for a
comparison its size is that of the difference between the two sides, so that its root can be found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import symengine as se

from lobule.engine.emit.kinks import Kinks, is_condition

LOOKS = (0.0, 0.25, 0.5, 0.75, 1.0)  # shares of a step; they determine the dense output, a polynomial of degree 4
PROOFS = (0.07, 0.33, 0.59, 0.88)  # where a distance is compared with the polynomial through its looks
NEVER_ZERO = 1e-300  # the sign of a distance tells whether the kink has changed, also where both sides are equal


def bernstein() -> np.ndarray:
    """Matrix (5, 5) from the values at LOOKS to the coefficients of Bernstein's form: where all of them are above 0, so
    is the polynomial."""
    x = np.array(LOOKS)[:, None]
    j = np.arange(5)
    return np.linalg.inv(np.array([1, 4, 6, 4, 1]) * x**j * (1 - x) ** (4 - j))


def weights_at(share: float) -> np.ndarray:
    """Weights (5,) of the values at LOOKS in the value of the polynomial through them at a share of the step."""
    return np.linalg.solve(np.vander(LOOKS, increasing=True).T, share ** np.arange(5))


class WritesExpressions(Protocol):
    """What locks use of who writes expressions: see `Expressions`."""

    b: Any
    math: Any
    where: dict[str, int]
    workspace: Any

    def evaluate(self, e: se.Expr) -> Any:
        """A number."""

    def condition(self, e: se.Expr) -> Any:
        """A truth."""

    def at(self, entry: Any) -> Any:
        """The address of an entry."""

    def entry(self, part: int, i: Any) -> Any:
        """The place of an entry of a part."""

    def load(self, entry: Any) -> Any:
        """An entry's value."""

    def store(self, value: Any, entry: Any) -> None:
        """Set an entry's value."""

    def size(self, x: Any) -> Any:
        """The absolute value."""

    def loop(self, count: int, body: Callable[[Any], None]) -> None:
        """Do something `count` times."""


class Locks:
    """Writes the functions about kinks of one emitter."""

    def __init__(self, emitter: WritesExpressions, kinks: Kinks) -> None:
        self.emitter, self.kinks = emitter, kinks
        self.places = {kink: emitter.where["locks"] + i for i, kink in enumerate(kinks.all)}
        self.count = len(kinks.of_states)

    def store_values(self) -> None:
        """Lock every kink at its value in the states at hand; note what the tolerances of its states allow."""
        e = self.emitter
        for k, states in enumerate(self.kinks.behind):
            noise = e.evaluate(sum((se.Symbol(f"e{j}") for j in states), se.Integer(0)))
            e.store(noise, e.where["noise"] + k)
        for kink, place in self.places.items():
            e.store(self.value(kink), place)

    def value(self, kink: se.Expr) -> Any:
        """What a kink is now, as a number."""
        e = self.emitter
        if is_condition(kink):
            return e.b.select(e.condition(kink), e.math.constant(1.0), e.math.constant(0.0))
        return e.evaluate(kink)

    def locked(self, kink: se.Expr, actual: Any) -> Any:
        """What a kink counts as inside a step; in a lane that asks for care a kink of states is what it is now."""
        e = self.emitter
        lock = e.load(self.places[kink])
        if kink in self.kinks.of_time:
            return lock
        careful = e.b.fcmp_ordered("!=", e.load(e.where["careful"]), e.math.constant(0.0))
        return e.b.select(careful, actual(), lock)

    def distances(self) -> list[Any]:
        """Distance to a change of every kink of states, in the states at hand."""
        return [self._distance(kink) for kink in self.kinks.of_states]

    def _distance(self, kink: se.Expr) -> Any:
        e, b = self.emitter, self.emitter.b
        lock = e.load(self.places[kink])
        changed = b.fcmp_unordered("!=", self.value(kink), lock)
        if is_condition(kink):
            gap = b.fsub(e.evaluate(kink.args[1]), e.evaluate(kink.args[0]))
        else:
            up = b.fsub(e.evaluate(kink.args[0]), lock)  # in [0, 1) for floor, in (-1, 0] for ceiling
            one = e.math.constant(1.0 if isinstance(kink, se.floor) else -1.0)
            other = b.fsub(one, up)
            gap = b.select(b.fcmp_ordered("<", e.size(up), e.size(other)), up, other)
        size = b.fadd(e.size(gap), e.math.constant(NEVER_ZERO))
        return b.select(changed, b.fneg(size), size)

    def look(self, function: Any, interpolate: Any) -> None:
        """Distances over the step just tried: `crossed` where the polynomial through five of them may not be above 0,
        `rough` where it is so, but by less than it is wrong at some more, so that the looks cannot tell."""
        e, count = self.emitter, self.count
        first = e.where["looks"]
        for i, share in enumerate((*LOOKS, *PROOFS)):
            states = "y" if share == 0 else "new" if share == 1 else "sample"
            if states == "sample":
                interpolate(share)
            e.b.call(function, [e.workspace, e.at(e.where[states]), e.at(first + i * count)])
        e.store(e.math.constant(0.0), e.where["crossed"])
        e.store(e.math.constant(0.0), e.where["rough"])

        def body(k: Any) -> None:
            values = [e.load(e.entry(first + i * count, k)) for i in range(len(LOOKS) + len(PROOFS))]
            noise, zero = e.load(e.entry(e.where["noise"], k)), e.math.constant(0.0)
            lowest = self._lowest([self._weighted(row, values) for row in bernstein()])
            self._mark("crossed", e.b.not_(e.b.fcmp_ordered(">", lowest, zero)))
            for i, share in enumerate(PROOFS):
                gap = e.size(e.b.fsub(values[len(LOOKS) + i], self._weighted(weights_at(share), values)))
                unsure = e.b.fcmp_ordered(">", e.b.fadd(gap, gap), lowest)
                self._mark("rough", e.b.and_(unsure, e.b.fcmp_ordered(">", gap, noise)))

        e.loop(count, body)

    def _mark(self, flag: str, condition: Any) -> None:
        e = self.emitter
        e.store(e.b.select(condition, e.math.constant(1.0), e.load(e.where[flag])), e.where[flag])

    def _lowest(self, values: list[Any]) -> Any:
        """The least of some numbers; undefined where one is."""
        b = self.emitter.b
        lowest, spoilt = values[0], b.fsub(values[0], values[0])
        for value in values[1:]:
            lowest = b.select(b.fcmp_ordered("<", value, lowest), value, lowest)
            spoilt = b.fadd(spoilt, b.fsub(value, value))
        return b.fadd(lowest, spoilt)

    def _weighted(self, weights: np.ndarray, values: list[Any]) -> Any:
        e = self.emitter
        total = e.b.fmul(e.math.constant(weights[0]), values[0])
        for weight, value in zip(weights[1:], values[1:], strict=False):
            total = e.math.fma(e.math.constant(weight), value, total)
        return total
