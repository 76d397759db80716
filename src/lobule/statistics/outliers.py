"""Outliers of a normal sample: the generalized extreme studentized deviate.

B. Rosner, Technometrics 1983; 25:165: up to a number of outliers are looked for at once, so that one does not hide
another. Named in USP <1010>. An outlier is shown; whether it is taken out is for people who know why it is one.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

ALPHA = 0.05
FEWEST = 5  # values


class Deviate(NamedTuple):
    """place : among the values; deviate : R; critical : lambda, which R has to exceed"""

    place: int
    deviate: float
    critical: float


def extreme_deviates(values: ArrayLike, most: int, alpha: float = ALPHA) -> list[Deviate]:
    """The values that lie farthest out, one after another, each with its critical value; at most `most` of them.

    >>> [round(one.deviate, 3) for one in extreme_deviates([1, 2, 3, 2, 1, 2, 9.0], 1)]
    [2.198]
    """
    given = np.asarray(values, float)
    left = list(range(len(given)))
    found: list[Deviate] = []
    for _ in range(min(most, len(given) - 3)):
        own = given[left]
        spread = float(own.std(ddof=1))
        if spread == 0:
            break
        n = len(left)
        far = int(np.argmax(np.abs(own - own.mean())))
        deviate = float(abs(own[far] - own.mean()) / spread)
        found.append(Deviate(left[far], deviate, critical(n, n - 1, alpha) * math.sqrt((n - 1) / n)))
        del left[far]
    return found


def critical(n: int, df: int, alpha: float = ALPHA) -> float:
    """Of the largest of n residuals over their own spread, which has df degrees of freedom (R. E. Lund, Technometrics
    1975; 17:473)."""
    from scipy import stats

    t = float(stats.t.ppf(1 - alpha / (2 * n), df - 1))
    return math.sqrt(df * t**2 / (df - 1 + t**2))


def outliers(values: ArrayLike, most: int | None = None, alpha: float = ALPHA) -> list[int]:
    """Places of the outliers, the farthest first; a tenth of the values at most when `most` is None."""
    given = np.asarray(values, float)
    if len(given) < FEWEST:
        return []
    return _beyond(extreme_deviates(given, max(1, len(given) // 10) if most is None else most, alpha))


def outliers_of_groups(values: ArrayLike, group: ArrayLike, alpha: float = ALPHA) -> list[int]:
    """Places of values that lie far from the others of their group, the farthest first, a tenth of all at most.

    Groups have one spread in common. Means and spread are computed anew once the farthest value is set aside, so that
    it does not move the others of its group.
    """
    y, who = np.asarray(values, float), np.asarray(group)
    left = np.ones(len(y), bool)
    found: list[Deviate] = []
    for _ in range(max(1, len(y) // 10)):
        names, member = np.unique(who[left], return_inverse=True)
        size = np.bincount(member)
        df = int(left.sum()) - len(names)
        if df < FEWEST:
            break
        rest = y[left] - (np.bincount(member, y[left]) / size)[member]
        spread = math.sqrt(float((rest**2).sum()) / df)
        if spread == 0:
            break
        share = np.where(size[member] > 1, 1 - 1 / size[member], 1.0)
        deviates = np.abs(rest) / np.sqrt(share) / spread
        far = int(np.argmax(deviates))
        place = int(np.flatnonzero(left)[far])
        found.append(Deviate(place, float(deviates[far]), critical(int(left.sum()), df, alpha)))
        left[place] = False
    return _beyond(found)


def _beyond(found: list[Deviate]) -> list[int]:
    """All up to the last that exceeds its critical value."""
    last = max((k for k, one in enumerate(found) if one.deviate > one.critical), default=-1)
    return [one.place for one in found[: last + 1]]
