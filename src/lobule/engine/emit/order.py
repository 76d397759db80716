"""A static elimination order for the sparse matrix of a step: pivots on the diagonal, chosen for little fill."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

import symengine as se

from lobule.engine.system import OdeSystem
from lobule.errors import ModelError

MOST_SLOPES = 200_000  # of rates and assignment rules by states; a network of 500 states and 2,000 reactions has 20,000
MOST_OPERATIONS = 60_000_000  # multiply-adds of a factorisation; 500 states that all use each other have 42 million


@dataclass(frozen=True)
class Elimination:
    """What to eliminate in which order.

    pivots : row and column numbers in order of elimination
    lower[i] : pivots k that row i subtracts, in order; upper[k] : columns right of pivot k in its row
    slots : {(row, column): position} of every entry of the factors
    """

    pivots: tuple[int, ...]
    lower: dict[int, tuple[int, ...]]
    upper: dict[int, tuple[int, ...]]
    slots: dict[tuple[int, int], int]

    @property
    def operations(self) -> int:
        """Multiply-adds of one factorisation."""
        return sum(len(self.upper[k]) for lower in self.lower.values() for k in lower)


def elimination(n: int, entries: Iterable[tuple[int, int]]) -> Elimination:
    """Order an n x n matrix with the given non-zero entries (and a full diagonal) by Markowitz counts.

    Source: H. M. Markowitz, Management Science 3 (1957) 255; ties by the smallest index, so that the order is the same
    everywhere.
    """
    rows: list[set[int]] = [{i} for i in range(n)]
    columns: list[set[int]] = [{i} for i in range(n)]
    for i, j in entries:
        rows[i].add(j)
        columns[j].add(i)
    lower: dict[int, list[int]] = {i: [] for i in range(n)}
    upper: dict[int, tuple[int, ...]] = {}

    def cost(v: int) -> int:
        return (len(rows[v]) - 1) * (len(columns[v]) - 1)

    waiting = [(cost(v), v) for v in range(n)]  # entries whose cost has changed since are passed over
    heapq.heapify(waiting)
    done, pivots, operations = [False] * n, list[int](), 0
    while waiting:
        expected, k = heapq.heappop(waiting)
        if done[k] or expected != cost(k):
            continue
        done[k] = True
        pivots.append(k)
        below, right = sorted(columns[k] - {k}), sorted(rows[k] - {k})
        operations += len(below) * len(right)
        if operations > MOST_OPERATIONS:
            raise ModelError(
                f"the states of the model depend on each other too closely: one step would take more than "
                f"{MOST_OPERATIONS} operations on a matrix of {n} rows"
            )
        upper[k] = tuple(right)
        for j in right:
            columns[j].discard(k)
        for i in below:
            lower[i].append(k)
            rows[i].discard(k)
            rows[i].update(right)
        for j in right:
            columns[j].update(below)
        for v in {*below, *right}:
            heapq.heappush(waiting, (cost(v), v))
    slots: dict[tuple[int, int], int] = {}
    for i in range(n):
        for j in (i, *lower[i], *upper[i]):
            slots[i, j] = len(slots)
    return Elimination(tuple(pivots), {i: tuple(ks) for i, ks in lower.items()}, upper, slots)


def refuse_dense(system: OdeSystem) -> None:
    """Count the slopes that a Jacobian would have, before anything is differentiated.

    Raises
    ------
    ModelError : more than can be compiled in a reasonable time, with their number.
    """
    uses = {symbol: 1 << j for j, symbol in enumerate(system.state_symbols)}
    count = 0
    for symbol, formula in (*system.assignments, *((None, se.sympify(rate)) for rate in system.rates)):
        found = 0
        for used in formula.free_symbols:
            found |= uses.get(used, 0)
        count += found.bit_count()
        if symbol is not None:
            uses[symbol] = found
    if count > MOST_SLOPES:
        raise ModelError(
            f"the rates and rules of the model depend on its states in {count} ways; the engine takes at "
            f"most {MOST_SLOPES}"
        )
