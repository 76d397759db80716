"""Single cells, drawn so that each patch has as many of each kind as its lane of the model.

A hepatocyte keeps its place; which of a patch's hepatocytes are struck is decided once for all by a random field that
neighbours share, so that cells die in groups and a cell that is lost stays lost until the patch has room filled again.
Other cells sit on places and crawl from one to a neighbour, toward danger if they hunt; they come and go so that the
numbers agree. All draws are counted: the same seed gives the same cells, whatever was saved and resumed between.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lobule.keeping import compiled_by_numba
from lobule.tissue.fields import Field
from lobule.tissue.geometry import Indices, Points, Sheet
from lobule.tissue.patches import Patches

ALIVE, STRESSED, SENESCENT, WOUNDED, DYING, NECROTIC, GAP = range(7)
HEPATOCYTES = ("alive", "stressed", "senescent", "wounded", "apoptotic", "necrotic", "gap")
OTHERS = ("kupffer", "monocyte", "inflammatory", "restorative", "quiescent_stellate", "activated_stellate")
# of kinds whose patches keep them (places.csv has the others): um in a day, and the pull of danger; assumed
CRAWL = {"kupffer": 5.0}
HUNT = {"activated_stellate": 0.5}
GROUPED = 1.2  # cells over which neighbours share their fate, assumed


def draws(seed: int, step: int, purpose: int) -> np.random.Generator:
    """Random numbers of one purpose in one step."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, purpose, step]))


def fates(sheet: Sheet, spacing: float, seed: int) -> Points:
    """For each place the share of a patch's hepatocytes that are lost before it is, (n,), uniform from 0 to 1."""
    raw = draws(seed, 0, 1).standard_normal(len(sheet))
    shared = Field(sheet, (GROUPED * spacing) ** 2, 1.0).steady(raw * sheet.areas)
    mixed = shared / shared.std() + 0.5 * draws(seed, 0, 2).standard_normal(len(sheet))
    return ndtr(mixed / mixed.std())


def hepatocytes(shares: dict[int, Points], fate: Points) -> NDArray[np.int8]:
    """What the hepatocyte of each place is, (n,).

    Parameters
    ----------
    shares : {state: (n,) share of the hepatocytes that a healthy liver has there}; of GAP, what is not filled
    """
    living = sum(shares[state] for state in (ALIVE, STRESSED, SENESCENT, WOUNDED))
    order = (GAP, NECROTIC, DYING, WOUNDED, SENESCENT, STRESSED)  # the worst off first
    missing = np.maximum(1 - living - shares[NECROTIC] - shares[DYING], 0.0)
    parts = {**shares, GAP: np.minimum(shares[GAP], missing)}  # a liver that has lost cells for good has shrunk
    found = np.full(len(fate), ALIVE, dtype=np.int8)
    reached = np.zeros(len(fate))
    for state in order:
        here = (fate >= reached) & (fate < reached + parts[state])
        found[here] = state
        reached = reached + parts[state]
    return found


@dataclass
class Crawlers:
    """Cells of one kind that sit on places: place (k,), and a number of each for good (k,)."""

    place: Indices
    number: Indices
    next_number: int = 0

    @classmethod
    def none(cls) -> Crawlers:
        """No cell."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.int64))


def _hops(place, start, neighbour, danger, pull, hops, luck, found):  # type: ignore[no-untyped-def]
    """Each cell goes `hops` times to a neighbour, or stays; where danger is higher it goes sooner."""
    for k in range(place.size):
        here = place[k]
        for hop in range(hops):
            total = 1.0
            for edge in range(start[here], start[here + 1]):
                total += np.exp(min(pull * (danger[neighbour[edge]] - danger[here]), 5.0))
            left = luck[k, hop] * total - 1.0
            if left < 0:
                continue
            for edge in range(start[here], start[here + 1]):
                left -= np.exp(min(pull * (danger[neighbour[edge]] - danger[here]), 5.0))
                if left < 0:
                    here = neighbour[edge]
                    break
        found[k] = here


@functools.cache
def _compiled() -> Callable[..., Any]:
    return compiled_by_numba(_hops)


def neighbours(sheet: Sheet) -> tuple[Indices, Indices]:
    """Of each place: (start, neighbour)."""
    a, b = sheet.edges.T
    one, other = np.r_[a, b], np.r_[b, a]
    by_one = np.argsort(one, kind="stable")
    return np.r_[0, np.cumsum(np.bincount(one, minlength=len(sheet)))].astype(np.int64), other[by_one].astype(np.int64)


def crawled(
    cells: Crawlers,
    around: tuple[Indices, Indices],
    danger: Points,
    pull: float,
    hops: int,
    random: np.random.Generator,
) -> Crawlers:
    """The cells after some hops."""
    if not hops or not len(cells.place):
        return cells
    found = np.empty_like(cells.place)
    _compiled()(cells.place, *around, danger, pull, hops, random.random((len(cells.place), hops)), found)
    return Crawlers(found, cells.number, cells.next_number)


def matched(cells: Crawlers, expected: Points, parts: Patches, random: np.random.Generator) -> Crawlers:
    """As many cells in each patch as expected there: some go, some come.

    Parameters
    ----------
    expected : (n,) number at each place
    """
    wanted = np.bincount(parts.of_place, expected, len(parts))
    whole = np.floor(np.cumsum(wanted) + 0.5).astype(np.int64)  # parts of a cell of neighbouring patches add up
    target = np.diff(whole, prepend=0)
    luck = random.random(len(cells.place))
    patch = parts.of_place[cells.place]
    order = np.lexsort((luck, patch))
    first = np.searchsorted(patch[order], np.arange(len(parts)))
    rank = np.arange(len(order)) - first[patch[order]]
    stay = np.sort(order[rank < target[patch[order]]])
    missing = np.maximum(target - np.bincount(patch, minlength=len(parts)), 0)
    new = _drawn(expected, parts, missing, random)
    numbers = cells.next_number + np.arange(len(new))
    return Crawlers(
        np.r_[cells.place[stay], new], np.r_[cells.number[stay], numbers], cells.next_number + len(new)
    )  # fmt: skip


def _drawn(expected: Points, parts: Patches, missing: Indices, random: np.random.Generator) -> Indices:
    """Places for so many new cells of each patch, more likely where more are expected."""
    order = np.argsort(parts.of_place, kind="stable")
    passed = np.cumsum(expected[order] + 1e-12)
    end = np.searchsorted(parts.of_place[order], np.arange(1, len(parts) + 1)) - 1
    upper = passed[end]
    lower = np.r_[0.0, upper[:-1]]
    of_new = np.repeat(np.arange(len(parts)), missing)
    at = lower[of_new] + random.random(len(of_new)) * (upper - lower)[of_new]
    return order[np.minimum(np.searchsorted(passed, at), len(order) - 1)].astype(np.int64)
