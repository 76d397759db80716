"""A page that somebody has open: its state, the worker behind it, where its links go."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from nicegui import ui
from nicegui.client import Client

from lobule.errors import InputError, LobuleError
from lobule.studio.jobs import ROOT, Jobs
from lobule.studio.like import Like, job_of, like_of
from lobule.studio.ready import ready
from lobule.studio.state import Field, State
from lobule.studio.worker import Found, Told, Worker

PIN, MOST_PINS = "pin", 4
EVIDENCE = "/evidence"

OWN = ("job", "row", "search", "table", "like")  # what a link can say beside the state
CARRIED = ("like",)  # of these, what links to other pages say too


class Session:
    """What a page builds itself from.

    Attributes
    ----------
    state : the scenario that the page shows; `change` and `replace` give it another one
    worker : of the process
    path : of the page
    own : what the link says beside the state, such as the job that is looked at
    jobs, owner : long work, and whose of it this is
    pins : up to four other states that are kept beside it
    wrong : what is wrong with the link that opened it, None where nothing is
    like : the patient whose labs were dropped, and the virtual one; None where there is none
    """

    def __init__(
        self, worker: Worker, path: str, query: str, client: Client, jobs: Jobs | None = None, owner: str = ""
    ) -> None:
        self.worker, self.path, self.client = worker, path, client
        self.jobs, self.owner = Jobs(ROOT) if jobs is None else jobs, owner
        self.own, query = _apart(query)
        self.wrong: LobuleError | None = None
        self.state, self.pins = ready(), []  # type: State, list[State]
        try:
            asked, self.pins = _read(query)
            if asked.data:
                self.state = asked
        except InputError as error:
            self.wrong = error
        self.like = self._found_like()
        self._listeners: list[Callable[[State], Any]] = []
        self._loop = asyncio.get_running_loop()
        self._owners: set[tuple[str, str]] = set()
        client.on_delete(self._close)

    def link(self, path: str, state: State | None = None) -> str:
        """The address of a page with a state, this one's where none is given."""
        query = (self.state if state is None else state).query()
        query += "".join(f"&{urlencode({PIN: pin.query()})}" for pin in self.pins)
        query += "".join(f"&{urlencode({name: self.own[name]})}" for name in CARRIED if name in self.own)
        return f"{path}?{query}"

    def row(self, name: str) -> str:
        """The address where the evidence tells of a parameter, a quantity or a cause; the state stays in the link."""
        return f"{self.link(EVIDENCE)}&row={quote(name)}"

    def on_change(self, listen: Callable[[State], Any]) -> None:
        """Call it with the new state whenever that changes."""
        self._listeners.append(listen)

    def change(self, *changes: tuple[Field, Any]) -> None:
        """Give fields of the state other values; None takes one out. Its title, which was of what it was, goes."""
        self.replace(self.state.having((("title",), None), *changes))

    def replace(self, state: State) -> None:
        """Show another state; the address of the page holds it at once, so that a reload shows the same."""
        if state.data != self.state.data:
            self.state = state
            self._changed()

    def take_like(self, word: str, state: State) -> None:
        """Show a state whose subject is like somebody whose labs were dropped.

        word : of her job, see `lobule.studio.like.word_of`; "" for nobody
        """
        self.own = {name: one for name, one in self.own.items() if name != "like"} | ({"like": word} if word else {})
        self.like, self.state = self._found_like(), state
        self._changed()

    def _found_like(self) -> Like | None:
        job = job_of(self.own.get("like", ""), self.jobs, self.owner)
        return None if job is None else like_of(job)

    def pin(self, states: list[State]) -> None:
        """Keep other states beside the page's own, in all links from now on."""
        self.pins = states[:MOST_PINS]
        self._changed()

    def _changed(self) -> None:
        with self.client:
            ui.run_javascript(f"history.replaceState(history.state, '', {_safe(self._here())})")
            for listen in self._listeners:
                listen(self.state)

    def keep(self, name: str, value: str | None) -> None:
        """Have the link say something beside the state, or no longer; `name` is one of OWN."""
        self.own = {one: known for one, known in self.own.items() if one != name} | ({name: value} if value else {})
        with self.client:
            ui.run_javascript(f"history.replaceState(history.state, '', {_safe(self._here())})")

    def _here(self) -> str:
        """The address of the page as it is."""
        own = urlencode({name: one for name, one in self.own.items() if name not in CARRIED})
        link = self.link(self.path)
        return f"{link}{'&' if '?' in link else '?'}{own}" if own else link

    def open(self, path: str, state: State | None = None, **own: str) -> None:
        """Go to another page with a state, and with what its link says beside it."""
        with self.client:
            ui.navigate.to(self.link(path, state) + "".join(f"&{urlencode({name: one})}" for name, one in own.items()))

    def ask(
        self,
        outputs: tuple[str, ...],
        tell: Callable[[Told], Any],
        state: State | None = None,
        slot: str = "",
        members: int | None = None,
    ) -> None:
        """Ask the worker for a run of the state; `tell` is called on the page, with twins and then with the band.

        Parameters
        ----------
        state : another one than the page's own
        slot : for pages that ask for several runs; the newest of a slot counts
        """
        owner = (self.client.id, slot)
        self._owners.add(owner)
        wanted = self.state if state is None else state
        self.worker.ask(owner, wanted, outputs, partial(self._back, tell), members)

    def do(self, key: Hashable, work: Callable[[], Any], tell: Callable[[Found], Any], slot: str) -> None:
        """Ask the worker for other work of a second or two; `tell` is called on the page.

        Parameters
        ----------
        key : the same for the same value
        slot : the newest of a slot counts
        """
        owner = (self.client.id, slot)
        self._owners.add(owner)
        self.worker.do(owner, key, work, partial(self._back, tell))

    def _back(self, tell: Callable[[Any], Any], told: Any) -> None:
        """From the worker's thread to the page, where it is still open."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._deliver, tell, told)

    def _deliver(self, tell: Callable[[Any], Any], told: Any) -> None:
        if self.client.id in Client.instances:
            with self.client:
                tell(told)

    def _close(self) -> None:
        for owner in self._owners:
            self.worker.forget(owner)


def _apart(query: str) -> tuple[dict[str, str], str]:
    """What a link says beside the state, and the query of the state.

    >>> _apart("until=63+d&job=7f")
    ({'job': '7f'}, 'until=63+d')
    """
    parts = query.split("&") if query else []
    own = dict(parse_qsl("&".join(part for part in parts if part.partition("=")[0] in OWN)))
    return own, "&".join(part for part in parts if part.partition("=")[0] not in OWN)


def _read(query: str) -> tuple[State, list[State]]:
    """The state of a link, and those that are pinned."""
    parts = query.split("&")
    pins = [parse_qsl(part)[0][1] for part in parts if part.startswith(f"{PIN}=") and parse_qsl(part)]
    own = "&".join(part for part in parts if not part.startswith(f"{PIN}="))
    return State.of_query(own), [State.of_query(pin) for pin in pins[:MOST_PINS]]


def _safe(text: str) -> str:
    """A text as JavaScript has it, also inside a page."""
    return json.dumps(text).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
