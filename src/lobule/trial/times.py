"""ADTTE of a replicate: times to the first of some events, by the strategies of intercurrent events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from lobule.files.design import EVENTS, Design, Endpoint
from lobule.files.estimand import COMPOSITE, HYPOTHETICAL, WHILE_ON_TREATMENT, Strategy
from lobule.patient.criteria import Criteria
from lobule.trial.conduct import COMPLETED, DIED, LOST, TRANSPLANTED, Conducted
from lobule.trial.findings import DIGITS
from lobule.trial.observed import Followed, followed
from lobule.trial.tabulation import Tabulated

CODES = {"death": "DTH", "transplantation": "TX", "decompensation": "DECO", "aclf": "ACLF", "hcc": "HCC",
         "infection": "INF", "bleeding": "BLD", "encephalopathy": "HE"}  # fmt: skip
KNOWN_TIMES = {frozenset({"death"}): "OS", frozenset({"death", "transplantation"}): "TFS"}
LEFT = {COMPLETED: "COMPLETED THE STUDY", LOST: "LOST TO FOLLOW-UP", TRANSPLANTED: "LIVER TRANSPLANTATION",
        DIED: "DEATH"}  # fmt: skip
RESCUE = "rescue"
COMPETES = 2  # of CNSR: an intercurrent event that ends the question, such as a death


def times(design: Design, seen: Conducted, sdtm: Tabulated) -> dict[str, Any]:
    """Columns of ADTTE that are its own, and who each record is of; none where the design has no such endpoint."""
    endpoints = [e for e in design.endpoints if e.kind == "time_to_event"]
    columns = []
    for k, (endpoint, code) in enumerate(zip(endpoints, time_codes(endpoints), strict=True), start=1):
        asked = np.ones(len(seen), bool)
        if endpoint.among is not None:
            asked = Criteria.read(endpoint.among).met(seen.baseline())
        n = int(asked.sum())
        own = {
            "PARAM": np.array([titled(endpoint)] * n),
            "PARAMCD": np.array([code] * n),
            "PARAMN": np.full(n, float(k)),
        }
        every = _time(endpoint, seen, sdtm) | {"who": np.arange(len(seen))}
        columns.append(own | {name: np.asarray(values)[asked] for name, values in every.items()})
    return {name: np.concatenate([c[name] for c in columns]) for name in (columns[0] if columns else ())}


def titled(endpoint: Endpoint) -> str:
    """What is waited for, and the endpoint's name, by which two of the same events differ."""
    events = " or ".join(EVENTS[name].title for name in endpoint.events)
    return f"Time to {events} (days): {endpoint.name}"


def time_codes(endpoints: list[Endpoint]) -> list[str]:
    """PARAMCD of times: OS, TFS, else TT and the events as far as eight letters go; a second one gets a number."""
    found: list[str] = []
    for k, endpoint in enumerate(endpoints, start=1):
        parts = [CODES.get(name, name.upper()[:4]) for name in endpoint.events]
        code = KNOWN_TIMES.get(frozenset(endpoint.events), "TT" + "".join(parts)[:6])
        found.append(code if code not in found else f"{code[:6]}{k:02d}")
    return found


def _time(endpoint: Endpoint, seen: Conducted, sdtm: Tabulated) -> dict[str, Any]:
    """AVAL exact, as it is analysed, the date it falls on, what ended it and where that is written, (n,) each."""
    when, strategies = followed(endpoint, seen), endpoint.strategies()

    def having(wanted: Strategy) -> list[str]:
        return [name for name, strategy in strategies.items() if strategy == wanted]

    event = _at(seen, [*endpoint.events, *having(COMPOSITE)], when.time)
    competing = _at(seen, having(WHILE_ON_TREATMENT), when.time)
    hypothetical = _at(seen, having(HYPOTHETICAL), when.time)
    cause = np.select([when.event, when.competing], [event, competing], hypothetical)
    ended = np.array([LEFT[why] for why in seen.why], object)
    return {
        "AVAL": [float(f"{time:.{DIGITS}g}") for time in when.time],
        "ADT": sdtm.subjects.on(np.arange(len(seen)), when.time),
        "CNSR": np.select([when.event, when.competing], [0.0, COMPETES], 1.0),
        "EVNTDESC": np.where(cause == "", ended, [_words(name) for name in cause]),
        "CNSDTDSC": _date_described(when, cause), **_source(cause, when, sdtm),
    }  # fmt: skip


def _at(seen: Conducted, names: Iterable[str], time: np.ndarray) -> np.ndarray:
    """Which of some events fell on the time of each subject, (n,); "" where none did."""
    found = np.full(len(seen), "", object)
    for name in names:
        day = seen.rescued if name == RESCUE else seen.events[name]
        found[(found == "") & (day == time)] = name
    return found


def _words(name: str) -> str:
    return "RESCUE" if name == RESCUE else EVENTS[name].title.upper() if name else ""


def _date_described(when: Followed, cause: np.ndarray) -> np.ndarray:
    of = np.array([f"DATE OF {_words(name)}" if name else "END OF STUDY DATE" for name in cause], object)
    return np.where(when.event, "", of)


def _source(cause: np.ndarray, when: Followed, sdtm: Tabulated) -> dict[str, Any]:
    """Where the date is written: the record of an adverse event, else a date of ADSL."""
    seq = {(w, e): s for w, e, s in zip(*(sdtm.events[c] for c in ("who", "event", "seq")), strict=True)}
    number = np.array([float(seq.get((i, name), np.nan)) for i, name in enumerate(cause)])
    there = np.isfinite(number)
    variable = np.where(cause == RESCUE, "RESCDT", "EOSDT")
    return {"SRCDOM": np.where(there, "AE", "ADSL"), "SRCVAR": np.where(there, "AESTDTC", variable), "SRCSEQ": number}
