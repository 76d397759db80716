"""Precipitants of acute-on-chronic liver failure: what strikes people with a sick liver, and how they are some days
later, when they are enrolled.

Who is struck with what, how hard and how long before stands in `precipitants.csv`; the strength is drawn, so that the
grades of failure come out as the model has them and nobody's is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine.events import Event
from lobule.errors import InputError
from lobule.labs import to_clinic
from lobule.model.causes import cause
from lobule.model.parameters import values_for
from lobule.patient.draws import generator, uniforms
from lobule.patient.history import OUTPUTS, RTOL, YEAR
from lobule.patient.onset import people
from lobule.rows import Row, read_rows
from lobule.scores.clinic import OF_ORGANS, clinical, organ_failures_of
from lobule.simulation.crowd import Crowd
from lobule.therapy.care import begun

if TYPE_CHECKING:
    import pandas as pd

TABLE = Path(__file__).parent / "precipitants.csv"
ANY = "any"
COLUMNS = ("precipitant", "precipitant_dose", "precipitant_days")  # of a table of patients who were struck
COSSH_BILIRUBIN, COSSH_INR = 12.0, 1.5  # mg/dL and INR: a failing liver alone is grade 1 in hepatitis B (recalled)
STRUCK_ANYWAY = 0.02  # precipitants a year in any cirrhosis, beside those that the hazard counts; assumed
WATCHED = tuple(dict.fromkeys((*OUTPUTS, *OF_ORGANS)))


class Precipitant(Row):
    """A cause that strikes people with a disease: its share of all, median dose, the standard deviation of its
    logarithm, and days between the blow and enrolment."""

    etiology: str
    cause: str
    share: float
    dose: str
    sd_log: float
    days: float
    source: str
    grade: str
    note: str


@cache
def _table() -> Sequence[Precipitant]:
    return read_rows(TABLE, Precipitant)


def precipitants_of(etiology: str) -> list[Precipitant]:
    """What strikes people with an etiology; what strikes anyone where the table has no row of theirs."""
    own = [row for row in _table() if row.etiology == etiology]
    return own or [row for row in _table() if row.etiology == ANY]


def drawn(etiology: str, ids: Sequence[int], seed: int) -> dict[str, NDArray]:
    """What strikes each patient: `COLUMNS`, (n,) each; a patient's own whoever else is drawn."""
    rows = precipitants_of(etiology)
    ends = np.cumsum([row.share for row in rows]) / sum(row.share for row in rows)
    which, dose = [], []
    for patient in ids:
        stream = generator(seed, "precipitant", int(patient))
        row = rows[min(int(np.searchsorted(ends, stream.random(), side="right")), len(rows) - 1)]
        which.append(row)
        dose.append(f"{float(row.dose.split()[0]) * np.exp(row.sd_log * stream.standard_normal()):.3g} %")
    return {
        "precipitant": np.array([row.cause for row in which]),
        "precipitant_dose": np.array(dose),
        "precipitant_days": np.array([row.days for row in which]),
    }


def events_of(table: pd.DataFrame) -> list[Event]:
    """The blows of a table of patients, in days since the onset of each disease; none where it has no `COLUMNS`."""
    if COLUMNS[0] not in table:
        return []
    rows: list[Event] = []
    for lane, who in enumerate(table.to_dict("records")):
        when = float(who["years"]) * YEAR - float(who["precipitant_days"])
        blow = cause(str(who["precipitant"]), "human").events(str(who["precipitant_dose"]), [max(when, 0.0)], None)
        rows += [Event(lane, e.time, e.target, e.kind, e.value) for e in blow]
    return rows


def solved(
    table: pd.DataFrame, seed: int, after: NDArray[np.float64], outputs: Sequence[str], care: str | None = None,
    *, from_now: str | None = None,
) -> dict[str, NDArray[np.float64]]:  # fmt: skip
    """Courses of patients of a table, struck, {output: (n, n_after)}.

    Parameters
    ----------
    table : id, etiology (one), years, care_years and `COLUMNS`
    after : (n_after,) days since enrolment
    care : that those have whose care_years are no NaN; several are joined by a comma
    from_now : care of everyone from enrolment on

    Raises
    ------
    InputError : a course that cannot be solved.
    """
    ids, years = table["id"].to_numpy(int), table["years"].to_numpy(float)
    since = table["care_years"].to_numpy(float)
    etiology = str(table["etiology"].iloc[0])
    events = [*cause(etiology, "human").events(None, [0.0], None), *events_of(table)]
    for lane in np.flatnonzero(~np.isnan(since)):
        events += begun(str(care), float(years[lane] - since[lane]) * YEAR, int(lane))
    if from_now:
        for number, year in enumerate(years.tolist()):
            events += begun(from_now, year * YEAR, number)
    crowd, days = Crowd(model.compiled("human")), years[:, None] * YEAR + after
    differs = people(etiology, seed, ids)
    everyone = crowd.add_lanes(len(ids), days, values_for("human"), factors=[differs], events=events)
    found = crowd.solve(outputs, RTOL)
    failed = [reason for reason in found.reasons(everyone) if reason]
    if failed:
        raise InputError(f"{len(failed)} courses after a precipitant could not be solved: {failed[0]}")
    return {name: found.values(everyone, name) for name in outputs}


def struck(table: pd.DataFrame, seed: int, care: str | None = None) -> pd.DataFrame:
    """The table of patients with what has struck them, and their labs, scores and "aclf_grade" on the day of
    enrolment; without those who have died by then.

    table : one row a patient, with its labs before
    """
    found = table.assign(**drawn(str(table["etiology"].iloc[0]), table["id"].to_list(), seed))
    if "days_since_infection" in found:
        infected = found["precipitant"] == "infection"
        found["days_since_infection"] = found["days_since_infection"].mask(infected, found["precipitant_days"])
    longest = max(row.days for row in _table())
    courses = solved(found, seed, np.array([-longest, 0.0]), WATCHED, care)
    values = {name: v[:, 1] for name, v in courses.items()}
    hazard = courses["cumulative_death_hazard"]
    dead = uniforms(seed, "died before enrolment", found["id"].to_list())[:, 0] > np.exp(hazard[:, 0] - hazard[:, 1])
    grade = organ_failures_of(values)["grade"]
    if str(table["etiology"].iloc[0]) == "hbv":
        jaundiced = to_clinic("bilirubin", values["bilirubin"]) >= COSSH_BILIRUBIN
        grade = np.where(jaundiced & (values["inr"] >= COSSH_INR), np.maximum(grade, 1.0), grade)
    known = values | clinical(values) | {"aclf_grade": grade}
    found = found.assign(**{name: v for name, v in known.items() if not name.startswith("cumulative_")})
    return found[~dead].reset_index(drop=True)
