"""What storage leaves of the vesicles: a first-order loss by temperature and buffer, and a loss with every thaw."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "storage.csv"
PROTECTING = ("trehalose", "albumin", "bsa", "hsa", "hat", "sucrose", "tween", "low-bind", "lobind", "serum")
PROTECTED = re.compile(rf"(?<![a-z])(?:{'|'.join(PROTECTING)})(?![a-z])")
# "without albumin or trehalose", "serum-free", "no serum": what is said not to be there
DENIED = re.compile(
    r"(?<![a-z])(?:without|w/o|no|not|minus|free of)\s[^,;(+]*?(?=$|[,;(+]|\bwith\b|\bbut\b)|[a-z]+[- ]free(?![a-z])"
)


class Condition(Row):
    """Loss within a range of temperatures, with or without a protecting buffer."""

    lowest_degC: float
    highest_degC: float
    protected: bool
    loss_per_day: float
    kept_per_cycle: float
    source: str
    grade: str
    note: str


@cache
def conditions() -> tuple[Condition, ...]:
    """All rows of the table."""
    return read_rows(TABLE, Condition)


def protects(buffer: str) -> bool:
    """Whether a buffer, in the words of people, holds something that protects vesicles.

    >>> [protects(b) for b in ("PBS-HAT", "phosphate buffered saline", "PBS without trehalose", "serum-free, sucrose")]
    [True, False, False, True]
    """
    text = DENIED.sub(" ", buffer.lower())
    return PROTECTED.search(text) is not None


def condition(temperature: float, buffer: str) -> Condition:
    """The row for a temperature in degrees Celsius and a buffer as people write it ("PBS with trehalose")."""
    protected = protects(buffer)
    rows = [c for c in conditions() if c.protected == protected]
    for row in rows:
        if row.lowest_degC <= temperature < row.highest_degC:
            return row
    return rows[-1]


def kept(temperature: float, days: float, buffer: str, cycles: float) -> float:
    """Share of the vesicles that is left, 0 to 1; what is missing (NaN) counts as no storage, no cycle.

    >>> round(kept(4, 2, "PBS", 0), 2), round(kept(-80, 180, "PBS with albumin and trehalose", 0), 2)
    (0.49, 0.9)
    """
    if np.isnan(temperature):
        return 1.0
    row = condition(temperature, buffer)
    days, cycles = (0.0 if np.isnan(v) else v for v in (days, cycles))
    return float(np.exp(-row.loss_per_day * days) * row.kept_per_cycle**cycles)


def kept_of(
    temperature: NDArray[np.float64], days: NDArray[np.float64], buffers: list[str], cycles: NDArray[np.float64]
) -> NDArray[np.float64]:
    """`kept` of many batches."""
    return np.array([kept(*row) for row in zip(temperature, days, buffers, cycles, strict=True)])
