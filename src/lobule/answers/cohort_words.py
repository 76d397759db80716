"""What the page of all patients of a table says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lobule.answers.patient_words import begun, chance_in_words, level_words, when
from lobule.answers.words import problem_lines
from lobule.files.person import People
from lobule.forecast.ahead import DECOMPENSATION, SURVIVAL
from lobule.forecast.table import decompensated
from lobule.labs import labs
from lobule.model.causes import causes
from lobule.report.cohort_page import Cell, cohort_page, people_table
from lobule.report.cohort_pictures import cohort_picture
from lobule.report.page import svg

ALIVE = "Alive without transplantation"
MEANING = (
    "Alive without transplantation: the chance that neither death nor a transplant has come by then; the mean over the "
    "virtual people who fit. In brackets, the range of nine of ten of them: it says how different people with "
    "such labs may be, not what a treatment would do.",
    "First decompensation: the chance that ascites, encephalopathy, bleeding or the like has come for the first "
    "time by then, with death competing. It does not apply to who has ascites or encephalopathy already.",
    "Fit: whether virtual people of that cause give labs like the patient's (posterior predictive check). Where it is "
    "poor the forecast is not of this patient, and the lab that fits worst is named; none: nothing could be fitted.",
    "Bands of labs, on each patient's page, are those of the next measured value, errors of measurement included.",
)


def cohort_texts(
    title: str, use: str, made: str, said: Sequence[str], people: People, forecasts: pd.DataFrame, fits: pd.DataFrame,
    days: Sequence[float], links: Mapping[str, str], of_cause: Mapping[str, str], plans: str = "",
) -> str:  # fmt: skip
    """The page.

    Parameters
    ----------
    said : what came out, in sentences
    links : {patient: page, as seen from this one}, of those who have one
    of_cause : {patient: cause of the disease as the fit had it}
    plans : table of plans, see `lobule.answers.plan_words.cohort_plans`; "" where none were asked for
    """
    alive = forecasts[forecasts["quantity"] == SURVIVAL]
    lists = [("What looks mistyped", [str(one) for one in people.suspects]),
             ("Cells and rows that could not be used", problem_lines(people.problems, people.untold)),
             ("Columns that were not used", people.unread), ("How the table was understood", people.notes)]  # fmt: skip
    return cohort_page({
        "title": title, "said": " ".join(said), "use": use, "made": made, "read": _read(people, of_cause),
        "lists": lists, "picture_said": _seen(alive, days),
        "picture": svg(cohort_picture, *_drawn(alive, fits, days)) if len(alive) else "",
        "plans": plans, "pages_said": _pages_said(links, len(people)),
        "people": _table(people, forecasts, fits, days, links),
        "meaning": MEANING, "checked": _checked(of_cause),
    })  # fmt: skip


def _read(people: People, of_cause: Mapping[str, str]) -> list[str]:
    persons = people.persons
    visits = sum(len(person.course.days) for person in persons)
    ages = [person.age for person in persons if person.age is not None]
    measured = Counter(lab for person in persons for lab in person.course.values)
    seen = Counter(sign for person in persons for sign in person.signs)
    treated = Counter(one.name if one.known else f"{one.name} (unknown to lobule, not in the forecast)"
                      for person in persons for one in person.treated)  # fmt: skip
    found = [f"{len(persons)} patients, {visits} visits"]
    found.append("Cause: " + _counts(Counter(causes()[cause].title for cause in of_cause.values())))
    if ages:
        found.append(f"Age at the first visit: {min(ages):.0f} to {max(ages):.0f} years, median {np.median(ages):.0f}; "
                     f"told of {len(ages)}")  # fmt: skip
    sexes = Counter({"f": "women", "m": "men"}.get(person.sex or "", "not told") for person in persons)
    found.append("Sex: " + _counts(sexes))
    found.append("Labs (patients who have one): " + (_counts({labs()[name].label: n for name, n in measured.items()}) or
                                                     "none"))  # fmt: skip
    found += [f"Signs: {_counts({name.removesuffix('_grade'): n for name, n in seen.items()})}"] * bool(seen)
    return found + [f"Treatments in the table: {_counts(treated)}"] * bool(treated)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items(), key=lambda item: -item[1]))


def _drawn(
    alive: pd.DataFrame, fits: pd.DataFrame, days: Sequence[float]
) -> tuple[dict[str, np.ndarray], str, np.ndarray, np.ndarray, str]:
    """What `cohort_picture` takes; everybody is shown at the middle time."""
    chances = {when(day): alive.loc[alive["at_d"] == day, "mean"].to_numpy(float) for day in sorted(set(days))}
    middle = sorted(set(days))[len(set(days)) // 2]
    rows = alive[alive["at_d"] == middle]
    poor = rows["patient"].isin(fits.loc[fits["fit"] == "poor", "patient"]).to_numpy(bool)
    return chances, when(middle), rows[["low_5", "mean", "high_95"]].to_numpy(float).T, poor, ALIVE


def _seen(alive: pd.DataFrame, days: Sequence[float]) -> str:
    means = [
        f"{chance_in_words(float(alive.loc[alive['at_d'] == day, 'median'].mean()))} after {when(day)}" for day in days
    ]
    return (f"How many patients have which forecast chance, and each patient's with its range. Mean chance of "
            f"being alive without transplantation: {', '.join(means)}.") if len(alive) else ""  # fmt: skip


def _pages_said(links: Mapping[str, str], n: int) -> str:
    if not links:
        return "No pages of single patients were asked for, or nobody could be fitted (--pages)."
    if len(links) == n:
        return "Each name leads to the page of that patient."
    return f"{len(links)} of {n} patients have a page; --pages all makes those of everybody who could be fitted."


def _table(
    people: People, forecasts: pd.DataFrame, fits: pd.DataFrame, days: Sequence[float], links: Mapping[str, str]
) -> str:
    chances = {(row.patient, row.quantity, row.at_d): row for row in forecasts.itertuples()}
    last = max(days)
    head = ["patient", "age", "sex", "visits", "fit", "worst lab", *(f"alive after {when(day)}" for day in days),
            f"decompensation by {when(last)}", "years of disease", "warnings"]  # fmt: skip
    rows = []
    for person, fit in zip(people.persons, fits.to_dict("records"), strict=True):
        of = [chances.get((person.name, SURVIVAL, day)) for day in days]
        ahead = Cell("behind", np.nan) if decompensated(person) else _chance(
            chances.get((person.name, DECOMPENSATION, last)))  # fmt: skip
        poor, worst = fit["fit"] != "good", fit["worst_lab"]
        years = fit["years_of_disease"]
        rows.append([
            Cell(person.name, link=links.get(person.name, "")),
            Cell("", np.nan) if person.age is None else Cell(f"{person.age:.0f}", person.age), Cell(person.sex or ""),
            Cell(str(len(person.course.days)), len(person.course.days)), Cell(str(fit["fit"]), alarming=poor),
            Cell(labs()[worst].label if worst in labs() else ""), *map(_chance, of), ahead,
            Cell("", np.nan) if years is None or years != years else Cell(f"{years:.1f}", float(years)),
            Cell(fit["warnings"] if isinstance(fit["warnings"], str) else "")])  # fmt: skip
    return people_table(head, rows, "Chances in percent, with the range of nine of ten virtual people in brackets")


def _chance(row: object) -> Cell:
    if row is None:
        return Cell("", np.nan)
    low, chance, high = (float(getattr(row, name)) for name in ("low_5", "mean", "high_95"))
    told, least, most = (chance_in_words(one).removesuffix(" %") for one in (chance, low, high))
    return Cell(told if told == least == most else f"{told} ({least} to {most})", 100 * chance)


def _checked(of_cause: Mapping[str, str]) -> list[str]:
    of_causes = dict.fromkeys(of_cause.values())
    found = [f"{begun(causes()[cause].title)}: {level_words(cause)}" for cause in of_causes]
    apart = (
        "Which people taught the model what, and forecasts of people who were set aside beside published scores "
        "and models "
        "trained on the same people, with intervals and a log of every look, stand in docs/real_patients.md; lobule "
        "benchmark patients FOLDER makes them. What is worse than the rivals stands there too."
    )
    return [*found, apart]
