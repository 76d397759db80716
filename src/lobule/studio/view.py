"""A page that follows a state: controls at the left, at the right what comes out of them, and the words above it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nicegui import ui

from lobule.errors import LobuleError
from lobule.studio.controls import Controls
from lobule.studio.menu import Menu
from lobule.studio.panels import asked
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.whose import Whose
from lobule.studio.words import assumptions, headline
from lobule.studio.worker import Told

if TYPE_CHECKING:
    from lobule.simulation.run import Run

WARMING = "Warming up: the model is being prepared, the first curves follow in a moment."
FOLLOWS = "The curves follow ..."
TWINS, WHOLE = "Treated and untreated are shown; their band follows.", "Up to date, with the band of {} members."


class View:
    """Controls, words and status of a page; what shows a run is added inside with `shows`.

    Used as a context: what is built inside stands at the right, below the words and a bar of buttons, `bar`.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.run: Run | None = None
        self._showing: list[Callable[[Run], Any]] = []
        self._showing_whole: list[Callable[[Run], Any]] = []
        self._columns = ui.element("div").classes("studio-columns")
        with self._columns:
            self.controls = Controls(session)
            self._result = ui.element("div").classes("studio-result")
        with self._result:
            self.whose = Whose(session)
            self._said = ui.label(WARMING).classes("studio-said").props('role="status" aria-live="polite"')
            self._means = ui.label("").classes("studio-meaning")
            self.bar = ui.element("div").classes("studio-bar")
            with self.bar:
                self.menu = Menu(session, lambda: self.run)
            self._status = ui.label("").classes("studio-status")

    def __enter__(self) -> View:
        self._result.__enter__()
        return self

    def __exit__(self, *what: Any) -> None:
        with ui.element("details").classes("studio-note"):
            with ui.element("summary"):
                ui.label("What this rests on").style("display: inline")
            self._rests = ui.element("div")
        self._result.__exit__(*what)
        self.session.on_change(self._ask)
        self._ask(self.session.state)

    def shows(self, show: Callable[[Run], Any]) -> None:
        """Call it with every run that comes: the twins, then the same with its band."""
        self._showing.append(show)

    def shows_whole(self, show: Callable[[Run], Any]) -> None:
        """Call it with every run that comes with its band: for what need not follow a slider at once."""
        self._showing_whole.append(show)

    def _ask(self, state: State) -> None:
        try:
            species = state.scenario.subject.species
        except LobuleError as error:
            self._wrong(error)
            return
        self.controls.told(None)
        self._status.set_text(FOLLOWS)
        self.session.ask(asked(species), self._tell)

    def _tell(self, told: Told) -> None:
        if told.state.data != self.session.state.data:
            return
        if told.error is not None:
            self._wrong(told.error)
            return
        assert told.run is not None
        self.run = told.run
        said, means = headline(told.run)
        self._said.set_text(said)
        self._means.set_text(means)
        members = told.run.record["settings"]["uncertainty"]
        self._status.set_text(WHOLE.format(members) if members else TWINS)
        self.whose.tell(told.run)
        for show in self._showing:
            show(told.run)
        if told.whole:
            for show in self._showing_whole:
                show(told.run)
            self._rests.clear()
            with self._rests, ui.element("ul"):
                for one in assumptions(told.run):
                    with ui.element("li"):
                        ui.label(one)

    def _wrong(self, error: LobuleError) -> None:
        self.controls.told(error)
        self._status.set_text("What is shown is of before: a field above needs another value.")
