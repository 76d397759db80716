"""A line of a page in which names are links; nothing of it is read as a mark-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui

from lobule.studio.session import Session


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


class Leads:
    """A line that leads to what the evidence has on what is chosen; of the same choice it is not built anew.

    Parameters
    ----------
    session : whose links they are
    """

    def __init__(self, session: Session) -> None:
        self._session, self._shown = session, {}  # type: Session, Mapping[str, str]
        self._place = ui.element("p").classes("studio-note")

    def show(self, names: Mapping[str, str], said: str = "") -> None:
        """Show links.

        Parameters
        ----------
        names : {word: what of the evidence it leads to}; nothing is shown where there is none
        said : before them
        """
        if names == self._shown:
            return
        self._shown = dict(names)
        self._place.clear()
        if not names:
            return
        pieces = [piece for word, name in names.items() for piece in ((word, self._session.row(name)), (", ", ""))]
        with self._place:
            Linked([*([(said, "")] if said else []), *pieces[:-1]], plain=True)
