"""A sheet of lobules: central veins, portal triads, and a place for each hepatocyte, on a torus.

The sheet has no border: what leaves on the right enters on the left, so that no lobule is cut and nothing is lost at an
edge. Central veins stand near a hexagonal pattern, each displaced at random; a portal triad stands where three lobules
meet. Places of hepatocytes are a hexagonal pattern, displaced too, so that no row of cells is straight.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay, KDTree

from lobule.errors import InputError

Points = NDArray[np.float64]
Indices = NDArray[np.int64]

FEWEST = 3  # lobules, so that three can meet


@dataclass(frozen=True)
class Plan:
    """The measures of a sheet, um.

    Attributes
    ----------
    lobules : how many
    radius : from a central vein to its triads in a regular lobule
    cell : between neighbouring hepatocytes
    central_vein, portal_tract : radii
    disorder : displacement of a central vein, as a share of the distance between two (standard deviation)
    missing_triads : share of the corners that have none
    """

    lobules: int
    radius: float
    cell: float
    central_vein: float
    portal_tract: float
    disorder: float = 0.08
    missing_triads: float = 0.1


@dataclass(frozen=True)
class Sheet:
    """A sheet of lobules.

    Attributes
    ----------
    size : (2,) width and height, um; opposite borders are one
    places : (n, 2) of hepatocytes, um
    edges : (m, 2) neighbours, each pair once; lengths : (m,) between them, faces : (m,) that they share, um
    areas : (n,) of the places, um2; they fill the sheet
    veins, triads : (k, 2) centres, um
    lobule : (n,) index of the nearest central vein
    to_vein, to_triad : (n,) distance to the nearest, um
    in_vein, in_tract : (n,) whether a place lies inside a vessel
    """

    size: Points
    places: Points
    edges: Indices
    lengths: Points
    faces: Points
    areas: Points
    veins: Points
    triads: Points
    lobule: Indices
    to_vein: Points
    to_triad: Points
    in_vein: NDArray[np.bool_]
    in_tract: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.places)

    @property
    def portal_share(self) -> Points:
        """How far each place is on the way from central vein (0) to triad (1), by distance."""
        return self.to_vein / (self.to_vein + self.to_triad)

    @property
    def border(self) -> NDArray[np.bool_]:
        """Places with a neighbour of another lobule."""
        a, b = self.edges.T
        found = np.zeros(len(self), dtype=bool)
        across = self.lobule[a] != self.lobule[b]
        found[a[across]] = found[b[across]] = True
        return found


def sheet(plan: Plan, seed: int = 0) -> Sheet:
    """Draw a sheet of lobules; the same plan and seed give the same sheet.

    Raises
    ------
    InputError : fewer than three lobules, or cells larger than what surrounds them.
    """
    if plan.lobules < FEWEST:
        raise InputError(f"a sheet has at least {FEWEST} lobules, not {plan.lobules}", field=("lobules",))
    if plan.radius < 4 * plan.cell:
        raise InputError(
            f"a lobule of radius {plan.radius:g} um has no room for cells of {plan.cell:g} um", field=("radius",)
        )
    random = np.random.default_rng(seed)
    between_veins = np.sqrt(3) * plan.radius
    columns = max(2, round(np.sqrt(plan.lobules * np.sqrt(3) / 2)))
    veins, size = _hexagonal(columns, -(-plan.lobules // columns), between_veins)
    veins = np.mod(veins + random.normal(0, plan.disorder * between_veins, veins.shape), size)
    triads = _triads(veins, size, plan, random)
    places = _places(size, plan.cell, random)
    edges, lengths, faces = _neighbours(places, size, plan.cell)
    areas = summed(edges.ravel(), np.repeat(lengths * faces / 4, 2), len(places))
    to_vein, lobule = nearest(veins, places, size)
    to_triad = nearest(triads, places, size)[0]
    return Sheet(
        size, places, edges, lengths, faces, areas, veins, triads, lobule[:, 0], to_vein[:, 0],
        to_triad[:, 0], to_vein[:, 0] < plan.central_vein, to_triad[:, 0] < plan.portal_tract,
    )  # fmt: skip


def short(way: Points, size: Points) -> Points:
    """The shortest way on a sheet without border."""
    return way - np.round(way / size) * size


def nearest(points: Points, at: Points, size: Points, k: int = 1) -> tuple[Points, Indices]:
    """The k nearest of some points: distances and indices, (len(at), k) each."""
    distance, index = KDTree(points, boxsize=size).query(at, k=np.arange(1, k + 1))
    return np.asarray(distance), np.asarray(index, dtype=np.int64)


def summed(index: Indices, values: Points, n: int) -> Points:
    """Values by index, (n,)."""
    return np.asarray(np.bincount(index, values, n), dtype=np.float64)


def _hexagonal(columns: int, rows: int, between: float) -> tuple[Points, Points]:
    """A hexagonal pattern that closes on itself: an even number of rows."""
    rows += rows % 2
    row, column = np.mgrid[0:rows, 0:columns]
    x, y = (column + 0.5 * (row % 2)) * between, row * between * np.sqrt(3) / 2
    return np.column_stack([x.ravel(), y.ravel()]), np.array([columns * between, rows * between * np.sqrt(3) / 2])


def _tiled(points: Points, size: Points, margin: float) -> tuple[Points, Indices]:
    """Points with copies of those near a border beyond the other one; (points, index of the original)."""
    shifts = np.array([(i, j) for i in (0, -1, 1) for j in (0, -1, 1)]) * size
    copies = (points[None] + shifts[:, None]).reshape(-1, 2)
    index = np.tile(np.arange(len(points)), len(shifts))
    near = np.all((copies >= -margin) & (copies < size + margin), axis=1)
    near[: len(points)] = True
    return copies[near], index[near]


def _triads(veins: Points, size: Points, plan: Plan, random: np.random.Generator) -> Points:
    """Where three lobules meet, but for the corners that lack one; two that touch are one."""
    tiled, _ = _tiled(veins, size, float(size.max()))
    corners = _circumcentres(tiled[Delaunay(tiled).simplices])
    corners = corners[np.all((corners >= 0) & (corners < size), axis=1)]
    corners = corners[random.permutation(len(corners))]
    apart = 3 * plan.portal_tract
    taken = np.ones(len(corners), dtype=bool)
    for first, second in sorted(KDTree(corners, boxsize=size).query_pairs(apart)):
        if taken[first] and taken[second]:
            taken[second] = False
    corners = corners[taken]
    return corners[: max(1, round(len(corners) * (1 - plan.missing_triads)))]


def _circumcentres(triangles: Points) -> Points:
    """Of triangles (k, 3, 2)."""
    origin = triangles[:, 0]
    a, b = triangles[:, 1] - origin, triangles[:, 2] - origin
    twice_area = 2 * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    aa, bb = (a**2).sum(1), (b**2).sum(1)
    x = (b[:, 1] * aa - a[:, 1] * bb) / twice_area
    y = (a[:, 0] * bb - b[:, 0] * aa) / twice_area
    return origin + np.column_stack([x, y])


def _places(size: Points, cell: float, random: np.random.Generator) -> Points:
    """A hexagonal pattern stretched to close on the sheet, each place displaced by up to a fifth of a cell."""
    columns = max(3, round(size[0] / cell))
    rows = max(4, 2 * round(size[1] / (cell * np.sqrt(3))))
    pattern, closes = _hexagonal(columns, rows, 1.0)
    return np.mod(pattern * (size / closes) + random.normal(0, 0.12 * cell, pattern.shape), size)


def _neighbours(places: Points, size: Points, cell: float) -> tuple[Indices, Points, Points]:
    """Pairs of places that touch, each once, their distances, and the length of the border between them (Voronoi)."""
    tiled, index = _tiled(places, size, 4 * cell)
    corners = Delaunay(tiled).simplices
    centre = _circumcentres(tiled[corners])
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]]), axis=1)
    triangle = np.tile(np.arange(len(corners)), 3)
    by_pair = np.lexsort(pairs.T)
    pairs, triangle = pairs[by_pair], triangle[by_pair]
    twice = np.flatnonzero((pairs[1:] == pairs[:-1]).all(axis=1))  # a side has two triangles, but for the outermost
    pairs, face = pairs[twice], np.linalg.norm(centre[triangle[twice]] - centre[triangle[twice + 1]], axis=1)
    inside = (pairs < len(places)).any(axis=1)
    pairs, face = pairs[inside], face[inside]
    length = np.linalg.norm(tiled[pairs[:, 0]] - tiled[pairs[:, 1]], axis=1)
    edges, first = np.unique(np.sort(index[pairs], axis=1), axis=0, return_index=True)
    return edges.astype(np.int64), length[first], face[first]
