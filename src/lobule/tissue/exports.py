"""Cells, fields and sections in the forms of others: tables, AnnData, Zarr, OME-TIFF."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lobule.optional import needs
from lobule.tissue import cells as drawn
from lobule.tissue.geometry import nearest
from lobule.tissue.growing import Frame, Growing
from lobule.tissue.histology import Picture, aside
from lobule.tissue.pathologist import ZONES, zone_of

GRID = 10.0  # um between the points of a field in Zarr
SECTION = "section"  # the name of the section, where squidpy asks for a library


def cells_table(tissue: Growing, frame: Frame) -> pd.DataFrame:
    """One row a cell: cell, kind, state, x_um, y_um, lobule, zone, downstream, to_vein_um, to_triad_um.

    Hepatocytes have a state; the kind of other cells is their state.
    """
    sheet = tissue.sheet
    inside = np.flatnonzero(~(sheet.in_vein | sheet.in_tract) & (frame.hepatocytes != drawn.GAP))
    parts = [("hepatocyte", inside, np.array(drawn.HEPATOCYTES)[frame.hepatocytes[inside]], sheet.places[inside])]
    parts += [
        (kind, place, np.full(len(place), kind), aside(sheet, kind, place)) for kind, place in frame.others.items()
    ]
    place = np.concatenate([part[1] for part in parts])
    at = np.concatenate([part[3] for part in parts])
    return pd.DataFrame({
        "cell": np.arange(len(place)),
        "kind": np.concatenate([np.full(len(part[1]), part[0]) for part in parts]),
        "state": np.concatenate([part[2] for part in parts]),
        "x_um": at[:, 0].round(2), "y_um": at[:, 1].round(2), "lobule": sheet.lobule[place],
        "zone": np.array(ZONES)[zone_of(tissue.downstream[place])], "downstream": tissue.downstream[place].round(4),
        "to_vein_um": sheet.to_vein[place].round(1), "to_triad_um": sheet.to_triad[place].round(1), "place": place,
    })  # fmt: skip


def write_anndata(path: Path, tissue: Growing, frame: Frame, picture: Picture, scale: float) -> None:
    """Cells as AnnData by squidpy's conventions: coordinates in um, the section as image; X holds the local levels.

    Raises
    ------
    NotInstalled : anndata is not there.
    """
    (anndata,) = needs("anndata", extra="tissue")
    table = cells_table(tissue, frame)
    names = sorted(frame.fields)
    levels = np.column_stack([frame.fields[name][table["place"].to_numpy()] for name in names]).astype(np.float32)
    of_cell = table.drop(columns=["cell", "x_um", "y_um", "place"])
    for name in ("kind", "state", "zone"):  # plain texts, which older readers know too
        of_cell[name] = pd.Categorical(of_cell[name].astype(object))
    of_cell.index = pd.Index([str(cell) for cell in table["cell"]], dtype=object)
    found = anndata.AnnData(levels, obs=of_cell, var=pd.DataFrame(index=pd.Index(names, dtype=object)))
    found.obsm["spatial"] = table[["x_um", "y_um"]].to_numpy()
    factors = {"tissue_hires_scalef": 1 / scale, "spot_diameter_fullres": tissue.measures["hepatocyte_spacing"]}
    found.uns["spatial"] = {SECTION: {"images": {"hires": picture}, "scalefactors": factors, "metadata": {}}}
    found.uns["day"] = frame.day
    found.write_h5ad(path)


def write_zarr(path: Path, tissue: Growing, frames: Sequence[Frame]) -> None:
    """Fields over time on a grid, (day, y, x), in one Zarr file that xarray opens.

    Raises
    ------
    NotInstalled : zarr is not there.
    """
    needs("zarr", extra="tissue")
    import xarray as xr

    sheet = tissue.sheet
    x, y = (np.arange(GRID / 2, length, GRID) for length in sheet.size)
    across, down = np.meshgrid(x, y)
    place = nearest(sheet.places, np.column_stack([across.ravel(), down.ravel()]), sheet.size)[1][:, 0]

    def gridded(values: np.ndarray) -> np.ndarray:
        return values[place].reshape(len(y), len(x)).astype(np.float32)

    data: dict[str, Any] = {
        name: (("day", "y_um", "x_um"), np.stack([gridded(frame.fields[name]) for frame in frames]))
        for name in sorted(frames[0].fields)
    }
    collagen = np.stack([gridded(frame.strands.at_places(sheet)) for frame in frames])
    data["collagen_percent"] = (("day", "y_um", "x_um"), collagen)
    data["downstream"] = (("y_um", "x_um"), gridded(tissue.downstream))
    found = xr.Dataset(data, {"day": [frame.day for frame in frames], "y_um": y, "x_um": x})
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:  # a zip cannot hold what zarr writes twice
        found.to_zarr(folder, mode="w", consolidated=False)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
            for part in sorted(Path(folder).rglob("*")):
                if part.is_file():
                    file.write(part, part.relative_to(folder).as_posix())


def write_ome_tiff(path: Path, picture: Picture, scale: float, name: str) -> None:
    """A section as OME-TIFF with the size of its pixels, as QuPath reads it.

    Raises
    ------
    NotInstalled : tifffile is not there.
    """
    (tifffile,) = needs("tifffile", extra="tissue")
    metadata = {"axes": "YXS", "PhysicalSizeX": scale, "PhysicalSizeY": scale, "PhysicalSizeXUnit": "µm",
                "PhysicalSizeYUnit": "µm", "Name": name}  # fmt: skip
    tifffile.imwrite(path, picture, ome=True, photometric="rgb", tile=(256, 256), compression="zlib", metadata=metadata)


def qupath_table(tissue: Growing, frame: Frame, image: str) -> pd.DataFrame:
    """Cells with the columns of QuPath's measurement tables."""
    table = cells_table(tissue, frame)
    return pd.DataFrame({
        "Image": image, "Object ID": table["cell"], "Object type": "Cell",
        "Classification": np.where(table["kind"] == "hepatocyte", "Hepatocyte: " + table["state"], table["kind"]),
        "Centroid X µm": table["x_um"], "Centroid Y µm": table["y_um"], "Zone": table["zone"],
    })  # fmt: skip
