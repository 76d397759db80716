"""Everything that is known of a lab, a score or a trait of a patient, one row of labs.csv each.

Two units matter: that of the model and of results (`unit`), and that of the clinic (`clinic`), in which scores are
computed and tables of patients are read. `to_model` and `to_clinic` go from one to the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field

from lobule.errors import InputError, nearest, shown
from lobule.quantities import UNITS
from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "labs.csv"
# Words for what has no unit, and how a column name says them
WORDS = {"ratio": "", "grade": "", "points": "points", "utility": "utility", "fold of health": "fold"}
Value = TypeVar("Value", float, NDArray[np.float64])


def _each(text: Any) -> list[tuple[str, str]]:
    """Name and value of every part of "umol/L = 17.104; ukat/L = 1/60"."""
    parts = [part.partition("=") for part in str(text).split(";") if part.strip()]
    if not all(sign and name.strip() and value.strip() for name, sign, value in parts):
        raise ValueError("write such as umol/L = 17.104; ukat/L = 1/60")
    return [(name.strip(), value.strip()) for name, _, value in parts]


def _fractions(text: Any) -> dict[str, tuple[float, float]]:
    found = {}
    for unit, value in _each(text):
        over, _, under = value.partition("/")
        found[unit] = (float(over), float(under or 1))
    return found


def _ranges(text: Any) -> dict[str, tuple[float, float]]:
    found = {}
    for unit, value in _each(text):
        low, _, high = value.partition(" to ")
        found[unit] = (float(low), float(high))
    return found


def _plain(unit: str) -> str:
    return UNITS.get(unit, unit)


def _tolerance(text: Any) -> tuple[float, bool]:
    share = str(text).endswith("%")
    return (float(str(text).removesuffix("%")) / 100, True) if share else (float(text), False)


class Lab(Row):
    """One lab, score or trait.

    Attributes
    ----------
    name, label, title : in lobule, as the field writes it, in full
    code, loinc : of CDISC, of LOINC (for the clinic's unit); "" where none is sure
    unit : of the model and of results; a word of WORDS for what has none
    clinic : unit of scores and of tables of patients; "" for a pure number
    others : {another unit of the clinic: how many make one of `clinic`, as a fraction (over, under)}
    decimals : digits after the point that mean something, in `unit`
    better : up or down; "" where neither is
    error_cv : standard deviation of the logarithm between a measurement and the model's value
    lower_limit : of detection, in `unit`; NaN, as `error_cv`, for what a trial of lobule cannot measure
    undetected : share of that limit which stands for what lies below it; NaN where the limit itself does
    skewed : compared on the logarithm
    low, high : plausible in a person, in `clinic`; NaN for what is not read from tables
    upper_normal : usual upper limit of normal of a laboratory, in `clinic`; NaN where none is used
    mistaken : {unit that it is none of, but taken for one: plausible range in it}
    output : of the model; "" where it has none
    level : parameter of the model that the lab is proportional to; "" where a fit does not read it
    near : how far from a wish a patient may be, and whether that is a share of it; None where it cannot be wished for
    table_1 : balanced (a cohort is weighted to match it), shown (only compared) or ""
    kind : lab, score (computed from labs) or trait
    source : of each number; note : what else to know
    """

    name: str
    label: str
    title: str
    code: str = ""
    loinc: str = ""
    unit: str
    clinic: str = ""
    others: Annotated[dict[str, tuple[float, float]], BeforeValidator(_fractions)] = Field(default_factory=dict)
    decimals: int
    better: Literal["up", "down", ""] = ""
    error_cv: float = math.nan
    lower_limit: float = math.nan
    undetected: float = math.nan
    skewed: bool = False
    low: float = math.nan
    high: float = math.nan
    upper_normal: float = math.nan
    mistaken: Annotated[dict[str, tuple[float, float]], BeforeValidator(_ranges)] = Field(default_factory=dict)
    output: str = ""
    level: str = ""
    near: Annotated[tuple[float, bool], BeforeValidator(_tolerance)] | None = None
    table_1: Literal["balanced", "shown", ""] = ""
    kind: Literal["lab", "score", "trait"]
    source: str = ""
    note: str = ""

    @property
    def suffix(self) -> str:
        """The unit; "" for a pure number."""
        return "" if self.unit in WORDS else self.unit

    @property
    def counted(self) -> str:
        """The unit, "points" or "fold"; "" for a ratio or a grade."""
        return WORDS.get(self.unit, self.unit)

    def factor(self, unit: str) -> float:
        """What one of a unit is in the unit of the model; raises InputError for a unit that is none of this lab.

        >>> lab("bilirubin").factor("mg/dL"), lab("bilirubin").factor("umol/L")
        (17.104, 1.0)
        """
        if not self.has_unit(unit):
            known = ", ".join(one for one in (self.unit, self.clinic, *self.others) if one)
            raise InputError(f"{shown(unit)} is not a unit of {self.name}; write {known}")
        (over, under), (own_over, own_under) = (self._units[_plain(one)] for one in (unit, self.unit))
        return (own_over / own_under) / (over / under)

    def factors(self) -> dict[str, float]:
        """{unit: what one of it is in the unit of the model}, that one first; {"": 1} for a pure number.

        >>> lab("albumin").factors()
        {'g/L': 1.0, 'g/dL': 10.0}
        """
        if not self.suffix:
            return {"": 1.0}
        return {unit: self.factor(unit) for unit in (self.unit, self.clinic, *self.others) if unit}

    def has_unit(self, unit: str) -> bool:
        """Whether the lab is given in a unit, as anybody writes it."""
        return _plain(unit) in self._units

    @property
    def _units(self) -> dict[str, tuple[float, float]]:
        units = {self.unit: (1.0, 1.0), self.clinic: (1.0, 1.0), **self.others}
        return {_plain(one): fraction for one, fraction in units.items()}


@cache
def labs() -> Mapping[str, Lab]:
    """All rows of labs.csv by name, in the order of the file."""
    return rows_by("name", TABLE, Lab)


def lab(name: str) -> Lab:
    """One row; raises InputError for an unknown name."""
    if name not in labs():
        raise InputError(f"no lab or score {shown(name)}. {nearest(name, labs(), 40)}")
    return labs()[name]


@cache
def measurable() -> Mapping[str, Lab]:
    """What a laboratory or an assessor of a trial measures: what has an error."""
    return {name: one for name, one in labs().items() if not math.isnan(one.error_cv)}


@cache
def scores() -> Mapping[str, Lab]:
    """What is computed from what was measured at a visit."""
    return {name: one for name, one in labs().items() if one.kind == "score"}


def better(name: str) -> str:
    """Whether more ("up") or less ("down") of a lab or score is better; "" where it is neither, or no lab."""
    return labs()[name].better if name in labs() else ""


def assayed(
    name: str, true: NDArray, noise: NDArray[np.float64], error: float | None = None, limit: float | None = None
) -> NDArray[np.float64]:
    """What an assay reads of true values: with its error, and with what stands for a value below its limit.

    Parameters
    ----------
    true : in the unit of the model; noise : standard normal numbers
    error, limit : those of the table where left out

    >>> assayed("hbv_dna", np.array([500.0, 3.0]), np.zeros(2)), assayed("alt", np.array([3.0]), np.zeros(1))
    (array([500.,  10.]), array([5.]))
    """
    one = lab(name)
    error, limit = one.error_cv if error is None else error, one.lower_limit if limit is None else limit
    read = np.asarray(true, float) * np.exp(error * noise)
    if math.isnan(one.undetected):
        return np.maximum(read, limit)
    return np.where(read < limit, one.undetected * limit, read)


def to_model(name: str, value: Value, unit: str = "") -> Value:
    """A value of a lab in the model's unit.

    Parameters
    ----------
    unit : of the value; the clinic's when ""

    >>> to_model("bilirubin", 2.0)
    34.208
    """
    one = lab(name)
    return value * one.factor(unit or one.clinic)


def to_clinic(name: str, value: Value) -> Value:
    """A value of a lab in the unit of the clinic, from that of the model.

    >>> to_clinic("albumin", 35.0)
    3.5
    """
    one = lab(name)
    return value / one.factor(one.clinic)
