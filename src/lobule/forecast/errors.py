"""How a measured lab lies about a virtual course: errors between visits, acute events, and a residual that wanders.

A measurement is, on the logarithm, the virtual course, a level of the patient and the laboratory, a residual that
wanders and is forgotten in years (what keeps a patient above or below the course for a while), and the error of that
day. Most days the error is the usual one. On a share of days something acute is there, or something was mistyped: the
error is wider then, and in the direction that acute illness has. The numbers are in `errors.csv`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from lobule.labs import labs
from lobule.patient.variation import variation
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "errors.csv"
Positive = Annotated[float, Field(gt=0)]


class Errors(Row):
    """Of one lab, on the natural logarithm.

    Attributes
    ----------
    usual : standard deviation of the usual error
    event_share : of days with an acute event; event_sd, event_shift : standard deviation and mean of the error then
    wander, wander_years : standard deviation of the residual that wanders, and the time in which it is forgotten
    laboratory : standard deviation between the scales of laboratories
    """

    lab: str
    usual: Positive
    event_share: Annotated[float, Field(ge=0, lt=1)]
    event_sd: Positive
    event_shift: float
    wander: Annotated[float, Field(ge=0)]
    wander_years: Positive
    laboratory: Annotated[float, Field(ge=0)]
    source: str
    grade: str
    note: str = ""

    def keeps(self, gaps: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the wandering residual that is left after so many years, of their shape."""
        return np.asarray(np.exp(-gaps / self.wander_years), float)

    def wandered(
        self, before: NDArray[np.float64], keeps: NDArray[np.float64], random: np.random.Generator
    ) -> NDArray[np.float64]:
        """The wandering residual after a time in which it keeps a share of what it was, drawn, of the shape of both."""
        new = random.standard_normal(np.broadcast(before, keeps).shape)
        return np.asarray(before * keeps + self.wander * np.sqrt(1 - keeps**2) * new, float)

    def of_a_day(self, shape: int | tuple[int, ...], random: np.random.Generator) -> NDArray[np.float64]:
        """Errors of days, usual or with an acute event, drawn."""
        acute = random.random(shape) < self.event_share
        event = self.event_shift + self.event_sd * random.standard_normal(shape)
        return np.where(acute, event, self.usual * random.standard_normal(shape))

    @property
    def level(self) -> float:
        """Standard deviation of the logarithm of what is the patient's and the laboratory's own, for good."""
        return float(np.hypot(variation()[LEVELS[self.lab]], self.laboratory))


@cache
def errors() -> dict[str, Errors]:
    """The rows of the table by lab, of labs that a fit reads."""
    return rows_by("lab", TABLE, Errors)


# The parameter that a lab is proportional to: a patient's own healthy level
LEVELS = {name: labs()[name].level for name in errors()}
