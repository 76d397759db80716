"""The menu of what can be taken away from a page that shows a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nicegui import ui

from lobule.studio import takeaway
from lobule.studio.session import Session
from lobule.studio.worker import Found

if TYPE_CHECKING:
    from lobule.simulation.run import Run

WORDS = {
    "lobule.png": "Picture (PNG)", "lobule.svg": "Picture to be scaled (SVG)", "lobule.pdf": "Picture for print (PDF)",
    "lobule.csv": "Data (CSV)", "lobule.parquet": "Data (Parquet)", "scenario.yaml": "Scenario (YAML)",
    "lobule.py": "Lines of Python", "lobule-results.zip": "All results (zip)", "lobule-report.html": "Report (HTML)",
}  # fmt: skip
OF_LIKE = (
    "The link is copied. It holds the virtual patient, so age, sex and labs near those of the patient; no name, no "
    "date and nothing that was measured."
)
WAIT = "{} is being made ..."


class Menu:
    """A button with what can be taken away, and a line that says what becomes of it.

    Parameters
    ----------
    session : whose state is taken away
    run : gives the run that the page shows, None before there is one
    """

    def __init__(self, session: Session, run: Callable[[], Run | None]) -> None:
        self.session, self.run = session, run
        with ui.button("Take away").props("outline dense no-caps icon-right=expand_more"), ui.menu():
            for name, word in WORDS.items():
                ui.menu_item(word, on_click=lambda name=name: self._take(name)).props("role=menuitem")
            ui.menu_item("Copy a link to this", on_click=self._link).props("role=menuitem")
        self.status = ui.label("").classes("studio-status").props('role="status"')

    def _take(self, name: str) -> None:
        run, state, members = self.run(), self.session.state, self.session.worker.members
        if run is None:
            self.status.set_text("There is nothing yet to take away.")
            return
        whole = int(run.record["settings"]["uncertainty"])
        made = (takeaway.of_run(run) | takeaway.of_state(state, members))[name]
        self.status.set_text(WAIT.format(WORDS[name]))
        self.session.do((name, state.digest, whole), made, lambda found: self._come(name, found), slot=f"take {name}")

    def _come(self, name: str, found: Found) -> None:
        if found.error is not None:
            self.status.set_text(str(found.error))
            return
        ui.download.content(found.value, name)
        self.status.set_text(f"{name} is in your downloads.")

    def _link(self) -> None:
        ui.run_javascript("navigator.clipboard.writeText(location.href)")
        self.status.set_text(OF_LIKE if self.session.like else "The link is copied; it holds all of this page.")
