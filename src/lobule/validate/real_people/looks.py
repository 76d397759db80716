"""The log of looks at people who were set aside: each line was written before anything of them was computed.

Whoever looks often enough finds a model that suits the people looked at, so that they are looked at ten times at most.
The same question of the same program gives the same numbers and is the same look.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from lobule.errors import InputError
from lobule.keeping import append_line, shown
from lobule.model.digest import digest
from lobule.rows import Row, read_rows

MOST = 10
PROGRAM = (".py", ".csv", ".ant", ".yaml", ".json")
SHORT = 12  # hexadecimal digits of a digest


class Look(Row):
    """A look.

    Attributes
    ----------
    look : its number; date : ISO
    people : digest of the names of those looked at; tables : where they stand
    asked : the options; version, program, liver : of lobule, of its files, of its equations and parameters
    """

    look: int
    date: str
    people: str
    tables: str
    asked: str
    version: str
    program: str
    liver: str


@cache
def program(without: tuple[str, ...] = ()) -> str:
    """Digest of every file of this lobule that could move a number.

    Parameters
    ----------
    without : rooms that are left out
    """
    root = Path(__file__).parents[2]
    found = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root).parts
        if path.suffix in PROGRAM and "__pycache__" not in inside and inside[0] not in without:
            found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:SHORT]


def people(names: Iterable[str]) -> str:
    """Digest of some people's names."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:SHORT]


def looks(path: Path) -> tuple[Look, ...]:
    """All looks of a log; none where there is no file. Raises InputError for a file that is no log."""
    return read_rows(path, Look) if path.is_file() else ()


def look(path: Path, who: str, tables: Sequence[str], asked: str, date: str, again: bool) -> Look:
    """Write down a look before it is taken.

    Parameters
    ----------
    who : digest of the people, see `people`
    again : also after the tenth

    Raises
    ------
    InputError : ten looks at these people are in the log, and `again` is not said. ResultsError : the log cannot be
        written.
    """
    before = looks(path)
    now = Look(look=len(before) + 1, date=date, people=who, tables=" ".join(tables), asked=asked,
               version=version("lobule"), program=program(), liver=digest())  # fmt: skip
    mine = [one for one in before if one.people == who]
    same = next((one for one in mine if _what(one) == _what(now)), None)
    if same is not None:
        return same
    if len(mine) >= MOST and not again:
        raise InputError(
            f"{shown(path)} has {len(mine)} looks at these people, and {MOST} are the most: what is chosen after "
            "looking suits them alone. Work with --on train, or say --again and tell it beside the numbers"
        )
    if not path.is_file() or not path.stat().st_size:
        append_line(path, ",".join(Look.model_fields))
    append_line(path, _line(now))
    return now


def _what(one: Look) -> tuple[str, ...]:
    return one.tables, one.asked, one.program, one.liver


def _line(one: Look) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(one.model_dump().values())
    return text.getvalue()
