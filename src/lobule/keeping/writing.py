"""Files written whole or not at all; files bound to their name; what the system refuses is one sentence."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

from lobule.errors import LobuleError, ResultsError
from lobule.keeping.drafts import new_draft
from lobule.optional import needs

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# what a spreadsheet computes when it opens a CSV file; a number with its sign is none
FORMULA = re.compile(r"[=@\t\r]|[+-](?!(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$)")
FIRST = frozenset("=@+-\t\r")
CHECKSUM = 32  # bytes of SHA-256 in front of the content of a bound file


@contextmanager
def told(path: str | Path, what: str = "cannot write", kind: type[LobuleError] = ResultsError) -> Iterator[None]:
    """Say in one sentence what the system refuses inside the block; raises an error of the given kind."""
    try:
        yield
    except OSError as error:
        raise kind(f"{what} {shown(path)}: {error.strerror or error}") from error


def shown(path: str | Path) -> str:
    """A path as it stands in a sentence: on one line, and not endless.

    >>> shown("a" + chr(10) + "b")
    '"a\\\\nb"'
    """
    text = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(path))
    return f'"{text}"' if len(text) <= 160 else f'"{text[:60]} ... {text[-60:]}"'


def write_bytes(path: str | Path, content: bytes) -> Path:
    """Write a file; raises ResultsError when the system refuses."""
    path = as_path(path)
    with _whole(path) as file:
        file.write(content)
    return path


def write_text(path: str | Path, text: str) -> Path:
    """Write a text in UTF-8; raises ResultsError when the system refuses."""
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


@contextmanager
def writing_text(path: str | Path) -> Iterator[TextIO]:
    """A text file to write piece by piece, in place when the block ends well; raises ResultsError."""
    with _whole(path) as file:
        text = io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="", write_through=True)
        try:
            yield text
        finally:
            text.detach()


@dataclass(frozen=True)
class CsvLines:
    """A text file for `csv.writer`: rows end in a line feed alone.

    Told to end them so itself, `csv` leaves a carriage return inside a cell without quotes, and the row is two rows.
    """

    file: TextIO

    def write(self, row: str) -> int:
        """Write a row that ends as `csv` ends rows by default."""
        return self.file.write(row.removesuffix("\r\n") + "\n")


def parquet_bytes(table: pd.DataFrame) -> bytes:
    """A table as the content of a Parquet file; raises NotInstalled where pyarrow is not there.

    A column of numbers and words, which Parquet does not have, becomes one of words.
    """
    needs("pyarrow", extra="tables")
    content = io.BytesIO()
    mixed = [
        name for name, kind in table.dtypes.items() if kind.kind == "O" and len({*map(type, table[name].dropna())}) > 1
    ]
    table.astype(dict.fromkeys(mixed, "string")).to_parquet(content, index=False)
    return content.getvalue()


def write_table(path: str | Path, table: pd.DataFrame, digits: int | None = None) -> Path:
    """Write a table as its name ends: .csv, .tsv or .parquet; `digits` of a number in text, all when None.

    Texts of a CSV file are written by `spreadsheet_text`.

    Raises
    ------
    ResultsError : another ending, or the system refuses. NotInstalled : a Parquet file, and pyarrow is not there.
    """
    path = as_path(path)
    if path.suffix == ".parquet":
        return write_bytes(path, parquet_bytes(table))
    if path.suffix not in (".csv", ".tsv"):
        raise ResultsError(f"{shown(path)}: a table is written as .csv, .tsv or .parquet")
    separator = "\t" if path.suffix == ".tsv" else ","
    if path.suffix == ".csv":
        texts = {
            name: table[name].map(_safe)
            for name, kind in table.dtypes.items()
            if kind.kind == "O" and isinstance(name, str)
        }
        table = table.assign(**texts).rename(columns=_safe)
    with writing_text(path) as file:
        table.to_csv(  # type: ignore[call-overload]  # a file that can do no more than write is enough
            CsvLines(file),
            sep=separator,
            index=False,
            lineterminator="\r\n",
            float_format=f"%.{digits}g" if digits else None,
        )
    return path


def spreadsheet_text(text: str) -> str:
    """A text that a spreadsheet shows as it is: an apostrophe stands before what would be computed as a formula.

    Tables that lobule reads may have the apostrophe; it is taken away again.

    >>> [spreadsheet_text(text) for text in ("=1+1", "-cmd", "-5", "+1e3", "B1")]
    ["'=1+1", "'-cmd", '-5', '+1e3', 'B1']
    """
    return "'" + text if text[:1] in FIRST and FORMULA.match(text) else text


def own_text(cell: str) -> str:
    """A cell without the apostrophe that `spreadsheet_text` puts before formulas.

    >>> [own_text(cell) for cell in ("'=1+1", "'-cmd", "'quoted'", "-5")]
    ['=1+1', '-cmd', "'quoted'", '-5']
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FIRST else cell


def _safe(value: Any) -> Any:
    return spreadsheet_text(value) if isinstance(value, str) else value


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write {name: content} into a folder; raises ResultsError when the system refuses."""
    for name, content in files.items():
        write_bytes(folder / name, content)


def new_array(path: Path, shape: tuple[int, ...]) -> np.memmap:
    """An array of numbers in a draft of a .npy file, its room on the disk taken; raises ResultsError."""
    import numpy as np

    path = as_path(path)
    with told(path):
        array = np.lib.format.open_memmap(new_draft(end_of(path).parent), "w+", np.float64, shape)
        draft = Path(str(array.filename))
        try:
            with draft.open("r+b") as file:  # where it is not there later, writing kills the process
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, draft.stat().st_size)
        except OSError as error:
            if error.errno == errno.ENOSPC:
                draft.unlink()
                raise
        return array


def finished_array(array: np.memmap, path: Path) -> np.ndarray:
    """Put an array of `new_array` in its place and read it from there; raises ResultsError."""
    import numpy as np

    with told(path):
        array.flush()
        Path(str(array.filename)).replace(end_of(path))
        return np.load(path, mmap_mode="r")


def dropped_array(array: np.memmap) -> None:
    """Remove the draft of an array of `new_array` that will not be finished."""
    Path(str(array.filename)).unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Add a line to a file, on the disk when this returns; a line that was cut off before is ended first.

    Several processes may write at once: each line goes out in one piece. Raises ResultsError.
    """
    if os.path.lexists(path) and (path.is_symlink() or not path.is_file()):
        raise ResultsError(f"cannot write {shown(path)}: it is no file of its folder")
    with told(path), path.open("a+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - 1, 0))
        cut = size > 0 and file.read(1) != b"\n"
        whole = (b"\n" if cut else b"") + line.encode() + b"\n"
        if file.write(whole) != len(whole):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())


@contextmanager
def _whole(path: str | Path) -> Iterator[IO[bytes]]:
    """A draft beside the file, on the disk and then in its place when the block ends well; folders are made."""
    path = as_path(path)
    with told(path):
        place = end_of(path)
        if place.exists() and not place.is_file():
            raise ResultsError(f"cannot write {shown(path)}: it is {'a folder' if place.is_dir() else 'no file'}")
        missing = [folder for folder in place.parents if not folder.exists()]
        if missing:
            place.parent.mkdir(parents=True, exist_ok=True)
        draft = new_draft(place.parent)
        try:
            with draft.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if place.exists():
                shutil.copymode(place, draft)
            draft.replace(place)
        except BaseException:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
                for folder in missing:  # the innermost first; one that holds something else stays
                    folder.rmdir()
            raise


def end_of(path: str | Path) -> Path:
    """What a path leads to, through all links; raises ResultsError when they go round in a circle."""
    place = Path(os.path.realpath(path))
    if place.is_symlink():
        raise ResultsError(f"{shown(path)} is a link to itself")
    return place


def as_path(path: str | Path, kind: type[LobuleError] = ResultsError) -> Path:
    """A path that a file can have; any other, which Python refuses with errors of its own, is an error of this kind."""
    try:
        sound = b"\0" not in os.fsencode(path) and str(path) != ""
    except (UnicodeEncodeError, TypeError):
        sound = False
    if not sound:
        raise kind(f"{shown(path)} can be no name of a file")
    return Path(os.fsdecode(path))


def write_bound(path: Path, content: bytes, key: str) -> None:
    """Write a file whose checksum covers its content and the name it goes by; raises ResultsError."""
    write_bytes(path, _checksum(content, key) + content)


def read_bound(path: Path, key: str) -> bytes | None:
    """Content of a file written by `write_bound` with this key; None when it is missing, damaged or another's."""
    data = read_own(path)
    if data is None or not data[CHECKSUM:] or _checksum(data[CHECKSUM:], key) != data[:CHECKSUM]:
        return None
    return data[CHECKSUM:]


def read_own(path: Path) -> bytes | None:
    """Content of a plain file, never of what a link points to; None when there is none."""
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None


def packed(arrays: Mapping[str, Any]) -> bytes:
    """Arrays as an .npz file."""
    import numpy as np

    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def unpacked(content: bytes) -> dict[str, np.ndarray] | None:
    """Arrays of an .npz file; None when it is damaged or holds Python objects, which are never loaded."""
    import numpy as np

    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except Exception:  # whatever NumPy and zipfile meet in a damaged file
        return None


def _checksum(content: bytes, key: str) -> bytes:
    name = key.encode()
    return hashlib.sha256(b"lobule %d " % len(name) + name + content).digest()
