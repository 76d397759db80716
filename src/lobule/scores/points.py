"""Points by class of a value, and criteria that are met or not. A missing value leaves them open (NaN)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.scores.inputs import Numbers


def points(value: Numbers, *, below: Sequence[float] = (), upto: Sequence[float] = ()) -> Numbers:
    """1 plus the number of edges that a value has passed.

    below : edges that are passed at equality (2 belongs to the class above an edge of 2)
    upto : edges that are passed only above them

    >>> points(np.array([1.9, 2.0, 3.0, 3.1]), below=[2.0], upto=[3.0]).tolist()
    [1.0, 2.0, 2.0, 3.0]
    """
    passed = sum((value >= edge).astype(float) for edge in below) + sum((value > edge).astype(float) for edge in upto)
    return np.where(np.isnan(value), np.nan, 1.0 + passed)


def classes(points: Numbers, *names: str) -> NDArray[np.str_]:
    """The name of each class (the first for 1 point); "" for a missing value.

    >>> classes(np.array([1.0, 3.0, np.nan]), "A", "B", "C").tolist()
    ['A', 'C', '']
    """
    return np.asarray(("", *names))[np.nan_to_num(points, nan=0.0).astype(int)]


def criterion(value: Numbers, met: NDArray[np.bool_]) -> Numbers:
    """Whether a value meets a criterion: 1 or 0, NaN where the value is missing."""
    return np.where(np.isnan(value), np.nan, met.astype(float))


def judge(*criteria: Numbers, enough: int) -> NDArray[Any]:
    """Whether at least `enough` of the criteria (1 met, 0 not, NaN open) are met, whatever the open ones are.

    Returns
    -------
    Truth values; where any entry is left open, numbers instead: 1 met, 0 not met, NaN open.

    >>> judge(np.array([1.0, 1.0, 0.0]), np.array([0.0, np.nan, np.nan]), enough=1).tolist()
    [1.0, 1.0, nan]
    """
    together = np.stack(np.broadcast_arrays(*criteria))
    met, unknown = (together == 1).sum(axis=0), np.isnan(together).sum(axis=0)
    answer = np.where(met >= enough, 1.0, np.where(met + unknown < enough, 0.0, np.nan))
    return answer if np.isnan(answer).any() else answer == 1
