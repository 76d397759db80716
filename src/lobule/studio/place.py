"""A file that a question needs: dropped or taken from the examples, read at once by the reader of its command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from nicegui import ui

from lobule.errors import InputError, LobuleError
from lobule.studio.drop import ENDINGS_OF_TABLES, Drop
from lobule.studio.incoming import Incoming, example


class Place:
    """The place.

    Parameters
    ----------
    label : what to drop
    reads : says in words what it finds in the file of a path, or raises a LobuleError
    name : of the file in the folder of a job, without its ending
    endings : of names that are taken
    shown : an example that comes with lobule, and the words of the button that takes it
    taken : is called when a file was read
    """

    def __init__(
        self, label: str, reads: Callable[[Path], str], name: str = "table",
        endings: tuple[str, ...] = ENDINGS_OF_TABLES, shown: tuple[Incoming, str] | None = None,
        taken: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self.file: Incoming | None = None
        self._reads, self._name, self._taken = reads, name, taken
        self._last: Incoming | None = None  # that was dropped, whether it could be read or not
        with ui.element("div").classes("studio-controls") as self._all:
            self.drop = Drop(label, self._take, endings)
            if shown is not None:
                ui.button(shown[1], on_click=lambda: self._show(shown[0])).props("flat no-caps")

    @property
    def own(self) -> str:
        """Name of the file in the folder of a job."""
        assert self.file is not None
        return f"{self._name}{PurePosixPath(self.file.own).suffix}"

    def wanted(self, what: str) -> Incoming:
        """The file; raises InputError where there is none."""
        if self.file is None:
            raise InputError(f"drop {what} first, or take the example")
        return self.file

    def show(self, there: bool) -> None:
        """Whether it is there."""
        self._all.set_visibility(there)

    async def again(self) -> None:
        """Read the file once more, as what decides how it is read has changed."""
        if self._last is not None:
            await self._show(self._last)

    async def _show(self, file: Incoming) -> None:
        try:
            self.drop.tell(await self._take(file.name, file.content))
        except LobuleError as error:
            self.drop.tell(str(error), wrong=True)

    async def _take(self, name: str, content: bytes) -> str:
        self._last = file = Incoming(name, content)
        said = await file.read(self._reads)
        self.file = file
        self._taken()
        return f"{name}: {said}"


def packaged(file: str, word: str, name: str = "") -> tuple[Incoming, str]:
    """An example that comes with lobule under the name that a page shows, and the words of its button."""
    found = example(file)
    return Incoming(name or file, found.content), word
