"""`lobule fit`: the labs of a patient, or of a group of animals, become a fit and a forecast of each plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Picture, Table
from lobule.answers.nearest import nearest_files, nearest_said, nearest_scenario, nearest_tables, nearest_text
from lobule.answers.patient_words import begun
from lobule.answers.plans_asked import plans_of
from lobule.answers.record import Record, record_of
from lobule.answers.words import plain, problem_lines
from lobule.arguments import a_text, between, checking, one_of, optional
from lobule.bounds import LATEST
from lobule.calibrate.group_fit import FORECAST, GroupFit, fit_group
from lobule.calibrate.measured import UNTREATED
from lobule.errors import InputError
from lobule.files.course import Course, read_course
from lobule.files.one_patient import read_patient
from lobule.files.scenario import read_scenario
from lobule.forecast.plans import CARE, RANKED, STUDIED, Fit, Forecast, fit_patient, forecast
from lobule.labs import labs as all_labs
from lobule.model.labels import label
from lobule.patient import Animal
from lobule.patient.patient import OLDEST
from lobule.progress import say
from lobule.quantities import amount
from lobule.report.records import records
from lobule.simulation import ensemble
from lobule.simulation.effect import CLEAR, meaning, sentence
from lobule.simulation.program import INTENDED_USE
from lobule.therapy import Care, Part, Plan

if TYPE_CHECKING:
    import matplotlib.figure

POOR = "The fit is POOR: the forecast below is not of this patient."
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
    reading: str | None = None,
    nearest: bool = False,
) -> Answer:
    """Fit a patient's labs, or with `animal` (a scenario) those of a group of animals, and forecast each plan.

    Parameters
    ----------
    reading : "published" or "counted", in place of that of the scenarios
    nearest : the virtual patient nearest to the labs, as a scenario, and no forecast

    Raises
    ------
    InputError : both or none of etiology and animal, nearest of animals, or what `fit_labs` and `fit_animals` refuse.
    """
    if (etiology is None) == (animal is None):
        raise InputError("give --etiology for a patient, or --animal with a scenario for a group of animals")
    options = {"etiology": etiology, "animal": animal, "plan": list(plan or []), "days": days, "patient": patient,
               "sheet": sheet, "age": age, "sex": sex, "reading": reading}  # fmt: skip
    options |= {"nearest": True} if nearest else {}
    record = record_of("fit", f"Labs of {Path(labs).name}", [labs, *filter(None, [animal]), *(plan or [])], options)
    if animal is not None:
        if nearest:
            raise InputError(
                "the nearest virtual patient is of a patient; leave out --animal or --nearest", ["nearest"]
            )
        return _of_animals(fit_animals(labs, animal, plan or [], patient, sheet, reading), record)
    assert etiology is not None
    record.intended_use += " A forecast is no advice."
    scenario = partial(nearest_scenario, plans=plan or [], days=days, reading=reading)
    if nearest:
        one = fit_to(labs, etiology, days, patient, sheet, age, sex)
        return _of_nearest(one, scenario(one.nearest), record)
    found = fit_labs(labs, etiology, plan or [], days, patient, sheet, age, sex, reading)
    return _of_patient(found, days, scenario(found.fit.nearest), record)


def _of_nearest(one: Fit, scenario: dict[str, Any], record: Record) -> Answer:
    told, rows = nearest_said(one), records(one.nearest.values)
    return Answer(
        title=record.title,
        said=" ".join(told),
        text="\n".join([*_left_out(one.course), *told, nearest_text(one.nearest)]),
        data={"subject": one.nearest.subject, "values": rows, "intended_use": INTENDED_USE, **_not_used(one.course)},
        record=record,
        tables=nearest_tables(one.nearest),
        files=nearest_files(scenario),
    )


def _of_patient(found: Fitted, days: float, scenario: dict[str, Any], record: Record) -> Answer:
    one, ahead = found.fit, found.forecast.table
    told = one.table[one.table["shrinkage"] < TOLD]["parameter"].head(6)
    about = ", ".join(name.replace("_", " ") for name in told) or "nothing beyond stage"
    shown = ahead[["plan", "kind", "survival", "survival_low", "survival_high", "meld", "albumin", "gain", "better"]]
    first = _of_people(ahead, f"after {days:g} days")
    worth = (
        f"{len(one.course.days)} times of measurement; worth {one.size:.0f} virtual patients; ill for "
        f"{float(one.years.mean()):.0f} years (mean)"
    )
    few = [POOR if one.check.fit == "poor" else "The fit is good, as far as these labs tell."]
    few += [f"{begun(warning)}." for warning in one.check.warnings]
    few += [f"Under {one.care} already: every plan is beside it."] if one.care else []
    few += ensemble.notes()
    best = shown[shown["kind"] == CARE].iloc[0]
    lines = [*_left_out(one.course), *first, worth, *few, f"What the labs tell most about: {about}",
             f"After {days:g} days, best care first, what is under study below it and not ranked (median, 90 % band):",
             plain(shown), *nearest_said(one)]  # fmt: skip
    particles = pd.DataFrame({"virtual_patient": one.ids, "years_of_disease": one.years, **one.varied})
    return Answer(
        title=record.title,
        said=" ".join([*first, f"{worth}.", *few, f"Best after {days:g} days: {best['plan']} "
                       f"({best['survival']:.0%} alive), of standard care; what is {STUDIED} is not ranked."]),
        text="\n".join(lines),
        data=_data(ahead, one.table, one.size, one.course),
        record=record,
        tables={
            "posterior": Table(particles, "one row a virtual patient that is like this one: years of disease, and what "
                               "makes it differ"),
            "parameters": Table(one.table, "what the labs tell about each parameter", 4),
            "forecast": Table(ahead, "one row a plan, best care first: survival, MELD and labs at the end, in the "
                              "reading that is named; as counted, and the share of it that that does not reach"),
            **nearest_tables(one.nearest),
        },
        files=nearest_files(scenario),
        pictures={"fit": Picture(lambda: _picture(found), "measured labs, the fit, and the forecast of each plan")},
    )  # fmt: skip


def _of_animals(group: GroupFit, record: Record) -> Answer:
    columns = ["plan", *FORECAST, *(f"{name}_ratio" for name in FORECAST)]
    worth = f"Worth {group.size:.0f} animals."
    reading = group.forecast["reading"].iloc[0]
    head = f"{worth} At the end of the scenario, as {reading} (median; ratio to no other treatment):"
    first = _of_group(group.forecast, "at the end")
    return Answer(
        title=record.title,
        said=" ".join([*first, f"{worth} Best plan: {group.forecast['plan'].iloc[0]}."]),
        text="\n".join([*_left_out(group.course), *first, head, plain(group.forecast[columns])]),
        data=_data(group.forecast, group.table, group.size, group.course),
        record=record,
        tables={
            "parameters": Table(group.table, "what the labs tell about each parameter", 4),
            "forecast": Table(
                group.forecast,
                "one row a plan, least scar first: each output at the end, with 90 %, in the reading that is named; "
                "its ratio as counted, and the share of the effect that that does not reach",
            ),
        },
    )


def _of_people(table: pd.DataFrame, when: str) -> list[str]:
    """What each plan does to a patient, in both readings where they stand beside each other."""
    base = table.set_index("plan").loc[UNTREATED]
    rows = []
    for row in table[table["plan"] != UNTREATED].to_dict("records"):
        effects = []
        for name in RANKED:
            counted = row.get(f"{name}_counted")
            ratios = row[name] / base[name], None if counted is None else counted / base[name]
            effects.append(Effect(name, *ratios, row.get(f"{name}_unexplained_share")))
        rows.append((str(row["plan"]), effects))
    return _first_effects(rows, when, str(table["reading"].iloc[0]))


def _of_group(table: pd.DataFrame, when: str) -> list[str]:
    """What each plan does to a group of animals, in both readings where they stand beside each other."""
    rows = [
        (str(row["plan"]), [Effect(name, row[f"{name}_ratio"], row.get(f"{name}_counted_ratio"),
                                   row.get(f"{name}_unexplained_share")) for name in FORECAST])
        for row in table[table["plan"] != UNTREATED].to_dict("records")
    ]  # fmt: skip
    return _first_effects(rows, when, str(table["reading"].iloc[0]))


class Effect(NamedTuple):
    """Of a plan on an output: ratios to no further treatment in both readings, and the unexplained share."""

    output: str
    ratio: float
    counted: float | None
    share: float | None


def _first_effects(rows: Sequence[tuple[str, Sequence[Effect]]], when: str, reading: str) -> list[str]:
    """A sentence a plan: on the first output that it changes clearly, else on the one that it changes most."""
    said, shares = [], []
    for plan, effects in rows:
        clear = [one for one in effects if abs(one.ratio - 1) >= CLEAR]
        most = clear[0] if clear else max(effects, key=lambda one: abs(one.ratio - 1))
        apart = most.counted is not None and most.counted != most.ratio  # care is the same in both
        said.append(
            sentence(
                f"{plan}: {label(most.output)}", when, most.ratio, reading, against=UNTREATED,
                counted=most.counted if apart else None, share=most.share,
            )
        )  # fmt: skip
        shares += [most.share] if apart else []
    return [*said, *meaning(*shares)]


def _data(forecast_: pd.DataFrame, parameters: pd.DataFrame, size: float, course: Course) -> dict[str, Any]:
    """A fit for programs, with what it did not use of the table."""
    return {
        "forecast": records(forecast_),
        "parameters": records(parameters),
        "effective_size": size,
        "intended_use": INTENDED_USE,
        **_not_used(course),
    }


def _not_used(course: Course) -> dict[str, Any]:
    return {
        "problems": [{"line": p.line, "column": p.column, "reason": p.reason} for p in course.problems],
        "not_read": list(course.unread),
    }


def _left_out(course: Course) -> list[str]:
    return [*problem_lines(course.problems), *course.unread]


def _picture(found: Fitted) -> matplotlib.figure.Figure:
    from lobule.report.fit import fit_picture
    from lobule.report.scale import written

    course = found.fit.course
    units = {name: written(all_labs()[name].suffix) for name in course.values}
    labels = {name: all_labs()[name].label for name in course.values}
    ranked = {name: found.forecast.values[name] for name in [UNTREATED, *found.forecast.table["plan"]]}
    return fit_picture(course.days, course.values, found.fit.past, found.forecast.days, ranked, units, labels)


def defaultplans_of(etiology: str, has: str | None = None) -> dict[str, Part | Sequence[Part]]:
    """What is forecast when nobody says what: the standard care of the cause, and cells or vesicles beside it.

    has : care that the patient has already
    """
    care = {"hbv": "antiviral", "hcv": "antiviral", "alcohol": "abstinence", "autoimmune": "corticosteroid",
            "pbc": "ursodeoxycholic acid"}  # fmt: skip
    plans: dict[str, Part | Sequence[Part]] = {}
    beside, given = "", []
    if etiology in care and care[etiology] != has:
        given = [Care(care[etiology])]
        beside, plans[care[etiology]] = f"{care[etiology]} and ", given[0]
    plans[f"{beside}umbilical cord cells, 1e6/kg, 4 weekly"] = [*given, Plan("uc-msc", "1e6 cell/kg", every="7 d", n=4)]
    plans[f"{beside}vesicles of umbilical cord cells, 1e11/kg, 8 weekly"] = [
        *given, Plan("uc-msc-ev", "1e11 particle/kg", every="7 d", n=8)
    ]  # fmt: skip
    return plans


def fit_animals(
    path: Path, scenario: Path, others: Sequence[Path] = (), group: str | None = None, sheet: str | None = None,
    reading: str | None = None,
) -> GroupFit:  # fmt: skip
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
    plans, word = plans_of(others, reading, read)
    course = read_course(path, group, sheet)
    return fit_group(course, who, read.therapy() or None, plans, amount(read.until, "time"), reading=word)


def _a_sex(value: Any, name: str) -> str:
    return one_of(value, name, ("f", "m"))


OF_A_PATIENT = checking(etiology=a_text, days=between(0, LATEST, above=True), age=optional(between(0, OLDEST)),
                        sex=optional(_a_sex))  # fmt: skip


@OF_A_PATIENT
def fit_to(
    path: Path, etiology: str, days: float, patient: str | None = None, sheet: str | None = None,
    age: float | None = None, sex: str | None = None,
) -> Fit:  # fmt: skip
    """Fit a patient's labs alone; parameters and errors as of `fit_labs`."""
    person = read_patient(path, patient, sheet)
    own_age = person.age if age is None else age
    return fit_patient(person.course, etiology, age=own_age, sex=sex or person.sex, person=person)


@OF_A_PATIENT
def fit_labs(
    path: Path, etiology: str, scenarios: Sequence[Path] = (), days: float = 365.25, patient: str | None = None,
    sheet: str | None = None, age: float | None = None, sex: str | None = None, reading: str | None = None,
) -> Fitted:  # fmt: skip
    """Fit a patient's labs and forecast each plan.

    Parameters
    ----------
    path, patient, sheet : see `lobule.files.one_patient.read_patient`
    etiology : cause of the disease
    scenarios : scenario files whose plans are forecast, from the last measurement on; the default plans when none
    days : length of the forecast
    age, sex : at the first measurement, years and "f" or "m"; those of the table when None, else of anybody
    reading : "published" or "counted", in place of that of the scenarios

    Raises
    ------
    InputError : the file, the etiology, an age or sex that nobody has, or a scenario without a plan.
    """
    own, word = plans_of(scenarios, reading)
    found = fit_to(path, etiology, days, patient, sheet, age, sex)
    plans = own or defaultplans_of(etiology, found.care)
    say(f"forecast of {len(plans)} plans")
    return Fitted(found, forecast(found, plans, days, reading=word))
