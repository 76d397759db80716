"""Cells of a window on a sheet, as a page has them that tells what lies under the pointer: plain numbers and letters.

Places stay, so that they are told once; of each frame there is a digit for every place, its hepatocyte's state, and the
other cells with where they sit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lobule.tissue import cells as drawn
from lobule.tissue.geometry import Indices, Points
from lobule.tissue.growing import Frame, Growing
from lobule.tissue.histology import aside
from lobule.tissue.pathologist import ZONES, zone_of

IN_VEIN, IN_TRACT = len(ZONES), len(ZONES) + 1  # in place of a zone
WHERE = (*(f"{name} third" for name in ZONES), "central vein", "portal tract")
OF_HEPATOCYTES = {
    "alive": "hepatocyte", "stressed": "stressed hepatocyte", "senescent": "senescent hepatocyte",
    "wounded": "wounded hepatocyte", "apoptotic": "apoptotic hepatocyte", "necrotic": "necrotic hepatocyte",
    "gap": "gap that a hepatocyte has left",
}  # fmt: skip
OF_OTHERS = {
    "kupffer": "Kupffer cell", "monocyte": "monocyte", "inflammatory": "M1 macrophage",
    "restorative": "M2 macrophage", "quiescent_stellate": "quiescent stellate cell",
    "activated_stellate": "activated stellate cell",
}  # fmt: skip
assert (*OF_HEPATOCYTES, *OF_OTHERS) == (*drawn.HEPATOCYTES, *drawn.OTHERS)


def places_in(tissue: Growing, size: tuple[float, float]) -> dict[str, Any]:
    """Places of a window that begins at the corner of the sheet.

    Parameters
    ----------
    size : width and height, um

    Returns
    -------
    x, y (um), where (a digit each: index in WHERE), lobule, vein (um to its central vein), each a list of as many; as
    text where digits are enough
    """
    found = _inside(tissue.sheet.places, size)
    at = tissue.sheet.places[found]
    return {
        "x": _whole(at[:, 0]), "y": _whole(at[:, 1]), "where": "".join(map(str, _where(tissue, found))),
        "lobule": tissue.sheet.lobule[found].tolist(), "vein": _whole(tissue.sheet.to_vein[found]),
    }  # fmt: skip


def cells_in(tissue: Growing, frame: Frame, size: tuple[float, float]) -> dict[str, Any]:
    """Cells of a frame in that window.

    Returns
    -------
    states : a digit for each of its places, the index of its hepatocyte's state
    others : one list a cell: kind (its index), x, y (um), index in WHERE, lobule, um to its central vein
    """
    inside = _inside(tissue.sheet.places, size)
    others: list[list[int]] = []
    for kind, place in frame.others.items():
        at = aside(tissue.sheet, kind, place)
        seen = _inside(at, size)
        parts = (_whole(at[seen, 0]), _whole(at[seen, 1]), _where(tissue, place[seen]).tolist(),
                 tissue.sheet.lobule[place[seen]].tolist(), _whole(tissue.sheet.to_vein[place[seen]]))  # fmt: skip
        others += [[drawn.OTHERS.index(kind), *one] for one in zip(*parts, strict=True)]
    return {"states": "".join(map(str, frame.hepatocytes[inside])), "others": others}


def _inside(at: Points, size: tuple[float, float]) -> Indices:
    return np.flatnonzero((at < size).all(axis=1))


def _where(tissue: Growing, place: Indices) -> Indices:
    zone = zone_of(tissue.downstream[place])
    zone = np.where(tissue.sheet.in_tract[place], IN_TRACT, zone)
    return np.where(tissue.sheet.in_vein[place], IN_VEIN, zone)


def _whole(values: Points) -> list[int]:
    return np.round(values).astype(int).tolist()
