"""Which studies calibrate and which are held out: fixed by source, in a file, before anyone looks at a prediction.

A source is drawn once, by `drawn`, together with all others that came with it. Moving one needs a line in CHANGELOG.md
with the score before and after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from lobule.rows import Row, rows_by

CALIBRATION, HELD_OUT, UNSEEN = "calibration", "held-out", "unseen"
TABLE = Path(__file__).parent / "split.csv"


class Source(Row):
    """A source and its set.

    seen : those who wrote the tables of words had read its rows, and predictions of them, before it was drawn
    draw : first (before the first calibration, by a hash within acute, chronic and human studies), or a name of those
        among which it was drawn by `drawn`, which a test repeats
    """

    source_id: str
    set: Literal["calibration", "held-out"]
    seen: bool
    draw: str


@cache
def drawn_sources() -> dict[str, Source]:
    """Every source that has a set, by id."""
    return rows_by("source_id", TABLE, Source)


@cache
def split() -> dict[str, str]:
    """{source: calibration or held-out}"""
    return {name: source.set for name, source in drawn_sources().items()}


def drawn(sources: Iterable[str]) -> dict[str, str]:
    """{source: set} of sources that are drawn together: half and half, by their ids alone.

    They are put in the order of the SHA-256 of their ids; the sets alternate, from calibration on where the hash of the
    first is even. The same ids give the same sets on any machine, in whatever order they come.

    >>> drawn(["b", "a"])
    {'b': 'held-out', 'a': 'calibration'}
    """
    ordered = sorted(set(sources), key=_hash)
    sets = (CALIBRATION, HELD_OUT)
    begin = _hash(ordered[0]) % 2 if ordered else 0
    return {name: sets[(begin + k) % 2] for k, name in enumerate(ordered)}


def _hash(source_id: str) -> int:
    return int(hashlib.sha256(source_id.encode()).hexdigest(), 16)


def set_of(source_id: str) -> str:
    """calibration, held-out, or unseen for a study that lobule has never met."""
    return split().get(source_id, UNSEEN)


def seen_before(source_id: str) -> bool:
    """Those who wrote the tables of words had read this source before it was drawn."""
    source = drawn_sources().get(source_id)
    return source is not None and source.seen
