"""Finished work on disk: blocks that are trusted only with their checksum, and a journal of who was solved when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lobule.keeping import append_line, read_bound, write_bound, writing_into
from lobule.trial.runs import Courses, Unit

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Store:
    """Blocks of a trial in a folder."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Store:
        """Open or make the folder; raises ResultsError when it cannot be written."""
        with writing_into(folder / "blocks"):
            return cls(folder)

    def _path(self, key: str) -> Path:
        return self.folder / "blocks" / f"{key}.npz"

    def read(self, key: str) -> Courses | None:
        """A finished block; None when it is missing or damaged, so that it is solved again."""
        content = read_bound(self._path(key), key)
        return None if content is None else Courses.from_bytes(content)

    def write(self, unit: Unit, key: str, courses: Courses, seconds: float) -> None:
        """Keep a block, then say so in the journal; raises ResultsError when the disk refuses."""
        write_bound(self._path(key), courses.to_bytes(), key)
        line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "unit": unit.label, "key": key,
                "patients": len(unit), "not_solved": len(courses.reasons), "seconds": seconds}  # fmt: skip
        append_line(self.folder / JOURNAL, json.dumps(line))

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
