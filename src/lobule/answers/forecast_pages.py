"""The pages of `lobule forecast`: one of all patients, and one of each as far as asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
from markupsafe import Markup

from lobule.answers.cohort_words import cohort_texts
from lobule.answers.content import Beside
from lobule.answers.page_names import page_names
from lobule.answers.patient_words import page_of
from lobule.answers.plan_words import cohort_plans, plans_table, without_plans
from lobule.answers.record import Record
from lobule.errors import InputError
from lobule.files.person import People, Person
from lobule.forecast.plans import CARE, STUDIED
from lobule.forecast.pool import POOL, pool_of
from lobule.forecast.portrait import portrait
from lobule.forecast.posterior import posterior
from lobule.forecast.table import Fitted
from lobule.forecast.usual_care import under
from lobule.keeping import write_text
from lobule.model.causes import disease
from lobule.progress import say
from lobule.report.records import records

INDEX, FOLDER = "index.html", "patients"
USUAL = 50  # pages of single patients, when nobody says how many
SEED = 1  # of `lobule.forecast.table.forecast_people`, so that a page shows the fit that the tables tell of


def how_many(text: str) -> int | None:
    """Pages of single patients that are made, of what a user types: None for all.

    >>> how_many("all"), how_many("none"), how_many("12")
    (None, 0, 12)
    """
    word = text.strip().lower()
    if word == "all":
        return None
    if word == "none":
        return 0
    if not word.isascii() or not word.isdigit():
        raise InputError('pages is a number, "all" or "none"', ["pages"])
    return int(word)


def pages_of(
    people: People, forecasts: pd.DataFrame, fits: pd.DataFrame, etiology: str, days: Sequence[float],
    most: int | None, record: Record, said: Sequence[str], gains: pd.DataFrame | None = None,
    fitted: Mapping[str, Fitted] = MappingProxyType({}),
) -> dict[str, Beside]:  # fmt: skip
    """Pages by the names of their files, each made when it is written.

    Parameters
    ----------
    etiology : cause of those of whom the table tells none
    most : how many patients have one, in the order of the table; all when None
    fitted : posteriors that are there already; the others are made again
    gains : a row a patient and plan, where plans were asked for; forecasts has rows of each then
    """
    shown = fits.loc[fits["fit"].isin(["good", "poor"]), "patient"].tolist()[:most]
    stems = dict(zip((one.name for one in people.persons), page_names([p.name for p in people.persons]), strict=True))
    names = {name: f"{FOLDER}/{stems[name]}.html" for name in shown}
    common = disease(etiology, "human").name if etiology else ""
    of_cause = {person.name: person.etiology or common for person in people.persons}
    made = f"lobule {record.versions.get('lobule', '')}; {', '.join(one.file for one in record.inputs)}; seed {SEED}. "
    made += "run.json lists versions and checksums."
    plain = without_plans(forecasts)
    index = partial(cohort_texts, record.title, record.intended_use, made, said, people, plain, fits, days, names,
                    of_cause, Markup("") if gains is None or gains.empty else cohort_plans(gains))  # fmt: skip
    found = {INDEX: Beside(partial(_written, index), "all patients on one page, for a browser and for print")}
    of_fit = {row["patient"]: row for row in records(fits)}
    by_patient = dict(iter(forecasts.groupby("patient")))
    wanted = [person for person in people.persons if person.name in names]
    wanted.sort(key=lambda one: (of_cause[one.name], under(one, of_cause[one.name]) or ""))  # a pool is prepared once
    for k, person in enumerate(wanted, 1):
        make = partial(
            _of_one,
            person,
            of_cause[person.name],
            of_fit[person.name],
            by_patient[person.name],
            days,
            record.intended_use,
            made,
            None if gains is None else gains[gains["patient"] == person.name],
            fitted.get(person.name),
        )
        found[names[person.name]] = Beside(partial(_told, make, k, len(wanted)), "one page a patient, for print")
    return found


def _of_one(
    person: Person, cause: str, fit: Mapping[str, Any], rows: pd.DataFrame, days: Sequence[float], use: str, made: str,
    gains: pd.DataFrame | None, fitted: Fitted | None,
) -> str:  # fmt: skip
    plans = {} if gains is None else {kind: plans_table(rows, gains, kind) for kind in (CARE, STUDIED)}
    found = fitted.found if fitted else posterior(person, cause, pool_of(cause, POOL, SEED, under(person, cause)), SEED)
    drawn = portrait(found, days, fitted.checked if fitted else None)
    return page_of(drawn, fit, without_plans(rows), cause, days, use, made, plans)


def _written(make: Callable[[], str], path: Path) -> None:
    write_text(path, make())


def _told(make: Callable[[], str], k: int, total: int, path: Path) -> None:
    _written(make, path)
    say("pages", k, total)
