"""Quantities as users write them ("1e11 particle/kg", "7 d", "250 ug"), read strictly.

Only a number followed by a listed unit is accepted; nothing is evaluated, so that a hostile file can do no harm, and no
unit is made up from a prefix: "kd" is no thousand days.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from lobule.bounds import LATEST, MOST
from lobule.errors import InputError, Mistakes, shown

# kind: units a user may write, the one used inside first, each with how many of those it is
ALLOWED: dict[str, dict[str, float]] = {
    "time": {"d": 1, "h": 1 / 24, "min": 1 / 24 / 60, "wk": 7, "month": 365.25 / 12, "year": 365.25},
    "weight": {"g": 1, "kg": 1000},
    "toxin": {"mL/kg": 1, "uL/g": 1},
    "toxin_mass": {"mg/kg": 1, "g/kg": 1000},
    "microgram": {"ug/kg": 1, "mg/kg": 1000},
    "intake": {"g/d": 1, "g/wk": 1 / 7},
    "share": {"%": 1},
    "particles": {"particle": 1},
    "particles_per_weight": {"particle/kg": 1, "particle/g": 1000},
    "protein": {"ug": 1, "mg": 1000},
    "protein_per_weight": {"ug/kg": 1, "mg/kg": 1000, "ug/g": 1000},
    "cells": {"cell": 1},
    "cells_per_weight": {"cell/kg": 1, "cell/g": 1000},
    "volume": {"mL": 1, "uL": 1e-3, "L": 1000},
    "volume_per_weight": {"mL/kg": 1, "uL/g": 1},
    "particles_per_volume": {"particle/mL": 1, "particle/uL": 1000, "particle/L": 1e-3},
    "protein_per_volume": {"ug/mL": 1, "mg/mL": 1000, "ng/mL": 1e-3, "pg/mL": 1e-6},
    "cells_per_volume": {"cell/mL": 1, "cell/uL": 1000, "cell/L": 1e-3},
    "molar": {"uM": 1, "mM": 1000, "nM": 1e-3},
}
# unit: other ways in which people write it; a part of a unit such as "ug/kg" may be written each of its ways
SPELLINGS = {
    "d": ("day", "days"), "h": ("hour", "hours", "hr", "hrs"), "min": ("minute", "minutes"),
    "wk": ("week", "weeks", "wks"), "month": ("months", "mo"), "year": ("years", "yr", "yrs", "y"),
    "g": ("gram", "grams"), "kg": ("kilogram", "kilograms", "Kg", "KG"), "mg": ("milligram", "milligrams"),
    "ug": ("µg", "μg", "mcg", "microgram", "micrograms"), "ng": ("nanogram", "nanograms"),
    "pg": ("picogram", "picograms"), "L": ("l", "litre", "litres", "liter", "liters"),
    "mL": ("ml", "millilitre", "millilitres", "milliliter", "milliliters"),
    "uL": ("ul", "µL", "μL", "µl", "μl", "microlitre", "microlitres", "microliter", "microliters"),
    "particle": ("particles", "EV", "EVs", "vesicle", "vesicles", "exosome", "exosomes"), "cell": ("cells",),
    "%": ("percent",), "uM": ("µM", "μM"), "mM": (), "nM": (),
}  # fmt: skip
UNITS = {written: unit for unit, others in SPELLINGS.items() for written in (unit, *others)}
LONGEST = 80  # characters; more are no quantity
NUMBER = r"(?P<number>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
POWER = r"10\s*(?:\^|\*\*)\s*(?P<{}>[+-]?[0-9]+)"  # as in "1.5 x 10^10" and in "10^10"
QUANTITY = re.compile(
    rf"\s*(?:{POWER.format('alone')}|{NUMBER}(?:\s*[x×*·]\s*{POWER.format('power')})?)"
    r"\s*(?P<unit>[A-Za-zµμ%]+(?:\s*/\s*[A-Za-zµμ]+)*)?\s*"
)
EACH = ("mouse", "mice", "rat", "rats", "animal", "animals", "patient", "patients", "subject")
COMMA = re.compile(r"\s*[+-]?[0-9]+(?:,[0-9]+)+\s*[^0-9,]*")


def amount(text: Any, kind: str, name: str = "") -> float:
    """Read one quantity of a kind, in the unit used inside lobule (see ALLOWED).

    Raises
    ------
    InputError : no number with a unit, a unit that does not fit, a value that is negative or not finite; with the
        field `name` where one is given.

    >>> amount("2 wk", "time"), amount("1.5 x 10^10 particles", "particles")
    (14.0, 15000000000.0)
    """
    return measured(text, (kind,), name)[0]


def column_name(name: str, unit: str) -> str:
    """A column's name with its unit spelled so that any table tool can read it; `files.vocabulary` reads it back.

    >>> column_name("albumin", "g/L"), column_name("steatosis", "%"), column_name("tnf_alpha", "1")
    ('albumin_g_per_L', 'steatosis_percent', 'tnf_alpha')
    """
    return name if unit in ("", "1") else f"{name}_{unit.replace('%', 'percent').replace('/', '_per_')}"


def sampling(until: Any, sample_every: Any) -> tuple[float, float]:
    """Length of a run and distance of its reported times, in days; raises InputError with the field.

    >>> sampling("2 d", "6 h")
    (2.0, 0.25)
    """
    found, days = Mistakes(), []
    for name, text in (("until", until), ("sample_every", sample_every)):
        with found.at():
            days.append(amount(text, "time", name))
            if days[-1] <= 0:
                raise InputError(f"{name} must be above 0", [name])
            if name == "until" and days[-1] > LATEST:
                raise InputError(f"{shown(until)} is more than {LATEST:g} days", ["until"])
    found.tell()
    end, step = days
    if end / step > MOST:
        raise InputError(
            f"sampling every {shown(sample_every)} until {shown(until)} is more than {MOST} samples", ["sample_every"]
        )
    return end, step


def measured(text: Any, kinds: tuple[str, ...], name: str = "") -> tuple[float, str]:
    """Read a quantity that may be of several kinds; gives (value, kind). See `amount`."""
    try:
        if not isinstance(text, str) or len(text) > LONGEST:
            raise InputError(f"{shown(text)} is not a quantity; {_wanted(kinds)}")
        return _read(text, kinds)
    except InputError as error:
        raise InputError(str(error), [name] if name else []) from None


def _wanted(kinds: tuple[str, ...]) -> str:
    units = list(dict.fromkeys(unit for kind in kinds for unit in ALLOWED[kind]))
    return f"write a number and {'one of the units' if units[1:] else 'the unit'} {', '.join(units)}"


@lru_cache(maxsize=4096)  # schedules ask for the same few quantities thousands of times
def _read(text: str, kinds: tuple[str, ...]) -> tuple[float, str]:
    wanted, here = _wanted(kinds), shown(text)
    match = QUANTITY.fullmatch(text)
    if match is None:
        hint = "without commas, " if COMMA.fullmatch(text) else ""
        raise InputError(f"{here} is not a quantity; {hint}{wanted}")
    number = _number(match)
    if match["unit"] is None:
        raise InputError(f"{here} has no unit; {wanted}")
    if number < 0:
        raise InputError(f"{here} is negative; {wanted}")
    unit = "/".join(UNITS.get(part.strip(), part.strip()) for part in match["unit"].split("/"))
    kind = next((kind for kind in kinds if unit in ALLOWED[kind]), None)
    if kind is None and unit.rpartition("/")[2] in EACH:
        raise InputError(f"{here}: a dose is that of one subject; leave out what comes after the last slash")
    if kind is None:
        raise InputError(f"{here}: the unit {shown(match['unit'])} does not fit here; {wanted}")
    value = number * ALLOWED[kind][unit]
    if not math.isfinite(value):
        raise InputError(f"{here} is not a finite number; {wanted}")
    return value, kind


def _number(match: re.Match[str]) -> float:
    if match["alone"] is not None:
        return float(f"1e{match['alone']}")
    if match["power"] is None:
        return float(match["number"])
    significand, _, exponent = match["number"].lower().partition("e")
    return float(f"{significand}e{int(exponent or 0) + int(match['power'])}")
