"""`lobule fit`: the labs of a patient, or of a group of animals, become a fit and a forecast of each plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.record import Record, record_of
from lobule.answers.words import plain, problem_lines
from lobule.arguments import a_text, between, checking, one_of, optional
from lobule.bounds import LATEST
from lobule.calibrate.group_fit import GroupFit, fit_group
from lobule.calibrate.patient_fit import UNTREATED, Fit, Forecast, fit_patient, forecast
from lobule.errors import InputError
from lobule.files.course import Course, read_course
from lobule.files.scenario import read_scenario
from lobule.labs import labs as all_labs
from lobule.patient import Animal
from lobule.patient.patient import OLDEST
from lobule.progress import say
from lobule.quantities import amount
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.program import INTENDED_USE
from lobule.therapy import Care, Part, Plan

if TYPE_CHECKING:
    import matplotlib.figure

TOLD = 0.8  # of a parameter's spread before: where less is left, the labs tell about it


@dataclass(frozen=True)
class Fitted:
    """A fit and its forecast."""

    fit: Fit
    forecast: Forecast


def fit(
    labs: Path,
    *,
    etiology: str | None = None,
    animal: Path | None = None,
    plan: Sequence[Path] | None = None,
    days: float = 365.25,
    patient: str | None = None,
    sheet: str | None = None,
    age: float | None = None,
    sex: str | None = None,
) -> Answer:
    """Fit a patient's labs, or with `animal` (a scenario) those of a group of animals, and forecast each plan.

    Raises
    ------
    InputError : both or none of etiology and animal, or what `fit_labs` and `fit_animals` refuse.
    """
    if (etiology is None) == (animal is None):
        raise InputError("give --etiology for a patient, or --animal with a scenario for a group of animals")
    options = {"etiology": etiology, "animal": animal, "plan": list(plan or []), "days": days, "patient": patient,
               "sheet": sheet, "age": age, "sex": sex}  # fmt: skip
    record = record_of("fit", f"Labs of {Path(labs).name}", [labs, *filter(None, [animal]), *(plan or [])], options)
    if animal is not None:
        return _of_animals(fit_animals(labs, animal, plan or [], patient, sheet), record)
    assert etiology is not None
    record.intended_use += " A forecast is no advice."
    return _of_patient(fit_labs(labs, etiology, plan or [], days, patient, sheet, age, sex), days, record)


def _of_patient(found: Fitted, days: float, record: Record) -> Answer:
    one, ahead = found.fit, found.forecast.table
    told = one.table[one.table["shrinkage"] < TOLD]["parameter"].head(6)
    about = ", ".join(name.replace("_", " ") for name in told) or "nothing beyond stage"
    shown = ahead[["plan", "survival", "survival_low", "survival_high", "meld", "albumin", "gain", "better"]]
    worth = (
        f"{len(one.course.days)} times of measurement; worth {one.size:.0f} virtual patients; ill for "
        f"{float(one.years.mean()):.0f} years (mean)"
    )
    few = ["Few virtual patients are like this one: the bands are rough, and the forecast is weak."] * one.sparse
    few += ensemble.notes()
    best = shown.iloc[0]
    lines = [*_left_out(one.course), worth, *few, f"What the labs tell most about: {about}",
             f"After {days:g} days, best plan first (median, 90 % band):", plain(shown)]  # fmt: skip
    particles = pd.DataFrame({"virtual_patient": one.ids, "years_of_disease": one.years, **one.varied})
    return Answer(
        title=record.title,
        said=" ".join([f"{worth}.", *few, f"Best after {days:g} days: {best['plan']} ({best['survival']:.0%} alive)."]),
        text="\n".join(lines),
        data=_data(ahead, one.table, one.size, one.course),
        record=record,
        tables={
            "posterior": Table(particles, "one row a virtual patient that is like this one: years of disease, and what "
                               "makes it differ"),
            "parameters": Table(one.table, "what the labs tell about each parameter", 4),
            "forecast": Table(ahead, "one row a plan, best first: survival, MELD and labs at the end"),
        },
        pictures={"fit": Picture(lambda: _picture(found), "measured labs, the fit, and the forecast of each plan")},
    )  # fmt: skip


def _of_animals(group: GroupFit, record: Record) -> Answer:
    columns = [name for name in group.forecast.columns if not name.endswith(("_low", "_high"))]
    worth = f"Worth {group.size:.0f} animals."
    head = f"{worth} At the end of the scenario (median; ratio to no other treatment):"
    return Answer(
        title=record.title,
        said=f"{worth} Best plan: {group.forecast['plan'].iloc[0]}.",
        text="\n".join([*_left_out(group.course), head, plain(group.forecast[columns])]),
        data=_data(group.forecast, group.table, group.size, group.course),
        record=record,
        tables={
            "parameters": Table(group.table, "what the labs tell about each parameter", 4),
            "forecast": Table(group.forecast, "one row a plan, least scar first: each output at the end, with 90 %"),
        },
    )


def _data(forecast_: pd.DataFrame, parameters: pd.DataFrame, size: float, course: Course) -> dict[str, Any]:
    """A fit for programs, with what it did not use of the table."""
    return {
        "forecast": records(forecast_),
        "parameters": records(parameters),
        "effective_size": size,
        "intended_use": INTENDED_USE,
        "problems": [{"line": p.line, "column": p.column, "reason": p.reason} for p in course.problems],
        "not_read": list(course.unread),
    }


def _left_out(course: Course) -> list[str]:
    return [*problem_lines(course.problems), *course.unread]


def _picture(found: Fitted) -> matplotlib.figure.Figure:
    from lobule.report.fit import fit_picture
    from lobule.report.look import written

    course = found.fit.course
    units = {name: written(all_labs()[name].suffix) for name in course.values}
    labels = {name: all_labs()[name].label for name in course.values}
    ranked = {name: found.forecast.values[name] for name in [UNTREATED, *found.forecast.table["plan"]]}
    return fit_picture(course.days, course.values, found.fit.past, found.forecast.days, ranked, units, labels)


def default_plans(etiology: str) -> dict[str, Part | Sequence[Part]]:
    """What is forecast when nobody says what: cells, vesicles, and the standard care of the cause."""
    plans: dict[str, Part | Sequence[Part]] = {
        "umbilical cord cells, 1e6/kg, 4 weekly": Plan("uc-msc", "1e6 cell/kg", every="7 d", n=4),
        "their vesicles, 1e11/kg, 8 weekly": Plan("uc-msc-ev", "1e11 particle/kg", every="7 d", n=8),
    }
    care = {"hbv": "antiviral", "hcv": "antiviral", "alcohol": "abstinence", "autoimmune": "corticosteroid",
            "pbc": "ursodeoxycholic acid"}  # fmt: skip
    if etiology in care:
        plans[care[etiology]] = Care(care[etiology])
    return plans


def fit_animals(
    path: Path, scenario: Path, others: Sequence[Path] = (), group: str | None = None, sheet: str | None = None
) -> GroupFit:
    """Fit the labs of a group of animals under a scenario, and forecast other scenarios' plans to its end.

    Parameters
    ----------
    path, group, sheet : labs, see `lobule.files.course.read_course`; `group` chooses its rows where there are several

    Raises
    ------
    InputError : the files, a scenario of a patient, or one without a plan among the others.
    """
    read = read_scenario(scenario)
    who = read.who()
    if not isinstance(who, Animal):
        raise InputError(f"{scenario.name}: a group is of animals; for a patient give --etiology")
    plans: dict[str, Part | Sequence[Part]] = {}
    for other in others:
        parts = read_scenario(other).therapy()
        if not parts:
            raise InputError(f"{other.name}: the scenario has no plan to forecast")
        plans[other.stem] = parts
    course = read_course(path, group, sheet, animals=True)
    return fit_group(course, who, read.therapy() or None, plans, amount(read.until, "time"))


def _a_sex(value: Any, name: str) -> str:
    return one_of(value, name, ("f", "m"))


@checking(etiology=a_text, days=between(0, LATEST, above=True), age=optional(between(0, OLDEST)), sex=optional(_a_sex))
def fit_labs(
    path: Path, etiology: str, scenarios: Sequence[Path] = (), days: float = 365.25, patient: str | None = None,
    sheet: str | None = None, age: float | None = None, sex: str | None = None,
) -> Fitted:  # fmt: skip
    """Fit a patient's labs and forecast each plan.

    Parameters
    ----------
    path, patient, sheet : see `lobule.files.course.read_course`
    etiology : cause of the disease
    scenarios : scenario files whose plans are forecast, from the last measurement on; the default plans when none
    days : length of the forecast
    age, sex : at the first measurement, years and "f" or "m"; of anybody when None

    Raises
    ------
    InputError : the file, the etiology, an age or sex that nobody has, or a scenario without a plan.
    """
    course = read_course(path, patient, sheet)
    plans: Mapping[str, Part | Sequence[Part]] = default_plans(etiology)
    if scenarios:
        plans = {scenario.stem: read_scenario(scenario).therapy() for scenario in scenarios}
        for name, parts in plans.items():
            if not parts:
                raise InputError(f"{name}: the scenario has no plan to forecast")
    found = fit_patient(course, etiology, age=age, sex=sex)
    say(f"forecast of {len(plans)} plans")
    return Fitted(found, forecast(found, plans, days))
