"""From a run in a notebook to the page that shows it: `lobule.studio(run)`."""

from __future__ import annotations

import atexit
import html
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lobule.errors import InputError, ResultsError
from lobule.optional import needs
from lobule.simulation.run import Run
from lobule.studio.ready import ready
from lobule.studio.state import State, library

OF_A_SUBJECT = ("species", "body_weight", "strain", "etiology", "years", "intensity", "treated_with", "treated_years",
                "precipitant", "precipitant_dose", "precipitant_days", "stage", "meld", "wishes", "age", "sex",
                "without_spleen")  # fmt: skip
OF_A_PART = ("product", "care", "dose", "route", "start", "until", "every", "over", "n", "when")
INJURY = {"cause": "injury", "dose": "injury_dose", "every": "injury_every", "duration": "duration"}
EXPERIMENTS = ("without", "clamp", "scale")
WAIT = 60.0  # seconds until the pages must be there
_servers: list[tuple[subprocess.Popen[bytes], int]] = []


@dataclass(frozen=True)
class Page:
    """The address of a page; shows itself in a notebook as a link."""

    address: str

    def __str__(self) -> str:
        return self.address

    def _repr_html_(self) -> str:
        return f'<a href="{html.escape(self.address)}" target="_blank" rel="noopener">lobule studio</a>'


def show(run: Run | None = None, *, browser: bool = True) -> Page:
    """Open the studio on a run, or on the ready example; the pages are there as long as this Python is.

    Parameters
    ----------
    run : as `simulate` gives it
    browser : open it in a new tab, too

    Raises
    ------
    InputError : a run that no scenario says, such as one with an experiment or a product of a file.
    NotInstalled : what the pages need is not there. ResultsError : the pages did not come.
    """
    state = ready() if run is None else state_of(run)
    needs("nicegui", extra="studio")
    page = Page(f"http://127.0.0.1:{_port()}/?{state.query()}")
    if browser:
        webbrowser.open_new_tab(page.address)
    return page


def state_of(run: Run) -> State:
    """The scenario that a run is of; raises InputError where there is none."""
    if not isinstance(run, Run):
        raise InputError("the studio opens on a run, as lobule.simulate gives it")
    who, settings = run.record["subject"], run.record["settings"]
    odd = [name for name in EXPERIMENTS if settings.get(name)] + (["varied"] if who.get("varied") else [])
    if odd:
        raise InputError(f"a run with {' and '.join(odd)} is an experiment, which no scenario says")
    subject = _filled({name: who.get(name) for name in OF_A_SUBJECT})
    if who.get("injury"):
        subject["injury"] = _filled({name: who.get(own) for name, own in INJURY.items()})
    parts = [_filled({name: part.get(name) for name in OF_A_PART}) for part in run.record["plan"] or ()]
    for part in parts:
        if "product" in part and not library(part["product"]):
            raise InputError(f"{part['product']} is no product of the library, and a page opens no files")
    data = _filled({"title": run.record["title"], "subject": subject, "plan": parts, "until": settings["until"],
                    "sample_every": settings["sample_every"], "hypotheses": settings.get("hypotheses"),
                    "reading": settings.get("reading")})  # fmt: skip
    state = State(data)
    _ = state.scenario  # tells what no scenario can hold
    return state


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {}, 0.0, False)}


def _port() -> int:
    """Of the studio of this Python, which is started where there is none."""
    if _servers and _servers[-1][0].poll() is None:
        return _servers[-1][1]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "lobule", "studio", "--no-browser", "--port", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.terminate)
    _servers.append((process, port))
    until = time.monotonic() + WAIT
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return port
        time.sleep(0.1)
    raise ResultsError("the studio did not start; `lobule studio` in a terminal says why")
