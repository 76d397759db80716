"""The Jacobian of a system, by the chain rule through its assignment rules; only non-zero entries."""

from __future__ import annotations

from dataclasses import dataclass

import symengine as se

from lobule.engine.system import OdeSystem


@dataclass(frozen=True)
class Jacobian:
    """Derivative of every rate with respect to every state it depends on.

    through : for each assigned symbol a<i>, (d<k>, expression) of its slopes, over t, y, p, a and earlier d
    entries : {(i, j): expression over t, y, p, a and d}, sorted
    """

    through: tuple[tuple[se.Symbol, tuple[tuple[se.Symbol, se.Expr], ...]], ...]
    entries: dict[tuple[int, int], se.Expr]


def jacobian(system: OdeSystem, columns: int | None = None) -> Jacobian:
    """Differentiate a system by its first `columns` states, all by default.

    Each slope of an assigned quantity gets a symbol of its own and is computed once.
    """
    column = {symbol: j for j, symbol in enumerate(system.state_symbols[:columns])}
    slopes: dict[se.Symbol, dict[int, se.Expr]] = {}
    through = []
    count = 0

    def gradient(formula: se.Expr) -> dict[int, se.Expr]:
        total: dict[int, se.Expr] = {}
        for symbol in sorted(formula.free_symbols, key=str):
            parts = {column[symbol]: se.Integer(1)} if symbol in column else slopes.get(symbol, {})
            if not parts:
                continue
            of_symbol = slope(formula, symbol)
            for j, part in parts.items():
                total[j] = total.get(j, se.Integer(0)) + of_symbol * part
        return {j: d for j, d in sorted(total.items()) if d != 0}

    for symbol, formula in system.assignments:
        slopes[symbol], named = {}, []
        for j, d in gradient(formula).items():
            if d.is_Number or d.is_Symbol:
                slopes[symbol][j] = d
                continue
            name = se.Symbol(f"d{count}")
            count += 1
            named.append((name, d))
            slopes[symbol][j] = name
        through.append((symbol, tuple(named)))
    entries = {(i, j): d for i, rate in enumerate(system.rates) for j, d in gradient(se.sympify(rate)).items()}
    return Jacobian(tuple(through), entries)


def slope(formula: se.Expr, symbol: se.Symbol) -> se.Expr:
    """Derivative of a formula; its steps (floor, ceiling) are flat wherever they have one."""
    flat = {step: se.Symbol(f"flat{i}") for i, step in enumerate(_steps(formula))}
    if not flat:
        return formula.diff(symbol)
    return formula.xreplace(flat).diff(symbol).xreplace({name: step for step, name in flat.items()})


def _steps(formula: se.Expr) -> list[se.Expr]:
    if isinstance(formula, (se.floor, se.ceiling)):
        return [formula]
    return [step for part in formula.args for step in _steps(part)]


def inlined(system: OdeSystem) -> dict[se.Symbol, se.Expr]:
    """Each assigned symbol a<i> as an expression over t, y and p alone."""
    full: dict[se.Symbol, se.Expr] = {}
    for symbol, formula in system.assignments:
        full[symbol] = written_out(formula, full)
    return full


def written_out(formula: se.Expr, full: dict[se.Symbol, se.Expr]) -> se.Expr:
    """A formula with each symbol of `full` replaced by what it stands for."""
    return formula.xreplace({s: full[s] for s in formula.free_symbols if s in full})
