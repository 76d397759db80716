"""What stands in run.json of every command: how an answer was made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from lobule.keeping import read_own
from lobule.simulation.program import INTENDED_USE, versions

SCHEMA = 1  # rises when a field gets another meaning


class Source(BaseModel):
    """A file that an answer was made from.

    Attributes
    ----------
    file : its name, without the folder
    sha256 : of its content; None where it is no plain file, such as the name of a thing of the package
    """

    file: str
    sha256: str | None


class Record(BaseModel):
    """How an answer was made; a run adds what it was of (docs/scenario.md).

    Attributes
    ----------
    schema_version : of these fields
    command : of lobule
    inputs : files it was made from
    options : of the command, by the names of its function in `lobule.answers`
    seed : of the random numbers, None where there are none
    versions : of Python and of every package that can change a number
    """

    model_config = ConfigDict(extra="allow")

    schema_version: int = SCHEMA
    command: str
    title: str = ""
    intended_use: str = INTENDED_USE
    inputs: list[Source] = []
    options: dict[str, Any] = {}
    seed: int | None = None
    versions: dict[str, str]


def record_of(
    command: str,
    title: str = "",
    inputs: Sequence[str | Path] = (),
    options: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Record:
    """The record of an answer that is made now, by this lobule.

    >>> record_of("dose", "weekly vesicles", options={"output": "alt"}).options
    {'output': 'alt'}
    """
    plain = {name: _plain(value) for name, value in (options or {}).items() if value is not None}
    return Record(command=command, title=title, inputs=sources(inputs), options=plain, seed=seed, versions=versions())


def sources(inputs: Sequence[str | Path]) -> list[Source]:
    """Names and checksums of files."""
    found = []
    for one in inputs:
        content = read_own(Path(one))
        digest = None if content is None else hashlib.sha256(content).hexdigest()
        found.append(Source(file=Path(one).name, sha256=digest))
    return found


def _plain(value: Any) -> Any:
    """A value of an option as JSON has it; of a path its name."""
    if isinstance(value, Path):
        return value.name
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
