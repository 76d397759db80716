"""A replicate as tables of ADaM: ADSL (subjects), ADLB (labs and scores by visit), ADAE (events), ADTTE (times).

Each is derived from the tables of SDTM beside it, and says from which record. Simulated data, marked so in every row
(SIMFL).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.cdisc.calendar import study_day
from lobule.cdisc.metadata import known_variables
from lobule.cdisc.tables import Table, table
from lobule.files.design import Design
from lobule.keeping import write_table, writing_into
from lobule.quantities import amount
from lobule.trial.analysed import analysed
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted
from lobule.trial.findings import DIGITS, Parameter
from lobule.trial.population import Population
from lobule.trial.tabulation import Tabulated, indicator, visit_name
from lobule.trial.times import times

if TYPE_CHECKING:
    import pandas as pd

OLDER = 65  # completed years from which a subject is in the older group


def datasets(design: Design, population: Population, seen: Conducted, sdtm: Tabulated) -> dict[str, Table]:
    """ADSL, ADLB, ADAE and ADTTE of a replicate.

    Parameters
    ----------
    sdtm : of the same replicate
    """
    adsl = _adsl(design, population, seen, sdtm)
    return {
        "ADSL": adsl,
        "ADLB": _adlb(design, seen, sdtm, adsl),
        "ADAE": _adae(sdtm, adsl),
        "ADTTE": _adtte(design, seen, sdtm, adsl),
    }


def _adsl(design: Design, population: Population, seen: Conducted, sdtm: Tabulated) -> Table:
    dm, who, subjects = sdtm.tables["DM"].frame, np.arange(len(seen)), sdtm.subjects
    copied = (
        "STUDYID",
        "USUBJID",
        "SUBJID",
        "SITEID",
        "COUNTRY",
        "AGE",
        "AGEU",
        "SEX",
        "RACE",
        "ARM",
        "ACTARM",
        "DTHFL",
    )
    older, treated = dm["AGE"].to_numpy() >= OLDER, ~np.isnat(sdtm.first_dose)
    completed, rescued = seen.why == COMPLETED, np.isfinite(seen.rescued)
    reason = np.select([seen.why == LOST, seen.why == DIED, seen.why == TRANSPLANTED],
                       ["LOST TO FOLLOW-UP", "DEATH", "OTHER"], "")  # fmt: skip
    rescue = subjects.on(who, seen.rescued)
    full = treated & np.any([np.isfinite(v[:, 1:]).any(axis=1) for v in seen.measured.values()], axis=0)
    return table("ADSL", {name: dm[name] for name in copied} | {
        "AGEGR1": np.where(older, f">={OLDER}", f"<{OLDER}"), "AGEGR1N": older + 1.0,
        "ETIOLOGY": population.table["etiology"].to_numpy()[seen.rows],
        "TRT01P": subjects.arm, "TRT01PN": seen.arm + 1.0, "TRT01A": dm["ACTARM"],
        "TRT01AN": np.where(treated, seen.arm + 1.0, np.nan),
        "RFICDT": subjects.randomised, "RANDDT": subjects.randomised,
        "TRTSDT": sdtm.first_dose, "TRTEDT": sdtm.last_dose,
        "TRTDURD": study_day(sdtm.last_dose, sdtm.first_dose),
        "EOSSTT": np.where(completed, "COMPLETED", "DISCONTINUED"), "EOSDT": subjects.ended,
        "EOSDY": subjects.study_day(who, subjects.ended), "DCSREAS": reason,
        "DCSREASP": np.where(seen.why == TRANSPLANTED, "LIVER TRANSPLANTATION", ""),
        "DTHDT": np.where(seen.why == DIED, subjects.ended, np.datetime64("NaT")),
        "RANDFL": "Y", "ITTFL": "Y", "SAFFL": _flag(treated), "FASFL": _flag(full),
        "PPROTFL": _flag(full & (sdtm.doses >= sdtm.due) & ~rescued & _reached(design, seen)),
        **_strata(design, seen),
        "RESCFL": np.where(rescued, "Y", ""), "RESCDT": rescue, "RESCDY": subjects.study_day(who, rescue),
        "VPATIENT": seen.rows.astype(float), "SIMFL": "Y",
    }, sort=False)  # fmt: skip


def _flag(yes: np.ndarray) -> np.ndarray:
    return np.where(yes, "Y", "N")


def _reached(design: Design, seen: Conducted) -> np.ndarray:
    """Who has the primary endpoint: measured at its visit, or not lost to follow-up."""
    primary = design.primary
    if primary.output is None or primary.at is None:
        return seen.why != LOST
    visit = int(np.searchsorted(seen.visits, amount(primary.at, "time")))
    return np.isfinite(seen.measured[primary.output][:, visit])


def _strata(design: Design, seen: Conducted) -> dict[str, Any]:
    found: dict[str, Any] = {}
    values = []
    for bit, text in enumerate(design.randomisation.strata):
        values.append(np.where(seen.stratum >> bit & 1, "Y", "N"))
        found |= {f"STRAT{bit + 1}D": text, f"STRAT{bit + 1}R": values[-1]}
    return found | ({"STRATAR": [", ".join(row) for row in zip(*values, strict=True)]} if values else {})


def _shared(adsl: Table, who: np.ndarray) -> dict[str, Any]:
    """What every other table has from ADSL."""
    of, frame = {"TRTP": "TRT01P", "TRTPN": "TRT01PN", "TRTA": "TRT01A", "TRTAN": "TRT01AN"}, adsl.frame
    same = ("STUDYID", "USUBJID", "SUBJID", "SITEID", "TRTSDT", "ITTFL", "SAFFL", "FASFL", "SIMFL")
    return {name: frame[of.get(name, name)].to_numpy()[who] for name in (*same, *of)}


def _adlb(design: Design, seen: Conducted, sdtm: Tabulated, adsl: Table) -> Table:
    known = sdtm.parameters
    rows = _rows(design, seen, sdtm)
    who, k, visit = (rows[name].to_numpy(int) for name in ("who", "parameter", "visit"))
    value, of_visit = rows["value"].to_numpy(float), rows["measured_at"].to_numpy(int)
    when = sdtm.subjects.on(who, np.where(of_visit < 0, np.nan, seen.visits[of_visit]))
    base = _baseline(sdtm, len(seen))[who, k]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * (value - base) / base
    after = (visit > 0) & np.isfinite(base)
    low, high = (_limits(known, end) for end in ("low", "high"))
    below, domain = rows["below"].to_numpy(bool), rows["domain"].to_numpy(object)
    names = [visit_name(day).capitalize() for day in seen.visits]
    source = np.where(below, "STRESC", "STRESN")
    return table("ADLB", _shared(adsl, who) | {
        "ASEQ": _sequence(who), "PARAM": [known[i].title for i in k], "PARAMCD": [known[i].code for i in k],
        "PARAMN": [float(known[i].number) for i in k], "PARCAT1": [known[i].category for i in k],
        "AVALU": [known[i].unit for i in k], "ADT": when, "ADY": sdtm.subjects.study_day(who, when),
        "AVISIT": [names[v] for v in visit], "AVISITN": visit.astype(float), "AVAL": value,
        "AVALC": np.where(below, rows["text"], ""), "DTYPE": rows["derivation"], "BASE": base,
        "CHG": np.where(after, value - base, np.nan), "PCHG": np.where(after & np.isfinite(percent), percent, np.nan),
        "ABLFL": np.where(visit == 0, "Y", ""), "ANL01FL": np.where(rows["analysed"], "Y", ""),
        "ANRLO": low[k], "ANRHI": high[k], "ANRIND": indicator(value, low[k], high[k]),
        "BNRIND": np.where(np.isnan(base), "", indicator(base, low[k], high[k])),
        "SRCDOM": domain, "SRCVAR": [f"{d}{s}" if d else "" for d, s in zip(domain, source, strict=True)],
        "SRCSEQ": np.where(domain == "", np.nan, rows["seq"].to_numpy(float)),
    }, sort=False)  # fmt: skip


def _rows(design: Design, seen: Conducted, sdtm: Tabulated) -> pd.DataFrame:
    """Measured values, and those that stand in place of one, by subject, parameter and visit; measured_at: the visit
    at which a value was measured, -1 where it never was."""
    import pandas as pd

    rows = sdtm.results
    flags, more = analysed(design, seen, rows, sdtm.parameters)
    found = rows.assign(analysed=flags, derivation=np.where(rows["below"], "LLOD", ""), measured_at=rows["visit"])
    if len(more):
        more = more.assign(analysed=True, below=False, text="", domain="", seq=0)
        found = pd.concat([found, more], ignore_index=True)
    return found.sort_values(["who", "parameter", "visit"], kind="stable", ignore_index=True)


def _baseline(sdtm: Tabulated, n: int) -> np.ndarray:
    """Value of each subject and parameter at the first visit, (n, n_parameters)."""
    found = np.full((n, len(sdtm.parameters)), np.nan)
    first = sdtm.results[sdtm.results["visit"] == 0]
    found[first["who"], first["parameter"]] = first["value"]
    return found


def _limits(known: list[Parameter], end: str) -> np.ndarray:
    return np.array([getattr(one.test, end) if one.test else None for one in known], float)


def _sequence(who: np.ndarray) -> np.ndarray:
    """1, 2, ... within each subject, whose rows need not lie together."""
    order = np.argsort(who, kind="stable")
    start = np.searchsorted(who[order], np.arange(len(who) and who.max() + 1))
    found = np.empty(len(who))
    found[order] = np.arange(len(who)) - start[who[order]] + 1
    return found


def _adae(sdtm: Tabulated, adsl: Table) -> Table:
    who = sdtm.events["who"].to_numpy(int)
    start, end = (sdtm.subjects.on(who, sdtm.events[name].to_numpy(float)) for name in ("day", "end"))
    own = [one.name for one in known_variables("AE") if one.name not in ("STUDYID", "DOMAIN", "USUBJID")]
    ae = sdtm.tables["AE"].frame if "AE" in sdtm.tables else None  # nobody had an event
    copied = {name: np.empty(0) if ae is None else ae[name].to_numpy() for name in own}
    on_treatment = ~np.isnat(sdtm.first_dose[who]) & (start >= sdtm.first_dose[who])
    return table("ADAE", _shared(adsl, who) | copied | {
        "ASTDT": start, "ASTDY": sdtm.subjects.study_day(who, start), "AENDT": end,
        "AENDY": sdtm.subjects.study_day(who, end), "ATOXGR": [str(g) for g in sdtm.events["grade"]],
        "ATOXGRN": sdtm.events["grade"].to_numpy(float), "TRTEMFL": np.where(on_treatment, "Y", ""),
    }, sort=False)  # fmt: skip


def _adtte(design: Design, seen: Conducted, sdtm: Tabulated, adsl: Table) -> Table:
    found = times(design, seen, sdtm)
    if not found:
        return table("ADTTE", _shared(adsl, np.empty(0, int)) | {"PARAM": [], "PARAMCD": [], "AVAL": [], "CNSR": []})
    who = found.pop("who")
    return table("ADTTE", _shared(adsl, who) | found | {
        "ASEQ": _sequence(who), "STARTDT": sdtm.subjects.randomised[who], "AVALU": "DAYS",
        "ADY": sdtm.subjects.study_day(who, found["ADT"]),
    })  # fmt: skip


def frames(tables: dict[str, Table]) -> dict[str, pd.DataFrame]:
    """{adsl: its records, ...}, dates as dates."""
    return {name.lower(): one.frame for name, one in tables.items()}


def write_datasets(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """As Parquet and CSV; raises ResultsError when the system refuses."""
    with writing_into(folder):
        for name, table in tables.items():
            write_table(folder / f"{name}.parquet", table)
            write_table(folder / f"{name}.csv", table, digits=DIGITS)
