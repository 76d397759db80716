"""Patches: parts of lobules that are one lane of the model each, and what passes between them.

A patch is a ring of a lobule, by how far downstream its blood is, cut into sectors. Values of patches come to places by
weighing near patches, so that no border of a patch shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu

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
    between : (p, p) sum of borders over distances of neighbouring patches
    near, weight : (n, NEAR) patches around a place, and how much each counts
    """

    of_place: Indices
    areas: Points
    centres: Points
    downstream: Points
    between: csr_array
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
        return (values[self.near] * self.weight).sum(axis=1)


def downstream_of(sheet: Sheet, age: Points) -> Points:
    """How far downstream each place is, (n,): the share of the sheet whose blood is younger, 0 to 1.

    Vessels themselves are at the ends.
    """
    ordered = np.argsort(age, kind="stable")
    passed = np.empty(len(sheet))
    passed[ordered] = (np.cumsum(sheet.areas[ordered]) - sheet.areas[ordered] / 2) / sheet.areas.sum()
    return np.where(sheet.in_vein, 1.0, np.where(sheet.in_tract, 0.0, passed))


def patches(sheet: Sheet, downstream: Points, rings: int, sectors: int) -> Patches:
    """Cut a sheet into patches.

    Parameters
    ----------
    downstream : (n,) of places, 0 to 1
    rings, sectors : of each lobule; what would be empty is left out
    """
    away = short(sheet.places - sheet.veins[sheet.lobule], sheet.size)
    turn = np.arctan2(away[:, 1], away[:, 0]) / (2 * np.pi) % 1
    ring = np.minimum((downstream * rings).astype(np.int64), rings - 1)
    key = (sheet.lobule * rings + ring) * sectors + np.minimum((turn * sectors).astype(np.int64), sectors - 1)
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
        of_place, areas, centres, mean, _between(sheet, of_place, n), near,
        weight / weight.sum(axis=1, keepdims=True),
    )  # fmt: skip


def _between(sheet: Sheet, of_place: Indices, n: int) -> csr_array:
    """Of two patches their common border over the distance of their middles; (p, p)."""
    a, b = of_place[sheet.edges].T
    across = a != b
    a, b, face = a[across], b[across], sheet.faces[across]
    border = csr_array((np.r_[face, face], (np.r_[a, b], np.r_[b, a])), shape=(n, n))
    border.sum_duplicates()
    row = np.repeat(np.arange(n), np.diff(border.indptr))
    width = np.sqrt(np.bincount(of_place, sheet.areas, n))
    border.data = border.data / ((width[row] + width[border.indices]) / 2)
    return border


class Spread:
    """Evening out over a reach, with nothing lost: (1 - reach^2 laplacian) found = before.

    Parameters
    ----------
    reach : um
    draws : (p,) in proportion to which everything would lie in the end; even when None
    """

    def __init__(self, parts: Patches, reach: float, draws: Points | None = None) -> None:
        passes = parts.between * reach**2
        leaving = np.asarray(passes.sum(axis=1)).ravel()
        self.areas = parts.areas
        self.draws = np.ones(len(parts)) if draws is None else draws / parts.mean(draws)
        self._factors = splu((diags_array(parts.areas * self.draws + leaving) - passes).tocsc())

    def __call__(self, before: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values of patches (p,) or (p, k) after it."""
        areas, draws = (some if before.ndim == 1 else some[:, None] for some in (self.areas, self.draws))
        return draws * self._factors.solve(areas * before)
