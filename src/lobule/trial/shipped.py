"""Designs that come with lobule: where they lie, for who only wants their text; and published trials that have none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lobule.rows import Row, rows_by

DESIGNS = Path(__file__).parent / "designs"
NOT_SHIPPED = Path(__file__).parent / "not_shipped.csv"
SOURCE = re.compile(r"[(]([a-z][a-z0-9_]+); rows? ")


class NotShipped(Row):
    """A published trial, by its source, that no design follows, and why."""

    source: str
    reason: str


@cache
def not_shipped() -> Mapping[str, NotShipped]:
    """By source."""
    return rows_by("source", NOT_SHIPPED, NotShipped)


def shipped() -> dict[str, Path]:
    """Designs that come with lobule, by name."""
    return {path.stem: path for path in sorted(DESIGNS.glob("*.yaml"))}


def source_of(name: str) -> str:
    """Source of the trial that a shipped design follows, as the head of its file names it; "" for none.

    >>> source_of("uc-msc-hbv-cirrhosis")
    'zhang2012'
    """
    head = " ".join(line[1:].strip() for line in shipped()[name].read_text(encoding="utf-8").splitlines()
                    if line.startswith("#"))  # fmt: skip
    found = SOURCE.search(head)
    return found[1] if found else ""
