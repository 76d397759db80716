"""What the giving itself does to people: fever, reactions to an infusion, bleeding where a vessel was punctured.

Chance alone: the share of doses after which each comes stands in `procedure_events.csv`. It changes no lab and no
hazard, and has a stream of random numbers of its own, so that nothing else of a replicate depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from lobule.patient.draws import generator
from lobule.rows import Row, read_rows
from lobule.trial.exposure import PLACEBO, UNITS, Doses

TABLE = Path(__file__).parent / "procedure_events.csv"
NOT_EVENTS = Path(__file__).parent / "not_events.csv"
ANY = "any"
RESOLVED = "RECOVERED/RESOLVED"


class ProcedureEvent(Row):
    """After which doses an event comes, how often, how soon, how long it lasts and how grave it is.

    given : cells, vesicles, placebo or any; route : as in the table EX, or any; share : of doses
    """

    event: str
    given: str
    route: str
    share: float
    within_days: float
    lasting_days: float
    grade: int
    serious: bool
    status: str
    source: str = ""
    note: str = ""


class NotAnEvent(Row):
    """What befalls people in trials and nobody here, and why."""

    event: str
    reason: str


@cache
def procedure_events() -> Sequence[ProcedureEvent]:
    """All rows."""
    return read_rows(TABLE, ProcedureEvent)


@cache
def not_events() -> Sequence[NotAnEvent]:
    """Events that the model does not have."""
    return read_rows(NOT_EVENTS, NotAnEvent)


def events_of_procedures(given: Sequence[Doses], seed: int, number: int = 1) -> Iterator[tuple[Any, ...]]:
    """Rows of `adverse.adverse_events`: of each dose, what comes of having been given.

    Parameters
    ----------
    given : doses of a replicate
    seed, number : of the design and of the replicate, the first of which is shown
    """
    chance = generator(seed, "adverse events", number)
    for doses in given:
        kind = _kind(doses)
        for row in procedure_events() if kind else ():
            drawn = chance.random((len(doses.who), 2))
            if row.given not in (ANY, kind) or row.route not in (ANY, doses.route):
                continue
            for k in np.flatnonzero(drawn[:, 0] < row.share):
                day = float(doses.start[k] + row.within_days * drawn[k, 1])
                words = row.event.replace("_", " ").capitalize()
                yield (int(doses.who[k]), row.event, words, row.grade, row.serious, day, day + row.lasting_days,
                       RESOLVED)  # fmt: skip


def _kind(doses: Doses) -> str:
    """cells, vesicles or placebo; "" for standard care. Medium is like vesicles."""
    if doses.treatment == PLACEBO:
        return "placebo"
    if doses.unit not in UNITS.values():
        return ""
    return "cells" if doses.unit.startswith("CELLS") else "vesicles"
