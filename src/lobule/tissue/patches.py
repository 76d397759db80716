"""Patches: parts of lobules that are one lane of the model each, and what passes between them.

A patch is a ring of a lobule, by how far downstream its blood is, cut into sectors. Values of patches come to places by
weighing near patches, so that no border of a patch shows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.keeping import compiled_by_numba
from lobule.tissue.balance import Balance, Links
from lobule.tissue.geometry import Indices, Points, Sheet, nearest, short, summed

NEAR = 4  # patches that a place listens to


@dataclass(frozen=True)
class Patches:
    """A sheet in patches.

    Attributes
    ----------
    of_place : (n,) the patch of each place
    areas : (p,) um2; centres : (p, 2) um
    downstream : (p,) mean of the places', 0 portal to 1 central
    links, between : neighbouring patches, and of each pair (q,) the sum of their borders over their distance
    near, weight : (n, NEAR) patches around a place, and how much each counts
    """

    of_place: Indices
    areas: Points
    centres: Points
    downstream: Points
    links: Links
    between: Points
    near: Indices
    weight: Points

    def __len__(self) -> int:
        return len(self.areas)

    def mean(self, values: Points) -> float:
        """Of values of patches (p,), by area."""
        return float(self.areas @ values / self.areas.sum())

    def of_places(self, values: Points, areas: Points) -> Points:
        """Means over the places of each patch, (p,)."""
        return np.bincount(self.of_place, values * areas, len(self)) / self.areas

    def at_places(self, values: Points) -> Points:
        """Values of patches (p,) as a smooth field over places, (n,)."""
        found = np.empty(len(self.near))
        _compiled()(self.near, self.weight, np.ascontiguousarray(values, dtype=np.float64), found)
        return found

    @functools.cached_property
    def gathered(self) -> tuple[Indices, Indices]:
        """Places by patch, (n,), and where in that order each patch ends, (p,)."""
        return np.argsort(self.of_place, kind="stable"), np.cumsum(np.bincount(self.of_place, minlength=len(self)))


class Smooth(Mapping[str, Points]):
    """Values of patches by name, read as fields over places, (n,), that are made when they are asked for.

    Attributes
    ----------
    of_patches : {name: (p,)}
    """

    def __init__(self, parts: Patches, of_patches: Mapping[str, Points]) -> None:
        self._parts, self.of_patches = parts, dict(of_patches)

    def __getitem__(self, name: str) -> Points:
        return self._parts.at_places(self.of_patches[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.of_patches)

    def __len__(self) -> int:
        return len(self.of_patches)


def _weighed(near, weight, values, found):  # type: ignore[no-untyped-def]
    for i in range(found.size):
        total = 0.0
        for k in range(near.shape[1]):
            total += values[near[i, k]] * weight[i, k]
        found[i] = total


@functools.cache
def _compiled() -> Callable[..., Any]:
    return compiled_by_numba(_weighed)


def downstream_of(sheet: Sheet, age: Points) -> Points:
    """How far downstream each place is, (n,): the share of the sheet whose blood is younger, 0 to 1.

    Vessels themselves are at the ends.
    """
    ordered = np.argsort(age, kind="stable")
    passed = np.empty(len(sheet))
    passed[ordered] = (np.cumsum(sheet.areas[ordered]) - sheet.areas[ordered] / 2) / sheet.areas.sum()
    return np.where(sheet.in_vein, 1.0, np.where(sheet.in_tract, 0.0, passed))


def ring_of(downstream: Points, rings: int) -> Indices:
    """Which of so many equal steps downstream each place is in, (n,), 0 the most portal."""
    return np.minimum((downstream * rings).astype(np.int64), rings - 1)


def patches(sheet: Sheet, downstream: Points, rings: int, sectors: int) -> Patches:
    """Cut a sheet into patches.

    Parameters
    ----------
    downstream : (n,) of places, 0 to 1
    rings, sectors : of each lobule; what would be empty is left out
    """
    away = short(sheet.places - sheet.veins[sheet.lobule], sheet.size)
    turn = np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) % 1
    key = (sheet.lobule * rings + ring_of(downstream, rings)) * sectors + np.minimum(
        (turn * sectors).astype(np.int64), sectors - 1
    )
    _, of_place = np.unique(key, return_inverse=True)
    of_place = of_place.astype(np.int64)
    n = int(of_place.max()) + 1
    areas = summed(of_place, sheet.areas, n)
    around = np.column_stack([np.bincount(of_place, sheet.areas * part, n) for part in away.T]) / areas[:, None]
    first = np.zeros(n, dtype=np.int64)
    first[of_place] = sheet.lobule
    centres = np.mod(sheet.veins[first] + around, sheet.size)
    distance, near = nearest(centres, sheet.places, sheet.size, min(NEAR, n))
    weight = 1 / np.maximum(distance, 1.0) ** 4
    mean = np.bincount(of_place, sheet.areas * downstream, n) / areas
    return Patches(
        of_place, areas, centres, mean, *_between(sheet, of_place, n), near,
        weight / weight.sum(axis=1, keepdims=True),
    )  # fmt: skip


def _between(sheet: Sheet, of_place: Indices, n: int) -> tuple[Links, Points]:
    """Pairs of patches that touch, and of each pair the common border over the distance of the middles, (q,)."""
    pairs = np.sort(of_place[sheet.edges], axis=1)
    across = pairs[:, 0] != pairs[:, 1]
    key, pair = np.unique(pairs[across] @ np.array([n, 1]), return_inverse=True)
    a, b = key // n, key % n
    width = np.sqrt(np.bincount(of_place, sheet.areas, n))
    border = summed(pair, sheet.faces[across], len(key))
    return Links(np.column_stack([a, b]), n), border / ((width[a] + width[b]) / 2)


class Spread:
    """Evening out over a reach, with nothing lost: (1 - reach^2 laplacian) found = before.

    Parameters
    ----------
    reach : um
    draws : (p,) in proportion to which everything would lie in the end; even when None
    """

    def __init__(self, parts: Patches, reach: float, draws: Points | None = None) -> None:
        self.areas = parts.areas
        self.draws = np.ones(len(parts)) if draws is None else draws / parts.mean(draws)
        self._balance = Balance(parts.links, parts.between * reach**2, parts.areas * self.draws)

    def __call__(self, before: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of patches (p,) or (p, k) after it."""
        if before.ndim > 1:
            return np.column_stack([self(column) for column in before.T])
        return self.draws * self._balance.whole(self.areas * before, before / self.draws)
