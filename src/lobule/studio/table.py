"""A table of a page: text and numbers, pushed as they are, never read as a mark-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import ui

Cell = str | list[tuple[str, str]]  # a text, or pieces of it, each with where it leads ("": nowhere)


class Table(ui.element, component="static/table.js"):
    """A table.

    Parameters
    ----------
    caption : what it holds; also its name for who does not see it
    header, rows : its cells
    more : rows that are not shown
    picked : makes the first cell of each row a button, and is given the number of its row
    """

    def __init__(
        self, caption: str, header: Sequence[str] = (), rows: Sequence[Sequence[Cell]] = (), more: int = 0,
        picked: Callable[[int], Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self._props |= {"caption": caption, "pick": picked is not None}
        self.fill(header, rows, more)
        if picked is not None:
            self.on("picked", lambda event: picked(int(event.args)))

    def fill(
        self, header: Sequence[str], rows: Sequence[Sequence[Cell]], more: int = 0, caption: str = "",
        links: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        """Show other rows; `links` are where the first cell of each leads."""
        self._props |= {"header": list(header), "rows": [list(row) for row in rows], "more": more}
        if links is not None:
            self._props["links"] = list(links)
        if caption:
            self._props["caption"] = caption
        self.update()
