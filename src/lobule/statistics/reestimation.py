"""How many patients a trial goes on with after a look at it, so that its level holds.

Blinded: the variance over both arms together replaces the one that was planned with (M. Kieser and T. Friede, Stat.
Med. 2003; 22:3571). Unblinded: more patients where the conditional power is promising, at least 50 %, which does not
inflate the level of the usual test (Y. H. J. Chen, D. L. DeMets and K. K. G. Lan, Stat. Med. 2004; 23:1023; C. R. Mehta
and S. J. Pocock, Stat. Med. 2011; 30:3267).
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import norm

from lobule.statistics.spending import conditional_power


def patients_for(effect: float, sd: float, alpha: float, power: float, share: float = 0.5) -> int:
    """Patients of both arms that tell a difference of means, by the normal distribution.

    Parameters
    ----------
    alpha : two-sided; share : of the patients in one arm

    >>> patients_for(0.5, 1.0, 0.05, 0.9)
    169
    """
    z = float(norm.isf(alpha / 2) + norm.ppf(power))
    return math.ceil(z**2 * sd**2 / effect**2 / (share * (1 - share)))


def promising(
    z: float, seen: float, planned: int, largest: int, alpha: float, power: float, least: float = 0.5
) -> int:  # fmt: skip
    """Patients to go on with, given z of those seen.

    Where the conditional power of the planned size, by the trend, lies between `least` and `power`, as many as raise it
    to `power`, at most `largest`; else those planned.

    >>> promising(1.7, 100, 200, 400, 0.05, 0.9)
    316
    """
    last = float(norm.isf(alpha / 2))

    def chance(patients: float) -> float:
        return float(conditional_power(z, seen / patients, last))

    if not least <= chance(planned) < power:
        return planned
    if chance(largest) <= power:
        return largest
    return math.ceil(brentq(lambda n: chance(n) - power, planned, largest))
