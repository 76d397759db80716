"""Blood through the sinusoids: pressure, flow from place to place, and the order downstream.

Blood enters at the portal tracts, a share of it by inlet venules along the borders of lobules, and leaves by the
central veins. Flow follows falling pressure, so that places sorted by pressure are in order downstream: what the blood
carries can be computed in one pass (`transport`).

Venules have the conductance by which the wanted share enters a sheet without scar, and keep it: when scar closes
sinusoids, blood goes where it still can. Pressure is one balance (`balance`), looked for from the last one on.

Why the border matters: with inflow at the corners alone the middle of a border gets old blood, and zones are stars
that join from vein to vein; with inflow all along it zones are rings.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lobule.errors import InputError
from lobule.tissue.balance import Balance, Links
from lobule.tissue.geometry import Indices, Points, Sheet, summed

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


class Circulation:
    """Vessels of a sheet, through which blood flows however scar closes the sinusoids between them.

    Parameters
    ----------
    conductance : (m,) of the edges of the sheet without scar
    border_share : of the blood that enters it by inlet venules along the borders of lobules, 0 to 1
    perfusion : blood that enters the sheet a second, as a share of its area

    Attributes
    ----------
    healthy : pressure without scar, (n,) of the sheet's places, 1 in portal tracts, 0 in central veins

    Raises
    ------
    InputError : a share that is none.
    """

    def __init__(self, sheet: Sheet, conductance: Points, border_share: float, perfusion: float) -> None:
        if not 0 <= border_share < 1:
            raise InputError(
                f"the share of blood that enters along borders is from 0 to below 1, not {border_share:g}"
            )  # fmt: skip
        self.sheet, self.perfusion = sheet, perfusion
        self._links = Links(sheet.edges, len(sheet))
        self._held = sheet.in_tract | sheet.in_vein
        self._at_vessel = self._held[sheet.edges].any(axis=1)
        self._along = sheet.border & ~self._held
        self._venule = 0.0
        self.healthy = self._fed(conductance, border_share)

    def flow(self, conductance: Points, near: Points | None = None) -> Flow:
        """Blood where sinusoids have a conductance, (m,).

        Parameters
        ----------
        near : (n,) a pressure that is nearly right, such as that of the day before; by default that without scar
        """
        return self.of_pressure(conductance, self._pressure(conductance, self.healthy if near is None else near))

    def of_pressure(self, conductance: Points, pressure: Points) -> Flow:
        """Blood where sinusoids have a conductance, (m,), and places a pressure, (n,)."""
        by_venules = np.where(self._along, self._venule, 0.0) * (1 - pressure)
        return _ordered(self.sheet, conductance, pressure, by_venules, self.perfusion)

    def _pressure(self, conductance: Points, near: Points) -> Points:
        """1 in portal tracts, 0 in central veins, between them by the balance of flows."""
        pressure_there = self.sheet.in_tract.astype(np.float64)
        venule = np.where(self._along, self._venule, 0.0)
        to_vessels = np.where(self._at_vessel, conductance, 0.0)
        ends, n = self.sheet.edges.ravel(), len(self.sheet)
        leaving = summed(ends, np.repeat(to_vessels, 2), n) + venule
        coming = summed(ends, np.repeat(to_vessels, 2) * pressure_there[self.sheet.edges[:, ::-1].ravel()], n) + venule
        balance = Balance(self._links, conductance - to_vessels, np.where(self._held, 1.0, leaving))
        return balance(np.where(self._held, pressure_there, coming), near)

    def _fed(self, conductance: Points, share: float) -> Points:
        """Pressure where venules have the conductance by which the wanted share of blood enters along borders.

        The odds of that share rise nearly in proportion to the conductance, so that a few corrections suffice.
        """
        pressure, tract, fed = self.sheet.in_tract.astype(np.float64), self.sheet.in_tract, share > 0
        fed = fed and bool(self._along.any())
        if fed:
            usual = 2 * float(conductance.sum()) / len(self.sheet)
            self._venule = share / (1 - share) * usual * tract.sum() / self._along.sum()
        for _ in range(TRIES):
            pressure = self._pressure(conductance, pressure)
            a, b = self.sheet.edges.T
            by_tracts = float((conductance * (tract[a] ^ tract[b]) * np.abs(pressure[a] - pressure[b])).sum())
            by_border = float(self._venule * (1 - pressure[self._along]).sum())
            if not fed or abs(by_border / (by_border + by_tracts) - share) < TOLERANCE:
                break
            self._venule *= share / (1 - share) * by_tracts / by_border
        return pressure


def flow(sheet: Sheet, conductance: Points, border_share: float, perfusion: float) -> Flow:
    """Blood flow through a sheet without scar; parameters and errors as of `Circulation`."""
    vessels = Circulation(sheet, conductance, border_share, perfusion)
    return vessels.of_pressure(conductance, vessels.healthy)


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
