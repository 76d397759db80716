"""Records: JSON that carries a checksum of itself and one of every file that belongs to it.

A record of the first edition (format 1) has no checksum of itself; what it says is then only checked for sense.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lobule.errors import ResultsError
from lobule.keeping import read_own, shown, write_text

FORMAT = 2  # of run.json and trial.json
FORMATS = (1, FORMAT)  # that are read
LARGEST = 64 << 20  # bytes
PLAIN_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"  # of a file: no folder, nothing hidden
OWN_NAME = rf"(?:{PLAIN_NAME}/)?{PLAIN_NAME}"  # of a file that belongs to a record, at most one folder below it


def write_record(path: Path, record: Mapping[str, Any], files: Mapping[str, str] | None = None) -> None:
    """Write a record.

    Parameters
    ----------
    files : {name: checksum} of the files that belong to it, see `checksum`

    Raises
    ------
    ResultsError : the system refuses.
    """
    whole = {"format": FORMAT, **_finite(dict(record))} | (
        {} if files is None else {"files": dict(sorted(files.items()))}
    )
    write_text(path, json.dumps(whole | {"checksum": _own_checksum(whole)}, indent=2) + "\n")


def read_record(path: Path) -> dict[str, Any]:
    """Read a record: its format, its fields and, where it has some, its files.

    Raises
    ------
    ResultsError : no such file, damaged or edited, or of a later version of lobule.
    """
    content = read_own(path)
    if content is None:
        if not path.parent.exists():
            raise ResultsError(f"there is no folder {shown(path.parent)}")
        raise ResultsError(f"{shown(path.parent)} holds no {path.name}")
    if len(content) > LARGEST:
        raise ResultsError(f"{shown(path)} is damaged: {len(content)} bytes are more than any record has")
    try:
        record = json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number,
                            parse_float=_number)  # fmt: skip
    except (ValueError, RecursionError) as error:
        raise ResultsError(f"{shown(path)} is damaged: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(record, dict):
        raise ResultsError(f"{shown(path)} is damaged: it is no list of fields")
    found = record.get("format")
    if isinstance(found, bool) or not isinstance(found, int):
        raise ResultsError(f"{shown(path)} is damaged: it says no format")
    if found not in FORMATS:
        raise ResultsError(f"{shown(path)} has format {found}; this version of lobule reads formats 1 and {FORMAT}")
    if found > 1 and record.pop("checksum", None) != _own_checksum(record):
        raise ResultsError(f"{shown(path)} is damaged or was edited: its checksum is another")
    return record


def signed_line(row: Mapping[str, Any]) -> str:
    """A row of a .jsonl file with its own checksum; NaN and infinity become null."""
    plain = _finite(row)
    return json.dumps(plain | {"checksum": _own_checksum(plain)[:16]})


def signed_lines(path: Path, *, first_edition: bool = False) -> Iterator[dict[str, Any]]:
    """Rows of a .jsonl file; those that were cut off or edited are left out. The first edition signed none."""
    content = read_own(path) or b""
    for line in content.decode("utf-8", "replace").splitlines():
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and (first_edition or row.pop("checksum", None) == _own_checksum(row)[:16]):
            yield row


def checksum(content: bytes) -> str:
    """Of a file, as records list it."""
    return hashlib.sha256(content).hexdigest()


def checksums(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """Of files that were written; raises ResultsError when one is gone."""
    return {name: checksum(_content(folder, name)) for name in names}


def checked_files(folder: Path, files: Any, record: str) -> Iterator[tuple[str, bytes]]:
    """The files that a record lists, one at a time since tables can be large: name and content.

    Raises
    ------
    ResultsError : the list is damaged, a name leads elsewhere, a file is missing, damaged or was edited.
    """
    if not isinstance(files, dict):
        raise ResultsError(f"{shown(folder / record)} is damaged: it does not list its files")
    for name, wanted in files.items():
        if not re.fullmatch(OWN_NAME, name):
            raise ResultsError(f"{shown(folder / record)} is damaged: {shown(name)} is no name of a file of its folder")
        content = _content(folder, name)
        if checksum(content) != wanted:
            raise ResultsError(
                f"{shown(folder / name)} is damaged or was changed: its checksum is not the one in {record}"
            )
        yield name, content


def _content(folder: Path, name: str) -> bytes:
    content = read_own(folder / name)
    if content is None:
        raise ResultsError(f"{shown(folder / name)} is missing")
    return content


def _own_checksum(record: Mapping[str, Any]) -> str:
    return checksum(json.dumps(record, sort_keys=True, separators=(",", ":")).encode())


def _finite(value: Any) -> Any:
    """Plain data without numbers that JSON does not have: NaN and infinity become null."""
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field that stands twice would be read as the last and shown as the first."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a field stands in it twice")
    return fields


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _number(text: str) -> float:
    if not math.isfinite(float(text)):
        raise ValueError(f"{text[:40]} is too large")
    return float(text)
