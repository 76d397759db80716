"""Are two dose-response lines or curves alike in shape: by equivalence, as USP <1032> and <1034> ask.

A test of difference passes whatever is measured badly enough. Here the 90 % interval (two one-sided tests at 5 %) of
each number of the shape has to lie inside margins: of the ratio of slopes, of the distance between ends as a share of
the reference's range, of the bulge of a line as a share of its rise.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.statistics.curves import Curves, exponential
from lobule.statistics.interval import Interval

Values = NDArray[np.float64]
LEVEL = 0.90  # of the interval: two one-sided tests at 5 %
SLOPES, LOW_END, HIGH_END, BULGE = "slope ratio", "end at dose 0", "end at large doses", "curvature"


@dataclass(frozen=True)
class Margins:
    """slope_ratio : the lowest ratio of slopes, its inverse the highest; ends : largest distance of an end, as a share
    of the reference's range; curvature : largest bulge of the lines halfway, as a share of their rise"""

    slope_ratio: float = 0.8
    ends: float = 0.2
    curvature: float = 0.2

    def of(self, what: str) -> Interval:
        """Lowest and highest value of a number of the shape."""
        if what == SLOPES:
            return Interval(self.slope_ratio, 1 / self.slope_ratio)
        half = self.curvature if what == BULGE else self.ends
        return Interval(-half, half)


USUAL = Margins()


@dataclass(frozen=True)
class Shape:
    """One number of a shape beside the reference's: what, its value, and its 90 % interval (infinite where the wells do
    not tell it)."""

    what: str
    value: float
    low: float
    high: float

    def within(self, margins: Margins) -> bool:
        """The whole interval lies inside the margins."""
        low, high = margins.of(self.what)
        return bool(low <= self.low and self.high <= high)

    def to_dict(self, margins: Margins) -> dict[str, Any]:
        """Plain data, with the margins."""
        low, high = margins.of(self.what)
        return {"measure": self.what, "value": self.value, "low": self.low, "high": self.high, "margin_low": low,
                "margin_high": high, "within": self.within(margins)}  # fmt: skip


def similar(shapes: Iterable[Shape], margins: Margins) -> bool:
    """All numbers of a shape lie inside the margins; False where there are none."""
    found = [one.within(margins) for one in shapes]
    return bool(found) and all(found)


def of_curves(apart: Curves, *, control: bool) -> tuple[Shape, ...]:
    """The second of two curves beside the first, of their fit apart: slopes on the logarithm, ends by the delta method.

    control : wells without product hold the end at dose 0, so that it is the same
    """
    from scipy import stats

    t = float(stats.t.ppf((1 + LEVEL) / 2, apart.df))
    (low, high, _, slope), (low_2, high_2, _, slope_2) = apart.places
    p = apart.parameters
    ratio = _linear(apart, {slope_2: 1.0, slope: -1.0}, t)
    shapes = [Shape(SLOPES, *(exponential(v) for v in ratio))]
    span = p[high] - p[low]
    for what, own, other in ((LOW_END, low, low_2), (HIGH_END, high, high_2)):
        if what == LOW_END and control:
            continue
        share = (p[other] - p[own]) / span if span else math.nan
        slopes = {other: 1 / span, own: -1 / span} if span else {}
        for place, sign in ((high, -1.0), (low, 1.0)):
            slopes[place] = slopes.get(place, 0.0) + sign * share / span if span else math.nan
        middle = _linear(apart, slopes, t)
        half = (middle[2] - middle[1]) / 2
        shapes.append(Shape(what, share, share - half, share + half))
    return tuple(shapes)


def _linear(found: Curves, weights: dict[int, float], t: float) -> tuple[float, float, float]:
    """A sum of parameters with its interval; without end where the wells do not tell them."""
    c = np.zeros(len(found.parameters))
    for place, weight in weights.items():
        c[place] = weight
    value = float(c @ found.parameters)
    variance = float(c @ found.covariance @ c)
    half = t * math.sqrt(variance) if found.determined and variance >= 0 else math.inf
    return value, value - half, value + half
