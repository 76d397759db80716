"""One way to save results: a folder with README.txt, run.json, tables and pictures, replaced in one step.

run.json keeps a checksum of itself and of every other file. Numbers come first: whatever happens while pictures are
drawn, the folder is there and complete but for them.
"""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lobule.keeping.folders import new_folder
from lobule.keeping.place import check_place
from lobule.keeping.record import checksum, checksums, write_record
from lobule.keeping.trail import TRAIL, gone_on, trail_of
from lobule.keeping.writing import end_of, told, write_files, write_text

RECORD, README = "run.json", "README.txt"
WIDTH = 96  # characters of a line of README.txt
OF_A_RECORD = "what was asked and how it was computed: inputs, options, versions, checksums of all files"

Writer = Callable[[Path], object]  # writes a file, at the path that it is given


def save_results(
    folder: Path,
    kind: str,
    record: Mapping[str, Any],
    files: Mapping[str, Writer],
    draw: Callable[[], Mapping[str, bytes]] = dict,
    about: str = "",
) -> Path:
    """Write everything into a new folder beside the wanted one, put it in place in one step, and then draw.

    Older results of the same kind are replaced; anything else of that name is left alone.

    Parameters
    ----------
    kind : whose results these are, see `lobule.keeping.check_place`
    record : of run.json
    files : {name: what writes it}; a name may lead into a folder of its own, such as patients/anna.html
    draw : gives the pictures, {name: content}; what cannot be drawn is missing
    about : text of README.txt, see `readme`

    Raises
    ------
    ResultsError : the name is taken by something else, or the system refuses.
    """
    check_place(folder, kind)
    before = trail_of(folder / RECORD)
    with new_folder(folder) as draft:
        for name, write in files.items():
            with told(draft / name):
                (draft / name).parent.mkdir(exist_ok=True)
            write(draft / name)
        write_text(draft / README, about)
        listed = checksums(draft, [*files, README])
        _write(draft, before, record, listed)
    pictures = draw()
    if pictures:
        write_files(folder, pictures)
        _write(folder, before, record, listed | {name: checksum(content) for name, content in pictures.items()})
    return folder


def add_files(folder: Path, record: Mapping[str, Any], listed: Mapping[str, str], more: Mapping[str, bytes]) -> None:
    """Add files to results that stand, and to the list of their record; raises ResultsError.

    Parameters
    ----------
    record, listed : of run.json as it is, and its files with their checksums
    """
    before = trail_of(folder / RECORD)
    write_files(folder, more)
    _write(folder, before, record, {**listed, **{name: checksum(content) for name, content in more.items()}})


def _write(
    folder: Path, before: Sequence[Mapping[str, Any]], record: Mapping[str, Any], files: Mapping[str, str]
) -> None:
    """The record, with the step that wrote it at the end of its trail."""
    write_record(folder / RECORD, {**record, TRAIL: gone_on(before, record, files)}, files)


def standing(path: Path) -> Writer:
    """What puts a file that is already written into a folder of results, without a second copy where that can be."""

    def write(place: Path) -> None:
        with told(place):
            with suppress(OSError):  # another disk, or a file system without links
                os.link(end_of(path), place)
                return
            shutil.copyfile(path, place)

    return write


def readme(title: str, command: str, said: str, files: Mapping[str, str], use: str, record: str | None = RECORD) -> str:
    """The text of README.txt: what was asked, what came out, what each file holds.

    Parameters
    ----------
    title : of the results; command : whose they are
    said : the results in one paragraph
    files : {name: what it holds}, in the order in which they are listed
    use : what the results are meant for
    record : name of the record that every folder of this kind has; None where it stands among the files

    >>> print(readme("A mouse", "run", "It is well.", {"summary.csv": "the last day"}, "For research."))
    A mouse
    lobule run
    <BLANKLINE>
    It is well.
    <BLANKLINE>
    summary.csv   the last day
    run.json      what was asked and how it was computed: inputs, options, versions, checksums of
                  all files
    README.txt    this page
    <BLANKLINE>
    For research.
    <BLANKLINE>
    """
    kept = {README: "this page"} if record is None else {record: OF_A_RECORD, README: "this page"}
    listed = {**files, **kept}
    wide = max(map(len, listed)) + 3
    rows = [
        textwrap.fill(what, WIDTH, initial_indent=f"{name:<{wide}}", subsequent_indent=" " * wide)
        for name, what in listed.items()
    ]
    parts = [f"{title or command}\nlobule {command}", textwrap.fill(said, WIDTH), "\n".join(rows), use]
    return "\n\n".join(part for part in parts if part) + "\n"
