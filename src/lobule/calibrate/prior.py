"""What is believed of the free parameters before the studies are asked.

Strengths of published effects have wide priors: three spreads below the median an effect is next to nothing (a
fiftieth), as far above it saturates. The data, not the prior, must say that a product does anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.rows import Row, rows_by

Values = NDArray[np.float64]
TABLE = Path(__file__).parent / "free_parameters.csv"
WIDEST = 3.0  # spreads from the median


class _Free(Row):
    parameter: str
    prior_median: float
    sd_log: float
    note: str


@dataclass(frozen=True)
class Prior:
    """Lognormal priors of factors on parameters, cut at three spreads and at the range that parameters.csv gives.

    names : of parameters, and behind them of terms of the statistics, which are no parameters of the model
    spread : (n,) of the logarithm; middle : (n,) logarithm of the median, as a factor on the value in parameters.csv (a
    term: on 1)
    low, high : (n,) bounds, in spreads from the median
    terms : how many of the last ones are terms
    """

    names: tuple[str, ...]
    spread: Values
    middle: Values
    low: Values
    high: Values
    terms: int = 0

    @classmethod
    def read(cls, path: Path = TABLE) -> Prior:
        """The free parameters; raises InputError for a row that names no parameter, has no spread, or whose median lies
        outside the range of the parameter."""
        rows = rows_by("parameter", path, _Free).values()
        for row in rows:
            if row.parameter not in parameter_table():
                raise InputError(f'{path.name}: no parameter "{row.parameter}"')
        spread = np.array([row.sd_log for row in rows])
        if not (spread > 0).all():
            raise InputError(f"{path.name}: every spread must be above 0")
        usual = np.array([parameter_table()[row.parameter].values["mouse"] for row in rows])
        ranges = np.array([parameter_table()[row.parameter].range("mouse") for row in rows])
        for row, value, (lowest, highest) in zip(rows, usual, ranges, strict=True):
            if value <= 0 or not lowest <= row.prior_median <= highest:
                raise InputError(
                    f"{path.name}: {row.parameter} has the median {row.prior_median:g} and the value {value:g}; both "
                    f"must be above 0, and the median within its range from {lowest:g} to {highest:g}"
                )
        medians = np.array([row.prior_median for row in rows])
        middle = np.log(medians / usual)
        # Of values: a prior is the same whatever stands in parameters.csv; a range that begins at 0 does not bound
        low, high = (np.log(np.maximum(ranges[:, k], 1e-300) / medians) / spread for k in (0, 1))
        names = tuple(row.parameter for row in rows)
        return cls(names, spread, middle, np.maximum(low, -WIDEST), np.minimum(high, WIDEST))

    def with_terms(self, medians: dict[str, float], spread: float) -> Prior:
        """With terms of the statistics behind the parameters, lognormal too."""
        n = len(medians)
        return replace(
            self,
            names=(*self.names, *medians),
            spread=np.append(self.spread, np.full(n, spread)),
            middle=np.append(self.middle, np.log(list(medians.values()))),
            low=np.append(self.low, np.full(n, -WIDEST)),
            high=np.append(self.high, np.full(n, WIDEST)),
            terms=self.terms + n,
        )

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of those that are parameters of the model."""
        return self.names[: len(self.names) - self.terms]

    @property
    def of_parameters(self) -> Prior:
        """The prior of those alone."""
        n = len(self.parameters)
        return Prior(self.names[:n], self.spread[:n], self.middle[:n], self.low[:n], self.high[:n])

    def log(self, position: Values) -> Values:
        """Log-density up to a constant of positions (n, n_names): distances from the median in spreads."""
        inside = ((position >= self.low) & (position <= self.high)).all(axis=1)
        return np.where(inside, -0.5 * (position**2).sum(axis=1), -np.inf)

    def at(self, shares: Values) -> Values:
        """Positions (n, n_names) below which these shares of the prior lie: of shares that fill the unit cube a design
        that fills the prior."""
        low, high = ndtr(self.low), ndtr(self.high)
        return np.clip(ndtri(low + shares * (high - low)), self.low, self.high)

    def factors(self, position: Values) -> dict[str, Values]:
        """{parameter: (n,) factors} of positions (n, n_names)."""
        values = self.values(position)
        return {name: values[:, k] for k, name in enumerate(self.parameters)}

    def values(self, position: Values) -> Values:
        """Factors of parameters, and terms, of positions (n, n_names)."""
        return np.exp(self.middle + position * self.spread)
