"""Collagen as strands between neighbouring places: laid down by activated stellate cells, pushed together, removed.

How much is made in each patch, and how much the sheet has, is the model's. Where it ends follows from two rules. New
collagen comes where activated stellate cells are. And hepatocytes that divide to fill what was lost push the strands
before them toward where most was lost, until they meet those that are pushed from the other side: a band that was wide
becomes a septum (Hoehme, Drasdo and others 2025, preprint, say so of toxic scars). What is removed is removed from all
strands alike, so that a septum gets thin before it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from lobule.tissue.geometry import Indices, Points, Sheet, short, summed
from lobule.tissue.patches import Patches

BACKGROUND = 0.02  # collagen where no stellate cell is active, over that of one active cell, assumed
MOST_PUSHED = 0.5  # of a strand at once
WIRE = 0.3  # of healthy collagen that lies between hepatocytes; the rest is in walls of vessels, assumed


@dataclass(frozen=True)
class Strands:
    """Collagen on the borders between places, (m,), in percent of the area of the places that they part."""

    amount: Points

    def at_places(self, sheet: Sheet) -> Points:
        """Percent of the area of each place that is collagen, (n,): half of each of its strands."""
        return summed(sheet.edges.ravel(), np.repeat(self.amount / 2, 2), len(sheet))


def healthy(sheet: Sheet, wanted: float) -> Strands:
    """As much at every border as gives each place what is wanted."""
    return Strands(np.full(len(sheet.edges), wanted * len(sheet) / len(sheet.edges)))


def uphill(sheet: Sheet, height: Points) -> csr_array:
    """Where collagen is pushed to, (m, m): of each border's strand the shares that come to others, at most 1 in all.

    A strand before a place is pushed past it, to the borders on its far side, if it goes up there; on a ridge it stays.

    Parameters
    ----------
    height : (n,) of places
    """
    n, m = len(sheet), len(sheet.edges)
    a, b = sheet.edges.T
    up = height[b] >= height[a]
    lower, upper = np.where(up, a, b), np.where(up, b, a)
    ends, of_end = sheet.edges.ravel(), np.repeat(np.arange(m), 2)
    other = sheet.edges[:, ::-1].ravel()
    by_place = np.argsort(ends, kind="stable")
    start = np.r_[0, np.cumsum(np.bincount(ends, minlength=n))]
    number = (start[1:] - start[:-1])[upper]
    strand = np.repeat(np.arange(m), number)
    slot = by_place[np.repeat(start[upper], number) + _count(number)]
    beyond, onto = other[slot], of_end[slot]
    rise = np.maximum(height[beyond] - height[upper[strand]], 0.0)
    cosine = _cosine(sheet, lower[strand], upper[strand], beyond)
    weight = rise * np.maximum(cosine, 0.0) ** 2
    steep = np.median(np.abs(height[a] - height[b]))
    all_weight = np.bincount(strand, weight, m)
    share = np.minimum(all_weight / steep, 1.0) / np.maximum(all_weight, 1e-12)
    keep = weight > 0
    return csr_array(((weight * share[strand])[keep], (strand[keep], onto[keep])), shape=(m, m))


def _count(number: Indices) -> Indices:
    """0, 1, ... number[0] - 1, 0, 1, ... of each."""
    return np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)


def _cosine(sheet: Sheet, one: Indices, middle: Indices, other: Indices) -> Points:
    """How straight the way from one place over a middle one to another is."""
    first, second = (short(sheet.places[q] - sheet.places[p], sheet.size) for p, q in ((one, middle), (middle, other)))
    long = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1) / np.maximum(long, 1e-12)


def remodelled(
    before: Strands, sheet: Sheet, parts: Patches, made: Points, wanted: float, active: Points,
    toward: csr_array, pushed: Points,
) -> Strands:  # fmt: skip
    """Strands after collagen was made, pushed and removed.

    Parameters
    ----------
    made : (p,) percent of each patch that is new
    wanted : percent of the whole sheet there is afterwards
    active : (n,) activated stellate cells at each place
    toward : of `uphill`
    pushed : (n,) how often what lies at a place is pushed on; at most half of it at once
    """
    a, b = sheet.edges.T
    patch = parts.of_place[a]
    number = np.bincount(parts.of_place, minlength=len(parts))
    draw = BACKGROUND + active[a] + active[b]
    new = (made * number / np.maximum(np.bincount(patch, draw, len(parts)), 1e-12))[patch] * draw
    amount, often = before.amount, (pushed[a] + pushed[b]) / 2
    times = max(1, int(np.ceil(often.max() / MOST_PUSHED)))
    for _ in range(times):
        amount = _pushed(amount + new / times, toward, often / times)
    return Strands(amount * wanted * len(sheet) / amount.sum())


def _pushed(amount: Points, toward: csr_array, share: Points) -> Points:
    moving = amount * np.maximum(share, 0.0)
    leaving = moving * np.asarray(toward.sum(axis=1)).ravel()
    return amount - leaving + toward.T @ moving
