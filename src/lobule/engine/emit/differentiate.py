"""The Jacobian of a system, by the chain rule through its assignment rules; only non-zero entries.

Some functions are finite where their slope is not: x^n with n below 1 at 0, arcsin at 1. There, and nearer to such an
edge than the tolerance of a step can tell, the slope at the distance of that tolerance stands for the true one. With
the true one (5e149 for the square root at 1e-300) the move of a step and the estimate of its error would vanish
together, and the state would stand still.
"""

from __future__ import annotations

from dataclasses import dataclass

import symengine as se

from lobule.engine.system import CLOCK, OdeSystem, real

STEP = se.Symbol("h")  # the size of the step that is tried
NEARLY_AT_EDGE = 1e-200  # where an argument rests at the edge, as max(x, 0) does: a slope of 0 times a finite one is 0
EDGES = {  # functions with an edge: the distance to it, and the slope as a function of that distance
    se.asin: (lambda x: 1 - x**2, lambda u: u ** se.Rational(-1, 2)),
    se.acos: (lambda x: 1 - x**2, lambda u: -(u ** se.Rational(-1, 2))),
    se.acosh: (lambda x: x**2 - 1, lambda u: u ** se.Rational(-1, 2)),
}


@dataclass(frozen=True)
class Jacobian:
    """Derivative of every rate with respect to every state it depends on.

    through : for each assigned symbol a<i>, (d<k>, expression) of its slopes, over t, y, p, a and earlier d
    entries : {(i, j): expression over t, y, p, a and d}, sorted
    Slopes near an edge also use e<j>, the tolerance of state j, and h, the step.
    """

    through: tuple[tuple[se.Symbol, tuple[tuple[se.Symbol, se.Expr], ...]], ...]
    entries: dict[tuple[int, int], se.Expr]


def jacobian(system: OdeSystem, columns: int | None = None, blunt: bool = True) -> Jacobian:
    """Differentiate a system by its first `columns` states, all by default.

    Each slope of an assigned quantity gets a symbol of its own and is computed once. Unless `blunt`, slopes are the
    true ones at an edge too, and use neither tolerances nor the step.
    """
    chain = _ChainRule(system, columns, blunt)
    through = tuple((symbol, chain.name_slopes(symbol, formula)) for symbol, formula in system.assignments)
    entries = {
        (i, j): d for i, rate in enumerate(system.rates) for j, d in chain.gradient(se.sympify(rate)).items() if d != 0
    }
    return Jacobian(through, entries)


class _ChainRule:
    """Gradients by the first `columns` states, {column: slope}, of formulas over assigned quantities already named."""

    def __init__(self, system: OdeSystem, columns: int | None, blunt: bool) -> None:
        self.column = {symbol: j for j, symbol in enumerate(system.state_symbols[:columns])}
        self.slopes: dict[se.Symbol, dict[int, se.Expr]] = {}
        self.count = 0
        self.tolerance = [
            (STEP if name == CLOCK else se.Symbol(f"e{j}")) if blunt else se.Integer(0)
            for j, name in enumerate(system.states)
        ]

    def name_slopes(self, symbol: se.Symbol, formula: se.Expr) -> tuple[tuple[se.Symbol, se.Expr], ...]:
        """Slopes of an assigned quantity, each under a name of its own unless it is as short as a name."""
        self.slopes[symbol], named = {}, []
        for j, d in self.gradient(formula).items():
            if d.is_Number or d.is_Symbol:
                self.slopes[symbol][j] = d
                continue
            name = se.Symbol(f"d{self.count}")
            self.count += 1
            named.append((name, d))
            self.slopes[symbol][j] = name
        return tuple(named)

    def gradient(self, formula: se.Expr) -> dict[int, se.Expr]:
        """Non-zero slopes of a formula, in order of the states."""
        flat, edges = without_edges(formula)
        total: dict[int, se.Expr] = {}
        for symbol in sorted(flat.free_symbols, key=str):
            parts = self._of_edge(edges[symbol]) if symbol in edges else self._of_symbol(symbol)
            if not parts:
                continue
            of_symbol = slope(flat, symbol).xreplace(edges)
            for j, part in parts.items():
                total[j] = total.get(j, se.Integer(0)) + of_symbol * part
        return {j: d for j, d in sorted(total.items()) if d != 0}

    def _of_symbol(self, symbol: se.Symbol) -> dict[int, se.Expr]:
        return {self.column[symbol]: se.Integer(1)} if symbol in self.column else self.slopes.get(symbol, {})

    def _of_edge(self, e: se.Expr) -> dict[int, se.Expr]:
        """Gradient of a function with an edge, taken no nearer to it than the tolerances tell; of a case distinction
        around one case by case, so that a slope counts only where its case holds."""
        if isinstance(e, se.Piecewise):
            cases = [self.gradient(value) for value in e.args[::2]]
            nothing = se.Integer(0)
            return {
                j: se.Piecewise(*((d.get(j, nothing), c) for d, c in zip(cases, e.args[1::2], strict=True)))
                for j in sorted({j for d in cases for j in d})
            }
        inside = self.gradient(e.args[0])
        reach = sum((_size(d) * self.tolerance[j] for j, d in inside.items()), se.Integer(0))
        if reach != 0 and not any(d.is_Number for d in inside.values()):
            reach += NEARLY_AT_EDGE
        total = {j: _blunt_slope(e, reach) * d for j, d in inside.items()}
        if isinstance(e, se.Pow):
            for j, d in self.gradient(e.args[1]).items():
                total[j] = total.get(j, se.Integer(0)) + exponent_slope(e) * d
        return total


def _size(d: se.Expr) -> se.Expr:
    return se.RealDouble(abs(real(d))) if d.is_Number else se.Abs(d)


def _blunt_slope(e: se.Expr, reach: se.Expr) -> se.Expr:
    """Slope of a function with an edge by its argument, the distance to the edge at least `reach`."""
    x = e.args[0]
    if reach == 0:
        return edge_slope(e)
    if isinstance(e, se.Pow):
        n = e.args[1]
        far = se.Gt(x, reach) if n.is_Number else se.Or(se.Gt(x, reach), se.Lt(x, -reach))
        return n * se.Pow(se.Piecewise((x, far), (reach, True)), n - 1)
    distance, of_distance = EDGES[type(e)]
    u = distance(x)
    return of_distance(se.Piecewise((u, se.Gt(u, reach)), (reach, True)))


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


# --- functions with an edge -------------------------------------------------------------------------------------------


def without_edges(formula: se.Expr) -> tuple[se.Expr, dict[se.Symbol, se.Expr]]:
    """A formula with a name in the place of each outermost function that has an edge, and what the names stand for."""
    formula = _with_powers(formula)
    edges = {e: se.Symbol(f"edge{i}") for i, e in enumerate(_steep(formula))}
    return formula.xreplace(edges) if edges else formula, {name: e for e, name in edges.items()}


def edge_slope(e: se.Expr) -> se.Expr:
    """The true slope of a function with an edge by its argument."""
    if isinstance(e, se.Pow):
        return e.args[1] * e.args[0] ** (e.args[1] - 1)
    distance, of_distance = EDGES[type(e)]
    return of_distance(distance(e.args[0]))


def exponent_slope(power: se.Expr) -> se.Expr:
    """d(x^n)/dn = x^n log(x), which is 0 at x = 0."""
    x = power.args[0]
    return se.Piecewise((power * se.log(x), se.Gt(x, 0)), (0, True))


def _steep(formula: se.Expr) -> list[se.Expr]:
    """The outermost functions in a formula whose slope can be infinite where they are not, or case distinctions around
    such."""
    if isinstance(formula, se.Piecewise):
        return [formula] if any(_steep(value) for value in formula.args[::2]) else []
    if type(formula) in EDGES or (isinstance(formula, se.Pow) and _has_edge(*formula.args)):
        return [formula]
    return [e for part in formula.args for e in _steep(part)]


def _has_edge(x: se.Expr, n: se.Expr) -> bool:
    if x.is_Number or x == se.E:
        return False
    return not n.is_Number or 0 < real(n) < 1


def _with_powers(formula: se.Expr) -> se.Expr:
    """exp(n log(x)) written as x^n, so that its edge is seen."""
    hidden = {e: power for e in _exponentials(formula) if (power := _as_power(e)) is not None}
    return formula.xreplace(hidden) if hidden else formula


def _exponentials(formula: se.Expr) -> list[se.Expr]:
    if isinstance(formula, se.Pow) and formula.args[0] == se.E:
        return [formula]
    return [e for part in formula.args for e in _exponentials(part)]


def _as_power(e: se.Expr) -> se.Expr | None:
    factors = e.args[1].args if isinstance(e.args[1], se.Mul) else (e.args[1],)
    logs = [f for f in factors if isinstance(f, se.log)]
    if len(logs) != 1:
        return None
    return logs[0].args[0] ** se.Mul(*(f for f in factors if f != logs[0]))
