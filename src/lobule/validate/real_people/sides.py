"""Who trains the rivals and who is scored: a column `use` says test or train; otherwise folds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.errors import InputError

TRAIN, TEST = "train", "test"
FOLDS, SEED = 5, 1


class Fold(NamedTuple):
    """Rows of those who train the rivals, and of those whom the rivals then forecast."""

    train: NDArray[np.intp]
    scored: NDArray[np.intp]


class Sides(NamedTuple):
    """scored : (n,) rows of everybody who is scored, in order; folds, which together forecast each of them once; how,
    in words; aside : they were set aside, so that the look at them is logged"""

    scored: NDArray[np.intp]
    folds: tuple[Fold, ...]
    how: str
    aside: bool


def sides(use: pd.Series | None, event: NDArray[np.bool_], on: str) -> Sides:
    """The sides of a table.

    Parameters
    ----------
    use : (n,) "train" or "test"; None where the table does not say
    event : (n,) which folds have alike
    on : "test" or "train": who is scored where the table says

    Raises
    ------
    InputError : nobody of that side is in the table.
    """
    everybody = np.arange(len(event))
    if use is None:
        return Sides(everybody, folds(everybody, event), f"the same people, in {FOLDS} folds", False)
    train, test = (everybody[(use == side).to_numpy()] for side in (TRAIN, TEST))
    if on == TRAIN:
        if not train.size:
            raise InputError("nobody of the table may train: score the test people, or leave the table out", ["on"])
        return Sides(train, folds(train, event), f"the other train people, in {FOLDS} folds", False)
    if not test.size:
        return Sides(train, folds(train, event), f"the same people, all train, in {FOLDS} folds", False)
    if not train.size:
        return Sides(test, folds(test, event), f"the same people, all test, in {FOLDS} folds", True)
    return Sides(test, (Fold(train, test),), "the train people", True)


def folds(rows: NDArray[np.intp], event: NDArray[np.bool_]) -> tuple[Fold, ...]:
    """Folds of these rows by chance, with as many events in each as can be."""
    source = np.random.default_rng(SEED)
    place = np.empty(len(rows), int)
    shift = 0
    for kind in (True, False):
        mine = np.flatnonzero(event[rows] == kind)
        place[source.permutation(mine)] = (np.arange(len(mine)) + shift) % FOLDS
        shift += len(mine)
    parts = range(min(FOLDS, len(rows)))
    return tuple(Fold(rows[place != k], rows[place == k]) for k in parts)
