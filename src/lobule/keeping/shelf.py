"""Folders of one kind side by side, each whole or not there: they are added, looked through and removed."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from lobule.keeping.writing import as_path, told, write_bytes

NAME = re.compile(r"[0-9a-f]{32}")
GONE, DRAFT, LOCK = "gone-", "new-", "lock"
ADDING = 3600.0  # seconds that nobody needs to add a folder


class Shelf:
    """Folders whose names are 32 hexadecimal digits.

    Attributes
    ----------
    root : where they lie; made with the first of them
    """

    def __init__(self, root: str | Path) -> None:
        self.root = as_path(root).absolute()

    def place(self, name: str) -> Path | None:
        """The folder of a name; None where the name is none, whatever it holds, or nothing lies there."""
        folder = self.root / name if NAME.fullmatch(name) else None
        return folder if folder is not None and folder.is_dir() and not folder.is_symlink() else None

    def names(self) -> list[str]:
        """Names of all folders."""
        if not self.root.is_dir():
            return []
        with told(self.root, "cannot read"):
            return [entry.name for entry in os.scandir(self.root) if NAME.fullmatch(entry.name)]

    def add(self, name: str, files: Mapping[str, bytes]) -> Path:
        """A new folder with files; others see all of it or nothing. Raises ResultsError when the system refuses."""
        assert NAME.fullmatch(name), name
        draft = self.root / f"{DRAFT}{name}"
        self._make()
        with told(draft):
            draft.mkdir(mode=0o700)
            for file, content in files.items():
                write_bytes(draft / file, content)
            return draft.rename(self.root / name)

    def without(self, name: str, files: Iterable[str]) -> None:
        """Take files out of a folder; raises ResultsError when the system refuses."""
        for file in files:
            path = self.root / name / file
            with told(path, "cannot remove"):
                path.unlink(missing_ok=True)

    def drop(self, name: str) -> None:
        """Remove a folder; it is gone for others at once. Raises ResultsError when the system refuses."""
        folder = self.place(name)
        if folder is not None:
            with told(folder, "cannot remove"):
                gone = folder.rename(self.root / f"{GONE}{name}")
            shutil.rmtree(gone, ignore_errors=True)

    def sweep(self) -> None:
        """Remove what was left over by a process that was killed while it added or removed."""
        with told(self.root, "cannot read"):
            begun = [one for one in self.root.glob(f"{DRAFT}*") if time.time() - one.stat().st_mtime > ADDING]
        for left in (*self.root.glob(f"{GONE}*"), *begun):
            shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else is inside such a block of this shelf meanwhile, be it another thread or another process.

        Raises ResultsError when the system refuses.
        """
        self._make()
        with told(self.root / LOCK), open(self.root / LOCK, "ab") as file:
            _lock(file.fileno())
            yield

    def _make(self) -> None:
        with told(self.root):
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)


def _lock(file: int) -> None:
    """Wait until nobody else holds the file; it is let go when it is closed."""
    try:
        import fcntl
    except ImportError:  # a system without it; then one server alone uses a shelf
        return
    fcntl.flock(file, fcntl.LOCK_EX)
