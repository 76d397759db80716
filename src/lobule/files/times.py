"""Times of the rows of a table, in days: numbers of days, weeks, months or years, and dates.

A date is 2026-03-14, with a time of day or without. Dates such as 14.03.2026 or 03/14/2026 are understood where the
dates of the whole column, together with the others of the table, allow one order of day and month only: one of them at
least has a day above 12. Beside dates that are written 2026-03-14 they are not, because a spreadsheet program that
took some of them for another order leaves a column that looks so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from lobule.files.cells import NOTHING, SHOWN, Readings, State, shown
from lobule.files.table import Table

Values = NDArray[np.float64]
MONTH, YEAR = 30.4375, 365.25  # days
DAYS = {"day": 1.0, "days": 1.0, "week": 7.0, "weeks": 7.0, "month": MONTH, "months": MONTH, "year": YEAR,
        "years": YEAR, "time": 1.0}  # fmt: skip
DATES = ("date", "visit_date", "date_of_visit", "sample_date", "collection_date")
IN_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
IN_WORDS = re.compile(r"(\d{1,2})[ .-]*([a-z]{3,9})[ .,-]*(\d{4})")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ORDERS = {"day.month.year": (0, 2, 3), "month/day/year": (2, 0, 3)}  # groups of IN_NUMBERS: day, month, year
NO_DATE = "is not a date such as 2026-03-14 (day and month are not guessed)"


def order_of(texts: Sequence[str], others: Iterable[Sequence[str]] = ()) -> str:
    """The one order of day and month in which all dates of a column can be read; "" where it cannot be told.

    Parameters
    ----------
    others : columns of dates of the same table, which tell it where the column itself does not
    """
    own = _orders(texts)
    if len(own) > 1:
        own = own.intersection(*(found for found in map(_orders, others) if found))
    return own.pop() if len(own) == 1 else ""


def _orders(texts: Sequence[str]) -> set[str]:
    """Orders in which all dates of a column can be read; empty where it has none, or some are written otherwise."""
    possible: set[str] = set()
    for text in set(texts):
        match = IN_NUMBERS.fullmatch(text)
        if match:
            here = {order for order, groups in ORDERS.items() if _date(match, groups) is not None}
            possible = possible & here if possible else here
            if not possible:
                return set()
        elif _iso(text) is not None:
            return set()
    return possible


def ambiguous(texts: Sequence[str]) -> str:
    """The first date of a column whose order of day and month cannot be told; "" where there is none."""
    return next((text for text in texts if IN_NUMBERS.fullmatch(text)), "") if len(_orders(texts)) > 1 else ""


def day_of(text: str, order: str = "") -> float | None:
    """Day of a date, counted from the year 1, with the time of day as a fraction; None where it is no date.

    >>> day_of("2026-03-14 12:00") - day_of("13.03.2026", "day.month.year"), day_of("03.04.2026")
    (1.5, None)
    """
    text = " ".join(text.split())
    at = _iso(text)
    if at is not None:
        return at
    match = IN_NUMBERS.fullmatch(text)
    if match:
        found = _date(match, ORDERS[order]) if order else None
        return None if found is None else float(found.toordinal())
    words = IN_WORDS.fullmatch(text.lower())
    if words and words[2][:3] in MONTHS:
        try:
            return float(date(int(words[3]), MONTHS.index(words[2][:3]) + 1, int(words[1])).toordinal())
        except ValueError:
            return None
    return None


def _iso(text: str) -> float | None:
    if not text[:4].isdigit():
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is not None:
        return None
    return at.toordinal() + (at - at.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() / 86400


def _date(match: re.Match[str], groups: tuple[int, int, int]) -> date | None:
    parts = (match[1], match[2], match[3], match[4])
    day, month, year = (int(parts[k]) for k in groups)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def days_of_dates(table: Table, k: int, order: str = "") -> Values:
    """Days of a column of dates, NaN where it has none; of what is no date a fault is told."""
    days = np.full(len(table), np.nan)
    for row, text in enumerate(table.column(k)):
        if text.lower() in NOTHING:
            continue
        at = day_of(text, order)
        if at is None:
            table.fault(row, k, f'"{text[:SHOWN]}" {NO_DATE}; the row is left out')
        else:
            days[row] = at
    return days


def days_of_numbers(table: Table, k: int, readings: Readings, factor: float) -> Values:
    """Days of a column of numbers of days, weeks, months or years, NaN where it has none."""
    for row in np.flatnonzero(readings.state == State.INTERVAL).tolist():
        table.fault(row, k, f"{shown(readings.written[row])} is no time; the row is left out")
    return readings.values() * factor


def time_of_rows(
    table: Table, k: int, name: str, numbers: Mapping[str, Readings], order: str = "", alone: Collection[int] = ()
) -> Values:
    """Days of the rows by a column of times, NaN where it cannot be read: each such row is told.

    Parameters
    ----------
    k, name : number and name of the column, one of DAYS or DATES
    order : of day and month, as `order_of` tells it
    alone : rows that are the only ones of a patient: without a number they are of day 0
    """
    if name in DAYS:
        days = days_of_numbers(table, k, numbers[name], DAYS[name])
        missing = numbers[name].state == State.ABSENT
        for row in (row for row in alone if missing[row]):
            days[row], missing[row] = 0.0, False
    else:
        days = days_of_dates(table, k, order)
        missing = np.array([text.lower() in NOTHING for text in table.column(k)], bool)
    for row in np.flatnonzero(missing).tolist():
        table.fault(row, k, "no time is written; the row is left out")
    return days
