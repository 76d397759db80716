"""A static elimination order for the sparse matrix of a step: pivots on the diagonal, chosen for little fill."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import symengine as se

from lobule.engine.system import OdeSystem
from lobule.errors import ModelError

MOST_SLOPES = 200_000  # of rates and assignment rules by states; a network of 500 states and 2,000 reactions has 20,000
MOST_OPERATIONS = 60_000_000  # multiply-adds of a factorisation; 500 states that all use each other have 42 million


@dataclass(frozen=True)
class Elimination:
    """What to eliminate in which order.

    hubs : how many of the last rows have 1 in the place of 1/(h gamma)
    pivots : row and column numbers in order of elimination
    lower[i] : pivots k that row i subtracts, in order; upper[k] : columns right of pivot k in its row
    slots : {(row, column): position} of every entry of the factors
    """

    pivots: tuple[int, ...]
    lower: dict[int, tuple[int, ...]]
    upper: dict[int, tuple[int, ...]]
    slots: dict[tuple[int, int], int]
    hubs: int = 0

    @property
    def states(self) -> int:
        """How many of the rows are of states; those of the hubs come behind them."""
        return len(self.pivots) - self.hubs

    @property
    def operations(self) -> int:
        """Multiply-adds of one factorisation."""
        return sum(len(self.upper[k]) for lower in self.lower.values() for k in lower)


def elimination(n: int, entries: Iterable[tuple[int, int]], hubs: int = 0) -> Elimination:
    """Order an n x n matrix with the given non-zero entries (and a full diagonal) for little fill.

    Raises
    ------
    ModelError : more operations than a step may take.
    """
    rows = [0] * n
    for i, j in entries:
        rows[i] |= 1 << j
    lower: dict[int, list[int]] = {i: [] for i in range(n)}
    upper: dict[int, tuple[int, ...]] = {}
    pivots, operations = [], 0
    for k, below, right in eliminated(rows):
        operations += below.bit_count() * right.bit_count()
        if operations > MOST_OPERATIONS:
            raise ModelError(
                f"the states of the model depend on each other too closely: one step would take more than "
                f"{MOST_OPERATIONS} operations on a matrix of {n} rows"
            )
        pivots.append(k)
        upper[k] = tuple(numbers(right))
        for i in numbers(below):
            lower[i].append(k)
    slots: dict[tuple[int, int], int] = {}
    for i in range(n):
        for j in (i, *lower[i], *upper[i]):
            slots[i, j] = len(slots)
    return Elimination(tuple(pivots), {i: tuple(ks) for i, ks in lower.items()}, upper, slots, hubs)


def eliminated(rows: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Pivots with the rows below that subtract each, and the columns right of it, by Markowitz counts; sets of numbers
    are the bits of whole numbers, and the entries of the matrix are given by rows.

    Source: H. M. Markowitz, Management Science 3 (1957) 255; ties by the smallest index, so that the order is the same
    everywhere.
    """
    n = len(rows)
    rows, columns = [row | 1 << i for i, row in enumerate(rows)], [0] * n
    for i, row in enumerate(rows):
        for j in numbers(row):
            columns[j] |= 1 << i

    def cost(v: int) -> int:
        return (rows[v].bit_count() - 1) * (columns[v].bit_count() - 1)

    waiting = [(cost(v), v) for v in range(n)]  # entries whose cost has changed since are passed over
    heapq.heapify(waiting)
    done = [False] * n
    while waiting:
        expected, k = heapq.heappop(waiting)
        if done[k] or expected != cost(k):
            continue
        done[k] = True
        only = 1 << k
        below, right = columns[k] ^ only, rows[k] ^ only
        yield k, below, right
        for j in numbers(right):
            columns[j] = (columns[j] | below) & ~only
        for i in numbers(below):
            rows[i] = (rows[i] | right) & ~only
        for v in numbers(below | right):
            heapq.heappush(waiting, (cost(v), v))


def numbers(bits: int) -> Iterator[int]:
    """The numbers of a set, from the smallest on."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


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
