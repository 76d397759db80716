"""What cells do in people: facts C11 to C13, T11 and T13."""

from __future__ import annotations

import numpy as np

from lobule.patient import Patient
from lobule.patient.patient import YEAR
from lobule.scores.clinic import CIRRHOSIS
from lobule.simulation.courses import Courses
from lobule.therapy import Part, Plan
from lobule.validate.check import COLLAGEN, REMOVED_BY, Found
from lobule.validate.people import meld, untreated
from lobule.validate.treated import run_courses


def treated_people_checks() -> Found:
    """All of them."""
    for group in (_decompensated, _compensated, _abstinent):
        yield from group()


def _pair(patient: Patient, plan: Part | list[Part], years: float = 3) -> Courses:
    """A patient with and without a plan, weekly, in days from the beginning of the run."""
    times = patient.history_days + np.arange(0, years * YEAR, 7.0)
    return run_courses({"without": patient, "with": patient}, times, plans={"with": plan})


def _gain(c: Courses, values: np.ndarray | str, week: int) -> float:
    if isinstance(values, str):
        return float(c("with", values)[week] - c("without", values)[week])
    return float(values[1, week] - values[0, week])


def _meld_gain(c: Courses, week: int) -> float:
    return _gain(c, np.array([meld(c, name) for name in c.names]), week)


def _cells(start: str = "0 d") -> Plan:
    return Plan("uc-msc", dose="1e6 cell/kg", start=start, every="7 d", n=4)


def _decompensated() -> Found:
    """Hepatitis B under an antiviral, from MELD 15."""
    u = untreated()
    years = float(u.times[int(np.argmax(meld(u, "hbv") >= 15))]) / YEAR
    sick = Patient(etiology="hbv", years=years, treated_with=(REMOVED_BY["hbv"],))
    c = _pair(sick, _cells())
    yield "C11.meld", _meld_gain(c, 24)
    yield "C11.albumin", _gain(c, "albumin", 24)
    yield "C11.inr", _gain(c, "inr", 24)
    peak = max(_gain(c, "albumin", week) for week in range(1, 80))
    yield "T11.fades", _gain(c, "albumin", 130) / peak
    two = _pair(sick, [_cells(), _cells("91 d")])
    yield "T11.second", (max(_gain(two, "albumin", week) for week in range(13, 80)) - peak) / peak


def _compensated() -> Found:
    """Hepatitis C under an antiviral, four years after cirrhosis."""
    years = untreated().first_day("hcv", COLLAGEN, CIRRHOSIS) / YEAR + 4
    yield "C13", _meld_gain(_pair(Patient(etiology="hcv", years=years, treated_with=("antiviral",)), _cells()), 13)


def _abstinent() -> Found:
    """Own cells into the hepatic artery, in abstinence."""
    abstinent = Patient(etiology="alcohol", years=16, treated_with=("abstinence",))
    own = Plan("autologous-bm-msc", dose="5e7 cell", route="hepatic artery")
    c = _pair(abstinent, own)
    yield "T13.own", _meld_gain(c, 12)
    yield "C12", 1 - c("with", COLLAGEN)[26] / c("with", COLLAGEN)[0]
    twice = _pair(abstinent, [own, Plan("autologous-bm-msc", dose="5e7 cell", route="hepatic artery", start="30 d")])
    once, both = (1 - x("with", COLLAGEN)[26] / x("without", COLLAGEN)[26] for x in (c, twice))
    yield "C12.second", both / max(once, 1e-9)
