"""`lobule benchmark patients`: forecasts of real people beside the best published scores and trained models."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from lobule.answers.answer import Answer
from lobule.answers.benchmark_words import as_text, goal_rows, page, pictures, remarks, sections, survival_rows
from lobule.answers.content import Beside, Table
from lobule.answers.record import record_of
from lobule.arguments import a_path, checking, count, one_of, optional, truth
from lobule.forecast.table import forecast_people
from lobule.keeping import write_text
from lobule.optional import needs
from lobule.report.records import records
from lobule.validate.real_people.folder import read_folder
from lobule.validate.real_people.looks import MOST, look, people
from lobule.validate.real_people.scores import EXTRA
from lobule.validate.real_people.sides import TEST, TRAIN
from lobule.validate.real_people.survival import FIRST, LOBULE
from lobule.validate.real_people.whole import Found, Plan, compared, planned

TITLE = "Real people: forecasts beside rivals"
LOG = "real_patients_looks.csv"
DRAWS, SEED = 1000, 1
HOW = (
    "Lobule saw nothing but the first visits; rivals that are trained are trained on other people of the same table. "
    "Intervals are of 95 %, by drawing people again; differences are on the same draws.",
    "Concordance is Harrell's; the Brier score is weighted by the chance to be still observed; what is seen of a group "
    "is Kaplan-Meier's.",
)
TRAINED = (
    "Scored: train people, of whom level and errors of the model were learnt too: a check of the work, no validation. "
    "Nothing of test people was looked at."
)
UNSAID = "Scored: everybody, since no table says who was set aside."
TABLES = {
    "goals": "what was wanted, and what was found",
    "survival": "one row a table, event, model and measure: value, interval, and lobule's less that of the model",
    "cells": "forecast and Kaplan-Meier by fifth of each model's forecast and time",
    "visits": "one row a table, visits known, lab and model: error, bias, and what the band of nine tenths holds",
    "predictions": "every forecast of a next visit, as natural logarithms",
    "cohort": "fatty liver of the community by age: forecast and seen",
    "checks": "how often a fit is said to be poor",
    "waiting": "a waiting list: share of each event by day, where they compete",
}


def _side(value: Any, name: str) -> str:
    return one_of(value, name, (TEST, TRAIN), "side")


@checking(on=_side, again=truth, draws=count(20, 10_000), folder=a_path, looks=optional(a_path))
def patients(
    folder: Path,
    *,
    on: str = TEST,
    only: Sequence[str] | None = None,
    etiology: str | None = None,
    looks: Path | None = None,
    again: bool = False,
    draws: int = DRAWS,
    forecaster: Any = forecast_people,
) -> Answer:
    """Compare forecasts of every table of a folder with rivals on the same people.

    Parameters
    ----------
    folder : tables with the columns of docs/real_patients.md
    on : "test" or "train": who is scored where a table says; with "train" rivals are trained in folds
    only : names of tables, without ending; all when left out
    etiology : of tables that do not say it
    looks : the log of looks at test people; docs/real_patients_looks.csv where there is a folder docs, else
        real_patients_looks.csv
    again : look also after the tenth look
    draws : of people again, for intervals
    forecaster : what forecasts, in place of lobule

    Raises
    ------
    InputError : no table, an eleventh look, or what the reader of tables refuses. NotInstalled : scikit-survival.
    """
    needs("sksurv.metrics", "sksurv.ensemble", "statsmodels.api", extra=EXTRA)
    plan = planned(read_folder(folder, list(only or ()), etiology), on)
    asked = f"on {on}" + (f", etiology {etiology}" if etiology else "")
    taken = _logged(plan, Path(looks) if looks else _usual_log(), asked, again)
    found = compared(plan, forecaster, draws, SEED)
    how = [*HOW, taken or (TRAINED if on == TRAIN else UNSAID)]
    options = {"on": on, "only": list(only or ()), "etiology": etiology, "again": again, "draws": draws}
    return _answer(found, how, record_of("benchmark", TITLE, options=options, seed=SEED))


def _logged(plan: Plan, path: Path, asked: str, again: bool) -> str:
    """Write the look down where test people are scored; how many there were, in a sentence."""
    tables, names = plan.aside
    if not names:
        return ""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    taken = look(path, people(names), tables, asked, today, again)
    return f"Scored: the {len(names)} test people. This is look {taken.look} of at most {MOST} (log: {path.name})."


def _usual_log() -> Path:
    docs = Path("docs")
    return docs / LOG if docs.is_dir() else Path(LOG)


def _answer(found: Found, how: Sequence[str], record: Any) -> Answer:
    said = _said(found)
    shown = [part for name, rows in sections(found) if name.partition(":")[2].strip().startswith(FIRST)
             for part in ("", name, as_text(rows))]  # fmt: skip
    goals = ["", "What was wanted, and what was found", as_text(goal_rows(found.goals))] if len(found.goals) else []
    frames: dict[str, pd.DataFrame] = {name: getattr(found, name) for name in TABLES}
    return Answer(
        title=TITLE,
        said=" ".join([*said, *how]),
        text="\n".join([*said, *how, *shown, *goals, "", *remarks(found)]),
        data={name: records(frame) for name, frame in frames.items() if len(frame) and name != "predictions"},
        record=record,
        tables={name: Table(frame, TABLES[name]) for name, frame in frames.items() if len(frame)},
        pictures=pictures(found),
        files={
            "tables.md": Beside(lambda path: write_text(path, page(found, TITLE, how)), "all tables in words, Markdown")
        },
    )


def _said(found: Found) -> list[str]:
    """A sentence a table."""
    said = []
    for table in dict.fromkeys(found.survival["table"]) if len(found.survival) else ():
        event = found.survival.loc[found.survival["table"] == table, "event"].iloc[0]
        head, *rows = survival_rows(found.survival, table, event)
        place = next(k for k, row in enumerate(rows) if row[0] == LOBULE)
        others = ", ".join(f"{row[0]} {row[1].partition(' ')[0]}" for row in rows if row[0] != LOBULE)
        said.append(f"{table}: lobule orders people with a {head[1]} of {rows[place][1]}; {others}.")
    if len(found.goals):
        judged = found.goals[found.goals["met"] != ""]
        said.append(f"{int((judged['met'] == 'yes').sum())} of {len(judged)} goals are met.")
    return said
