"""How far long work has come: whoever works says so, whoever wants to know listens.

A loop calls `say("draws", done, total)`; nobody has to hand a reporter down to it. Without a listener it costs nothing
and shows nothing. The command line listens (lobule.cli.progress); in Python, `with listening(print): ...` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int | None], object]  # step, done, total (None where it is not known)

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def say(step: str, done: int = 0, total: int | None = None) -> None:
    """Tell whoever listens how much of a step is done.

    Parameters
    ----------
    step : what is being done, in words of the user: "draws of the cargo's parameters"
    done, total : counted in whatever the step is made of; total is None where nobody knows
    """
    listener = _listener.get()
    if listener is not None:
        listener(step, done, total)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear what is said inside the block, in this thread.

    >>> with listening(lambda step, done, total: print(step, done, "of", total)):
    ...     say("draws", 1, 8)
    draws 1 of 8
    """
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
