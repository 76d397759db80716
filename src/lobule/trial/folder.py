"""The folder of a trial: its record, what belongs to it, and whether it is what was written.

trial.json says the design, the population (by its digest) and, once the trial is finished, the checksum of every table
and page. Blocks of courses and replicates are bound to design and population by their keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lobule.errors import InputError, LobuleError, ResultsError
from lobule.files.design import Design
from lobule.keeping import read_own, shown, sweep, writing_into
from lobule.keeping.record import checked_files, checksum, checksums, read_record, write_record
from lobule.keeping.trail import TRAIL, gone_on, trail_of
from lobule.simulation.program import INTENDED_USE, versions
from lobule.trial.measurement import errors_of
from lobule.trial.population import STATES, TABLE, Population

RECORD = "trial.json"
EARLIER = {"screening": "exact"}  # what designs of versions meant that did not know the field


def begin(
    folder: Path, name: str, design: Design, people: Population, inputs: Sequence[Mapping[str, str]] = ()
) -> None:  # fmt: skip
    """Make or take over a folder and write what is run there; a finished trial of the same stays as it is, and the
    trail of another one that was there goes on.

    Parameters
    ----------
    inputs : files that the design was read from, see `input_of`

    Raises
    ------
    ResultsError : the system refuses.
    """
    record = {
        "name": name, "design": design.model_dump(mode="json"), "population": people.digest,
        "intended_use": INTENDED_USE, "versions": versions(),
        "errors": {name: list(pair) for name, pair in errors_of(design).items()},
    }  # fmt: skip
    with writing_into(folder):
        sweep(folder)
        if not _is_there(folder, record):
            before = trail_of(folder / RECORD)
            people.save(folder)
            begun = datetime.now(UTC).isoformat(timespec="seconds")
            own: dict[str, Any] = {**record, "inputs": [dict(one) for one in inputs], "begun": begun}
            write_record(folder / RECORD, own | ({TRAIL: before} if before else {}))


def input_of(path: str | Path) -> dict[str, str]:
    """Name of a file, without its folder, and the checksum of its content."""
    return {"file": Path(path).name, "sha256": checksum(read_own(Path(path)) or b"")}


def _is_there(folder: Path, record: dict[str, Any]) -> bool:
    try:
        found = read_record(folder / RECORD)
        return all(found.get(key) == value for key, value in record.items()) and bool(population_of(folder, found))
    except LobuleError:
        return False


def finish(folder: Path, names: Iterable[str]) -> None:
    """List the files of a trial in its record, each with its checksum; raises ResultsError."""
    record = read_record(folder / RECORD)
    before = trail_of(folder / RECORD)
    files = record.pop("files", {}) | checksums(folder, [*names, TABLE, STATES])
    del record["format"]
    write_record(folder / RECORD, {**record, TRAIL: gone_on(before, record, files)}, files)


def opened(folder: Path) -> tuple[str, Design, dict[str, Any]]:
    """Name and design of a trial, and its record.

    Raises
    ------
    ResultsError : no trial there, a part of it is missing, damaged or edited.
    """
    if read_own(folder / RECORD) is None:
        raise ResultsError(f"{shown(folder)} holds no trial ({RECORD} is missing)")
    record = read_record(folder / RECORD)
    for _ in checked_files(folder, record.get("files", {}), RECORD):
        pass
    try:
        return str(record["name"]), Design.model_validate(_as_meant(record["design"])), record
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in ("design", *first["loc"]))
        raise ResultsError(f"{shown(folder / RECORD)} is damaged: {where}: {first['msg']}") from error
    except (KeyError, InputError) as error:
        raise ResultsError(f"{shown(folder / RECORD)} is damaged: {error}") from error


def _as_meant(design: Any) -> Any:
    """A recorded design, or what stands in its place, with what versions meant that did not know a field."""
    return EARLIER | design if isinstance(design, dict) else design


def population_of(folder: Path, record: dict[str, Any]) -> Population:
    """The patients of a trial; raises ResultsError when they are missing, damaged or others than the record says."""
    first_edition = record["format"] == 1
    people = Population.open(folder, first_edition=first_edition)
    if not first_edition and people.digest != record.get("population"):
        raise ResultsError(
            f"the patients in {shown(folder)} are damaged or were edited: {TABLE} and {STATES} are not those of "
            f"{RECORD}; run lobule trial again"
        )
    return people
