"""What an endpoint of a table is in the model: `endpoints.csv`, a row an endpoint that studies name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule.errors import InputError

TABLE = Path(__file__).parent / "endpoints.csv"


@dataclass(frozen=True)
class Endpoint:
    """What an endpoint of a table is in the model; `good` is the better direction, `spread` between animals of a group
    (standard deviation over mean; assumed)."""

    name: str
    output: str
    good: str
    spread: float
    note: str

    @property
    def between_arms(self) -> bool:
        """An amount of the product, which has no untreated value."""
        return self.note.startswith("compared")

    @property
    def ordinal(self) -> bool:
        """Only its direction can be scored."""
        return "only its direction" in self.note


@cache
def endpoints() -> dict[str, Endpoint]:
    """All endpoints that tables name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {
            row["endpoint"]: Endpoint(row["endpoint"], row["output"], row["good"], float(row["spread"]), row["note"])
            for row in csv.DictReader(file)
        }


def endpoint(name: str) -> Endpoint:
    """One endpoint; raises InputError where the model has nothing like it."""
    found = endpoints().get(name)
    if found is None:
        raise InputError(f'the model has no endpoint "{name}"')
    if not found.output:
        raise InputError(found.note)
    return found
