"""What each command asks and does, what it follows and rests on, in words (commands.csv, guidance.csv, rests.csv)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lobule.rows import Row, read_rows, rows_by

TABLE = Path(__file__).parent / "commands.csv"
GUIDANCE, RESTS = TABLE.with_name("guidance.csv"), TABLE.with_name("rests.csv")


class Command(Row):
    """A command: what it asks ("" where that follows from what was run), whether the liver was used, what was done."""

    command: str
    question: str
    liver: bool
    method: str


class Guidance(Row):
    """A guidance or paper that commands follow, named with semicolons between."""

    id: str
    text: str
    commands: str


class Rest(Row):
    """What a command takes for granted (`kind` assumption, with its grade) or cannot say (limit)."""

    command: str
    kind: Literal["assumption", "limit"]
    grade: str = ""
    statement: str


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


def guidance_of(record: Mapping[str, Any]) -> list[Guidance]:
    """What the command of a record follows."""
    known = command_of(record)
    name = known.command if known else ""
    return [one for one in read_rows(GUIDANCE, Guidance) if name in one.commands.split("; ")]


def rests_of(record: Mapping[str, Any], kind: str) -> list[str]:
    """What the command of a record takes for granted, each with its grade, or cannot say."""
    known = command_of(record)
    found = [one for one in read_rows(RESTS, Rest) if known and one.command == known.command and one.kind == kind]
    return [f"{one.statement.rstrip('.')} ({one.grade})." if one.grade else one.statement for one in found]


def question_of(command: str) -> str:
    """What a command asks; of one that is not known, nothing special."""
    known = commands().get(command)
    return known.question if known and known.question else "What came out?"
