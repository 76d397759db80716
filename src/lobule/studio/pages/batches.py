"""Batches: a table of batches judged, a release limit, batches after a change, shelf life, how many units to test."""

from __future__ import annotations

from pathlib import Path

from nicegui import ui

from lobule.errors import LobuleError
from lobule.studio import quality
from lobule.studio.drop import ENDINGS_OF_YAML
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.place import Place, packaged
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import FORMATS, Work

PATH, TITLE, ORDER = "/batches", "Batches", 70
KIND, SPECIFICATION, USE = "batch", "specification.yaml", "use.yaml"
ABOUT = (
    "Each batch of a table is held against its specification, charted beside the others, and followed to a patient: "
    "what is lost of the effect when this batch is given. Release limits, changes of the process, shelf life and "
    "sampling are asked here too. Research: no release decision."
)
TABLE, BEFORE, AFTER, STORED, LIMITS = "table", "old", "new", "stored", "limits"
FILES = {  # of each question
    quality.BATCH: (TABLE, LIMITS), quality.LIMIT: (TABLE,), quality.CHANGE: (BEFORE, AFTER),
    quality.SHELF: (STORED, LIMITS), quality.UNITS: (),
}  # fmt: skip
READ_BY = {TABLE: ("sheet", "dates"), BEFORE: ("old_sheet",), AFTER: ("new_sheet",),
           STORED: ("sheet", "attribute_stored")}  # fmt: skip
WANTED = {TABLE: "a table of batches", BEFORE: "a table of batches before the change",
          AFTER: "a table of batches after it", STORED: "a table of storage data"}  # fmt: skip


class BatchesPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self.form = Form("What is asked of batches", quality.BEGIN, self._changed)
                with self.form as form:
                    titles = {name: one.title for name, one in quality.QUESTIONS.items()}
                    form.choice(("question",), "Question", titles)
                    self.places = self._places()
                    form.section(lambda: self.question.build(form), lambda: form.state.get("question"))
            with ui.element("div").classes("studio-result"):
                self.go = ui.button("", on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self.form.told, self._reopen)
        self._read_as: dict[str, object] = {}
        self._changed(self.form.state)

    @property
    def question(self) -> quality.Question:
        """What is asked now."""
        return quality.QUESTIONS.get(str(self.form.state.get("question")), quality.QUESTIONS[quality.BATCH])

    def _places(self) -> dict[str, Place]:
        """Where files are dropped, those of all questions."""
        before, after = quality.sides()
        table, stored = packaged("batches.csv", "Take the example table", "example.csv"), packaged(
            "stability.csv", "Take the example of storage"
        )  # fmt: skip
        taken = lambda: self.work.wrong(None)  # noqa: E731
        return {
            TABLE: Place("A table of batches", lambda path: quality.read_table(path, self.form.state), shown=table,
                         taken=taken),
            BEFORE: Place("Batches before the change", lambda path: self._side(path, "old_sheet"), BEFORE,
                          shown=(before, "Take an example before"), taken=taken),
            AFTER: Place("Batches after it", lambda path: self._side(path, "new_sheet"), AFTER,
                         shown=(after, "Take an example after"), taken=taken),
            STORED: Place("A table of storage data", lambda path: quality.read_stored(path, self.form.state),
                          shown=stored, taken=taken),
            LIMITS: Place("A specification of your own, where you have one", quality.read_limits, "specification",
                          ENDINGS_OF_YAML),
        }  # fmt: skip

    def _side(self, path: Path, name: str) -> str:
        return quality.read_side(path, self.form.state.get(name))

    def _changed(self, state: State) -> None:
        """Another question has other files; another sheet, or order of dates, reads a file again."""
        asked = str(state.get("question"))
        for name, place in self.places.items():
            place.show(name in FILES.get(asked, ()))
            by = [state.get(one) for one in READ_BY.get(name, ())]
            if self._read_as.get(name, by) != by:
                ui.timer(0.05, place.again, once=True)
            self._read_as[name] = by
        self.go.set_text(self.question.button)
        self.work.first = self.question.first
        self.work.look()
        try:
            quality.options(state)
            self.work.wrong(None)
        except LobuleError as error:
            self.work.wrong(error)

    def _reopen(self, page: dict[str, object]) -> None:
        """What a job asked that is looked at again; its files are in its zip."""
        self.form.fill(State({**quality.BEGIN, **page}))
        self._changed(self.form.state)

    def _run(self) -> None:
        state = self.form.state
        try:
            arguments, inputs, title = self._asked(state)
        except LobuleError as error:
            self.work.wrong(error)
            self.form.look()
            return
        self.work.begin(title, arguments, inputs, dict(state.data))

    def _asked(self, state: State) -> tuple[list[str], dict[str, bytes], str]:
        """Arguments of the command, its files, and a title; raises InputError where something is missing or wrong."""
        asked = str(state.get("question"))
        options = quality.options(state)
        inputs: dict[str, bytes] = {}
        names = []
        for name in (one for one in FILES[asked] if one != LIMITS):
            file = self.places[name].wanted(WANTED[name])
            inputs[self.places[name].own] = file.content
            names.append(file.name)
        arguments = [asked, *inputs, "-o", "out", *options]
        limits = self.places[LIMITS]
        if LIMITS in FILES[asked] and limits.file is not None:
            inputs[SPECIFICATION] = limits.file.content
            arguments += ["--spec", SPECIFICATION]
        if "reading" in self.question.options:
            arguments += self._use(state, inputs)
        if asked != quality.BATCH:  # which has a page of its own
            arguments.append(FORMATS)
        titles = [*([] if asked == quality.BATCH else [self.question.title]), " and ".join(names)]
        return arguments, inputs, " ".join(filter(None, titles))

    def _use(self, state: State, inputs: dict[str, bytes]) -> list[str]:
        """In whom the effect is predicted."""
        if state.get("clinical") == "none":
            return ["--no-clinical"] if state.get("question") != quality.LIMIT else []
        if state.get("clinical") == "page":
            assert self.session.state.scenario
            inputs[USE] = self.session.state.yaml().encode()
            return ["--scenario", USE]
        return []


def build(session: Session) -> None:
    """The page."""
    BatchesPage(session)
