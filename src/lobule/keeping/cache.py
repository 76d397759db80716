"""The cache: files that may be made again, in one folder, and what to do where none can be written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from lobule.errors import ResultsError
from lobule.keeping.writing import read_bound, write_bound

SPACE = 64 << 20  # free bytes without which nothing is kept: machine code of a few models


def cache_folder() -> Path | None:
    """Where files that may be made again are kept, made where it is missing.

    LOBULE_CACHE, or the user's cache folder; where that cannot be written, this user's own folder among the temporary
    files; None where nothing can be written.
    """
    return next((folder for folder in _cache_folders() if _can_keep(folder)), None)


def _cache_folders() -> Iterator[Path]:
    home = os.path.expanduser("~")
    if os.environ.get("LOBULE_CACHE"):
        yield Path(os.environ["LOBULE_CACHE"])
    elif home != "~":
        yield Path(home) / ".cache" / "lobule"
    with suppress(OSError):  # no place for temporary files either
        folder = Path(tempfile.gettempdir()) / f"lobule-{_user()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_dir() and found.st_uid == _user() and not found.st_mode & 0o022:  # nobody else put it there
            yield folder


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _can_keep(folder: Path) -> bool:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= SPACE
    return False


def kept(name: str) -> bytes | None:
    """Content of a file of the cache; None when it is missing, damaged, or was written under another name."""
    for folder in _cache_folders():
        content = read_bound(folder / name, name)
        if content is not None or _can_keep(folder):
            return content
    return None


def keep(name: str, content: bytes) -> None:
    """Write a file of the cache, bound to its name; a cache that cannot be written is done without."""
    folder = cache_folder()
    if folder is not None:
        with suppress(ResultsError):
            write_bound(folder / name, content, name)


def compiled_by_numba(function: Callable[..., Any], version: str = "", **options: Any) -> Any:
    """Compile with Numba, its machine code kept in our cache, or not kept where nothing can be written.

    `version` stands for everything that the code depends on outside the function's own module: what was kept under
    another is not used.

    Numba itself keeps it beside the source or in the home, and refuses to compile where it may write to neither.
    """
    import numba

    config: Any = import_module("numba.core.config")
    folder, before = cache_folder(), config.CACHE_DIR
    try:
        kept_in = Path(before) if before else folder and folder / "numba"  # NUMBA_CACHE_DIR is the user's own choice
        if kept_in is not None:
            config.CACHE_DIR = str(kept_in / version)
        return numba.njit(cache=folder is not None, **options)(function)
    except RuntimeError:  # "no locator available"
        return numba.njit(**options)(function)
    finally:
        config.CACHE_DIR = before
