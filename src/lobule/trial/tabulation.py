"""A replicate as tables of SDTM: DM, DS, EX, AE, LB, and findings that are no labs (FA, CV, MI, QS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.cdisc.calendar import Dates, iso
from lobule.cdisc.tables import Table, table
from lobule.files.design import Design
from lobule.labs import labs
from lobule.patient.history import YEAR
from lobule.trial.adverse import adverse_events, event_terms
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted
from lobule.trial.exposure import exposure
from lobule.trial.findings import Parameter, parameters, results
from lobule.trial.population import Population
from lobule.trial.procedures import events_of_procedures
from lobule.trial.runs import Courses
from lobule.trial.subjects import SITE, Subjects, numbered

if TYPE_CHECKING:
    import pandas as pd

ENDS = {COMPLETED: "COMPLETED", LOST: "LOST TO FOLLOW-UP", DIED: "DEATH", TRANSPLANTED: "OTHER"}
REPORTED = {COMPLETED: "COMPLETED", LOST: "LOST TO FOLLOW-UP", DIED: "DEATH", TRANSPLANTED: "LIVER TRANSPLANTATION"}
SEVERITY = {1: "MILD", 2: "MODERATE"}
UNCODED = ("AELLT", "AELLTCD", "AEPTCD", "AEHLT", "AEHLTCD", "AEHLGT", "AEHLGTCD", "AEBDSYCD", "AESOCCD")
NO_DATE = np.datetime64("NaT")
NOT_TREATED = "ASSIGNED, NOT TREATED"


@dataclass(frozen=True)
class Tabulated:
    """Tables of SDTM, and what tables of ADaM are derived from beside them.

    Attributes
    ----------
    tables : by name
    subjects, given : who they are, and their doses (who, start, end, due, a row a dose)
    first_dose, last_dose : (n,) dates, NaT where there is none
    due : (n,) doses that were due under observation
    results, parameters : rows of `findings.results`
    events : rows of `adverse.adverse_events`, with seq
    """

    tables: dict[str, Table]
    subjects: Subjects
    first_dose: Dates
    last_dose: Dates
    doses: np.ndarray
    due: np.ndarray
    results: pd.DataFrame
    parameters: list[Parameter]
    events: pd.DataFrame


def tabulated(
    design: Design, population: Population, seen: Conducted, courses: Sequence[Courses], study: str
) -> Tabulated:
    """SDTM of a replicate.

    Parameters
    ----------
    courses : of the population in each arm, whose doses were given
    study : STUDYID
    """
    subjects = Subjects.of(design, seen, study)
    given = exposure(design, seen, courses)
    first, last = np.full(len(seen), NO_DATE, "datetime64[D]"), np.full(len(seen), NO_DATE, "datetime64[D]")
    doses, due = np.zeros(len(seen), int), np.zeros(len(seen), int)
    begun, over = np.full(len(seen), np.inf), np.full(len(seen), -np.inf)
    for one in given:
        np.minimum.at(begun, one.who, one.start)
        np.maximum.at(over, one.who, one.end)
        start, end = subjects.on(one.who, one.start), subjects.on(one.who, one.end)
        np.fmin.at(first, one.who, start)
        np.fmax.at(last, one.who, end)
        due += one.due
        if one.due.any():
            np.add.at(doses, one.who, 1)
    found = results(design, seen, subjects, begun)
    events = adverse_events(seen, events_of_procedures(given, design.seed))
    events["seq"] = numbered(events["who"].to_numpy(int))
    known = parameters(design, seen)
    tables = {
        "DM": _dm(design, population, seen, subjects, first, last),
        "DS": _ds(seen, subjects),
        "EX": _ex(given, subjects),
        "AE": _ae(events, subjects, over),
    }
    for domain in ("LB", "FA", "CV", "MI", "QS"):
        tables[domain] = _findings(domain, found[found["domain"] == domain], known, subjects)
    kept = {name: one for name, one in tables.items() if len(one)}
    return Tabulated(kept, subjects, first, last, doses, due, found, known, events)


def _head(domain: str, subjects: Subjects, who: np.ndarray) -> dict[str, Any]:
    return {"STUDYID": subjects.study, "DOMAIN": domain, "USUBJID": subjects.unique[who]}


def _dm(
    design: Design, population: Population, seen: Conducted, subjects: Subjects, first: Dates, last: Dates
) -> Table:
    who, people = np.arange(len(seen)), population.table.iloc[seen.rows]
    day_1, end, died = iso(subjects.randomised), iso(subjects.ended), seen.why == DIED
    treated = ~np.isnat(first)
    return table("DM", _head("DM", subjects, who) | {
        "SUBJID": subjects.subject, "SITEID": SITE, "RFSTDTC": day_1, "RFICDTC": day_1, "DMDTC": day_1, "DMDY": 1.0,
        "RFENDTC": end, "RFPENDTC": end, "RFXSTDTC": iso(first), "RFXENDTC": iso(last),
        "DTHDTC": np.where(died, end, ""), "DTHFL": np.where(died, "Y", ""),
        "AGE": np.floor(people["age"].to_numpy(float)), "AGEU": "YEARS",
        "SEX": np.where(people["female"] == 1, "F", "M"), "RACE": "UNKNOWN", "COUNTRY": design.submission.country,
        "ARM": subjects.arm, "ARMCD": subjects.arm_code, "ACTARM": np.where(treated, subjects.arm, ""),
        "ACTARMCD": np.where(treated, subjects.arm_code, ""),
        "ARMNRS": np.where(treated, "", NOT_TREATED), "ACTARMUD": "",
    })  # fmt: skip


def _ds(seen: Conducted, subjects: Subjects) -> Table:
    """Consent and randomisation on day 1, and how the study ended."""
    n = len(seen)
    who = np.tile(np.arange(n), 3)
    ends, reported = ([words[why] for why in seen.why] for words in (ENDS, REPORTED))
    consent, randomised = ["INFORMED CONSENT OBTAINED"] * n, ["RANDOMIZED"] * n
    when = np.concatenate([subjects.randomised, subjects.randomised, subjects.ended])
    return table("DS", _head("DS", subjects, who) | {
        "DSSEQ": np.repeat([1.0, 2.0, 3.0], n), "DSTERM": [*consent, *randomised, *reported],
        "DSDECOD": [*consent, *randomised, *ends],
        "DSCAT": ["PROTOCOL MILESTONE"] * (2 * n) + ["DISPOSITION EVENT"] * n,
        "DSSTDTC": iso(when), "DSSTDY": subjects.study_day(who, when),
    })  # fmt: skip


def _ex(given: Sequence[Any], subjects: Subjects) -> Table:
    who = np.concatenate([one.who for one in given]) if given else np.empty(0, int)
    start = np.concatenate([one.start for one in given]) if given else np.empty(0)
    order = np.lexsort((start, who))
    columns: dict[str, list[Any]] = {}
    for name, field in (("EXTRT", "treatment"), ("EXDOSE", "dose"), ("EXDOSU", "unit"), ("EXDOSFRM", "form"),
                        ("EXDOSFRQ", "frequency"), ("EXROUTE", "route")):  # fmt: skip
        every = [value for one in given for value in [getattr(one, field)] * len(one.who)]
        columns[name] = [every[k] for k in order]
    who, start = who[order], start[order]
    end = (np.concatenate([one.end for one in given]) if given else np.empty(0))[order]
    first, last = subjects.on(who, start), subjects.on(who, end)
    return table("EX", _head("EX", subjects, who) | columns | {
        "EXSEQ": numbered(who), "EXSTDTC": iso(first), "EXENDTC": iso(last),
        "EXSTDY": subjects.study_day(who, first), "EXENDY": subjects.study_day(who, last),
    }, sort=False)  # fmt: skip


def _ae(events: pd.DataFrame, subjects: Subjects, over: np.ndarray) -> Table:
    """`over` : (n,) day of each subject's last dose; no action can be taken with a treatment that is over."""
    who, grade = events["who"].to_numpy(int), events["grade"].to_numpy(int)
    start, end = (subjects.on(who, events[name].to_numpy(float)) for name in ("day", "end"))
    serious, fatal = events["serious"].to_numpy(bool), (events["outcome"] == "FATAL").to_numpy()
    terms = [event_terms().get(name) for name in events["event"]]
    decoded = [said if one is None else one.term for one, said in zip(terms, events["reported"], strict=True)]
    action = np.where(fatal | (events["day"].to_numpy(float) > over[who]), "NOT APPLICABLE", "DOSE NOT CHANGED")
    systems = ["Uncoded" if one is None else one.body_system for one in terms]

    def yes(which: np.ndarray) -> np.ndarray:
        return np.where(which, "Y", "N")

    return table("AE", _head("AE", subjects, who) | {
        "AESEQ": events["seq"].to_numpy(), "AETERM": events["reported"].str.upper(), "AEDECOD": decoded,
        "AEBODSYS": systems, "AESOC": systems, "AESEV": [SEVERITY.get(g, "SEVERE") for g in grade],
        "AESER": yes(serious), "AEACN": action, "AEREL": "NOT ASSESSED", "AEOUT": events["outcome"],
        "AESDTH": yes(fatal), "AESLIFE": yes(serious & (grade == 4) & ~fatal),
        "AESHOSP": yes(serious & (grade < 4) & ~fatal),
        "AETOXGR": [str(g) for g in grade], "AESTDTC": iso(start), "AEENDTC": iso(end),
        "AESTDY": subjects.study_day(who, start), "AEENDY": subjects.study_day(who, end),
        **{name: np.nan if name.endswith("CD") else "" for name in UNCODED},
    }, sort=False)  # fmt: skip


def visit_name(day: float) -> str:
    """Of a planned visit, by its day after randomisation: whole weeks, years, months, or hours of the first week; else
    the study day, which begins at 1.

    >>> visit_name(0), visit_name(28.0), visit_name(30), visit_name(0.25), visit_name(5 * 365.25)
    ('BASELINE', 'WEEK 4', 'DAY 31', 'HOUR 6', 'YEAR 5')
    """
    if day == 0:
        return "BASELINE"
    for word, length in (("WEEK", 7.0), ("YEAR", YEAR), ("MONTH", YEAR / 12)):
        if abs(day / length - round(day / length)) < 1e-9:
            return f"{word} {round(day / length)}"
    return f"HOUR {24 * day:g}" if day % 1 and day < 7 else f"DAY {day + 1:g}"


def _findings(domain: str, rows: pd.DataFrame, known: Sequence[Parameter], subjects: Subjects) -> Table:
    who, tests = rows["who"].to_numpy(int), [known[k].test for k in rows["parameter"]]
    when, below = rows["date"].to_numpy("datetime64[D]"), rows["below"].to_numpy(bool)
    number = np.where(below, np.nan, rows["value"].to_numpy(float))
    columns: dict[str, Any] = {
        "SEQ": rows["seq"].to_numpy(), "TESTCD": [one.code for one in tests if one],
        "TEST": [one.test for one in tests if one], "CAT": [one.category for one in tests if one],
        "ORRES": rows["text"], "STRESC": rows["text"], "STRESN": number,
        "ORRESU": [one.unit for one in tests if one], "STRESU": [one.unit for one in tests if one],
        "LOBXFL": np.where(rows["last"], "Y", ""), "DTC": iso(when), "DY": subjects.study_day(who, when),
    }  # fmt: skip
    if domain == "FA":
        columns["OBJ"] = [one.object for one in tests if one]
    if domain == "LB":
        low, high = (np.array([getattr(one, end) for one in tests], float) for end in ("low", "high"))
        columns |= {
            "ORNRLO": _text(low), "ORNRHI": _text(high), "STNRLO": low, "STNRHI": high,
            "NRIND": indicator(rows["value"].to_numpy(float), low, high),
            "LOINC": [labs()[one.lab].loinc for one in tests if one],
        }  # fmt: skip
    day = rows["day"].to_numpy(float)
    return table(domain, _head(domain, subjects, who) | {f"{domain}{name}": v for name, v in columns.items()} | {
        "VISITNUM": rows["visit"].to_numpy() + 1.0, "VISIT": [visit_name(one) for one in day],
        "VISITDY": np.floor(day) + 1,
    }, sort=False)  # fmt: skip


def _text(values: np.ndarray) -> list[str]:
    return ["" if np.isnan(value) else f"{value:g}" for value in values]


def indicator(value: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """LOW, NORMAL or HIGH against a range; "" where there is none."""
    with np.errstate(invalid="ignore"):
        found = np.select([value < low, value > high], ["LOW", "HIGH"], "NORMAL")
    return np.where(np.isnan(low) & np.isnan(high), "", found).astype(object)
