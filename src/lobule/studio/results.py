"""What lies in a folder of results, for who looks at it in a page: words, pages, pictures, tables, files, all as a zip.

Nothing outside the folder is ever read: no link is followed, hidden files and those of unknown kinds are not there.
"""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import IO

# Kinds of files that lobule writes, as a browser is told.
TYPES = {
    ".html": "text/html; charset=utf-8", ".csv": "text/csv; charset=utf-8", ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8", ".yaml": "text/plain; charset=utf-8", ".json": "application/json",
    ".png": "image/png", ".svg": "image/svg+xml", ".pdf": "application/pdf",
    ".parquet": "application/vnd.apache.parquet", ".nc": "application/x-netcdf",
}  # fmt: skip
PAGE, PICTURE, TABLE = ".html", ".png", ".csv"
README = "README.txt"
# Tables that one wants to see before all others
ANSWERS = ("verdicts.csv", "endpoints.csv", "potency.csv", "levels.csv", "comparability.csv", "forecasts.csv",
           "forecast.csv", "pathology.csv")  # fmt: skip
FIRST = ("tissue.html", "report.html", "index.html")  # of several pages
MOST_FILES = 5000
MOST_ROWS = 200  # of a table that a page shows
MOST_CELL = 200  # characters of a cell


@dataclass(frozen=True)
class Rows:
    """The beginning of a table: its header, rows of text, and how many rows are not shown."""

    header: list[str]
    rows: list[list[str]]
    more: int


@dataclass(frozen=True)
class Results:
    """A folder of results.

    Attributes
    ----------
    folder : that one; nothing outside of it is read
    """

    folder: Path

    def names(self) -> list[str]:
        """All files that can be had, as paths inside the folder."""
        found: list[str] = []
        for at, folders, files in os.walk(self.folder, followlinks=False):
            folders[:] = sorted(one for one in folders if not one.startswith("."))
            inside = Path(at).relative_to(self.folder)
            found += [(inside / file).as_posix() for file in sorted(files) if self._known(Path(at) / file)]
            if len(found) > MOST_FILES:
                break
        return found[:MOST_FILES]

    def file(self, name: str) -> Path | None:
        """The file of a name; None where it is none of the folder's, whatever the name holds."""
        parts = name.split("/")
        if not name or "\\" in name or "\0" in name or any(part in ("", ".", "..") for part in parts):
            return None
        path = self.folder.joinpath(*parts)
        steps = [path, *path.parents]
        inside = steps[: steps.index(self.folder)] if self.folder in steps else []
        hidden = any(one.name.startswith(".") or os.path.islink(one) for one in inside)
        return path if inside and not hidden and self._known(path) else None

    def pages(self) -> list[str]:
        """Pages that lie in the folder itself, the one to begin with first."""
        found = [name for name in self.names() if name.endswith(PAGE) and "/" not in name]
        return sorted(found, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))

    def pictures(self) -> list[str]:
        """Pictures."""
        return [name for name in self.names() if name.endswith(PICTURE)]

    def tables(self) -> list[str]:
        """Tables that can be shown: what answers the question first, then in the order of README.txt."""
        found = [name for name in self.names() if name.endswith(TABLE) and "/" not in name]
        listed = [*ANSWERS, *self.about()]
        return sorted(found, key=lambda name: (listed.index(name) if name in listed else len(listed), name))

    def said(self) -> str:
        """What came out, in a paragraph; "" where nobody says."""
        paragraphs = self._readme()
        return " ".join(paragraphs[1].split()) if len(paragraphs) > 2 else ""

    def about(self) -> dict[str, str]:
        """{name: what it holds} as README.txt says it."""
        found: dict[str, str] = {}
        last = ""
        for line in "\n".join(self._readme()[2:]).splitlines():
            name, _, rest = line.partition("  ")
            if not line.startswith(" ") and rest.strip():
                last = name
                found[last] = rest.strip()
            elif line.startswith(" ") and last:
                found[last] += f" {line.strip()}"
            else:
                last = ""
        return found

    def rows(self, name: str, most: int = MOST_ROWS) -> Rows:
        """The beginning of a table; empty where it is none."""
        path = self.file(name)
        if path is None or path.suffix != TABLE:
            return Rows([], [], 0)
        with suppress(OSError, UnicodeDecodeError, csv.Error), open(path, encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            header = [_short(cell) for cell in next(lines, [])]
            rows = [[_short(cell) for cell in line] for line in islice(lines, most)]
            return Rows(header, rows, sum(1 for _ in lines))
        return Rows([], [], 0)

    def zip_into(self, file: IO[bytes], asked: Mapping[str, bytes] = MappingProxyType({})) -> None:
        """Write all files as an archive, beside those that were asked with."""
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in asked.items():
                archive.writestr(f"asked/{name}", content)
            for name in self.names():
                archive.write(self.folder / name, f"{self.folder.name}/{name}")

    def _readme(self) -> list[str]:
        """Paragraphs of README.txt."""
        path = self.file(README)
        if path is None:
            return []
        with suppress(OSError):
            return path.read_text(encoding="utf-8", errors="replace").strip().split("\n\n")
        return []

    @staticmethod
    def _known(path: Path) -> bool:
        known = path.suffix in TYPES and not path.name.startswith(".")
        return known and os.path.isfile(path) and not os.path.islink(path)  # which take any length of name


def _short(cell: str) -> str:
    return cell if len(cell) <= MOST_CELL else f"{cell[:MOST_CELL]}..."
