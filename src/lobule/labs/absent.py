"""What people ask of a trial and the model does not have: each with the reason, and what stands nearest to it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "not_modelled.csv"


class NotModelled(Row):
    """A quantity, why the model does not have it, and what can be asked instead; "" for nothing."""

    name: str
    reason: str
    instead: str = ""


@cache
def not_modelled() -> Mapping[str, NotModelled]:
    """By name, in the order of the table."""
    return rows_by("name", TABLE, NotModelled)


def why_not(name: str) -> str:
    """A sentence on a quantity that the model does not have; "" for any other.

    >>> why_not("HBeAg")
    'the model has one stage of infection, without e antigen'
    """
    found = not_modelled().get("_".join(name.lower().replace("-", " ").split()))
    if found is None:
        return ""
    return f"{found.reason}; instead: {found.instead}" if found.instead else found.reason
