"""Dish: the same product in a well, against a reference; plates that were measured; the validation of an assay."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from lobule.errors import LobuleError
from lobule.files.assay import Plates, read_plates
from lobule.files.criteria import read_criteria
from lobule.files.levels import read_levels
from lobule.model.cargo import components
from lobule.studio import assays
from lobule.studio.drop import ENDINGS_OF_YAML
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.place import Place, packaged
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import FORMATS, Work

PATH, TITLE, ORDER = "/dish", "Dish", 50
KIND, FILE, VALIDATION, CRITERIA = "assay", "assay.yaml", "assay-validation", "criteria.yaml"
ABOUT = (
    "The same equations without a body: cells in a well with what harms them, and a product in rising doses. The dose "
    "that does half of it is its EC50; beside a reference, its relative potency. Wells vary as in a laboratory."
)
FIRST = "Choose a product and press Run the assay; plates that you measured can be dropped instead."
SPECIES = {"mouse": "mouse", "rat": "rat", "human": "human"}
RUN, PLATES, VALIDATE = "run", "plates", "validation"
QUESTIONS = {
    RUN: "How potent is a product, by the model?", PLATES: "How potent is a sample, by plates that were measured?",
    VALIDATE: "Is the potency assay valid, and over which range?",
}  # fmt: skip
BUTTONS = {RUN: "Run the assay", PLATES: "Analyse the plates", VALIDATE: "Validate the assay"}
MODELS = {"lines": "parallel lines", "curves": "four-parameter curves"}
READINGS = {"published": "as published", "counted": "as counted"}


class DishPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.samples: list[str] = []
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                begin = {"question": RUN, "model": "lines", **assays.begin(session.state)}
                self.form = Form("The assay", begin, self._changed)
                with self.form as form:
                    form.choice(("question",), "Question", QUESTIONS)
                    form.section(self._fields, lambda: (form.state.get("question"), form.state.get("cells")))
                    self._files()
            with ui.element("div").classes("studio-result"):
                self.go = ui.button(BUTTONS[RUN], on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self.form.told, self._reopen, FIRST)
        self._changed(self.form.state)

    def _files(self) -> None:
        """Where files are dropped, those of all questions."""
        known = packaged("validation.csv", "Take the example of a validation")
        self.plates = Place("or plates that you measured", self._read_plates, taken=self._measured)
        self.levels = Place("Potencies of samples that are known, run by run", self._read_levels, shown=known)
        self.criteria = Place("Criteria of the assay, where you have your own", _read_criteria, "criteria",
                              ENDINGS_OF_YAML)  # fmt: skip

    def _fields(self) -> None:
        asked = self.form.state.get("question")
        if asked == VALIDATE:
            self.form.text(("sheet",), "Sheet of a workbook with several")
            return
        with self.form.group("How potency is told"):
            if asked == PLATES:
                self.form.choice(("of",), "Reference among the samples", lambda: {name: name for name in self.samples})
                self.form.text(("sheet",), "Sheet of a workbook with several")
            self.form.choice(("model",), "Reportable value by", MODELS)
        if asked == RUN:
            self._well()

    def _well(self) -> None:
        form, of = self.form, str(self.form.state.get("cells"))
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
            form.choice(("reading",), "What products do", READINGS, usual="published")

    def _changed(self, state: State) -> None:
        of, asked = str(state.get("cells")), str(state.get("question"))
        if asked == RUN and state.get("readout") not in assays.readouts(of):
            self.form.change((("readout",), assays.FIRST[of]))
            return
        self.plates.show(asked in (RUN, PLATES))
        self.levels.show(asked == VALIDATE)
        self.go.set_text(BUTTONS.get(asked, BUTTONS[RUN]))

    def _reopen(self, page: dict[str, object]) -> None:
        """What a job asked that is looked at again; its files are in its zip."""
        held = {**self.form.state.data, **page} if page else dict(self.form.state.data)
        if held.get("cells") in assays.cells():
            self.form.fill(State(held))
            self._changed(self.form.state)

    def _run(self) -> None:
        asked = str(self.form.state.get("question"))
        try:
            title, arguments, inputs = {RUN: self._simulated, PLATES: self._analysed, VALIDATE: self._validated}[
                asked
            ]()
        except LobuleError as error:
            self.work.wrong(error)
            self.form.look()
            return
        if self.criteria.file is not None:
            inputs[CRITERIA] = self.criteria.file.content
            arguments += ["--criteria", CRITERIA]
        self.work.begin(title, [*arguments, FORMATS], inputs, self.form.state.data)

    def _simulated(self) -> tuple[str, list[str], dict[str, bytes]]:
        file = assays.assay(self.form.state)
        arguments = [KIND, FILE, "-o", "out", "--members=16", *self._options("model", "reading")]
        return str(file.get("title")), arguments, {FILE: file.yaml().encode()}

    def _analysed(self) -> tuple[str, list[str], dict[str, bytes]]:
        table, own = self.plates.wanted("plates that you measured"), self.plates.own
        reference = self.form.state.get("of")
        arguments = [KIND, own, "-o", "out", *([f"--reference={reference}"] if reference else [])]
        return table.name, [*arguments, *self._options("model", "sheet")], {own: table.content}

    def _validated(self) -> tuple[str, list[str], dict[str, bytes]]:
        table, own = self.levels.wanted("potencies of samples that are known"), self.levels.own
        return (f"Validation: {table.name}", [VALIDATION, own, "-o", "out", *self._options("sheet")],
                {own: table.content})  # fmt: skip

    def _options(self, *names: str) -> list[str]:
        """Options of the command; its usual ones are left out."""
        given = {name: self.form.state.get(name) for name in names}
        return [f"--{name}={value}" for name, value in given.items() if value not in (None, "lines", "published")]

    def _read_plates(self, path: Path) -> str:
        found: Plates = read_plates(path, self.form.state.get("sheet"))
        self.samples = [str(name) for name in dict.fromkeys(found.sample.tolist())]
        notes = [note.rstrip(".") for note in (*found.notes, *map(str, found.faults[:3]))]
        return ". ".join([f"{len(found.sample)} wells of {', '.join(self.samples)}", *notes]) + "."

    def _measured(self) -> None:
        """Plates were dropped: they are what is asked of, beside the first sample where no other is the reference."""
        state = self.form.state
        of = state.get("of") if state.get("of") in self.samples else self.samples[0]
        self.form.change((("question",), PLATES), (("of",), of))

    def _read_levels(self, path: Path) -> str:
        found = read_levels(path, self.form.state.get("sheet"))
        runs, levels = len(set(found.run.tolist())), len(set(found.nominal.tolist()))
        notes = [note.rstrip(".") for note in (*found.notes, *map(str, found.faults[:3]))]
        return ". ".join([f"{len(found.measured)} values of {levels} levels in {runs} runs", *notes]) + "."


def build(session: Session) -> None:
    """The page."""
    DishPage(session)


def _read_criteria(path: Path) -> str:
    return f"{read_criteria(path).told}."
