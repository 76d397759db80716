"""Whether results can go where the user wants them: looked at before the work."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from lobule.errors import ResultsError
from lobule.keeping.folders import GO_ON, kinds_in, mend, own_files, strangers
from lobule.keeping.writing import as_path, end_of, shown, told

FILE_SPACE, FOLDER_SPACE = 64 << 10, 1 << 20  # free bytes without which the work is not begun


def check_place(path: str | Path, kind: str, suffixes: tuple[str, ...] = ()) -> Path:
    """Say before any computing whether results can go to a path; nothing is changed.

    Parameters
    ----------
    path : what the user gave as -o
    kind : "file", or the name of the command whose folder it is ("results" for runs, "trial" for trials)
    suffixes : endings that a file may have, such as (".csv", ".parquet"); any when empty

    Returns
    -------
    Path : as given

    Raises
    ------
    ResultsError : it is taken by something else, of another kind, forbidden, without room or without a possible name.
    """
    path = as_path(path)
    here = _working_folder()
    if here is None and not path.is_absolute():
        raise ResultsError(f"the working folder is gone, so {shown(path)} is nowhere; go to another one")
    with told(path):
        _refuse_detours(path)
        place = end_of(path)
        mend(place)
        found = None
        with suppress(FileNotFoundError):
            found = place.lstat()  # refuses names that are too long, or below a file
        if kind == "file":
            _check_file(path, place, suffixes)
        else:
            _check_folder(path, place, kind, here)
        _check_room(path, place, kind, there=found is not None)
    return path


def _working_folder() -> Path | None:
    """None when somebody removed it."""
    try:
        return Path.cwd()
    except OSError:
        return None


def _refuse_detours(path: Path) -> None:
    """Back from a folder that is not there leads somewhere for Python and nowhere for the system."""
    for k, part in enumerate(path.parts):
        before = Path(*path.parts[:k])
        if part == ".." and not before.is_dir():
            raise ResultsError(f"{shown(path)} leads through {shown(before)}, which is no folder")


def _check_file(path: Path, place: Path, suffixes: tuple[str, ...]) -> None:
    wanted = f"; name a file ending in {' or '.join(suffixes)}" if suffixes else "; name a file"
    if place.is_dir():
        raise ResultsError(f"{shown(path)} is a folder{wanted}")
    if place.exists() and not place.is_file():
        raise ResultsError(f"{shown(path)} is no file{wanted}")
    if suffixes and path.suffix not in suffixes:
        raise ResultsError(f"{shown(path)} has another ending{wanted}")


def _check_folder(path: Path, place: Path, kind: str, here: Path | None) -> None:
    if here is not None and (place == here or place in here.parents):
        what = "the folder you work in" if place == here else "above the folder you work in"
        raise ResultsError(f"{shown(path)} is {what}; give the results a folder of their own, such as -o results")
    if place.exists() and not place.is_dir():
        raise ResultsError(f"{shown(path)} exists and is no folder; choose another name")
    if place.is_dir():
        _refuse_taken(path, place, kind)


def _refuse_taken(path: Path, place: Path, kind: str) -> None:
    """Only an empty folder, or the results of the same command, may be written over."""
    theirs, others = kinds_in(place), strangers(place, own_files(place))
    if theirs and kind not in theirs:
        raise ResultsError(f"{shown(path)} holds the results of another command ({theirs[0]}); choose another name")
    if not others or (theirs == [kind] and kind in GO_ON):
        return
    what = "a results folder" if kind == "results" else f"a folder of lobule {kind}"
    raise ResultsError(
        f"{shown(path)} exists and is not {what}, or not only that: it holds {shown(others[0])}; choose another name"
    )


def _check_room(path: Path, place: Path, kind: str, there: bool) -> None:
    home = place if there and kind != "file" else place.parent
    while not home.exists():
        home = home.parent
    if not home.is_dir():
        raise ResultsError(f"{shown(path)} cannot be made: {shown(home)} is no folder")
    replaced = kind not in ("file", *GO_ON) and there and not os.path.ismount(place)
    homes = [home, place.parent] if replaced else [home]
    if not any(os.access(folder, os.W_OK | os.X_OK) for folder in homes):
        raise ResultsError(f"cannot write {shown(path)}: you may not write into {shown(home)}")
    if shutil.disk_usage(home).free < (FILE_SPACE if kind == "file" else FOLDER_SPACE):
        raise ResultsError(f"cannot write {shown(path)}: the disk is full")
