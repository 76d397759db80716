"""Columns of labs without a unit, as many tables have them: understood where the size of the numbers leaves one unit.

`bare.csv` says between what ends the median of a column of patients lies in a unit when it can lie so in no other one;
a column whose median lies outside all of them, or with few values, is refused as before.
"""

from __future__ import annotations

import statistics
from functools import cache
from pathlib import Path

from lobule.files.cells import PLAIN, shown
from lobule.files.table import Table
from lobule.files.vocabulary import Vocabulary
from lobule.rows import Row, read_rows

TABLE = Path(__file__).parent / "bare.csv"
ENOUGH = 5  # values by which a unit is told
CERTAIN = ("age", "prothrombin_time", "prothrombin_control", "prothrombin_index")  # one value tells


class _Size(Row):
    lab: str
    unit: str
    low: float
    high: float


@cache
def _sizes() -> dict[str, list[_Size]]:
    found: dict[str, list[_Size]] = {}
    for row in read_rows(TABLE, _Size):
        found.setdefault(row.lab, []).append(row)
    return found


def units_by_size(table: Table, vocabulary: Vocabulary) -> None:
    """Give columns of labs without a unit the one that their numbers can only have, and note each."""
    for k, header in enumerate(table.headers):
        name, unit = vocabulary.read(header)
        if name not in _sizes() or unit or table.units[k]:
            continue
        texts = [text.replace(",", ".") for text in table.column(k)]
        numbers = [float(text) for text in texts if PLAIN.fullmatch(text)]
        if not numbers or (len(numbers) < ENOUGH and name not in CERTAIN):
            continue
        median = statistics.median(numbers)
        alike = [size.unit for size in _sizes()[name] if size.low <= median <= size.high]
        if len(alike) == 1:
            table.units[k] = alike[0]
            table.notes.append(f"{shown(header)} has no unit: its median {median:g} can only be {alike[0]}, and so it "
                               "is read")  # fmt: skip
