"""What the page of one patient says, and its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from lobule.answers.patient_care import care_rows, unproven
from lobule.files.person import Person
from lobule.forecast.ahead import DECOMPENSATION, SURVIVAL, quantity_name
from lobule.forecast.check_words import WORDS
from lobule.forecast.errors import errors
from lobule.forecast.level import levels
from lobule.forecast.plans import CARE, STUDIED
from lobule.forecast.portrait import LabCourse, Portrait, State
from lobule.forecast.said import grade_in_words, number_in, ranged_in, unit_of, value_in
from lobule.forecast.signs import signs
from lobule.forecast.table import decompensated
from lobule.forecast.usual_ranges import usual_ranges
from lobule.forecast.verdict import POOR, UNUSUAL, WORSE, Check
from lobule.labs import labs
from lobule.model.causes import causes
from lobule.patient.history import YEAR
from lobule.report.page import svg
from lobule.report.patient_page import patient_page, table
from lobule.report.patient_pictures import Curve, Panel, chances_picture, labs_picture
from lobule.report.scale import written

CHANCE = {SURVIVAL: "alive without transplantation", DECOMPENSATION: "first decompensation by then"}
STATES = {
    "years_of_disease": ("years of disease", "y", 1), "collagen_proportionate_area": ("scar (collagen, share of area)",
    "%", 1), "hepatic_venous_pressure_gradient": ("portal pressure (HVPG)", "mmHg", 1), "ascites": ("ascites", "L", 1),
    "albi": ("function: ALBI, errors of measurement taken out (-2.60 and below is best)", "", 2),
    "meld": ("function: MELD, errors of measurement taken out", "", 0),
}  # fmt: skip


def when(day: float) -> str:
    """A time in words, of days: "90 d", "5 y"."""
    years = day / YEAR
    return f"{years:.0f} y" if abs(years - round(years)) < 0.01 and years >= 1 else f"{day:g} d"


def page_of(
    picture: Portrait, fit: Mapping[str, Any], forecasts: pd.DataFrame, etiology: str, days: Sequence[float], use: str,
    made: str, plans: Mapping[str, Any] = MappingProxyType({}),
) -> str:  # fmt: skip
    """The page of a patient.

    Parameters
    ----------
    fit, forecasts : the rows of fits.csv and forecasts.csv of this patient, so that page and tables say the same
    etiology : of the patient, as the fit had it
    days : that were asked for, after the last visit
    plans : tables of plans by kind, where they were asked for, see `lobule.answers.plan_words.plans_table`
    """
    person, poor = picture.found.person, fit["fit"] == "poor"
    warnings = str(fit["warnings"] or "").split("; ") if fit["warnings"] else []
    event = decompensated(person)
    return patient_page({
        "name": person.name, "who": who(person, etiology), "use": use, "poor": poor, "warnings": warnings,
        "verdict": _verdict(picture, etiology, poor),
        "level": level_words(etiology), "made": made, "fit_said": FIT_SAID,
        "unproven": unproven(person, bool(plans.get(STUDIED))),
        "labs": svg(labs_picture, lab_panels(picture), float(person.course.days[-1])) if picture.labs else "",
        "labs_said": LABS_SAID, "chances_said": _chances_said(forecasts, event),
        "chances": svg(chances_picture, _curves(picture, event), list(days)),
        "tables": {"outlook": _outlook(person, forecasts, event), "labs": _labs(picture, forecasts),
                   "signs": _signs(person),
                   "states": _states(picture.states), "fit": _fit(picture, fit),
                   "care": table("Care that lobule knows. What is listed is no advice; the treating team decides.",
                                 ("care", "why it stands here", "this patient", "in the forecast", "source"),
                                 care_rows(person, etiology)) or "lobule knows no standard care of this cause.",
                   "plans": plans.get(CARE, ""), "studied": plans.get(STUDIED, ""),
                   "sources": _sources(picture, etiology)},
    })  # fmt: skip


FIT_SAID = (
    "Each lab and sign was drawn anew from virtual people who fit all else. The chance says how many of these draws "
    "are as unlikely as what was measured, or as its last value (the lower, doubled). The fit is called poor where a "
    f"chance is below {POOR:g} shared among labs and signs, or that of all labs together is; where so much worsening "
    f"since the first visit has a chance below {WORSE:g} (less over more than two years); where the last value looks "
    f"mistyped; or where another cause explains labs, age and sex much better. What is unusual, below {UNUSUAL:g} "
    "shared so, is named."
)
LABS_SAID = ("Dots: measured. Grey: the fitted lab at each visit, errors of measurement taken out, with 90 %. "
             "Blue, from the last visit on: median and 90 % range of the next measured value, its error "
             "included. Green: usual in "
             "health. Triangles: limits of detection. Red rings: doubtful values that count little.")  # fmt: skip


def _verdict(picture: Portrait, etiology: str, poor: bool) -> str:
    """The first thing that a reader must know."""
    title = causes()[etiology].title
    people = f"virtual people {'ill of alcohol' if title == 'alcohol' else f'with {title}'}"
    if not picture.labs:
        return f"No lab of this patient is known: the forecast is that of {people} of such age, sex and signs."
    if poor:
        return f"The fit is POOR: this patient is unlike {people}. The forecast below is not of this patient."
    return f"The fit is good: {people} give labs like these, as far as these labs tell."


def begun(text: str) -> str:
    """A text with a capital at its beginning alone."""
    return text[:1].upper() + text[1:]


def who(person: Person, etiology: str) -> str:
    """Cause, sex, age, visits and their span."""
    sex = {"f": "woman", "m": "man"}.get(person.sex or "", "sex not told")
    age = "age not told" if person.age is None else f"{person.age:.0f} years old at the first visit"
    n, span = len(person.course.days), float(person.course.days[-1])
    seen = "one visit" if n == 1 else f"{n} visits over {span:.0f} days" if span < YEAR else (
        f"{n} visits over {span / YEAR:.1f} years")  # fmt: skip
    dates = [person.date_of(0.0)] if n == 1 else [person.date_of(0.0), person.date_of(span)]
    told = f" ({' to '.join(dates)})" if person.begun else ""
    return f"{begun(causes()[etiology].title)}; {sex}, {age}; {seen}{told}."


def level_words(etiology: str) -> str:
    """Whether the level of survival was set to people who were followed."""
    row = levels().get(etiology)
    alone = " The chance of decompensation is as the model has it: it was corrected to nobody who was followed."
    if row is None:
        return ("Survival is as the model has it for this cause: its level was not corrected to people who were "
                "followed, "
                f"and an offered transplant is no event. docs/real_patients.md says what was set to "
                f"whom.{alone}")  # fmt: skip
    return ("Survival is free of death and transplantation. Its level was set to people with this cause who "
            f"were followed (source: {row.source}; {row.note}).{alone}")  # fmt: skip


def chance_in_words(share: float) -> str:
    """A chance as it is told everywhere: in whole percent, and neither 0 nor 100.

    >>> chance_in_words(0.571), chance_in_words(0.9951), chance_in_words(0.0)
    ('57 %', 'above 99 %', 'below 1 %')
    """
    return "below 1 %" if share < 0.01 else "above 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _on(told: str, date: str) -> str:
    return f"{told} ({date})" if date else told


def _chosen(forecasts: pd.DataFrame, event: bool) -> pd.DataFrame:
    return forecasts[forecasts["quantity"].isin([SURVIVAL] if event else list(CHANCE))]


def _outlook(person: Person, forecasts: pd.DataFrame, event: bool) -> Any:
    last = float(person.course.days[-1])
    rows = [(CHANCE[row["quantity"]], _on(when(row["at_d"]), person.date_of(last + row["at_d"])),
             chance_in_words(row["mean"]),
             f"{chance_in_words(row['low_5'])} to {chance_in_words(row['high_95'])}")
            for row in _chosen(forecasts, event).to_dict("records")]  # fmt: skip
    told = " Ascites or encephalopathy was seen, so a first decompensation is not forecast." if event else ""
    return table("Chances after the last visit. The range holds nine of ten virtual people like this one; it is not "
                 f"that of a treatment.{told}", ("event", "after", "chance", "range"), rows, (2, 3))  # fmt: skip


def _chances_said(forecasts: pd.DataFrame, event: bool) -> str:
    said = [f"{CHANCE[row['quantity']]} after {when(row['at_d'])}: {chance_in_words(row['mean'])}"
            for row in _chosen(forecasts, event).to_dict("records")]  # fmt: skip
    return "Chances over time with the range of nine of ten virtual people like this one; " + "; ".join(said) + "."


def _curves(picture: Portrait, event: bool) -> list[Curve]:
    titles = {SURVIVAL: "Alive without transplantation"} | ({} if event else {DECOMPENSATION: "First decompensation"})
    curves = []
    for name, title in titles.items():
        rows = picture.outlook[picture.outlook["quantity"] == name]
        curves.append(Curve(title, rows["at_d"].to_numpy(float), rows[["low_5", "mean", "high_95"]].to_numpy(float).T))
    return curves


def lab_panels(picture: Portrait) -> list[Panel]:
    """What `labs_picture` draws of a patient, a panel a lab in the order of the table of labs."""
    found = []
    for one in _in_order(picture.labs):
        usual = usual_ranges().get(one.lab)
        unit = unit_of(picture.found.person, one.lab)
        per = 1.0 / labs()[one.lab].factor(unit) if unit else 1.0
        found.append(Panel(labs()[one.lab].label, written(unit), one.days, per * one.values, one.sides,
                           one.doubtful, per * one.fitted, one.ahead_days, per * one.ahead,
                           (np.nan, np.nan) if usual is None else (per * usual.low, per * usual.high)))  # fmt: skip
    return found


def _in_order(courses: Sequence[LabCourse]) -> list[LabCourse]:
    order = list(labs())
    return sorted(courses, key=lambda one: order.index(one.lab))


def _labs(picture: Portrait, forecasts: pd.DataFrame) -> Any:
    person, first = picture.found.person, float(forecasts["at_d"].min()) if len(forecasts) else np.nan
    rows = []
    for one in _in_order(picture.labs):
        row, usual = labs()[one.lab], usual_ranges().get(one.lab)
        ahead = forecasts[(forecasts["quantity"] == quantity_name(one.lab)) & (forecasts["at_d"] == first)]
        following = "" if ahead.empty else ranged_in(person, one.lab, *ahead[["median", "low_5", "high_95"]].iloc[0])
        normal = "" if usual is None else " to ".join(number_in(person, one.lab, x) for x in (usual.low, usual.high))
        rows.append((row.label, written(value_in(person, one.lab, float(one.values[-1]), int(one.sides[-1]))),
                     _day(person, float(one.days[-1])), normal,
                     ranged_in(person, one.lab, *one.fitted[[1, 0, 2], -1]), following))  # fmt: skip
    head = ("lab", "last measured", "on", "usual in health", "fitted then", f"next value after {when(first)}")
    return table("Labs; ranges hold nine of ten, in the unit of the table", head, rows, (1, 3, 4, 5))


def _day(person: Person, day: float) -> str:
    """A day in a narrow column: its date, where the table has dates."""
    return person.date_of(day) or f"day {day:g}"


def _signs(person: Person) -> Any:
    rows = []
    for name in person.signs:
        if last := person.last_sign(name):
            grade, day = last
            rows.append((name.replace("_grade", ""), grade_in_words(name, grade), _day(person, day)))
    return table("Signs, as last known", ("sign", "found", "on"), rows)


def _states(states: Sequence[State]) -> Any:
    rows = []
    for one in states:
        title, unit, digits = STATES[one.name]
        unit = f" {unit}" if unit else ""
        healthy = "" if one.name == "years_of_disease" else f"{one.healthy:.{digits}f}{unit}"
        between = f"{one.low:.{digits}f} to {one.high:.{digits}f}"
        rows.append((title, f"{one.median:.{digits}f}{unit}", between, healthy))
    return table("At the last visit, of the virtual people who fit: none of it was measured in this patient",
                 ("what", "median", "nine of ten", "before the disease"), rows, (1, 2, 3))  # fmt: skip


def _fit(picture: Portrait, fit: Mapping[str, Any]) -> Any:
    person, rows = picture.found.person, []
    for one in _in_order(picture.labs):
        off = float(one.values[-1] / one.fitted[1, -1])
        doubtful = [written(f"{value_in(person, one.lab, float(value))} on {person.when(float(day))}")
                    for value, day in zip(one.values[one.doubtful], one.days[one.doubtful], strict=True)]  # fmt: skip
        rows.append((labs()[one.lab].label, len(one.days), _chance_of(one.chance), f"{off:.2f}",
                     _word(picture.checked, one.lab), "; ".join(doubtful)))  # fmt: skip
    for sign, chance in picture.checked.of_signs.items():
        seen = int(np.isfinite(person.signs[sign]).sum())
        rows.append((sign.replace("_grade", ""), seen, _chance_of(chance), "", _word(picture.checked, sign), ""))
    head = ("lab or sign", "values", "chance", "last value over fitted", "in words", "doubtful values (count little)")
    cause, times = fit["better_cause"], fit["times_better"]
    other = f" Best other cause: {cause}, {_times(times)} as likely." if isinstance(cause, str) and cause else ""
    caption = (f"All labs together: chance {_chance_of(fit['p_all'])}; of getting so much worse since the first visit: "
               f"{_chance_of(fit['p_worse'])}.{other} Worth {fit['effective_size']:.0f} virtual people of "
               f"{len(picture.found.candidates.of)}.")  # fmt: skip
    return table(caption, head, rows, (1, 2, 3)) or caption


def _word(checked: Check, name: str) -> str:
    """How likely a lab or a sign is, in words."""
    if name in checked.beyond(POOR):
        return f"unlike virtual people; could be {WORDS[name]}, or another disease"
    return "unusual" if name in checked.beyond(UNUSUAL) else "as expected"


def _chance_of(chance: float) -> str:
    return "below 0.001" if chance < 0.001 else f"{chance:.2g}"


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times" if ratio >= 0.01 else "less than a hundredth"


def _sources(picture: Portrait, etiology: str) -> Any:
    found = picture.found
    rows = [("courses of virtual people", f"model of lobule, {len(found.candidates.of)} people with {etiology}",
             "see docs/model.md")]  # fmt: skip
    for one in _in_order(picture.labs):
        error = errors()[one.lab]
        rows.append((f"{labs()[one.lab].label}: error between visits", error.source or "none", error.grade))
    level = levels().get(etiology)
    rows.append(("level of survival", "as the model has it" if level is None else level.source,
                 "not calibrated to individuals" if level is None else level.grade))  # fmt: skip
    rows += [(f"chance of finding {name.replace('_grade', '')}", "signs.csv", signs()[name][0].grade_of_evidence)
             for name in found.person.signs]  # fmt: skip
    rows.append(("usual ranges in health", "for the eye alone; every laboratory has its own", "assumed"))
    return table(
        "Each kind of number, its source and grade. Train: the people of a public table that may be fitted to",
        ("number", "source", "grade"),
        rows,
    )
