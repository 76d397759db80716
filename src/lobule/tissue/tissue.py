"""A subject's liver as a sheet of lobules: run a plan, see cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lobule.simulation.subject import Subject
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen
from lobule.tissue import cells as drawn
from lobule.tissue.exchange import Exchange
from lobule.tissue.fields import Field
from lobule.tissue.flow import Flow, conductances, flow
from lobule.tissue.geometry import Plan, Points, Sheet, sheet
from lobule.tissue.lanes import Lanes, Values
from lobule.tissue.matrix import WIRE, Strands, healthy, remodelled, uphill
from lobule.tissue.patches import Patches, downstream_of, patches
from lobule.tissue.transport import blood_age
from lobule.tissue.uptake import catching_of, caught, vesicle_extraction
from lobule.tissue.zones import factors, kupffer, of_species

RINGS, SECTORS = 6, 6
STEP = 0.25  # days between exchanges
AFTER_DOSE = [2.0**k / 1440 for k in range(9)]  # days: windows of 1, 2, ... 256 minutes while vesicles leave the plasma
PUSH = 6.0  # places that a strand is pushed while each hepatocyte divides once, assumed: half of a lobule's radius
REFLOW = 1.0  # days between two solutions of the flow
OUTPUTS = (
    "collagen_proportionate_area", "living_hepatocytes", "hepatocytes_healthy", "macrophage_fold", "alt", "ast",
    "albumin", "m2_m1_ratio", "division_fold", "ev_in_macrophages", "ev_in_hepatocytes", "ev_in_stellate_cells", "ev_in_liver",
)  # fmt: skip
OF_HEPATOCYTES = {
    "hepatocytes": drawn.ALIVE, "stressed_hepatocytes": drawn.STRESSED, "senescent_hepatocytes": drawn.SENESCENT,
    "wounded_hepatocytes": drawn.WOUNDED, "apoptotic_hepatocytes": drawn.DYING, "necrotic_hepatocytes": drawn.NECROTIC,
}  # fmt: skip
OF_OTHERS = {
    "kupffer": "kupffer_cells", "monocyte": "recruited_monocytes", "inflammatory": "inflammatory_macrophages",
    "restorative": "restorative_macrophages", "quiescent_stellate": "quiescent_stellate_cells",
    "activated_stellate": "activated_stellate_cells",
}  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """The tissue at one time.

    Attributes
    ----------
    day : since the run began
    hepatocytes : (n,) state of each place's
    others : {kind: (k,) places of its cells}
    strands : collagen of borders
    fields : {name: (n,)} of places
    """

    day: float
    hepatocytes: NDArray[np.int8]
    others: dict[str, NDArray[np.int64]]
    strands: Strands
    fields: dict[str, Points]


@dataclass
class Tissue:
    """A sheet of lobules of one subject under one plan.

    Parameters
    ----------
    lobules : how many
    seed : of the sheet and its cells
    """

    subject: Subject
    plan: Part | Sequence[Part] | None = None
    lobules: int = 37
    seed: int = 1
    zoned: bool = True
    treated: bool = True
    measures: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measures = of_species(self.subject.species) | self.measures
        m = self.measures
        self.sheet: Sheet = sheet(
            Plan(self.lobules, m["lobule_radius"], m["hepatocyte_spacing"], m["central_vein_radius"],
                 m["portal_tract_radius"], m["vein_disorder"], m["missing_triads"]), self.seed,
        )  # fmt: skip
        self.blood: Flow = self._flow(None)
        self.age = blood_age(self.blood)
        self.downstream = downstream_of(self.sheet, self.age)
        self.parts: Patches = patches(self.sheet, self.downstream, RINGS, SECTORS)
        regimen = Regimen.of(self.plan, self.subject)
        own = factors(self.parts, self.downstream, self.sheet.areas, m) if self.zoned else {}
        self.lanes = Lanes.of(
            self.subject, regimen, len(self.parts) + 1, {name: np.append(v, 1.0) for name, v in own.items()},
            treated=self.treated,
        )  # fmt: skip
        self.usual_arrest = self.lanes.constants["ev_liver_rate"].copy()
        self.exchange = Exchange(self.parts, tuple(self.lanes.compiled.states))
        self.fate = drawn.fates(self.sheet, m["hepatocyte_spacing"], self.seed)
        self.around = drawn.neighbours(self.sheet)
        self.cells = {kind: drawn.Crawlers(*(np.zeros(0, np.int64) for _ in range(2))) for kind in drawn.OTHERS}
        self.arms = Field(self.sheet, m["hepatocyte_spacing"] ** 2, 1.0)  # a stellate cell reaches a neighbour or two
        way = Field(self.sheet, m["hepatocyte_spacing"] ** 2, 1.0).steady(self.downstream * self.sheet.areas)
        self.toward = {True: uphill(self.sheet, way), False: uphill(self.sheet, -way)}
        self.strands: Strands | None = None
        self.steps, self.scarred_side = 0, 0.0

    def _flow(self, closed: Points | None) -> Flow:
        m = self.measures
        passes = conductances(self.sheet, m["conductance_roughness"], self.seed, closed)
        return flow(self.sheet, passes, m["border_inflow_share"], m["perfusion"])

    def windows(self, until: float) -> Iterator[float]:
        """Days at which windows end, since the onset: every step, and closely after a dose."""
        start = self.subject.history_days
        doses = {e.time for e in self.lanes.events if e.time >= start and e.target.startswith(("ev_", "msc_"))}
        soon = [dose + passed for dose in doses for passed in np.cumsum(AFTER_DOSE)]
        ends = np.unique(np.round([*np.arange(start, start + until + 1e-9, STEP)[1:], *doses, *soon], 9))
        yield from ends[(ends > start) & (ends <= start + until + 1e-9)]

    def run(self, until: float, frames: Sequence[float]) -> Iterator[Frame]:
        """Go on to a day of the run; gives a frame at each of the days asked for."""
        start = self.subject.history_days
        waiting = sorted(frames)
        if start:
            self._window(start)
        for day in self.windows(until):
            self._window(float(day))
            while waiting and day - start >= waiting[0] - 1e-9:
                yield self.frame(waiting.pop(0))

    def _window(self, day: float) -> None:
        before = self.lanes.day
        if self.zoned:
            self.lanes.constants["ev_liver_rate"] = self.usual_arrest * np.append(self._caught(), 1.0)
        self.outputs = self.lanes.solve(day, OUTPUTS)
        assert self.lanes.states is not None
        self.lanes.states = self.exchange(self.lanes.states, day - before)
        self._draw(day - before)
        self.steps += 1

    def _caught(self) -> Points:
        """Where vesicles are caught, (p,) over the mean."""
        first = {name: float(values[0]) for name, values in self.lanes.constants.items()}
        fold = kupffer(self.downstream, self.measures)
        if self.lanes.states is not None:
            fold = fold * self.parts.at_places(self.outputs["macrophage_fold"][:-1])
        first["ev_liver_rate"] = float(self.usual_arrest[-1])
        found = caught(self.blood, catching_of(fold, first), vesicle_extraction(first))
        return self.parts.of_places(found, self.sheet.areas)

    def shares(self, states: dict[str, Values], name: str) -> Points:
        """A state over the healthy number of hepatocytes, as a field over places, (n,)."""
        return self.parts.at_places(states[name][:-1] / self.outputs["hepatocytes_healthy"][:-1])

    def _draw(self, days: float) -> None:
        """Cells and strands of the states as they are."""
        states = self.lanes.states
        assert states is not None
        inside = ~(self.sheet.in_vein | self.sheet.in_tract)
        of_hepatocytes = {code: self.shares(states, name) for name, code in OF_HEPATOCYTES.items()}
        self.hepatocytes = drawn.hepatocytes(of_hepatocytes, self.fate)
        danger = self.parts.at_places(np.log(np.maximum(states["danger_signal"][:-1], 1.0)))
        danger = danger + np.isin(self.hepatocytes, (drawn.NECROTIC, drawn.WOUNDED))
        spacing = self.measures["hepatocyte_spacing"]
        for turn, (kind, name) in enumerate(OF_OTHERS.items()):
            expected = self.shares(states, name) * inside
            if kind == "kupffer":
                expected = expected * kupffer(self.downstream, self.measures)
            hops = int(np.ceil(drawn.CRAWL[kind] ** 2 * days / spacing**2)) if drawn.CRAWL[kind] else 0
            luck = drawn.draws(self.seed, self.steps, 10 + turn)
            moved = drawn.crawled(self.cells[kind], self.around, danger, drawn.HUNT.get(kind, 0.0), min(hops, 20), luck)
            self.cells[kind] = drawn.matched(moved, expected, self.parts, luck)
        self._lay(days)

    def _lay(self, days: float) -> None:
        """Strands as they are pushed, made and removed."""
        collagen = self.outputs["collagen_proportionate_area"][:-1]
        in_walls = (1 - WIRE) * float(self.lanes.constants["collagen_area_healthy"][-1])
        wanted = max(self.parts.mean(collagen) - in_walls, 0.0)
        if self.strands is None:
            self.strands, self.collagen = healthy(self.sheet, wanted), collagen
        active = np.bincount(self.cells["activated_stellate"].place, minlength=len(self.sheet)).astype(float)
        made = np.maximum(collagen - self.collagen, 0.0)
        lost = np.isin(self.hepatocytes, (drawn.NECROTIC, drawn.GAP)).astype(float)
        self.scarred_side += float((lost * (2 * self.downstream - 1)).sum())
        divided = self.parts.at_places(self.outputs["division_fold"][:-1] * self.lanes.constants["hepatocyte_turnover"][:-1])
        pushed = np.minimum(PUSH * divided * days, 0.5)
        self.strands = remodelled(
            self.strands, self.sheet, self.parts, made, wanted, self.arms.steady(active), self.toward[self.scarred_side >= 0], pushed
        )
        self.collagen = collagen

    def frame(self, day: float) -> Frame:
        """The tissue as it is."""
        states = self.lanes.states
        assert states is not None and self.strands is not None
        fields = {name: self.parts.at_places(values[:-1]) for name, values in self.outputs.items()}
        fields["danger_signal"] = self.parts.at_places(states["danger_signal"][:-1])
        others = {kind: some.place.copy() for kind, some in self.cells.items()}
        return Frame(day, self.hepatocytes.copy(), others, self.strands, fields)
