"""Time courses as NetCDF files: written, and read with checks."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from lobule.errors import ResultsError
from lobule.keeping.results import Writer
from lobule.keeping.writing import shown, write_bytes

if TYPE_CHECKING:
    import xarray as xr


def netcdf(dataset: xr.Dataset) -> Writer:
    """What writes a dataset as NetCDF."""
    return lambda path: write_bytes(path, bytes(dataset.to_netcdf(engine="scipy", format="NETCDF3_64BIT")))


def from_netcdf(path: Path, content: bytes) -> xr.Dataset:
    """The dataset that the content of a file holds, in memory.

    Parameters
    ----------
    path : of the file, for what is said of it

    Raises
    ------
    ResultsError : it is no NetCDF, or holds no numbers over rising times.
    """
    import numpy as np
    import xarray as xr

    try:
        with xr.open_dataset(io.BytesIO(content), engine="scipy") as dataset:
            found = dataset.load()
    except Exception as error:  # whatever xarray and SciPy meet in a file that is no NetCDF
        raise ResultsError(f"{shown(path)} is damaged: it cannot be read as NetCDF") from error
    times = found["time"].values if "time" in found.coords else np.empty(0)
    rising = times.ndim == 1 and times.size > 0 and times.dtype.kind == "f" and bool((np.diff(times) > 0).all())
    usable = all(v.dtype.kind == "f" and "time" in v.dims for v in found.data_vars.values())
    if not (rising and usable and found.data_vars):
        raise ResultsError(f"{shown(path)} is damaged: it holds no time courses")
    return found
