"""An interval of a number."""

from __future__ import annotations

from typing import NamedTuple


class Interval(NamedTuple):
    """low and high end; infinite or NaN where there is none."""

    low: float
    high: float
