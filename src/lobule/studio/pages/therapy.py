"""Therapy: a subject with and without what it is given, as curves that follow what is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from lobule.studio.body import where
from lobule.studio.chart import Body, Curves, Plane
from lobule.studio.drop import ENDINGS_OF_YAML, Drop
from lobule.studio.frame import heading
from lobule.studio.labs import Labs
from lobule.studio.linked import Linked
from lobule.studio.panels import of_therapy
from lobule.studio.session import MOST_PINS, Session
from lobule.studio.state import State
from lobule.studio.view import View
from lobule.studio.worker import Found

if TYPE_CHECKING:
    from lobule.simulation.run import Run
    from lobule.studio.like import Like

PATH, TITLE, ORDER = "/", "Therapy", 10
WAY_OF_A_DOSE = {"in plasma": "ev_in_plasma", "in the liver": "ev_in_liver", "in macrophages": "ev_in_macrophages",
                 "in hepatocytes": "ev_in_hepatocytes", "cells that live": "msc_alive"}  # fmt: skip
OF_MACROPHAGES = {"M1": "inflammatory_macrophages", "M2": "restorative_macrophages"}
KEYS = {"": "treated", "band": "90 % of the ensemble", "untreated": "untreated",
        "band-untreated": "90 % of the ensemble, untreated", "counted": "treated, as counted",
        "dose": "dose given", "normal": "within the upper limit of normal", "measured": "measured in the patient",
        "past": "the virtual patient before"}  # fmt: skip
OF_LIKE = ("measured", "past")


def build(session: Session) -> None:
    """The page."""
    with View(session) as view:
        with view.bar:
            pin_button(session)
            tables = ui.checkbox("Show as tables").props("dense")
        usual = key()
        curves = Curves()
        tables.on_value_change(lambda event: curves.as_tables(bool(event.value)))
        with ui.element("div").classes("studio-beside"):
            with ui.element("section"):
                heading("Macrophages", 2)
                plane = Plane("M2 against M1 over time", "M1, inflammatory", "M2, restorative")
                _behind(session, "Their equations: ", OF_MACROPHAGES)
            with ui.element("section"):
                heading("Where the dose goes", 2)
                body = Body()
                _behind(session, "Its equations: ", WAY_OF_A_DOSE)

        def show(run: Run) -> None:
            like = view.whose.like()
            curves.show(run, of_therapy(run.record["subject"]["species"]), row=session.row, like=like)
            plane.show(run)
            of_people(usual, run, like)

        def place(found: Found) -> None:
            body.show(found.value, "" if found.error is None else str(found.error))

        def whole(run: Run) -> None:
            state = session.state
            session.do(("body", state.digest), lambda: where(state.scenario), place, slot="body")

        view.shows(show)
        view.shows_whole(whole)
        _open_file(session)
        Labs(session)


def _behind(session: Session, said: str, names: dict[str, str]) -> None:
    """A line that leads to equations; the links hold the state that the page began with."""
    pieces = [(said, "")]
    for word, name in names.items():
        pieces += [(word, session.row(name)), (", " if word != list(names)[-1] else ".", "")]
    Linked(pieces, "p", plain=True).classes("studio-note")


def _open_file(session: Session) -> None:
    """A place for a scenario file of the user's own."""

    def take(name: str, content: bytes) -> str:
        state = State.of_yaml(content)
        _ = state.scenario  # told here, before the page shows anything else
        session.replace(state)
        return f"{name} is what the page shows."

    with ui.element("details").classes("studio-note"):
        with ui.element("summary"):
            ui.label("Open a scenario file").style("display: inline")
        Drop("Drop a scenario here, or choose one", take, ENDINGS_OF_YAML)


def pin_button(session: Session) -> None:
    """Keeps the plan as it is now for the Compare page."""

    def pin() -> None:
        pins = [
            *session.pins,
            *([] if any(one.data == session.state.data for one in session.pins) else [session.state]),
        ]
        session.pin(pins)
        button.set_text(f"Pinned {len(session.pins)} of {MOST_PINS}; pin this plan too")

    button = ui.button("Pin this plan to compare", on_click=pin).props("outline dense no-caps")


def key() -> dict[str, ui.element]:
    """What each kind of line means; gives each by its kind, for `of_people`."""
    found = {}
    with ui.element("div").classes("studio-key").props('aria-label="Key"'):
        for kind, word in KEYS.items():
            with ui.element("span").classes(kind) as found[kind]:
                ui.label(word).style("display: inline")
    return found


def of_people(usual: dict[str, ui.element], run: Run, like: Like | None) -> None:
    """Show of a key what a run has: the normal range of people, and what was measured in somebody."""
    usual["normal"].set_visibility(run.record["subject"]["kind"] == "patient")
    for kind in OF_LIKE:
        usual[kind].set_visibility(like is not None)
