"""Do two groups differ in an effect? The difference of two independent estimates against its error.

D. G. Altman and J. M. Bland, BMJ 2003; 326:219. Ratios are compared as logarithms.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from scipy.stats import norm

WIDTH = float(norm.ppf(0.975))


class Interaction(NamedTuple):
    """Difference of two effects, or ratio of two ratios: value, low, high (95 %), p (two-sided)."""

    value: float
    low: float
    high: float
    p: float


def interaction(
    first: tuple[float, float, float], second: tuple[float, float, float], *, ratio: bool = False
) -> Interaction:
    """Compare two estimates, each with its 95 % interval, of groups that share nobody.

    Parameters
    ----------
    first, second : estimate, low, high
    ratio : the estimates are ratios, whose logarithms are about normal

    Returns
    -------
    Interaction, of NaN where an estimate or an end of an interval is missing, infinite, or a ratio of 0

    >>> ratio, low, high, p = interaction((0.67, 0.46, 0.98), (0.88, 0.71, 1.08), ratio=True)
    >>> round(ratio, 2), round(p, 1)
    (0.76, 0.2)
    """
    values = (*first, *second)
    nothing = Interaction(*(math.nan,) * 4)
    if not all(map(math.isfinite, values)) or (ratio and min(values) <= 0):
        return nothing
    if ratio:
        first, second = (tuple(map(math.log, one)) for one in (first, second))  # type: ignore[assignment]  # three each
    gap = first[0] - second[0]
    se = math.hypot(first[2] - first[1], second[2] - second[1]) / (2 * WIDTH)
    if not se > 0:
        return nothing
    p = float(2 * norm.sf(abs(gap) / se))
    ends = (gap, gap - WIDTH * se, gap + WIDTH * se)
    value, low, high = map(math.exp, ends) if ratio else ends
    return Interaction(value, low, high, p)
