"""People cut at a visit, and the covariates that rivals read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from lobule.files.course import Course
from lobule.files.person import SIGNS, Person

RIVAL_LABS = ("albumin", "bilirubin", "inr", "creatinine", "sodium", "platelets", "ast", "alt", "alp", "ggt")


def visits_of(person: Person) -> int:
    """How many days the person was seen."""
    return len(person.course.days)


def until(person: Person, visits: int) -> Person:
    """The person as known after the first visits: nothing of later ones is left."""
    course = person.course
    last = float(course.days[visits - 1])
    return replace(
        person,
        course=replace(
            course, days=course.days[:visits], values={lab: v[:visits] for lab, v in course.values.items()},
            beyond={lab: v[:visits] for lab, v in course.beyond.items()},
        ),
        signs={sign: v[:visits] for sign, v in person.signs.items()},
        treated=tuple(
            replace(one, to_day=None) if one.to_day is not None and one.to_day > last else one
            for one in person.treated if one.from_day <= last
        ),
    )  # fmt: skip


def unmeasured(name: str, age: float, sex: str, etiology: str) -> Person:
    """Somebody of whom only age and sex are known."""
    return Person(name, Course(np.zeros(1), {}, {}, ()), age=age, sex=sex, etiology=etiology)


def covariates(persons: Sequence[Person]) -> pd.DataFrame:
    """What rivals read of the first visit, a row a person by name: age, female, labs in the model's units, signs."""
    rows = []
    for person in persons:
        row = {"age": _or_nan(person.age), "female": np.nan if person.sex is None else float(person.sex == "f")}
        row |= {lab: _first(person.course.values.get(lab)) for lab in RIVAL_LABS}
        row |= {sign: _first(person.signs.get(sign)) for sign in SIGNS}
        rows.append(row)
    names = pd.Index([person.name for person in persons], name="patient")
    return pd.DataFrame(rows, index=names, columns=["age", "female", *RIVAL_LABS, *SIGNS], dtype=float)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else float(value)


def _first(values: np.ndarray | None) -> float:
    return np.nan if values is None or not len(values) else float(values[0])
