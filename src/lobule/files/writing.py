"""Results into a folder: made where it is missing; what the system refuses is said in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lobule.errors import InputError


@contextmanager
def writing_into(folder: str | Path) -> Iterator[Path]:
    """Give the folder, made; raises InputError where it, or what is written inside the block, is refused."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except OSError as error:
        raise InputError(f'cannot write into "{folder}": {error.strerror}') from error
