"""A saturating curve of effect by dose: E(d) = top d^slope/(half^slope + d^slope).

A. V. Hill, J. Physiol. 40 (1910) iv. Least squares by `scipy.optimize.curve_fit`; half and slope are fitted as
logarithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
FEWEST = 4  # doses that three numbers are fitted to
STEEPEST, FLATTEST = 8.0, 0.25  # slopes that are looked at
BEYOND = 100.0  # a half dose is looked for so far beyond the doses


@dataclass(frozen=True)
class Saturation:
    """Attributes
    ----------
    top : the plateau, as the effects are told
    half : dose of half the plateau
    slope : how steep the curve is there
    misfit : largest distance of a point from the curve, as a share of the plateau
    largest : dose up to which the curve was seen
    """

    top: float
    half: float
    slope: float
    misfit: float
    largest: float

    def effect(self, doses: ArrayLike) -> Values:
        """At each dose; 0 at dose 0."""
        return _hill(np.asarray(doses, float), self.top, np.log(self.half), np.log(self.slope))

    def share(self, dose: float) -> float:
        """Of the plateau at a dose."""
        return float(self.effect([dose])[0] / self.top)

    def dose(self, share: float) -> float:
        """That gives a share of the plateau.

        >>> round(Saturation(0.4, 100.0, 1.0, 0.0, 1e4).dose(0.9), 6)
        900.0
        """
        return float(self.half * (share / (1 - share)) ** (1 / self.slope))


def saturation(doses: ArrayLike, effects: ArrayLike) -> Saturation | None:
    """Fit the curve; None where no effect is above 0, or where there are too few doses or no curve fits.

    Parameters
    ----------
    doses : (n,) above 0; effects : (n,), NaN are left out

    >>> doses = [1, 10, 100, 1000, 1e4]
    >>> found = saturation(doses, [0.4 * d / (100 + d) for d in doses])
    >>> round(found.top, 6), round(found.half, 3), round(found.slope, 6)
    (0.4, 100.0, 1.0)
    """
    from scipy.optimize import curve_fit

    x, y = np.asarray(doses, float), np.asarray(effects, float)
    x, y = x[np.isfinite(y)], y[np.isfinite(y)]
    if len(x) < FEWEST or not y.max() > 0:
        return None
    best = float(y.max())
    start = best, float(np.log(x[np.argmax(y >= best / 2)])), 0.0
    low = 0.5 * best, np.log(x.min() / BEYOND), np.log(FLATTEST)
    high = 4.0 * best, np.log(x.max() * BEYOND), np.log(STEEPEST)
    try:
        found, _ = curve_fit(_hill, x, y, start, bounds=(low, high))
    except RuntimeError:  # no optimum was found
        return None
    top, half, slope = float(found[0]), float(np.exp(found[1])), float(np.exp(found[2]))
    misfit = float(np.abs(_hill(x, *found) - y).max() / top)
    return Saturation(top, half, slope, misfit, float(x.max()))


def _hill(doses: Values, top: float, log_half: float, log_slope: float) -> Values:
    with np.errstate(divide="ignore", over="ignore"):
        return top / (1 + np.exp(-np.exp(log_slope) * (np.log(doses) - log_half)))
