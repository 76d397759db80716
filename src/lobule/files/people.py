"""People of a table as clinics write it: one row a visit or one row a patient, each of them with a course of labs.

The file is read by `table`, its columns by `columns`; `roles` says what the columns are for, `signs`, `treated` and
`who` read what is no lab. Rows of several patients are never put together: a row belongs to the patient that its own
cell names, and where no column names patients and none tells a time, each row is somebody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from lobule.errors import InputError
from lobule.files.bare import units_by_size
from lobule.files.cells import NOTHING, shown
from lobule.files.columns import Columns, understand
from lobule.files.course import FITTED, LONGEST, OWNERS, Course, Values
from lobule.files.course import PEOPLE as COURSE
from lobule.files.labs import DIALYSIS, QUANTITIES, YES, doubt_unit
from lobule.files.person import SIGNS, People, Person, Treatment
from lobule.files.roles import Roles, roles_of, said
from lobule.files.shapes import one_row_a_visit
from lobule.files.signs import GRADED, PRESENT, Lab, Sides, inr_of, limits_of, on_dialysis, signs_of
from lobule.files.suspects import suspects
from lobule.files.table import Fault, Table, read_table
from lobule.files.times import DATES, DAYS, YEAR, ambiguous, order_of, time_of_rows
from lobule.files.treated import Treated, columns_of
from lobule.files.vocabulary import Quantity, Vocabulary, plain_name
from lobule.files.who import BIRTHS, Who, who_of
from lobule.labs import labs

__all__ = ["SIGNS", "People", "Person", "Treatment", "read_people"]

CLOTTING = ("prothrombin_time", "prothrombin_control", "prothrombin_index")
USED = {name: QUANTITIES[name] for name in (*CLOTTING, "age")} | {"isi": Quantity({}, 0.5, 4)}
SHORT = 4  # letters of a header up to which no other name is proposed
FLAGS = {**dict.fromkeys((*PRESENT, "female", "male"), YES), "dialysis": DIALYSIS}
VOCABULARY = Vocabulary(
    {**QUANTITIES, **COURSE.quantities, **USED},
    FLAGS,
    (*COURSE.texts, "etiology", *BIRTHS),
    (*GRADED, "sex"),
    QUANTITIES.keys() - set(FITTED) - set(USED),
)


def read_people(
    path: str | Path, sheet: str | None = None, etiology: str | None = None, codes: Mapping[str, bool] | None = None,
    one: bool = False,
) -> People:  # fmt: skip
    """Read a table of one or many patients.

    Parameters
    ----------
    path : .csv, .tsv, .xlsx or .parquet
    sheet : of a workbook with several
    etiology : cause of the disease of everybody whose own the table does not tell
    codes : {code of sex: whether it is female}, see `lobule.files.words.sex_codes`
    one : rows of a table that names no patients are known to be of one, so that they may stand in any order

    Raises
    ------
    InputError : no table, no column that is known, a lab without unit or with one that it does not have, two columns of
        times or none where a patient has several rows, an unknown etiology, nobody whose data can be used.
    """
    table = one_row_a_visit(read_table(path, VOCABULARY, sheet), VOCABULARY)
    units_by_size(table, VOCABULARY)
    treatments = columns_of(table, VOCABULARY)
    roles = roles_of(table, VOCABULARY)
    columns = understand(table, VOCABULARY, aside={*roles.aside, *treatments})
    measured = _measured(table, columns)
    signs = signs_of(table, columns)
    days = _days(table, columns, roles)
    dates = [columns.places[roles.time]] if roles.time in DATES else []
    who = who_of(table, columns, dates, days, etiology, codes)
    births = [columns.places[name] for name in BIRTHS if name in columns.texts]
    treatments = {k: one for k, one in treatments.items() if k not in roles.aside}
    treated = Treated(table, roles.time, days, treatments, [*dates, *births])
    told = _Told(
        table, columns, days, measured, signs, who, treated, bool(dates), roles.owner is None, _lines(table, roles)
    )
    persons = []
    for name, rows in _rows(table, roles, days, one).items():
        why = told.why_not(rows)
        if why and roles.owner is None:
            raise InputError(f"{table.name}: {why}")
        if why:
            table.fault(rows[0], roles.owner or 0, f"{name} is left out: {why}")
        else:
            persons.append(told.person(name, rows))
    if all(_nothing(person) for person in persons):
        why = f"; {table.faults[0]}" if table.faults else ""
        raise InputError(f"{table.name}: no row tells a lab, a sign, an age or a sex of anybody{why}")
    owner = "" if roles.owner is None else f'"{table.headers[roles.owner]}" ({table.place(roles.owner)})'
    unread = [*said(table, {**roles.aside, **treated.unread}), *_unread(table, columns, roles), *table.unread]
    return People(tuple(persons), tuple(table.faults), tuple(unread), (*table.notes, *_alike(persons)),
                  tuple(told.suspects), table.untold, owner)  # fmt: skip


def _measured(table: Table, columns: Columns) -> dict[str, Lab]:
    """{lab that a fit reads: its limits and sides on all rows}."""
    for name, readings in columns.numbers.items():
        doubt_unit(table, columns.places[name], readings)
    found = {name: limits_of(columns.numbers[name], name) for name in FITTED if name in columns.numbers}
    inr_of(table, columns, found)
    on_dialysis(table, columns, found)
    return found


def _days(table: Table, columns: Columns, roles: Roles) -> Values:
    """Time of every row in days, 0 where the table has no times; NaN where it cannot be read.

    Without a column of times the ages tell the visits, where they differ between the rows of each patient.
    """
    if roles.time:
        k = columns.places[roles.time]
        others = [table.column(columns.places[name]) for name in BIRTHS if name in columns.texts]
        order = order_of(table.column(k), others) if roles.time in DATES else ""
        unclear = "" if order or roles.time in DAYS else ambiguous(table.column(k))
        if unclear:
            raise InputError(f"{table.name}, {table.place(k)}: {shown(unclear)} and the other dates can be read as "
                             "day.month.year and as month/day/year; write such as 2026-03-14")  # fmt: skip
        if order:
            table.notes.append(f'dates of "{table.headers[k]}" are read as {order}: no other order fits all of them')
        names = [] if roles.owner is None else table.column(roles.owner)
        often = Counter(names)
        alone = [row for row, name in enumerate(names) if often[name] == 1]
        return time_of_rows(table, k, roles.time, columns.numbers, order, alone)
    if roles.owner is None or "age" not in columns.numbers:
        return np.zeros(len(table))
    names, ages = table.column(roles.owner), columns.numbers["age"].values()
    known = [(name, float(age)) for name, age in zip(names, ages, strict=True) if np.isfinite(age)]
    if len(set(names)) == len(names) or len(set(known)) < len(known):
        return np.zeros(len(table))
    if all(age == int(age) for _, age in known):
        where = f'{table.name}: "{table.headers[columns.places["age"]]}" ({table.place(columns.places["age"])})'
        raise InputError(f"{where} in whole years tells no visits; add a column day, week, month or date")
    table.notes.append("no column tells the times of visits: they are told by the ages")
    return ages * YEAR


def _rows(table: Table, roles: Roles, days: Values, one: bool) -> dict[str, list[int]]:
    """{name: rows with a time, in the order of their times}, in the order of the table."""
    found: dict[str, list[int]] = {}
    if roles.owner is None and not roles.time:
        if len(table) > 1:
            table.notes.append("no column names patients and none tells times: each row is read as a patient")
        return {f"row {table.lines[row]}": [row] for row in range(len(table))}
    if roles.owner is None and not one:
        steps = np.diff(days[np.isfinite(days)])
        if (steps > 0).any() and (steps < 0).any():
            raise InputError(f"{table.name}: the times of its rows go up and down, and no column names patients; name "
                             "each in a column patient, or sort the rows by time")  # fmt: skip
    names = ["the patient"] * len(table) if roles.owner is None else table.column(roles.owner)
    for row, name in enumerate(names):
        if name.lower() in NOTHING:
            table.fault(row, roles.owner or 0, "no patient is named; the row is left out")
        elif np.isfinite(days[row]):
            found.setdefault(name, []).append(row)
    several = next((rows for rows in found.values() if len(rows) > 1 and not np.ptp(days[rows])), None)
    if several and not roles.time:
        where = " and ".join(f"line {table.lines[row]}" for row in several[:2])
        raise InputError(f"{table.name}: {where} are of one patient, and no column tells when; name it day, week, "
                         "month or date")  # fmt: skip
    return {name: sorted(rows, key=lambda row: days[row]) for name, rows in found.items()}


def _lines(table: Table, roles: Roles) -> dict[str, tuple[int, ...]]:
    """Lines of the file that are of each name."""
    if roles.owner is None:
        return {}
    found: dict[str, set[int]] = {name: set() for name in table.column(roles.owner)}
    for row, name in enumerate(table.column(roles.owner)):
        found[name].add(table.lines[row])
    for (row, _), (line, _) in table.origin.items():
        found[table.rows[row][roles.owner]].add(line)
    return {name: tuple(sorted(lines)) for name, lines in found.items()}


@dataclass
class _Told:
    """What a table tells on each row, and how persons are made of it; dated : its times
    are dates; alone : no column names patients; lines : of each in the file; suspects : values that look mistyped."""

    table: Table
    columns: Columns
    days: Values
    measured: dict[str, Lab]
    signs: dict[str, Values]
    who: Who
    treated: Treated
    dated: bool
    alone: bool
    lines: dict[str, tuple[int, ...]]
    suspects: list[Fault] = field(default_factory=list)
    doubted: dict[int, list[str]] = field(default_factory=dict)  # sentences by row

    def why_not(self, rows: list[int]) -> str:
        """Why rows of one name are left out; "" where they are those of a person."""
        two = self.who.contradiction(rows, self.days)
        if two:
            return f"{two}: two people? Name each in a column patient"
        if self.days[rows[-1]] - self.days[rows[0]] > LONGEST:
            lines = " and ".join(f"line {self.table.lines[row]}" for row in (rows[0], rows[-1]))
            return f"{lines} are more than {LONGEST:g} days apart; is a date wrong?"
        return ""

    def person(self, name: str, rows: list[int]) -> Person:
        """A person of some rows, in the order of their times."""
        told = [row for row in rows if any(np.isfinite(limits[row]) for limits, _ in self.measured.values())
                or any(np.isfinite(grades[row]) for grades in self.signs.values())] or rows[:1]  # fmt: skip
        at = np.unique(self.days[told])
        visits = [[row for row in told if self.days[row] == day] for day in at]
        values: dict[str, Values] = {}
        beyond: dict[str, Sides] = {}
        for lab, (limits, sides) in self.measured.items():
            chosen = [self._once(lab, limits, sides, same) for same in visits]
            if any(row is not None for row in chosen):
                own = np.array([np.nan if row is None else limits[row] for row in chosen])
                side = np.array([0 if row is None else sides[row] for row in chosen], np.int64)
                self._suspect(lab, own, side, chosen)
                if np.isfinite(own).any():
                    values[lab], beyond[lab] = own, side
        course = Course(at - at[0], values, beyond, (), 0.0 if self.dated else float(at[0]))
        signs = {sign: np.array([_first(grades, same) for same in visits]) for sign, grades in self.signs.items()
                 if np.isfinite(grades[told]).any()}  # fmt: skip
        who, (treated, untreated) = self.who, self.treated.of(told)
        units = {
            lab: min(self.columns.numbers[lab].given, default="")
            for lab in values
            if lab in self.columns.numbers and len(self.columns.numbers[lab].given) == 1
        }
        return Person(name, course, who.age(told, self.days), who.sex(rows), who.etiology(rows), signs,
                      treated, self.lines.get(name, ()), _date(at[0]) if self.dated else None,
                      {lab: unit for lab, unit in units.items() if unit}, self._doubts(rows),
                      untreated)  # fmt: skip

    def _once(self, lab: str, limits: Values, sides: Sides, rows: list[int]) -> int | None:
        """The row of a visit that has a lab; None where none has it, or two have different values."""
        there = [row for row in rows if np.isfinite(limits[row])]
        for row in there[1:]:
            if (limits[row], sides[row]) == (limits[there[0]], sides[there[0]]):
                self.table.fault(row, self._column(lab), f"line {self.table.lines[there[0]]} has the same value at the "
                                 "same time; left out")  # fmt: skip
        if len({(float(limits[row]), int(sides[row])) for row in there}) > 1:
            if self.alone:
                k = self._column(lab)
                both = (f"{self.table.rows[row][k]} in line {self.table.lines[row]}" for row in there[:2])
                raise InputError(f'{self.table.name}: "{self.table.headers[k]}" has two values at one time, '
                                 f"{' and '.join(both)}; keep one, and rows of one patient only")  # fmt: skip
            lines = " and ".join(str(self.table.lines[row]) for row in there[:2])
            self.table.fault(there[1], self._column(lab), f"lines {lines} have two values at one time; left out")
            return None
        return there[0] if there else None

    def _suspect(self, lab: str, values: Values, sides: Sides, rows: Sequence[int | None]) -> None:
        if len(values) < 3:
            return
        for k, (how, left_out) in suspects(lab, values, sides.tolist()).items():
            row, column = rows[k], self._column(lab)
            assert row is not None
            line, _ = self.table.origin.get((row, column), (self.table.lines[row], column))
            written = shown(self.table.rows[row][column])
            cell = self.table.place(column, row).removeprefix("cell ")
            reason = f"{written} looks like a typing error, {how} {'Left out' if left_out else 'Kept'}"
            self.suspects.append(Fault(line, self.table.headers[column], cell, reason))
            if left_out:  # what is kept is judged by the fit
                self.doubted.setdefault(row, []).append(f"{self.table.headers[column]} {reason}")
            if left_out:
                values[k] = np.nan

    def _doubts(self, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(sentence for row in rows for sentence in self.doubted.get(row, ()))

    def _column(self, lab: str) -> int:
        return next(self.columns.places[name] for name in (lab, *CLOTTING) if name in self.columns.places)


def _date(day: float) -> date | None:
    """Date of a day as `lobule.files.times.day_of` counts them."""
    return date.fromordinal(int(day)) if 1 <= day <= date.max.toordinal() else None


def _nothing(person: Person) -> bool:
    return not person.course.values and not person.signs and person.age is None and person.sex is None


def _first(grades: Values, rows: list[int]) -> float:
    """The first grade that is known in some rows."""
    return next((float(grades[row]) for row in rows if np.isfinite(grades[row])), np.nan)


def _alike(persons: Sequence[Person]) -> list[str]:
    """A sentence about names that differ in capitals or blanks alone: they stay two people."""
    seen: dict[str, list[str]] = {}
    for person in persons:
        seen.setdefault(re.sub(r"[\W_]+", "", person.name.lower()), []).append(person.name)
    twins = [names for names in seen.values() if len(names) > 1]
    listed = "; ".join(" and ".join(map(shown, names)) for names in twins[:5])
    return [f"names that are alike are those of different people here: {listed}"] if twins else []


def _unread(table: Table, columns: Columns, roles: Roles) -> list[str]:
    """A sentence for each column that nothing uses."""
    used = {*FITTED, *USED, *FLAGS, *GRADED, "sex", "etiology", *BIRTHS, roles.time}
    labels = table.labels()
    owner = "" if roles.owner is None else f"; patients are told by {shown(table.headers[roles.owner])}"
    found = []
    for sentence in columns.unread:
        k = next((k for k in range(len(labels)) if f"({table.place(k)})" in sentence), -1)
        name = VOCABULARY.read(table.headers[k])[0] if k >= 0 else ""
        lab = (
            name
            if name in QUANTITIES
            else next((one for one in labs() if plain_name(labels[k]).startswith(f"{one}_")), "")
        )
        if k == roles.owner:
            continue
        if lab:
            found.append(f"the column {shown(labels[k])} ({table.place(k)}) is {lab}, which a fit does not use")
        else:
            found.append(sentence if len(labels[k]) > SHORT else sentence.partition("; did you mean")[0])
    for name, k in columns.places.items():
        if name not in used and k != roles.owner:
            why = (
                f"names patients or rows in another way{owner}"
                if name in OWNERS
                else f"is {name}, which a fit does not use"
            )
            found.append(f"the column {shown(labels[k])} ({table.place(k)}) {why}")
    return found
