"""Folders of results: marked, replaced in one step, put back where a kill came between."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lobule.keeping.drafts import new_draft
from lobule.keeping.writing import as_path, end_of, read_own, told, write_text

MARK = "lobule.json"  # says which commands a folder of tables belongs to
RECORDS = {"results": "run.json", "trial": "trial.json", "calibration": "chain.npz"}  # marks of folders that have one
KINDS = {"run": "results", "demo": "results", "calibrate": "calibration"}  # of commands whose folders are not called so
GO_ON = ("trial", "calibration", "petab")  # files are added to what is there, and nothing is removed
PICTURES = {"figure.png", "figure.svg"}  # of a results folder, listed only when they are drawn
OF_THE_SYSTEM = {".DS_Store", "Thumbs.db", "desktop.ini"}  # a file browser leaves them anywhere


@contextmanager
def writing_into(folder: str | Path, kind: str | None = None) -> Iterator[Path]:
    """Give a folder for files, made where it is missing; what the system refuses inside the block is one sentence.

    Parameters
    ----------
    kind : command whose results these are; it marks a folder that is new, empty or marked before, so that
        `check_place` knows it again

    Raises
    ------
    ResultsError : the folder, or what is written inside the block, is refused.
    """
    folder = as_path(folder)
    with told(folder, "cannot write into"):
        folder.mkdir(parents=True, exist_ok=True)
        if kind is not None and (not strangers(folder, {MARK}) or (folder / MARK).is_file()):
            _mark(folder, results_of=sorted({*marked(folder), kind}))
        yield folder


@contextmanager
def new_folder(folder: str | Path) -> Iterator[Path]:
    """Give an empty draft of a folder; when the block ends well it stands in place, the older one gone, in one step.

    A link to a folder stays; its target is what is replaced. Raises ResultsError when the system refuses.
    """
    folder = as_path(folder)
    with told(folder):
        place = end_of(folder)
        mend(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        inside = place.is_dir() and (os.path.ismount(place) or not os.access(place.parent, os.W_OK | os.X_OK))
        draft = new_draft(place if inside else place.parent)
        draft.mkdir()
        try:
            yield draft
            if inside:
                _move_into(draft, place)
            else:
                _put_in_place(draft, place)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside another one, for files that are written while work is done; it is gone afterwards.

    A file of it can be put into the other without a second copy. Raises ResultsError when the system refuses.
    """
    with told(folder):
        made = not folder.parent.exists()
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = new_draft(folder.parent)
        draft.mkdir()
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        if made:
            with suppress(OSError):  # it holds something now
                folder.parent.rmdir()


def mend(place: Path) -> None:
    """Put back the older folder where a process died between its two renames (see `_put_in_place`)."""
    aside = _older(place)
    with suppress(OSError):
        if aside.is_dir():
            if place.exists():
                shutil.rmtree(aside, ignore_errors=True)
            else:
                aside.rename(place)


def _put_in_place(draft: Path, place: Path) -> None:
    if not place.exists():
        draft.rename(place)
    elif not _exchanged(draft, place):  # this file system cannot; `mend` knows the way back from between the two
        aside = _older(place)
        place.rename(aside)
        try:
            draft.rename(place)
        except BaseException:
            aside.rename(place)
            raise
        shutil.rmtree(aside, ignore_errors=True)


def _older(place: Path) -> Path:
    return place.parent / f".lobule-aside-{hashlib.sha256(os.fsencode(place.name)).hexdigest()[:16]}"


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two names in one step; False where the system cannot do that."""
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError, TypeError):  # neither Linux nor a C library that has it
        return False
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    if renameat2(here, os.fsencode(one), here, os.fsencode(other), ctypes.c_uint(exchange)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM):
        return False
    raise OSError(number, os.strerror(number), str(other))


def _move_into(draft: Path, place: Path) -> None:
    """For a folder that cannot be renamed, as a disk is: its records go first and come last, so that a kill is seen."""
    records = {MARK, *RECORDS.values()}
    for old in sorted(place.iterdir(), key=lambda path: path.name not in records):
        if old != draft:
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    for new in sorted(draft.iterdir(), key=lambda path: path.name in records):
        new.replace(place / new.name)


def strangers(folder: Path, own: set[str]) -> list[str]:
    """Names in a folder that are not its own."""
    names = set(os.listdir(folder)) - own - OF_THE_SYSTEM
    return sorted(name for name in names if not re.fullmatch(r"\.lobule-.*\.part", name))


def own_files(folder: Path) -> set[str]:
    """Names that a results folder lists as its own, or that the first edition gave its files."""
    record = json_of(folder / RECORDS["results"])
    if record is None:
        return set()
    listed = record.get("files")
    if isinstance(listed, dict):
        return {RECORDS["results"], *PICTURES, *listed, *(str(name).partition("/")[0] for name in listed)}
    names = set(os.listdir(folder))
    return {RECORDS["results"], *PICTURES, *(n for n in names if n.endswith((".nc", ".csv")))}


def kind_of(command: str) -> str:
    """What `lobule.keeping.check_place` calls the folders of a command.

    >>> kind_of("demo"), kind_of("dose")
    ('results', 'dose')
    """
    return KINDS.get(command, command)


def kinds_in(folder: Path) -> list[str]:
    """Whose results a folder holds, by its records and its mark."""
    found = marked(folder)
    for kind, name in RECORDS.items():
        record = json_of(folder / name) if name.endswith(".json") else {} if (folder / name).is_file() else None
        if record is not None:
            found.append(kind_of(str(record.get("command", "run"))) if kind == "results" else kind)
    return list(dict.fromkeys(found))


def marked(folder: Path) -> list[str]:
    """Commands whose results a folder says to hold."""
    kinds = (json_of(folder / MARK) or {}).get("results_of", [])
    return [str(kind) for kind in kinds] if isinstance(kinds, list) else []


def sign(folder: Path, kind: str, made_from: Sequence[str]) -> None:
    """Note in a folder whose results it holds and what they were made from; raises ResultsError."""
    _mark(folder, results_of=sorted({*marked(folder), kind}), made_from=list(made_from))


def origin(folder: Path) -> list[str] | None:
    """What the results of a folder were made from, as `sign`, the record of a run or of a trial (its name) says; None
    when nothing says."""
    for record, key in ((MARK, "made_from"), (RECORDS["results"], "made_from"), (RECORDS["trial"], "name")):
        found = (json_of(folder / record) or {}).get(key)
        if isinstance(found, (list, str)):
            return [found] if isinstance(found, str) else [str(one) for one in found]
    return None


def _mark(folder: Path, **facts: list[str]) -> None:
    found = json_of(folder / MARK) or {}
    if found | facts != found:
        write_text(folder / MARK, json.dumps(found | facts) + "\n")


def json_of(path: Path) -> dict[str, Any] | None:
    """A JSON file as it is, {} when it is damaged, None when there is none."""
    content = read_own(path)
    if content is None:
        return None
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}
