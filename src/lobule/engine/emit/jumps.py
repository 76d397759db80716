"""Refuses sensitivities that a jump of the rates would falsify: one whose moment moves with a chosen constant.

Where the rates jump by f+ - f- at a moment T that moves with a constant q, the derivative dx/dq jumps by
-(f+ - f-) dT/dq (S. Galan, W. F. Feehery, P. I. Barton, Applied Numerical Mathematics 31 (1999) 17). The tangents are
integrated without that. It is 0 where both sides agree, as for max, min and saturations, and where T does not move.

Whether the sides agree is looked up at random points of the surface at which a comparison, or a step of floor or
ceiling, changes: the rates there with every comparison as it is on one side, and as it is on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
import symengine as se

from lobule.engine.emit.kinks import STEPS
from lobule.engine.system import CLOCK, OdeSystem, real
from lobule.errors import InputError

ORDERS = (se.Lt, se.Le)  # what is true at a point alone (==, !=) leaves both sides alike
JUMPING = (*ORDERS, *STEPS)
POINTS = 24  # of the surface that are looked for at once
# until the comparison matters for some rate: decades by which constants vary, shares of states and constants negated
WIDER = ((0.3, 0.0, 0.0), (2.0, 0.5, 0.0), (5.0, 0.5, 0.5))
GRID = np.array([0.0, *10.0 ** np.arange(-13, 13, 0.125)])  # at these values of a state or constant
MOST_ALONG = 4  # states, or else constants, along which a surface is looked for
POLE = 1e6  # a difference of two sides that grows this much towards its change of sign has a pole there, not a root
SMALL = 1e-3  # of a state's usual size: no change is looked at more closely than in these terms
FAR = 1e3  # a change at values of the other sign counts as farther than any of the same sign
PARTS = np.linspace(0, 1, 65)
BESIDE, NEAR, AWAY = 1e-10, 1e-6, 1e-2  # of the state: what counts as the same surface, near it, and well off it
CLOSES = 1e-2  # a gap that shrinks this much from near the surface onto it closes there
ROUNDING = 1e-12
LONGEST = 60  # characters of a comparison that is quoted


def _gamma(x: Any) -> Any:
    from scipy.special import gamma  # takes a tenth of a second to load

    return gamma(x)


FUNCTIONS: dict[str, Any] = {
    "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos,
    "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh,
    "atanh": np.arctanh, "gamma": _gamma, "abs": np.abs,
}  # fmt: skip
JOINS = {se.And: np.logical_and, se.Or: np.logical_or, se.Xor: np.logical_xor}
Values = dict[se.Expr, Any]


def refuse_jumps(system: OdeSystem, moved: Sequence[Sequence[int]], chosen: Sequence[int]) -> None:
    """Refuse a jump of the rates of a system without explicit time whose moment moves with a chosen constant.

    Parameters
    ----------
    moved : for each chosen constant, the constants that change with it
    chosen : indices of the constants

    Raises
    ------
    InputError : names the comparison, the formula it stands in and the constant.
    """
    places = _places(system)
    if not places:
        return
    moving = [_moving(system, {system.constant_symbols[j] for j in indices}) for indices in moved]
    for kink, owners in places.items():
        by = [q for q, symbols in zip(chosen, moving, strict=True) if kink.free_symbols & symbols]
        if not by or not _depends_on_states(system, kink):
            continue
        jumps = _Surface(system, kink, owners).jumps()
        if jumps is not False:
            name, makes = system.constants[by[0]], "makes" if jumps else "may make"
            raise InputError(
                f'sensitivities to "{name}" would be wrong: {_label(system, kink, owners[0])} {makes} the rates jump '
                f'at a moment that moves with "{name}"; leave it out of sensitivities and take differences of two '
                "solutions, or make the change continuous"
            )


def _places(system: OdeSystem) -> dict[se.Expr, list[se.Symbol]]:
    """Every comparison and step of the rates, and the symbols (an assigned quantity, or a state for its rate) in whose
    formulas it stands."""
    rates = dict(zip(system.state_symbols, map(se.sympify, system.rates), strict=True))
    found: dict[se.Expr, list[se.Symbol]] = {}
    for owner, formula in [*_needed(system, list(rates.values())), *rates.items()]:
        for kink in dict.fromkeys(_inside(formula)):
            found.setdefault(kink, []).append(owner)
    return found


def _inside(e: se.Expr) -> Iterator[se.Expr]:
    if isinstance(e, JUMPING):
        yield e
    for part in e.args:
        yield from _inside(part)


def _needed(system: OdeSystem, formulas: Sequence[se.Expr]) -> list[tuple[se.Symbol, se.Expr]]:
    """The assignments that some formulas use, in order."""
    symbols, kept = {s for f in formulas for s in f.free_symbols}, []
    for symbol, formula in reversed(system.assignments):
        if symbol in symbols:
            symbols |= formula.free_symbols
            kept.append((symbol, formula))
    return kept[::-1]


def _moving(system: OdeSystem, constants: set[se.Symbol]) -> set[se.Symbol]:
    """Everything that may change with some constants."""
    states = dict(zip(system.state_symbols, system.rates, strict=True))
    at_start = set(constants)
    for symbol, formula in system.start:
        if formula.free_symbols & at_start:
            at_start.add(symbol)
    moving = constants | (at_start & states.keys())
    uses = [(s, se.sympify(f).free_symbols) for s, f in (*system.assignments, *states.items())]
    before = -1
    while len(moving) > before:
        before = len(moving)
        moving |= {symbol for symbol, used in uses if used & moving}
    return moving


def _depends_on_states(system: OdeSystem, kink: se.Expr) -> bool:
    used = {s for _, f in _needed(system, [kink]) for s in f.free_symbols} | kink.free_symbols
    return bool(used & set(system.state_symbols))


def _label(system: OdeSystem, kink: se.Expr, owner: se.Symbol) -> str:
    names = dict(zip(system.state_symbols, (s.strip() for s in system.states), strict=True))
    names |= dict(zip(system.constant_symbols, system.constants, strict=True))
    assigned = {s for s, _ in system.assignments}
    names |= {formula: name for name, formula in system.outputs.items() if formula in assigned}
    text = str(kink.xreplace({s: se.Symbol(name) for s, name in names.items()}))
    what = f'"{text}" in ' if len(text) <= LONGEST else "a comparison in "
    return what + (f'the formula of "{names.get(owner, owner)}"' if owner in assigned else f"d({names[owner]})/dt")


class _Surface:
    """Where one comparison or step changes, and what the rates do there."""

    def __init__(self, system: OdeSystem, kink: se.Expr, owners: Sequence[se.Symbol]) -> None:
        self.system, self.kink = system, kink
        affected = set(owners)
        for symbol, formula in system.assignments:
            if formula.free_symbols & affected:
                affected.add(symbol)
        pairs = zip(system.state_symbols, map(se.sympify, system.rates), strict=True)
        self.rates = [rate for s, rate in pairs if s in owners or rate.free_symbols & affected]
        self.before_kink, self.before_rates = _needed(system, [kink]), _needed(system, self.rates)
        used = {s for _, f in self.before_kink for s in f.free_symbols} | kink.free_symbols
        self.states = [s for s in system.state_symbols if s in used]
        self.constants = [s for s in system.constant_symbols if s in used]
        self.clock = se.Symbol(f"y{system.states.index(CLOCK)}") if CLOCK in system.states else None
        self.random = np.random.default_rng(0)

    def jumps(self) -> bool | None:
        """Whether the rates jump at the surface; None where that cannot be told."""
        with np.errstate(all="ignore"):
            for spread, *negated in WIDER:
                point = self._points(spread, *negated)
                for along in (self.states, self.constants):
                    matters = False
                    for place in self.random.permutation(len(along))[:MOST_ALONG]:
                        somewhere, opens = self._gaps(point, along[place])
                        if np.any(opens):
                            return True
                        matters = matters or bool(np.any(somewhere))
                    if matters:
                        return False
        return None

    def _gaps(self, point: Values, symbol: se.Symbol) -> tuple[np.ndarray, np.ndarray]:
        """Whether the comparison matters for each rate near some points (n_rates, n), and whether it jumps there."""
        low, high, size = self._crossing(point, symbol)
        sides = []
        for x in (low - BESIDE * size, high + BESIDE * size):
            locks: Values = {}
            self._rates_at(point | {symbol: x}, locks)
            sides.append(locks)
        gaps = []
        for x in (high + share * size for share in (0, NEAR, -NEAR, AWAY, -AWAY)):
            one, other = (self._rates_at(point | {symbol: x}, dict(locks)) for locks in sides)
            noise = ROUNDING * np.maximum(np.abs(one), np.abs(other))
            gap = np.abs(one - other)
            gaps.append(np.where(gap > noise, gap, 0 * gap))
        on, near, away = gaps[0], np.fmax(gaps[1], gaps[2]), np.fmax(gaps[3], gaps[4])
        known = np.isfinite(on) & np.isfinite(near)
        return known & ((on > 0) | (near > 0) | (away > 0)), known & (on > CLOSES * near)

    def _points(self, spread: float, states_negated: float, constants_negated: float) -> Values:
        """Random values of constants and states, of the sizes that the model names."""
        system, random = self.system, self.random

        def around(size: Any, decades: float, negated: float) -> np.ndarray:
            sign = np.where(random.uniform(size=POINTS) < negated, -1, 1)
            return sign * size * 10 ** random.uniform(-decades, decades, POINTS)

        point: Values = {}
        for symbol, value in zip(system.constant_symbols, system.constant_values, strict=True):
            usual = value if np.isfinite(value) and value != 0 else 1.0
            point[symbol] = around(usual, spread, constants_negated)
        for symbol, formula in system.start:
            if symbol in point and formula.free_symbols <= set(system.constant_symbols):
                point[symbol] = _value(formula, dict(point), {}) + np.zeros(POINTS)
        used = {s for _, f in self.before_kink for s in f.free_symbols} | self.kink.free_symbols
        sizes = [1.0, *(v for s, v in zip(system.constant_symbols, system.constant_values, strict=True)
                        if s in used and np.isfinite(v) and v != 0)]  # fmt: skip
        for symbol, start in zip(system.state_symbols, system.state_values, strict=True):
            own = [start] * len(sizes) if np.isfinite(start) and start != 0 else []
            point[symbol] = around(random.choice([*sizes, *own], POINTS), 1.0, states_negated)
        return point

    def _crossing(self, point: Values, symbol: se.Symbol) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Two neighbours along a state or constant between which the comparison changes, and its size there; NaN for a
        point from which no change is found."""
        grid = GRID if symbol == self.clock else np.concatenate([-GRID[:0:-1], GRID])
        grid = grid * 10 ** self.random.uniform(0, 0.125, (POINTS, 1))
        value = self._kink_at(point, symbol, grid)
        changes = np.diff(value, axis=1)
        changes = np.isfinite(changes) & (changes != 0)
        usual = point[symbol][:, None]
        middle = 0.5 * (grid[:, 1:] + grid[:, :-1])
        far = np.abs(np.log(np.abs(middle / usual))) + FAR * (middle * usual < 0)
        first = np.argmin(np.where(changes, far, np.inf), axis=1)
        rows = np.arange(POINTS)
        found = changes[rows, first]
        low, high = (np.where(found, grid[rows, first + i], np.nan) for i in (0, 1))
        size = np.maximum(np.maximum(np.abs(low), np.abs(high)), SMALL * np.abs(point[symbol]))
        wide = self._difference(point, symbol, low, high)
        for _ in range(14):
            parts = low[:, None] + (high - low)[:, None] * PARTS
            parts[:, -1] = high
            value = self._kink_at(point, symbol, parts)
            first = np.maximum(np.argmax(value != value[:, :1], axis=1), 1)
            low, high = parts[rows, first - 1], parts[rows, first]
        pole = self._difference(point, symbol, low, high) > POLE * wide
        return np.where(pole, np.nan, low), np.where(pole, np.nan, high), size

    def _difference(self, point: Values, symbol: se.Symbol, *places: np.ndarray) -> np.ndarray:
        """How far the two sides of a comparison are apart at most at some places; 0 for a step."""
        if isinstance(self.kink, STEPS):
            return np.zeros(POINTS)
        one, other, _ = self._sides_at(point, symbol, np.stack(places, axis=1))
        return np.max(np.abs(one - other) + np.zeros((POINTS, len(places))), axis=1)

    def _sides_at(self, point: Values, symbol: se.Symbol, x: np.ndarray) -> tuple[Any, ...]:
        values = {s: v[:, None] for s, v in point.items()} | {symbol: x}
        for assigned, formula in self.before_kink:
            values[assigned] = _value(formula, values, {})
        return (*(_value(side, values, {}) for side in self.kink.args), _value(self.kink, values, {}))

    def _kink_at(self, point: Values, symbol: se.Symbol, x: np.ndarray) -> np.ndarray:
        """Value of the comparison or step at places (n, n_places) along a symbol; NaN where a side is undefined."""
        *sides, value = self._sides_at(point, symbol, x)
        return np.where(np.isnan(sum(sides)), np.nan, value) + np.zeros(x.shape)

    def _rates_at(self, point: Values, locks: Values) -> np.ndarray:
        """The rates (n_rates, n) with comparisons as `locks` say; those it does not know are noted in it."""
        values = dict(point)
        for symbol, formula in self.before_rates:
            values[symbol] = _value(formula, values, locks)
        return np.array([_value(rate, values, locks) + np.zeros(POINTS) for rate in self.rates])


def _value(e: se.Expr, values: Values, locks: Values) -> Any:
    """Value of a formula; every part is computed once and kept in `values`, comparisons and steps in `locks`."""
    kept = locks if isinstance(e, (*JUMPING, se.Eq, se.Ne)) else values
    if e not in kept:
        kept[e] = _computed(e, values, locks)
    return kept[e]


def _computed(e: se.Expr, values: Values, locks: Values) -> Any:
    if e.is_Number or e in (se.pi, se.E):
        return np.float64(real(e))
    if e in (se.true, se.false):
        return np.bool_(e == se.true)
    parts = [_value(part, values, locks) for part in e.args]
    if isinstance(e, (se.Add, se.Mul)):
        return reduce(np.add if isinstance(e, se.Add) else np.multiply, parts)
    if isinstance(e, se.Pow):
        return np.power(*parts)
    if isinstance(e, se.Piecewise):
        result = parts[-2]
        for value, condition in zip(parts[-4::-2], parts[-3::-2], strict=True):
            result = np.where(condition, value, result)
        return result
    if isinstance(e, se.Not):
        return np.logical_not(parts[0])
    if type(e) in JOINS:
        return reduce(JOINS[type(e)], parts)
    if isinstance(e, STEPS):
        return (np.floor if isinstance(e, se.floor) else np.ceil)(parts[0])
    if isinstance(e, (*ORDERS, se.Eq, se.Ne)):
        compare = {se.Lt: np.less, se.Le: np.less_equal, se.Eq: np.equal, se.Ne: np.not_equal}
        return compare[type(e)](*parts)
    function = FUNCTIONS.get(type(e).__name__.lower())
    return np.full(1, np.nan) if function is None else function(parts[0])
