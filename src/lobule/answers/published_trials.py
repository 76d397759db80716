"""`lobule trial --published`: the shipped designs of published trials, run, and what was published beside it.

Trials of the held-out set are left out: who looks at them while anything can still be chosen has no held-out set any
more. `lobule trial NAME` runs one of them all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lobule.answers.answer import Answer
from lobule.answers.record import record_of
from lobule.keeping import write_table, write_text
from lobule.optional import needs
from lobule.progress import say
from lobule.report.records import records
from lobule.studies.split import HELD_OUT, set_of
from lobule.trial.shipped import not_shipped, shipped, source_of
from lobule.trial.trial import Trial

PAGE, TABLE = "published.md", "published.csv"
HEAD = "| design | endpoint, arm | published | predicted | significant in |"
OF_LABS = {"up": "higher", "down": "lower", "none": "no different"}
OF_TIMES = {"up": "longer", "down": "shorter", "none": "no different"}  # without the event
MEANS = (
    "Predicted: median (90 % of replicates), and the direction against the reference; of events, of the time without "
    "one. Bold: the published value lies outside, or the direction is another one."
)


def compared_designs() -> list[str]:
    """Names of the shipped designs that are run: of trials with a result, none of them held out."""
    return [name for name in shipped()
            if set_of(source_of(name)) != HELD_OUT and Trial.read(name).design.published]  # fmt: skip


def published_trials(
    *,
    place: Callable[[str, bool], Path],
    patients: int | None = None,
    replicates: int | None = None,
    members: int | None = None,
) -> Answer:
    """Run every shipped design of a published trial that is not held out; what is done is kept, and goes on there.

    Parameters
    ----------
    place : gives the folder of a trial, from its name and whether several are run
    patients, replicates, members : in place of the designs'

    Raises
    ------
    InputError : a value that no design can hold. NotInstalled : what trials need is not there.
    """
    import pandas as pd

    needs("statsmodels", "pyarrow", "pyreadstat", extra="trial")
    tables, lines = [], list[tuple[str, ...]]()
    names = compared_designs()
    trials = {n: Trial.read(n).changed(patients=patients, replicates=replicates, members=members) for n in names}
    for k, (name, one) in enumerate(trials.items(), start=1):
        say("designs", k, len(trials))
        folder = place(name, True)
        found = one.run(out=folder, progress=say).beside_published()
        found.insert(0, "design", name)
        tables.append(found)
        lines += page_rows(f"{name} ({source_of(name)}, {one.design.patients} people)", records(found), one)
    table = pd.concat(tables, ignore_index=True)
    rule = "|" + " --- |" * (HEAD.count("|") - 1)
    cells = [f"| {' | '.join(line)} |" for line in lines]
    text = "\n".join([HEAD, rule, *cells, "", MEANS, *said_of(table), *left_out()])
    write_text(folder.parent / PAGE, f"# Published trials beside predicted ones\n\n{text}\n")
    write_table(folder.parent / TABLE, table)
    title = "Published trials beside predicted ones"
    options = {"published": True, "patients": patients, "replicates": replicates, "members": members}
    said = " ".join(said_of(table))
    where = f"\nPage: {folder.parent / PAGE}; table: {folder.parent / TABLE}"
    return Answer(title, said, text + where, records(table), record_of("trial", title, names, options))


def page_rows(first: str, rows: Sequence[Mapping[str, Any]], one: Trial) -> list[tuple[str, ...]]:
    """Cells of the page of one design, under `HEAD`, from the rows of `beside_published`."""
    found: list[tuple[str, ...]] = []
    for row in rows:
        kind = one.design.endpoint(str(row["endpoint"])).kind
        found.append((first, f"{row['endpoint']}, {row['arm']}", *_cells(row, kind)))
        first = ""
    return found


def _cells(row: Mapping[str, Any], kind: str) -> tuple[str, str, str]:
    """Published, predicted and how often significant, of one row."""
    share, words = kind in ("time_to_event", "responder"), OF_TIMES if kind == "time_to_event" else OF_LABS
    published = [] if row["published"] is None else [_value(row["published"], share)]
    predicted = []
    if row["predicted"] is not None:
        values = [_value(row[name], share) for name in ("predicted", "low", "high")]
        predicted = [_bold(f"{values[0]} ({values[1]} to {values[2]})", row["inside"] is not False)]
    if row["published_direction"] is not None:
        published.append(words[row["published_direction"]])
        predicted.append(_bold(words.get(row["predicted_direction"], ""), row["agrees"]))
    told = row["published_direction"] is not None and row["significant"] is not None
    return ", ".join(published), ", ".join(predicted), f"{100 * row['significant']:.0f} %" if told else ""


def _bold(text: str, right: bool) -> str:
    return text if right or not text else f"**{text}**"


def _value(number: float, share: bool) -> str:
    return f"{100 * number:.0f} %" if share else f"{number:.3g}"


def said_of(table: Any) -> list[str]:
    """How many values lie inside, and how many directions agree."""
    inside, agrees = table["inside"].dropna(), table["agrees"].dropna()
    none = 'a published "none" agrees where fewer than half of the replicates are significant'
    return [
        f"{int(inside.sum())} of {len(inside)} published values lie inside 90 % of replicates.",
        f"{int(agrees.sum())} of {len(agrees)} published directions agree; {none}.",
    ]


def left_out() -> list[str]:
    """Which designs were not run, and how many published trials have none."""
    held = [name for name in shipped() if set_of(source_of(name)) == HELD_OUT]
    unpublished = [name for name in shipped() if not Trial.read(name).design.published]
    reasons: dict[str, list[str]] = {}
    for one in not_shipped().values():
        reasons.setdefault(one.reason, []).append(one.source)
    return [
        f"Held out, and not run here: {', '.join(held)}.",
        f"Without a published result: {', '.join(unpublished)}.",
        "Published trials without a design: "
        + "; ".join(f"{', '.join(names)} ({reason})" for reason, names in reasons.items()) + ".",
    ]  # fmt: skip
