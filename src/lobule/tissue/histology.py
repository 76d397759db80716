"""Sections as a pathologist knows them, drawn from cells and strands.

Each pixel belongs to the nearest cell; where the second nearest is nearly as near there is a border, with its strand of
collagen as wide as its amount is, or a sinusoid. Stains absorb light (Beer and Lambert); fluorescence adds light.
Pictures are drawn, not photographed: what they measure is what the cells and strands are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from lobule.tissue import cells as drawn
from lobule.tissue.cells import draws
from lobule.tissue.geometry import Points, Sheet, nearest, short, summed
from lobule.tissue.growing import Frame
from lobule.tissue.matrix import Strands

Picture = NDArray[np.uint8]
HEMATOXYLIN, EOSIN = (
    np.array([0.65, 0.70, 0.29]),
    np.array([0.10, 0.85, 0.38]),
)  # the first of Ruifrok and Johnston 2001
SIRIUS_RED, PICRIC = np.array([0.10, 0.95, 0.75]), np.array([0.12, 0.22, 0.95])  # chosen by eye
PORTAL_VEIN = 0.62  # radius of the portal vein over that of its tract, assumed
NUCLEUS = 3.4  # um, radius
REDNESS = 0.45  # logarithm of red over green that counts as stained: two fifths of what a full strand has
DUCT, ARTERY = 5.0, 3.5  # um, radii of the bile duct and the artery of a portal tract, assumed
BUNDLE = 4.0  # percent collagen of a place from which its strands run together into a bundle, assumed
FIBRE = 50.0  # um, length over which a fibre of a bundle keeps its way, assumed
ACROSS = 0.55  # a border is a sinusoid where its two cells lie side by side of the stream: cosine below this


@dataclass(frozen=True)
class View:
    """A window on a section, and what lies under each of its pixels.

    Attributes
    ----------
    shape : rows, columns; scale : um a pixel
    at : (p, 2) um of the pixels, warped a little as tissue is
    cell, second : (p,) nearest place and the next
    apart : (p,) distance to the border between them, um
    border : (p,) index of the edge between them, -1 where they do not touch
    centre : (p, 2) from the middle of the cell
    lumen, wall : (p,) share of each pixel that is the lumen of a vessel, or its wall
    tract : (p,) share of each pixel that is connective tissue of a portal tract
    duct : (p,) how dark the epithelium of a bile duct or the wall of an artery is
    noise : (p,) grain
    rim : um around a central vein in which hepatocytes have glutamine synthetase
    """

    shape: tuple[int, int]
    scale: float
    at: Points
    cell: NDArray[np.int64]
    second: NDArray[np.int64]
    apart: Points
    border: NDArray[np.int64]
    centre: Points
    lumen: Points
    wall: Points
    tract: Points
    duct: Points
    noise: Points
    rim: float


def view(
    sheet: Sheet,
    measures: Mapping[str, float],
    walls: float,
    box: tuple[float, float, float, float] | None = None,
    scale: float = 1.0,
    seed: int = 0,
) -> View:
    """Look at a part of a sheet.

    Parameters
    ----------
    measures : radii of vessels among them
    walls : percent of the section that is collagen in the walls of vessels; they are as thick as that asks
    box : left, top, width, height, um; the whole sheet when None
    scale : um a pixel
    """
    left, top, width, height = box or (0.0, 0.0, *sheet.size)
    columns, rows = int(width / scale), int(height / scale)
    x, y = np.meshgrid(left + (np.arange(columns) + 0.5) * scale, top + (np.arange(rows) + 0.5) * scale)
    waves = [1.6 * np.sin(a / length + 1.3 * np.sin(b / (1.7 * length))) for a, b, length in ((y, x, 9.0), (x, y, 7.0))]
    at = np.mod(np.column_stack([(x + waves[0]).ravel(), (y + waves[1]).ravel()]), sheet.size)
    distance, near = nearest(sheet.places, at, sheet.size, 2)
    cell, second = near.T
    between = np.linalg.norm(short(sheet.places[cell] - sheet.places[second], sheet.size), axis=1)
    apart = (distance[:, 1] ** 2 - distance[:, 0] ** 2) / (2 * np.maximum(between, 1e-9))
    coarse = draws(seed, 0, 40).standard_normal((rows // 2 + 1, columns // 2 + 1))
    noise = coarse.repeat(2, 0).repeat(2, 1)[:rows, :columns].ravel()
    return View(
        (rows, columns), scale, at, cell, second, apart, _edge_between(sheet, cell, second),
        short(at - sheet.places[cell], sheet.size), *_vessels(sheet, measures, walls, at, scale),
        *_tracts(sheet, measures, at, scale), noise, measures["glutamine_rim"] * measures["hepatocyte_spacing"],
    )  # fmt: skip


def _edge_between(sheet: Sheet, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the edge between places; -1 where they do not touch."""
    n = len(sheet)
    known = sheet.edges[:, 0] * n + sheet.edges[:, 1]  # sorted, for edges are unique by rows
    asked = np.minimum(one, other) * n + np.maximum(one, other)
    found = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[found] == asked, found, -1)


def collagen(seen: View, sheet: Sheet, frame: Frame) -> Points:
    """Share of each pixel that is collagen, (p,).

    Strands lie along borders, each as wide as its amount asks; where neighbours are rich in them they run together into
    a bundle of fibres along the septum, which covers as much.
    """
    area = sheet.areas[sheet.edges].mean(axis=1)
    rich = frame.strands.at_places(sheet) >= BUNDLE
    bundled = rich[sheet.edges[:, 0]] & rich[sheet.edges[:, 1]]
    width = np.where(bundled, 0.0, frame.strands.amount) / 100 * area / np.maximum(sheet.faces, 2.0)
    here = np.where(seen.border >= 0, width[seen.border], 0.0)
    reach = here / 2 - seen.apart
    sharp = np.clip(reach / seen.scale + 0.5, 0.0, 1.0)
    return np.maximum(np.minimum(sharp, np.minimum(here / seen.scale, 1.0)), _bundles(seen, sheet, frame, bundled))


def _bundles(seen: View, sheet: Sheet, frame: Frame, bundled: NDArray[np.bool_]) -> Points:
    """Fibres of bundles, (p,): grain that is smeared along the septum, cut where it covers what the strands hold."""
    covers = Strands(np.where(bundled, frame.strands.amount, 0.0)).at_places(sheet) / 100
    beside = np.clip(0.5 + seen.apart / 10, 0.5, 1.0)  # covers little by little more across a border
    share = beside * covers[seen.cell] + (1 - beside) * covers[seen.second]
    found = np.zeros(len(share))
    inside = np.flatnonzero(share > 0)
    if not len(inside):
        return found
    drawn_in = share[inside] ** 1.7  # fibres gather where most lie
    share[inside] = drawn_in * share[inside].sum() / drawn_in.sum()
    way = along_septa(sheet, frame.strands.at_places(sheet))[seen.cell[inside]]
    rows, columns = seen.shape
    grain = gaussian_filter(draws(0, 0, 42).standard_normal(seen.shape), 1.0 / seen.scale, mode="wrap")
    row, column = np.divmod(inside, columns)
    steps = np.arange(-FIBRE / 2, FIBRE / 2 + 0.1, 2 * seen.scale) / seen.scale
    smeared = sum(
        grain[
            np.rint(row + step * way[:, 1]).astype(int) % rows, np.rint(column + step * way[:, 0]).astype(int) % columns
        ]
        for step in steps
    )
    rank = np.argsort(np.argsort(smeared)) / len(inside)  # even from 0 to 1, whatever the grain
    found[inside] = rank > 1 - np.clip(share[inside], 0.0, 1.0)
    return found


def along_septa(sheet: Sheet, percent: Points) -> Points:
    """Unit vector along septa at each place, (n, 2): the way on which collagen of places, (n,), changes least."""
    a, b = sheet.edges.T
    number = summed(np.r_[a, b], np.ones(2 * len(a)), len(sheet))
    for _ in range(2):
        percent = (percent + summed(np.r_[a, b], np.r_[percent[b], percent[a]], len(sheet))) / (1 + number)
    way = short(sheet.places[b] - sheet.places[a], sheet.size)
    slope = way / (way**2).sum(axis=1)[:, None] * (percent[b] - percent[a])[:, None]
    products = (slope[:, 0] ** 2, slope[:, 0] * slope[:, 1], slope[:, 1] ** 2)
    tensor = np.column_stack([summed(np.r_[a, b], np.r_[one, one], len(sheet)) for one in products])
    for _ in range(3):  # neighbours agree on a way
        tensor = tensor + np.column_stack([summed(np.r_[a, b], np.r_[t[b], t[a]], len(sheet)) for t in tensor.T])
    turn = 0.5 * np.arctan2(2 * tensor[:, 1], tensor[:, 0] - tensor[:, 2]) + np.pi / 2
    return np.column_stack([np.cos(turn), np.sin(turn)])


def _vessels(
    sheet: Sheet, measures: Mapping[str, float], walls: float, at: Points, scale: float
) -> tuple[Points, Points]:
    """Share of each pixel that is the lumen of a vessel, and that is its wall, (p,) each."""
    central, portal = measures["central_vein_radius"], PORTAL_VEIN * measures["portal_tract_radius"]
    around = 2 * np.pi * (central * len(sheet.veins) + portal * len(sheet.triads))
    thick = walls / 100 * sheet.size.prod() / around
    lumen, wall = np.zeros(len(at)), np.zeros(len(at))
    for vessels, radius in ((sheet.veins, central), (sheet.triads, portal)):
        away = nearest(vessels, at, sheet.size)[0][:, 0]
        lumen = np.maximum(lumen, np.clip((radius - away) / scale + 0.5, 0, 1))
        wall = np.maximum(wall, np.clip((thick / 2 - np.abs(away - radius - thick / 2)) / scale + 0.5, 0, 1))
    return lumen, wall


def _tracts(sheet: Sheet, measures: Mapping[str, float], at: Points, scale: float) -> tuple[Points, Points]:
    """Share of each pixel that is portal tract, and how dark its duct and artery are, (p,) each."""
    radius = measures["portal_tract_radius"]
    middle = (1 + PORTAL_VEIN) / 2 * radius
    away, of_tract = (found[:, 0] for found in nearest(sheet.triads, at, sheet.size))
    tract, duct = np.clip((radius - away) / scale + 0.5, 0, 1), np.zeros(len(at))
    turn = draws(0, 0, 43).random(len(sheet.triads)) * 2 * np.pi
    inside = np.flatnonzero(away < 2 * radius)
    for size, further in ((DUCT, 0.0), (ARTERY, 1.1)):
        angle = turn[of_tract[inside]] + further
        sit = sheet.triads[of_tract[inside]] + middle * np.column_stack([np.cos(angle), np.sin(angle)])
        off = np.linalg.norm(short(at[inside] - sit, sheet.size), axis=1)
        duct[inside] = np.maximum(duct[inside], np.clip((1.6 - np.abs(off - size + 1.6)) / scale + 0.5, 0, 1))
        tract[inside] = np.maximum(tract[inside], np.clip((size + 3 - off) / scale + 0.5, 0, 1))
    return tract, duct


# how dark a nucleus is in H&E, and the colour of a body in fluorescence; by eye
DARKNESS = {"monocyte": 0.95, "inflammatory": 0.95, "restorative": 0.95, "kupffer": 0.75, "activated_stellate": 0.7}
FLUORESCENCE = {
    "inflammatory": (1.0, 0.15, 0.1), "restorative": (0.2, 1.0, 0.2), "kupffer": (0.1, 0.45, 0.12),
    "activated_stellate": (0.9, 0.1, 0.9),
}  # fmt: skip


def _light(shape: tuple[int, int], densities: list[tuple[Points, Points]]) -> Picture:
    """What passes stains of some densities, (rows, columns, 3)."""
    absorbed = sum(density[:, None] * colour for density, colour in densities)
    return (255 * 0.985 * np.exp(-np.asarray(absorbed))).clip(0, 255).astype(np.uint8).reshape(*shape, 3)


def _sinusoid(seen: View, sheet: Sheet, state: NDArray[np.int8]) -> Points:
    """Share of each pixel that is the lumen of a sinusoid; plates of cells run toward the vein."""
    along = short(sheet.places - sheet.veins[sheet.lobule], sheet.size)
    along /= np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
    a, b = sheet.edges.T
    way = short(sheet.places[b] - sheet.places[a], sheet.size) / sheet.lengths[:, None]
    beside = np.abs((way * along[a]).sum(axis=1)) < ACROSS
    open_border = np.where(seen.border >= 0, beside[seen.border], False)
    gone = (state == drawn.GAP) | (seen.tract > 0.5)  # fallen together, or no parenchyma
    return np.where(open_border & ~gone, np.clip((1.9 + 0.5 * seen.noise - seen.apart) / 1.2, 0, 1), 0.0)


# radius of a nucleus, radius of a stained body, and how far from the middle of its place a cell sits, um; assumed
BODIES = {
    "kupffer": (2.0, 4.0, 11.0), "monocyte": (2.4, 3.5, 9.0), "inflammatory": (2.4, 4.5, 8.0),
    "restorative": (2.4, 4.5, 8.0), "quiescent_stellate": (1.7, 3.0, 11.0), "activated_stellate": (1.7, 4.0, 11.0),
}  # fmt: skip


def aside(sheet: Sheet, kind: str, place: NDArray[np.int64]) -> Points:
    """Where cells of a kind that sit on places are drawn, (k, 2) um: beside the hepatocyte."""
    turn = draws(list(BODIES).index(kind), 0, 41).random(len(sheet))[place] * 2 * np.pi
    away = BODIES[kind][2] * np.column_stack([np.cos(turn), np.sin(turn)])
    return np.asarray(np.mod(sheet.places[place] + away, sheet.size))


def _discs(seen: View, sheet: Sheet, kind: str, place: NDArray[np.int64], radius: float) -> Points:
    """How much of each pixel discs around cells of a kind cover, (p,)."""
    if not len(place):
        return np.zeros(len(seen.cell))
    tree = KDTree(aside(sheet, kind, place), boxsize=sheet.size)
    away = tree.query(seen.at, distance_upper_bound=radius + 1)[0]  # infinite where none is near
    return np.clip((radius - np.asarray(away)) / 0.8, 0, 1)


def he(seen: View, sheet: Sheet, frame: Frame) -> Picture:
    """Like hematoxylin and eosin."""
    state = frame.hepatocytes[seen.cell]
    has_nucleus = np.isin(state, (drawn.ALIVE, drawn.STRESSED, drawn.SENESCENT, drawn.WOUNDED))
    nucleus = np.clip(
        (NUCLEUS - np.hypot(*(seen.centre - 1.2 * np.sin(seen.cell[:, None] * [1.7, 2.9])).T)) / 0.8, 0, 1
    )
    shown = {kind: _discs(seen, sheet, kind, frame.others[kind], BODIES[kind][0]) for kind in DARKNESS}
    small = np.maximum.reduce([DARKNESS[kind] * disc for kind, disc in shown.items()])
    of_cell = np.sin(seen.cell * 12.9898) * 0.05
    pink = np.array([0.50, 0.46, 0.48, 0.34, 0.72, 0.78, 0.27])[state] + of_cell + 0.05 * seen.noise
    pink += (state == drawn.GAP) * 0.04 * seen.noise  # debris
    cells = 1 - seen.tract
    pink, nucleus = pink * cells + (0.33 + 0.07 * seen.noise) * seen.tract, nucleus * cells
    strand = collagen(seen, sheet, frame)
    sinusoid = _sinusoid(seen, sheet, state) * (1 - np.minimum(2 * strand, 1))
    eosin = (pink + 0.2 * seen.wall + 0.35 * strand) * (1 - 0.85 * sinusoid)
    blue = 0.10 + 0.85 * nucleus * has_nucleus + 0.35 * nucleus * (state == drawn.DYING)
    blue = np.maximum.reduce([blue * (1 - sinusoid), small * cells, 0.75 * seen.duct])
    clear = 1 - seen.lumen
    return _light(seen.shape, [((blue + 0.15 * seen.wall) * clear, HEMATOXYLIN), (eosin * clear, EOSIN)])


def sirius(seen: View, sheet: Sheet, frame: Frame) -> Picture:
    """Like picrosirius red."""
    red = np.maximum(collagen(seen, sheet, frame) * (0.92 + 0.08 * seen.noise), 0.92 * seen.wall)
    state = frame.hepatocytes[seen.cell]
    yellow = (
        0.24 + 0.02 * seen.noise + 0.02 * np.sin(seen.cell * 12.9898) - 0.12 * _sinusoid(seen, sheet, state) * (1 - red)
    )
    clear = 1 - seen.lumen
    return _light(seen.shape, [(1.5 * red * clear, SIRIUS_RED), (yellow * clear, PICRIC)])


def immunofluorescence(seen: View, sheet: Sheet, frame: Frame) -> Picture:
    """CD86 red, CD206 green, alpha-SMA magenta, glutamine synthetase cyan, nuclei blue."""
    light = np.zeros((len(seen.cell), 3))
    state = frame.hepatocytes[seen.cell]
    glutamine = (sheet.to_vein < sheet.to_vein[sheet.in_vein].max() + seen.rim) & (frame.hepatocytes < drawn.DYING)
    light += np.where(glutamine[seen.cell], 0.45, 0.03)[:, None] * [0.0, 0.7, 0.8]
    strand = collagen(seen, sheet, frame)
    for kind, colour in FLUORESCENCE.items():
        light += _discs(seen, sheet, kind, frame.others[kind], BODIES[kind][1])[:, None] * colour
    light += (0.35 * strand)[:, None] * [0.9, 0.1, 0.9]
    nucleus = np.clip((NUCLEUS - np.hypot(*seen.centre.T)) / 0.8, 0, 1) * (state < drawn.DYING)
    light += (0.5 * nucleus)[:, None] * [0.15, 0.2, 1.0]
    light *= (1 - seen.lumen)[:, None]
    light += 0.012 * np.abs(seen.noise)[:, None]
    return (255 * (1 - np.exp(-1.4 * light))).clip(0, 255).astype(np.uint8).reshape(*seen.shape, 3)


STAINS: dict[str, Callable[[View, Sheet, Frame], Picture]] = {
    "he": he, "sirius_red": sirius, "immunofluorescence": immunofluorescence,
}  # fmt: skip


def stained(picture: Picture) -> float:
    """Percent of a picture like picrosirius red that is red, by a threshold of colour, as image analysis measures."""
    red, green = (picture[..., i].astype(float) for i in (0, 1))
    redness = np.log((red + 1) / (green + 1))
    return 100 * float((redness > REDNESS).mean())
