"""Single cells, drawn so that each patch has as many of each kind as its lane of the model.

A hepatocyte keeps its place; which of a patch's hepatocytes are struck is decided once for all by a random field that
neighbours share, so that cells die in groups and a cell that is lost stays lost until the patch has room filled again.
Other cells sit on places and crawl from one to a neighbour at rates, toward danger if they hunt: their speed and not
the length of a window says how far they come. They come and go so that the numbers agree. All draws are counted:
the same seed gives the same cells, whatever was saved and resumed between.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.keeping import compiled_by_numba
from lobule.tissue.balance import Links
from lobule.tissue.fields import Field
from lobule.tissue.geometry import Indices, Points, Sheet
from lobule.tissue.patches import Patches

ALIVE, STRESSED, SENESCENT, WOUNDED, DYING, NECROTIC, GAP = range(7)
HEPATOCYTES = ("alive", "stressed", "senescent", "wounded", "apoptotic", "necrotic", "gap")
OTHERS = ("kupffer", "monocyte", "inflammatory", "restorative", "quiescent_stellate", "activated_stellate")
# of kinds whose patches keep them (places.csv has the others): um/d^0.5, and the pull of danger; assumed
CRAWL = {"kupffer": 5.0}
HUNT = {"activated_stellate": 0.5}
MOST_JUMPS = 2000  # of a cell in a window: one that jumped so often has forgotten where it was
GROUPED = 1.2  # cells over which neighbours share their fate, assumed


def draws(seed: int, step: int, purpose: int) -> np.random.Generator:
    """Random numbers of one purpose in one step."""
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, purpose, step]))


def fates(sheet: Sheet, spacing: float, seed: int, ring: Indices) -> Points:
    """For each place the share of its ring's hepatocytes that are lost before it is, (n,), uniform from 0 to 1.

    Parameters
    ----------
    ring : (n,) how far downstream a place is, in steps: of each step the same share has the same fate, so that chance
        makes no zone
    """
    raw = draws(seed, 0, 1).standard_normal(len(sheet))
    shared = Field(sheet, (GROUPED * spacing) ** 2, 1.0).steady(raw * sheet.areas)
    mixed = shared / shared.std() + 0.5 * draws(seed, 0, 2).standard_normal(len(sheet))
    order = np.lexsort((mixed, ring))
    number = np.bincount(ring)
    rank = np.arange(len(sheet)) - np.repeat(np.cumsum(number) - number, number)
    found = np.empty(len(sheet))
    found[order] = (rank + 0.5) / np.repeat(number, number)
    return found


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


@dataclass(frozen=True)
class Ways:
    """How cells get from a place to its neighbours: the jumps of diffusion on the finite volumes of the sheet.

    Engblom, Ferm, Hellander and Loetstedt 2009 (SIAM J Sci Comput 31:1774): jumps at the rates of the finite volumes
    have the mean of the diffusion, however the places lie.

    Attributes
    ----------
    start, other : of place i the neighbours `other[start[i]:start[i + 1]]`
    rate : jumps a day to each of those of a cell whose diffusion is 1 um2/d
    """

    start: Indices
    other: Indices
    rate: Points

    @classmethod
    def of(cls, sheet: Sheet) -> Ways:
        """Of a sheet."""
        links = Links(sheet.edges, len(sheet))
        passes = (sheet.faces / sheet.lengths)[links.link]
        return cls(links.start, links.other, passes / np.repeat(sheet.areas, np.diff(links.start)))


def _jump(place, start, other, rate, danger, half_pull, days, luck, most, found):  # type: ignore[no-untyped-def]
    """Each cell waits and jumps until the window is over, at most so many times."""
    for k in range(place.size):
        here, left, count = place[k], days, luck[k]
        for _ in range(most):
            total = 0.0
            for slot in range(start[here], start[here + 1]):
                drawn = half_pull * (danger[other[slot]] - danger[here])
                total += rate[slot] * np.exp(min(max(drawn, -5.0), 5.0))
            count += np.uint64(0x9E3779B97F4A7C15)  # SplitMix64
            mixed = (count ^ (count >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            mixed ^= mixed >> np.uint64(31)
            left += np.log(((mixed >> np.uint64(32)) + 0.5) * 2.0**-32) / total
            if not left > 0.0:
                break
            through = (mixed & np.uint64(0xFFFFFFFF)) * 2.0**-32 * total
            for slot in range(start[here], start[here + 1]):
                drawn = half_pull * (danger[other[slot]] - danger[here])
                through -= rate[slot] * np.exp(min(max(drawn, -5.0), 5.0))
                if through < 0.0:
                    here = other[slot]
                    break
        found[k] = here


@functools.cache
def _compiled() -> Callable[..., Any]:
    return compiled_by_numba(_jump)


def _luck(number: Indices, random: np.random.Generator) -> NDArray[np.uint64]:
    """Where the counted draws of each cell begin, (k,): each cell's luck is its own.

    SplitMix64 (Steele, Lea and Flood 2014, doi 10.1145/2660193.2660195).
    """
    count = random.integers(2**64, dtype=np.uint64) + number.astype(np.uint64) * np.uint64(0xD1342543DE82EF95)
    count = (count ^ (count >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    return count ^ (count >> np.uint64(33))


def crawled(
    cells: Crawlers, ways: Ways, danger: Points, pull: float, diffusion: float, days: float,
    random: np.random.Generator,
) -> Crawlers:  # fmt: skip
    """The cells after some days: how many jumps each made follows from its speed and the time alone.

    Left to themselves they would gather in proportion to exp(pull danger), as those of a patch do (`exchange`).

    Parameters
    ----------
    danger : (n,) of places, in logarithms of the danger signal
    diffusion : um2/d; in a plane the mean squared way is 4 diffusion days
    """
    if diffusion <= 0 or not len(cells.place):
        return cells
    found = np.empty_like(cells.place)
    _compiled()(
        cells.place, ways.start, ways.other, diffusion * ways.rate, danger, pull / 2, days,
        _luck(cells.number, random), MOST_JUMPS, found,
    )  # fmt: skip
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
    order, end = parts.gathered
    passed = np.cumsum(expected[order] + 1e-12)
    upper = passed[end - 1]
    lower = np.r_[0.0, upper[:-1]]
    of_new = np.repeat(np.arange(len(parts)), missing)
    at = lower[of_new] + random.random(len(of_new)) * (upper - lower)[of_new]
    return order[np.minimum(np.searchsorted(passed, at), len(order) - 1)].astype(np.int64)
