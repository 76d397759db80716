"""Trial: a design in a form or as a file, run with its progress, power, and its report."""

from __future__ import annotations

from collections.abc import Mapping

from nicegui import ui

from lobule.errors import LobuleError, Mistakes, together
from lobule.studio import designs
from lobule.studio.design import DesignForm
from lobule.studio.drop import ENDINGS_OF_YAML, Drop
from lobule.studio.form import Form
from lobule.studio.frame import heading, paragraph
from lobule.studio.session import Session
from lobule.studio.state import State
from lobule.studio.work import Work

PATH, TITLE, ORDER = "/trial", "Trial", 60
KIND, FILE = "trial", "design.yaml"
FIRST = "uc-msc-hbv-cirrhosis"
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
        job = session.jobs.job(session.own.get("job", ""), session.owner)
        asked = job.page if job is not None and job.kind == KIND else {}
        held = asked.get("design")
        begin = State(held) if held else _quick(designs.ready(FIRST))
        paragraph(ABOUT)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self._starts()
                self.form = Form("Design of the trial", begin.data, self._changed)
                self.size = Form("", _beside(asked), lambda _: self._changed(self.form.state, False))
                self.design = DesignForm(self.form, self._of_size)
                self._whole()
            with ui.element("div").classes("studio-result"):
                ui.button("Run the trial", on_click=self._run).props("no-caps").classes("studio-go")
                heading("Result", 2)
                self.work = Work(session, KIND, self._told, self._reopen, BEFORE)
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

    def _of_size(self, form: Form) -> None:
        """Patients and replicates, and what is asked beside the design: a wanted power, or the power of some sizes."""
        with form.group("Size"):
            form.number(("patients",), "Patients of the trial", 2, 100_000)
            form.number(("replicates",), "Replicates", 1, 100_000, usual="200")
            form.number(("members",), "Members of the ensemble (assurance)", 0, 200, usual="16")
            self.size.choice(("power",), "Search the size for a power of", POWERS)
            self.size.text(("sizes",), "or the power of these sizes", "80, 160, 320")

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
        self.design.show(state)
        self._changed(state, text)

    def _reopen(self, page: dict[str, object]) -> None:
        """The design of a job that is looked at again."""
        held = page.get("design")
        if isinstance(held, dict):
            self.size.fill(State(_beside(page)))
            self._show(State(held))

    def _changed(self, state: State, text: bool = True) -> None:
        if text:
            self.text.set_value(self._yaml())
        try:
            self._checked(state)
            self.work.wrong(None)
        except LobuleError as error:
            self.work.wrong(error)

    def _checked(self, state: State) -> tuple[State, list[str]]:
        """The design, and the options of the command; raises InputError with all that is wrong."""
        found, design = Mistakes(), None
        options: list[str] = []
        with found.at():
            design = designs.checked(state)
        with found.at():
            options = designs.asked_of_size(design, self.size.state.get("power"), self.size.state.get("sizes"))
        found.tell()
        return state, options

    def _told(self, error: LobuleError | None) -> str:
        """Each mistake at its field, of the design or beside it; gives what belongs to none."""
        mistakes = [] if error is None else list(error.mistakes)
        beside = [one for one in mistakes if tuple(one.field[:1]) in self.size.fields]
        rest = [one for one in mistakes if one not in beside]
        self.size.told(together(beside) if beside else None)
        return self.form.told(together(rest) if rest else None)

    def _run(self) -> None:
        try:
            state, options = self._checked(self.form.state)
        except LobuleError as error:
            self.work.wrong(error)
            self.form.look()
            return
        arguments = [KIND, FILE, "-o", "out", *options]
        title = str(state.get("title") or "A trial")
        page = {"design": dict(state.data), **self.size.state.data}
        self.work.begin(title, arguments, {FILE: state.yaml().encode()}, page)


def build(session: Session) -> None:
    """The page."""
    TrialPage(session)


def _quick(state: State) -> State:
    """With few replicates, so that a first answer comes soon; the field is there to ask for more."""
    return state.having((("replicates",), QUICK), (("members",), 0))


def _beside(page: Mapping[str, object]) -> dict[str, object]:
    """What a page asked of sizes beside its design."""
    return {name: page[name] for name in ("power", "sizes") if page.get(name)}
