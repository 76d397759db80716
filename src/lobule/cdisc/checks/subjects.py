"""Checks of ADaM across tables: subjects, treatments, dates, what every table shares with ADSL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from lobule.cdisc.calendar import sas_days
from lobule.cdisc.checks.places import close, records
from lobule.cdisc.submitted import Submitted
from lobule.cdisc.transport import Read

Words = Sequence[str]


def there(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Tables that the rule names are there."""
    yield from (f"{one} is missing" for one in of if one not in given.tables)


def within(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Each value of a variable stands in a variable of another table: "USUBJID ADSL USUBJID"."""
    column, other, there = of[:3]
    table = given.tables[name]
    if other in given.tables and other != name and column in table.columns:
        known = {*given.tables[other].text(there), ""}
        yield from records(table, np.array([text not in known for text in table.text(column)], bool), column)


def same_as(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables of a subject have the values of another table: "DM AGE SEX"."""
    other, *columns = of
    if other in given.tables and other != name:
        yield from _shared(given.tables[name], given.tables[other], columns)


def as_in_adsl(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables that ADSL has too have its labels and values."""
    adsl, table = given.tables.get("ADSL"), given.tables[name]
    if adsl is None or name == "ADSL":
        return
    both = [column for column in table.columns if column in adsl.columns]
    for column in both:
        if table.columns[column].label != adsl.columns[column].label:
            yield f'{column}, label "{table.columns[column].label}", in ADSL "{adsl.columns[column].label}"'
    yield from _shared(table, adsl, both)


def _shared(table: Read, other: Read, columns: Sequence[str]) -> Iterator[str]:
    row = {who: k for k, who in enumerate(other.text("USUBJID"))}
    at = np.array([row.get(who, -1) for who in table.text("USUBJID")], int)
    for column in columns:
        if column in table.columns and column in other.columns and len(other):
            wanted = other.text(column)[at]
            yield from records(table, (at >= 0) & (table.text(column) != wanted), column)


def treatment_of_adsl(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The treatment of a record is that of the subject in ADSL: "TRTP TRT01P"."""
    table, (own, theirs) = given.tables[name], of[:2]
    if "ADSL" in given.tables and own in table.columns:
        known = {*given.tables["ADSL"].text(theirs), ""}
        yield from records(table, np.array([text not in known for text in table.text(own)], bool), own)


def dates(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables that end in DT are numbers with a format of dates."""
    for column in given.tables[name].columns.values():
        if column.name.endswith("DT") and not (
            column.numeric and column.format.startswith(("DATE", "E8601DA", "YYMMDD"))
        ):
            yield f"{column.name}, format {column.format or 'none'}"


def words_in_labels(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Labels of variables that end so have the words: "ADY Relative Day"."""
    ending, *words = of
    for column in given.tables[name].columns.values():
        if column.name.endswith(ending) and " ".join(words) not in column.label:
            yield f'{column.name}, label "{column.label}"'


def no_day_0(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables that end in DY are whole numbers other than 0."""
    table = given.tables[name]
    for column in table.columns:
        if column.endswith("DY"):
            days = table.number(column)
            yield from records(table, (days == 0) | (np.isfinite(days) & (days != np.round(days))), column)


def relative_day(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A day counts from the date of randomisation in ADSL, which is day 1: "ADT ADY"."""
    table, (date, day) = given.tables[name], of[:2]
    adsl = given.tables.get("ADSL")
    if adsl is None or day not in table.columns or "RANDDT" not in adsl.columns:
        return
    origin = dict(zip(adsl.text("USUBJID"), adsl.number("RANDDT"), strict=True))
    gap = table.number(date) - np.array([origin.get(who, np.nan) for who in table.text("USUBJID")], float)
    yield from records(table, ~close(table.number(day), np.where(gap >= 0, gap + 1, gap)), date, day)


def exposed(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """TRTSDT and TRTEDT are the first and the last date of EX, and are there where EX is."""
    adsl, ex = given.tables[name], given.tables.get("EX")
    if ex is None:
        return
    for column, source, last in (("TRTSDT", "EXSTDTC", False), ("TRTEDT", "EXENDTC", True)):
        if column not in adsl.columns:
            yield f"{column} is missing"
            continue
        wanted = _extreme(ex, source, last)
        days = np.array([wanted.get(who, np.nan) for who in adsl.text("USUBJID")], float)
        yield from records(adsl, ~close(adsl.number(column), days), column)


def _extreme(table: Read, column: str, last: bool) -> dict[str, float]:
    """First or last date of each subject, as days since 1960."""
    found: dict[str, str] = {}
    for who, text in zip(table.text("USUBJID"), table.text(column), strict=True):
        if text:
            found[who] = (max if last else min)(found.get(who, text), text)
    return {who: float(sas_days(np.array([text], "datetime64[D]"))[0]) for who, text in found.items()}


def population_flag(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """At least one population flag is there."""
    known = ("FASFL", "SAFFL", "ITTFL", "PPROTFL", "COMPLFL", "RANDFL", "ENRLFL")
    if not set(known) & set(given.tables[name].columns):
        yield f"none of {', '.join(known)}"


def reason_of_end(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """DCSREAS is empty where the study was completed, and filled where it was discontinued."""
    table = given.tables[name]
    status, reason = table.text("EOSSTT"), table.text("DCSREAS")
    bad = ((status == "COMPLETED") & (reason != "")) | ((status == "DISCONTINUED") & (reason == ""))
    yield from records(table, bad, "EOSSTT", "DCSREAS")
