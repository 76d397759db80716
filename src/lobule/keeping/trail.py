"""The trail of a folder of results: who wrote it when, from what, with which version, each step bound to those before.

It stands in the record (run.json, trial.json) under `trail`. Each step carries the checksum of the step before it, so
that none can be changed or taken out unseen; the last tells the checksums of the files as they are. The name is that
of the account, or what the environment variable LOBULE_USER says; an empty one leaves it out.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lobule.errors import LobuleError, ResultsError
from lobule.keeping.record import read_record
from lobule.keeping.writing import shown

TRAIL = "trail"
LONGEST = 500  # steps that a record keeps; of more the oldest are dropped, which the first one left then says


def gone_on(
    before: Sequence[Mapping[str, Any]], record: Mapping[str, Any], files: Mapping[str, str]
) -> list[dict[str, Any]]:
    """A trail with the step that writes a record at its end; the same one where nothing is written that was not there.

    Parameters
    ----------
    before : steps so far, see `trail_of`
    record : that will be written; its command, inputs and versions are told
    files : {name: checksum} of what belongs to it
    """
    kept = [dict(one) for one in before][-LONGEST + 1 :]
    versions = record.get("versions") or {}
    what = {
        "command": str(record.get("command", "trial")), "version": versions.get("lobule", ""),
        "inputs": [dict(one) for one in record.get("inputs") or []], "files": _of_files(files),
    }  # fmt: skip
    if kept and all(kept[-1][name] == value for name, value in what.items()):
        return [dict(one) for one in before]
    when = datetime.now(UTC).isoformat(timespec="seconds")
    step = {"when": when, "who": who(), **what, "previous": kept[-1]["checksum"] if kept else ""}
    return [*kept, {**step, "checksum": _checksum(step)}]


def who() -> str:
    """The account that writes, or what LOBULE_USER says; "" where it is set to nothing or there is no name."""
    told = os.environ.get("LOBULE_USER")
    if told is not None:
        return told.strip()[:200]
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers
        return ""


def check_trail(path: Path, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The steps of a record's trail, oldest first; none of a record that has no trail.

    Raises
    ------
    ResultsError : a step was changed, taken out, or the files are not those of the last step.
    """
    steps = record.get(TRAIL, [])
    whole = isinstance(steps, list) and all(isinstance(one, dict) for one in steps)
    previous = steps[0].get("previous") if whole and steps else ""
    for number, step in enumerate(steps if whole else (), start=1):
        plain = {name: value for name, value in step.items() if name != "checksum"}
        if step.get("checksum") != _checksum(plain) or step.get("previous") != previous:
            raise ResultsError(f"{shown(path)}: step {number} of the trail was changed, or one before it was taken out")
        previous = step["checksum"]
    finished = "files" in record  # else what was asked last is not done yet
    if not whole or (steps and finished and steps[-1].get("files") != _of_files(record["files"])):
        raise ResultsError(f"{shown(path)}: the files are not those that the last step of the trail wrote")
    return list(steps)


def trail_of(path: Path) -> list[dict[str, Any]]:
    """The steps of the record that stands there; none where it is missing, damaged or without a trail."""
    try:
        return check_trail(path, read_record(path))
    except LobuleError:
        return []


def _of_files(files: Mapping[str, str]) -> str:
    """One checksum of all files with theirs."""
    return hashlib.sha256(json.dumps(dict(sorted(files.items()))).encode()).hexdigest()


def _checksum(step: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(step, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
