"""One patient of a table: the labs that a fit reads, with everything that is told of the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lobule.errors import InputError, nearest
from lobule.files.course import FITTED
from lobule.files.people import read_people
from lobule.files.person import People, Person

MOST_VISITS = 2000
MOST_NAMED = 6


def read_patient(
    path: str | Path, patient: str | None = None, sheet: str | None = None, etiology: str | None = None
) -> Person:
    """Read one patient of a table; its course tells the problems and what is not used.

    Parameters
    ----------
    path, sheet, etiology : see `lobule.files.people.read_people`
    patient : whose rows are read, where the table has several

    Raises
    ------
    InputError : several patients and none chosen, nobody of that name, none of the labs, nothing measured, or what
        `read_people` refuses.
    """
    people = read_people(path, sheet, etiology, one=True)
    person = _chosen(people, Path(path).name, patient)
    if not person.course.values:
        why = f"; {people.problems[0]}" if people.problems else ""
        raise InputError(f"{Path(path).name}: nothing is measured of {', '.join(FITTED)} in any row that has a time; a "
                         f"fit needs one at least{why}")  # fmt: skip
    if len(person.course.days) > MOST_VISITS:
        raise InputError(f"{Path(path).name}: the labs of one patient have at most {MOST_VISITS} visits")
    others = {line for other in people.persons if other.name != person.name for line in other.lines}
    problems = [one for one in (*people.suspects, *people.problems) if one.line not in others]
    course = replace(person.course, problems=tuple(problems), unread=(*people.unread, *people.notes))
    return replace(person, course=course)


def _chosen(people: People, file: str, patient: str | None) -> Person:
    names = [person.name for person in people.persons]
    if patient is not None and not people.owner:
        raise InputError(f'{file} has no column of patients to find "{patient}" in; name it patient')
    if patient is None and len(names) > 1 and not people.owner:
        raise InputError(f"{file} has {len(names)} rows and no column of times; name it day, week, month or date "
                         "(lobule forecast takes each row for a patient)")  # fmt: skip
    if patient is None and len(names) > 1:
        listed = ", ".join(names[:MOST_NAMED])
        listed += f" and {len(names) - MOST_NAMED} more" if names[MOST_NAMED:] else ""
        raise InputError(
            f"{file}: the column {people.owner} names {len(names)} patients ({listed}); a fit is of one: choose with "
            "--patient, forecast all of them with lobule forecast, or take the column out if it does not name patients"
        )
    if patient is not None and patient.strip() not in names:
        raise InputError(f'{file}: there is no patient "{patient}". {nearest(patient, names)}')
    return people.persons[0] if patient is None else people.person(patient.strip())
