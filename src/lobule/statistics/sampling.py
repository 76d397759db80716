"""Acceptance sampling: single plans by attributes and by variables, and their operating characteristic.

A plan passes a good lot (with `acceptable` share of defects) but for the producer's risk, and a bad one (with
`rejectable`) no more often than the consumer's risk. By attributes exactly, binomial or of a finite lot hypergeometric
(what ISO 2859-1 tabulates); by variables with an unknown standard deviation and one limit, by the non-central t
distribution (what ISO 3951-1 tabulates as the k method).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.errors import InputError

PRODUCER, CONSUMER = 0.05, 0.10
LARGEST = 5000  # units of a sample


@dataclass(frozen=True)
class Plan:
    """n : units to test; by attributes c : defects that are still accepted (k NaN); by variables k : standard
    deviations that the mean has to lie inside the limit (c -1); lot : its size, 0 for a large one"""

    n: int
    c: int
    k: float
    lot: int

    def passing(self, share: ArrayLike) -> NDArray[np.float64]:
        """Probability that a lot with this share of defects passes.

        >>> Plan(52, 3, math.nan, 0).passing([0.01, 0.05, 0.10]).round(3).tolist()
        [0.998, 0.738, 0.223]
        """
        from scipy import stats

        p = np.asarray(share, float)
        if not math.isnan(self.k):
            return np.asarray(
                stats.nct.sf(self.k * math.sqrt(self.n), self.n - 1, -stats.norm.ppf(np.clip(p, 1e-12, 1 - 1e-12))
                             * math.sqrt(self.n)), float)  # fmt: skip
        if self.lot:
            return np.asarray(stats.hypergeom.cdf(self.c, self.lot, np.round(p * self.lot), self.n), float)
        return np.asarray(stats.binom.cdf(self.c, self.n, p), float)


def by_attributes(
    acceptable: float, rejectable: float, producer: float = PRODUCER, consumer: float = CONSUMER, lot: int = 0
) -> Plan:
    """The smallest single plan.

    Raises
    ------
    InputError : shares or risks that are none, a plan that would need more units than there are.
    """
    _check(acceptable, rejectable, producer, consumer)
    c, n, most = 0, 1, lot or LARGEST
    while n <= most:
        plan = Plan(n, c, math.nan, lot)
        good, bad = plan.passing([acceptable, rejectable])
        if bad > consumer:
            n += 1
        elif good < 1 - producer:
            c += 1
        else:
            return plan
    raise InputError(
        f"no plan of {most} units or fewer tells {acceptable:.2%} from {rejectable:.2%} with these risks"
        + ("; test every unit" if lot else "")
    )


def by_variables(acceptable: float, rejectable: float, producer: float = PRODUCER, consumer: float = CONSUMER) -> Plan:
    """The smallest plan of a normal attribute with one limit and an unknown standard deviation; raises InputError as
    `by_attributes`."""
    from scipy import stats

    _check(acceptable, rejectable, producer, consumer)
    good, bad = (-float(stats.norm.ppf(p)) for p in (acceptable, rejectable))
    for n in range(2, LARGEST + 1):
        root = math.sqrt(n)
        k = float(stats.nct.ppf(1 - consumer, n - 1, bad * root)) / root
        if stats.nct.sf(k * root, n - 1, good * root) >= 1 - producer:
            return Plan(n, -1, k, 0)
    raise InputError(
        f"no plan of {LARGEST} units or fewer tells {acceptable:.2%} from {rejectable:.2%} with these risks"
    )


def _check(acceptable: float, rejectable: float, producer: float, consumer: float) -> None:
    if not 0 < acceptable < rejectable < 1:
        raise InputError(
            "the share of defects of a good lot must be above 0 and below that of a bad one, which is below 1"
        )
    if not (0 < producer < 1 and 0 < consumer < 1 - producer):
        raise InputError("risks must lie between 0 and 1, and leave room for each other")
