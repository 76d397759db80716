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

from lobule.errors import InputError

KINDS = ("add", "multiply", "set", "infuse")
EVERYONE = -1


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
    InputError : unknown kind, negative or non-finite time, non-finite value; names the row.
    """

    def __init__(self, rows: Iterable[Event | Sequence] = ()) -> None:
        events = [row if isinstance(row, Event) else Event(*row) for row in rows]
        for i, event in enumerate(events):
            _check(event, i)
        self._events = tuple(events)

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
    if not duration > 0:
        raise InputError(f"an infusion needs a duration above 0, not {duration:g}")
    rate = amount / duration
    return [Event(patient, start, target, "infuse", rate), Event(patient, start + duration, target, "infuse", -rate)]


def _check(event: Event, row: int) -> None:
    where = f'event {row} ("{event.target}")'
    if event.kind not in KINDS:
        raise InputError(f'{where}: unknown kind "{event.kind}"; allowed: {", ".join(KINDS)}')
    if not (math.isfinite(event.time) and event.time >= 0):
        raise InputError(f"{where}: time {event.time} must be a finite number, 0 or later")
    if not math.isfinite(event.value):
        raise InputError(f"{where}: value {event.value} is not a finite number")
