"""What a command gives: words, tables, pictures, and how they were made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.answers.record import Record
from lobule.keeping.results import Writer

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd


@dataclass(frozen=True)
class Table:
    """A table and what it holds.

    Attributes
    ----------
    frame : its columns have their unit in the name, or in `attrs["units"]`
    about : what it holds, as README.txt says it
    digits : of a number in the file, all when None
    """

    frame: pd.DataFrame
    about: str
    digits: int | None = 6


@dataclass(frozen=True)
class Picture:
    """A picture, drawn when somebody wants to see it, and what it shows."""

    draw: Callable[[], matplotlib.figure.Figure]
    about: str


@dataclass(frozen=True)
class Beside:
    """A file that is neither a table nor a picture.

    Attributes
    ----------
    write : writes it, at the path that it is given
    about : what it holds
    at : where it already stands, because it was written while the work was done
    """

    write: Writer
    about: str
    at: Path | None = None


@dataclass(frozen=True)
class Answer:
    """What a command found out.

    Attributes
    ----------
    title : a heading
    said : what came out, in one paragraph
    text : what a terminal shows
    data : the same for programs: what --json prints
    record : how it was made
    tables, pictures : by the name of their files, without ending
    files : further files, by name
    main : the table, picture or file, by the name of its file, that `save_file` writes; None where a folder is written
    agrees : False where the answer to a question is no, as of numbers that are not the same when they are run again
    """

    title: str
    said: str
    text: str
    data: Any
    record: Record
    tables: Mapping[str, Table] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    files: Mapping[str, Beside] = field(default_factory=dict)
    main: str | None = None
    agrees: bool = True

    @property
    def command(self) -> str:
        """The command of lobule that gives such an answer."""
        return self.record.command

    def save(self, folder: str | Path, formats: Iterable[str] = (), made_from: Iterable[str] = ()) -> Path:
        """Write README.txt, run.json, tables (CSV), pictures (PNG) and further files into a folder, in one step.

        Parameters
        ----------
        folder : new, empty, or of older results of the same command, which are replaced
        formats : further ones of tables and pictures: "svg", "pdf", "parquet", "html"
        made_from : the files it was made from, as seen from the folder

        Raises
        ------
        InputError : an unknown format. ResultsError : something else lies there, or the system refuses.
        NotInstalled : Parquet without the package that writes it.
        """
        from lobule.answers.saving import save

        return save(self, folder, formats, made_from)

    def save_file(self, path: str | Path) -> dict[str, Path]:
        """Write the main table or file alone, with the pictures beside it; gives {name: path}. Raises ResultsError."""
        from lobule.answers.saving import save_file

        return save_file(self, path)

    def to_json(self) -> str:
        """What --json prints."""
        return json.dumps(self.data, indent=2)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """Title, paragraph and the first table, for a notebook."""
        from lobule.report.card import card

        first = next(iter(self.tables.values()), None)
        return card(self.title or f"lobule {self.command}", self.said, None if first is None else first.frame)
