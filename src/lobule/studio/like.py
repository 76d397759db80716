"""A patient of a user's table, and the virtual patient who is like that one: whose curves a page shows.

The virtual patient is the subject of the state, as plain fields of a scenario. What was measured, names and dates stay
in the folder of the job that looked for the virtual patient. A link says of them a word alone, from which nobody gets
to that folder: the browser that dropped the labs finds its own jobs by it, and no other finds any.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.errors import LobuleError
from lobule.studio.incoming import STEM, Incoming
from lobule.studio.state import State

if TYPE_CHECKING:
    from lobule.studio.jobs import Job, Jobs

KIND = "like"  # of the jobs
POOR = "POOR"  # how the words of a poor fit begin
MOST_ROWS = 50_000


@dataclass(frozen=True)
class Like:
    """A patient and the virtual one.

    Attributes
    ----------
    patient, file : as their user calls them
    subject : of the virtual patient, as the state has it
    said : who that is, and how near; a poor fit is said first
    measured : {lab: [day, value, limit] of each value}: day 0 is the last visit; limit -1 where it lies below the
        value, 1 above it, else 0
    course : {lab: values} of the virtual patient on `days` until the last visit
    table : the labs, as they came in
    """

    patient: str
    file: str
    subject: Mapping[str, Any]
    said: str
    measured: Mapping[str, list[tuple[float, float, int]]]
    days: list[float]
    course: Mapping[str, list[float]]
    table: Incoming

    @property
    def poor(self) -> bool:
        """Nobody among the virtual people is like the patient."""
        return self.said.startswith(POOR)

    def is_of(self, state: State) -> bool:
        """Whether the virtual patient is the subject of a state."""
        return bool(state.get("subject") == self.subject)

    def drawn(self, lab: str, end: float) -> tuple[list[tuple[float, float, int]], tuple[list[float], list[float]]]:
        """Values of a lab that a picture of a run of so many days has room for, and the virtual patient's course until
        the run: days and values. What lies further back than the run is long has none."""
        seen = [one for one in self.measured.get(lab, []) if one[0] >= -end]
        values = self.course.get(lab, [])
        here = [k for k, day in enumerate(self.days[: len(values)]) if day >= -end]
        return seen, ([self.days[k] for k in here], [values[k] for k in here])

    def begins(self, end: float) -> float:
        """The first day of a picture of a run of so many days; before day 0, so that the last visit is inside."""
        days = [day for some in self.measured.values() for day, *_ in some if day >= -end]
        return min([*days, -0.03 * end])

    def out_of_sight(self, end: float) -> int:
        """How many visits lie further back."""
        return len({day for some in self.measured.values() for day, *_ in some if day < -end})


def word_of(job: str) -> str:
    """What a link says of a job.

    >>> word_of("7f")
    'c3af443b465cb7fd'
    """
    return hashlib.sha256(f"like {job}".encode()).hexdigest()[:16]


def job_of(word: str, jobs: Jobs, owner: str) -> Job | None:
    """The job that a link means, where it is the owner's."""
    return next((one for one in jobs.listed(owner, KIND) if word_of(one.id) == word), None) if word else None


def like_of(job: Job) -> Like | None:
    """What a job has found; None where it has not, or its folder is broken."""
    with suppress(OSError, LobuleError, ValueError, KeyError):
        rows, course = (_rows(job.out / f"{name}.csv") for name in ("nearest", "nearest_course"))
        subject = State.of_yaml((job.out / "scenario.yaml").read_bytes()).get("subject")
        measured: dict[str, list[tuple[float, float, int]]] = {}
        for row in rows:
            measured.setdefault(row["lab"], []).append((float(row["day"]), float(row["measured"]), int(row["limit"])))
        columns = {name: [float(row[name]) for row in course] for name in course[0]}
        content = next(data for name, data in job.inputs().items() if name.startswith(STEM))
        return Like(
            str(job.page["patient"]), str(job.page["file"]), subject, _said(job), measured,
            columns.pop("day"), columns, Incoming(str(job.page["file"]), content, str(job.page["patient"])),
        )  # fmt: skip
    return None


def _said(job: Job) -> str:
    return str(json.loads((job.out / "run.json").read_bytes())["said"])


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))[:MOST_ROWS]
