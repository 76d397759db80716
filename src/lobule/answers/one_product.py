"""The one product of a plan, for questions about a single dose of a single thing."""

from __future__ import annotations

from collections.abc import Sequence

from lobule.errors import InputError
from lobule.therapy import Part, Plan


def one_product(parts: Sequence[Part]) -> Plan:
    """The product; raises InputError where the plan has several parts, or care."""
    if len(parts) != 1 or not isinstance(parts[0], Plan):
        raise InputError("the plan must be one product; leave other parts out")
    return parts[0]
