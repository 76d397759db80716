"""Every untreated course beside every published number: `lobule validate --natural-history`.

Each row of the evidence about the disease without the new therapy is met, missed, set aside, or listed with the reason
why the model cannot say it; none is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lobule.evidence import fact
from lobule.model.causes import causes
from lobule.progress import say
from lobule.validate import natural_history_animals as animals
from lobule.validate import natural_history_people as people
from lobule.validate.natural_history_counts import Cohort, NotSaid, statistic
from lobule.validate.natural_history_tables import (
    Published,
    Question,
    Subject,
    published,
    questions,
    set_aside,
    subjects,
)

MET, MISSED, ASIDE, NOT_SAID = "met", "missed", "set aside", "cannot say"
OUTCOMES = (MET, MISSED, ASIDE, NOT_SAID)


@dataclass(frozen=True)
class Line:
    """A row of evidence beside the model.

    Attributes
    ----------
    question : what is compared; row : the evidence
    seen : what was published; None where nothing is compared
    found : what the model shows; NaN where nobody comes there
    reason : why the model cannot say it, or what else to know
    aside : set aside before the first search: nothing was fitted to it
    """

    question: Question
    row: Mapping[str, str]
    seen: Published | None = None
    found: float = math.nan
    reason: str = ""
    aside: bool = False
    looked: bool = True

    @property
    def outcome(self) -> str:
        """met, missed, set aside (and not looked at) or cannot say."""
        if self.seen is None:
            return NOT_SAID
        if not self.looked:
            return ASIDE
        return MET if self.seen.low <= self.found <= self.seen.high else MISSED


@dataclass(frozen=True)
class Compared:
    """All lines, and the courses that they were read from."""

    lines: Sequence[Line]
    people: Mapping[str, Cohort]
    animals: Mapping[str, animals.Course]

    def totals(self) -> list[dict[str, int | str]]:
        """How many of each kind are met, missed, set aside, and cannot be said; all at the end."""
        kinds = dict.fromkeys(line.question.kind for line in self.lines)
        rows = [self._total(kind, [line for line in self.lines if line.question.kind == kind]) for kind in kinds]
        return [*rows, self._total("all", self.lines)]

    def _total(self, kind: str, lines: Sequence[Line]) -> dict[str, int | str]:
        counted = {outcome: sum(line.outcome == outcome for line in lines) for outcome in OUTCOMES}
        return {"kind": kind, "rows": len(lines), **counted}


def compared(*, aside: bool = False, asked: Sequence[Question] | None = None, further: Iterable[str] = ()) -> Compared:
    """Follow everybody, untreated, and put each published number beside what a study would have counted.

    Parameters
    ----------
    aside : also look at what was set aside before the first search
    asked : questions; those of natural_history.csv when None
    further : outputs to follow that no question is about
    """
    asked = questions() if asked is None else asked
    names = {q.subject for q in asked if q.subject}
    chosen = [one for name, one in subjects().items() if name in names and _known(one)]
    outputs = {name.strip() for q in asked for name in q.output.split("~") if name.strip()} | set(further)
    outputs |= {word.split()[0] for q in asked for word in q.at.split(", ") if word}
    say("people")
    courses = people.followed([one for one in chosen if not one.single], outputs)
    say("animals")
    others = animals.followed([one for one in chosen if one.single], outputs)
    by_row = {q.row: q for q in asked}
    lines = [_line(q, courses, others, by_row, aside) for q in asked]
    return Compared(lines, courses, others)


def _known(subject: Subject) -> bool:
    return all(name in causes() and subject.species in causes()[name].species for name in subject.causes)


def _line(
    question: Question, courses: Mapping[str, Cohort], others: Mapping[str, animals.Course],
    by_row: Mapping[str, Question], aside: bool,
) -> Line:  # fmt: skip
    row = fact(question.row.split()[0])
    hidden = any(name in set_aside() for name in question.row.split())
    line = Line(question, row, aside=hidden, looked=aside or not hidden)
    if question.reason:
        return replace(line, reason=question.reason)
    try:
        if not _known(subjects()[question.subject]):
            raise NotSaid(f"the model has no cause {' or '.join(subjects()[question.subject].causes)}")
        seen, found = _chain(question) if question.statistic == "chain" else published(question), math.nan
        if line.looked:
            found = _found(question, courses, others)
        if question.over:
            other = by_row[question.over]
            seen = seen.over(published(other).value)
            found /= _found(other, courses, others) if line.looked else 1
    except NotSaid as error:
        return replace(line, reason=str(error))
    nobody = math.isnan(found) and line.looked
    return replace(line, seen=seen, found=found, reason="nobody of the cohort comes there" if nobody else "")


def _found(question: Question, courses: Mapping[str, Cohort], others: Mapping[str, animals.Course]) -> float:
    if question.subject in others:
        at = question.at or "{time_value} {time_unit}".format(**fact(question.row))
        return others[question.subject].statistic(at, question.output, question.statistic)
    return statistic(courses[question.subject], question.at, question.output, question.statistic)


def _chain(question: Question) -> Published:
    """Share of a stage after some years by published chances of a step a year, and 10 points either way."""
    year, stage = float(question.at.removeprefix("year ")), int(question.output.removeprefix("F"))
    share = float(chain([float(fact(name)["value"]) for name in question.row.split()], [year])[0, stage])
    return Published(share, share - 0.1, share + 0.1, True)


def chain(steps: Iterable[float], years: Sequence[float]) -> NDArray[np.float64]:
    """Shares in each stage after some years by chances of a step a year, all in the first at the beginning.

    >>> chain([1.0], [0.0, 1.0]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    chances = list(steps)
    step = np.diag([1 - chance for chance in chances] + [1.0]) + np.diag(chances, 1)
    start = np.eye(len(chances) + 1)[0]
    return np.array([start @ np.linalg.matrix_power(step, round(year)) for year in years])
