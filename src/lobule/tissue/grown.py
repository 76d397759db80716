"""A tissue from its first day to its last, kept on the way: the same call after a stop goes on where it was."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path

from lobule.keeping import keep, kept
from lobule.model.digest import digest
from lobule.progress import say
from lobule.tissue.growing import SAME_TIME, Frame, Growing
from lobule.tissue.resume import resumed, to_bytes

KEEP_AFTER = 20.0  # seconds of work that a stop may cost


def name_of(tissue: Growing, frames: Sequence[float]) -> str:
    """The name under which a tissue under way is kept: everything that its numbers depend on."""
    code = "".join(sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(__file__).parent.glob("*.*")))
    events = [[e.time, e.target, e.kind, e.value] for e in tissue.lanes.events]
    values = {name: float(column[-1]) for name, column in sorted(tissue.lanes.constants.items())}
    asked = [tissue.subject.to_dict(), events, values, tissue.lobules, tissue.seed, tissue.zoned, tissue.measures]
    text = json.dumps([digest(), code, asked, list(frames)], default=str)
    return f"tissue-{hashlib.sha256(text.encode()).hexdigest()[:24]}.npz"


def grown(tissue: Growing, until: float, frames: Sequence[float], what: str = "tissue") -> list[Frame]:
    """Run a tissue to a day; gives a frame for each of the days asked for.

    Raises
    ------
    SimulationError : a patch that could not be solved.
    """
    name = name_of(tissue, frames)
    before = kept(name)
    found = [] if before is None else resumed(tissue, before)
    start, last_kept = tissue.subject.history_days, time.monotonic()
    waiting = sorted(day for day in frames if day + start > tissue.lanes.day + SAME_TIME)
    begun, end = tissue.lanes.day, start + until
    for day in tissue.windows(until, frames):
        say(f"days of the {what}", int(tissue.lanes.day), int(end))
        tissue.window(day)
        while waiting and day - start >= waiting[0] - SAME_TIME:
            found.append(tissue.frame(waiting.pop(0)))
        if time.monotonic() - last_kept > KEEP_AFTER:
            keep(name, to_bytes(tissue, found))
            last_kept = time.monotonic()
    if tissue.lanes.day > begun:
        keep(name, to_bytes(tissue, found))
    return found
