"""`lobule forecast`: a table of one or many patients becomes a table of forecasts and a table of fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.content import Table
from lobule.answers.forecast_pages import USUAL, how_many, pages_of
from lobule.answers.patient_care import untold_care
from lobule.answers.patient_words import chance_in_words, when
from lobule.answers.plan_words import PLANS_ABOUT, plan_sentences, without_plans
from lobule.answers.plans_asked import asked_for
from lobule.answers.record import record_of
from lobule.answers.words import plain, problem_lines
from lobule.arguments import a_text, checking, optional
from lobule.errors import InputError
from lobule.files.people import read_people
from lobule.forecast.ahead import SURVIVAL
from lobule.forecast.table import forecast_plans
from lobule.quantities import amount
from lobule.report.records import records
from lobule.simulation import ensemble

SHOWN = 10  # patients in the terminal


@checking(etiology=optional(a_text), at=a_text)
def forecast(
    patients: Path, *, etiology: str | None = None, at: str = "1 y, 2 y, 5 y", sheet: str | None = None,
    pages: str = str(USUAL), plan: Sequence[Path] | None = None, care: Sequence[str] | None = None,
    reading: str | None = None,
) -> Answer:  # fmt: skip
    """Fit each patient of a table and forecast survival, decompensation and labs from the last visit on.

    Parameters
    ----------
    patients : table, see `lobule.files.people.read_people`
    etiology : cause of the disease of those of whom the table does not say it
    at : times after the last visit, such as "90 d, 1 y"
    pages : how many patients get a page of their own when the answer is saved: a number, "all" or "none"
    plan : scenario files whose plans are added to the care that each patient has
    care : standard care that is added to it, each such as "antiviral" or "antiviral + beta-blocker"
    reading : "published" or "counted", in place of that of the scenarios

    Raises
    ------
    InputError : the table, a time, or a patient whose cause nobody says.
    """
    days, most = _times(at), how_many(pages)
    options = {"etiology": etiology, "at": at, "sheet": sheet, "pages": pages, "plan": list(plan or []),
               "care": list(care or []), "reading": reading}  # fmt: skip
    record = record_of("forecast", f"Forecast of {Path(patients).name}", [patients, *(plan or [])], options)
    asked = asked_for(plan or [], care or [], reading)
    record.intended_use += " A forecast is no advice."
    people = read_people(patients, sheet, etiology)
    without = [person.name for person in people.persons if person.etiology is None]
    if len(without) == len(people.persons):
        raise InputError(f"{Path(patients).name}: what is the disease of {without[0]}? Give --etiology, or a column "
                         "etiology with a disease that the model has")  # fmt: skip
    if without:
        told = f"left out, since nobody tells a disease of theirs that the model has: {', '.join(without)}"
        known = tuple(person for person in people.persons if person.etiology is not None)
        people = replace(people, persons=known, notes=(*people.notes, told))
    people = replace(people, notes=(*people.notes, *untold_care(people.persons)))
    wanted = [person.name for person in people.persons[:most]]
    forecasts, fits, gains, fitted = forecast_plans(people, etiology or "", days, asked, wanted=wanted)
    said = _said(forecasts, fits)
    planned = [] if asked is None else [*plan_sentences(gains, fits), *ensemble.notes()]
    lines = [*problem_lines([*people.suspects, *people.problems], people.untold), *people.unread, *people.notes, *said,
             plain(_survival(without_plans(forecasts)).head(SHOWN)), *planned]  # fmt: skip
    return Answer(
        title=record.title,
        said=" ".join([*said, *planned]),
        text="\n".join(lines),
        data={"forecasts": records(forecasts), "fits": records(fits), "not_read": list(people.unread)}
        | ({} if asked is None else {"plans": records(gains)}),
        record=record,
        tables={
            "forecasts": Table(forecasts, "at_d: days after the last visit (at_date: that day, where the table "
                               "has dates); survival (free of death and transplantation) and decompensation (a first "
                               "one; no rows of who had it): the chance, with the range over virtual people; a lab: "
                               "the next measured value, with the range in which nine of ten lie"),
            "fits": Table(fits, "one row a patient: how well the virtual people fit, and which lab or sign fits worst; "
                          "years of disease, scar and pressure at the last visit; whether ascites or encephalopathy "
                          "was seen (decompensated); warnings"),
        } | ({} if asked is None else {"plans": Table(gains, PLANS_ABOUT)}),
        files=pages_of(people, forecasts, fits, etiology or "", days, most, record, said[:1],
                       None if asked is None else gains, fitted),
    )  # fmt: skip


def _times(text: str) -> list[float]:
    """Days of "1 y, 2 y"; raises InputError for none or what is no time."""
    days = [amount(part.strip(), "time", "at") for part in text.split(",") if part.strip()]
    if not days or min(days) <= 0:
        raise InputError('a forecast needs times after the last visit, such as --at "90 d, 1 y"', ["at"])
    return days


def _said(forecasts: pd.DataFrame, fits: pd.DataFrame) -> list[str]:
    """What is told first: how many, how many fit badly, and whom."""
    counts = fits["fit"].value_counts()
    good = counts.get("good", 0)
    said = [f"{len(fits)} patients: {good} {'fit is' if good == 1 else 'fits are'} good, {counts.get('poor', 0)} poor, "
            f"{counts.get('none', 0)} could not be fitted."]  # fmt: skip
    told = fits[fits["warnings"].fillna("").astype(bool)]
    said += [f"{name}: {why}" + ("" if why.endswith(("?", ".")) else ".")
             for name, why in zip(told["patient"].head(SHOWN), told["warnings"].astype(str), strict=False)]  # fmt: skip
    if len(told) > SHOWN:
        said.append(f"{len(told) - SHOWN} more have warnings (fits.csv).")
    return said


def _survival(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Chance of being alive without transplantation, a row a patient and a column a time."""
    alive = forecasts[forecasts["quantity"] == SURVIVAL]
    table = alive.pivot(index="patient", columns="at_d", values="mean")
    table.columns = [f"alive after {when(float(day))}" for day in table.columns]
    table = table.map(chance_in_words, na_action="ignore")
    return table.reindex(alive["patient"].drop_duplicates()).reset_index()
