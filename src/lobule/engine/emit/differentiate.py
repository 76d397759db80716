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
    hubs : assigned symbols that have a row and a column of their own, behind those of the states by which is
        differentiated: the slopes of a hub stand in its row, those by the hub in its column, and none goes through it.
        Rows of further states (of tangents) come behind the hubs
    Slopes near an edge also use e<j>, the tolerance of state j, and h, the step.
    """

    through: tuple[tuple[se.Symbol, tuple[tuple[se.Symbol, se.Expr], ...]], ...]
    entries: dict[tuple[int, int], se.Expr]
    hubs: tuple[se.Symbol, ...] = ()

    def by_rows(self) -> dict[int, list[tuple[int, int]]]:
        """For each row, (column, position among all) of its entries."""
        rows: dict[int, list[tuple[int, int]]] = {}
        for position, (i, j) in enumerate(self.entries):
            rows.setdefault(i, []).append((j, position))
        return rows


def jacobian(
    system: OdeSystem, columns: int | None = None, blunt: bool = True, hubs: tuple[se.Symbol, ...] = ()
) -> Jacobian:
    """Differentiate a system by its first `columns` states, all by default, and by the hubs.

    Each slope of an assigned quantity gets a symbol of its own and is computed once. Unless `blunt`, slopes are the
    true ones at an edge too, and use neither tolerances nor the step.
    """
    columns = len(system.states) if columns is None else columns
    chain = _ChainRule(system, columns, blunt, hubs)
    through = tuple((symbol, chain.name_slopes(symbol, formula)) for symbol, formula in system.assignments)
    gradients = [chain.gradient(se.sympify(rate)) for rate in system.rates]
    gradients[columns:columns] = [chain.of_hubs[hub] for hub in hubs]
    return Jacobian(through, {(i, j): d for i, row in enumerate(gradients) for j, d in row.items()}, hubs)


class _ChainRule:
    """Gradients by the first `columns` states and the hubs, {column: slope}, of formulas over assigned quantities
    already named; `of_hubs` are those of the hubs."""

    def __init__(self, system: OdeSystem, columns: int, blunt: bool, hubs: tuple[se.Symbol, ...]) -> None:
        self.column = {symbol: j for j, symbol in enumerate((*system.state_symbols[:columns], *hubs))}
        self.hubs = {columns + k: hub for k, hub in enumerate(hubs)}
        self.of_hubs: dict[se.Symbol, dict[int, se.Expr]] = {}
        self.slopes: dict[se.Symbol, dict[int, se.Expr]] = {}
        self.count = 0
        self.tolerance = [
            (STEP if name == CLOCK else se.Symbol(f"e{j}")) if blunt else se.Integer(0)
            for j, name in enumerate(system.states)
        ]

    def name_slopes(self, symbol: se.Symbol, formula: se.Expr) -> tuple[tuple[se.Symbol, se.Expr], ...]:
        """Slopes of an assigned quantity, each under a name of its own unless it is as short as a name."""
        slopes, named = dict[int, se.Expr](), []
        for j, d in self.gradient(formula).items():
            if d.is_Number or d.is_Symbol:
                slopes[j] = d
                continue
            name = se.Symbol(f"d{self.count}")
            self.count += 1
            named.append((name, d))
            slopes[j] = name
        if symbol in self.column:
            self.of_hubs[symbol] = slopes
        else:
            self.slopes[symbol] = slopes
        return tuple(named)

    def _by_states(self, gradient: dict[int, se.Expr]) -> dict[int, se.Expr]:
        """A gradient by the states alone: slopes by a hub go through it."""
        total: dict[int, se.Expr] = {}
        for j, d in gradient.items():
            parts = self._by_states(self.of_hubs[self.hubs[j]]) if j in self.hubs else {j: se.Integer(1)}
            for i, part in parts.items():
                total[i] = total.get(i, se.Integer(0)) + d * part
        return {j: d for j, d in sorted(total.items()) if d != 0}

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
        moves = self._by_states(inside)
        reach = sum((_size(d) * self.tolerance[j] for j, d in moves.items()), se.Integer(0))
        if reach != 0 and not any(d.is_Number for d in moves.values()):
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
