"""A dose on a page: a number, its unit, and the place of a slider that moves along its logarithm."""

from __future__ import annotations

import math
import re
from typing import Any

from lobule.quantities import ALLOWED
from lobule.therapy import products
from lobule.therapy.plan import DOSE_KINDS, ROUTES

# Units offered, the usual one first; decades that the slider spans of each for a mouse, and how many more for others
UNITS = {"vesicles": ("particle", "particle/kg", "ug", "mg/kg", "cell", "cell/kg"), "cells": ("cell", "cell/kg"),
         "medium": ("mL", "mL/kg", "cell", "cell/kg")}  # fmt: skip
DECADES = {"particle": (7.0, 12.0), "particle/kg": (9.0, 14.0), "ug": (0.0, 4.0), "mg/kg": (-2.0, 3.0),
           "cell": (4.0, 8.0), "cell/kg": (5.0, 9.5), "mL": (-3.0, 0.5), "mL/kg": (-1.0, 2.0)}  # fmt: skip
LARGER = {"mouse": 0.0, "rat": 1.0, "human": 3.0}  # decades, of doses that are not per weight
PARTS = re.compile(r"\s*([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(\S+)\s*")


def kind_of(product: Any) -> str:
    """The kind of a product of the library; "vesicles" of one that is not known."""
    return products[product].kind if isinstance(product, str) and product in products else "vesicles"


def routes(kind: str) -> list[str]:
    """Routes of a kind of product."""
    return list(ROUTES[kind])


def units(kind: str) -> list[str]:
    """Units of a dose of a kind of product."""
    known = {unit for dose in DOSE_KINDS[kind] for unit in ALLOWED[dose]}
    return [unit for unit in UNITS[kind] if unit in known]


def split(dose: Any) -> tuple[float, str] | None:
    """Number and unit of a dose as it is written, None where it is not written so.

    >>> split("1e10 particle"), split("a lot")
    ((10000000000.0, 'particle'), None)
    """
    found = PARTS.fullmatch(dose) if isinstance(dose, str) else None
    try:
        return None if found is None else (float(found[1]), found[2])
    except ValueError:
        return None


def joined(number: float, unit: str) -> str:
    """A dose as a scenario has it.

    >>> joined(2.5e10, "particle"), joined(250, "ug")
    ('2.5e10 particle', '250 ug')
    """
    return f"{written(number)} {unit}"


def written(number: float) -> str:
    """A number as one types it.

    >>> written(1e12), written(0.25), written(1234567.0)
    ('1e12', '0.25', '1.235e6')
    """
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        return f"{number:.4g}"
    digits, _, power = f"{number:.3e}".partition("e")
    return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"


def decades(unit: str, species: Any) -> tuple[float, float]:
    """Logarithms between which the slider moves."""
    low, high = DECADES.get(unit, (-2.0, 4.0))
    more = 0.0 if "/" in unit else LARGER.get(species, 0.0)
    return low + more, high + more


def place(number: float, unit: str, species: Any) -> float:
    """Where the slider stands: the logarithm of the number, at the end where it lies beyond.

    >>> place(1e10, "particle", "mouse")
    10.0
    """
    low, high = decades(unit, species)
    return min(max(math.log10(number), low), high) if number > 0 else low
