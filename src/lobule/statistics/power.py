"""Power of Welch's t-test of two groups, and how many are needed (J. Cohen, Statistical Power Analysis, 1988)."""

from __future__ import annotations

import math

MOST = 1000  # of a group; more are not looked for


def power(difference: float, first_sd: float, second_sd: float, n: int, alpha: float = 0.05) -> float:
    """Chance that two groups of n tell a difference of means at two-sided alpha.

    The square of t has a noncentral F distribution. NaN where nothing varies.

    >>> round(power(1.0, 1.0, 1.0, 17), 3)
    0.807
    """
    from scipy.stats import ncf, t

    variance = (first_sd**2 + second_sd**2) / n
    if n < 2 or not variance > 0:
        return math.nan
    if difference == 0:  # the distribution of scipy needs a difference
        return alpha
    df = variance**2 / ((first_sd**2 / n) ** 2 + (second_sd**2 / n) ** 2) * (n - 1)
    return float(ncf.sf(t.ppf(1 - alpha / 2, df) ** 2, 1, df, difference**2 / variance))


def animals_needed(
    difference: float, first_sd: float, second_sd: float, wanted: float = 0.8, alpha: float = 0.05
) -> int | None:
    """Smallest group with that power; None where more than `MOST` would be needed.

    >>> animals_needed(1.0, 1.0, 1.0), animals_needed(0.001, 1.0, 1.0)
    (17, None)
    """
    low, high = 2, MOST
    if not power(difference, first_sd, second_sd, high, alpha) >= wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        enough = power(difference, first_sd, second_sd, middle, alpha) >= wanted
        low, high = (low, middle) if enough else (middle + 1, high)
    return low
