"""Long work on a page: what runs, how far it has come, what came out, and what was done before.

The page only reads folders of jobs: it may be closed, opened again or opened twice.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from lobule.errors import LobuleError
from lobule.studio.frame import heading, paragraph, sentence
from lobule.studio.jobs import CANCELLED, DONE, FAILED, OVER, RUNNING, WAITING, Job
from lobule.studio.outcome import show_outcome
from lobule.studio.session import Session
from lobule.studio.table import Table

FORMATS = "--formats=html,svg,pdf"  # beside what a command writes anyway: its report, pictures for print
OFTEN = 1.0  # seconds between two looks at the job that is shown
SELDOM = 5.0  # seconds between two looks at all of them
WORDS = {WAITING: "waits until there is room", RUNNING: "runs", DONE: "done", FAILED: "failed", CANCELLED: "stopped"}
NONE = "Nothing has been computed here yet."


class Work:
    """The place for a kind of work.

    Parameters
    ----------
    session : of the page
    kind : of its jobs
    refused : is given what is wrong where a job cannot be begun, to show it at its field; gives what is left to say
    first : what is said before there is any
    reopen : is given what the page held when a job was begun that is looked at again
    idle : builds what stands in the place of results while none is looked at
    """

    def __init__(
        self, session: Session, kind: str, refused: Callable[[LobuleError | None], str] | None = None,
        reopen: Callable[[dict[str, Any]], Any] | None = None, first: str = "",
        idle: Callable[[], Any] | None = None,
    ) -> None:  # fmt: skip
        self.first, self.idle = first, idle
        self.session, self.kind, self.refused, self.reopen = session, kind, refused, reopen
        self.now = session.own.get("job", "")
        self._shown: Any = ()
        self._list: Any = None
        self._seen: Any = ()
        self._looked = 0.0
        self._build()
        self.look()
        ui.timer(OFTEN, self.look)

    def begin(self, title: str, arguments: Sequence[str], inputs: Mapping[str, bytes], page: Mapping[str, Any]) -> None:
        """Put a job into the queue and show it."""
        try:
            name = self.session.jobs.submit(
                self.kind, title, arguments, inputs, owner=self.session.owner, page=dict(page)
            )
        except LobuleError as error:
            self.wrong(error)
            return
        self.wrong(None)
        self._choose(name)

    def wrong(self, error: LobuleError | None) -> None:
        """Show why nothing can be begun."""
        left = "" if error is None else sentence(error)
        _text(self._wrong, self.refused(error) if self.refused else left)

    def job(self) -> Job | None:
        """The job that is shown."""
        return self.session.jobs.job(self.now, self.session.owner) if self.now else None

    def look(self) -> None:
        """Show what has changed."""
        job = self.job()
        self._progress(job)
        shown = (job.id, job.state) if job else None
        if shown != self._shown:
            self._shown = shown
            self._result.clear()
            with self._result:
                if job is not None and job.over:
                    show_outcome(job)
                elif job is None and self.idle is not None:
                    self.idle()
        if shown != self._seen or time.monotonic() - self._looked > SELDOM:
            self._seen, self._looked = shown, time.monotonic()
            known = self.session.jobs.listed(self.session.owner, self.kind)
            listed = [(one.id, one.state) for one in known]
            if listed != self._list:
                self._list = listed
                self._fill(known)

    def _build(self) -> None:
        self._wrong = ui.label("").classes("studio-wrong").props('role="alert"')
        self._said = ui.label("").classes("studio-said").props('role="status" aria-live="polite"')
        self._bar = ui.linear_progress(value=0, show_value=False).props('aria-label="How far it has come"')
        with ui.element("div").classes("studio-bar"):
            self._cancel = ui.button("Stop it", on_click=self._stop).props("outline no-caps")
            self._again = ui.button("Go on with it", on_click=self._go_on).props("outline no-caps")
            self._delete = ui.button("Delete it", on_click=self._drop).props("flat no-caps")
        self._result = ui.element("section").classes("studio-result").props('aria-label="What came out"')
        heading("Done here before", 2)
        self._before = ui.element("div")

    def _progress(self, job: Job | None) -> None:
        _text(self._said, told(job) or self.first)
        known = job is not None and job.state == RUNNING and bool(job.total)
        self._bar.set_visibility(job is not None and not job.over)
        self._bar.props(remove="indeterminate") if known else self._bar.props("indeterminate")
        if known and job is not None and job.total:
            self._bar.set_value(round(job.done / job.total, 3))
        self._cancel.set_visibility(job is not None and not job.over)
        self._again.set_visibility(job is not None and job.state in (CANCELLED, FAILED))
        self._delete.set_visibility(job is not None and job.over)

    def _fill(self, known: list[Job]) -> None:
        self._before.clear()
        with self._before:
            if not known:
                paragraph(NONE)
                return
            rows = [[one.title, _clock(one.asked), WORDS[one.state]] for one in known]
            ids = [one.id for one in known]
            Table("Jobs, the newest first", ["What", "Begun", "State"], rows, picked=lambda i: self._open(ids[i]))

    def _choose(self, name: str) -> None:
        self.now = name
        self.session.keep("job", name or None)
        self.look()

    def _open(self, name: str) -> None:
        self._choose(name)
        job = self.job()
        if job is not None and self.reopen is not None:
            self.reopen(dict(job.page))

    async def _stop(self) -> None:
        await self._act(self.session.jobs.cancel)

    async def _go_on(self) -> None:
        await self._act(self.session.jobs.again)

    async def _drop(self) -> None:
        await self._act(self.session.jobs.delete)
        if self.job() is None:
            self._choose("")

    async def _act(self, what: Callable[[str, str], None]) -> None:
        """In a thread: to end a process takes up to two seconds, in which the pages of others go on."""
        try:
            await asyncio.to_thread(what, self.now, self.session.owner)
            self.wrong(None)
        except LobuleError as error:
            self.wrong(error)
        self.look()


def told(job: Job | None) -> str:
    """How far a job has come, in a sentence."""
    if job is None:
        return ""
    if job.state == FAILED:
        return f"{job.title}: failed. {job.reason[:1].upper()}{job.reason[1:]}".rstrip(".") + "."
    if job.state in OVER:
        took = f", after {_length(job.ended - job.began)}" if job.ended and job.began else ""
        return f"{job.title}: {WORDS[job.state]}{took}."
    if job.state == WAITING:
        return f"{job.title}: {WORDS[WAITING]}."
    parts = [job.step or "begins"]
    if job.total:
        parts.append(f"{job.done:,} of {job.total:,}")
    elif job.done:
        parts.append(f"{job.done:,} so far")
    if job.left:
        parts.append(f"about {_length(job.left)} left")
    return f"{job.title}: {', '.join(parts)}."


def _length(seconds: float) -> str:
    """A time as people say it.

    >>> _length(12.4), _length(200)
    ('12 s', '3 min')
    """
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else (
        f"{seconds / 3600:.1f} h"
    )  # fmt: skip


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))


def _text(label: ui.label, text: str) -> None:
    """Another text; the same one is not sent, nor read out, again."""
    if label.text != text:
        label.set_text(text)
    label.set_visibility(bool(text))
