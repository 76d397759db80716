"""The events of a question laid out: rows in order of time, and which of them belong to which patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from lobule.engine.events import EVERYONE, KINDS, EventTable
from lobule.engine.system import OdeSystem

ADD, MULTIPLY, SET, INFUSE = range(len(KINDS))


@dataclass(frozen=True)
class Doses:
    """Rows sorted by group, in a group by time, and at one time as they stand in the table.

    Patients without events of their own are group 0 and share its rows; each other patient is a group.

    time, target, kind, value, group (n_rows,) : target is a number of `OdeSystem.number`
    of_patient (n_patients,) : its group
    """

    time: np.ndarray
    target: np.ndarray
    kind: np.ndarray
    value: np.ndarray
    group: np.ndarray
    of_patient: np.ndarray

    @cached_property
    def infused(self) -> tuple[int, ...]:
        """States that receive infusions, in order."""
        return tuple(np.unique(self.target[self.kind == INFUSE]).tolist()) if self.kind.size else ()

    @cached_property
    def touched(self) -> frozenset[int]:
        """Numbers of everything that some row changes."""
        return frozenset(self.target.tolist())

    def largest_addition(self, n_states: int) -> np.ndarray:
        """Largest size that is added to each state of each patient at once (n_patients, n_states)."""
        largest = np.zeros((int(self.of_patient.max(initial=0)) + 1, n_states))
        added = (self.kind == ADD) & (self.target < n_states)
        np.maximum.at(largest, (self.group[added], self.target[added]), np.abs(self.value[added]))
        return largest[self.of_patient]

    def until(self, end: float) -> Doses:
        """Without what comes after a time."""
        due = self.time <= end
        if due.all():
            return self
        kept = {name: getattr(self, name)[due] for name in ("time", "target", "kind", "value", "group")}
        return replace(self, **kept)

    @cached_property
    def spans(self) -> tuple[np.ndarray, np.ndarray]:
        """First and one behind the last row of each patient, (n_patients,) each."""
        first = np.searchsorted(self.group, np.arange(int(self.of_patient.max(initial=0)) + 2))
        return first[self.of_patient], first[self.of_patient + 1]


def laid_out(events: EventTable, system: OdeSystem, n: int) -> Doses:
    """The events of n patients; every target must be known to the system."""
    table, of_patient = events.columns, np.zeros(n, int)
    if not table.time.size:
        return Doses(table.time, table.target, table.kind, table.value, table.target, of_patient)
    number = np.array([system.number[name] for name in table.names], int)
    own = np.unique(table.patient[table.patient != EVERYONE])
    of_patient[own] = np.arange(1, own.size + 1)
    all_rows, own_rows = np.flatnonzero(table.patient == EVERYONE), np.flatnonzero(table.patient != EVERYONE)
    groups = np.arange(own.size + 1)
    row = np.concatenate([np.tile(all_rows, groups.size), own_rows])
    group = np.concatenate([np.repeat(groups, all_rows.size), of_patient[table.patient[own_rows]]])
    order = np.lexsort((row, table.time[row], group))
    row, group = row[order], group[order]
    return Doses(table.time[row], number[table.target[row]], table.kind[row], table.value[row], group, of_patient)
