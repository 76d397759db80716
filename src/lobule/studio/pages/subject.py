"""Subject: who is treated: labs, scores, stage and survival, now and over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicegui import ui

from lobule.scores.clinic import clinical
from lobule.simulation.failure import WATCHED
from lobule.studio.chart import Curves, Grid
from lobule.studio.frame import heading
from lobule.studio.numbers import labs, scores
from lobule.studio.pages.therapy import key, of_people
from lobule.studio.panels import of_subject, survival
from lobule.studio.session import Session
from lobule.studio.view import View

if TYPE_CHECKING:
    from lobule.simulation.run import Run

PATH, TITLE, ORDER = "/subject", "Subject", 20
STAGES = ("no cirrhosis", "compensated cirrhosis", "decompensated cirrhosis")


def build(session: Session) -> None:
    """The page."""
    with View(session) as view:
        now = ui.label("").classes("studio-said")
        with ui.element("div").classes("studio-tables"):
            first, second = Grid(), Grid()
        with view.bar:
            tables = ui.checkbox("Show as tables").props("dense")
        usual = key()
        heading("Over time", 2)
        curves = Curves()
        tables.on_value_change(lambda event: curves.as_tables(bool(event.value)))

        def show(run: Run) -> None:
            groups = of_subject(run.record["subject"]["species"])
            now.set_text(state_now(run))
            like = view.whose.like()
            curves.show(run, groups, survival(run, like), row=session.row, like=like)
            of_people(usual, run, like)

        def whole(run: Run) -> None:
            first.push(labs(run, of_subject(run.record["subject"]["species"]), session.row, view.whose.like()))
            told = scores(run)
            second.set_visibility(told is not None)
            if told is not None:
                second.push(told)

        view.shows(show)
        view.shows_whole(whole)


def state_now(run: Run) -> str:
    """Stage and scores at the beginning of the run, in a sentence; of an animal how its liver is."""
    if run.record["subject"]["kind"] != "patient":
        return "At the beginning the animal is healthy: its injury begins with the run."
    found = clinical({name: run.data[name].to_numpy()[:1] for name in WATCHED})
    table = run.scores().iloc[0]
    return (
        f"At the beginning: {STAGES[int(found['stage'][0])]}, MELD-Na {table['meld_na']:.0f}, Child-Pugh "
        f"{table['child_pugh_class']} ({table['child_pugh_points']:.0f} points), ALBI {table['albi']:.2f}."
    )
