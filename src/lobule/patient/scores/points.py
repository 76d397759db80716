"""Points by class of a value; used by scores that add points. A missing value gives NaN."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray


def points(value: ArrayLike, *, below: Sequence[float] = (), upto: Sequence[float] = ()) -> NDArray[np.float64]:
    """1 plus the number of edges that a value has passed.

    below : edges that are passed at equality (2 belongs to the class above an edge of 2)
    upto : edges that are passed only above them

    >>> points([1.9, 2.0, 3.0, 3.1], below=[2.0], upto=[3.0]).tolist()
    [1.0, 2.0, 2.0, 3.0]
    """
    x = np.asarray(value, float)
    passed = sum((x >= edge).astype(float) for edge in below) + sum((x > edge).astype(float) for edge in upto)
    return np.where(np.isnan(x), np.nan, 1.0 + passed)
