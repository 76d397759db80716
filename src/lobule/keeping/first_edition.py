"""Files of the first edition, whose checksum covers their content and not their name."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lobule.keeping.writing import CHECKSUM, read_own


def read_of_first_edition(path: Path, key: str) -> bytes | None:
    """Content of a file; None when it is missing or damaged. That it goes by the right name, `key`, nobody can tell."""
    data = read_own(path)
    if data is None or not data[CHECKSUM:] or hashlib.sha256(data[CHECKSUM:]).digest() != data[:CHECKSUM]:
        return None
    return data[CHECKSUM:]
