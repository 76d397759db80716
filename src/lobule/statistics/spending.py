"""Group-sequential boundaries by spending functions, with futility that need not be followed.

K. K. G. Lan and D. L. DeMets, Biometrika 1983; 70:659; I. K. Hwang, W. J. Shih and J. S. De Cani, Stat. Med. 1990;
9:1439; futility by spending beta, upper boundaries computed as if it were ignored: S. Pampallona, A. A. Tsiatis and K.
Kim, Drug Inf. J. 2001; 35:1113; conditional power: K. K. G. Lan, R. Simon and M. Halperin, Commun. Stat. C 1982; 1:207.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from lobule.errors import InputError
from lobule.statistics.boundaries import bounds, crossing, rising

Values = NDArray[np.float64]
SPENDING = ("lan_demets_obrien_fleming", "lan_demets_pocock", "hwang_shih_decani")
FEWER = 61  # nodes between two boundaries
FARTHEST = 9.0  # normal score, beyond which nothing is


class Futility(NamedTuple):
    """lower (n_looks,) boundary of z, at the last look the upper one; drift : expected z at the end at that power"""

    lower: Values
    drift: float


class Ends(NamedTuple):
    """Chance to end at each look, (n_looks,) each: above the upper boundary, below the lower one."""

    above: Values
    below: Values


def spent(kind: str, information: ArrayLike, error: float, gamma: float = -4.0) -> Values:
    """Error spent up to each share of the information, one-sided.

    Parameters
    ----------
    gamma : of hwang_shih_decani; -4 is near O'Brien and Fleming, 1 near Pocock

    >>> spent("lan_demets_pocock", [0.5, 1.0], 0.025).round(4).tolist()
    [0.0155, 0.025]
    """
    t = np.minimum(np.asarray(information, float), 1.0)
    if kind == "lan_demets_obrien_fleming":
        return np.asarray(2 * norm.sf(norm.isf(error / 2) / np.sqrt(t)), float)
    if kind == "lan_demets_pocock":
        return np.asarray(error * np.log1p((math.e - 1) * t), float)
    if kind == "hwang_shih_decani":
        return np.asarray(error * (t if gamma == 0 else np.expm1(-gamma * t) / np.expm1(-gamma)), float)
    raise InputError(f'no spending function "{kind}"; there are {", ".join(SPENDING)}')


def upper_bounds(kind: str, information: Sequence[float], alpha: float, gamma: float = -4.0) -> Values:
    """Boundaries of |z| at each look, (n_looks,), two-sided: half of alpha is spent on either side.

    Parameters
    ----------
    kind : obrien_fleming, pocock (constant shapes) or one of SPENDING

    Raises
    ------
    InputError : an unknown kind, shares that do not rise to 1.

    >>> upper_bounds("lan_demets_pocock", [0.2, 0.4, 0.6, 0.8, 1.0], 0.05).round(3).tolist()
    [2.438, 2.427, 2.41, 2.397, 2.386]
    """
    if kind not in SPENDING:
        return bounds(kind, information, alpha)
    t = rising(information)
    wanted = np.diff(spent(kind, t, alpha / 2, gamma), prepend=0.0)
    found: list[float] = []
    for k in range(len(t)):

        def missing(bound: float, k: int = k) -> float:
            return float(crossing([*found, bound], t[: k + 1])[k]) / 2 - wanted[k]

        found.append(float(brentq(missing, 0.0, FARTHEST, xtol=1e-10)) if missing(FARTHEST) < 0 else np.inf)
    return np.array(found)


def ends(upper: ArrayLike, lower: ArrayLike, information: ArrayLike, drift: float = 0.0) -> Ends:
    """Chance to end at each look, where z above `upper` or below `lower` ends a trial; drift : expected z at the end"""
    t = np.asarray(information, float)
    x, w = np.polynomial.legendre.leggauss(FEWER)
    above, below, before = [], [], 0.0
    place, density = np.zeros(1), np.ones(1)
    for high, low, now in zip(np.asarray(upper, float), np.asarray(lower, float), t, strict=True):
        step, root = np.sqrt(now - before), np.sqrt(now)
        mean = place + drift * (now - before)
        above.append(float(density @ norm.sf((high * root - mean) / step)))
        below.append(float(density @ norm.cdf((low * root - mean) / step)))
        far = FARTHEST * root
        a, b = np.clip([low * root, high * root], drift * now - far, drift * now + far)
        half, nodes = (b - a) / 2, (a + b) / 2 + (b - a) / 2 * x
        density = (norm.pdf((nodes[:, None] - mean[None, :]) / step) / step) @ density * (half * w)
        place, before = nodes, now
    return Ends(np.array(above), np.array(below))


def futility_by_spending(
    upper: ArrayLike, information: Sequence[float], beta: float, kind: str, gamma: float = -2.0
) -> Futility:
    """Lower boundaries that spend beta, the last one at the upper; the drift is what gives a power of 1 - beta.

    Raises
    ------
    InputError : an unknown spending function, shares that do not rise to 1.
    """
    t, high = rising(information), np.asarray(upper, float)
    wanted = np.diff(spent(kind, t, beta, gamma), prepend=0.0)

    def lower(drift: float) -> list[float]:
        found: list[float] = []
        for k in range(len(t) - 1):

            def missing(bound: float, k: int = k) -> float:
                return float(ends(high[: k + 1], [*found, bound], t[: k + 1], drift).below[k]) - wanted[k]

            if missing(high[k]) <= 0:
                return [*found, *high[k:]]
            found.append(float(brentq(missing, -FARTHEST, high[k], xtol=1e-7)))
        return [*found, float(high[-1])]

    def power(drift: float) -> float:
        return float(ends(high, lower(drift), t, drift).above.sum()) - (1 - beta)

    drift = float(brentq(power, 0.5, 12.0, xtol=1e-6))
    return Futility(np.array(lower(drift)), drift)


def conditional_power(z: ArrayLike, information: ArrayLike, last: float, drift: float | None = None) -> Values:
    """Chance to be above `last` at the end, given z at a share of the information.

    Parameters
    ----------
    drift : expected z at the end from then on; what was seen so far goes on when left out

    >>> conditional_power(1.5, 0.5, 1.96).round(4).tolist()
    0.5902
    """
    score, t = np.asarray(z, float), np.asarray(information, float)
    going = score / np.sqrt(t) if drift is None else drift
    return np.asarray(norm.sf((last - score * np.sqrt(t) - going * (1 - t)) / np.sqrt(1 - t)), float)


def futility_by_conditional_power(
    upper: ArrayLike, information: Sequence[float], least: float, drift: float | None = None
) -> Values:
    """z at each look at which the conditional power is `least`, (n_looks,), the last one at the upper boundary."""
    t, high = rising(information), np.asarray(upper, float)
    early = t[:-1]
    needed = high[-1] - norm.isf(least) * np.sqrt(1 - early)
    if drift is None:
        found = needed / (np.sqrt(early) + (1 - early) / np.sqrt(early))
    else:
        found = (needed - drift * (1 - early)) / np.sqrt(early)
    return np.append(np.minimum(found, high[:-1]), high[-1])
