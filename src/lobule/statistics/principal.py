"""Bounds of an effect on those who would survive either way, from survivors alone, where survival is monotone.

Nobody is observed in both arms, so that the stratum of those who would survive in either is not known by person. Where
the arm with better survival harms the survival of nobody, all survivors of the other arm are of the stratum, and so is
a known share of its own: the bounds take for it the lowest, and the highest, of its values (J. L. Zhang and D. B.
Rubin, J. Educ. Behav. Stat. 28 (2003) 353; D. S. Lee, Rev. Econ. Stud. 76 (2009) 1071).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule.errors import NoFit

Values = NDArray[np.float64]


class Bounds(NamedTuple):
    """Lowest and highest difference of means that the data allow, without their sampling error; share of the survivors
    of the arm that survives better who are of the stratum."""

    low: float
    high: float
    kept: float


def trimming_bounds(treated: ArrayLike, reference: ArrayLike, survive: float, survive_reference: float) -> Bounds:
    """Bounds of the mean of treated less reference among those who would survive in either.

    kept = min(S, S') / max(S, S'); of the arm with better survival the lowest, or highest, kept share is taken

    Parameters
    ----------
    treated, reference : values of survivors, (n,) each
    survive, survive_reference : shares that survive in the arms

    Raises
    ------
    NoFit : an arm without survivors.

    >>> trimming_bounds([1.0, 2.0, 3.0, 7.0], [1.0, 3.0], 1.0, 0.75)
    Bounds(low=0.0, high=2.0, kept=0.75)
    """
    one, other = np.asarray(treated, float), np.asarray(reference, float)
    if not (one.size and other.size and survive > 0 and survive_reference > 0):
        raise NoFit("an arm has no survivors")
    kept = min(survive, survive_reference) / max(survive, survive_reference)
    if survive >= survive_reference:
        lowest, highest = _tails(one, kept)
        return Bounds(lowest - float(other.mean()), highest - float(other.mean()), kept)
    lowest, highest = _tails(other, kept)
    return Bounds(float(one.mean()) - highest, float(one.mean()) - lowest, kept)


def _tails(values: Values, kept: float) -> tuple[float, float]:
    """Mean of the lowest and of the highest share of some values; one that lies on its edge counts in part."""
    weights = np.clip(kept * values.size - np.arange(values.size), 0.0, 1.0)
    rising = np.sort(values)
    return float(np.average(rising, weights=weights)), float(np.average(rising[::-1], weights=weights))
