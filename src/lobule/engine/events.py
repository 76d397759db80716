"""Doses, infusions and switches as a table: who, when, what, how much. Never an edit of the model.

One row is (patient, time, target, kind, value):
    add         target += value            a bolus into a state
    multiply    target *= value            a dilution, a partial resection
    set         target = value             a switch: a state or a constant takes a new value
    infuse      d(target)/dt += value      until another row changes it by -value (see `infusion`)
At equal times rows act in the order they were added. A sample at the time of an event shows the value before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lobule.arguments import number, whole
from lobule.errors import InputError, shown

KINDS = ("add", "multiply", "set", "infuse")
EVERYONE = -1
MOST_PATIENTS = 10**9
FIELDS = ("patient", "time", "target", "kind", "value")


@dataclass(frozen=True)
class Event:
    """One row. `patient` counts from 0, or is EVERYONE; `time` in the model's time unit."""

    patient: int
    time: float
    target: str
    kind: str
    value: float


class EventTable:
    """An immutable list of events.

    Parameters
    ----------
    rows : events, or tuples (patient, time, target, kind, value)

    Raises
    ------
    InputError : not five fields, a patient that is no whole number of 0 or more (or EVERYONE), unknown kind, negative
        or non-finite time, non-finite value; names the row.
    """

    def __init__(self, rows: Iterable[Event | Sequence] = ()) -> None:
        if isinstance(rows, (str, bytes)) or not isinstance(rows, Iterable):
            raise InputError(f"events must be a list of rows, not {type(rows).__name__}")
        self._events = tuple(_checked(row, i) for i, row in enumerate(rows))

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __add__(self, other: EventTable) -> EventTable:
        return EventTable([*self, *other])

    def __repr__(self) -> str:
        lines = [f"{e.time:>12g}  {e.kind:<8} {e.target} {e.value:g}" for e in self._events[:20]]
        more = [f"... and {len(self) - 20} more"] if len(self) > 20 else []
        return "\n".join([f"EventTable of {len(self)} events", *lines, *more])

    @property
    def targets(self) -> set[str]:
        """Names of everything that some event changes."""
        return {event.target for event in self._events}

    def of(self, patient: int) -> list[Event]:
        """Events of one patient in order of time; ties keep the order of the table."""
        mine = [e for e in self._events if e.patient in (patient, EVERYONE)]
        return sorted(mine, key=lambda event: event.time)


def infusion(target: str, amount: float, start: float, duration: float, patient: int = EVERYONE) -> list[Event]:
    """Two rows that give `amount` into `target` at a constant rate from `start` for `duration`."""
    total, begin = number(amount, "the amount of an infusion"), number(start, "the start of an infusion", 0)
    length = number(duration, "the duration of an infusion", 0, above=True)
    rate = total / length
    if not math.isfinite(rate) or begin + length == begin:
        raise InputError(f"an infusion of {total:g} in {length:g} from {begin:g} is too fast to be computed")
    return [Event(patient, begin, target, "infuse", rate), Event(patient, begin + length, target, "infuse", -rate)]


def _checked(row: Event | Sequence, place: int) -> Event:
    if not isinstance(row, Event):
        if isinstance(row, (str, bytes)) or not isinstance(row, Sequence) or len(row) != len(FIELDS):
            raise InputError(f"event {place} must be ({', '.join(FIELDS)}), not {shown(row)}", ["events", place])
        row = Event(*row)
    if _is_plain(row):
        return row
    if not isinstance(row.target, str) or not isinstance(row.kind, str):
        what = f"{shown(row.target)} and {shown(row.kind)}"
        raise InputError(f"event {place}: target and kind must be texts, not {what}", ["events", place])
    where = f'event {place} ("{row.target}")'
    if row.kind not in KINDS:
        raise InputError(f'{where}: unknown kind "{row.kind}"; allowed: {", ".join(KINDS)}', ["events", place, "kind"])
    try:
        patient = whole(row.patient, f"{where}: patient", EVERYONE, MOST_PATIENTS)
        return Event(
            patient, number(row.time, f"{where}: time", 0), row.target, row.kind, number(row.value, f"{where}: value")
        )
    except InputError as error:
        error.field = ("events", place, *(field.rpartition(": ")[2] for field in map(str, error.field)))
        raise


def _is_plain(row: Event) -> bool:
    """A row of Python's own types with nothing wrong: nearly all of the millions that a trial has."""
    return (
        type(row.patient) is int
        and row.patient >= EVERYONE
        and type(row.target) is str
        and type(row.kind) is str
        and row.kind in KINDS
        and isinstance(row.time, float)
        and isinstance(row.value, float)
        and 0 <= row.time < math.inf
        and math.isfinite(row.value)
    )
