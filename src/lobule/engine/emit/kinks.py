"""Where the rates of a system have a kink or a jump: the comparisons and steps (floor, ceiling) in its formulas.

A comparison of time and constants alone changes at times that are searched for before a step is taken
(solve/switch_times.py), a comparison of states where the step just taken crosses it (solve/crossings.py). In between,
every kink keeps the value it had at the start of the step, so that a step sees a smooth system (locked switching
functions: T. Park and P. I. Barton, ACM Transactions on Modeling and Computer Simulation 6 (1996) 137).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import symengine as se

from lobule.engine.system import CLOCK, OdeSystem

COMPARISONS = (se.Lt, se.Le, se.Eq, se.Ne)
STEPS = (se.floor, se.ceiling)


@dataclass(frozen=True)
class Kinks:
    """Comparisons and steps of the rates and triggers of a system.

    of_states : those that depend on states; the first `watched` occur in triggers of events
    of_time : those that depend on time and constants alone
    behind : for each of `of_states`, the indices of the states it depends on, time left out
    """

    of_states: tuple[se.Expr, ...] = ()
    of_time: tuple[se.Expr, ...] = ()
    watched: int = 0
    behind: tuple[tuple[int, ...], ...] = ()

    @property
    def all(self) -> tuple[se.Expr, ...]:
        """Those of states, then those of time."""
        return (*self.of_states, *self.of_time)


def is_condition(e: se.Expr) -> bool:
    """A condition, not a number."""
    return isinstance(e, (se.And, se.Or, se.Not, se.Xor, *COMPARISONS)) or e in (se.true, se.false)


def find_kinks(system: OdeSystem, size: int) -> Kinks:
    """The kinks of the first `size` rates and of the triggers, of whatever these use."""
    clock = se.Symbol(f"y{system.states.index(CLOCK)}") if CLOCK in system.states else None
    uses = _states_used(system)

    def states_in(e: se.Expr) -> set[se.Symbol]:
        return {state for symbol in e.free_symbols for state in uses.get(symbol, ())}

    in_triggers = dict.fromkeys(_kinks_of(system, [event.trigger for event in system.events]))
    in_rates = dict.fromkeys(_kinks_of(system, [se.sympify(rate) for rate in system.rates[:size]]))
    changing = [kink for kink in (in_triggers | in_rates) if states_in(kink)]
    of_time = tuple(kink for kink in changing if states_in(kink) == {clock})
    of_states = [kink for kink in changing if states_in(kink) != {clock}]
    watched = [kink for kink in of_states if kink in in_triggers]
    others = [kink for kink in of_states if kink not in in_triggers]
    place = {symbol: i for i, symbol in enumerate(system.state_symbols)}
    behind = tuple(tuple(sorted(place[s] for s in states_in(kink) - {clock})) for kink in (*watched, *others))
    return Kinks((*watched, *others), of_time, len(watched), behind)


def _states_used(system: OdeSystem) -> dict[se.Symbol, set[se.Symbol]]:
    """The states, time among them, behind every state and assigned symbol."""
    uses = {symbol: {symbol} for symbol in system.state_symbols}
    for symbol, formula in system.assignments:
        uses[symbol] = {state for s in formula.free_symbols for state in uses.get(s, ())}
    return uses


def _kinks_of(system: OdeSystem, formulas: list[se.Expr]) -> Iterator[se.Expr]:
    needed = {s for f in formulas for s in f.free_symbols}
    used = []
    for symbol, formula in reversed(system.assignments):
        if symbol in needed:
            needed |= formula.free_symbols
            used.append(formula)
    for formula in [*reversed(used), *formulas]:
        yield from _inside(formula)


def _inside(e: se.Expr) -> Iterable[se.Expr]:
    if isinstance(e, (se.Eq, se.Ne)):  # true or false at a point alone: what matters is that a step ends there
        for order in (se.Lt(*e.args), se.Lt(*reversed(e.args))):
            if isinstance(order, se.Lt):
                yield order
    elif isinstance(e, (*COMPARISONS, *STEPS)):
        yield e
    for part in e.args:
        yield from _inside(part)
