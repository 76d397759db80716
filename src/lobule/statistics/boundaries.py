"""Boundaries of group-sequential trials.

O'Brien and Fleming, Biometrics 1979; 35:549; Pocock, Biometrika 1977; 64:191.

The chance of crossing follows from the joint normal distribution of the looks (Armitage, McPherson and Rowe, J. R.
Stat. Soc. A 1969; 132:235), integrated from look to look.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from lobule.errors import InputError

Values = NDArray[np.float64]
NODES = 201
SHAPES = {"pocock": 0.0, "obrien_fleming": -0.5}  # power of the information that the boundary of z follows


def crossing(bounds: ArrayLike, information: ArrayLike, drift: float = 0.0) -> Values:
    """Chance of crossing +-bound for the first time at each look, (n_looks,).

    Parameters
    ----------
    bounds : of |z| at each look
    information : share at each look, rising to 1
    drift : expected z at the end
    """
    t = np.asarray(information, float)
    x, w = np.polynomial.legendre.leggauss(NODES)
    found, before = [], 0.0
    place, density = np.zeros(1), np.ones(1)  # of the score (Brownian motion), times the weight of the node
    for bound, now in zip(np.asarray(bounds, float), t, strict=True):
        step, half = np.sqrt(now - before), bound * np.sqrt(now)
        mean = place + drift * (now - before)
        found.append(float(density @ (norm.sf((half - mean) / step) + norm.cdf((-half - mean) / step))))
        nodes = half * x
        density = (norm.pdf((nodes[:, None] - mean[None, :]) / step) / step) @ density * (half * w)
        place, before = nodes, now
    return np.array(found)


def rising(information: Sequence[float]) -> Values:
    """Shares of the information at the looks, (n_looks,); raises InputError where they do not rise to 1."""
    t = np.asarray(information, float)
    if t.size == 0 or t[0] <= 0 or (np.diff(t) <= 0).any() or abs(t[-1] - 1) > 1e-9:
        raise InputError(f"looks rise from above 0 to 1, not {list(information)}")
    return t


def bounds(kind: str, information: Sequence[float], alpha: float = 0.05) -> Values:
    """Boundaries of |z| at each look, (n_looks,), two-sided.

    Parameters
    ----------
    kind : obrien_fleming or pocock
    information : share of the information at each look, rising to 1
    alpha : two-sided chance of crossing when nothing works

    Raises
    ------
    InputError : an unknown kind, or shares that do not rise to 1.

    >>> bounds("pocock", [0.5, 1.0]).round(3).tolist()
    [2.178, 2.178]
    """
    if kind not in SHAPES:
        raise InputError(f'no boundary "{kind}"; there are {", ".join(SHAPES)}')
    t = rising(information)
    shape = t ** SHAPES[kind]
    constant = brentq(lambda c: crossing(c * shape, t).sum() - alpha, 0.5, 10.0, xtol=1e-10)
    return constant * shape
