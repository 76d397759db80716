"""Tissue: the same subject and plan in space: a sheet of lobules that plays, with the cell under the pointer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from nicegui import ui

from lobule.errors import LobuleError
from lobule.model.causes import causes
from lobule.model.digest import digest
from lobule.studio.drop import ENDINGS_OF_YAML, Drop
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.incoming import EXAMPLES
from lobule.studio.linked import Linked
from lobule.studio.outcome import inside
from lobule.studio.pages.compare import described
from lobule.studio.ready import tissue
from lobule.studio.served import TISSUE
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import Work

PATH, TITLE, ORDER = "/tissue", "Tissue", 45
KIND, FILE = "tissue", "scenario.yaml"
SECTION = "tissue"  # of a scenario
TALL = 900  # pixels of the sheet that plays
FEW = 7  # lobules, which take a minute or two where a whole sheet takes ten
ABOUT = (
    "The liver of the Therapy page in space: a sheet of lobules in which every place is the same model under its own "
    "blood, with single cells drawn, treated beside untreated. It plays as sections that a pathologist would see; "
    "point at a cell and it says what it is."
)
FIRST = "A ready sheet plays below. Press Run the tissue for the subject and plan at the left."
READY = "Ready: a mouse with carbon tetrachloride injury for six weeks, vesicles on days 21, 28 and 35"
LENGTH = (
    "Seven lobules over six weeks take about a minute of computing; time grows with lobules, weeks and sheets. Years "
    "of disease of a patient take longer."
)
OLDER = "It was made with another edition of the model; the button above makes it of this one."
# further files of the command, whose own table would load all that draws
LABELS = {"anndata": "cells for squidpy (AnnData)", "zarr": "fields (Zarr)", "qupath": "section for QuPath (OME-TIFF)",
          "parquet": "cells (Parquet)"}  # fmt: skip


class TissuePage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.also: list[str] = []
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self._whom()
                self.form = Form("The sheet", session.state.data, self._changed)
                self._fields()
                Drop("or a scenario of your own", self._take, ENDINGS_OF_YAML)
            with ui.element("div").classes("studio-result"):
                ui.button("Run the tissue", on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self.form.told, self._reopen, FIRST, self._ready)
        session.on_change(self._follow)
        self._told(session.state)

    def _whom(self) -> None:
        with ui.element("fieldset"):
            with ui.element("legend"):
                ui.label("Who and what").style("display: inline")
            self.whom = ui.label(whom(self.session.state)).classes("studio-note")
            with ui.element("div").classes("studio-bar"):
                ui.button("Change it on Therapy", on_click=lambda: self.session.open("/")).props("flat dense no-caps")
                ui.button("Take the ready one", on_click=lambda: self.session.replace(tissue())).props(
                    "flat dense no-caps"
                )

    def _fields(self) -> None:
        with self.form as form, form.group("The sheet"):
            form.number((SECTION, "lobules"), "Lobules (37 where you name none)", 3, 1000)
            form.number((SECTION, "seed"), "Seed of the sheet and its cells", 0, 10**6)
            form.number((SECTION, "seeds"), "Sheets, each with a seed of its own", 1, 100)
            form.listed((SECTION, "pictures"), "Times that are looked at", "1 d, 7 d, 42 d")
            more = ui.select(LABELS, label="Further files", multiple=True)
            more.props("dense outlined hide-bottom-space")
            more.on_value_change(lambda event: setattr(self, "also", list(event.value or [])))
            paragraph(LENGTH)

    def _changed(self, state: State) -> None:
        """A field of the sheet: the state of the page, and so its link, holds it."""
        self.session.replace(state)
        self._told(state)

    def _told(self, state: State) -> None:
        try:
            _ = state.scenario
            self.work.wrong(None)
        except LobuleError as error:
            self.work.wrong(error)

    def _follow(self, state: State) -> None:
        self.whom.set_text(whom(state))
        if state.data != self.form.state.data:
            self.form.fill(state)
            self._told(state)

    def _take(self, name: str, content: bytes) -> str:
        state = State.of_yaml(content)
        _ = state.scenario  # told here, before the page shows anything else
        self.session.replace(state)
        return f"{name} is what is put in space."

    def _reopen(self, page: dict[str, object]) -> None:
        self.session.replace(State(page))

    def _ready(self) -> None:
        """What plays before anything was asked."""
        heading(READY, 2)
        inside(TISSUE, READY, TALL)
        Linked([("Open it in a tab", TISSUE)], "p", plain=True)
        if not ready_is_of_this_model():
            paragraph(OLDER)

    def _run(self) -> None:
        state = self.session.state
        try:
            title = state.scenario.title or whom(state)
        except LobuleError as error:
            self.work.wrong(error)
            return
        also = [f"--also={','.join(self.also)}"] if self.also else []
        self.work.begin(
            title, [KIND, FILE, "-o", "out", *also], {FILE: state.yaml().encode()}, dict(state.data)
        )  # fmt: skip


def whom(state: State) -> str:
    """Subject, harm, plan and length of a state in a line."""
    harm = state.get("subject", "injury", "cause") or state.get("subject", "etiology")
    name = causes()[harm].title if harm in causes() else "healthy liver"
    who = f"{state.get('subject', 'species')}, {name}"
    years = state.get("subject", "years")
    return f"{who}{f', {years} years' if years else ''}; {described(state)}; until {state.get('until')}"


@cache
def ready_is_of_this_model() -> bool:
    """Whether the ready sheet was made with the model that is here."""
    return f"model {digest()}" in (EXAMPLES / "tissue.html").read_text(encoding="utf-8")


def build(session: Session) -> None:
    """The page."""
    if not isinstance(session.state.get(SECTION), Mapping):  # none, or of a link that somebody wrote
        session.state = session.state.having(((SECTION,), {"lobules": FEW}))
    TissuePage(session)
