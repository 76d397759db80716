"""Batches: a table of batches judged: verdicts, control charts, and what each does to a patient."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from lobule.errors import InputError, LobuleError
from lobule.files.batches import Batches, read_batches
from lobule.files.specification import read_specification
from lobule.studio.drop import ENDINGS_OF_TABLES, ENDINGS_OF_YAML, Drop
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.incoming import Incoming, example
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import Work

PATH, TITLE, ORDER = "/batches", "Batches", 70
KIND, SPECIFICATION, USE = "batch", "specification.yaml", "use.yaml"
BEGIN = {"members": 16, "clinical": "usual", "reading": "published", "loss": 0.3}
ABOUT = (
    "Each batch of a table is held against its specification, charted beside the others, and followed to a patient: "
    "what is lost of the effect when this batch is given. Research: no release decision."
)
USES = {"usual": "the usual one (decompensated hepatitis B)", "page": "the subject and plan of the Therapy page",
        "none": "do not follow them to a patient"}  # fmt: skip
READINGS = {"published": "as published", "counted": "as counted"}
FIRST = "Drop a table of batches, or take the example, and press Judge the batches."


class BatchesPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.table: Incoming | None = None
        self.specification: Incoming | None = None
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self.drop = Drop("A table of batches", self._take, ENDINGS_OF_TABLES)
                ui.button("Take the example table", on_click=self._example).props("flat no-caps")
                self.form = Form("How they are judged", BEGIN)
                self._fields()
                self.limits = Drop("A specification of your own, where you have one", self._limits, ENDINGS_OF_YAML)
            with ui.element("div").classes("studio-result"):
                ui.button("Judge the batches", on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self.form.told, first=FIRST)

    def _fields(self) -> None:
        with self.form as form, form.group("How they are judged"):
            form.text(("sheet",), "Sheet of a workbook with several")
            form.choice(("clinical",), "Which patient gets them", USES)
            form.number(("loss",), "Share of the effect whose loss counts", 0, 1, whole=False)
            form.number(("members",), "Members of the ensemble", 0, 200)
            form.choice(("reading",), "What products do", READINGS)

    async def _take(self, name: str, content: bytes) -> str:
        table = Incoming(name, content)
        found = await table.read(partial(_read, sheet=self.form.state.get("sheet")))
        self.table = table
        self.work.wrong(None)
        return f"{name}: {said(found)}"

    async def _example(self) -> None:
        self.drop.tell(await self._take("example.csv", example("batches.csv").content))

    async def _limits(self, name: str, content: bytes) -> str:
        specification = Incoming(name, content)
        found = await specification.read(read_specification)
        self.specification = specification
        return f"{name}: {found.title}, {len(found.limits)} limits."

    def _run(self) -> None:
        state = self.form.state
        try:
            if self.table is None:
                raise InputError("drop a table of batches first, or take the example")
            arguments, inputs = self._asked(state)
        except LobuleError as error:
            self.work.wrong(error)
            return
        self.work.begin(self.table.name, arguments, inputs, dict(state.data))

    def _asked(self, state: State) -> tuple[list[str], dict[str, bytes]]:
        """Arguments of the command, and its files."""
        assert self.table is not None
        inputs = {self.table.own: self.table.content}
        arguments = [KIND, self.table.own, "-o", "out"]
        given = {name: state.get(name) for name in ("members", "loss", "reading", "sheet")}
        arguments += [f"--{name}={value}" for name, value in given.items() if value is not None]
        if self.specification is not None:
            inputs[SPECIFICATION] = self.specification.content
            arguments += ["--spec", SPECIFICATION]
        if state.get("clinical") == "none":
            arguments.append("--no-clinical")
        elif state.get("clinical") == "page":
            assert self.session.state.scenario
            inputs[USE] = self.session.state.yaml().encode()
            arguments += ["--scenario", USE]
        return arguments, inputs


def build(session: Session) -> None:
    """The page."""
    BatchesPage(session)


def _read(path, sheet: str | None) -> Batches:  # type: ignore[no-untyped-def]  # a path
    return read_batches(path, sheet)


def said(found: Batches) -> str:
    """What a table holds, in a sentence."""
    notes = " ".join(f"{note.rstrip('.')}." for note in [*found.notes, *map(str, found.faults[:3])])
    more = len(found.faults) - 3
    return f"{len(found.names)} batches. {notes}{f' {more} more cells cannot be used.' if more > 0 else ''}".strip()
