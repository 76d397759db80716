"""Quantities as users write them ("1e11 particle/kg", "7 d", "250 ug"), read strictly.

Only a number followed by a unit is accepted; nothing is evaluated, so that a hostile file can do no harm.
"""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from lobule.errors import InputError

if TYPE_CHECKING:
    import pint

# Molar masses of bilirubin (584.67 g/mol) and creatinine (113.12 g/mol), as laboratories convert
BILIRUBIN_UMOL_PER_MG_DL = 17.104
CREATININE_UMOL_PER_MG_DL = 88.42
NUMBER_AND_UNIT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([A-Za-zµμ%]+(?:/[A-Za-zµμ]+)*)?\s*")
ALLOWED = {
    "time": ("d", ("d", "h", "min", "wk", "month", "year")),
    "weight": ("g", ("g", "kg")),
    "toxin": ("mL/kg", ("mL/kg", "uL/g")),
    "toxin_mass": ("mg/kg", ("mg/kg", "g/kg")),
    "microgram": ("ug/kg", ("ug/kg", "mg/kg")),
    "intake": ("g/d", ("g/d", "g/wk")),
    "share": ("percent", ("%",)),
    "particles": ("particle", ("particle",)),
    "particles_per_weight": ("particle/kg", ("particle/kg", "particle/g")),
    "protein": ("ug", ("ug", "mg")),
    "protein_per_weight": ("ug/kg", ("ug/kg", "mg/kg", "ug/g")),
    "cells": ("cell", ("cell",)),
    "cells_per_weight": ("cell/kg", ("cell/kg", "cell/g")),
    "volume": ("mL", ("mL", "L")),
    "volume_per_weight": ("mL/kg", ("mL/kg",)),
    "particles_per_volume": ("particle/mL", ("particle/mL", "particle/uL")),
    "protein_per_volume": ("ug/mL", ("ug/mL", "mg/mL", "ng/mL", "pg/mL")),
    "cells_per_volume": ("cell/mL", ("cell/mL", "cell/uL")),
    "molar": ("uM", ("uM", "mM", "nM")),
}  # kind: (unit used inside, units a user may write)


# Only these units exist here: pint's own list would take millimoles for particles.
DEFINITIONS = """
pico- = 1e-12 = p-
nano- = 1e-9 = n-
micro- = 1e-6 = u- = µ- = μ-
milli- = 1e-3 = m-
kilo- = 1e3 = k-
gram = [mass] = g
litre = [volume] = L = l
molar = [molarity] = M
particle = [particle] = _ = particles
cell = [cell] = _ = cells
percent = [share] = _
day = [time] = d = days
hour = day / 24 = h = hours
minute = hour / 60 = min = minutes
week = 7 * day = wk = weeks
year = 365.25 * day = _ = years
month = year / 12 = _ = months
"""


@cache
def _registry() -> pint.UnitRegistry:
    import pint

    registry: pint.UnitRegistry = pint.UnitRegistry(None)
    registry.load_definitions([line for line in DEFINITIONS.splitlines() if line])
    return registry


def amount(text: Any, kind: str) -> float:
    """Read one quantity of a kind, in the unit used inside lobule (see ALLOWED).

    Raises
    ------
    InputError : no number with a unit, a unit that does not fit, a value that is negative or not finite.

    >>> amount("2 wk", "time")
    14.0
    """
    return measured(text, (kind,))[0]


def measured(text: Any, kinds: tuple[str, ...]) -> tuple[float, str]:
    """Read a quantity that may be of several kinds; gives (value, kind). See `amount`."""
    if not isinstance(text, str):
        raise InputError(f'"{text}" is not a quantity; {_wanted(kinds)}')
    return _read(text, kinds)


def _wanted(kinds: tuple[str, ...]) -> str:
    return f"write a number and one of the units {', '.join(unit for kind in kinds for unit in ALLOWED[kind][1])}"


@lru_cache(maxsize=4096)  # schedules ask for the same few quantities thousands of times, and pint takes its time
def _read(text: str, kinds: tuple[str, ...]) -> tuple[float, str]:
    wanted = _wanted(kinds)
    match = NUMBER_AND_UNIT.fullmatch(text)
    if match is None:
        raise InputError(f'"{text}" is not a quantity; {wanted}')
    number, unit = float(match[1]), match[2] and match[2].replace("%", "percent")
    if unit is None:
        raise InputError(f'"{text}" has no unit; {wanted}')
    if not math.isfinite(number):
        raise InputError(f'"{text}" is not a finite number; {wanted}')
    if number < 0:
        raise InputError(f'"{text}" is negative; {wanted}')
    kind = _kind(unit, kinds)
    if kind is None:
        raise InputError(f'"{text}": the unit "{unit}" does not fit here; {wanted}'.replace("percent", "%"))
    registry = _registry()
    return float((number * registry.Unit(unit)).to(ALLOWED[kind][0]).magnitude), kind


def _kind(unit: str, kinds: tuple[str, ...]) -> str | None:
    """The kind whose inside unit this unit converts to, or None."""
    import pint

    registry = _registry()
    try:
        given = registry.Unit(unit)
    except (pint.UndefinedUnitError, pint.DefinitionSyntaxError, AttributeError, ValueError):
        return None
    for kind in kinds:
        if given.dimensionality == registry.Unit(ALLOWED[kind][0]).dimensionality:
            return kind
    return None
