"""A file that came in is read by the reader of the command that will use it, so that its one sentence comes at once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from lobule.errors import LobuleError
from lobule.keeping import write_bytes
from lobule.studio.results import Rows

EXAMPLES = Path(__file__).parent / "examples"
STEM = "table"
Found = TypeVar("Found")


@dataclass(frozen=True)
class Incoming:
    """A file: what its user calls it, which is text alone, what it holds, and which of its patients is meant."""

    name: str
    content: bytes
    chosen: str = ""

    @property
    def own(self) -> str:
        """The name that it gets in the folder of a job."""
        return f"{STEM}{PurePosixPath(self.name.lower()).suffix}"

    async def read(self, reader: Callable[[Path], Found]) -> Found:
        """What a reader finds in it, in a thread.

        Raises
        ------
        LobuleError : what is wrong with it, under the name that its user knows.
        """
        return await asyncio.to_thread(self._read, reader)

    def _read(self, reader: Callable[[Path], Found]) -> Found:
        with tempfile.TemporaryDirectory(prefix="lobule-") as folder:
            path = write_bytes(Path(folder) / self.own, self.content)
            try:
                return reader(path)
            except LobuleError as error:
                known = str(error).replace(str(path), self.name).replace(self.own, self.name)
                raise type(error)(known, error.field) from error


def example(name: str) -> Incoming:
    """A table that comes with lobule, to begin with."""
    return Incoming(name, (EXAMPLES / name).read_bytes())


def first_rows(content: bytes, most: int = 8) -> Rows:
    """The beginning of a CSV file, to be shown; empty of any other."""
    import csv
    import io

    try:
        lines = list(csv.reader(io.StringIO(content[:200_000].decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        return Rows([], [], 0)
    return Rows(lines[0], lines[1 : most + 1], max(0, len(lines) - 1 - most)) if lines else Rows([], [], 0)
