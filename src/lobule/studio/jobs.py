"""Long work, in processes: a job is a folder that holds what was asked, how far it has come, and what came out.

It runs the very command that a terminal runs, in a session of its own and within limits (`lobule.studio.runner`), so
that it goes on when a page is closed or the server is started anew. Whoever looks reads the folder: nothing of a job
is kept in memory alone. A folder holds

    asked.json     kind, title, owner, what the page held, when
    command.json   the command and its limits
    process.json   the process and what tells it from a later one of the same number
    progress.json  step, done, total (`lobule.cli.progress`)
    cancelled.json somebody wanted it to end
    ended.json     exit code
    said.txt, log.txt   standard output and standard error
    out/           the results
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lobule.errors import InputError, ResultsError, shortened
from lobule.keeping import Shelf, write_text
from lobule.studio.runner import identity

RUNNER = Path(__file__).with_name("runner.py")
COMMAND = (sys.executable, "-P", "-m", "lobule")  # -P: a file of a job is no module
OUT = "out"
ROOT = Path("results") / "studio"  # where the commands put their results too
INPUT = re.compile(r"[a-z_]{1,30}\.[a-z]{2,8}")
WAITING, RUNNING, DONE, FAILED, CANCELLED = "waiting", "running", "done", "failed", "cancelled"
OF_A_TRY = ("process.json", "progress.json", "said.txt", "log.txt", "begins.json", "ended.json", "cancelled.json")
OWN = (*OF_A_TRY, "asked.json", "command.json")
OVER = (DONE, FAILED, CANCELLED)
MOST_JOBS = 500  # of one folder
MOST_WAITING = 20
LOG = 20_000  # bytes of what a command said, that are shown
BEGINS = 20.0  # seconds in which a process writes that it is there
ENDS = 1.0  # seconds that a command has to end by itself
LOOKS = 0.5  # seconds between two looks at what waits
STOPPED_BY = {-signal.SIGXCPU: "it took more time of computing than a job may take",
              -signal.SIGXFSZ: "it wrote more than a job may write"}  # fmt: skip
ENDED_FROM_OUTSIDE = "it ended without a word: stopped from outside, or the machine was started anew"


@dataclass(frozen=True)
class Limits:
    """What a command may take: bytes of memory, seconds of computing of each of its processes, bytes of one file."""

    memory: int = 8 << 30
    seconds: int = 6 * 3600
    file: int = 4 << 30


@dataclass(frozen=True)
class Job:
    """A job as its folder shows it.

    Attributes
    ----------
    id, kind, title, owner : of whoever asked
    page : what the page held that asked
    state : "waiting", "running", "done", "failed" or "cancelled"
    step, done, total, left : how far it has come; total and left (seconds) are None where nobody knows
    asked, began, ended : seconds since 1970, None where that was not yet
    soon : a page waits for it: it does not stand behind the others
    reason : why it failed, in a sentence
    folder, out : of the job, and of its results
    """

    id: str
    kind: str
    title: str
    owner: str
    page: Mapping[str, Any]
    state: str
    folder: Path
    asked: float
    soon: bool = False
    began: float | None = None
    ended: float | None = None
    step: str = ""
    done: int = 0
    total: int | None = None
    left: float | None = None
    reason: str = ""

    @property
    def out(self) -> Path:
        """The folder of its results."""
        return self.folder / OUT

    @property
    def over(self) -> bool:
        """Nothing more happens."""
        return self.state in OVER

    def inputs(self) -> dict[str, bytes]:
        """{name: content} of the files that it was asked with."""
        with suppress(OSError):
            return {one.name: one.read_bytes() for one in sorted(self.folder.iterdir())
                    if INPUT.fullmatch(one.name) and one.name not in OWN}  # fmt: skip
        return {}

    def command(self) -> str:
        """The command, as one types it in a folder with these files."""
        arguments = (_json(self.folder / "command.json") or {"arguments": []})["arguments"]
        return shlex.join(["lobule", *arguments])

    def log(self) -> str:
        """The end of what the command said."""
        parts = [_end_of(self.folder / name) for name in ("said.txt", "log.txt")]
        return "\n".join(filter(None, parts))


@dataclass
class Jobs:
    """All jobs of a folder.

    Attributes
    ----------
    root : the folder; made with the first job
    at_once : how many commands run at one time, of those that are wanted soon and of all others; the rest waits
    limits : of each
    command : what is run, before the arguments of a job
    """

    root: Path
    at_once: int = 1
    limits: Limits = Limits()
    command: Sequence[str] = COMMAND
    _shelf: Shelf = field(init=False, repr=False)
    _children: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)
    _over: threading.Event = field(default_factory=threading.Event, repr=False)
    _watcher: threading.Thread | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self._shelf = Shelf(self.root)
        self.root = self._shelf.root

    def submit(
        self, kind: str, title: str, arguments: Sequence[str], inputs: Mapping[str, bytes], *, owner: str = "",
        page: Mapping[str, Any] | None = None, soon: bool = False,
    ) -> str:  # fmt: skip
        """Put a job into the queue; gives its id.

        Parameters
        ----------
        kind, title, owner : told when it is listed; a title may be anybody's text
        arguments : of the command, which runs in the folder of the job; results belong into "out"
        inputs : {name: content} of files that are written there; a name is ours, such as "table.csv", no user's
        page : what the page held, as plain data
        soon : it waits only for others that are wanted as soon

        Raises
        ------
        InputError : too many jobs are kept or wait. ResultsError : the system refuses.
        """
        known = self.listed()
        if len(known) >= MOST_JOBS:
            raise InputError(f"{MOST_JOBS} jobs are kept here; delete some first")
        if sum(one.state == WAITING for one in known) >= MOST_WAITING:
            raise InputError(f"{MOST_WAITING} jobs wait already; come back when some are done")
        name = secrets.token_hex(16)
        assert all(INPUT.fullmatch(file) for file in inputs), list(inputs)
        asked = {"kind": kind, "title": title, "owner": owner, "page": dict(page or {}), "asked": time.time(),
                 "soon": soon}  # fmt: skip
        command = {"command": [*self.command, *arguments], "arguments": list(arguments), "limits": asdict(self.limits)}
        own = {"asked.json": json.dumps(asked).encode(), "command.json": json.dumps(command).encode()}
        self._shelf.add(name, {**inputs, **own})
        self.look()
        return name

    def job(self, name: str, owner: str | None = None) -> Job | None:
        """A job by its id; None where there is none, or it is somebody else's.

        Parameters
        ----------
        owner : who asks; None for whoever runs the server
        """
        folder = self._shelf.place(name)
        found = None if folder is None else _read(folder)
        return found if found is not None and owner in (None, found.owner) else None

    def listed(self, owner: str | None = None, kind: str | None = None) -> list[Job]:
        """Jobs, the newest first."""
        found = (self.job(name, owner) for name in self._shelf.names())
        kept = [one for one in found if one is not None and kind in (None, one.kind)]
        return sorted(kept, key=lambda one: -one.asked)

    def cancel(self, name: str, owner: str | None = None) -> None:
        """End a job; its process and all that it started are gone when this returns, within two seconds."""
        job = self.job(name, owner)
        if job is None or job.over:
            return
        with self._shelf.alone():
            write_text(job.folder / "cancelled.json", json.dumps({"ended": time.time()}))
            process = _process(job.folder)
        if process is None:
            return
        for how, seconds in ((signal.SIGTERM, ENDS), (signal.SIGKILL, ENDS)):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process, how)
            if self._gone(process, seconds):
                return

    def again(self, name: str, owner: str | None = None) -> None:
        """Put a job that was cancelled or failed into the queue again; a trial goes on where it was."""
        job = self.job(name, owner)
        if job is None or job.state not in (CANCELLED, FAILED):
            return
        with self._shelf.alone():
            self._shelf.without(name, OF_A_TRY)
        self.look()

    def delete(self, name: str, owner: str | None = None) -> None:
        """Remove a job and its results; one that runs is ended first."""
        self.cancel(name, owner)
        if self.job(name, owner) is not None:
            self._shelf.drop(name)

    def look(self) -> None:
        """Start what waits, where there is room."""
        if not self._shelf.names():
            return
        with self._shelf.alone():
            self._children = [child for child in self._children if child.poll() is None]
            known = self.listed()
            for soon in (True, False):
                alike = [one for one in known if one.soon is soon]
                room = self.at_once - sum(one.state == RUNNING for one in alike)
                waiting = sorted((one for one in alike if one.state == WAITING), key=lambda one: one.asked)
                for one in waiting[: max(room, 0)]:
                    self._begin(one.folder)

    def start(self) -> None:
        """Look again and again, in a thread of its own, until `stop`."""
        self._shelf.sweep()
        self._over.clear()
        self._watcher = threading.Thread(target=self._watch, name="jobs", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Look no more; what runs goes on, what waits is started by the next who looks."""
        self._over.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None

    def _watch(self) -> None:
        while not self._over.is_set():
            with suppress(ResultsError):  # a full disk today is none tomorrow
                self.look()
            self._over.wait(LOOKS)

    def _begin(self, folder: Path) -> None:
        write_text(folder / "begins.json", json.dumps({"at": time.time()}))
        place = {"LOBULE_PROGRESS": str(folder / "progress.json"), "PYTHONPATH": _absolute()}
        self._children.append(
            subprocess.Popen(
                [sys.executable, "-I", "-S", str(RUNNER), str(folder)], env=os.environ | place, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )
        )  # fmt: skip

    def _gone(self, process: int, seconds: float) -> bool:
        """Whether all of a session are gone before the time is over."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for child in self._children:
                child.poll()
            with suppress(PermissionError):  # as some systems say of what only waits to be fetched
                try:
                    os.killpg(process, 0)
                except ProcessLookupError:
                    return True
            time.sleep(0.02)
        return False


def _read(folder: Path) -> Job | None:
    """A job as its folder shows it; None where it is none."""
    asked = _json(folder / "asked.json")
    if asked is None:
        return None
    progress = _json(folder / "progress.json") or {}
    process, ended = _json(folder / "process.json"), _json(folder / "ended.json")
    state, reason = _state(folder, process, ended)
    stopped = _json(folder / "cancelled.json") if state == CANCELLED else None
    return Job(
        id=folder.name, kind=asked["kind"], title=asked["title"], owner=asked["owner"], page=asked["page"],
        folder=folder, asked=asked["asked"], soon=bool(asked.get("soon")), state=state, reason=reason,
        began=process["began"] if process else None,
        ended=ended["ended"] if ended else stopped["ended"] if stopped else None,
        step=progress.get("step", ""), done=progress.get("done", 0), total=progress.get("total"),
        left=progress.get("left_s"),
    )  # fmt: skip


def _state(folder: Path, process: Mapping[str, Any] | None, ended: Mapping[str, Any] | None) -> tuple[str, str]:
    """State of a job, and why it failed."""
    cancelled = (folder / "cancelled.json").exists()
    if ended is not None:
        code = ended["code"]
        if code == 0 or (code == 1 and (folder / OUT).exists()):  # 1: done, and the answer is no
            return DONE, ""
        return (CANCELLED, "") if cancelled else (FAILED, _reason(folder, code))
    if cancelled:
        return CANCELLED, ""
    if process is not None:
        alive = process["identity"] and identity(process["process"]) == process["identity"]
        if not alive and (folder / "ended.json").exists():  # it ended while we looked
            return _state(folder, process, _json(folder / "ended.json"))
        return (RUNNING, "") if alive else (FAILED, ENDED_FROM_OUTSIDE)
    begins = _json(folder / "begins.json")
    if begins is None:
        return WAITING, ""
    return (RUNNING, "") if time.time() - begins["at"] < BEGINS else (FAILED, ENDED_FROM_OUTSIDE)


def _reason(folder: Path, code: int) -> str:
    """Why a command failed: its own sentence, or what ended it."""
    if code in STOPPED_BY:
        return STOPPED_BY[code]
    log = _end_of(folder / "log.txt")
    if "MemoryError" in log or code == -signal.SIGKILL:
        return "it needed more memory than a job may take"
    told = [line for line in log.split("\nlobule: ") if line][-1:] if "lobule: " in log else []
    text = told[0].removeprefix("lobule: ").strip() if told else ""
    return shortened(text, 2000) if text else f"it ended with code {code}; its log says more"


def _process(folder: Path) -> int | None:
    """The leader of the session in which a job runs, where it is alive; waits for one that is about to begin."""
    until = time.monotonic() + ENDS
    while (folder / "begins.json").exists() and not (folder / "process.json").exists() and time.monotonic() < until:
        time.sleep(0.02)
    process = _json(folder / "process.json")
    if process is None or identity(process["process"]) != process["identity"]:
        return None
    return int(process["process"])


def _json(path: Path) -> dict[str, Any] | None:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        return found if isinstance(found, dict) else None
    return None


def _end_of(path: Path) -> str:
    """The end of a text file."""
    with suppress(OSError), open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - LOG))
        return file.read().decode("utf-8", "replace").strip()
    return ""


def _absolute() -> str:
    """PYTHONPATH for a process with another working folder."""
    return os.pathsep.join(os.path.abspath(one) for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one)
