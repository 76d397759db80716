"""Files that may be made again: in one folder, written whole or not at all, trusted only with their checksum."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

CHECKSUM = 32  # bytes of SHA-256 in front of the content


def cache_folder() -> Path:
    """LOBULE_CACHE, or the user's cache folder."""
    return Path(os.environ.get("LOBULE_CACHE") or Path.home() / ".cache" / "lobule")


def kept(name: str) -> bytes | None:
    """Content of a file of the cache; None when it is missing or damaged."""
    return read_checked(cache_folder() / name)


def keep(name: str, content: bytes) -> None:
    """Write a file of the cache; a cache that cannot be written is done without."""
    path = cache_folder() / name
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_checked(path, content)


def read_checked(path: Path) -> bytes | None:
    """Content of a file written by `write_checked`; None when it is missing or damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    content = data[CHECKSUM:]
    return content if content and hashlib.sha256(content).digest() == data[:CHECKSUM] else None


def write_checked(path: Path, content: bytes) -> None:
    """Write a file with its checksum: whole on the disk, then put in place; raises OSError."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
