"""Results folders: written whole or not at all, opened with checks.

Time courses are NetCDF: one file that R, MATLAB, Python and plain viewers open, with the unit of every variable; a
hundred short variables are written in milliseconds where Zarr, which suits blocks of patients, needs seconds.
Everything else is JSON, CSV, PNG and SVG. run.json keeps a checksum of every time course.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lobule.errors import ResultsError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

RECORD = "run.json"
FORMAT = 1


def save_folder(
    folder: Path,
    record: dict[str, Any],
    datasets: dict[str, xr.Dataset],
    tables: dict[str, pd.DataFrame],
    draw: Callable[[], Mapping[str, bytes]],
) -> Path:
    """Write everything into a new folder beside the wanted one, then put it in place in one step.

    An older results folder of the same name is replaced; anything else of that name is left alone.

    Parameters
    ----------
    draw : gives the pictures, {name of the file: content}; called when everything else is on the disk

    Raises
    ------
    ResultsError : the name is taken by something that is no results folder, or the disk refuses.
    """
    if folder.exists() and not _is_results(folder) and (not folder.is_dir() or any(folder.iterdir())):
        raise ResultsError(f"{folder} exists and is not a results folder; choose another name")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written: {error.strerror}") from error
    try:
        _write(draft, record, datasets, tables, draw)
        _put_in_place(draft, folder)
    except OSError as error:
        raise ResultsError(f"{folder} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _write(
    draft: Path,
    record: dict[str, Any],
    datasets: dict[str, xr.Dataset],
    tables: dict[str, pd.DataFrame],
    draw: Callable[[], Mapping[str, bytes]],
) -> None:
    for name, dataset in datasets.items():
        dataset.to_netcdf(draft / f"{name}.nc", engine="scipy", format="NETCDF3_64BIT")
    for name, table in tables.items():
        table.to_csv(draft / f"{name}.csv", index=False)
    checksums = {name: _checksum(draft / f"{name}.nc") for name in sorted(datasets)}
    text = json.dumps({"format": FORMAT, **record, "datasets": checksums}, indent=2)
    (draft / RECORD).write_text(text + "\n", encoding="utf-8")
    for name, content in draw().items():
        (draft / name).write_bytes(content)
    os.chmod(draft, 0o755)


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _put_in_place(draft: Path, folder: Path) -> None:
    """Rename; an older folder steps aside first and goes only when the new one stands."""
    if not folder.exists():
        draft.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
    folder.rename(aside / "old")
    try:
        draft.rename(folder)
    except OSError:
        (aside / "old").rename(folder)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _is_results(folder: Path) -> bool:
    return (folder / RECORD).is_file()


def open_folder(folder: Path) -> tuple[dict[str, Any], dict[str, xr.Dataset]]:
    """Read a results folder: its record and its datasets, loaded into memory.

    Raises
    ------
    ResultsError : no such folder, no results in it, or a part is missing or damaged.
    """
    import xarray as xr

    if not folder.is_dir():
        raise ResultsError(f"there is no folder {folder}")
    if not _is_results(folder):
        raise ResultsError(f"{folder} holds no {RECORD}, so it is not a results folder")
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        checksums = dict(record.pop("datasets"))
        found = record.pop("format")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ResultsError(f"{folder / RECORD} is damaged: {error}") from error
    if found != FORMAT:
        raise ResultsError(f"{folder} has format {found}; this version of lobule reads format {FORMAT}")
    datasets = {}
    for name, checksum in checksums.items():
        path = folder / f"{name}.nc"
        if not path.is_file():
            raise ResultsError(f"{path} is missing")
        if _checksum(path) != checksum:
            raise ResultsError(f"{path} is damaged or was changed: its checksum is not the one in {RECORD}")
        with xr.open_dataset(path, engine="scipy") as dataset:
            datasets[name] = dataset.load()
    return record, datasets
