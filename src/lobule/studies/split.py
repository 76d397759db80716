"""Which studies calibrate and which are held out: fixed by study, in a file, before the first calibration.

Moving a study needs a line in CHANGELOG.md with the score before and after.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

CALIBRATION, HELD_OUT, UNSEEN = "calibration", "held-out", "unseen"
TABLE = Path(__file__).parent / "split.csv"


@cache
def split() -> dict[str, str]:
    """{source: calibration or held-out}"""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["source_id"]: row["set"] for row in csv.DictReader(file)}


def set_of(source_id: str) -> str:
    """calibration, held-out, or unseen for a study that lobule has never met."""
    return split().get(source_id, UNSEEN)
