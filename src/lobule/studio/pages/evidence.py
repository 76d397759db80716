"""Evidence: every number, equation and product, to be searched: value, range, grade, source, and where it is used.

A link ends with `#id`, such as /evidence#hbv_killing_rate, or says `row=id`.
"""

from __future__ import annotations

import asyncio
from functools import partial

from nicegui import ui

from lobule.answers.evidence import evidence_summary
from lobule.studio import catalogue
from lobule.studio.frame import heading, paragraph
from lobule.studio.linked import Linked
from lobule.studio.session import EVIDENCE, Session
from lobule.studio.table import Cell, Table

PATH, TITLE, ORDER = EVIDENCE, "Evidence", 90
HEADER = ["Name", "Kind", "What", "Grade"]
NUMBERS = ["Number", "Value", "Range", "Grade", "Source", "Note"]  # of a product
NOT_TYPED = 200  # milliseconds
# A link to #id opens that id; what stands before the hash is kept.
HASH = """
(() => {
  const open = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (!name || name === "main") return;
    const to = new URL(location.href);
    to.hash = "";
    to.searchParams.set("row", name);
    location.replace(to);
  };
  window.addEventListener("hashchange", open);
  open();
})();
"""


class EvidencePage:
    """The page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.kind = ""
        ui.run_javascript(HASH)
        row = session.own.get("row", "")
        words = session.own.get("search", "")
        with ui.element("search").classes("studio-bar"):
            self.words = (
                ui.input("Search: a name, a word, a source", value=words)
                .props(f'outlined dense clearable debounce="{NOT_TYPED}" type="search"')
                .classes("evidence-search")
            )
            kind = ui.select({"": "everything"} | catalogue.KINDS, value="", label="Kind").props("outlined dense")
        self.words.on_value_change(lambda: self._search())
        kind.on_value_change(lambda event: self._search(str(event.value)))
        self.one = ui.element("article").props('aria-live="polite"')
        self.found = ui.element("section").props('aria-label="What was found"')
        with self.found:
            self.count = ui.label("").classes("studio-note").props('role="status" aria-live="polite"')
            self.table = Table("What was found", HEADER)
        self._first()
        self.found.set_visibility(not row)
        ui.timer(0.05, partial(self._begin, row), once=True)

    async def _begin(self, row: str) -> None:
        """What the link asks for; the first time everything is gathered, which takes seconds."""
        if row:
            with self.one:
                paragraph("Looking it up ...")
            found = await asyncio.to_thread(catalogue.page, row)
            self.one.clear()
            with self.one:
                self._one(row, found)
        await self._search()

    async def _search(self, kind: str | None = None) -> None:
        self.kind = self.kind if kind is None else kind
        words = str(self.words.value or "")
        shown = bool(words.strip() or self.kind or not self.session.own.get("row"))
        self.found.set_visibility(shown)
        if words.strip() != self.session.own.get("search", ""):
            self.session.keep("search", words.strip() or None)
        if not words.strip() and not self.kind:
            self._first()
            return
        found, n = await asyncio.to_thread(catalogue.search, words, self.kind)
        if words != str(self.words.value or ""):
            return  # of before
        self.count.set_text(f"{n:,} found" + (f", the first {len(found)} are shown." if n > len(found) else "."))
        rows = [[one.id, one.kind, one.about, one.grade] for one in found]
        self.table.fill(HEADER, rows, links=[self.link(one.id) for one in found], caption="What was found")

    def _first(self) -> None:
        """Before anything is searched: what moves the outputs most, and how good it is."""
        whole = evidence_summary()
        self.count.set_text(whole["sentence"].removesuffix(":") + ".")
        rows = [
            [one["parameter"], one["grade"], f"{one['influence']:.2f}", one["output"]]
            for one in whole["most_influential"]
        ]
        self.table.fill(
            ["Name", "Grade", "Influence", "Most on"], rows, links=[self.link(row[0]) for row in rows],
            caption="The numbers that move the clinical outputs most: assumed and calibrated ones first",
        )  # fmt: skip

    def link(self, name: str) -> str:
        """Where one is shown; the state of the page stays in the link."""
        return self.session.row(name)

    def _one(self, name: str, found: catalogue.Page | None) -> None:
        """Everything that is known of one."""
        if found is None:
            heading("Nothing of that name", 2)
            paragraph(f"No number, quantity, cause, product, care or row of evidence is called {name}. "
                      f"{catalogue.like(name)}")  # fmt: skip
            return
        heading(found.entry.id, 2)
        paragraph(found.entry.about)
        Table(
            f"{found.entry.id}: what is known of it", ["What", "Value"], [self._fact(name, *one) for one in found.facts]
        )
        if found.numbers:
            heading("Its numbers", 2)
            Table(f"{found.entry.id}: its numbers", NUMBERS, [self._number(one) for one in found.numbers])
        for title, lines in found.lists.items():
            heading(title[:1].upper() + title[1:], 2)
            with ui.element("ul").classes("studio-list"):
                for line in lines:
                    Linked([(text, self.link(to) if to else "") for text, to in catalogue.pieces(line, name)], "li")
        if found.evidence:
            heading("Where it comes from", 2)
        for row in found.evidence:
            self._row(row)

    def _fact(self, name: str, what: str, value: str) -> list[Cell]:
        return [what, [(value, self.link(value))] if value in catalogue.entries() and value != name else value]

    def _number(self, one: dict[str, str]) -> list[Cell]:
        """A number of a product: it leads to the constant that it sets, and to each of its sources."""
        sources = [piece for word in one["source"].split() for piece in [*self._pieces(word), (" ", "")]][:-1]
        name = [(one["number"], self.link(one["sets"]) if one["sets"] in catalogue.entries() else "")]
        return [name, one["value"], one["range"], one["grade"], sources or "no source", one["note"]]

    def _pieces(self, word: str) -> list[tuple[str, str]]:
        return [(text, self.link(to) if to else "") for text, to in catalogue.pieces(word)]

    def _row(self, row: dict[str, str]) -> None:
        """A row of evidence."""
        with ui.element("div").classes("evidence-row"), ui.element("dl"):
            for key, value in row.items():
                with ui.element("dt"):
                    ui.label(key.replace("_", " ")).style("display: inline")
                with ui.element("dd"):
                    to = self.link(value) if value in catalogue.entries() else ""
                    Linked([(str(value), to)])


def build(session: Session) -> None:
    """The page."""
    EvidencePage(session)
