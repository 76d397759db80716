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
    [2.221]
    """
    from scipy import stats

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
        t = float(stats.t.ppf(1 - alpha / (2 * n), n - 2))
        found.append(
            Deviate(left[far], float(abs(own[far] - own.mean()) / spread),
                    (n - 1) * t / math.sqrt((n - 2 + t**2) * n))
        )  # fmt: skip
        del left[far]
    return found


def outliers(values: ArrayLike, most: int | None = None, alpha: float = ALPHA) -> list[int]:
    """Places of the outliers, the farthest first; a tenth of the values at most when `most` is None."""
    given = np.asarray(values, float)
    if len(given) < FEWEST:
        return []
    found = extreme_deviates(given, max(1, len(given) // 10) if most is None else most, alpha)
    beyond = [k for k, one in enumerate(found) if one.deviate > one.critical]
    return [one.place for one in found[: beyond[-1] + 1]] if beyond else []
