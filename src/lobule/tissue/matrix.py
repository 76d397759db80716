"""Collagen as strands between neighbouring places, laid down by activated stellate cells.

How much there is in each patch is the model's. Where in it a new strand comes is decided by the cells that make it and
by strands that are there: stellate cells align along matrix and add to it, so that threads become septa. What is
removed is removed from all strands alike, so that a septum gets thin before it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lobule.tissue.geometry import Points, Sheet
from lobule.tissue.patches import Patches

ALIGNMENT = 1.5  # how much more a strand of mean thickness draws new collagen than a bare border, assumed
BACKGROUND = 0.05  # collagen where no stellate cell is active, over that of one active cell, assumed


@dataclass(frozen=True)
class Strands:
    """Collagen on the borders between places, (m,), in percent of the area of the places that they part."""

    amount: Points

    def at_places(self, sheet: Sheet) -> Points:
        """Percent of the area of each place that is collagen, (n,): half of each of its strands."""
        return np.bincount(sheet.edges.ravel(), np.repeat(self.amount / 2, 2), len(sheet))


def healthy(sheet: Sheet, wanted: Points) -> Strands:
    """As much at every border as gives each place what is wanted there, in the mean."""
    return Strands(wanted[sheet.edges].mean(axis=1) * len(sheet) / len(sheet.edges))


def remodelled(before: Strands, sheet: Sheet, parts: Patches, wanted: Points, active: Points) -> Strands:
    """Strands after collagen was made and removed.

    Parameters
    ----------
    wanted : (p,) percent of each patch
    active : (n,) activated stellate cells at each place
    """
    a, b = sheet.edges.T
    patch = parts.of_place[a]
    has = np.bincount(patch, before.amount, len(parts))
    number = np.bincount(parts.of_place, minlength=len(parts))
    wants = wanted * number  # a place's percent is the sum of half of its strands; a strand counts for two places
    kept = before.amount * np.minimum(wants / np.maximum(has, 1e-12), 1.0)[patch]
    mean = before.amount.mean()
    draw = (BACKGROUND + active[a] + active[b]) * (1 + ALIGNMENT * before.amount / mean)
    all_draw = np.bincount(patch, draw, len(parts))
    more = np.maximum(wants - has, 0.0)
    return Strands(kept + more[patch] * draw / np.maximum(all_draw[patch], 1e-12))
