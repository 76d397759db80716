"""Adverse events of a replicate: events of the model, and ALT or AST far above the upper limit, an episode a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.files.design import EVENTS
from lobule.labs import labs
from lobule.rows import Row, rows_by
from lobule.trial.conduct import Conducted

if TYPE_CHECKING:
    import pandas as pd

TERMS = Path(__file__).parent / "event_terms.csv"
GRADES = (20.0, 5.0, 3.0)  # times the upper limit: CTCAE grades 4, 3, 2 of ALT and AST (recalled)
OF_LABS = ("alt", "ast")
FATAL, RESOLVED, LASTING, UNKNOWN = "FATAL", "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED", "UNKNOWN"


class EventTerm(Row):
    """How an event reads in tables: a term and an organ class that look like MedDRA's, and its usual outcome."""

    event: str
    term: str
    body_system: str
    outcome: str = UNKNOWN


@cache
def event_terms() -> Mapping[str, EventTerm]:
    """By event of the model, or lab."""
    return rows_by("event", TERMS, EventTerm)


def adverse_events(seen: Conducted) -> pd.DataFrame:
    """A row an event, by who and day: who, event, reported (words), grade, serious, day, end (NaN: open), outcome."""
    import pandas as pd

    columns = ["who", "event", "reported", "grade", "serious", "day", "end", "outcome"]
    rows = [*_of_the_model(seen), *_of_labs(seen)]
    table = pd.DataFrame(rows, columns=columns)
    order = {name: k for k, name in enumerate(event_terms())}
    table["rank"] = table["event"].map(order).fillna(len(order))
    return table.sort_values(["who", "day", "rank"], kind="stable", ignore_index=True).drop(columns="rank")


def _of_the_model(seen: Conducted) -> Iterator[tuple[Any, ...]]:
    death = seen.events["death"]
    for name, event in EVENTS.items():
        usual = event_terms()[name].outcome if name in event_terms() else UNKNOWN
        for who in np.flatnonzero(np.isfinite(seen.events[name])):
            day = float(seen.events[name][who])
            fatal = day == death[who]
            yield (int(who), name, event.title, event.grade, event.serious, day, day if fatal else np.nan,
                   FATAL if fatal else usual)  # fmt: skip


def _of_labs(seen: Conducted) -> Iterator[tuple[Any, ...]]:
    """Visits in a row at which a lab is at least three times its upper limit and twice its baseline."""
    for name in OF_LABS:
        if name not in seen.measured:
            continue
        folds = seen.measured[name] / labs()[name].upper_normal
        with np.errstate(invalid="ignore"):
            high = (folds >= GRADES[-1]) & (folds >= 2 * folds[:, :1])
        high[:, 0] = False
        for who in np.flatnonzero(high.any(axis=1)):
            measured = np.flatnonzero(np.isfinite(folds[who]))
            for some, ended in _episodes(high[who, measured], measured):
                grade = 2 + int((folds[who, some].max() >= np.array(GRADES[:2])).sum())
                end = np.nan if ended is None else float(seen.visits[ended])
                begin, outcome = float(seen.visits[some[0]]), LASTING if ended is None else RESOLVED
                yield int(who), name, f"{labs()[name].title} increased", grade, False, begin, end, outcome


def _episodes(high: np.ndarray, measured: np.ndarray) -> Iterator[tuple[np.ndarray, int | None]]:
    """Visits of each episode, and the first measured visit after it, None where it lasts."""
    edges = np.diff(np.r_[0, high.astype(int), 0])
    for first, behind in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        yield measured[first:behind], int(measured[behind]) if behind < len(measured) else None
