"""Patients: a table of labs becomes fits, forecasts and pages; for one patient, what each plan does."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from nicegui import ui

from lobule.errors import InputError, LobuleError
from lobule.files.people import People, read_people
from lobule.studio.drop import ENDINGS_OF_TABLES, Drop
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.handed import taken
from lobule.studio.incoming import Incoming, example
from lobule.studio.ready import causes_of
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import FORMATS, Work

PATH, TITLE, ORDER = "/patients", "Patients", 80
KIND, PLAN = "patients", "plan.yaml"
FORECAST, FIT = "forecast", "fit"
BEGIN = {"question": FORECAST, "at": "1 y, 2 y, 5 y", "days": 365}
QUESTIONS = {FORECAST: "Forecast of everybody, under the care they have", FIT: "What each plan does for one of them"}
ABOUT = (
    "A table of labs, a row a visit or a row a patient. Virtual people like each patient are found, how well they fit "
    "is said, and they are followed on: survival, decompensation, the next labs. No advice for treating a person."
)
BUTTONS = {FORECAST: "Forecast", FIT: "Fit this patient"}
HANDED = "The table of the Therapy page is read: choose a patient at the left and press Fit this patient."
FIRST = "Drop a table of labs, or take the example, and press Forecast."


class PatientsPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.table: Incoming | None = None
        self.names: list[str] = []
        self.ill: dict[str, str | None] = {}  # what the table says of each
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self.drop = Drop("A table of patients", self._take, ENDINGS_OF_TABLES)
                ui.button("Take the example table", on_click=self._example).props("flat no-caps")
                self.form = Form("What is asked", BEGIN, self._changed)
                self._fields()
            with ui.element("div").classes("studio-result"):
                self.go = ui.button(BUTTONS[FORECAST], on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self.form.told, first=FIRST)
        table = taken(session.own.get("table", ""), session.owner)
        if table is not None:
            ui.timer(0.05, partial(self._handed, table), once=True)

    def _fields(self) -> None:
        self.form.clear()
        with self.form as form:
            with form.group("What is asked"):
                form.choice(("question",), "Question", QUESTIONS)
                form.choice(("etiology",), "Disease, where the table does not say", {"": "as the table says"} | _ill())
                form.text(("sheet",), "Sheet of a workbook with several")
            if form.state.get("question") == FORECAST:
                with form.group("Forecast"):
                    form.listed(("at",), "Times after the last visit", "1 y, 2 y, 5 y")
                return
            with form.group("One patient"):
                form.choice(("patient",), "Patient", {name: name for name in self.names})
                form.number(("age",), "Age, where the table does not say", 0, 120, whole=False)
                form.choice(("sex",), "Sex, where the table does not say", {"": "", "f": "female", "m": "male"})
                form.number(("days",), "Days ahead", 1, 36525)
                human = self.session.state.get("subject", "species") == "human"
                if human and self.session.state.parts:
                    form.choice(
                        ("plan",), "Which plans", {"": "those under study", "page": "the plan of the Therapy page"}
                    )

    def _changed(self, state: State) -> None:
        if (state.get("question") == FIT) != (("patient",) in self.form.fields):
            self._fields()
        self.go.set_text(BUTTONS[FIT if state.get("question") == FIT else FORECAST])

    async def _take(self, name: str, content: bytes) -> str:
        table = Incoming(name, content)
        etiology = self.form.state.get("etiology") or None
        found = await table.read(partial(_read, sheet=self.form.state.get("sheet"), etiology=etiology))
        self.table, self.names = table, [person.name for person in found.persons]
        self.ill = {person.name: person.etiology for person in found.persons}
        first = self.names[0] if self.names else None
        self.form.fill(self.form.state.having((("patient",), first)))
        self._fields()
        self.work.wrong(None)
        return f"{name}: {said(found)}"

    async def _handed(self, table: Incoming) -> None:
        """A table that the Therapy page has handed on: what its plan does for one of them."""
        plan = {"plan": "page"} if self.session.state.get("subject", "species") == "human" else {}
        self.form.state = State({**self.form.state.data, "question": FIT, **plan})
        try:
            self.drop.tell(await self._take(table.name, table.content))
            if table.chosen in self.names:
                self.form.fill(self.form.state.having((("patient",), table.chosen)))
            self._changed(self.form.state)
            self.work.first = HANDED
            self.work.look()
        except LobuleError as error:
            self.drop.tell(str(error), wrong=True)

    async def _example(self) -> None:
        self.drop.tell(await self._take("example.csv", example("patients.csv").content))

    def _run(self) -> None:
        state = self.form.state
        try:
            if self.table is None:
                raise InputError("drop a table of labs first, or take the example")
            arguments, inputs = asked(state, self.table, self.session.state, self.ill.get(str(state.get("patient"))))
        except LobuleError as error:
            self.work.wrong(error)
            return
        title = f"{self.table.name}, {state.get('patient')}" if state.get("question") == FIT else self.table.name
        self.work.begin(title, arguments, inputs, dict(state.data))


def build(session: Session) -> None:
    """The page."""
    PatientsPage(session)


def asked(state: State, table: Incoming, therapy: State, ill: str | None = None) -> tuple[list[str], dict[str, bytes]]:
    """Arguments of the command and its files.

    Parameters
    ----------
    therapy : what the Therapy page shows
    ill : what the table says of the patient

    Raises
    ------
    InputError : something is missing.
    """
    question = state.get("question")
    inputs = {table.own: table.content}
    given: dict[str, object] = {"etiology": state.get("etiology"), "sheet": state.get("sheet")}
    if question == FORECAST:
        given |= {"at": ", ".join(state.get("at") or []) if isinstance(state.get("at"), list) else state.get("at")}
    else:
        given["etiology"] = state.get("etiology") or ill
        if not given["etiology"]:
            raise InputError("say the disease of the patient", ["etiology"])
        given |= {name: state.get(name) for name in ("patient", "age", "sex", "days")}
        if state.get("plan") == "page":
            assert therapy.scenario
            inputs[PLAN] = therapy.yaml().encode()
            given |= {"plan": PLAN}
    options = [f"--{name}={value}" for name, value in given.items() if value not in (None, "")]
    formats = [FORMATS] if question == FIT else []  # a forecast has its own pages
    return [str(question), table.own, "-o", "out", *options, *formats], inputs


def said(found: People) -> str:
    """What a table holds, in a sentence."""
    told = [f"{len(found.persons)} patient{'s' * (len(found.persons) != 1)}"]
    told += [note.rstrip(".") for note in (*found.unread[:2], *found.notes[:3], *map(str, found.problems[:3]))]
    return ". ".join(f"{one[:1].upper()}{one[1:]}" for one in told) + "."


def _read(path: Path, sheet: str | None, etiology: str | None) -> People:
    return read_people(path, sheet, etiology)


def _ill() -> dict[str, str]:
    return causes_of("human")
