"""Where a command's results go, looked at before the work: where the user says, else results/COMMAND-FILE.

A command replaces its own older results, made from the same files, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lobule.cli import progress
from lobule.errors import ResultsError
from lobule.files.naming import file_name
from lobule.keeping import check_place, kind_of, origin, shown, sign

ROOT = Path("results")


def default_folder(command: str, *inputs: str | Path) -> Path:
    """The folder of a command's results where the user names none; the demo has its own.

    >>> default_folder("run", "examples/mouse_ccl4_exosome.yaml").as_posix()
    'results/run-mouse_ccl4_exosome'
    """
    if command == "demo":
        return Path("demo_results")
    return ROOT / file_name("-".join([command, *(Path(one).stem for one in inputs)]))


def made_from(folder: Path, inputs: Sequence[str | Path]) -> list[str]:
    """The files that results are made from, as seen from their folder, so that both can be moved together."""
    return [Path(os.path.relpath(one, folder)).as_posix() if os.path.exists(one) else str(one) for one in inputs]


def folder_for(out: Path | None, command: str, *inputs: str | Path) -> Path:
    """The folder for the results of a command, which may be written.

    Raises
    ------
    ResultsError : something else lies there, or it cannot be written.
    """
    folder = default_folder(command, *inputs) if out is None else out
    check_place(folder, kind_of(command))
    if inputs and folder.is_dir() and any(folder.iterdir()):
        before = origin(folder)
        older = before is None and out is None  # of an edition that did not say
        if not older and before != made_from(folder, inputs):
            whose = shown(", ".join(before)) if before else "something else"
            raise ResultsError(
                f"{shown(folder)} holds the results of {whose}; choose another name with -o, or remove it"
            )
    return folder


def file_for(
    out: Path | None, command: str, name: str, *inputs: str | Path, own: bytes = b"", endings: tuple[str, ...] = ()
) -> Path:
    """The file for the result of a command, which may be written.

    Parameters
    ----------
    name : of the file, in the folder of the command, where the user gives none
    inputs : files it is made from, which it never replaces
    own : what every result of the command contains; a file without it is somebody else's
    endings : that the file may have; that of `name` when empty

    Raises
    ------
    ResultsError : something else lies there, or it cannot be written.
    """
    if out is None:
        return folder_for(None, command, *inputs) / name
    check_place(out, "file", endings or (Path(name).suffix,))
    if any(os.path.exists(one) and os.path.exists(out) and os.path.samefile(one, out) for one in inputs):
        raise ResultsError(f"{shown(out)} is what the results are made from; choose another name")
    if out.is_file() and own not in out.read_bytes():
        raise ResultsError(f"{shown(out)} exists and is no result of lobule {command}; choose another name")
    return out


def trial_folder(out: Path | None, name: str, within: bool) -> Path:
    """The folder of a trial by its name, in `out` where several go there; a trial in it goes on.

    Raises
    ------
    ResultsError : another trial or something else lies there, or it cannot be written.
    """
    folder = default_folder("trial", name) if out is None else out / file_name(name) if within else out
    check_place(folder, "trial")
    before = origin(folder)
    if before not in (None, [name]):
        raise ResultsError(f"{shown(folder)} holds the trial {shown(', '.join(before))}; choose another name with -o")
    return folder


@contextmanager
def results(out: Path | None, command: str, *inputs: str | Path) -> Iterator[Path]:
    """The folder of a command's results: checked before the work of the block, whose progress is shown, then signed.

    Folders with a record of their own are signed there, by who writes it.
    """
    folder = folder_for(out, command, *inputs)
    with progress.shown():
        yield folder
    if kind_of(command) == command:
        sign(folder, command, made_from(folder, inputs))
