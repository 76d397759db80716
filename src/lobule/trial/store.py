"""Finished work on disk: blocks that are trusted only with their checksum, and a journal of who was solved when."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lobule.cache import read_checked, write_checked
from lobule.errors import InputError
from lobule.trial.runs import Courses, Unit

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Store:
    """Blocks of a trial in a folder."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Store:
        """Open or make the folder; raises InputError when it cannot be written."""
        try:
            (folder / "blocks").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f'cannot write into "{folder}": {error.strerror}') from error
        return cls(folder)

    def _path(self, key: str) -> Path:
        return self.folder / "blocks" / f"{key}.npz"

    def read(self, key: str) -> Courses | None:
        """A finished block; None when it is missing or damaged, so that it is solved again."""
        content = read_checked(self._path(key))
        return None if content is None else Courses.from_bytes(content)

    def write(self, unit: Unit, key: str, courses: Courses, seconds: float) -> None:
        """Keep a block, then say so in the journal; raises InputError when the disk refuses."""
        try:
            write_checked(self._path(key), courses.to_bytes())
            line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "unit": unit.label, "key": key,
                    "patients": len(unit), "not_solved": len(courses.reasons), "seconds": seconds}  # fmt: skip
            with (self.folder / JOURNAL).open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError(f'cannot write into "{self.folder}": {error.strerror}') from error

    def journal(self) -> list[dict[str, Any]]:
        """What was solved, in order; a line that a power loss cut off is left out."""
        path = self.folder / JOURNAL
        if not path.is_file():
            return []
        rows = []
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                rows.append(json.loads(line))
            except ValueError:
                continue
        return rows
