"""People of a table as clinics write it: one row a visit or one row a patient, each of them with a course of labs.

The file is read by `table`, its columns by `columns`; `roles` says what the columns are for, `signs`, `treated` and
`who` read what is no lab. Rows of several patients are never put together: a row belongs to the patient that its own
cell names, and where no column names patients and none tells a time, each row is somebody.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from lobule.errors import InputError
from lobule.files.bare import units_by_size
from lobule.files.cells import NOTHING
from lobule.files.columns import Columns, understand
from lobule.files.course import FITTED, LONGEST, Course, Values
from lobule.files.course import PEOPLE as COURSE
from lobule.files.labs import DIALYSIS, QUANTITIES, YES, doubt_unit
from lobule.files.person import SIGNS, People, Person, Treatment
from lobule.files.roles import Roles, roles_of, said
from lobule.files.signs import GRADED, PRESENT, Lab, inr_of, limits_of, on_dialysis, signs_of
from lobule.files.table import Table, read_table
from lobule.files.times import order_of, time_of_rows
from lobule.files.vocabulary import Quantity, Vocabulary
from lobule.files.who import Who, who_of

__all__ = ["SIGNS", "People", "Person", "Treatment", "read_people"]

CLOTTING = ("prothrombin_time", "prothrombin_control", "prothrombin_index")
USED = {name: QUANTITIES[name] for name in (*CLOTTING, "age")} | {"isi": Quantity({}, 0.5, 4)}
BIRTHS = ("date_of_birth", "birth_year")
FLAGS = {**dict.fromkeys((*PRESENT, "female", "male"), YES), "dialysis": DIALYSIS}
VOCABULARY = Vocabulary(
    {**QUANTITIES, **COURSE.quantities, **USED},
    FLAGS,
    (*COURSE.texts, "etiology", *BIRTHS),
    (*GRADED, "sex"),
    QUANTITIES.keys() - set(FITTED) - set(USED),
)


def read_people(
    path: str | Path, sheet: str | None = None, etiology: str | None = None, codes: Mapping[str, bool] | None = None
) -> People:
    """Read a table of one or many patients.

    Parameters
    ----------
    path : .csv, .tsv, .xlsx or .parquet
    sheet : of a workbook with several
    etiology : cause of the disease of everybody whose own the table does not tell
    codes : {code of sex: whether it is female}, see `lobule.files.words.sex_codes`

    Raises
    ------
    InputError : no table, no column that is known, a lab without unit or with one that it does not have, two columns of
        times or none where a patient has several rows, an unknown etiology, nobody whose data can be used.
    """
    table = read_table(path, VOCABULARY, sheet)
    units_by_size(table, VOCABULARY)
    roles = roles_of(table, VOCABULARY)
    columns = understand(table, VOCABULARY, aside=roles.aside)
    measured = _measured(table, columns)
    signs = signs_of(table, columns)
    days = _days(table, columns, roles)
    who = who_of(table, columns, etiology, codes)
    persons = []
    for name, rows in _rows(table, roles, days).items():
        persons.append(_person(name, rows, days, measured, signs, who))
    if not persons:
        why = f"; {table.faults[0]}" if table.faults else ""
        raise InputError(f"{table.name}: no row tells of anybody{why}")
    unread = [*said(table, roles.aside), *columns.unread, *_unused(table, columns, roles)]
    return People(tuple(persons), tuple(table.faults), tuple(unread), tuple(table.notes), (), table.untold)


def _measured(table: Table, columns: Columns) -> dict[str, Lab]:
    """{lab that a fit reads: its limits and sides on all rows}."""
    for name, readings in columns.numbers.items():
        doubt_unit(table, columns.places[name], readings)
    found = {name: limits_of(columns.numbers[name], name) for name in FITTED if name in columns.numbers}
    inr_of(table, columns, found)
    on_dialysis(table, columns, found)
    return found


def _days(table: Table, columns: Columns, roles: Roles) -> Values:
    """Time of every row in days, 0 where the table has no times; NaN where it cannot be read."""
    if not roles.time:
        return np.zeros(len(table))
    k = columns.places[roles.time]
    return time_of_rows(table, k, roles.time, columns.numbers, order_of([table.column(k)]))


def _rows(table: Table, roles: Roles, days: Values) -> dict[str, list[int]]:
    """{name: rows with a time, in the order of their times}, in the order of the table."""
    found: dict[str, list[int]] = {}
    if roles.owner is None and not roles.time:
        return {f"row {table.lines[row]}": [row] for row in range(len(table))}
    names = ["the patient"] * len(table) if roles.owner is None else table.column(roles.owner)
    for row, name in enumerate(names):
        if name.lower() in NOTHING:
            table.fault(row, roles.owner or 0, "no patient is named; the row is left out")
        elif np.isfinite(days[row]):
            found.setdefault(name, []).append(row)
    several = next((rows for rows in found.values() if len(rows) > 1), None)
    if several and not roles.time:
        where = " and ".join(f"line {table.lines[row]}" for row in several[:2])
        raise InputError(f"{table.name}: {where} are of one patient, and no column tells when; name it day, week, "
                         "month or date")  # fmt: skip
    return {name: sorted(rows, key=lambda row: days[row]) for name, rows in found.items()}


def _person(
    name: str, rows: list[int], days: Values, measured: Mapping[str, Lab], signs: Mapping[str, Values], who: Who
) -> Person:
    told = [row for row in rows if any(np.isfinite(limits[row]) for limits, _ in measured.values())
            or any(np.isfinite(grades[row]) for grades in signs.values())] or rows[:1]  # fmt: skip
    at = days[told] - days[told[0]]
    if at[-1] > LONGEST:
        raise InputError(f"patient {name}: more than {LONGEST:g} days between two rows; is a date wrong?")
    seen = {lab: (limits[told], beyond[told]) for lab, (limits, beyond) in measured.items()}
    seen = {lab: both for lab, both in seen.items() if np.isfinite(both[0]).any()}
    course = Course(
        at,
        {lab: limits for lab, (limits, _) in seen.items()},
        {lab: beyond for lab, (_, beyond) in seen.items()},
        (),
        float(days[told[0]]),
    )
    own = {sign: grades[told] for sign, grades in signs.items() if np.isfinite(grades[told]).any()}
    return Person(name, course, who.age(told, days), who.sex(told), who.etiology(told), own)


def _unused(table: Table, columns: Columns, roles: Roles) -> list[str]:
    """A sentence for each column that was understood and that nothing uses."""
    used = {*FITTED, *USED, *FLAGS, *GRADED, "sex", "etiology", *BIRTHS, roles.time}
    return [
        f'the column "{table.headers[k]}" ({table.place(k)}) is {name}, which a fit does not use'
        for name, k in columns.places.items()
        if name not in used and k != roles.owner
    ]
