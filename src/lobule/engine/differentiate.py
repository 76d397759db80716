"""The Jacobian of a system, by the chain rule through its assignment rules; only non-zero entries."""

from __future__ import annotations

import symengine as se

from lobule.engine.system import OdeSystem


def inlined(system: OdeSystem) -> dict[se.Symbol, se.Expr]:
    """Each assigned symbol a<i> as an expression over t, y and p alone."""
    full: dict[se.Symbol, se.Expr] = {}
    for symbol, formula in system.assignments:
        full[symbol] = formula.xreplace({s: full[s] for s in formula.free_symbols if s in full})
    return full


def jacobian(system: OdeSystem) -> dict[tuple[int, int], se.Expr]:
    """Derivative of rate i with respect to state j, over t, y, p and a, for every pair that is not zero."""
    column = {symbol: j for j, symbol in enumerate(system.state_symbols)}
    through: dict[se.Symbol, dict[int, se.Expr]] = {}

    def gradient(formula: se.Expr) -> dict[int, se.Expr]:
        total: dict[int, se.Expr] = {}
        for symbol in sorted(formula.free_symbols, key=str):
            parts = {column[symbol]: se.Integer(1)} if symbol in column else through.get(symbol, {})
            if not parts:
                continue
            slope = formula.diff(symbol)
            for j, part in parts.items():
                total[j] = total.get(j, se.Integer(0)) + slope * part
        return {j: d for j, d in total.items() if d != 0}

    for symbol, formula in system.assignments:
        through[symbol] = gradient(formula)
    return {(i, j): d for i, rate in enumerate(system.rates) for j, d in gradient(rate).items()}
