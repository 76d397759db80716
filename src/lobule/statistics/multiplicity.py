"""Several hypotheses at one familywise level: graphs that pass the level on, and procedures that are graphs.

F. Bretz, W. Maurer, W. Brannath and M. Posch, Stat. Med. 2009; 28:586; F. Bretz et al., Biom. J. 2011; 53:894 (weighted
Bonferroni tests). Holm's, the fixed sequence, the fallback and gatekeeping procedures are graphs or sequences of them
(A. Dmitrienko, W. W. Offen, P. H. Westfall, Stat. Med. 2003; 22:2387). statsmodels has Holm's, no graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
NOTHING = 1e-12  # a share of the level that is none


class Graph(NamedTuple):
    """weights (h,) : share of the level that each hypothesis begins with; passes (h, h) : share of its level that a row
    hands to a column once it is rejected"""

    weights: Values
    passes: Values


def adjusted(p: ArrayLike, graph: Graph) -> Values:
    """Adjusted p of each hypothesis, (h,): it is rejected at a level that is no smaller (algorithm 2 of Bretz 2009).

    >>> adjusted([0.01, 0.07, 0.02], holm(3)).round(3).tolist()
    [0.03, 0.07, 0.04]
    """
    values, weights, passes = np.asarray(p, float), graph.weights.copy(), graph.passes.copy()
    open_, found, largest = np.ones(len(values), bool), np.ones(len(values)), 0.0
    while open_.any():
        ratio = np.full(len(values), np.inf)
        able = open_ & (weights > NOTHING)
        ratio[able] = values[able] / weights[able]
        j = int(np.argmin(ratio))
        if not np.isfinite(ratio[j]):
            break  # what is left never gets a share of the level
        largest = max(largest, ratio[j])
        found[j], open_[j] = min(largest, 1.0), False
        weights = np.where(open_, weights + weights[j] * passes[j], 0.0)
        loops = passes[:, j] * passes[j, :]
        rest = 1 - loops[:, None]
        through = passes + passes[:, [j]] * passes[[j], :]
        passes = np.where(open_[:, None] & open_[None, :] & (rest > NOTHING), through / np.maximum(rest, NOTHING), 0.0)
        np.fill_diagonal(passes, 0.0)
    return found


def bonferroni(h: int) -> Graph:
    """Equal shares, none passed on."""
    return Graph(np.full(h, 1 / h), np.zeros((h, h)))


def holm(h: int) -> Graph:
    """Equal shares, passed on in equal parts."""
    return Graph(np.full(h, 1 / h), (np.ones((h, h)) - np.eye(h)) / max(h - 1, 1))


def fixed_sequence(h: int) -> Graph:
    """All to the first, then to the next."""
    return Graph(np.eye(h)[0], np.eye(h, k=1))


def fallback(h: int) -> Graph:
    """Equal shares; what is rejected hands its own to the next."""
    return Graph(np.full(h, 1 / h), np.eye(h, k=1))


def parallel_gatekeeping(sizes: Sequence[int]) -> Graph:
    """Families of that many: each hypothesis rejected hands its share to the next family; Holm's in the last."""
    h, ends = sum(sizes), np.cumsum(sizes)
    passes = np.zeros((h, h))
    for k, end in enumerate(ends[:-1]):
        passes[end - sizes[k] : end, end : ends[k + 1]] = 1 / sizes[k + 1]
    if sizes[-1] > 1:
        passes[h - sizes[-1] :, h - sizes[-1] :] = holm(sizes[-1]).passes
    weights = np.zeros(h)
    weights[: sizes[0]] = 1 / sizes[0]
    return Graph(weights, passes)


def serial_gatekeeping(p: ArrayLike, sizes: Sequence[int]) -> Values:
    """Adjusted p of families of that many: Holm's within each, once all of the families before are rejected."""
    values, gate, found = np.asarray(p, float), 0.0, []
    for start, size in zip(np.cumsum([0, *sizes[:-1]]), sizes, strict=True):
        mine = np.maximum(adjusted(values[start : start + size], holm(size)), gate)
        gate = float(mine.max())
        found.append(mine)
    return np.concatenate(found)
