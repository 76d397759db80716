"""A liver as a sheet of lobules that lives from window to window: blood, patches, cells, strands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lobule.simulation.experiment import Experiment
from lobule.simulation.reading import PUBLISHED
from lobule.simulation.subject import Subject
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen
from lobule.tissue import cells as drawn
from lobule.tissue.efferocytosis import Eaten
from lobule.tissue.exchange import Exchange
from lobule.tissue.fields import Field
from lobule.tissue.flow import Circulation, Flow, conductances
from lobule.tissue.geometry import Indices, Plan, Points, Sheet, sheet
from lobule.tissue.lanes import SAME_TIME, Lanes, Values
from lobule.tissue.matrix import WIRE, Strands, healthy, remodelled, uphill
from lobule.tissue.patches import Patches, Smooth, downstream_of, patches, ring_of
from lobule.tissue.transport import blood_age
from lobule.tissue.uptake import catching_of, caught, vesicle_extraction
from lobule.tissue.zones import factors, kupffer, of_species

RINGS, SECTORS = 6, 6
STEP = 0.25  # days between exchanges at least, but for the minutes after a dose
LONGEST = 32.0  # days between exchanges at most, STEP times a power of two
# change of what is exchanged in a window, over the largest it was: below the first the next window is twice as long,
# above the second half as long
QUIET, RESTLESS = 0.02, 0.08
AFTER_DOSE = [2.0**k / 1440 for k in range(9)]  # days: windows of 1, 2, ... 256 minutes while vesicles leave the plasma
PUSH = 6.0  # places that a strand is pushed while each hepatocyte divides once, assumed: half of a lobule's radius
MOST_CLOSED = 0.9  # of the sinusoids of a place
FIELDS = ("danger_signal", "tnf_alpha", "il_6", "il_10", "tgf_beta", "hgf", "reactive_oxygen")
REFLOW = 1.0  # days between two looks at what scar has closed
SAME_SCAR = 0.002  # of the sinusoids of a place: flow is not solved again for less
EXCHANGED = ("moves", "spreads", "blood")
OUTPUTS = (
    "collagen_proportionate_area", "living_hepatocytes", "hepatocytes_healthy", "macrophage_fold", "alt", "ast",
    "albumin", "m2_m1_ratio", "division_fold", "ev_in_macrophages", "ev_in_hepatocytes", "ev_in_stellate_cells",
    "ev_in_liver", "macrophages",
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
    strands : collagen of borders, in single precision
    fields : {name: (n,)} of places
    """

    day: float
    hepatocytes: NDArray[np.int8]
    others: dict[str, Indices]
    strands: Strands
    fields: Smooth


@dataclass
class Held:
    """What goes on from window to window beside the lanes.

    Attributes
    ----------
    cells : of each kind; hepatocytes : (n,) states
    strands : collagen; collagen : (p,) percent of patches when it was laid last
    outputs : {name: (p,)} of the last window
    lost_centrally : places lost so far times days, those of the central half less those of the portal half
    flowed, closed : day on which scar was looked at last, and share of sinusoids (n,) that it has closed for the flow
    steps : windows so far
    pace : days between regular ends of windows
    eaten : dead hepatocytes that macrophages of each patch have eaten; None before the first window
    """

    cells: dict[str, drawn.Crawlers]
    hepatocytes: NDArray[np.int8] = field(default_factory=lambda: np.zeros(0, np.int8))
    strands: Strands | None = None
    collagen: Points | None = None
    outputs: dict[str, Values] = field(default_factory=dict)
    lost_centrally: float = 0.0
    flowed: float = 0.0
    closed: Points | None = None
    steps: int = 0
    pace: float = STEP
    eaten: Eaten | None = None


@dataclass
class Growing:
    """A sheet of lobules of one subject under one plan.

    Parameters
    ----------
    subject, plan : as of `simulate`
    lobules : how many at least
    seed : of the sheet and its cells
    treated : False for the untreated twin: the same sheet, the same cells before the first dose
    zoned : False for a sheet whose places are all alike
    reading, hypotheses : as of `simulate`
    measures : {measure of `parameters.csv`: value} in place of the species' own

    Attributes
    ----------
    sheet, blood, downstream, parts : geometry, flow, how far downstream each place is, patches
    courses : a row at each end of a window: day and the means over the sheet of OUTPUTS

    Raises
    ------
    InputError : measures that make no sheet.
    """

    subject: Subject
    plan: Part | Sequence[Part] | None = None
    lobules: int = 37
    seed: int = 1
    treated: bool = True
    zoned: bool = True
    reading: str = PUBLISHED
    hypotheses: Mapping[str, float] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.measures = of_species(self.subject.species) | self.measures
        m = self.measures
        self.sheet: Sheet = sheet(
            Plan(self.lobules, m["lobule_radius"], m["hepatocyte_spacing"], m["central_vein_radius"],
                 m["portal_tract_radius"], m["vein_disorder"], m["missing_triads"]), self.seed,
        )  # fmt: skip
        self.vessels = Circulation(self.sheet, self._passes(None), m["border_inflow_share"], m["perfusion"])
        self.blood: Flow = self.vessels.of_pressure(self._passes(None), self.vessels.healthy)
        self.downstream = downstream_of(self.sheet, blood_age(self.blood))
        self.parts: Patches = patches(self.sheet, self.downstream, RINGS, SECTORS)
        regimen = Regimen.of(self.plan, self.subject)
        own = factors(self.parts, self.downstream, self.sheet.areas, m) if self.zoned else {}
        self.lanes = Lanes.of(
            self.subject, regimen, len(self.parts) + 1, {name: np.append(v, 1.0) for name, v in own.items()},
            experiment=Experiment.of((), hypotheses=self.hypotheses, reading=self.reading), treated=self.treated,
        )  # fmt: skip
        self.usual_arrest = self.lanes.constants["ev_liver_rate"].copy()
        self.usual_debris = self.lanes.constants["debris_restorative_gain"].copy()
        self.exchange = Exchange(self.parts, tuple(self.lanes.compiled.states), self.lanes.constants)
        self._prepare()
        self.courses: list[dict[str, float]] = []

    def _prepare(self) -> None:
        """What is drawn upon: fates, neighbours, reaches, ways uphill; and no cell yet."""
        spacing = self.measures["hepatocyte_spacing"]
        self.fate = drawn.fates(self.sheet, spacing, self.seed, ring_of(self.downstream, RINGS))
        self.ways = drawn.Ways.of(self.sheet)
        self.arms = Field(self.sheet, spacing**2, 1.0)  # a stellate cell reaches a neighbour or two
        way = self.arms.steady(self.downstream * self.sheet.areas)
        self.toward = {True: uphill(self.sheet, way), False: uphill(self.sheet, -way)}
        self.held = Held({kind: drawn.Crawlers.none() for kind in drawn.OTHERS})

    def _passes(self, closed: Points | None) -> Points:
        """How well blood passes between neighbours, (m,)."""
        return conductances(self.sheet, self.measures["conductance_roughness"], self.seed, closed)

    def windows(self, until: float, stops: Sequence[float] = ()) -> Iterator[float]:
        """Days since the onset at which windows end, one after the other as each is lived.

        A window is STEP long or, while nothing changes much, longer; it ends where something happens: an injury, a
        dose, a stop, the beginning of the run. Minutes after a dose windows are short, while vesicles leave the plasma.

        Parameters
        ----------
        stops : days of the run at which it is looked at
        """
        start = self.subject.history_days
        times = [event.time for event in self.lanes.events]
        doses = {e.time for e in self.lanes.events if e.time >= start and e.target.startswith(("ev_", "msc_"))}
        soon = [dose + passed for dose in doses for passed in np.cumsum(AFTER_DOSE)]
        fixed = np.unique(np.round([*times, *soon, start, *(start + day for day in stops), start + until], 9))
        fixed = fixed[(fixed > SAME_TIME) & (fixed <= start + until + SAME_TIME)]
        day = self.lanes.day
        while day < start + until - SAME_TIME:
            regular = (np.floor((day + SAME_TIME) / self.held.pace) + 1) * self.held.pace
            day = min(round(float(regular), 9), float(fixed[fixed > day + SAME_TIME][0]))
            yield day

    def window(self, day: float) -> None:
        """Solve to a day since the onset, exchange, draw.

        Raises
        ------
        SimulationError : a patch that could not be solved.
        """
        days = day - self.lanes.day
        if self.zoned:
            self.lanes.constants["ev_liver_rate"] = self.usual_arrest * np.append(self._caught(), 1.0)
            self.lanes.constants["debris_restorative_gain"] = self.usual_debris * np.append(self._fed(), 1.0)
        before = self.lanes.states
        outputs = self.lanes.solve(day, OUTPUTS)
        assert self.lanes.states is not None
        self.lanes.states = self.exchange(self.lanes.states, days)
        self._pace(before, days)
        self.held.outputs = {name: values[:-1] for name, values in outputs.items()}
        self._eat(days)
        self._draw(days)
        self._lay(days)
        if day - self.held.flowed >= REFLOW - SAME_TIME:
            self._scarred(day)
        means = {name: self.parts.mean(values) for name, values in self.held.outputs.items()}
        self.courses.append({"day": day - self.subject.history_days, **means})
        self.held.steps += 1

    def _pace(self, before: dict[str, Values] | None, days: float) -> None:
        """How long the next window may be: longer where little has changed in this one, which is a leap of the kind
        that Cao, Gillespie and Petzold 2006 (J Chem Phys 124:044109) take; what happens begins anew with STEP."""
        held, lanes = self.held, self.lanes
        assert lanes.states is not None and lanes.typical is not None
        happens = any(abs(event.time - lanes.day) < SAME_TIME for event in lanes.events)
        if before is None or happens:
            held.pace = STEP
            return
        change = max(
            float(np.abs(lanes.states[name] - before[name]).max() / typical)
            for name, typical in zip(lanes.compiled.states, lanes.typical, strict=True)
            if self.exchange.place[name] in EXCHANGED
        )  # fmt: skip
        if change < QUIET and days > 0.7 * held.pace:
            held.pace = min(2 * held.pace, LONGEST)
        elif change > RESTLESS:
            held.pace = max(held.pace / 2, STEP)

    def reflow(self, closed: Points, pressure: Points | None = None) -> None:
        """Blood as it flows where a share of the sinusoids of each place, (n,), is closed; its pressure if known."""
        passes = self._passes(closed)
        if pressure is None:
            self.blood = self.vessels.flow(passes, self.blood.pressure)
        else:
            self.blood = self.vessels.of_pressure(passes, pressure)

    def _scarred(self, day: float) -> None:
        """Scar closes sinusoids; what has hardly changed is not solved anew."""
        assert self.held.strands is not None
        percent = self.held.strands.at_places(self.sheet)
        closed = np.clip(percent / float(self.lanes.constants["collagen_area_maximal"][-1]), 0.0, MOST_CLOSED)
        self.held.flowed = day
        if self.held.closed is None or np.abs(closed - self.held.closed).max() > SAME_SCAR:
            self.held.closed = closed
            self.reflow(closed)

    def _caught(self) -> Points:
        """Where vesicles are caught, (p,) over the mean."""
        first = {name: float(values[-1]) for name, values in self.lanes.constants.items()}
        fold = kupffer(self.downstream, self.measures)
        if self.held.outputs:
            fold = fold * self.parts.at_places(self.held.outputs["macrophage_fold"])
        first["ev_liver_rate"] = float(self.usual_arrest[-1])
        found = caught(self.blood, catching_of(fold, first), vesicle_extraction(first))
        return self.parts.of_places(found, self.sheet.areas)

    def _fed(self) -> Points:
        """Restorative answer to debris, by what macrophages of a patch have eaten, (p,) over the usual."""
        held = self.held
        return (
            np.ones(len(self.parts))
            if held.eaten is None
            else held.eaten.factor(held.outputs["macrophages"], self.measures)
        )

    def _eat(self, days: float) -> None:
        """The dead that are cleared are in macrophages."""
        assert self.lanes.states is not None
        lysed = self.lanes.constants["necrotic_lysis_rate"][:-1] * self.lanes.states["necrotic_hepatocytes"][:-1]
        before = self.held.eaten or Eaten.none(len(self.parts))
        self.held.eaten = before.after(lysed, days, self.measures)

    def _share(self, name: str) -> Points:
        """A state over the healthy number of hepatocytes, as a field over places, (n,)."""
        assert self.lanes.states is not None
        return self.parts.at_places(self.lanes.states[name][:-1] / self.held.outputs["hepatocytes_healthy"])

    def _draw(self, days: float) -> None:
        """Cells of the states as they are."""
        assert self.lanes.states is not None
        inside = ~(self.sheet.in_vein | self.sheet.in_tract)
        shares = {code: self._share(name) for name, code in OF_HEPATOCYTES.items()}
        shares[drawn.GAP] = self.parts.at_places(np.maximum(self.lanes.states["parenchymal_gaps"][:-1], 0.0))
        self.held.hepatocytes = drawn.hepatocytes(shares, self.fate)
        danger = self.parts.at_places(np.log(np.maximum(self.lanes.states["danger_signal"][:-1], 1.0)))
        danger = danger + np.isin(self.held.hepatocytes, (drawn.NECROTIC, drawn.WOUNDED))
        for turn, (kind, name) in enumerate(OF_OTHERS.items()):
            expected = self._share(name) * inside
            if kind == "kupffer":
                expected = expected * kupffer(self.downstream, self.measures)
            reach = self.exchange.reach.get(name, drawn.CRAWL.get(kind, 0.0))
            luck = drawn.draws(self.seed, self.held.steps, 10 + turn)
            pull = self.exchange.pull.get(name, drawn.HUNT.get(kind, 0.0))
            moved = drawn.crawled(self.held.cells[kind], self.ways, danger, pull, reach**2, days, luck)
            self.held.cells[kind] = drawn.matched(moved, expected, self.parts, luck)

    def _lay(self, days: float) -> None:
        """Strands as they are made, pushed and removed."""
        held, outputs = self.held, self.held.outputs
        collagen = outputs["collagen_proportionate_area"]
        in_walls = (1 - WIRE) * float(self.lanes.constants["collagen_area_healthy"][-1])
        wanted = max(self.parts.mean(collagen) - in_walls, 0.0)
        before = healthy(self.sheet, wanted) if held.strands is None else held.strands
        made = np.maximum(collagen - (collagen if held.collagen is None else held.collagen), 0.0)
        lost = np.isin(held.hepatocytes, (drawn.NECROTIC, drawn.GAP))
        held.lost_centrally += days * float((lost * (2 * self.downstream - 1)).sum())
        active = np.bincount(held.cells["activated_stellate"].place, minlength=len(self.sheet)).astype(float)
        turnover = self.lanes.constants["hepatocyte_turnover"][:-1]
        divided = self.parts.at_places(outputs["division_fold"] * turnover) * days
        held.strands = remodelled(
            before, self.sheet, self.parts, made, wanted, self.arms.steady(active),
            self.toward[held.lost_centrally >= 0], PUSH * divided,
        )  # fmt: skip
        held.collagen = collagen

    def frame(self, day: float) -> Frame:
        """The tissue as it is."""
        held = self.held
        assert self.lanes.states is not None and held.strands is not None
        fields = held.outputs | {name: self.lanes.states[name][:-1] for name in FIELDS}
        others = {kind: some.place.copy() for kind, some in held.cells.items()}
        strands = Strands(held.strands.amount.astype(np.float32))
        return Frame(day, held.hepatocytes.copy(), others, strands, Smooth(self.parts, fields))
