"""The level of forecast survival, calibrated to people who were followed.

The cumulative hazard that the model forecasts becomes exp(shift) times its power: the order of patients stays, the
level and how far the sick lie from the well are those of the people to whom it was fitted (a calibration in the large
and of the slope; Cox 1958). Causes without a row stay as the model has them. Transplantations of the people of a row
are events, so that they are in its level; elsewhere survival is that without an offered liver.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "levels.csv"
Values = NDArray[np.float64]


class Level(Row):
    """Of one cause: survival is exp(-exp(shift) H^power) where the model has a cumulative hazard H."""

    etiology: str
    shift: float
    power: float
    source: str
    grade: str
    note: str = ""


@cache
def levels() -> dict[str, Level]:
    """The rows of the table by cause."""
    return rows_by("etiology", TABLE, Level)


def at_level(survival: Values, etiology: str) -> Values:
    """Forecast survival at the level of the cause, of any shape."""
    row = levels().get(etiology)
    if row is None:
        return survival
    hazard = -np.log(np.clip(survival, 1e-12, 1.0))
    return np.asarray(np.exp(-np.exp(row.shift) * hazard**row.power), float)
