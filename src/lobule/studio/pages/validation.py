"""Validation: the scoreboard, real patients, natural history as they were last made; any of it computed again."""

from __future__ import annotations

from nicegui import ui

from lobule.errors import InputError
from lobule.studies.tables import read_studies
from lobule.studio.documents import section
from lobule.studio.drop import Drop
from lobule.studio.frame import heading, paragraph
from lobule.studio.incoming import Incoming
from lobule.studio.session import Session
from lobule.studio.work import Work

PATH, TITLE, ORDER = "/validation", "Validation", 100
KIND = "validation"
ABOUT = (
    "Lobule beside what was published and beside real people, with what is wrong so far. The tables are those of this "
    "release, made by the commands that stand above them; nothing is computed when this page opens."
)
MISSING = "The documentation does not come with this installation; the button below computes the same."
SECTIONS = {
    "The scoreboard": (("credibility.md", "What came out"),),
    "Real patients": (("real_patients.md", "Forecasts beside rivals"),),
    "Natural history": (("credibility.md", "The disease without the new therapy"),),
    "Controlled trials": (("credibility.md", "People: controlled trials arm by arm"),),
    "What carries an effect": (("credibility.md", "What carries an effect"),),
    "Where vesicles go": (("credibility.md", "Where vesicles and cells go"),),
}  # what is read, and where it stands
AGAIN = {  # what is computed anew: its title, and the arguments of its command
    "scores": ("The scoreboard of all studies", ["validate", "-o", "out/scoreboard.html"]),
    "natural history": ("Natural history", ["validate", "--natural-history", "-o", "out"]),
    "people": ("Controlled trials in people", ["validate", "--people", "-o", "out"]),
    "ablations": ("What carries an effect", ["validate", "--ablations", "-o", "out"]),
    "tissue": ("The lobule in space", ["validate", "--tissue", "-o", "out"]),
}
FIRST = "Choose what is computed anew, or drop a table of your own studies. It takes some minutes."


class ValidationPage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.own: Incoming | None = None
        paragraph(ABOUT)
        chosen = ui.toggle(list(SECTIONS), value=next(iter(SECTIONS))).props(
            'no-caps unelevated aria-label="What is shown"'
        )
        self.told = ui.element("section").classes("told")
        chosen.on_value_change(lambda event: self._show(event.value))
        self._show(str(chosen.value))
        heading("Computed anew", 2)
        with ui.element("div").classes("studio-columns"):
            with ui.element("div").classes("studio-controls"):
                self.what = ui.select({key: title for key, (title, _) in AGAIN.items()}, value="natural history",
                                      label="What").props("outlined dense")  # fmt: skip
                ui.button("Compute it", on_click=self._compute).props("no-caps outline")
                Drop("Studies of your own", self._take, (".csv",), "columns as in docs/credibility.md")
                ui.button("Score my studies", on_click=self._score).props("no-caps outline")
            with ui.element("div").classes("studio-result"):
                self.work = Work(session, KIND, first=FIRST)

    def _show(self, name: str) -> None:
        self.told.clear()
        self.told._props["aria-label"] = name
        with self.told:
            text = "\n\n".join(filter(None, (section(*one) for one in SECTIONS[name])))
            if text:
                ui.markdown(text, extras=["tables", "fenced-code-blocks"])
            else:
                paragraph(MISSING)

    def _compute(self) -> None:
        title, arguments = AGAIN[str(self.what.value)]
        self.work.begin(title, arguments, {}, {})

    async def _take(self, name: str, content: bytes) -> str:
        table = Incoming(name, content)
        rows, problems = await table.read(read_studies)
        self.own = table
        return f"{name}: {len(rows)} rows can be simulated, {len(problems)} cannot."

    def _score(self) -> None:
        if self.own is None:
            self.work.wrong(InputError("drop a table of studies first"))
            return
        own = self.own.own
        arguments = ["validate", "--studies", own, "-o", "out/scoreboard.html"]
        self.work.begin(self.own.name, arguments, {own: self.own.content}, {})


def build(session: Session) -> None:
    """The page."""
    ValidationPage(session)
