"""What counts as a change: one meaning of "none" wherever a prediction is put beside a study.

A prediction has no noise of groups. It is called "none" when it moves an endpoint by less than 0.15 of the spread
between animals: as a share of the spread, so that the same change counts for every endpoint. (A fixed 5 % would be half
a spread of albumin and an eighth of one of ALT.)

A study that found nothing tells less: its groups could not show a change. Such a row is right when the prediction is
below what groups of that size detect.
"""

from __future__ import annotations

import math

from scipy.special import stdtrit  # of scipy.stats the same number, which takes a second to load

OPPOSITE = {"up": "down", "down": "up", "none": "none"}
SMALLEST_CHANGE = 0.15  # of the spread between animals; assumed


def direction(log_ratio: float, spread: float) -> str:
    """Word for a predicted change: down, up, none, or failed where there is no number.

    Parameters
    ----------
    log_ratio : logarithm of treated over untreated, infinite where one of them is 0
    spread : between the animals of a group, standard deviation over mean

    >>> direction(math.log(0.8), 0.4), direction(math.log(1.05), 0.4), direction(math.log(1.05), 0.1)
    ('down', 'none', 'up')
    """
    if math.isnan(log_ratio):
        return "failed"
    if abs(log_ratio) < SMALLEST_CHANGE * spread:
        return "none"
    return "up" if log_ratio > 0 else "down"


def logarithm(ratio: float) -> float:
    """Logarithm of treated over untreated, -inf for 0 and NaN where there is none.

    >>> logarithm(1.0), logarithm(0.0)
    (0.0, -inf)
    """
    if not ratio > 0:
        return -math.inf if ratio == 0 else math.nan
    return math.log(ratio)


def error_of_groups(spread: float, animals: int) -> float:
    """Standard error of the logarithm of a ratio of two groups of a size.

    >>> error_of_groups(0.4, 8)
    0.2
    """
    return spread * math.sqrt(2 / animals)


def detectable(spread: float, animals: int) -> float:
    """Smallest logarithm of a ratio that two groups of a size show (t-test, two-sided 5 %).

    >>> round(detectable(0.4, 8), 2)
    0.43
    """
    return float(stdtrit(2 * animals - 2, 0.975)) * error_of_groups(spread, animals)


def agrees(observed: str, log_ratio: float, spread: float, least: float) -> bool:
    """A prediction has the direction that a study observed.

    Parameters
    ----------
    observed : down, up or none
    log_ratio, spread : as for `direction`
    least : smallest change that the study could have shown, see `detectable`
    """
    if observed == "none":
        return abs(log_ratio) < least
    return direction(log_ratio, spread) == observed
