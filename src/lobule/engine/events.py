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
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from lobule.arguments import finite_array, number, whole
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


class Columns(NamedTuple):
    """An event table as arrays (n_events,): `target` is a place in `names`, `kind` one in KINDS."""

    patient: np.ndarray
    time: np.ndarray
    target: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    names: tuple[str, ...]


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

    @classmethod
    def from_arrays(cls, patient: ArrayLike, time: ArrayLike, target: str, kind: str, value: ArrayLike) -> EventTable:
        """Events of one kind on one target, of many patients at once; tables are put together by `+`.

        Parameters
        ----------
        patient, time, value : (n_events,) each, or one number for all

        Raises
        ------
        InputError : lengths that do not agree, and whatever a row would be refused for.

        >>> EventTable.from_arrays([0, 1], 2.0, "x", "add", [5.0, 6.0]).of(1)
        [Event(patient=1, time=2.0, target='x', kind='add', value=6.0)]
        """
        if not isinstance(target, str):
            raise InputError(f"target must be a text, not {shown(target)}", ["target"])
        if not isinstance(kind, str) or kind not in KINDS:
            raise InputError(f"unknown kind {shown(kind)}; allowed: {', '.join(KINDS)}", ["kind"])
        given = {"patient": patient, "time": time, "value": value}
        arrays = {name: np.atleast_1d(finite_array(array, name)) for name, array in given.items()}
        n = max(array.size for array in arrays.values())
        for name, array in arrays.items():
            if array.ndim > 1 or array.size not in (1, n):
                raise InputError(f"{name} has {array.size} values; give one, or one for each of {n} events", [name])
        who, when, what = (np.broadcast_to(array, n) for array in arrays.values())
        wrong = (who != np.floor(who)) | (who < EVERYONE) | (who > MOST_PATIENTS)
        if wrong.any():
            raise InputError(f"patient must be a whole number of 0 or more, not {who[wrong][0]:g}", ["patient"])
        if n and when.min() < 0:
            raise InputError(f"time must be 0 or later, not {when.min():g}", ["time"])
        place, of_kind = np.zeros(n, int), np.full(n, KINDS.index(kind))
        return cls._of(Columns(who.astype(int), when, place, of_kind, what, (target,)))

    @classmethod
    def _of(cls, columns: Columns) -> EventTable:
        table = cls.__new__(cls)
        table.columns = columns
        return table

    @cached_property
    def columns(self) -> Columns:
        """The table as arrays."""
        places: dict[str, int] = {}
        target = [places.setdefault(e.target, len(places)) for e in self._events]
        patient, time = [e.patient for e in self._events], [e.time for e in self._events]
        kind, value = [KINDS.index(e.kind) for e in self._events], [e.value for e in self._events]
        whole = (np.array(numbers, int) for numbers in (patient, target, kind))
        who, what, how = whole
        return Columns(who, np.array(time, float), what, how, np.array(value, float), tuple(places))

    @cached_property
    def _events(self) -> tuple[Event, ...]:
        names = self.columns.names
        rows = zip(*(array.tolist() for array in self.columns[:5]), strict=True)
        return tuple(Event(who, when, names[target], KINDS[kind], value) for who, when, target, kind, value in rows)

    def __len__(self) -> int:
        return len(self._events) if "_events" in self.__dict__ else self.columns.time.size

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __add__(self, other: EventTable) -> EventTable:
        return EventTable.joined([self, other])

    @classmethod
    def joined(cls, tables: Iterable[EventTable]) -> EventTable:
        """The rows of several tables, one table after another."""
        every = [table.columns for table in tables if len(table)]
        if not every:
            return cls()
        places: dict[str, int] = {}
        targets = [np.array([places.setdefault(name, len(places)) for name in of.names], int)[of.target]
                   for of in every]  # fmt: skip
        who, when, _, how, much = (np.concatenate(some) for some in zip(*(of[:5] for of in every), strict=True))
        return cls._of(Columns(who, when, np.concatenate(targets), how, much, tuple(places)))

    def moved(self, to: np.ndarray) -> EventTable:
        """The rows of patients who get other numbers: what befalls everyone befalls each of them.

        Parameters
        ----------
        to : (n_patients,) new number of each patient, -1 of those who are left out

        >>> table = EventTable([(EVERYONE, 1.0, "x", "set", 2.0), (1, 3.0, "x", "set", 4.0)])
        >>> table.moved(np.array([5, -1, 7])).columns.patient.tolist()
        [5, 7]
        """
        of, there = self.columns, to[to >= 0]
        everyone = of.patient == EVERYONE
        own = to[np.where(everyone, 0, of.patient)]
        times = np.where(everyone, there.size, own >= 0)
        row = np.repeat(np.arange(times.size), times)
        nth = np.arange(row.size) - np.repeat(np.cumsum(times) - times, times)
        who = np.where(everyone[row], there[np.where(everyone[row], nth, 0)], own[row]) if row.size else row
        time, target, kind, value = (array[row] for array in (of.time, of.target, of.kind, of.value))
        return EventTable._of(Columns(who, time, target, kind, value, of.names))

    def __repr__(self) -> str:
        lines = [f"{e.time:>12g}  {e.kind:<8} {e.target} {e.value:g}" for e in self._events[:20]]
        more = [f"... and {len(self) - 20} more"] if len(self) > 20 else []
        return "\n".join([f"EventTable of {len(self)} events", *lines, *more])

    @property
    def targets(self) -> set[str]:
        """Names of everything that some event changes."""
        return set(self.columns.names)

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
