"""Above the curves: that they are those of a virtual patient like somebody whose labs were dropped, and how like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from lobule.studio.labs import forget, on_patients, with_subject
from lobule.studio.like import Like
from lobule.studio.session import Session
from lobule.studio.state import State

if TYPE_CHECKING:
    from lobule.simulation.run import Run

NOT_RANGE = (
    "The band is that of the ensemble, of what the therapy does and of the mean course; it is not the range of what "
    "may become of {patient}. That is the posterior, which the Patients page draws."
)
ANOTHER = "The subject is another one now than the virtual patient like {patient}: what was measured is not drawn."
ONE_BACK = "A visit lies further back than the run is long, and is not drawn; a longer run shows it."
BACK = "{n} visits lie further back than the run is long, and are not drawn; a longer run shows them."


class Whose:
    """The words; nothing while no labs were dropped.

    Parameters
    ----------
    session : of the page
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.room = ui.element("section").classes("studio-whose").props('aria-label="Whose curves these are"')
        session.on_change(self._show)
        self._show(session.state)

    def like(self) -> Like | None:
        """Whose labs are drawn: none where the subject is another one."""
        like = self.session.like
        return like if like is not None and like.is_of(self.session.state) else None

    def tell(self, run: Run) -> None:
        """Say how many visits lie further back than a run has room for."""
        like = self.like()
        n = 0 if like is None else like.out_of_sight(float(run.data.time[-1]))
        if self.session.like is not None:
            self._back.set_text("" if not n else ONE_BACK if n == 1 else BACK.format(n=n))

    def _show(self, state: State) -> None:
        like = self.session.like
        self.room.clear()
        self.room.set_visibility(like is not None)
        if like is None:
            return
        with self.room:
            if like.is_of(state):
                said = f"These are curves of a virtual patient like {like.patient} ({like.file}). {like.said}"
                if like.poor:
                    said = f"{like.said} (Nearest to {like.patient} of {like.file}.)"
                ui.label(said).classes("studio-wrong" if like.poor else "")
                ui.label(f"Dots: measured; day 0 is the last visit. {NOT_RANGE.format(patient=like.patient)}").classes(
                    "studio-note"
                )
            else:
                ui.label(ANOTHER.format(patient=like.patient))
            self._back = ui.label("").classes("studio-note")
            with ui.element("div").classes("studio-bar"):
                if not like.is_of(state):
                    ui.button("Take it again", on_click=self._again).props("flat dense no-caps")
                ui.button(f"Fit {like.patient} on Patients", on_click=self._fit).props("flat dense no-caps")
                ui.button("Forget these labs", on_click=self._forget).props("flat dense no-caps")

    def _again(self) -> None:
        if self.session.like is not None:
            self.session.replace(with_subject(self.session.state, self.session.like.subject))

    def _fit(self) -> None:
        if self.session.like is not None:
            on_patients(self.session, self.session.like.table)

    def _forget(self) -> None:
        """Delete the labs; the virtual patient stays the subject."""
        forget(self.session)
        self.session.take_like("", self.session.state)
