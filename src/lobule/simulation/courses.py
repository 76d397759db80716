"""Many subjects at once: the same engine call for animals and patients of any species, each with its own parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lobule import model
from lobule.engine import EventTable, Solution
from lobule.engine.events import Event
from lobule.model.parameters import parameter_table, values_for
from lobule.simulation.subject import Subject
from lobule.therapy import Part, Plan, Regimen
from lobule.therapy.regimen import VALUE


@dataclass(frozen=True)
class Courses:
    """Time courses by name of the subject. times (n_times,) in days, from the onset of the disease."""

    names: tuple[str, ...]
    solution: Solution

    @property
    def times(self) -> np.ndarray:
        """Times in days."""
        return self.solution.times

    def __call__(self, subject: str, output: str) -> np.ndarray:
        """One output of one subject, (n_times,)."""
        return self.solution[output][self.names.index(subject)]

    def at(self, subject: str, output: str, day: float) -> float:
        """Value on a day."""
        return float(np.interp(day, self.times, self(subject, output)))

    def fold(self, subject: str, output: str) -> np.ndarray:
        """Course over its first value."""
        values = self(subject, output)
        return values / values[0]

    def peak_day(self, subject: str, output: str) -> float:
        """Day of the highest value."""
        return float(self.times[np.argmax(self(subject, output))])

    def first_day(self, subject: str, output: str, threshold: float) -> float:
        """Day on which a value is first reached; infinity when it never is."""
        values = self(subject, output)
        above = np.flatnonzero(values >= threshold)
        if above.size == 0:
            return float("inf")
        k = int(above[0])
        if k == 0:
            return float(self.times[0])
        share = (threshold - values[k - 1]) / (values[k] - values[k - 1])
        return float(self.times[k - 1] + share * (self.times[k] - self.times[k - 1]))

    def first_day_below(self, subject: str, output: str, share: float) -> float:
        """First day on which a value is below a share of its start; infinity when it never is."""
        below = np.flatnonzero(self.fold(subject, output) < share)
        return float(self.times[below[0]]) if below.size else float("inf")


def run_courses(
    subjects: Mapping[str, Subject],
    times: np.ndarray,
    *,
    events: Mapping[str, list[Event]] | None = None,
    plans: Mapping[str, Part | Sequence[Part]] | None = None,
    sets: Mapping[str, Mapping[str, float]] | None = None,
    rtol: float = 1e-5,
) -> Courses:
    """Solve all subjects in one batch.

    events : {subject: further events}; their patient number is set here
    plans : {subject: what it is given}, without conditions
    sets : {subject: {constant: value}}
    """
    names = tuple(subjects)
    compiled = model.compiled("mouse")
    values, rows = [], []
    for i, (name, subject) in enumerate(subjects.items()):
        regimen = Regimen.of((plans or {}).get(name), subject)
        constants = values_for(subject.species) | subject.parameters()
        for part in regimen.products:
            constants |= part.parameters()
        constants |= (sets or {}).get(name, {})
        values.append(constants)
        given = {(k, VALUE): part.times() for k, part in enumerate(regimen.parts) if isinstance(part, Plan)}
        treated = regimen.events(given, constants, subject.history_days)
        rows += [replace(event, patient=i) for event in [*subject.events(), *(events or {}).get(name, []), *treated]]
    table = {p: np.array([v[p] for v in values]) for p in parameter_table()}
    return Courses(names, compiled.solve(table, None, EventTable(rows), times, rtol=rtol, outputs=compiled.variables))
