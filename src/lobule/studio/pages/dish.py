"""Dish: the same product in a well, against a reference: curves, EC50, potency; or plates that were measured."""

from __future__ import annotations

from nicegui import ui

from lobule.errors import LobuleError
from lobule.files.assay import Plates, read_plates
from lobule.model.cargo import components
from lobule.studio import assays
from lobule.studio.drop import ENDINGS_OF_TABLES, Drop
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.incoming import Incoming
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import FORMATS, Work

PATH, TITLE, ORDER = "/dish", "Dish", 50
KIND, FILE = "assay", "assay.yaml"
ABOUT = (
    "The same equations without a body: cells in a well with what harms them, and a product in rising doses. The dose "
    "that does half of it is its EC50; beside a reference, its relative potency. Wells vary as in a laboratory."
)
FIRST = "Choose a product and press Run the assay; plates that you measured can be dropped instead."
SPECIES = {"mouse": "mouse", "rat": "rat", "human": "human"}


class DishPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.plates: Incoming | None = None
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self.form = Form("The assay", assays.begin(session.state), self._changed)
                self._fields()
                self.drop = Drop("or plates that you measured", self._take, ENDINGS_OF_TABLES)
                self.measured = Form("Measured plates", {})
                with self.measured as form:
                    form.text(("reference",), "Name of the reference among the samples")
            with ui.element("div").classes("studio-result"):
                with ui.element("div").classes("studio-bar"):
                    ui.button("Run the assay", on_click=self._run).props("no-caps")
                    self.analyse = ui.button("Analyse the plates", on_click=self._analyse).props("no-caps outline")
                    self.analyse.set_visibility(False)
                heading("Result", 2)
                self.work = Work(session, KIND, self._told, self._reopen, FIRST)

    def _fields(self) -> None:
        self.form.clear()
        of = str(self.form.state.get("cells"))
        with self.form as form:
            with form.group("In the well"):
                form.choice(("cells",), "Cells", assays.cells())
                form.choice(("species",), "Of", SPECIES)
                ui.label(f"with {assays.harms(of)}").classes("studio-note")
                form.choice(("readout",), "What is read", assays.readouts(of))
                form.text(("duration",), "Read after")
            with form.group("What is added"):
                form.choice(("product",), "Product", assays.in_a_well())
                form.number(("potency",), "Its potency (1: as it should be)", 0, 100, whole=False)
                form.choice(("without",), "Without", {name: one.title for name, one in components().items()}, True)
                form.choice(("reference",), "Reference", assays.in_a_well())
                form.number(("plates",), "Plates", 1, 100)

    def _changed(self, state: State) -> None:
        of = str(state.get("cells"))
        if state.get("readout") not in assays.readouts(of):
            self.form.state = state.having((("readout",), assays.FIRST[of]))
            self._fields()

    def _reopen(self, page: dict[str, object]) -> None:
        if page.get("cells") in assays.cells():
            self.form.state = State(page)
            self._fields()

    def _told(self, error: LobuleError | None) -> str:
        return self.form.told(error)

    def _run(self) -> None:
        try:
            file = assays.assay(self.form.state)
        except LobuleError as error:
            self.work.wrong(error)
            return
        arguments = [KIND, FILE, "-o", "out", "--members=16", FORMATS]
        self.work.begin(str(file.get("title")), arguments, {FILE: file.yaml().encode()}, self.form.state.data)

    async def _take(self, name: str, content: bytes) -> str:
        plates = Incoming(name, content)
        found: Plates = await plates.read(read_plates)
        self.plates = plates
        self.analyse.set_visibility(True)
        samples = list(dict.fromkeys(found.sample.tolist()))
        if self.measured.state.get("reference") not in samples:
            self.measured.fill(State({"reference": str(samples[0])}))
        notes = [note.rstrip(".") for note in (*found.notes, *map(str, found.faults[:3]))]
        return f"{name}: " + ". ".join([f"{len(found.sample)} wells of {', '.join(map(str, samples))}", *notes]) + "."

    def _analyse(self) -> None:
        if self.plates is None:
            return
        own = self.plates.own
        reference = self.measured.state.get("reference")
        arguments = [KIND, own, "-o", "out", *([f"--reference={reference}"] if reference else []), FORMATS]
        self.work.begin(self.plates.name, arguments, {own: self.plates.content}, {})


def build(session: Session) -> None:
    """The page."""
    DishPage(session)
