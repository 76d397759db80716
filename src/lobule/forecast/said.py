"""Values and signs of a patient in words: in the unit in which the table has them, on the date that it tells."""

from __future__ import annotations

import math

from lobule.files.person import Person
from lobule.labs import labs

SIGN_WORDS = {
    "ascites": ("none", "slight", "moderate", "large"), "varices": ("none", "found"),
    "encephalopathy_grade": ("none", "grade 1", "grade 2", "grade 3", "grade 4"),
    "histology": ("stage 0", "stage 1", "stage 2", "stage 3", "stage 4"),
}  # fmt: skip
EDEMA = {0.0: "none", 0.5: "without diuretics, or gone with them", 1.0: "in spite of diuretics"}
SIDES = {-1: "<", 1: ">"}


def unit_of(person: Person, lab: str) -> str:
    """The unit in which a patient's lab is told: the table's, else that of the model; "" for a pure number."""
    own = person.units.get(lab, "")
    return own if own and labs()[lab].suffix and labs()[lab].has_unit(own) else labs()[lab].suffix


def number_in(person: Person, lab: str, value: float) -> str:
    """A value of a lab, given in the model's unit, as a number in the patient's unit."""
    row, unit = labs()[lab], unit_of(person, lab)
    factor = row.factor(unit) if unit else 1.0
    return f"{value / factor:.{max(row.decimals + round(math.log10(factor)), 0)}f}"


def value_in(person: Person, lab: str, value: float, side: int = 0) -> str:
    """The same with its unit: "0.7 mg/dL", "<90 U/L"; side : -1 where the truth lies below it, 1 above.

    Where the table's unit is another than the model's, that one follows in brackets: "7.0 mg/dL (120 umol/L)".
    """
    row, unit, sign = labs()[lab], unit_of(person, lab), SIDES.get(side, "")
    told = f"{sign}{number_in(person, lab, value)} {unit}".strip()
    own = "" if unit == row.suffix else f" ({sign}{value:.{row.decimals}f} {row.suffix})"
    return told + own


def ranged_in(person: Person, lab: str, middle: float, low: float, high: float) -> str:
    """A median with its range in the patient's unit."""
    return f"{number_in(person, lab, middle)} ({number_in(person, lab, low)} to {number_in(person, lab, high)})"


def grade_in_words(sign: str, grade: float) -> str:
    """ "moderate" of ascites 2."""
    if sign == "edema":
        return EDEMA.get(grade, f"{grade:g}")
    return SIGN_WORDS[sign][min(int(grade), len(SIGN_WORDS[sign]) - 1)]


def sign_in_words(person: Person, sign: str) -> str:
    """The last grade that is known: "ascites (none) on day 0"; "" without any."""
    last = person.last_sign(sign)
    if last is None:
        return ""
    grade, day = last
    return f"{sign.replace('_grade', '')} ({grade_in_words(sign, grade)}) on {person.when(day)}"
