"""Blood through the sinusoids: pressure, flow from place to place, and the order downstream.

Blood enters at the portal tracts, a share of it by inlet venules along the borders of lobules, and leaves by the
central veins. Flow follows falling pressure, so that places sorted by pressure are in order downstream: what the blood
carries can be computed in one pass (`transport`).

Why the border matters: with inflow at the corners alone the middle of a border gets old blood, and zones are stars
that join from vein to vein; with inflow all along it zones are rings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import splu

from lobule.errors import InputError
from lobule.tissue.geometry import Indices, Points, Sheet

TOLERANCE = 0.01  # of the share of blood that enters along borders
TRIES = 20


@dataclass(frozen=True)
class Flow:
    """Blood flow. Places are numbered downstream: place i of `transport` is `order[i]` of the sheet.

    Attributes
    ----------
    order : (n,) places by falling pressure
    pressure : (n,) of the sheet's places, 1 in portal tracts, 0 in central veins
    start : (n + 1,), upstream, inflow : (m,) whence each place is fed and how much, area of the sheet a second
    feed, drain : (n,) what enters from vessels and leaves into them, downstream numbering
    out : (n,) all that leaves a place
    volume : (n,) areas of the places, downstream numbering
    """

    order: Indices
    pressure: Points
    start: Indices
    upstream: Indices
    inflow: Points
    feed: Points
    drain: Points
    out: Points
    volume: Points

    def by_place(self, values: Points) -> Points:
        """From downstream numbering to that of the sheet."""
        found = np.empty_like(values)
        found[self.order] = values
        return found

    @property
    def imbalance(self) -> float:
        """Largest difference between what enters a place and what leaves it, over the mean flow."""
        arriving = np.bincount(np.repeat(np.arange(len(self.order)), np.diff(self.start)), self.inflow, len(self.order))
        return float(np.abs(arriving + self.feed - self.out).max() / self.out.mean())


def conductances(sheet: Sheet, roughness: float, seed: int = 0, closed: Points | None = None) -> Points:
    """How well blood passes between neighbours, (m,).

    Parameters
    ----------
    roughness : standard deviation of the logarithm, for sinusoids are unequal
    closed : (n,) share of the sinusoids of a place that scar has closed
    """
    random = np.random.default_rng(seed)
    open_to_blood = sheet.faces / sheet.lengths * np.exp(roughness * random.standard_normal(len(sheet.edges)))
    if closed is None:
        return open_to_blood
    a, b = sheet.edges.T
    return open_to_blood * np.maximum(1 - (closed[a] + closed[b]) / 2, 1e-3) ** 2


def flow(sheet: Sheet, conductance: Points, border_share: float, perfusion: float) -> Flow:
    """Blood flow through a sheet.

    Parameters
    ----------
    conductance : (m,) of the edges
    border_share : of the blood that enters by inlet venules along the borders of lobules, 0 to 1
    perfusion : blood that enters the sheet a second, as a share of its area

    Raises
    ------
    InputError : a share that is none.
    """
    if not 0 <= border_share < 1:
        raise InputError(f"the share of blood that enters along borders is from 0 to below 1, not {border_share:g}")
    tract, vein = sheet.in_tract, sheet.in_vein
    along = sheet.border & ~tract & ~vein
    laplacian = _laplacian(sheet, conductance)
    inlet = _inlet(laplacian, tract, vein, along, border_share)
    pressure = _pressure(laplacian, tract, vein, np.where(along, inlet, 0.0))
    return _ordered(sheet, conductance, pressure, np.where(along, inlet, 0.0) * (1 - pressure), perfusion)


def _laplacian(sheet: Sheet, conductance: Points) -> csr_array:
    a, b = sheet.edges.T
    n = len(sheet)
    whole = csr_array((np.r_[conductance, conductance], (np.r_[a, b], np.r_[b, a])), shape=(n, n))
    return diags_array(np.asarray(whole.sum(axis=1)).ravel()).tocsr() - whole


def _pressure(laplacian: csr_array, tract: NDArray[np.bool_], vein: NDArray[np.bool_], inlet: Points) -> Points:
    """1 in portal tracts, 0 in central veins, between them by the balance of flows."""
    free = ~(tract | vein)
    pressure = np.where(tract, 1.0, 0.0)
    balance = (laplacian[free][:, free] + diags_array(inlet[free])).tocsc()
    solved = splu(balance, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})
    pressure[free] = solved.solve(inlet[free] - laplacian[free] @ pressure)
    return pressure


def _inlet(
    laplacian: csr_array, tract: NDArray[np.bool_], vein: NDArray[np.bool_], along: NDArray[np.bool_], share: float
) -> float:
    """Conductance of an inlet venule by which the wanted share of blood enters along borders.

    The odds of that share rise nearly in proportion to the conductance, so that a few corrections suffice.
    """
    if share == 0 or not along.any():
        return 0.0
    inlet = share / (1 - share) * float(laplacian.diagonal().mean()) * tract.sum() / along.sum()
    for _ in range(TRIES):
        pressure = _pressure(laplacian, tract, vein, np.where(along, inlet, 0.0))
        by_border = float(inlet * (1 - pressure[along]).sum())
        by_tracts = float((laplacian @ pressure)[tract].sum())
        if abs(by_border / (by_border + by_tracts) - share) < TOLERANCE:
            break
        inlet *= share / (1 - share) * by_tracts / by_border
    return inlet


def _ordered(sheet: Sheet, conductance: Points, pressure: Points, border_feed: Points, perfusion: float) -> Flow:
    """Flows along falling pressure, scaled to the perfusion, numbered downstream."""
    n = len(sheet)
    order = np.argsort(-pressure, kind="stable")
    rank = np.empty(n, dtype=np.int64)
    rank[order] = np.arange(n)
    a, b = rank[sheet.edges].T
    upper, lower = np.minimum(a, b), np.maximum(a, b)
    falling = pressure[order]
    along_edge = conductance * (falling[upper] - falling[lower])
    flowing = along_edge > 0
    upper, lower, along_edge = upper[flowing], lower[flowing], along_edge[flowing]
    leaving, arriving = np.bincount(upper, along_edge, n), np.bincount(lower, along_edge, n)
    tract, vein = sheet.in_tract[order], sheet.in_vein[order]
    feed = np.where(tract, np.maximum(leaving - arriving, 0.0), border_feed[order])
    drain = np.where(vein, np.maximum(arriving - leaving, 0.0), 0.0)
    scale = perfusion * sheet.areas.sum() / feed.sum()
    by_lower = np.argsort(lower, kind="stable")
    start = np.r_[0, np.cumsum(np.bincount(lower, minlength=n))]
    return Flow(
        order, pressure, start, upper[by_lower], along_edge[by_lower] * scale, feed * scale, drain * scale,
        (leaving + drain) * scale, sheet.areas[order],
    )  # fmt: skip
