"""Repeated laboratory values: times, units, missing cells, values beyond limits; animals are read here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, nearest
from lobule.files.cells import NOTHING, Readings, State
from lobule.files.columns import Columns, understand
from lobule.files.labs import QUANTITIES, WHO, doubt_unit
from lobule.files.labs import VOCABULARY as LABS
from lobule.files.table import Fault, Table, read_table
from lobule.files.times import DATES, DAYS, MONTH, YEAR, order_of, time_of_rows
from lobule.files.vocabulary import Quantity, Vocabulary
from lobule.labs import labs, to_model

Values = NDArray[np.float64]
FITTED = [name for name, lab in labs().items() if lab.level]  # labs that a fit reads
TIME = {"d": 1.0, "h": 1 / 24, "wk": 7.0, "month": MONTH, "years": YEAR}  # units of a column "time"
OWNERS = (*WHO[:-1], "animal", "animal_id", "group", WHO[-1])  # an "id" beside a patient is that of a row
# "PatientID", "Subj. no", "Patienten-Nr"; "PT" alone is a prothrombin time
OWNER = re.compile(
    r"(?:pt(?=.)|pat|patient(?:en|in)?|subj|subject|participant|proband(?:en)?|person|case|fall|animal|mouse|rat|tier"
    r"|paciente|sujeto|患者|病人|受试者)s?(?:id|ids|no|nr|num|number|nummer|name|code|key|ident|identifier|kennung|编号|号)?"
)
LONGEST = 36_500.0  # days
MOST_ROWS = 2000
MOST_NAMED = 6


def _vocabulary(lower: float, higher: float) -> Vocabulary:
    """Columns of a course; the plausible ranges of people widened by two factors."""
    wide = {name: replace(QUANTITIES[name], low=QUANTITIES[name].low / lower, high=QUANTITIES[name].high * higher)
            for name in FITTED}  # fmt: skip
    times = {name: Quantity({}, -LONGEST / days, LONGEST / days) for name, days in DAYS.items()}
    times["time"] = Quantity(TIME, -LONGEST, LONGEST)
    return Vocabulary({**wide, **times}, texts=(*DATES, *OWNERS))


PEOPLE, ANIMALS = _vocabulary(1, 1), _vocabulary(10, 3)


@dataclass(frozen=True)
class Course:
    """days (n,), from the first measurement, which was on day `first` of the table (0 of dates); values {lab: (n,)} in
    the model's units, NaN where missing; beyond {lab: (n,)}: -1 below the value given, 1 above it, 0 at it; problems:
    cells that were left out; unread: a sentence for each column that a fit does not use"""

    days: Values
    values: dict[str, Values]
    beyond: dict[str, NDArray[np.int64]]
    problems: tuple[Fault, ...]
    first: float = 0.0
    unread: tuple[str, ...] = ()


def read_course(path: str | Path, group: str | None = None, sheet: str | None = None) -> Course:
    """Read the labs of a group of animals: a column of times since the injury began, and labs with units.

    People are read by `lobule.files.people`.

    Parameters
    ----------
    path : .csv, .xlsx or .parquet
    group : whose rows are read, where the table has several
    sheet : of a workbook with several

    Raises
    ------
    InputError : several groups and none chosen, no times or two columns of them, dates, none of the labs, a lab with
        two values at one time, nothing measured, or no table at all.
    """
    table = read_table(path, ANIMALS, sheet)
    columns = understand(table, ANIMALS)
    rows, others = _rows_of(table, columns, group)
    if rows.sum() > MOST_ROWS:
        raise InputError(f"{table.name}: the labs of one patient have at most {MOST_ROWS} rows")
    days = np.where(rows, _days(table, columns), np.nan)
    if not set(DAYS) & set(columns.numbers):
        raise InputError(f"{table.name}: dates do not say how long ago the injury began; give a column day")
    measured = {name: columns.numbers[name] for name in FITTED if name in columns.numbers}
    if not measured:
        raise InputError(f"{table.name}: none of {', '.join(FITTED)} is there; a fit needs one at least")
    for name, readings in measured.items():
        doubt_unit(table, columns.places[name], readings)
    known = np.isfinite(days)
    if not any((known & np.isfinite(readings.limits())).any() for readings in measured.values()):
        why = f"; {table.faults[0]}" if table.faults else ""
        raise InputError(f"{table.name}: nothing is measured in any row that has a time{why}")
    for name, readings in measured.items():
        _once(table, columns.places[name], readings, days)
    order = np.flatnonzero(known)[np.argsort(days[known], kind="stable")]
    if days[order][-1] - days[order][0] > LONGEST:
        where = " and ".join(f"line {table.lines[row]}" for row in (order[0], order[-1]))
        raise InputError(f"{table.name}: {where} are more than {LONGEST:g} days apart; is a date wrong?")
    return Course(
        days[order] - days[order][0],
        {name: to_model(name, readings.limits()[order]) for name, readings in measured.items()},
        {name: readings.beyond()[order] for name, readings in measured.items()},
        tuple(fault for fault in table.faults if fault.line not in others),
        float(days[order][0]),
        tuple(_unread(table, columns)),
    )


def _unread(table: Table, columns: Columns) -> list[str]:
    """A sentence for each column that was not read; of labs that only scores use, no other name is proposed."""
    said = dict(zip((f"({table.place(k)})" for k in range(len(table.headers))), table.headers, strict=True))
    known, owners = set(LABS.names.values()), _owners(table, columns)
    sentences = []
    for sentence in columns.unread:
        if owners is not None and f"({table.place(owners)})" in sentence:
            continue
        header = next((h for place, h in said.items() if place in sentence), "")
        name = LABS.read(header)[0]
        sentences.append(f"{sentence.partition('; ')[0]}; a fit does not use {name}" if name in known else sentence)
    return sentences


def _rows_of(table: Table, columns: Columns, patient: str | None) -> tuple[NDArray[np.bool_], set[int]]:
    """Rows of the one patient, and lines of the others. Rows of several are never put together."""
    k = _owners(table, columns)
    if k is None:
        if patient is not None:
            raise InputError(f'{table.name} has no column of patients to find "{patient}" in; name it patient')
        return np.ones(len(table), bool), set()
    names = table.column(k)
    there = list(dict.fromkeys(name for name in names if name.lower() not in NOTHING))
    if patient is None and len(there) > 1:
        listed = ", ".join(there[:MOST_NAMED]) + (f" and {len(there) - MOST_NAMED} more" if there[MOST_NAMED:] else "")
        raise InputError(
            f'{table.name}: the column "{table.headers[k]}" ({table.place(k)}) names {len(there)} patients ({listed}); '
            "a fit is of one: choose with --patient, or take the column out if it does not name patients"
        )
    chosen = patient.strip() if patient is not None else next(iter(there), "")
    if chosen not in there and there:
        raise InputError(f'{table.name}: there is no patient "{chosen}". {nearest(chosen, there)}')
    rows = np.array([name == chosen or not there for name in names])
    others = set()
    for row in np.flatnonzero(~rows).tolist():
        if names[row] in there:
            others.add(table.lines[row])
        else:
            table.fault(row, k, "no patient is named; the row is left out")
    return rows, others


def _owners(table: Table, columns: Columns) -> int | None:
    """The column that says whose a row is: one of the usual names, else one that is built like them."""
    usual = next((columns.places[name] for name in OWNERS if name in columns.texts), None)
    if usual is not None:
        return usual
    built_alike = (k for k, h in enumerate(table.headers) if OWNER.fullmatch(re.sub(r"[\W_]+", "", h.lower())))
    return next((k for k in built_alike if LABS.read(table.headers[k])[0] not in LABS.quantities), None)  # "PT (s)"


def _days(table: Table, columns: Columns) -> Values:
    """Time of every row, NaN where it cannot be read."""
    called = [name for name in (*DAYS, *DATES) if name in columns.places]
    if not called:
        raise InputError(f"{table.name}: no column of times; name it day, week, month or date")
    if len(called) > 1:
        where = " and ".join(f'"{table.headers[columns.places[name]]}"' for name in called)
        raise InputError(f"{table.name}: two columns of times, {where}; keep one")
    name, k = called[0], columns.places[called[0]]
    order = "" if name in DAYS else order_of(table.column(k))
    if order:
        table.notes.append(f'the dates of "{table.headers[k]}" are read as {order}; no other order fits all of them')
    return time_of_rows(table, k, name, columns.numbers, order)


def _once(table: Table, k: int, readings: Readings, days: Values) -> None:
    """At one time a lab has one value. The same one twice is left out once; two different ones are refused."""
    first: dict[float, int] = {}
    for row in np.flatnonzero(np.isfinite(days) & np.isfinite(readings.limits())).tolist():
        before = first.setdefault(float(days[row]), row)
        if before == row:
            continue
        if _same(readings, before, row):
            table.fault(row, k, f"line {table.lines[before]} has the same value at the same time; left out")
            readings.low[row] = readings.high[row] = np.nan
            readings.state[row] = State.ABSENT
            continue
        raise InputError(
            f'{table.name}: "{table.headers[k]}" has two values at one time, {readings.written[before]} in line '
            f"{table.lines[before]} and {readings.written[row]} in line {table.lines[row]}; keep one, "
            "and rows of one patient only"
        )


def _same(readings: Readings, first: int, second: int) -> bool:
    ends: Mapping[str, Values] = {"low": readings.low, "high": readings.high}
    return all(values[first] == values[second] for values in ends.values())
