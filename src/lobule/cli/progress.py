"""Progress of every command, on standard error: a bar on a terminal, a line now and then anywhere else.

A program that wants to know names a file in the variable LOBULE_PROGRESS; it then holds what is being done, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

from lobule.errors import ResultsError
from lobule.keeping import write_text
from lobule.progress import listening

FILE = "LOBULE_PROGRESS"  # the variable that names a file for programs
OFTEN = 0.5  # seconds between two looks at what is written there
EVERY = 30.0  # seconds between two lines of a log
SOON = 1.0  # seconds before a bar appears: what is shorter needs none


@dataclass
class State:
    """What is being done, how much of it, since when."""

    step: str = ""
    done: int = 0
    total: int | None = None
    begun: float = field(default_factory=time.monotonic)  # the whole command
    step_begun: float = field(default_factory=time.monotonic)

    def hear(self, step: str, done: int, total: int | None) -> None:
        """Take over what somebody says."""
        if step != self.step:
            self.step, self.step_begun = step, time.monotonic()
        self.done, self.total = done, total or None

    def left(self, now: float) -> float | None:
        """Seconds until the step is done, at the pace it had so far; None where nothing can be said."""
        if not self.total or not 0 < self.done < self.total:
            return None
        return (now - self.step_begun) * (self.total - self.done) / self.done

    def line(self, now: float) -> str:
        """One line of a log.

        >>> State("draws", 2, 8, 0.0, 0.0).line(30.0)
        'lobule: 30 s: draws, 2 of 8, about 1.5 min left'
        """
        parts = [self.step or "working"]
        if self.total:
            parts.append(f"{self.done:,} of {self.total:,}")
        elif self.done:
            parts.append(f"{self.done:,} so far")
        left = self.left(now)
        if left is not None:
            parts.append(f"about {_length(left)} left")
        return f"lobule: {_length(now - self.begun)}: {', '.join(parts)}"


def _length(seconds: float) -> str:
    """A time as people say it.

    >>> [_length(s) for s in (12, 100, 7200)]
    ['12 s', '1.7 min', '2 h']
    """
    for unit, size, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, float("inf"))):
        value = seconds / size
        if value < most:
            return f"{value:.0f} s" if unit == "s" else f"{value:.2g} {unit}" if value < 10 else f"{value:.0f} {unit}"
    raise AssertionError


@contextmanager
def shown(stream: TextIO | None = None, every: float = EVERY) -> Iterator[None]:
    """Show what the work inside the block says of itself; nothing of it ever goes to standard output.

    Parameters
    ----------
    stream : standard error when None; where there is none, nothing is shown
    every : seconds between two lines where it is no terminal
    """
    stream = sys.stderr if stream is None else stream
    file = os.environ.get(FILE)
    state, over = State(), threading.Event()
    watchers = [threading.Thread(target=_kept, args=(state, over, file), daemon=True)] if file else []
    if stream is not None and not stream.closed:
        show = _bar if stream.isatty() else _lines
        watchers.append(threading.Thread(target=show, args=(state, over, stream, every), daemon=True))
    if not watchers:
        yield
        return
    with listening(state.hear):
        for watcher in watchers:
            watcher.start()
        try:
            yield
        finally:
            over.set()
            for watcher in watchers:
                watcher.join()


def _kept(state: State, over: threading.Event, file: str) -> None:
    """What is being done, in a file that is written anew when it changes."""
    before, ends = "", False
    while not ends:
        ends = over.wait(OFTEN if before else 0)
        left = state.left(time.monotonic())
        told = {"step": state.step, "done": state.done, "total": state.total}
        text = json.dumps(told | {"left_s": None if left is None else round(left)})
        if text != before:
            try:
                write_text(file, text)
            except ResultsError:  # nobody can read it; the work goes on
                return
            before = text


def _lines(state: State, over: threading.Event, stream: TextIO, every: float) -> None:
    """A line now and then, also while a single long step says nothing."""
    while not over.wait(every):
        try:
            print(state.line(time.monotonic()), file=stream, flush=True)
        except (OSError, ValueError):  # nobody reads it any more; the work goes on
            return


def _bar(state: State, over: threading.Event, stream: TextIO, every: float) -> None:
    """A bar that vanishes when the work is done."""
    if over.wait(SOON):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[counted]}"),
               TimeElapsedColumn(), TimeRemainingColumn()]  # fmt: skip
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        step, task = state.step, bar.add_task(state.step or "working", total=None, counted="")
        while True:
            if state.step != step:
                bar.remove_task(task)
                step, task = state.step, bar.add_task(state.step, total=None, counted="")
            counted = f"{state.done:,}/{state.total:,}" if state.total else f"{state.done:,}" if state.done else ""
            bar.update(task, completed=state.done, total=state.total, counted=counted)
            if over.wait(0.2):
                return
