"""Win ratio of a ranked composite: every treated patient against every control, the gravest endpoint first.

S. J. Pocock, C. A. Ariti, T. J. Collier and D. Wang, Eur. Heart J. 2012; 33:176; variance of the two shares as
U-statistics: I. Bebu and J. M. Lachin, Biostatistics 2016; 17:178. No Python package has it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TimeLevel:
    """A level of the ranking: until a harmful event. time (n,): of the event or the end of observation; event (n,)"""

    time: Values
    event: NDArray[np.bool_]


@dataclass(frozen=True)
class ValueLevel:
    """A level of the ranking: a number, larger is better. value (n,), NaN where missing, which ties"""

    value: Values


Level = TimeLevel | ValueLevel


@dataclass(frozen=True)
class WinRatio:
    """ratio of wins to losses with its 95 % interval and p (two-sided, of the logarithm); shares of pairs won and lost;
    decided : pairs decided at each level"""

    ratio: float
    low: float
    high: float
    p: float
    wins: float
    losses: float
    decided: tuple[int, ...]

    @property
    def net_benefit(self) -> float:
        """Wins less losses, as a share of all pairs."""
        return self.wins - self.losses


def win_ratio(treated: Sequence[Level], control: Sequence[Level]) -> WinRatio:
    """Compare every pair.

    Parameters
    ----------
    treated, control : the levels of each group, the gravest first

    Returns
    -------
    WinRatio : NaN interval and p where one side never wins, or nobody does.
    """
    shape = tuple(_size(group[0]) for group in (treated, control))
    won, lost = np.zeros(shape, bool), np.zeros(shape, bool)
    decided = []
    for a, b in zip(treated, control, strict=True):
        still = ~(won | lost)
        better, worse = _compare(a, b)
        won |= still & better
        lost |= still & worse
        decided.append(int((still & (better | worse)).sum()))
    wins, losses = float(won.mean()), float(lost.mean())
    if wins == 0 or losses == 0:
        ratio = math.nan if wins == losses else math.inf if losses == 0 else 0.0
        return WinRatio(ratio, math.nan, math.nan, math.nan, wins, losses, tuple(decided))
    score = won / wins - lost / losses  # first order of the logarithm of the ratio
    variance = score.mean(axis=1).var(ddof=1) / shape[0] + score.mean(axis=0).var(ddof=1) / shape[1]
    se, middle = math.sqrt(variance), math.log(wins / losses)
    p = float(2 * norm.sf(abs(middle) / se)) if se > 0 else math.nan
    half = float(norm.ppf(0.975)) * se
    return WinRatio(wins / losses, math.exp(middle - half), math.exp(middle + half), p, wins, losses, tuple(decided))


def _size(level: Level) -> int:
    return len(level.time if isinstance(level, TimeLevel) else level.value)


def _compare(a: Level, b: Level) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where each of a is better or worse than each of b, within the time that both were followed."""
    if isinstance(a, TimeLevel) and isinstance(b, TimeLevel):
        mine, theirs = a.time[:, None], b.time[None, :]
        return b.event[None, :] & (theirs < mine), a.event[:, None] & (mine < theirs)
    assert isinstance(a, ValueLevel) and isinstance(b, ValueLevel)
    x, y = a.value[:, None], b.value[None, :]
    return x > y, x < y
