"""Therapy: a subject with and without what it is given, as curves that follow what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from lobule.studio.chart import Curves, Plane
from lobule.studio.frame import heading
from lobule.studio.panels import of_therapy
from lobule.studio.session import Session
from lobule.studio.view import View

if TYPE_CHECKING:
    from lobule.simulation.run import Run

PATH, TITLE, ORDER = "/", "Therapy", 10
KEYS = {"": "treated", "band": "90 % of the ensemble", "untreated": "untreated", "counted": "treated, as counted",
        "dose": "dose given", "normal": "within the upper limit of normal"}  # fmt: skip


def build(session: Session) -> None:
    """The page."""
    with View(session) as view:
        with ui.element("div").classes("studio-bar"):
            tables = ui.checkbox("Show as tables")
            key()
        curves = Curves()
        tables.on_value_change(lambda event: curves.as_tables(bool(event.value)))
        heading("Macrophages", 2)
        plane = Plane("M2 against M1 over time", "M1, inflammatory (1e9 cells)", "M2, restorative (1e9 cells)")

        def show(run: Run) -> None:
            curves.show(run, of_therapy(run.record["subject"]["species"]))
            plane.show(run)

        view.shows(show)


def key() -> None:
    """What each kind of line means."""
    with ui.element("div").classes("studio-key").props('aria-label="Key"'):
        for kind, word in KEYS.items():
            with ui.element("span").classes(kind):
                ui.label(word).style("display: inline")
