"""Cargo: which component does it, and whether enough copies of it arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from lobule.model.labels import label
from lobule.quantities import amount
from lobule.studio.chart import Grid
from lobule.studio.frame import heading, paragraph
from lobule.studio.numbers import budget, shares
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.view import View
from lobule.studio.worker import Found

if TYPE_CHECKING:
    from lobule.explore.attribution import Attribution
    from lobule.simulation.run import Run

PATH, TITLE, ORDER = "/cargo", "Cargo", 30
PLAYERS = 7  # the least active components are one, which takes a second; `lobule cargo` tells twelve apart
NOTHING = "Nothing is given whose cargo could be looked at: choose a product."


def build(session: Session) -> None:
    """The page."""
    with View(session) as view:
        heading("Copies", 2)
        paragraph("What reaches a cell by counting, against what is needed there. An effect that no count carries may "
                  "still be real: then nobody has shown what carries it. Every number leads to what it rests "
                  "on.")  # fmt: skip
        copies = Grid()
        heading("Shares", 2)
        note = ui.label("").classes("studio-status").props('role="status"')
        room = ui.element("div").classes("studio-beside")

        def whole(run: Run) -> None:
            state = session.state
            if run.record["plan"] is None:
                note.set_text(NOTHING)
                return
            copies.push(budget(run, session.row))
            note.set_text("Every subset of the cargo is simulated; that takes a second.")
            session.do(("cargo", state.digest), lambda: _shares(state), told, slot="cargo")

        def told(found: Found) -> None:
            room.clear()
            if found.error is not None:
                note.set_text(str(found.error))
                return
            tables = shares(found.value, label, session.row)
            note.set_text("" if tables else "There is no effect to share out: no output changes by 1 %.")
            with room:
                for table in tables:
                    Grid().push(table)

        view.shows_whole(whole)


def _shares(state: State) -> Attribution:
    from lobule.explore import attribute  # with all that explores, which no page needs to open

    scenario = state.scenario
    return attribute(scenario.who(), scenario.therapy(), amount(scenario.until, "time"), reading=scenario.reading,
                     most=PLAYERS)  # fmt: skip
