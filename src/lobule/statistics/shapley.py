"""Shares of a whole among players, each by what it adds on average over all orders of arrival.

L. S. Shapley, Contributions to the Theory of Games 2 (1953) 307.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError


def shapley(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shapley values of a game.

    Parameters
    ----------
    values : (2**n, ...), the worth of every subset; bit i of the row's number says that player i takes part

    Returns
    -------
    (n, ...), adding up to values[-1] - values[0]

    Raises
    ------
    InputError : the number of rows is no power of 2.

    >>> shapley(np.array([0.0, 1.0, 2.0, 4.0])).tolist()
    [1.5, 2.5]
    """
    n = len(values).bit_length() - 1
    if len(values) != 2**n:
        raise InputError(f"a game has a worth for each of 2^n subsets, not {len(values)}")
    subsets = np.arange(2**n)
    sizes = np.array([int(s).bit_count() for s in subsets])
    weights = np.array([math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n) for k in range(n)])
    found = np.empty((n, *values.shape[1:]))
    for i in range(n):
        without = subsets[(subsets >> i) & 1 == 0]
        gains = values[without | (1 << i)] - values[without]
        found[i] = np.tensordot(weights[sizes[without]], gains, axes=1)
    return found
