"""What an answer holds: words, tables, pictures, and how they were made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.answers.record import Record
from lobule.keeping.results import Writer

if TYPE_CHECKING:
    import matplotlib.figure
    import pandas as pd

    from lobule.simulation.run import Run


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
class Content:
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
    run : that it is, of whose courses a page tells the values under the pointer; None for other answers
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
    run: Run | None = None

    @property
    def command(self) -> str:
        """The command of lobule that gives such an answer."""
        return self.record.command
