"""What each command asks and does, in words (commands.csv)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lobule.rows import Row, rows_by

TABLE = Path(__file__).parent / "commands.csv"


class Command(Row):
    """A command: what it asks ("" where that follows from what was run), whether the liver was used, what was done."""

    command: str
    question: str
    liver: bool
    method: str


@cache
def commands() -> dict[str, Command]:
    """Every command whose results are saved, by name."""
    return rows_by("command", TABLE, Command)


def command_of(record: Mapping[str, Any]) -> Command | None:
    """The command of a record, None for one that is not known; an assay of measured wells has no liver in it."""
    name = str(record.get("command", "run"))
    files = [str(one.get("file", "")) for one in record.get("inputs") or ()]
    if name == "assay" and files and not files[0].lower().endswith((".yaml", ".yml")):
        name = "assay of wells"
    return commands().get(name)


def question_of(command: str) -> str:
    """What a command asks; of one that is not known, nothing special."""
    known = commands().get(command)
    return known.question if known and known.question else "What came out?"
