"""Finished work on disk: blocks that are trusted only with their checksum, and a journal of who was solved when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lobule.keeping import append_line, read_bound, sweep, write_bound, writing_into
from lobule.keeping.first_edition import read_of_first_edition
from lobule.keeping.record import signed_line, signed_lines
from lobule.trial.runs import Courses, Unit

JOURNAL = "journal.jsonl"


@dataclass(frozen=True)
class Store:
    """Blocks of a trial in a folder; those of the first edition are bound to their content alone."""

    folder: Path
    first_edition: bool = False

    @classmethod
    def at(cls, folder: Path) -> Store:
        """Open or make the folder; raises ResultsError when it cannot be written."""
        with writing_into(folder / "blocks") as blocks:
            sweep(blocks)
            return cls(folder)

    def _path(self, key: str) -> Path:
        return self.folder / "blocks" / f"{key}.npz"

    def has(self, key: str) -> bool:
        """There is a block of that key, whatever it holds."""
        return self._path(key).is_file()

    def read(self, key: str) -> Courses | None:
        """A finished block; None when it is missing or damaged, so that it is solved again."""
        read = read_of_first_edition if self.first_edition else read_bound
        content = read(self._path(key), key)
        return None if content is None else Courses.from_bytes(content)

    def recorded(self) -> dict[str, str]:
        """Key of the block that was solved last of each unit, by the unit's label."""
        return {str(line["unit"]): str(line["key"]) for line in self.journal() if {"unit", "key"} <= set(line)}

    def write(self, unit: Unit, key: str, courses: Courses, seconds: float) -> None:
        """Keep a block, then say so in the journal; raises ResultsError when the disk refuses."""
        write_bound(self._path(key), courses.to_bytes(), key)
        line = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "unit": unit.label, "key": key,
                "patients": len(unit), "not_solved": len(courses.reasons), "seconds": seconds}  # fmt: skip
        append_line(self.folder / JOURNAL, signed_line(line))

    def journal(self) -> list[dict[str, Any]]:
        """What was solved, in order; a line that was cut off or edited is left out."""
        return list(signed_lines(self.folder / JOURNAL, first_edition=self.first_edition))

    def solved_last(self) -> datetime | None:
        """When the last block was solved; None where the journal does not say."""
        times = [str(line["time"]) for line in self.journal() if "time" in line]
        return datetime.fromisoformat(max(times)) if times else None
