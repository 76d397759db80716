"""Adverse events of a replicate, an episode a row: events of the model, labs far from where they should be, and what
giving a product does to people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
ENZYMES = (20.0, 5.0, 3.0)  # times the upper limit: CTCAE grades 4, 3, 2 of ALT and AST (recalled)
LOW_SODIUM = (120.0, 125.0, 130.0)  # mmol/L below which hyponatraemia is of grade 4, 3, 2 (CTCAE, recalled)
FALL = 3.0  # mmol/L from baseline, below which low sodium is nothing new; assumed
HIGH_CREATININE = (6.0, 3.0, 1.5)  # times baseline: acute kidney injury of grade 4, 3, 2 (CTCAE and ICA, recalled)
OF_LABS = {"alt": "alt", "ast": "ast", "sodium": "hyponatraemia", "creatinine": "kidney_injury"}  # {lab: event}
DEADLY = 5  # grade of an event that was fatal (CTCAE)
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


def adverse_events(seen: Conducted, of_procedures: Iterable[tuple[Any, ...]] = ()) -> pd.DataFrame:
    """A row an event, by who and day: who, event, reported (words), grade, serious, day, end (NaN: open), outcome.

    Parameters
    ----------
    of_procedures : rows of `procedures.events_of_procedures`
    """
    import pandas as pd

    columns = ["who", "event", "reported", "grade", "serious", "day", "end", "outcome"]
    rows = [*_of_the_model(seen), *_of_labs(seen), *of_procedures]
    table = pd.DataFrame(rows, columns=columns)
    table = table[table["day"] <= seen.left[table["who"].to_numpy(int)]]
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
            yield (int(who), name, event.title, DEADLY if fatal else event.grade, event.serious, day,
                   day if fatal else np.nan, FATAL if fatal else usual)  # fmt: skip


def _of_labs(seen: Conducted) -> Iterator[tuple[Any, ...]]:
    """Visits in a row at which a lab is of grade 2 or more."""
    for lab, event in OF_LABS.items():
        if lab not in seen.measured:
            continue
        grades = graded(lab, seen.measured[lab])
        reported = f"{labs()[lab].title} increased" if event == lab else event_terms()[event].term
        for who in np.flatnonzero((grades > 0).any(axis=1)):
            measured = np.flatnonzero(np.isfinite(seen.measured[lab][who]))
            for some, ended in _episodes(grades[who, measured] > 0, measured):
                end = np.nan if ended is None else float(seen.visits[ended])
                begin, outcome = float(seen.visits[some[0]]), LASTING if ended is None else RESOLVED
                yield int(who), event, reported, int(grades[who, some].max()), False, begin, end, outcome


def graded(lab: str, values: np.ndarray) -> np.ndarray:
    """Grade of each visit, (n, n_visits): 0, or 2 to 4 where a lab is far from its limit and from its baseline.

    ALT and AST: at least three times the upper limit and twice the baseline. Sodium: below 130 mmol/L and at least 3
    below baseline. Creatinine: at least 1.5 times baseline.
    """
    with np.errstate(invalid="ignore"):
        if lab == "sodium":
            beyond = values[..., None] < np.array(LOW_SODIUM)
            new = values <= values[:, :1] - FALL
        elif lab == "creatinine":
            beyond = (values / values[:, :1])[..., None] >= np.array(HIGH_CREATININE)
            new = np.ones(values.shape, bool)
        else:
            beyond = (values / labs()[lab].upper_normal)[..., None] >= np.array(ENZYMES)
            new = values >= 2 * values[:, :1]
    new[:, 0] = False
    count = beyond.sum(axis=-1)
    return np.where(new & (count > 0), 1 + count, 0)


def _episodes(high: np.ndarray, measured: np.ndarray) -> Iterator[tuple[np.ndarray, int | None]]:
    """Visits of each episode, and the first measured visit after it, None where it lasts."""
    edges = np.diff(np.r_[0, high.astype(int), 0])
    for first, behind in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
        yield measured[first:behind], int(measured[behind]) if behind < len(measured) else None
