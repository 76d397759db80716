"""Many subjects at once: the same engine call for animals and patients of any species, each with its own parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lobule.engine.events import EVERYONE, Event
from lobule.simulation.crowd import Crowd, Group, Solved
from lobule.simulation.experiment import Experiment
from lobule.simulation.subject import Subject
from lobule.statistics.hazards import first_reached
from lobule.therapy import Part


@dataclass(frozen=True)
class Courses:
    """Time courses by name of the subject.

    Attributes
    ----------
    names : of the subjects
    times : (n_times,) days since the onset of the disease
    solved : of the crowd; groups {subject: its place in it}
    """

    names: tuple[str, ...]
    times: np.ndarray
    solved: Solved
    groups: Mapping[str, Group]

    @property
    def reasons(self) -> dict[str, str]:
        """Of those who could not be solved to the end, why."""
        found = {name: self.solved.reasons(group)[0] for name, group in self.groups.items()}
        return {name: reason for name, reason in found.items() if reason}

    def __call__(self, subject: str, output: str) -> np.ndarray:
        """One output of one subject, (n_times,)."""
        return self.solved.values(self.groups[subject], output)[0]

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
        return float(first_reached(self.times, self(subject, output)[None, :], threshold)[0])

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
    experiment: Experiment | None = None,
    rtol: float = 1e-5,
) -> Courses:
    """Solve all subjects in one batch.

    events : {subject: further events}; their patient number is set here
    plans : {subject: what it is given}
    sets : {subject: {constant: value}}
    experiment : what is changed for everyone
    """
    crowd, groups = Crowd(experiment=experiment), {}
    for name, subject in subjects.items():
        further = [replace(event, patient=EVERYONE) for event in (events or {}).get(name, [])]
        plan, constants = (plans or {}).get(name), (sets or {}).get(name)
        groups[name] = crowd.add(subject, times, plan, events=further, sets=constants)
    return Courses(tuple(subjects), times, crowd.solve(crowd.model.variables, rtol), groups)
