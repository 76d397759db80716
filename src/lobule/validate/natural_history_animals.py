"""Single injuries without therapy, of animals and of living donors: courses by the hour and the day, and what a study
would have read of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.patient import Animal, Patient
from lobule.quantities import amount
from lobule.simulation.crowd import Crowd
from lobule.validate.natural_history_counts import HAZARD, NotSaid
from lobule.validate.natural_history_tables import Subject

Values = NDArray[np.float64]
HOURS_UNTIL, END = 10.0, 366.0  # days read by the hour, then by the day
TIMES = np.concatenate([np.arange(0, HOURS_UNTIL * 24) / 24, np.arange(HOURS_UNTIL, END + 0.5)])
RTOL = 1e-5


@dataclass(frozen=True)
class Course:
    """The usual animal or donor of one subject: values {output: (n_times,)} at TIMES (days)."""

    values: dict[str, Values]

    def __getitem__(self, output: str) -> Values:
        if output not in self.values:
            raise NotSaid(f'the model has no output "{output}"')
        return self.values[output]

    def statistic(self, at: str, output: str, how: str) -> float:
        """What a study would have read at a time, such as "6 wk"; peaks in hours.

        Raises
        ------
        NotSaid : an output that the model has not, a time after the end.
        """
        day = amount(at, "time")
        if day > END:
            raise NotSaid(f"animals are followed for {END:g} days")
        if how in ("dead", "alive"):
            dead = 100 * (1 - float(np.exp(-np.interp(day, TIMES, self[HAZARD.format("death")]))))
            return dead if how == "dead" else 100 - dead
        values = self[output]
        if how == "peak":
            return 24 * float(TIMES[int(np.argmax(values))])
        read = float(np.interp(day, TIMES, values))
        return read if how == "value" else read / float(values[0])


def followed(subjects: Iterable[Subject], outputs: Iterable[str]) -> dict[str, Course]:
    """Each animal and donor, in one batch: {subject: its course}."""
    crowd = Crowd()
    known = crowd.model.variables
    names = [name for name in dict.fromkeys([HAZARD.format("death"), *outputs]) if name in known]
    groups = {one.name: crowd.add(_subject(one), TIMES) for one in subjects}
    if not groups:
        return {}
    solved = crowd.solve(names, RTOL)
    return {who: Course({n: solved.values(group, n)[0] for n in names}) for who, group in groups.items()}


def _subject(one: Subject) -> Animal | Patient:
    injury = one.causes[0] if one.causes else None
    try:
        if one.species == "human":
            return Patient(etiology=injury, intensity=one.dose or None)
        return Animal(
            one.species, injury=injury, weeks=one.weeks,
            injury_dose=one.dose or None, injury_every=one.every or None,
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"natural_history_subjects.csv, {one.name}: {error}") from error
