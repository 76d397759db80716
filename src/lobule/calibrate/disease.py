"""What the disease itself leaves open: factors of a few of its parameters, drawn beside the calibrated ones.

The ensemble would else say that an untreated course is known. Its members differ in how hard each cause strikes, how
the liver recovers and scars, and how it is inflamed: by half of what subjects of one kind differ by, which is what the
means of groups of different laboratories are taken to differ by (assumed). Studies of therapies tell nothing of these:
they are drawn independently of what is calibrated. The first member has factors 1.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.rows import Row, rows_by

Values = NDArray[np.float64]
TABLE = Path(__file__).parent / "disease_parameters.csv"
WIDEST = 2.0  # spreads from 1


class _Open(Row):
    """A parameter, the standard deviation of its logarithm, where that is from."""

    parameter: str
    sd_log: float
    source: str
    note: str


@cache
def spreads(path: Path = TABLE) -> dict[str, float]:
    """Standard deviation of the logarithm of every parameter that is drawn; raises InputError for a row that names no
    parameter."""
    rows = rows_by("parameter", path, _Open)
    for name in rows:
        if name not in parameter_table():
            raise InputError(f'{path.name}: no parameter "{name}"')
    return {name: row.sd_log for name, row in rows.items()}


def disease_factors(n: int, seed: int) -> dict[str, Values]:
    """{parameter: (n,) factors}: lognormal, cut at two spreads, 1 for the first member."""
    rng = np.random.default_rng([seed, 4])
    drawn = np.clip(rng.standard_normal((n, len(spreads()))), -WIDEST, WIDEST)
    drawn[0] = 0.0
    return {name: np.exp(sd * drawn[:, k]) for k, (name, sd) in enumerate(spreads().items())}
