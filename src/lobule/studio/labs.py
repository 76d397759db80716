"""A place for labs of a user's own patient: a virtual patient like that one is found, and becomes the subject."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from nicegui import ui

from lobule.errors import InputError, LobuleError
from lobule.files.people import People, read_people
from lobule.studio.drop import ENDINGS_OF_TABLES, Drop
from lobule.studio.form import Form
from lobule.studio.frame import paragraph
from lobule.studio.handed import hand
from lobule.studio.incoming import Incoming
from lobule.studio.jobs import CANCELLED, DONE, Job
from lobule.studio.like import KIND, job_of, like_of, word_of
from lobule.studio.ready import causes_of, ready
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import WORDS, told

OFTEN = 1.0  # seconds between two looks at the job
ABOUT = (
    "Of the virtual people with the same disease, the one nearest to the labs becomes the subject of all pages, and "
    "what was measured is drawn as dots. The labs stay on this machine. The first patient of a disease takes a minute."
)
HUMAN = "human"


class Labs:
    """The place.

    Parameters
    ----------
    session : whose state gets another subject
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.table: Incoming | None = None
        self.people: People | None = None
        self.job, self._whose = "", ""
        with ui.element("details").classes("studio-note"):
            with ui.element("summary"):
                ui.label("Open labs of a patient").style("display: inline")
            paragraph(ABOUT)
            Drop("Drop a table of labs here, or choose one", self._take, ENDINGS_OF_TABLES)
            self.form = Form("Whose labs", {}, self._chosen)
            self._wrong = ui.label("").classes("studio-wrong").props('role="alert"')
            with ui.element("div").classes("studio-bar"):
                self._go = ui.button("Show one like this patient", on_click=self._begin).props("no-caps")
                self._fit = ui.button("Fit on Patients", on_click=self._on_patients).props("outline no-caps")
                self._stop = ui.button("Stop it", on_click=self._cancel).props("outline no-caps")
            self._said = ui.label("").classes("studio-status").props('role="status" aria-live="polite"')
            self._bar = ui.linear_progress(value=0, show_value=False).props('aria-label="How far it has come"')
            self._before = ui.element("div")
        for one in (self._go, self._fit, self._stop, self._bar):
            one.set_visibility(False)
        self._timer = ui.timer(OFTEN, self._look, active=False)
        self._listed: Any = None
        session.on_change(lambda _: self._list() if session.own.get("like") != self._listed else None)
        self._list()

    async def _take(self, name: str, content: bytes) -> str:
        table = Incoming(name, content)
        people = await table.read(read_people)
        self.table, self.people = table, people
        self._fields(people.persons[0].name)
        for one in (self._go, self._fit):
            one.set_visibility(True)
        few = len(people.persons)
        return f"{name}: {few} read; choose one, and press Show one like this patient."

    def _fields(self, chosen: str) -> None:
        """Who there is, and what the table does not say of the chosen one."""
        assert self.people is not None
        person, self._whose = self.people.person(chosen), chosen
        self.form.clear()
        self.form.state = State({"patient": chosen, **({"etiology": person.etiology} if person.etiology else {})})
        with self.form as form, form.group("Whose labs"):
            form.choice(("patient",), "Patient", {one.name: one.name for one in self.people.persons})
            form.choice(("etiology",), "Disease of the patient", {"": "choose one"} | causes_of(HUMAN))
            if person.age is None:
                form.number(("age",), "Age, which the table does not say", 0, 120, whole=False)
            if person.sex is None:
                form.choice(("sex",), "Sex, which the table does not say", {"": "", "f": "female", "m": "male"})

    def _chosen(self, state: State) -> None:
        if self.people is not None and state.get("patient") != self._whose:
            self._fields(str(state.get("patient")))

    def _list(self) -> None:
        """Who was looked for before: labs that lie on this machine until they are deleted."""
        self._listed = self.session.own.get("like")
        self._before.clear()
        with self._before:
            for job in self.session.jobs.listed(self.session.owner, KIND):
                with ui.element("div").classes("studio-bar"):
                    who = job.page["patient"]
                    ill = causes_of(HUMAN).get(str(job.page.get("etiology")), "")
                    ui.label(f"{who} of {job.page['file']}, {ill}: {WORDS[job.state]}")
                    if job.state == DONE:
                        ui.button(f"Show {who} again", on_click=partial(self._found, job)).props("flat dense no-caps")
                    ui.button(f"Delete {who}", on_click=partial(self._delete, job)).props("flat dense no-caps")

    async def _delete(self, job: Job) -> None:
        """In a thread: to end one that runs takes up to two seconds."""
        await asyncio.to_thread(self.session.jobs.delete, job.id, self.session.owner)
        if self.session.own.get("like") == word_of(job.id):
            self.session.take_like("", self.session.state)
        self._list()

    def _begin(self) -> None:
        """Have the nearest virtual patient looked for."""
        try:
            assert self.table is not None
            arguments, inputs = asked(self.form.state, self.table, self.session.state)
            page = {name: self.form.state.get(name) for name in ("patient", "etiology")} | {"file": self.table.name}
            title = f"A virtual patient like {page['patient']}"
            self.job = self.session.jobs.submit(KIND, title, arguments, inputs, owner=self.session.owner, page=page,
                                                soon=True)  # fmt: skip
        except LobuleError as error:
            self._tell(self.form.told(error))
            return
        self._tell(self.form.told(None))
        self._timer.activate()
        self._list()
        self._look()

    def _look(self) -> None:
        """Show how far it has come; take what was found."""
        job = self.session.jobs.job(self.job, self.session.owner)
        over = job is None or job.over
        self._stop.set_visibility(not over)
        self._bar.set_visibility(not over)
        self._go.set_enabled(over)
        if job is not None and not over:
            self._said.set_text(told(job))
            self._bar.props(remove="indeterminate") if job.total else self._bar.props("indeterminate")
            self._bar.set_value(round(job.done / job.total, 3) if job.total else 0)
            return
        self._timer.deactivate()
        self._list()
        if job is not None and job.state == DONE:
            self._found(job)
        elif job is not None:
            self._said.set_text("")
            self._tell("It was stopped." if job.state == CANCELLED else told(job))

    def _found(self, job: Job) -> None:
        like = like_of(job)
        if like is None:
            self._tell("What was found cannot be read; press again.")
            return
        self._said.set_text(f"The subject is now a virtual patient like {like.patient}; its curves are above.")
        self.session.take_like(word_of(job.id), with_subject(self.session.state, like.subject))

    def _cancel(self) -> None:
        self.session.jobs.cancel(self.job, self.session.owner)
        self._look()

    def _on_patients(self) -> None:
        assert self.table is not None
        on_patients(self.session, Incoming(self.table.name, self.table.content, str(self.form.state.get("patient"))))

    def _tell(self, wrong: str) -> None:
        self._wrong.set_text(wrong)


def asked(form: State, table: Incoming, therapy: State) -> tuple[list[str], dict[str, bytes]]:
    """Arguments of the command that finds the nearest virtual patient, and its files.

    Raises
    ------
    InputError : nobody says the disease.
    """
    if not form.get("etiology"):
        raise InputError(f"say the disease of {form.get('patient')}", ["etiology"])
    given = {name: form.get(name) for name in ("patient", "etiology", "age", "sex")}
    options = [f"--{name}={value}" for name, value in given.items() if value not in (None, "")]
    inputs = {table.own: table.content}
    if therapy.get("subject", "species") == HUMAN and therapy.parts:
        assert therapy.scenario
        options.append("--plan=plan.yaml")
        inputs["plan.yaml"] = therapy.yaml().encode()
    return ["fit", table.own, "--nearest", "-o", "out", *options], inputs


def with_subject(state: State, subject: Any) -> State:
    """A state with another subject: a patient keeps the plan, in place of an animal comes the ready patient's."""
    kept = state if state.get("subject", "species") == HUMAN else ready(HUMAN)
    return State({name: one for name, one in kept.data.items() if name != "title"} | {"subject": dict(subject)})


def forget(session: Session) -> None:
    """Delete the labs of the patient whose like a page shows, and the job that they were for."""
    job = job_of(session.own.get("like", ""), session.jobs, session.owner)
    if job is not None:
        session.jobs.delete(job.id, session.owner)


def on_patients(session: Session, table: Incoming) -> None:
    """Go to the Patients page with labs and the plan of the page."""
    session.open("/patients", table=hand(table, session.owner))
