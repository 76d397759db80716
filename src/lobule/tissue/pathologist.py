"""What a pathologist would read: collagen area, septa and what they join, nodules, stage, necrosis and cells by zone.

The stages are rules over what is counted here; they say what the drawn section shows and are no reading of a biopsy.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from lobule.tissue import cells as drawn
from lobule.tissue.geometry import Indices, Points, Sheet, nearest
from lobule.tissue.growing import Frame
from lobule.tissue.histology import View, sirius, stained
from lobule.tissue.matrix import Strands

ZONES = ("portal", "middle", "central")
SEPTAL = 7.0  # percent collagen of a place that is read as septum, assumed; a healthy one has below 1
THREAD = 4.0  # percent that goes on from there, assumed
HUB = 2.0  # cells around a vessel where septa meet and are not counted as joined
FEW = 0.5  # septa a lobule: below it occasional, assumed
SPECK = 0.05  # of a lobule: what is smaller is no nodule, assumed
BROAD, VERY_BROAD = 0.06, 0.15  # share of the section that is scar, of Laennec 4B and 4C, assumed


@dataclass(frozen=True)
class Reading:
    """Numbers of one section.

    Attributes
    ----------
    collagen_area_percent : of the section, by its picture
    septa : number; central_central, portal_central, portal_portal : of them by what they join; a web that joins two
        veins and a tract is the first two, one that joins a vein is not the last
    septa_per_lobule, nodular_share : share of hepatocytes in nodules that septa enclose
    metavir, ishak, laennec : stages
    """

    collagen_area_percent: float
    septa: int
    central_central: int
    portal_central: int
    portal_portal: int
    septa_per_lobule: float
    nodular_share: float
    metavir: str
    ishak: int
    laennec: str

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def zone_of(downstream: Points) -> Indices:
    """0 portal, 1 middle, 2 central third of the tissue, (n,)."""
    return np.minimum((downstream * 3).astype(np.int64), 2)


def septal(strands: Strands, sheet: Sheet) -> NDArray[np.bool_]:
    """Places that lie in a septum, (n,): rich in collagen, or less so and joined to such a place by others like it."""
    percent = strands.at_places(sheet)
    some, rich = percent >= THREAD, percent >= SEPTAL
    a, b = sheet.edges.T
    _, label = connected_components(_graph(sheet, some[a] & some[b]), directed=False)
    return some & np.isin(label, label[rich])


def septa(strands: Strands, sheet: Sheet, cell: float) -> tuple[Indices, list[tuple[int, int]]]:
    """Septa of a sheet: what lies between the vessels they join.

    Parameters
    ----------
    cell : between hepatocytes, um

    Returns
    -------
    (n,) septum of each place, -1 for none, and of each septum (central veins, portal tracts) that it touches.
    """
    near_vein, near_tract = (_near(sheet, here, cell) for here in (sheet.in_vein, sheet.in_tract))
    way = septal(strands, sheet) & ~near_vein & ~near_tract
    a, b = sheet.edges.T
    both = way[a] & way[b]
    _, label = connected_components(_graph(sheet, both), directed=False)
    label = np.where(way, label, -1).astype(np.int64)
    touched = _touched(sheet, label.astype(np.int64), near_vein, near_tract)
    kept = [septum for septum, (veins, tracts) in touched.items() if veins + tracts >= 2]
    name = np.full(len(sheet) + 1, -1, dtype=np.int64)
    name[kept] = np.arange(len(kept))
    return name[label], [touched[septum] for septum in kept]


def _graph(sheet: Sheet, passable: NDArray[np.bool_]) -> csr_array:
    a, b = sheet.edges[passable].T
    return csr_array((np.ones(len(a)), (a, b)), shape=(len(sheet), len(sheet)))


def _near(sheet: Sheet, inside: NDArray[np.bool_], cell: float) -> NDArray[np.bool_]:
    """Places within a hub of a vessel."""
    away = sheet.to_vein if inside is sheet.in_vein else sheet.to_triad
    radius = float(away[inside].max()) if inside.any() else 0.0
    return away < radius + HUB * cell


def _touched(
    sheet: Sheet, label: Indices, near_vein: NDArray[np.bool_], near_tract: NDArray[np.bool_]
) -> dict[int, tuple[int, int]]:
    """{septum: (number of veins, of tracts) whose hub it reaches}."""
    found: dict[int, tuple[set[int], set[int]]] = {int(one): (set(), set()) for one in np.unique(label[label >= 0])}
    for which, (hub, vessels) in enumerate(((near_vein, sheet.veins), (near_tract, sheet.triads))):
        of_place = nearest(vessels, sheet.places, sheet.size)[1][:, 0]
        for one, other in (sheet.edges.T, sheet.edges.T[::-1]):
            meets = (label[one] >= 0) & hub[other]
            for septum, vessel in set(zip(label[one][meets].tolist(), of_place[other][meets].tolist(), strict=True)):
                found[septum][which].add(vessel)
    return {septum: (len(veins), len(tracts)) for septum, (veins, tracts) in found.items()}


def nodules(strands: Strands, sheet: Sheet) -> float:
    """Share of the sheet in pieces that septa part from the rest, none larger than a lobule and a half."""
    piece, kept = _nodules(strands, sheet)
    return float(np.isin(piece, kept).sum() / max((piece >= 0).sum(), 1))


def nodules_with_portal_tract(strands: Strands, sheet: Sheet) -> float:
    """Of nodules the share that hold a portal tract; NaN where there is no nodule."""
    piece, kept = _nodules(strands, sheet)
    return float(np.isin(kept, piece[sheet.in_tract]).mean()) if len(kept) else float("nan")


def _nodules(strands: Strands, sheet: Sheet) -> tuple[Indices, Indices]:
    """Piece of each place between septa, -1 in a septum, (n,), and those of the pieces that are nodules."""
    free = ~septal(strands, sheet)
    a, b = sheet.edges.T
    _, piece = connected_components(_graph(sheet, free[a] & free[b]), directed=False)
    size = np.bincount(piece[free], minlength=1)
    lobule = len(sheet) / len(sheet.veins)
    kept = np.flatnonzero((size > SPECK * lobule) & (size < 1.5 * lobule))
    return np.where(free, piece, -1).astype(np.int64), kept.astype(np.int64)


def read(frame: Frame, sheet: Sheet, cell: float, seen: View) -> Reading:
    """Read a section.

    Parameters
    ----------
    cell : between hepatocytes, um
    seen : the view whose picture like picrosirius red is measured
    """
    _, joined = septa(frame.strands, sheet, cell)
    area = stained(sirius(seen, sheet, frame))
    kinds = [(veins >= 2, veins >= 1 and tracts >= 1, tracts >= 2 and not veins) for veins, tracts in joined]
    per_lobule, nodular = len(joined) / len(sheet.veins), nodules(frame.strands, sheet)
    metavir = _metavir(per_lobule, nodular, area)
    return Reading(
        collagen_area_percent=area,
        septa=len(joined),
        central_central=sum(kind[0] for kind in kinds),
        portal_central=sum(kind[1] for kind in kinds),
        portal_portal=sum(kind[2] for kind in kinds),
        septa_per_lobule=per_lobule,
        nodular_share=nodular,
        metavir=metavir,
        ishak=_ishak(per_lobule, nodular, area),
        laennec=_laennec(metavir, area),
    )


def _metavir(per_lobule: float, nodular: float, area: float) -> str:
    if nodular > 0.5:
        return "F4"
    if per_lobule > FEW:
        return "F3"
    if per_lobule > 0.05:
        return "F2"
    return "F1" if area > 2 else "F0"


def _ishak(per_lobule: float, nodular: float, area: float) -> int:
    if nodular > 0.5:
        return 6
    if nodular > 0.15:
        return 5
    if per_lobule > FEW:
        return 4
    if per_lobule > 0.05:
        return 3
    return 2 if area > 3 else 1 if area > 2 else 0


def _laennec(metavir: str, area: float) -> str:
    if metavir != "F4":
        return metavir.replace("F", "")
    return "4C" if area > 100 * VERY_BROAD else "4B" if area > 100 * BROAD else "4A"


def by_zone(frame: Frame, sheet: Sheet, downstream: Points) -> list[dict[str, Any]]:
    """Necrosis, cells and vesicles of each third of the tissue, one row a zone."""
    zone, hepatocytes = zone_of(downstream), frame.hepatocytes
    inside = ~(sheet.in_vein | sheet.in_tract)
    rows = []
    for i, name in enumerate(ZONES):
        here = (zone == i) & inside
        cells = {kind: int((zone[place] == i).sum()) for kind, place in frame.others.items()}
        area = float(sheet.areas[here].sum()) * 1e-6
        rows.append({
            "day": frame.day, "zone": name, "area_mm2": area,
            "necrotic_percent": 100 * float((hepatocytes[here] == drawn.NECROTIC).mean()),
            "stressed_percent": 100 * float((hepatocytes[here] == drawn.STRESSED).mean()),
            "lost_percent": 100 * float(np.isin(hepatocytes[here], (drawn.NECROTIC, drawn.GAP)).mean()),
            "m1_per_mm2": cells["inflammatory"] / area, "m2_per_mm2": cells["restorative"] / area,
            "kupffer_per_mm2": cells["kupffer"] / area,
            "activated_stellate_per_mm2": cells["activated_stellate"] / area,
            **{f"{field}_share": _share(frame.fields[field], here, inside, sheet.areas) for field in OF_VESICLES},
        })  # fmt: skip
    return rows


OF_VESICLES = ("ev_in_macrophages", "ev_in_hepatocytes", "ev_in_stellate_cells")


def _share(values: Points, here: NDArray[np.bool_], inside: NDArray[np.bool_], areas: Points) -> float:
    """Of all that lies in the tissue the share that lies here; NaN where there is nothing."""
    total = float((values * areas)[inside].sum())
    return float((values * areas)[here].sum()) / total if total > 0 else float("nan")


def penetration(values: Points, sheet: Sheet) -> float:
    """Mean distance from the portal tract of what lies in the tissue, um; NaN where there is nothing."""
    total = float((values * sheet.areas).sum())
    return float((values * sheet.areas * sheet.to_triad).sum()) / total if total > 0 else float("nan")
