"""A place where a file is dropped or chosen: it comes in as bytes, counted, and what is wrong with it stands there.

Its name is shown as text and gives its kind; it never becomes a path.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote
from weakref import WeakValueDictionary

from nicegui import ui
from nicegui.client import Client
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from lobule.errors import LobuleError, one_line
from lobule.studio.frame import sentence

MOST_BYTES = 20 << 20
LONGEST_NAME = 120
PATH = "/drop"
ENDINGS_OF_TABLES = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet")
ENDINGS_OF_YAML = (".yaml", ".yml")
Take = Callable[[str, bytes], Awaitable[str] | str]

_places: WeakValueDictionary[str, Drop] = WeakValueDictionary()


class Drop(ui.element, component="static/drop.js"):
    """The place.

    Parameters
    ----------
    label : what to drop
    take : is given the name (a text) and the content; says in words what it found, or raises a LobuleError
    endings : of names that are taken
    hint : what stands below before anything is dropped
    """

    def __init__(self, label: str, take: Take, endings: tuple[str, ...], hint: str = "") -> None:
        super().__init__()
        self._take, self._endings = take, endings
        self.key = secrets.token_hex(16)
        self._props |= {
            "label": label, "hint": hint or f"{', '.join(endings)}; at most {MOST_BYTES >> 20} MB", "said": "",
            "accept": ",".join(endings), "url": f"{PATH}/{self.key}", "most": MOST_BYTES, "wrong": False,
        }  # fmt: skip
        _places[self.key] = self
        self.on("refused", lambda event: self.tell(*refused(event.args)))

    async def come(self, name: str, content: bytes) -> None:
        """Take a file, and say what came of it."""
        name = one_line(PurePosixPath(name.replace("\\", "/")).name)[:LONGEST_NAME]
        if not name.lower().endswith(self._endings):
            self.tell(f"{name}: none of {', '.join(self._endings)}.", wrong=True)
            return
        try:
            said = self._take(name, content)
            self.tell(said if isinstance(said, str) else await said)
        except LobuleError as error:
            told = str(error)
            self.tell(f"{told.rstrip('.')}." if told.startswith(name) else sentence(error), wrong=True)

    def tell(self, said: str, wrong: bool = False) -> None:
        """Show words below."""
        self._props |= {"said": said, "wrong": wrong}
        self.update()


def refused(args: Any) -> tuple[str, bool]:
    """What is said of a file that a browser did not send, or that did not arrive."""
    large = isinstance(args, dict) and isinstance(args.get("size"), int | float) and args["size"] > MOST_BYTES
    return (f"A file may have {MOST_BYTES >> 20} MB." if large else "The file did not arrive; try again."), True


def routes() -> list[Route]:
    """What answers when a file comes in."""
    return [Route(f"{PATH}/{{key}}", _come, methods=["POST"])]


async def _come(request: Request) -> Response:
    place = _places.get(request.path_params["key"])
    if place is None or place.client.id not in Client.instances:
        return Response("this page is closed", status_code=404)
    content = bytearray()
    try:
        async for piece in request.stream():
            content += piece
            if len(content) > MOST_BYTES:
                return Response("too large", status_code=413)
    except ClientDisconnect:
        return Response(status_code=400)
    with place.client:
        await place.come(unquote(request.headers.get("x-file-name", ""), errors="replace"), bytes(content))
    return Response(status_code=204)
