"""The lobule in space beside facts of space: `lobule validate --tissue`. What is wanted stands in `wanted/space/`.

Each sheet is small, is grown once, and is read by all checks that ask for it. Where a profile of the tissue was written
to give what a check asks (where CYP2E1 is), the table says so under `calibrated`: such a check holds the program
together and validates nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from lobule.patient import Animal
from lobule.rows import Row, rows_by
from lobule.tissue import Frame, Tissue
from lobule.tissue import cells as drawn
from lobule.tissue.geometry import Points, nearest
from lobule.tissue.histology import Picture
from lobule.tissue.pathologist import nodules_with_portal_tract, penetration, septal, zone_of
from lobule.tissue.transport import blood_age
from lobule.tissue.uptake import catching_of, caught, vesicle_extraction
from lobule.tissue.zones import kupffer
from lobule.validate.check import SPACE, Check, Found, judged, wanted

SHIELDED = 0.2  # share of a shielded vesicle's uptake that phagocytes do, assumed
LIGAND = 3.0
WINDOW = (900.0, 650.0)  # um of a picture
RECRUITED = ("monocyte", "inflammatory", "restorative")


@dataclass(frozen=True)
class Grown:
    """A sheet and what it was at some days."""

    tissue: Tissue
    frames: dict[float, Frame]

    def zones(self, day: float) -> pd.DataFrame:
        """By third of the tissue."""
        return self.tissue.zones(self.frames[day]).set_index("zone")

    def count(self, day: float, *kinds: str) -> int:
        """Cells of some kinds."""
        return sum(len(self.frames[day].others[kind]) for kind in kinds)

    def density(self, day: float, *kinds: str) -> Points:
        """Cells of some kinds over the area of each third, (3,), 1/um2."""
        zone, sheet = zone_of(self.tissue.growing.downstream), self.tissue.sheet
        areas = np.bincount(zone, sheet.areas, 3)
        return sum(np.bincount(zone[self.frames[day].others[kind]], minlength=3) for kind in kinds) / areas

    def collagen(self, day: float) -> Points:
        """Percent of each third that is strands, (3,)."""
        zone, sheet = zone_of(self.tissue.growing.downstream), self.tissue.sheet
        percent = self.frames[day].strands.at_places(sheet)
        return np.bincount(zone, percent * sheet.areas, 3) / np.bincount(zone, sheet.areas, 3)

    def lost(self, day: float) -> float:
        """Percent of hepatocytes that are dead or gone."""
        here = self.frames[day].hepatocytes[~(self.tissue.sheet.in_vein | self.tissue.sheet.in_tract)]
        return 100 * float(np.isin(here, (drawn.NECROTIC, drawn.GAP)).mean())


SUBJECTS = {
    "health": (Animal("mouse"), 4, (1.0,)),
    "CCl4 once": (Animal("mouse", injury="ccl4", injury_dose="1.5 mL/kg"), 6, (1.0, 2.0, 4.0, 6.0, 7.0)),
    "acetaminophen": (Animal("mouse", injury="acetaminophen", injury_dose="300 mg/kg"), 6, (1.0,)),
    "acetaminophen, rat": (Animal("rat", injury="acetaminophen", injury_dose="1000 mg/kg"), 4, (1.0, 3.0, 5.0)),
    "ligation": (Animal("mouse", injury="bile_duct_ligation"), 6, (1.0, 2.0, 3.0, 5.0, 7.0, 14.0)),
    "CCl4 for weeks": (Animal("mouse", injury="ccl4", injury_dose="1 mL/kg", weeks=8), 6, (28.0, 56.0, 84.0)),
}


@cache
def grown(name: str) -> Grown:
    """One of the sheets of SUBJECTS."""
    subject, lobules, days = SUBJECTS[name]
    tissue = Tissue(subject, lobules=lobules)
    frames = tissue.run(f"{days[-1]} d", [f"{day} d" for day in days])
    return Grown(tissue, dict(zip(days, frames, strict=True)))


def tissue_checks() -> list[Check]:
    """Every row of `wanted/space/` with what was found."""
    return judged(found(), wanted(SPACE))


def found() -> Found:
    """What the lobule shows in space."""
    yield from _architecture()
    yield from _poisons()
    yield from _macrophages()
    yield from _ligation()
    yield from _septa()
    yield from _vesicles()


def _architecture() -> Found:
    tissue = grown("health").tissue
    sheet, m, blood = tissue.sheet, tissue.growing.measures, tissue.growing.blood
    way = nearest(sheet.veins, sheet.triads, sheet.size)[0][:, 0] - m["central_vein_radius"] - m["portal_tract_radius"]
    yield "space.layers", float(way.mean()) / m["hepatocyte_spacing"]
    age = blood_age(blood)
    yield "space.velocity", float(way.mean()) / float(age[sheet.in_vein].mean())


def _poisons() -> Found:
    once = grown("CCl4 once")
    yield "space.ccl4.lost", once.lost(1.0)
    yield "space.ccl4.central", float(once.zones(1.0)["lost_percent"]["central"])
    yield "space.ccl4.portal", _portal_over_central(once.zones(1.0)["lost_percent"])
    yield "space.acetaminophen.portal", _portal_over_central(grown("acetaminophen").zones(1.0)["lost_percent"])
    yield "space.acetaminophen.rat.day5", float(grown("acetaminophen, rat").zones(5.0)["necrotic_percent"].mean())


def _portal_over_central(values: pd.Series[float]) -> float:
    return float(values["portal"] / values["central"])


def _macrophages() -> Found:
    once, rat = grown("CCl4 once"), grown("acetaminophen, rat")
    portal, _, central = once.density(2.0, *RECRUITED)
    yield "space.macrophages.central", central / portal
    yield "space.macrophages.peak", once.count(2.0, *RECRUITED[:2]) / once.count(4.0, *RECRUITED[:2])
    for name, seen, day in (("", once, 2.0), ("", once, 4.0), (".rat", rat, 1.0), (".rat", rat, 3.0)):
        yield f"space.m2_m1{name}.day{day:.0f}", seen.count(day, "restorative") / seen.count(day, "inflammatory")
    portal, _, central = once.density(4.0, "restorative")
    yield "space.m2.central", central / portal
    yield "space.stellate.day", max((2.0, 4.0, 6.0), key=lambda day: once.count(day, "activated_stellate"))


def _ligation() -> Found:
    tied = grown("ligation")
    days = (1.0, 2.0, 3.0, 5.0, 7.0)
    yield "space.ligation.day", max(days, key=lambda day: float(tied.zones(day)["necrotic_percent"].mean()))
    for day in (5.0, 14.0):
        gained = tied.collagen(day) - tied.collagen(1.0)
        yield f"space.ligation.day{day:.0f}", gained[0] / gained[2]


def _septa() -> Found:
    scarred = grown("CCl4 for weeks")
    tissue, lobules = scarred.tissue, len(scarred.tissue.sheet.veins)
    early, full, later = (tissue.read(frame) for frame in scarred.frames.values())
    yield "space.septa.week4", early.septa_per_lobule
    yield "space.septa.week8", full.central_central / lobules
    yield "space.septa.portal_central", full.portal_central
    yield "space.septa.order", full.portal_central / full.central_central
    yield "space.septa.portal", full.portal_portal / full.central_central
    yield "space.nodules.portal", nodules_with_portal_tract(scarred.frames[56.0].strands, tissue.sheet)
    yield "space.regression.area", later.collagen_area_percent / full.collagen_area_percent
    yield "space.regression.left", later.septa_per_lobule
    thick = [_in_septa(scarred, day) for day in (56.0, 84.0)]
    yield "space.regression.thin", thick[1] / thick[0]


def _in_septa(scarred: Grown, day: float) -> float:
    """Percent collagen of a place of what is a septum in week 8."""
    sheet = scarred.tissue.sheet
    return float(scarred.frames[day].strands.at_places(sheet)[septal(scarred.frames[56.0].strands, sheet)].mean())


def _vesicles() -> Found:
    growing = grown("health").tissue.growing
    first = {name: float(values[-1]) for name, values in growing.lanes.constants.items()}
    share, usual = first["phagocyte_clearance_share"], vesicle_extraction(first)
    plain = _preference(share, usual)
    yield "space.vesicles.portal", plain
    yield "space.vesicles.extraction", _preference(share, 0.9) / _preference(share, 0.1)
    yield "space.vesicles.shield", _preference(SHIELDED, usual) / plain
    yield "space.vesicles.ligand", _preference(share, 1 - (1 - usual) ** LIGAND) / plain
    sheet = growing.sheet
    yield "space.vesicles.depth", penetration(_caught(share, usual), sheet) / penetration(np.ones(len(sheet)), sheet)


def _caught(phagocytes: float, extraction: float) -> Points:
    """Where vesicles are caught, (n,), by the share that phagocytes do and what a passage extracts."""
    growing = grown("health").tissue.growing
    fold = kupffer(growing.downstream, growing.measures)
    return caught(growing.blood, catching_of(fold, {"phagocyte_clearance_share": phagocytes}), extraction)


def _preference(phagocytes: float, extraction: float) -> float:
    """Uptake of the portal third over that of the central third."""
    growing = grown("health").tissue.growing
    weight = np.bincount(zone_of(growing.downstream), _caught(phagocytes, extraction) * growing.sheet.areas, 3)
    return float(weight[0] / weight[2])


class State(Row):
    """A row of `space_states.csv`: a sheet at a day in a stain, and what an atlas or a paper says of it."""

    state: str
    title: str
    sheet: str
    day: float
    stain: str
    described: str
    source: str

    def picture(self) -> Picture:
        """Its section, (rows, columns, 3)."""
        seen = grown(self.sheet)
        width, height = np.minimum(WINDOW, seen.tissue.sheet.size)
        return seen.tissue.picture(seen.frames[self.day], self.stain, (0.0, 0.0, float(width), float(height)))


@cache
def states() -> dict[str, State]:
    """States of the liver as sections, by name."""
    return rows_by("state", Path(__file__).parent / "space_states.csv", State)
