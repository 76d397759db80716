"""A static elimination order for the sparse matrix of a step: pivots on the diagonal, chosen for little fill."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
    left, pivots = set(range(n)), []
    while left:
        k = min(left, key=lambda v: ((len(rows[v]) - 1) * (len(columns[v]) - 1), v))
        left.remove(k)
        pivots.append(k)
        below, right = sorted(columns[k] - {k}), sorted(rows[k] - {k})
        upper[k] = tuple(right)
        for j in right:
            columns[j].discard(k)
        for i in below:
            lower[i].append(k)
            rows[i].discard(k)
            for j in right:
                rows[i].add(j)
                columns[j].add(i)
    slots: dict[tuple[int, int], int] = {}
    for i in range(n):
        for j in (i, *lower[i], *upper[i]):
            slots[i, j] = len(slots)
    return Elimination(tuple(pivots), {i: tuple(ks) for i, ks in lower.items()}, upper, slots)
