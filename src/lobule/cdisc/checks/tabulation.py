"""Checks of SDTM: domains, sequence numbers, dates, tests and results, exposure, deaths, dispositions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from lobule.cdisc.calendar import study_day
from lobule.cdisc.checks.general import twins
from lobule.cdisc.checks.places import close, keys, records
from lobule.cdisc.submitted import Submitted

Words = Sequence[str]
DATE = r"\d{4}(-\d\d(-\d\d(T\d\d(:\d\d(:\d\d)?)?)?)?)?"
CRITERIA = ("AESDTH", "AESHOSP", "AESLIFE", "AESDISAB", "AESCONG", "AESMIE")


def domain(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """DOMAIN has the two letters of the table."""
    table = given.tables[name]
    yield from records(table, table.text("DOMAIN") != name, "DOMAIN")


def sequence(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The sequence number is a whole number of its own within a subject."""
    table, column = given.tables[name], f"{name}SEQ"
    if column not in table.columns:
        return
    number, seen = table.number(column), set()
    bad = ~(np.isfinite(number) & (number > 0) & (number == np.round(number)))
    for k, key in enumerate(keys(table.text("USUBJID"), table.text(column))):
        bad[k] |= key in seen
        seen.add(key)
    yield from records(table, bad, column)


def iso_dates(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Variables that end in DTC are dates of ISO 8601."""
    table = given.tables[name]
    for column in table.columns:
        if column.endswith("DTC"):
            bad = [bool(text) and not re.fullmatch(DATE, text) for text in table.text(column)]
            yield from records(table, np.array(bad, bool), column)


def _dates(texts: np.ndarray) -> np.ndarray:
    return np.array([t[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d.*", t) else "NaT" for t in texts], "datetime64[D]")


def study_days(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Study days count from DM.RFSTDTC, which is day 1; there is no day 0."""
    table, dm = given.tables[name], given.tables.get("DM")
    if dm is None:
        return
    start = dict(zip(dm.text("USUBJID"), _dates(dm.text("RFSTDTC")), strict=True))
    origin = np.array([start.get(who, np.datetime64("NaT")) for who in table.text("USUBJID")], "datetime64[D]")
    for column in table.columns:
        source = f"{column[:-2]}DTC"
        if column.endswith("DY") and source in table.columns:
            wanted = study_day(_dates(table.text(source)), origin)
            yield from records(table, ~close(table.number(column), wanted), source, column)


def dates_in_order(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A date in text does not come after another: "EXSTDTC EXENDTC"."""
    table, (first, last) = given.tables[name], of[:2]
    a, b = table.text(first), table.text(last)
    yield from records(table, (a != "") & (b != "") & (a > b), first, last)


def tests(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A test has a code of at most eight letters, digits and _, and a name of at most forty characters of its own."""
    table = given.tables[name]
    for code, title in dict.fromkeys(keys(table.text(f"{name}TESTCD"), table.text(f"{name}TEST"))):
        if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,7}", str(code)) or len(str(title)) > 40:
            yield f"{name}TESTCD {code}, {name}TEST {title}"
    yield from twins(given, name, (f"{name}TEST", f"{name}TESTCD"))


def standard_result(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """--STRESN is the number in --STRESC, and empty where that is none."""
    table = given.tables[name]
    text, number = table.text(f"{name}STRESC"), table.number(f"{name}STRESN")
    meant = np.array([float(t) if re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", t) else np.nan for t in text], float)
    yield from records(table, ~close(number, meant), f"{name}STRESC", f"{name}STRESN")


def limits(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """The upper limit of a range lies above the lower one."""
    table = given.tables[name]
    low, high = table.number(f"{name}STNRLO"), table.number(f"{name}STNRHI")
    with np.errstate(invalid="ignore"):
        yield from records(table, high <= low, f"{name}STNRLO", f"{name}STNRHI")


def last_before_exposure(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """--LOBXFL is Y or empty, once a subject and test, on a result, not after the first dose."""
    table, column = given.tables[name], f"{name}LOBXFL"
    if column not in table.columns:
        return
    flag, seen = table.text(column), set()
    bad = (flag != "") & ((flag != "Y") | (table.text(f"{name}STRESC") == ""))
    objects = table.text(f"{name}OBJ") if f"{name}OBJ" in table.columns else flag
    for k, key in enumerate(keys(table.text("USUBJID"), table.text(f"{name}TESTCD"), objects)):
        if flag[k] == "Y":
            bad[k] |= key in seen
            seen.add(key)
    dm = given.tables.get("DM")
    if dm is not None:
        first = dict(zip(dm.text("USUBJID"), dm.text("RFXSTDTC"), strict=True))
        dose = np.array([first.get(who, "") for who in table.text("USUBJID")], object)
        bad |= (flag == "Y") & (table.text(f"{name}DTC") > dose)
    yield from records(table, bad, f"{name}TESTCD", column)


def exposure_in_dm(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """RFXSTDTC and RFXENDTC are the first and the last date of EX."""
    dm, ex = given.tables[name], given.tables.get("EX")
    if ex is None:
        return
    for column, source, pick in (("RFXSTDTC", "EXSTDTC", min), ("RFXENDTC", "EXENDTC", max)):
        wanted: dict[str, str] = {}
        for who, text in zip(ex.text("USUBJID"), ex.text(source), strict=True):
            wanted[who] = pick(wanted.get(who, text), text)
        right = np.array([wanted.get(who, "") for who in dm.text("USUBJID")], object)
        yield from records(dm, dm.text(column) != right, column)


def consent_in_ds(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """RFICDTC is the date of the consent in DS."""
    dm, ds = given.tables[name], given.tables.get("DS")
    if ds is not None:
        yield from _against_ds(given, "RFICDTC", "INFORMED CONSENT OBTAINED", dm.text("RFICDTC") != "")


def _against_ds(given: Submitted, column: str, term: str, who: np.ndarray) -> Iterator[str]:
    dm, ds = given.tables["DM"], given.tables["DS"]
    told = {
        w: t for w, d, t in zip(ds.text("USUBJID"), ds.text("DSDECOD"), ds.text("DSSTDTC"), strict=True) if d == term
    }
    right = np.array([told.get(w, "") for w in dm.text("USUBJID")], object)
    yield from records(dm, who & (dm.text(column) != right), column)


def deaths_agree(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Who died (DTHFL) has a date of death, the same in DS, and no fatal event befalls anybody else."""
    dm, ds, ae = given.tables[name], given.tables.get("DS"), given.tables.get("AE")
    died = dm.text("DTHFL") == "Y"
    yield from records(dm, died != (dm.text("DTHDTC") != ""), "DTHFL", "DTHDTC")
    if ds is not None:
        yield from _against_ds(given, "DTHDTC", "DEATH", np.ones(len(dm), bool))
    if ae is not None:
        dead = set(dm.text("USUBJID")[died])
        fatal = (ae.text("AEOUT") == "FATAL") | (ae.text("AESDTH") == "Y")
        alive = np.array([who not in dead for who in ae.text("USUBJID")], bool)
        yield from (f"AE, {place}" for place in records(ae, fatal & alive, "AEOUT", "AESDTH"))


def milestones(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """DSTERM of a protocol milestone is its DSDECOD; COMPLETED is COMPLETED in both."""
    table = given.tables[name]
    term, decoded = table.text("DSTERM"), table.text("DSDECOD")
    bad = (table.text("DSCAT") == "PROTOCOL MILESTONE") & (term != decoded)
    yield from records(table, bad | ((term == "COMPLETED") != (decoded == "COMPLETED")), "DSTERM", "DSDECOD")


def everybody(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Each subject of DM has a record in the table: "DS DSCAT=DISPOSITION_EVENT", where _ stands for a space."""
    dm, (other, *condition) = given.tables[name], of
    if other not in given.tables:
        yield f"{other} is missing"
        return
    table = given.tables[other]
    here = np.ones(len(table), bool)
    for one in condition:
        column, _, value = one.partition("=")
        here &= table.text(column) == value.replace("_", " ")
    known = set(table.text("USUBJID")[here])
    yield from records(dm, np.array([who not in known for who in dm.text("USUBJID")], bool))


def treated(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Who has no record in EX has no actual arm, and ARMNRS says why; who has one has no ARMNRS."""
    dm, ex = given.tables[name], given.tables.get("EX")
    known = set(ex.text("USUBJID")) if ex is not None else set()
    dosed = np.array([who in known for who in dm.text("USUBJID")], bool)
    bad = (dosed == (dm.text("ARMNRS") != "")) | (dosed != (dm.text("ACTARMCD") != ""))
    yield from records(dm, bad, "ACTARMCD", "ARMNRS")


def seriousness(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A serious event has a criterion of seriousness, another has none."""
    table = given.tables[name]
    met = np.any([table.text(one) == "Y" for one in CRITERIA], axis=0)
    yield from records(table, met != (table.text("AESER") == "Y"), "AESER")


def doses(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """A dose is at least 0, and has a unit."""
    table = given.tables[name]
    dose = table.number("EXDOSE")
    with np.errstate(invalid="ignore"):
        yield from records(table, (dose < 0) | (np.isfinite(dose) != (table.text("EXDOSU") != "")), "EXDOSE", "EXDOSU")


def arm_codes(given: Submitted, name: str, of: Words) -> Iterator[str]:
    """Codes of arms have at most twenty characters, one for each arm."""
    table = given.tables[name]
    yield from (f"ARMCD {code}" for code in dict.fromkeys(table.text("ARMCD")) if len(code) > 20)
    yield from twins(given, name, ("ARM", "ARMCD"))
    yield from twins(given, name, ("ACTARM", "ACTARMCD"))
