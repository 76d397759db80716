"""Trial: a design in a form or as a file, run with its progress, power, and its report."""

from __future__ import annotations

from nicegui import ui

from lobule.errors import LobuleError
from lobule.patient.published import STAGES
from lobule.studio import designs
from lobule.studio.drop import ENDINGS_OF_YAML, Drop
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.ready import causes_of
from lobule.studio.session import Session
from lobule.studio.state import Field, State
from lobule.studio.work import Work
from lobule.therapy import cares, products

PATH, TITLE, ORDER = "/trial", "Trial", 60
KIND, FILE = "trial", "design.yaml"
FIRST = "uc-msc-hbv-cirrhosis"
READINGS = {
    "published": "as published: as strongly as studies report",
    "counted": "as counted: only what copies can do",
}
POWERS = {"": "do not search", "0.8": "80 %", "0.9": "90 %"}
ABOUT = (
    "A virtual trial: patients are drawn from virtual people with the disease, randomised, treated, measured with "
    "error at visits, and analysed as the design says, again and again. The share of replicates that find the effect "
    "is the power."
)
BEFORE = "Choose a design, or drop your own, and press Run the trial."
QUICK = 30  # replicates that give a first answer in a minute


class TrialPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.power = ""
        job = session.jobs.job(session.own.get("job", ""), session.owner)
        held = job.page.get("design") if job is not None and job.kind == KIND else None
        begin = State(held) if held else _quick(designs.ready(FIRST))
        self._built: object = None
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self._starts()
                self.form = Form("Design of the trial", begin.data, self._changed)
                self._build()
                self._whole()
            with ui.element("div").classes("studio-result"):
                ui.button("Run the trial", on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self.form.told, self._reopen, BEFORE)
        self._changed(self.form.state)

    def _starts(self) -> None:
        with ui.element("fieldset"):
            with ui.element("legend"):
                ui.label("Begin with").style("display: inline")
            self.start = ui.select(designs.titles(), value=FIRST, label="A design of a published trial").props(
                "dense outlined"
            )
            self.start.on_value_change(lambda event: self._show(_quick(designs.ready(event.value))))
            Drop("or a design of your own", self._take, ENDINGS_OF_YAML)

    def _build(self) -> None:
        """The fields; anew where the design has others."""
        state = self.form.state
        self._built, self.part = _shape(state), designs.treated(state)
        self.form.clear()
        with self.form as form:
            form.text(("title",), "Title")
            _who(form)
            if self.part is not None:
                _given(form, self.part, state)
            with form.group("Size"):
                form.number(("patients",), "Patients of the trial", 2, 100_000)
                form.number(("replicates",), "Replicates", 1, 100_000)
                form.number(("members",), "Members of the ensemble (assurance)", 0, 200)
                size = ui.select(POWERS, value=self.power, label="Search the size for a power of").props(
                    "dense outlined"
                )
                size.on_value_change(lambda event: setattr(self, "power", event.value))
            _when(form, state)

    def _whole(self) -> None:
        """The design as text, which is the truth; what the form has not is changed there."""
        with ui.element("details"):
            with ui.element("summary"):
                ui.label("The whole design, as text").style("display: inline")
            self.text = ui.textarea("Design (YAML)").props("outlined autogrow debounce=600").classes("studio-yaml")
            self.text.on_value_change(lambda event: self._typed(str(event.value)))
            ui.button("Download the design", on_click=lambda: ui.download.content(self._yaml(), FILE)).props(
                "flat no-caps"
            )

    def _yaml(self) -> str:
        return self.form.state.yaml()

    def _typed(self, text: str) -> None:
        if text == self._yaml():
            return
        try:
            self._show(designs.of_text(text), text=False)
        except LobuleError as error:
            self.work.wrong(error)

    def _take(self, name: str, content: bytes) -> str:
        """A file that was dropped."""
        state = designs.of_text(content.decode("utf-8", "replace"), name)
        designs.checked(state)
        self._show(state)
        return f"{name} is in the form."

    def _show(self, state: State, text: bool = True) -> None:
        self.form.state = state
        if _shape(state) != self._built:
            self._build()
        else:
            self.form.fill(state)
        self._changed(state, text)

    def _reopen(self, page: dict[str, object]) -> None:
        """The design of a job that is looked at again."""
        held = page.get("design")
        if isinstance(held, dict):
            self._show(State(held))

    def _changed(self, state: State, text: bool = True) -> None:
        if text:
            self.text.set_value(self._yaml())
        try:
            designs.checked(state)
            self.work.wrong(None)
        except LobuleError as error:
            self.work.wrong(error)

    def _run(self) -> None:
        try:
            state = designs.checked(self.form.state)
        except LobuleError as error:
            self.work.wrong(error)
            return
        arguments = [KIND, FILE, "-o", "out", *(["--power", self.power] if self.power else [])]
        title = str(state.get("title") or "A trial")
        self.work.begin(title, arguments, {FILE: state.yaml().encode()}, {"design": dict(state.data)})


def build(session: Session) -> None:
    """The page."""
    TrialPage(session)


def _quick(state: State) -> State:
    """With few replicates, so that a first answer comes soon; the field is there to ask for more."""
    return state.having((("replicates",), QUICK), (("members",), 0))


def _shape(state: State) -> object:
    return designs.treated(state), tuple(designs.endpoints(state)), len(state.get("population", "groups") or [])


def _who(form: Form) -> None:
    group: Field = ("population", "groups", 0)
    with form.group("Who"):
        if form.state.get(*group) is not None:
            form.choice((*group, "etiology"), "Disease", causes_of("human"))
            form.choice((*group, "stage"), "Stage", {name: name for name in STAGES})
        form.text(("population", "criteria"), "Inclusion", "meld_na >= 12 and age <= 70")
        form.choice(("care",), "Standard care of every arm", {name: one.title for name, one in cares().items()}, True)


def _given(form: Form, part: Field, state: State) -> None:
    with form.group(f"What {state.get(*part[:2], 'name')} gets"):
        form.choice((*part, "product"), "Product", {name: one.title for name, one in products.items()})
        form.text((*part, "dose"), "Dose with its unit", "1e6 cell/kg")
        form.text((*part, "route"), "Route", usual="iv")
        form.text((*part, "every"), "Time between doses", "28 d")
        form.number((*part, "n"), "Doses", 1, 1000)
        ui.label(f"Arms: {designs.arms(state)}").classes("studio-note")


def _when(form: Form, state: State) -> None:
    with form.group("When, and what counts"):
        form.listed(("visits",), "Visits", "0 d, 28 d, 84 d")
        form.choice(("analysis", "primary"), "Primary endpoint", designs.endpoints(state))
        form.number(("dropout",), "Dropout, share a year", 0, 1, whole=False)
        form.number(("missed_visits",), "Missed visits, share", 0, 1, whole=False)
        form.choice(("reading",), "What products do", READINGS, usual="published")
