"""What forecasts people for the benchmark: `lobule.forecast`, or whatever a test puts in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.files.person import People, Person
from lobule.forecast.ahead import SURVIVAL

Values = NDArray[np.float64]


class Forecaster(Protocol):
    """Forecasts of people, as `lobule forecast` writes them: (forecasts, fits)."""

    def __call__(
        self, people: People, etiology: str, at_days: Sequence[float] | Mapping[str, Sequence[float]]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """`at_days` after each person's last visit, the same for all or each person's own by name."""
        ...


class Forecast(NamedTuple):
    """ahead : by (patient, at_d, quantity); a chance is its `mean`, a lab its `median`; fits by patient."""

    ahead: pd.DataFrame
    fits: pd.DataFrame


def forecast(
    forecaster: Forecaster, persons: Sequence[Person], at: Sequence[float] | Mapping[str, Sequence[float]],
    etiology: str | None = None,
) -> Forecast:  # fmt: skip
    """Forecast people, those of one disease at a time.

    Parameters
    ----------
    etiology : all are forecast as if they had it, each as the table says when None
    """
    ahead, fits = [], []
    for cause in sorted({etiology or str(person.etiology) for person in persons}):
        mine = tuple(replace(person, etiology=cause) for person in persons if (etiology or person.etiology) == cause)
        days: Sequence[float] | Mapping[str, Sequence[float]] = (
            {person.name: at[person.name] for person in mine} if isinstance(at, Mapping) else list(at)
        )
        found = forecaster(People(mine), cause, days)
        ahead.append(found[0])
        fits.append(found[1])
    told = pd.concat(ahead, ignore_index=True)
    told["patient"] = told["patient"].astype(str)
    checks = pd.concat(fits, ignore_index=True)
    checks["patient"] = checks["patient"].astype(str)
    return Forecast(told, checks.set_index("patient"))


def survival_of(found: Forecast, names: Sequence[str], at: Values) -> Values:
    """Forecast survival (n, m) of people by name at days (m,); NaN where nothing was forecast."""
    mine = found.ahead[found.ahead["quantity"] == SURVIVAL]
    wide = mine.assign(place=[int(np.abs(at - day).argmin()) for day in mine["at_d"].to_numpy(float)])
    table = wide.pivot_table(index="patient", columns="place", values="mean")
    return table.reindex(index=list(names), columns=range(len(at))).to_numpy(float)
