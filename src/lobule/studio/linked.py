"""A line of a page in which names are links; nothing of it is read as a mark-up."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui


class Linked(ui.element, component="static/linked.js"):
    """The line.

    Parameters
    ----------
    pieces : (text, address or "")
    tag : of the element
    plain : in the letters of the page's own text, and not of equations
    """

    def __init__(self, pieces: Sequence[tuple[str, str]], tag: str = "span", plain: bool = False) -> None:
        super().__init__()
        if plain:
            self.classes("linked-plain")
        self._props |= {"pieces": [list(one) for one in pieces], "tag": tag}
