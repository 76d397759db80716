"""Which studies calibrate and which are held out: fixed by study, in a file, before the first calibration.

Moving a study needs a line in CHANGELOG.md with the score before and after.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from lobule.rows import Row, rows_by

CALIBRATION, HELD_OUT, UNSEEN = "calibration", "held-out", "unseen"
TABLE = Path(__file__).parent / "split.csv"


class Source(Row):
    """A source and its set."""

    source_id: str
    set: Literal["calibration", "held-out"]


@cache
def split() -> dict[str, str]:
    """{source: calibration or held-out}"""
    return {name: source.set for name, source in rows_by("source_id", TABLE, Source).items()}


def set_of(source_id: str) -> str:
    """calibration, held-out, or unseen for a study that lobule has never met."""
    return split().get(source_id, UNSEEN)
