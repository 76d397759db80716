"""Who a table of patients tells of: people with their labs over time, signs, age, sex, cause and treatment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isfinite

from lobule.files.course import Course, Values
from lobule.files.table import Fault

# {sign: its greatest grade}; 0 is none of it
SIGNS = {"ascites": 3.0, "encephalopathy_grade": 4.0, "edema": 1.0, "varices": 1.0, "histology": 4.0}


@dataclass(frozen=True)
class Treatment:
    """What a person is or was treated with.

    Attributes
    ----------
    name : as `lobule.therapy.Care` knows it; of what it does not know, such as a drug under study, as it is written
    from_day, to_day : from the first visit; `to_day` is None while it goes on
    known : whether lobule has this care
    dated : whether the table says when it began; else it was there at the visit of `from_day`, and may have been
        there before
    """

    name: str
    from_day: float = 0.0
    to_day: float | None = None
    known: bool = True
    dated: bool = True


@dataclass(frozen=True)
class Person:
    """One person of a table.

    Attributes
    ----------
    name : as the table has it
    course : labs on the days from the first visit; `course.values` is empty where no lab was measured
    age : at the first visit, years; None where it is not known, as of the others
    sex : "f" or "m"
    etiology : a cause of people, as the model knows it
    signs : {sign of SIGNS: (n,) its grade on the days of the course, NaN where it was not looked at}: ascites 0 none to
        3, encephalopathy_grade 0 to 4, edema 0, 0.5 (without diuretics, or gone with them) or 1 (in spite of them),
        varices 0 or 1, histology stage 0 to 4
    treated : treatments, in the order of their beginning
    lines : of the file that tell of this person
    begun : date of the first visit; None where the table has no dates
    units : {lab: the unit in which the table has it}, of those that have one
    doubts : what the reader says of values of this person that look mistyped and were left out, in sentences
    untreated : care of which the table says that this person has not had it
    """

    name: str
    course: Course
    age: float | None = None
    sex: str | None = None
    etiology: str | None = None
    signs: dict[str, Values] = field(default_factory=dict)
    treated: tuple[Treatment, ...] = ()
    lines: tuple[int, ...] = ()
    begun: date | None = None
    units: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    untreated: tuple[str, ...] = ()

    def last_sign(self, sign: str) -> tuple[float, float] | None:
        """The last grade of a sign that is known and its day after the first visit; None where none is."""
        seen = [k for k, grade in enumerate(self.signs[sign]) if isfinite(grade)]
        return (float(self.signs[sign][seen[-1]]), float(self.course.days[seen[-1]])) if seen else None

    def date_of(self, day: float) -> str:
        """The date so many days after the first visit, such as 2026-03-14; "" where the table has no dates."""
        try:
            return "" if self.begun is None else str(self.begun + timedelta(days=int(day)))
        except OverflowError:
            return ""

    def when(self, day: float) -> str:
        """A day after the first visit in words: "day 371", or "2022-03-11 (day 371)"."""
        told = self.date_of(day)
        return f"{told} (day {day:.0f})" if told else f"day {day:g}"


@dataclass(frozen=True)
class People:
    """All people of a table, in its order.

    Attributes
    ----------
    persons : each with a name of its own
    problems : cells and rows that were left out
    unread : a sentence for each column that is not used, with why
    notes : how the table was understood, in sentences
    suspects : values that look like typing errors, with what was done
    untold : how many more problems there are
    owner : the column that names them and where it stands; "" where none does
    """

    persons: tuple[Person, ...]
    problems: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suspects: tuple[Fault, ...] = ()
    untold: int = 0
    owner: str = ""

    def __len__(self) -> int:
        return len(self.persons)

    def person(self, name: str) -> Person:
        """One of them by name; raises KeyError for nobody's."""
        return {person.name: person for person in self.persons}[name]
