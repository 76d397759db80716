"""The level of forecast survival, calibrated to people who were followed.

The cumulative hazard of death from the liver that the model forecasts becomes exp(shift) times its power, and death of
other causes is added to it: the order of particles stays, the level and how far the sick lie from the well are those of
the people to whom it was fitted (a calibration in the large and of the slope; Cox 1958). Causes without a row stay as
the model has them. Transplantations of the people of a row are events, so that they are in its level; elsewhere
survival is that without an offered liver.
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
    """Of one cause: the cumulative hazard is exp(shift) H^power where the model has H."""

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


def at_level(hazard: Values, etiology: str) -> Values:
    """Cumulative hazard of death from the liver, of any shape, at the level of the cause."""
    row = levels().get(etiology)
    return hazard if row is None else np.asarray(np.exp(row.shift) * np.maximum(hazard, 0.0) ** row.power, float)
