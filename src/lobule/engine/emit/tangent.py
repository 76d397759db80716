"""Forward sensitivities: the system beside its tangents, one block of states for each chosen constant.

With s = dx/dq for a constant q, ds/dt = (df/dx) s + df/dq (variational equation; E. Hairer, S. P. Norsett, G. Wanner,
Solving Ordinary Differential Equations I (1993), section I.14). The rates of the blocks are written by the chain rule
through the assignments, as a program would carry dual numbers. The matrix of a step is block lower triangular with the
same block on the whole diagonal, so that the factors of the system itself serve every block (`Emitter.solve`).

What the derivative does at a jump of a rate whose moment moves with the constant is not integrated: models that have
one are refused (see jumps.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import symengine as se

from lobule.engine.emit.differentiate import edge_slope, exponent_slope, slope, without_edges
from lobule.engine.emit.jumps import refuse_jumps
from lobule.engine.system import OdeSystem
from lobule.errors import InputError


@dataclass(frozen=True)
class Tangents:
    """A system with its tangents.

    base : the system itself
    chosen : indices of the constants q
    moved : for each q, the constants that change with it: itself and those derived from it at the start
    system : base, then a block of states for each q; then a constant d(constant)/dq for every moved one
    known : for each q, the symbol of the derivative of every symbol of `base` that changes with it
    """

    base: OdeSystem
    chosen: tuple[int, ...]
    moved: tuple[tuple[int, ...], ...]
    system: OdeSystem
    known: tuple[dict[se.Symbol, se.Expr], ...]

    def of(self, formula: se.Expr, block: int) -> se.Expr:
        """Derivative of a formula by the constant of a block, over the symbols of `system`."""
        return _tangent(se.sympify(formula), self.known[block])

    def constant_entries(self) -> list[tuple[int, int, int]]:
        """(block, constant, index of its derivative among the constants of `system`)."""
        pairs = [(b, j) for b, moved in enumerate(self.moved) for j in moved]
        first = len(self.base.constants)
        return [(b, j, first + k) for k, (b, j) in enumerate(pairs)]


def with_tangents(system: OdeSystem, chosen: tuple[int, ...]) -> Tangents:
    """Put a block of sensitivities to each chosen constant beside the states of a system.

    Raises
    ------
    InputError : the model has events of its own, whose moments would have to be differentiated too, or a jump of the
        rates whose moment moves with a chosen constant.
    """
    if system.events:
        raise InputError(
            f'sensitivities are not available for a model with events of its own ("{system.events[0].name}"); '
            "put the doses into an event table, or differentiate numerically"
        )
    moved = tuple(_moved(system, q) for q in chosen)
    refuse_jumps(system, moved, chosen)
    assignments, rates = list(system.assignments), list(system.rates)
    all_known = []
    for block in range(len(chosen)):
        known = _directions(system, moved, block)
        all_known.append(known)
        for symbol, formula in system.assignments:
            change = _tangent(formula, known)
            if change != 0:
                known[symbol] = se.Symbol(f"{symbol}_{block}")
                assignments.append((known[symbol], change))
        rates += [_tangent(se.sympify(rate), known) for rate in system.rates]
    names = [system.constants[q] for q in chosen]
    full = replace(
        system,
        states=(*system.states, *(f"d({state})/d({name})" for name in names for state in system.states)),
        rates=tuple(rates),
        assignments=tuple(assignments),
        state_values=(*system.state_values, *(0.0 for _ in range(len(system.states) * len(chosen)))),
        constants=(
            *system.constants,
            *(f"d({system.constants[j]})/d({n})" for n, js in zip(names, moved, strict=True) for j in js),
        ),
        constant_values=(*system.constant_values, *(0.0 for js in moved for _ in js)),
    )
    return Tangents(system, chosen, moved, full, tuple(all_known))


def _moved(system: OdeSystem, q: int) -> tuple[int, ...]:
    index = {symbol: i for i, symbol in enumerate(system.constant_symbols)}
    moved, moving = [q], {system.constant_symbols[q]}
    for symbol, formula in system.start:  # in order of evaluation
        if index.get(symbol) != q and formula.free_symbols & moving:
            moving.add(symbol)
            moved += [index[symbol]] if symbol in index else []
    return tuple(moved)


def _directions(system: OdeSystem, moved: tuple[tuple[int, ...], ...], block: int) -> dict[se.Symbol, se.Expr]:
    """The symbol of the derivative of each state and each moved constant."""
    n, before = len(system.states), sum(len(js) for js in moved[:block])
    known = {symbol: se.Symbol(f"y{n * (block + 1) + i}") for i, symbol in enumerate(system.state_symbols)}
    symbols, first = system.constant_symbols, len(system.constants) + before
    return known | {symbols[j]: se.Symbol(f"p{first + k}") for k, j in enumerate(moved[block])}


def _tangent(formula: se.Expr, known: dict[se.Symbol, se.Expr]) -> se.Expr:
    flat, edges = without_edges(formula)
    moving = known | {name: _edge_tangent(e, known) for name, e in edges.items()}
    parts = [
        slope(flat, s).xreplace(edges) * moving[s]
        for s in sorted(flat.free_symbols, key=str)
        if s in moving and moving[s] != 0
    ]
    return sum(parts, se.Integer(0))


def _edge_tangent(e: se.Expr, known: dict[se.Symbol, se.Expr]) -> se.Expr:
    """Derivative of a function with an edge: it rests where its argument rests, however steep it is there."""
    if isinstance(e, se.Piecewise):
        changes = [_tangent(value, known) for value in e.args[::2]]
        if all(change == 0 for change in changes):
            return se.Integer(0)
        return se.Piecewise(*zip(changes, e.args[1::2], strict=True))
    total, change = se.Integer(0), _tangent(e.args[0], known)
    if change != 0:
        moved = edge_slope(e) * change
        total = moved if change.is_Number else se.Piecewise((0, se.Eq(change, 0)), (moved, True))
    if isinstance(e, se.Pow) and (of_exponent := _tangent(e.args[1], known)) != 0:
        total += exponent_slope(e) * of_exponent
    return total


@dataclass(frozen=True)
class StartSlopes:
    """Derivatives of each start value by what its formula uses: (symbol, symbol used, derivative), in order."""

    parts: tuple[tuple[se.Symbol, se.Symbol, se.Expr], ...]

    @property
    def formulas(self) -> list[se.Expr]:
        """The derivatives, over constants, start values and assigned quantities."""
        return [derivative for _, _, derivative in self.parts]


def start_slopes(system: OdeSystem) -> StartSlopes:
    """Differentiate what the model computes at the start."""
    return StartSlopes(tuple(
        (symbol, used, _tangent(formula, {used: se.Integer(1)}))
        for symbol, formula in system.start
        for used in sorted(formula.free_symbols, key=str)
    ))  # fmt: skip


def at_start(
    system: OdeSystem,
    slopes: StartSlopes,
    values: np.ndarray,
    chosen: tuple[int, ...],
    given_constants: np.ndarray,
    given_states: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of constants (n, n_chosen, n_constants) and start values (n, n_chosen, n_states).

    values (n, n_formulas) of the slopes; given_constants (n, n_constants) and given_states (n, n_states) tell what the
    user has set and does not follow the constant.
    """
    n = len(given_constants)
    constants = {s: np.zeros((n, len(chosen))) for s in system.constant_symbols}
    states = {s: np.zeros((n, len(chosen))) for s in system.state_symbols}
    moved = constants | states
    fixed = dict(zip(system.constant_symbols, given_constants.T, strict=True))
    fixed |= dict(zip(system.state_symbols, given_states.T, strict=True))
    for block, q in enumerate(chosen):
        symbol = system.constant_symbols[q]
        moved[symbol][:, block] = 1.0
    own = {system.constant_symbols[q]: np.arange(len(chosen)) == block for block, q in enumerate(chosen)}
    for k, (symbol, used, _) in enumerate(slopes.parts):
        of_used = moved.get(used)
        total = moved.setdefault(symbol, np.zeros((n, len(chosen))))
        if of_used is None:
            continue
        follows = ~fixed.get(symbol, np.zeros(n, bool))[:, None] & ~own.get(symbol, np.zeros(len(chosen), bool))
        total += np.where(follows & (of_used != 0), values[:, k, None] * of_used, 0.0)
    stack = [
        np.stack(list(part.values()), axis=-1) if part else np.zeros((n, len(chosen), 0))
        for part in (constants, states)
    ]
    return stack[0], stack[1]
