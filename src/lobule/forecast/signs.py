"""Signs as evidence: the chance that a grade is found at the bedside, in a biopsy or by endoscopy, in a virtual person.

The chance of at least a grade rises with what the model has for it (litres of ascites, pressure, area of collagen) as a
Hill curve, between a share that is found where there is nothing and one that is missed. The numbers are in `signs.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "signs.csv"
LEAST = 1e-4  # chance of any grade, whatever the model has
Values = NDArray[np.float64]


class Sign(Row):
    """That at least a grade of a sign is found.

    Attributes
    ----------
    sign, grade : what is found
    output : of the model; half : of it, at which it is found in half of those in whom it can be; steepness : exponent
    false_share, missed_share : found where there is nothing of it, not found however much of it there is
    """

    sign: str
    grade: float
    output: str
    half: float
    steepness: float
    false_share: float
    missed_share: float
    source: str = ""
    grade_of_evidence: str
    note: str = ""

    def chance(self, values: NDArray[np.floating]) -> Values:
        """That at least this grade is found, of values of the output, of their shape."""
        there = np.maximum(values, 1e-9) ** self.steepness
        share = there / (there + self.half**self.steepness)
        return self.false_share + (1 - self.false_share - self.missed_share) * share


@cache
def signs() -> dict[str, tuple[Sign, ...]]:
    """The rows of each sign, by rising grade."""
    found: dict[str, list[Sign]] = {}
    for row in read_rows(TABLE, Sign):
        found.setdefault(row.sign, []).append(row)
    return {name: tuple(sorted(rows, key=lambda row: row.grade)) for name, rows in found.items()}


def log_chance_of(sign: str, grade: float, values: Mapping[str, NDArray[np.floating]]) -> Values:
    """Logarithm of the chance that this very grade is found, of the shape of the outputs.

    A grade between two of the table counts as the lower one.
    """
    rows = signs()[sign]
    reached = [row for row in rows if row.grade <= grade + 1e-9]
    above = rows[len(reached)] if len(reached) < len(rows) else None
    at_least = reached[-1].chance(values[reached[-1].output]) if reached else 1.0
    more = above.chance(values[above.output]) if above else 0.0
    return np.asarray(np.log(np.maximum(at_least - more, LEAST)), float)
