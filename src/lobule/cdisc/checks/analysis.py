"""Checks of ADaM within tables: parameters, baselines, changes, ranges, times to events, adverse events, sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lobule.cdisc.calendar import sas_days
from lobule.cdisc.checks.places import close, keys, records
from lobule.cdisc.metadata import variable
from lobule.cdisc.submitted import Submitted
from lobule.cdisc.transport import Read

Words = Sequence[str]


def parameter_codes(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """PARAMCD: a letter first, letters, digits and _, at most eight."""
    for code in dict.fromkeys(given.tables[name].text("PARAMCD")):
        if code and not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,7}", code):
            yield f"PARAMCD {code}"


def _baselines(table: Read, column: str) -> np.ndarray:
    """Of each record, the text of a variable in the baseline record of the same subject and parameter; "" if none."""
    who = keys(table.text("USUBJID"), table.text("PARAMCD"))
    flagged = table.text("ABLFL") == "Y"
    first = {key: text for key, text, yes in zip(who, table.text(column), flagged, strict=True) if yes}
    return np.array([first.get(key, "") for key in who], object)


def one_baseline(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """At most one record of a subject and parameter has ABLFL Y."""
    table, seen = given.tables[name], set()
    flag = table.text("ABLFL")
    for k, key in enumerate(keys(table.text("USUBJID"), table.text("PARAMCD"))):
        if flag[k] == "Y":
            if key in seen:
                yield f"record {k + 1} ({key[0]}), PARAMCD {key[1]}"
            seen.add(key)


def baseline_has_record(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Where BASE is filled, a record of that subject and parameter has ABLFL Y."""
    table = given.tables[name]
    if "BASE" in table.columns:
        yield from records(table, (table.text("BASE") != "") & (_baselines(table, "ABLFL") == ""), "BASE")


def baseline_is(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A variable has the value of another in the record with ABLFL Y: "BASE AVAL"."""
    table, (column, source) = given.tables[name], of[:2]
    if column in table.columns:
        wanted = _baselines(table, source)
        yield from records(table, (table.text(column) != "") & (wanted != "") & (table.text(column) != wanted), column)


def change(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """CHG is AVAL less BASE, PCHG that in per cent of BASE; both are empty at baseline."""
    table, (column,) = given.tables[name], of[:1]
    if column not in table.columns:
        return
    value, base, found = (table.number(one) for one in ("AVAL", "BASE", column))
    with np.errstate(divide="ignore", invalid="ignore"):
        wanted = value - base if column == "CHG" else 100 * (value - base) / base
    yield from records(table, np.isfinite(found) & ~close(found, wanted), "AVAL", "BASE", column)
    yield from records(table, np.isfinite(found) & (table.text("ABLFL") == "Y"), "ABLFL", column)


def range_indicator(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """An indicator fits value and limits; a limit has its other: "AVAL ANRLO ANRHI ANRIND"."""
    table, (value, low, high, indicator) = given.tables[name], of[:4]
    if indicator not in table.columns:
        return
    x, a, b = (table.number(one) for one in (value, low, high))
    with np.errstate(invalid="ignore"):
        wanted = np.select([x < a, x > b], ["LOW", "HIGH"], "NORMAL")
    known = np.isfinite(x) & (np.isfinite(a) | np.isfinite(b))
    yield from records(table, known & (table.text(indicator) != wanted), value, low, high, indicator)
    yield from records(table, np.isfinite(a) != np.isfinite(b), low, high)


def source_there(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """SRCDOM is the name of a table, and SRCVAR of a variable in it."""
    table = given.tables[name]
    for domain, column in dict.fromkeys(keys(table.text("SRCDOM"), table.text("SRCVAR"))):
        if domain and (domain not in given.tables or (column and column not in given.tables[str(domain)].columns)):
            yield f"SRCDOM {domain}, SRCVAR {column}"


def traced(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The record of SRCDOM with SRCSEQ is the subject's, and has the value (SRCVAR): AVAL, or the date in ADT."""
    table = given.tables[name]
    domains, columns, numbers, who = (table.text(one) for one in ("SRCDOM", "SRCVAR", "SRCSEQ", "USUBJID"))
    value, date = table.number("AVAL"), table.number("ADT")
    for domain in dict.fromkeys(domains):
        source = given.tables.get(domain)
        if source is None or f"{domain}SEQ" not in source.columns:
            continue
        row = {key: k for k, key in enumerate(keys(source.text("USUBJID"), source.text(f"{domain}SEQ")))}
        agrees = _agreeing(source)
        here = np.flatnonzero((domains == domain) & (numbers != ""))
        broken = np.zeros(len(table), bool)
        for k in here:
            at = row.get((who[k], numbers[k]))
            broken[k] = at is None or not agrees(columns[k], at, float(value[k]), float(date[k]))
        yield from records(table, broken, "SRCDOM", "SRCVAR", "SRCSEQ")


def _agreeing(source: Read) -> Callable[[str, int, float, float], bool]:
    """Whether a record of a source has a value, or a date; text that is neither is not judged."""
    columns: dict[str, np.ndarray] = {}

    def agrees(column: str, row: int, value: float, date: float) -> bool:
        if column not in source.columns:
            return False
        dated, numeric = column.endswith("DTC"), source.columns[column].numeric
        if column not in columns:
            text = source.text(column)
            columns[column] = source.number(column) if numeric else _days(text) if dated else text
        found = columns[column][row]
        return bool(found == date if dated else close(found, value) if numeric else found)

    return agrees


def _days(texts: np.ndarray) -> np.ndarray:
    good = np.array([text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else "NaT" for text in texts], "datetime64[D]")
    return sas_days(good)


def censoring(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """CNSR is 0 or a whole number above; EVNTDESC is filled, CNSDTDSC where a time is censored."""
    table = given.tables[name]
    code = table.number("CNSR")
    with np.errstate(invalid="ignore"):
        yield from records(table, ~(code >= 0) | (code != np.round(code)), "CNSR")
    yield from records(table, table.text("EVNTDESC") == "", "EVNTDESC")
    yield from records(table, (code > 0) != (table.text("CNSDTDSC") != ""), "CNSR", "CNSDTDSC")


def times_and_dates(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """ADT lies the whole days of AVAL after STARTDT, and not after the end of the study in ADSL."""
    table, adsl = given.tables[name], given.tables.get("ADSL")
    start, date, value = (table.number(one) for one in ("STARTDT", "ADT", "AVAL"))
    with np.errstate(invalid="ignore"):
        yield from records(table, ~((value >= 0) & (date - start == np.floor(value + 1e-9))), "STARTDT", "ADT", "AVAL")
        if adsl is not None and "EOSDT" in adsl.columns:
            end = dict(zip(adsl.text("USUBJID"), adsl.number("EOSDT"), strict=True))
            last = np.array([end.get(who, np.nan) for who in table.text("USUBJID")], float)
            yield from records(table, date > last, "ADT")


def sequence_there(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A record is that of a table of SDTM with the same subject and number: "AE AESEQ"."""
    table, (domain, number) = given.tables[name], of[:2]
    if domain in given.tables:
        known = set(keys(given.tables[domain].text("USUBJID"), given.tables[domain].text(number)))
        own = keys(table.text("USUBJID"), table.text(number))
        yield from records(table, np.array([key not in known for key in own], bool), number)


def copied(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables that a table of SDTM has too have its values: "AE AESEQ"."""
    table, (domain, number) = given.tables[name], of[:2]
    source = given.tables.get(domain)
    if source is None or not len(source):
        return
    row = {key: k for k, key in enumerate(keys(source.text("USUBJID"), source.text(number)))}
    at = np.array([row.get(key, -1) for key in keys(table.text("USUBJID"), table.text(number))], int)
    for column in table.columns:
        if column in source.columns:
            yield from records(table, (at >= 0) & (table.text(column) != source.text(column)[at]), column)


def date_is(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A date is that of a text in the same record: "ASTDT AESTDTC"."""
    table, (date, text) = given.tables[name], of[:2]
    if date in table.columns and text in table.columns:
        yield from records(table, ~close(table.number(date), _days(table.text(text))), date, text)


def treatment_emergent(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """TRTEMFL is Y from the first dose on, and empty before it."""
    table = given.tables[name]
    with np.errstate(invalid="ignore"):
        wanted = np.where(table.number("ASTDT") >= table.number("TRTSDT"), "Y", "")
    yield from records(table, table.text("TRTEMFL") != wanted, "ASTDT", "TRTSDT", "TRTEMFL")


def derived_rows(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A record that no record of SDTM has, beside one of the same parameter that has one, says how it was derived."""
    table = given.tables[name]
    if not {"DTYPE", "SRCDOM", "PARAMCD"} <= set(table.columns) or variable(name, "DTYPE") is None:
        return
    source, code = table.text("SRCDOM"), table.text("PARAMCD")
    measured = {one for one, domain in zip(code, source, strict=True) if domain}
    bare = np.array([one in measured for one in code], bool) & (source == "")
    yield from records(table, bare & (table.text("DTYPE") == ""), "PARAMCD", "DTYPE")
