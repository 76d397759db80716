"""Tour: ten steps through the biology: a liver that fails, M1 and M2, what exosomes carry, why dose and time matter."""

from __future__ import annotations

from urllib.parse import quote

from nicegui import ui

from lobule.evidence import fact
from lobule.studio.frame import heading, paragraph
from lobule.studio.lessons import LESSONS, Lesson
from lobule.studio.linked import Linked
from lobule.studio.session import Session

PATH, TITLE, ORDER = "/tour", "Tour", 110
ABOUT = (
    "Ten steps, each a liver to look at: the link opens it with everything set, and every field can be changed there. "
    "Sources are rows of the evidence, one click away."
)
PAGES = {"/": "Therapy", "/cargo": "Cargo"}
TOLD = ("statement", "quantity", "name", "effect")  # what says most of a row


def build(session: Session) -> None:
    """The page."""
    paragraph(ABOUT)
    for number, lesson in enumerate(LESSONS, 1):
        with ui.element("section").classes("tour-step").props(f'id="step-{number}"'):
            heading(f"{number}. {lesson.title}", 2)
            paragraph(lesson.said, "tour-said")
            to = session.link(lesson.page, lesson.state)
            Linked([(f"Look at it: step {number} on the {PAGES[lesson.page]} page", to)], "p").classes("tour-link")
            _sources(lesson)


def _sources(lesson: Lesson) -> None:
    with ui.element("details").classes("studio-note"):
        with ui.element("summary"):
            ui.label(f"Sources ({len(lesson.sources)})").style("display: inline")
        with ui.element("ul").classes("studio-list"):
            for name in lesson.sources:
                Linked([(name, f"/evidence?row={quote(name)}"), (f": {told(name)}", "")], "li")


def told(name: str) -> str:
    """A row of evidence in a line."""
    row = fact(name)
    words = next((row[key] for key in TOLD if row.get(key)), "")
    more = [
        row[key] for key in ("target", "recipient_cell", "value", "unit") if row.get(key) and not row.get("statement")
    ]
    return " ".join([words, *more, *([f"({row['source_id']})"] if row.get("source_id") else [])])
