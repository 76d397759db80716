"""Hubs: assigned quantities that are kept as unknowns of the linear system of a step.

A quantity of many states that many rates use, as a total, makes the matrix of a step dense: every such rate depends on
every such state. Where it has a row (a - g(y) = 0) and a column of its own, the matrix has their sum of entries in the
place of their product. Eliminating the hub first gives the matrix without it, so that the solution is the same.
"""

from __future__ import annotations

import symengine as se

from lobule.engine.emit.order import eliminated
from lobule.engine.system import OdeSystem

STAGES = 8  # triangular solves of a step
OF_SLOPE = 6  # operations of a slope of a rule or rate, about, beside one multiply-add of the factorisation
WORTHWHILE, LEAST = 0.98, 200  # a hub leaves so much of the cost at most, and saves so many operations at least
PLAUSIBLE, LIKELY = 40, 12  # candidates whose slopes are counted, and of these those whose elimination is
MOST_WORK = 1_000_000  # entries of factors that are counted before the search ends with what it has, in about a second


def hubs_of(system: OdeSystem, size: int) -> tuple[se.Symbol, ...]:
    """Hubs of the first `size` rates, each the one that saves most beside those before it; none where none saves."""
    use = _Use(system, size)
    chosen: list[int] = []
    likely = use.likely()
    left = use.cost(chosen) if likely else 0.0
    while likely and use.work < MOST_WORK:
        costs = [(use.cost([*chosen, rule], left), rule) for rule in likely]
        least, rule = min(costs)
        if least > min(WORTHWHILE * left, left - LEAST):
            break
        left = least
        chosen.append(rule)
        likely.remove(rule)
    return tuple(use.symbols[rule] for rule in sorted(chosen))


class _Use:
    """Which rules and rates use which states and rules."""

    def __init__(self, system: OdeSystem, size: int) -> None:
        state = {symbol: 1 << j for j, symbol in enumerate(system.state_symbols[:size])}
        rule: dict[se.Symbol, int] = {}
        self.size, self.work = size, 0
        self.symbols: list[se.Symbol] = []
        self.rules: list[tuple[int, list[int]]] = []

        def used(formula: se.Expr) -> tuple[int, list[int]]:
            symbols = formula.free_symbols
            return sum(state[s] for s in symbols if s in state), sorted(rule[s] for s in symbols if s in rule)

        rates = [se.sympify(rate) for rate in system.rates[:size]]
        needed = {s for rate in rates for s in rate.free_symbols}
        for symbol, formula in reversed(system.assignments):
            if symbol in needed:
                needed |= formula.free_symbols
        for symbol, formula in system.assignments:
            if symbol in needed:
                self.rules.append(used(formula))
                rule[symbol] = len(self.symbols)
                self.symbols.append(symbol)
        self.rates = [used(rate) for rate in rates]

    def pattern(self, hubs: list[int]) -> tuple[list[int], int]:
        """Entries of the matrix by rows, those of the hubs last, and the number of all slopes."""
        column = {hub: 1 << (self.size + k) for k, hub in enumerate(hubs)}
        by_rule: list[int] = []
        of_hub: dict[int, int] = {}
        count = 0

        def by(states: int, rules: list[int]) -> int:
            for rule in rules:
                states |= by_rule[rule]
            return states

        for number, rule in enumerate(self.rules):
            found = by(*rule)
            count += found.bit_count()
            if number in column:
                of_hub[number], found = found, column[number]
            by_rule.append(found)
        rows = [by(*rate) for rate in self.rates]
        count += sum(row.bit_count() for row in rows)
        return [*rows, *(of_hub[hub] for hub in hubs)], count

    def cost(self, hubs: list[int], most: float = float("inf")) -> float:
        """Operations of a step that the hubs change, about; infinite where they are above `most`."""
        rows, slopes = self.pattern(hubs)
        total = OF_SLOPE * slopes
        for _, below, right in eliminated(rows):
            entries = below.bit_count() + right.bit_count() + 1
            self.work += entries
            total += below.bit_count() * right.bit_count() + STAGES * entries
            if total > most:
                return float("inf")
        return total

    def likely(self) -> list[int]:
        """Rules that save most slopes as the only hub."""
        _, all_slopes = self.pattern([])
        saved = sorted((self.pattern([rule])[1] - all_slopes, rule) for rule in self.plausible())
        return [rule for less, rule in saved[:LIKELY] if less < 0]

    def plausible(self) -> list[int]:
        """Rules between most states and rates: a row and a column have fewer entries than their product."""
        states, rates = list[int](), [0] * len(self.rules)
        for own, rules in self.rules:
            for rule in rules:
                own |= states[rule]
            states.append(own)
        for i, (_, rules) in enumerate(self.rates):
            for rule in rules:
                rates[rule] |= 1 << i
        for number in reversed(range(len(self.rules))):
            for rule in self.rules[number][1]:
                rates[rule] |= rates[number]
        sizes = [(r.bit_count(), c.bit_count()) for r, c in zip(states, rates, strict=True)]
        gains = sorted((r + c - r * c, rule) for rule, (r, c) in enumerate(sizes))
        return [rule for less, rule in gains[:PLAUSIBLE] if less < 0]
