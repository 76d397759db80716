"""Results folders of runs: saved, and opened with checks.

Time courses are NetCDF: one file that R, MATLAB, Python and plain viewers open, with the unit of every variable; a
hundred short variables are written in milliseconds where Zarr, which suits blocks of patients, needs seconds.
Everything else is JSON, CSV and pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import ValidationError

from lobule.errors import ResultsError
from lobule.keeping import mend, own_files, shown, strangers, told, write_table
from lobule.keeping.netcdf import from_netcdf, netcdf
from lobule.keeping.record import checked_files, read_record
from lobule.keeping.results import RECORD, Writer, save_results
from lobule.keeping.trail import TRAIL
from lobule.simulation.record import RunRecord, parameter_hash

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

OF_A_RUN = ("run", "demo")  # commands whose folders hold one


class Recorded(dict[str, float]):
    """Numbers of a record by name; one that is missing is told in a sentence."""

    def __missing__(self, name: str) -> float:
        raise ResultsError(f'the record of this run, of another version of lobule, holds no "{name}"')


def save_folder(
    folder: Path,
    record: Mapping[str, Any],
    datasets: Mapping[str, xr.Dataset],
    tables: Mapping[str, pd.DataFrame],
    draw: Callable[[], Mapping[str, bytes]],
    about: str = "",
) -> Path:
    """Save a run, see `lobule.keeping.results.save_results`.

    Parameters
    ----------
    draw : gives the pictures, {name of the file: content}
    about : text of README.txt

    Raises
    ------
    ResultsError : the name is taken by something that is no results folder, or the system refuses.
    """
    files: dict[str, Writer] = {f"{name}.nc": netcdf(dataset) for name, dataset in datasets.items()}
    for name, table in tables.items():
        files[f"{name}.csv"] = partial(write_table, table=table)
    return save_results(folder, "results", record, files, draw, about)


def open_folder(folder: Path) -> tuple[dict[str, Any], dict[str, xr.Dataset]]:
    """Read a results folder: its record and its datasets, loaded into memory.

    Raises
    ------
    ResultsError : no such folder, no results in it, or a part is missing, damaged or edited.
    """
    with told(folder, "cannot open"):
        mend(folder)
        if not folder.is_dir():
            raise ResultsError(f"there is no folder {shown(folder)}")
    record = read_record(folder / RECORD)
    if record.get("command", "run") not in OF_A_RUN:
        raise ResultsError(f"{shown(folder)} holds the results of lobule {record['command']}, and no run")
    if record.pop("format") == 1:  # the first edition listed its datasets alone
        listed = record.pop("datasets", None)
        files = {f"{name}.nc": wanted for name, wanted in listed.items()} if isinstance(listed, dict) else listed
    else:
        files = record.pop("files", None)
    record.pop(TRAIL, None)  # of the folder, not of the run
    contents = dict(checked_files(folder, files, RECORD))
    _refuse_senseless(folder / RECORD, record)
    named = {name.removesuffix(".nc"): content for name, content in contents.items() if name.endswith(".nc")}
    datasets = {name: from_netcdf(folder / f"{name}.nc", content) for name, content in named.items()}
    _refuse_incomplete(folder, record, datasets)
    return record | {name: Recorded(record[name]) for name in ("parameters", "peaks")}, datasets


def others_in(folder: Path) -> list[str]:
    """Names in a results folder that its record does not list."""
    return strangers(folder, own_files(folder))


def _refuse_senseless(path: Path, record: dict[str, Any]) -> None:
    try:
        RunRecord.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ResultsError(f"{shown(path)} is damaged: {shown(where)}: {first['msg']}") from error
    if parameter_hash(record["parameters"]) != record["parameter_hash"]:
        raise ResultsError(f"{shown(path)} is damaged or was edited: the parameters are not those that were hashed")
    for part in record["plan"] or ():
        if "contents" in part and not (isinstance(part["contents"], dict) and "kind" in part["contents"]):
            raise ResultsError(f"{shown(path)} is damaged: a part of the plan does not say what its product holds")


def _refuse_incomplete(folder: Path, record: Mapping[str, Any], datasets: Mapping[str, xr.Dataset]) -> None:
    wanted = ["timecourse"] if record["plan"] is None else ["timecourse", "untreated"]
    for name in wanted:
        if name not in datasets:
            raise ResultsError(f"{shown(folder / RECORD)} is damaged: it lists no {name}.nc")
    if not all(isinstance(v.attrs.get("units"), str) for v in datasets["timecourse"].data_vars.values()):
        raise ResultsError(f"{shown(folder / 'timecourse.nc')} is damaged: an output has no unit")
    for name, dataset in datasets.items():
        if not np.array_equal(dataset["time"].values, datasets["timecourse"]["time"].values):
            raise ResultsError(f"{shown(folder / f'{name}.nc')} is damaged: its times are not those of timecourse.nc")
