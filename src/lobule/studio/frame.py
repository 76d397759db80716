"""What all pages share: the head with links between them, the foot, light and dark, and how a mistake is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from types import ModuleType

from nicegui import ui

from lobule.errors import LobuleError
from lobule.simulation.program import INTENDED_USE
from lobule.studio.session import Session

HEAD = """<link rel="stylesheet" href="/static/uplot/uPlot.min.css">
<link rel="stylesheet" href="/static/studio/studio.css">
<link rel="stylesheet" href="/static/studio/work.css">
<script src="/static/uplot/uPlot.iife.min.js"></script><meta name="color-scheme" content="light dark">"""
THEMES = {"auto": None, "light": False, "dark": True}


@contextmanager
def framed(session: Session, page: ModuleType, pages: list[ModuleType]) -> Iterator[None]:
    """A page with head and foot; its own content goes inside."""
    ui.add_head_html(HEAD)
    ui.colors(primary="#00507d", negative="#a32b00")
    dark = ui.dark_mode(None)
    with ui.element("a").classes("studio-skip").props('href="#main"'):
        ui.label("To the content")
    with ui.element("header").classes("studio-head"):
        with ui.element("a").classes("studio-name").props(f'href="{escape(session.link("/"))}"'):
            ui.label("lobule studio")
        with ui.element("nav").classes("studio-pages").props('aria-label="Pages"'):
            links = [(one, _link(one, session, here=one is page)) for one in pages]
        ui.select(list(THEMES), value="auto", on_change=lambda event: dark.set_value(THEMES[event.value])).props(
            'dense borderless options-dense aria-label="Light or dark"'
        )
    session.on_change(lambda _: _point(session, links))
    with ui.element("main").classes("studio-main").props('id="main" tabindex="-1"'):
        heading(page.TITLE)
        if session.wrong is not None:
            ui.label(f"{sentence(session.wrong)} What is shown is the ready example.").classes("studio-wrong").props(
                'role="alert"'
            )
        yield
    with ui.element("footer").classes("studio-foot"):
        ui.label(INTENDED_USE)


def heading(text: str, level: int = 1) -> None:
    """A heading of the page."""
    with ui.element(f"h{level}"):
        _text(text)


def paragraph(text: str, classes: str = "studio-note") -> None:
    """Plain text; nothing in it is read as a mark-up."""
    with ui.element("p").classes(classes):
        _text(text)


def sentence(error: LobuleError) -> str:
    """What is wrong, without the place in a file that nobody sees.

    >>> sentence(LobuleError('the page, line 3, plan.0.dose: no unit'))
    'No unit.'
    """
    text = str(error)
    if text.startswith("the page"):
        text = text.partition(": ")[2] or text
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _text(text: str) -> None:
    ui.label(text).style("display: inline")


def _link(page: ModuleType, session: Session, here: bool) -> ui.element:
    link = ui.element("a")
    link._props["href"] = session.link(page.PATH)
    if here:
        link._props["aria-current"] = "page"
    with link:
        ui.label(page.TITLE)
    return link


def _point(session: Session, links: list[tuple[ModuleType, ui.element]]) -> None:
    """Links take the state along, as it is now."""
    for page, link in links:
        link._props["href"] = session.link(page.PATH)
        link.update()
