"""What every command does with its answer: the place is checked, the work done, the answer saved and shown.

No command prints, saves or handles errors itself.
"""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import typer

from lobule.cli import progress
from lobule.cli.outcome import STOPPED
from lobule.cli.places import file_for, folder_for, made_from, results, trial_folder
from lobule.keeping import aside, check_place
from lobule.keeping.results import README

if TYPE_CHECKING:
    from lobule.answers.answer import Answer


def ask(question: str, *inputs: Any, **options: Any) -> Callable[..., Answer]:
    """The function of `lobule.answers` with these inputs and options; loaded when it is called.

    Parameters
    ----------
    question : "dose" for `lobule.answers.dose.dose`, "model.check" for `lobule.answers.model.check`
    """
    module, _, name = question.partition(".")

    def work(**more: Any) -> Answer:
        return getattr(import_module(f"lobule.answers.{module}"), name or module)(*inputs, **options, **more)

    return work


def told(work: Callable[[], Answer], json: bool) -> None:
    """An answer that is shown and not saved."""
    with progress.shown():
        answer = work()
    _show(answer, json)


def answered(
    work: Callable[[], Answer], command: str, *inputs: str | Path, out: Path | None, formats: str | None, json: bool
) -> None:
    """An answer that is saved in a folder.

    Parameters
    ----------
    work : gives the answer
    command, inputs : whose results these are, and the files they are made from
    out : the folder; results/COMMAND-FILE when None
    formats : further ones, as the user typed them
    """
    from lobule.answers.saving import chosen

    wanted = chosen(formats)
    folder = folder_for(out, command, *inputs)
    with progress.shown():
        answer = work()
        answer.save(folder, wanted, made_from(folder, inputs))
    _show(answer, json, folder)


def resumed(work: Callable[..., Answer], command: str, *inputs: str | Path, out: Path | None, json: bool) -> None:
    """An answer whose files are written while the work is done, into the folder that it is given as `out`."""
    with results(out, command, *inputs) as folder:
        answer = work(out=folder)
    _show(answer, json, folder)


def going_on(work: Callable[..., Answer], out: Path | None, json: bool) -> None:
    """An answer of trials, each kept in a folder of its own while it is made; one that is stopped goes on there."""
    folders: list[Path] = []

    def place(name: str, several: bool) -> Path:
        folders.append(trial_folder(out, name, within=several))
        return folders[-1]

    try:
        with progress.shown():
            answer = work(place=place)
    except KeyboardInterrupt:
        kept = ", ".join(map(str, folders))
        print(f"lobule: stopped; what is done stays in {kept}, the same command goes on", file=sys.stderr)
        raise typer.Exit(STOPPED) from None
    _show(answer, json)


def inside(
    work: Callable[[], Answer], command: str, folder: Path, page: str, *, formats: str | None, json: bool
) -> None:
    """An answer about a folder of results, saved in a folder of its own inside, with a page beside that."""
    from lobule.answers.saving import chosen

    wanted = chosen(formats)
    own = folder / command
    with progress.shown():
        if folder.is_dir():
            check_place(folder / page, "file")
            check_place(own, command)
        answer = work()
        answer.save(own, wanted, [".."])
        answer.save_file(folder / page)
    _show(answer, json, own)


def in_file(
    work: Callable[..., Answer],
    command: str,
    name: str,
    *inputs: str | Path,
    out: Path | None,
    json: bool,
    formats: str | None = None,
    own: bytes = b"",
    endings: tuple[str, ...] = (),
    streams: bool = False,
) -> None:
    """An answer that is one file: alone where the user names it, else in a folder like all others.

    Parameters
    ----------
    work : gives the answer
    name : of the file where the user gives none
    own, endings : see `lobule.cli.places.file_for`
    streams : the file is long and written while the work is done; the work is given its path as `out`
    """
    from lobule.answers.saving import chosen

    wanted = chosen(formats)
    path = file_for(out, command, name, *inputs, own=own, endings=endings)
    with progress.shown():
        if out is not None:
            answer = work(out=path) if streams else work()
            paths = answer.save_file(path)
        else:
            with aside(path.parent) as draft:
                answer = work(out=draft / path.name) if streams else work()
                answer.save(path.parent, wanted, made_from(path.parent, inputs))
            paths = {name: path.parent / name for name in (*answer.files, *(f"{one}.png" for one in answer.pictures))}
    _show(answer, json, path, paths)


def _show(
    answer: Answer, json: bool, place: Path | None = None, paths: Mapping[str, Path] = MappingProxyType({})
) -> None:
    """Print an answer, and where it lies; `paths` are those of its files, which its data call by their names."""
    if json:
        print(json_module.dumps(_with_place(answer.data, place, paths), indent=2))
    else:
        print(answer.text)
        if place is not None:
            explained = " (README.txt says what is what)" if (place / README).is_file() else ""
            print(f"Results: {place}/{explained}" if place.is_dir() else f"Results: {place}")
            print(answer.record.intended_use)
    if not answer.agrees:
        raise typer.Exit(1)


def _with_place(data: Any, place: Path | None, paths: Mapping[str, Path]) -> Any:
    if place is None or not isinstance(data, dict):
        return data
    named = {key: str(paths.get(value, value)) if isinstance(value, str) else value for key, value in data.items()}
    return named | {"file" if "file" in data else "folder": str(place)}
