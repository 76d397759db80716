"""A part of a treatment as plain data, and from it: for records, and for workers that have no file of the user's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from lobule.arguments import one_of
from lobule.errors import InputError, about, shown
from lobule.therapy.care import Care
from lobule.therapy.plan import Plan
from lobule.therapy.product import product_from

ADDED = ("given", "given_at_d", "product_number")  # what the record of a run adds


def whole_part(part: Plan | Care) -> dict[str, Any]:
    """A part as plain data with its product whole; `part_from` makes the same part of it."""
    if isinstance(part, Care):
        return part.to_dict()
    return part.to_dict() | {"product": asdict(part.product)}  # type: ignore[arg-type]


def part_from(data: Mapping[str, Any]) -> Plan | Care:
    """A part from plain data.

    Parameters
    ----------
    data : as `Plan.to_dict`, `Care.to_dict`, `whole_part` or the record of a run give it. A product is a name, or whole
        (as `product`, or as `contents` beside its name): it is then as it was, even when its file has changed or gone.

    Raises
    ------
    InputError : a field that is missing or not known; whatever a Plan or a Care refuses.

    >>> part_from({"care": "antiviral", "start": "30 d"})
    Care(care='antiviral', start='30 d', until=None)
    """
    if not isinstance(data, Mapping):
        raise InputError(f"a part of a treatment is a group of fields, not {shown(data)}")
    given = {name: value for name, value in data.items() if name not in ADDED}
    if "care" in given:
        return Care(**_checked(given, Care))
    contents = given.pop("contents", given.get("product"))
    if isinstance(contents, dict):
        with about("product"):
            given["product"] = product_from(contents)
    return Plan(**_checked(given, Plan))


def _checked(given: dict[str, Any], kind: type[Plan | Care]) -> dict[str, Any]:
    known = fields(kind)
    for name in given:
        one_of(name, name, [f.name for f in known], "field of a part")
    for f in known:
        if f.default is MISSING and f.name not in given:
            raise InputError(f'the field "{f.name}" is missing', [f.name])
    return given
