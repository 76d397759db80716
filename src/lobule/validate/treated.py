"""What checks of a therapy solve, in the reading that they are asked for: as published, or as counted.

A check is a function without arguments; the reading stands beside it here, and what is kept is kept by reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from lobule.engine.events import Event
from lobule.simulation import courses
from lobule.simulation.courses import Courses
from lobule.simulation.reading import PUBLISHED, Reading, a_reading, constants_of
from lobule.simulation.subject import Subject
from lobule.therapy import Part

Made = TypeVar("Made")
_READING: ContextVar[Reading] = ContextVar("reading of the checks", default=PUBLISHED)


def reading() -> Reading:
    """Of the checks that are being made."""
    return _READING.get()


@contextmanager
def as_read(word: str) -> Iterator[None]:
    """Checks within are of this reading; raises InputError for another word.

    >>> with as_read("counted"):
    ...     reading()
    'counted'
    >>> reading()
    'published'
    """
    token = _READING.set(a_reading(word))
    try:
        yield
    finally:
        _READING.reset(token)


def once_a_reading(make: Callable[[], Made]) -> Callable[[], Made]:
    """What a function without arguments makes, made once for each reading."""
    kept: dict[str, Made] = {}

    @wraps(make)
    def made() -> Made:
        if reading() not in kept:
            kept[reading()] = make()
        return kept[reading()]

    return made


def run_courses(
    subjects: Mapping[str, Subject],
    times: np.ndarray,
    *,
    events: Mapping[str, list[Event]] | None = None,
    plans: Mapping[str, Part | Sequence[Part]] | None = None,
    sets: Mapping[str, Mapping[str, float]] | None = None,
    **options: Any,
) -> Courses:
    """As `lobule.simulation.courses.run_courses`, in the reading of the checks; what a subject sets goes before it."""
    own = {name: constants_of(reading()) | dict((sets or {}).get(name, {})) for name in subjects}
    return courses.run_courses(subjects, times, events=events, plans=plans, sets=own, **options)
