"""Drafts: files and folders under way, which tell whose they are, so that what a kill left is removed."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import socket
import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path

STALE = 86_400.0  # seconds after which the draft of another machine counts as left over


def new_draft(folder: Path) -> Path:
    """A free name beside the final one; it tells whose it is, so that it can be removed after a kill."""
    _swept(str(folder))
    return folder / f".lobule-{_machine()}-{os.getpid()}-{uuid.uuid4().hex[:8]}.part"


@cache
def _machine() -> str:
    """This machine, and inside a container this one: where a number of a process means something."""
    try:
        inside = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        inside = 0
    return hashlib.sha256(f"{socket.gethostname()} {inside}".encode()).hexdigest()[:8]


@cache
def _swept(folder: str) -> None:
    sweep(folder)


def sweep(folder: str | Path) -> None:
    """Remove drafts of processes that live no more."""
    with suppress(OSError):
        for entry in os.scandir(folder):
            match = re.fullmatch(r"\.lobule-([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.part", entry.name)
            if match and not _alive(entry, match[1], int(match[2])):
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)


def _alive(draft: os.DirEntry[str], machine: str, process: int) -> bool:
    if machine != _machine() or os.name != "posix":
        return time.time() - draft.stat(follow_symlinks=False).st_mtime < STALE
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True  # somebody else's
    return True
