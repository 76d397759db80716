"""Balances of neighbours: what each place gives to its neighbours and to the outside is what it gets.

Pressure, fields and what spreads between patches are the solution of such a balance. It is found by conjugate gradients
preconditioned by an incomplete Cholesky factor whose diagonal alone differs from the matrix ("DIC", the usual solver of
pressure in finite volumes; Meijerink and van der Vorst 1977, Math Comp 31:148, that the factor exists). Each place is
tied to a vessel, a decay or what it held within a lobule's width, so that the number of rounds does not grow with the
sheet: cost and memory are linear in places, which a direct factor's are not.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lobule.keeping import compiled_by_numba
from lobule.tissue.geometry import Indices, Points, summed

MOST_ROUNDS = 20_000


class Links:
    """Who is a neighbour of whom: of place i `other[start[i]:start[i + 1]]`, by the pairs `link` of those.

    Parameters
    ----------
    pairs : (m, 2) of neighbours, each pair once
    n : number of places
    """

    def __init__(self, pairs: Indices, n: int) -> None:
        ends, others = pairs.ravel(), pairs[:, ::-1].ravel()
        by_place = np.argsort(ends, kind="stable")
        self.start = np.r_[0, np.cumsum(np.bincount(ends, minlength=n))].astype(np.int64)
        self.other = others[by_place].astype(np.int64)
        self.link = (by_place // 2).astype(np.int64)
        self.pairs = pairs

    def __len__(self) -> int:
        return len(self.start) - 1


class Balance:
    """(own + sum of passes) x - sum of passes times the neighbours' x = what is wanted.

    Parameters
    ----------
    passes : (m,) of the pairs, at least 0
    own : (n,) what goes outside, at least 0 and somewhere above it
    tolerance : largest correction that is left out, over the largest value

    Attributes
    ----------
    rounds : that the last solution took
    """

    def __init__(self, links: Links, passes: Points, own: Points, tolerance: float = 1e-12) -> None:
        self.links, self.own, self.tolerance, self.rounds = links, own, tolerance, 0
        self.passes = passes[links.link]
        self.diagonal = own + summed(links.pairs.ravel(), np.repeat(passes, 2), len(links))
        self._inverse = np.zeros(len(links))
        _compiled(_factored)(links.start, links.other, self.passes, self.diagonal, self._inverse)

    def __call__(self, wanted: Points, near: Points | None = None) -> Points:
        """The solution (n,), looked for from `near` on.

        Raises
        ------
        ArithmeticError : none was found, for the numbers are not those of a balance.
        """
        found = np.zeros(len(self.links)) if near is None else near.astype(np.float64)
        self.rounds = _compiled(_solved)(
            self.links.start, self.links.other, self.passes, self.diagonal, self._inverse,
            np.ascontiguousarray(wanted, dtype=np.float64), found, self.tolerance, MOST_ROUNDS,
        )  # fmt: skip
        if self.rounds >= MOST_ROUNDS:
            raise ArithmeticError(f"a balance of {len(found)} places was not found in {MOST_ROUNDS} rounds")
        return found

    def whole(self, wanted: Points, near: Points | None = None) -> Points:
        """The solution of which exactly what is wanted goes outside: what is left out above is given to all alike."""
        start = np.zeros(len(self.links)) if near is None else near
        found = self(wanted, start + self._missing(wanted, start))
        return found + self._missing(wanted, found)

    def _missing(self, wanted: Points, found: Points) -> float:
        return float((wanted.sum() - self.own @ found) / self.own.sum())


@functools.cache
def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    return compiled_by_numba(function)


def _factored(start, other, passes, diagonal, inverse):  # type: ignore[no-untyped-def]
    """One over the diagonal of the incomplete factor."""
    for i in range(diagonal.size):
        left = diagonal[i]
        for slot in range(start[i], start[i + 1]):
            if other[slot] < i:
                left -= passes[slot] * passes[slot] * inverse[other[slot]]
        inverse[i] = 1 / left


def _solved(start, other, passes, diagonal, inverse, wanted, found, tolerance, most):  # type: ignore[no-untyped-def]
    """Conjugate gradients in place, from what `found` holds; the number of rounds."""
    n = wanted.size
    rest, way, ahead, pushed = np.empty(n), np.zeros(n), np.empty(n), np.empty(n)
    for i in range(n):
        rest[i] = wanted[i] - diagonal[i] * found[i]
        for slot in range(start[i], start[i + 1]):
            rest[i] += passes[slot] * found[other[slot]]
    before = 0.0
    for rounds in range(most):
        largest = missing = 0.0
        for i in range(n):
            largest = max(largest, abs(found[i]))
            missing = max(missing, abs(rest[i]) / diagonal[i])
        if missing <= tolerance * largest or missing == 0.0:
            return rounds
        for i in range(n):
            total = rest[i]
            for slot in range(start[i], start[i + 1]):
                if other[slot] < i:
                    total += passes[slot] * ahead[other[slot]]
            ahead[i] = total * inverse[i]
        now = 0.0
        for back in range(n):
            i = n - 1 - back
            total = 0.0
            for slot in range(start[i], start[i + 1]):
                if other[slot] > i:
                    total += passes[slot] * ahead[other[slot]]
            ahead[i] += total * inverse[i]
            now += ahead[i] * rest[i]
        share = now / before if before > 0.0 else 0.0
        steep = 0.0
        for i in range(n):
            way[i] = ahead[i] + share * way[i]
        for i in range(n):
            total = diagonal[i] * way[i]
            for slot in range(start[i], start[i + 1]):
                total -= passes[slot] * way[other[slot]]
            pushed[i] = total
            steep += total * way[i]
        far = now / steep
        for i in range(n):
            found[i] += far * way[i]
            rest[i] -= far * pushed[i]
        before = now
    return most
