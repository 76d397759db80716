"""Cells of the liver in a dish: wells with a stimulus and a product, solved together by the dish's model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from lobule.arguments import a_text, number, one_of, some_names, truth
from lobule.bounds import MOST
from lobule.engine import EventTable
from lobule.engine.events import Event
from lobule.errors import InputError, LobuleError, about, nearest, shown
from lobule.model import dish
from lobule.model.cargo import components
from lobule.quantities import amount, measured
from lobule.simulation import ensemble
from lobule.therapy.products import Product, products

NUMBERS = ("cells", "cells_per_volume")
STIMULUS_KINDS = ("protein_per_volume", "molar")
DOSE_KINDS = {
    "vesicles": ("particles_per_volume", "protein_per_volume", "cells_per_volume"),
    "medium": ("share",),
}
T_CELLS = "1e6 cell/mL"  # their number does not enter; a dish has them or has not
MOST_WELLS = 1_000_000
RTOL = 1e-5


@dataclass(frozen=True)
class Readout:
    """What an assay measures: an output of the dish, the cells that show it, whether an active product lowers it."""

    title: str
    output: str
    cells: tuple[str, ...]
    falls: bool


READOUTS = {
    "tnf_alpha": Readout("TNF-alpha", "tnf_alpha", ("macrophages",), True),
    "il_6": Readout("IL-6", "il_6", ("macrophages",), True),
    "il_1_beta": Readout("IL-1beta", "il_1_beta", ("macrophages",), True),
    "il_10": Readout("IL-10", "il_10", ("macrophages",), False),
    "m2_share": Readout("M2 share of polarised macrophages", "restorative_share", ("macrophages",), False),
    "m2": Readout("M2 markers (CD206, arginase-1)", "m2_markers", ("macrophages",), False),
    "m1": Readout("M1 markers (CD11c)", "m1_markers", ("macrophages",), True),
    "inos": Readout("iNOS", "inos", ("macrophages",), True),
    "nlrp3": Readout("NLRP3", "nlrp3_protein", ("macrophages",), True),
    "inflammasome": Readout("inflammasome activity", "inflammasome_activity", ("macrophages",), True),
    "reactive_oxygen": Readout("reactive oxygen", "reactive_oxygen", ("macrophages", "hepatocytes"), True),
    "nf_kb": Readout("NF-kB activity", "macrophage_nf_kb", ("macrophages",), True),
    "macrophage_survival": Readout("surviving macrophages", "surviving_macrophages", ("macrophages",), False),
    "alpha_sma": Readout("activated stellate cells (alpha-SMA)", "activated_stellate_fold", ("stellate_cells",), True),
    "collagen": Readout("collagen synthesis", "collagen_synthesis_fold", ("stellate_cells",), True),
    "stellate_proliferation": Readout("stellate cell division", "stellate_proliferation", ("stellate_cells",), True),
    "stellate_drive": Readout("drive of stellate activation", "activation_drive", ("stellate_cells",), True),
    "delivered_mirna": Readout(
        "vesicles whose miRNA is in stellate cells (1e9)", "infused_mirna_in_stellate_cells", ("stellate_cells",), False
    ),
    "hepatocyte_death": Readout(
        "dead hepatocytes (share, net of division)", "dead_hepatocyte_share", ("hepatocytes",), True
    ),
    "ifn_gamma": Readout("IFN-gamma", "ifn_gamma", ("t_cells",), True),
    "effector_t_cells": Readout("effector T cells", "effector_t_cells", ("t_cells",), True),
}


@dataclass(frozen=True)
class Dish:
    """A dish: which cells, how much medium, what harms them, how long.

    Parameters
    ----------
    cells : {macrophages, stellate_cells, hepatocytes, t_cells: "1e6 cell" or "1e6 cell/mL"}
    stimulus : {a name of `lobule.model.dish.stimuli()`: "100 ng/mL" or "5 mM"}; empty for resting cells
    species : of the cells
    medium : volume of the well
    duration : from the beginning to the reading
    stimulus_at, product_at : when each is added

    Raises
    ------
    InputError : unknown cells or stimulus, a quantity that does not fit, times after the reading.

    >>> Dish({"macrophages": "1e6 cell"}, {"lps": "100 ng/mL"}).readouts()[:2]
    ['tnf_alpha', 'il_6']
    """

    cells: Mapping[str, str] = field(default_factory=lambda: {"macrophages": "1e6 cell/mL"})
    stimulus: Mapping[str, str] = field(default_factory=dict)
    species: str = "mouse"
    medium: str = "1 mL"
    duration: str = "24 h"
    stimulus_at: str = "0 h"
    product_at: str = "0 h"

    def __post_init__(self) -> None:
        for name in ("cells", "stimulus"):
            if not isinstance(getattr(self, name), Mapping):
                raise InputError(f"{name} must be a dict of names and quantities", [name])
        if not self.cells:
            raise InputError(f"a dish needs cells: {', '.join(dish.CELLS)}", ["cells"])
        a_text(self.species, "species")
        with about("species"):
            dish.values(self.species)
        for name in self.cells:
            if name not in dish.CELLS:
                raise InputError(f"no cells {shown(name)} for a dish. {nearest(name, dish.CELLS)}", ["cells", name])
        low, high = dish.constants()["liver"].low, dish.constants()["liver"].high
        if not low <= self.millilitres <= high:
            raise InputError(f'a medium of "{self.medium}" is outside {low:g} to {high:g} mL of a well', ["medium"])
        for group, read in (("cells", self._number), ("stimulus", self._fold)):
            for name in getattr(self, group):
                with about(group, name):
                    read(name)
        if self.days <= 0:
            raise InputError(f'the duration must be above 0, not "{self.duration}"', ["duration"])
        for name in ("stimulus_at", "product_at"):
            if amount(getattr(self, name), "time", name) >= self.days:
                raise InputError(
                    f'{name} "{getattr(self, name)}" is not before the reading at "{self.duration}"', [name]
                )

    @property
    def days(self) -> float:
        """Days from the beginning to the reading."""
        return amount(self.duration, "time", "duration")

    @property
    def millilitres(self) -> float:
        """Volume of the medium in mL."""
        return amount(self.medium, "volume", "medium")

    def _number(self, name: str) -> float:
        """Cells in the well, in billions."""
        value, kind = measured(self.cells[name], NUMBERS)
        number = (value if kind == "cells" else value * self.millilitres) / 1e9
        constant = dish.CELLS[name][0]
        if constant:
            row = dish.constants()[constant]
            if not row.low <= number <= row.high:
                raise InputError(
                    f'{name}: "{self.cells[name]}" is outside {row.low * 1e9:g} to {row.high * 1e9:g} cells of a well'
                )
        return number

    def _fold(self, name: str) -> tuple[str, float]:
        """The state that a stimulus adds to, and how much."""
        row = dish.stimulus(name)
        unit = f"1 {row.unit}"
        _, kind = measured(unit, STIMULUS_KINDS)
        return row.state, amount(self.stimulus[name], kind) / amount(unit, kind) * row.per_unit

    def constants(self) -> dict[str, float]:
        """Constants of this dish."""
        found = dict(dish.values(self.species)) | {"liver": self.millilitres}
        for name, (constant, _, without) in dish.CELLS.items():
            if name in self.cells and constant:
                found[constant] = self._number(name)
            elif name not in self.cells:
                found |= dict.fromkeys(without, 0.0)
        return found

    def initial(self, constants: Mapping[str, float]) -> dict[str, float]:
        """Start of the states of cells that are not in the dish: traces."""
        found: dict[str, float] = {}
        usual = dish.compiled().solve(constants, None, None, [0.0], outputs=dish.compiled().states)
        for name, (_, states, _) in dish.CELLS.items():
            if name not in self.cells:
                scale = 0.0 if name == "t_cells" else dish.TRACE
                found |= {state: float(usual[state][0, 0]) * scale for state in states}
        return found

    def stimuli(self) -> list[Event]:
        """What is added to a stimulated well."""
        when = amount(self.stimulus_at, "time")
        return [Event(0, when, *self._added(name)) for name in self.stimulus]

    def _added(self, name: str) -> tuple[str, str, float]:
        state, fold = self._fold(name)
        return state, "add", fold

    def readouts(self) -> list[str]:
        """What can be read from these cells."""
        return [name for name, readout in READOUTS.items() if any(c in self.cells for c in readout.cells)]


MOST_PARTICLES = 1e16  # in a mL: more than that is no liquid


@dataclass(frozen=True)
class Well:
    """One well.

    Parameters
    ----------
    product : vesicles or medium; None for a well without
    dose : vesicles: "1e9 particle/mL", "10 ug/mL" of vesicle protein, "1e6 cell/mL" for what so many cells give off;
        medium: "50 %" of the well's medium
    without : components of the cargo that are taken out or blocked (an antagomir)
    stimulated : the dish's stimulus is added
    potency : factor on all cargo, what markers of a batch do not tell

    Raises
    ------
    InputError : cells as a product, a dose in another unit, an unknown component.
    """

    product: Product | str | None = None
    dose: str | None = None
    without: tuple[str, ...] = ()
    stimulated: bool = True
    potency: float = 1.0

    def __post_init__(self) -> None:
        if isinstance(self.product, str):
            try:
                object.__setattr__(self, "product", products[self.product])
            except InputError as error:
                error.field = ("product",)
                raise
        if self.product is not None and not isinstance(self.product, Product):
            raise InputError(f"product is a name, a file or a Product, not {shown(self.product)}", ["product"])
        if (self.product is None) != (self.dose is None):
            raise InputError("a well has a product with its dose, or neither", ["dose"])
        object.__setattr__(self, "without", some_names(self.without, "without"))
        truth(self.stimulated, "stimulated")
        object.__setattr__(self, "potency", number(self.potency, "potency", 0, MOST))
        if isinstance(self.product, Product):
            if self.product.kind == "cells":
                raise InputError(
                    f"{self.product.name} is cells; the dish takes vesicles or conditioned medium", ["product"]
                )
            with about("dose"):
                if self.particles(1.0) > MOST_PARTICLES:
                    raise InputError(f"{shown(self.dose)} is more than {MOST_PARTICLES:g} particles in a mL")
        for name in self.without:
            one_of(name, "without", components(), "component of cargo to take out")

    def particles(self, millilitres: float) -> float:
        """Vesicles in a well of so many mL."""
        if not isinstance(self.product, Product) or self.dose is None:
            return 0.0
        value, kind = measured(self.dose, DOSE_KINDS[self.product.kind])
        product = self.product
        if kind == "share":
            if value > 100:
                raise InputError(f'a dose of "{self.dose}" is more than the whole medium of the well')
            assert product.cells_per_mL is not None and product.particles_per_cell is not None
            value *= product.cells_per_mL.value / 100 * product.particles_per_cell.value
        elif kind == "protein_per_volume":
            assert product.particles_per_ug is not None
            value *= product.particles_per_ug.value
        elif kind == "cells_per_volume":
            if product.particles_per_cell is None:
                raise InputError(f"{product.name} does not say how many particles a cell gives; dose it in particles")
            value *= product.particles_per_cell.value
        return value * millilitres

    def constants(self) -> dict[str, float]:
        """Constants that the product sets in this well."""
        if not isinstance(self.product, Product):
            return {}
        known = dish.values("mouse")
        found = {name: value for name, value in self.product.parameters().items() if name in known}
        copies = {name: value * self.potency for name, value in found.items() if name.endswith("_copies_per_particle")}
        taken = {f"{whose}{name}_copies_per_particle": 0.0 for whose in ("", "secreted_") for name in self.without}
        return found | copies | taken

    def events(self, plate: Dish, kupffer: float) -> list[Event]:
        """What is added to this well."""
        rows = plate.stimuli() if self.stimulated else []
        if not isinstance(self.product, Product):
            return rows
        when, given = amount(plate.product_at, "time"), self.particles(plate.millilitres) / 1e9
        if self.product.kind == "vesicles":
            return [*rows, Event(0, when, "ev_in_sinusoids", "add", given)]
        assert self.product.cells_per_mL is not None and self.product.collection_days is not None
        share = amount(self.dose, "share") / 100
        cells = self.product.cells_per_mL.value * share * plate.millilitres / 1e9
        soluble = cells / kupffer * self.product.collection_days.value * self.potency
        clearance = dish.values("mouse")
        return [*rows, Event(0, when, "secreted_ev_in_sinusoids", "add", given)] + [
            Event(0, when, name, "add", clearance[f"{name}_clearance"] * soluble)
            for name in ("msc_factor", "msc_growth_factor")
        ]


def read_wells(
    plate: Dish, wells: Sequence[Well], readouts: Sequence[str], *, members: int = 0, times: Sequence[float] = ()
) -> NDArray[np.float64]:
    """Solve wells and read them.

    Parameters
    ----------
    plate, wells : the dish and what each well gets
    readouts : names of READOUTS
    members : of the calibrated ensemble; 0 for the usual parameters alone
    times : days; the end of the dish when empty

    Returns
    -------
    (n_wells, max(members, 1), n_times, n_readouts)

    Raises
    ------
    InputError : an unknown readout, one that these cells do not show.
    LobuleError : a well that could not be solved.
    """
    if len(wells) * max(members, 1) > MOST_WELLS:
        raise InputError(f"more than {MOST_WELLS} wells at once")
    for name in readouts:
        if name not in plate.readouts():
            reason = "is not read from these cells" if name in READOUTS else "is unknown"
            raise InputError(f'the readout "{name}" {reason}. {nearest(name, plate.readouts(), 20)}')
    constants = plate.constants()
    kupffer = constants["macrophages_seeded"] / (
        1 + sum(constants[f"{n}_share"] for n in ("monocyte", "inflammatory_macrophage", "restorative_macrophage"))
    )
    n = max(members, 1)
    factors = ensemble.factors(members) if members else {}
    own = [well.constants() for well in wells]
    table = {}
    for name, value in constants.items():
        column = np.repeat([row.get(name, value) for row in own], n)
        table[name] = column * np.tile(factors[name], len(wells)) if name in factors else column
    rows = [
        replace(event, patient=i * n + k)
        for i, well in enumerate(wells)
        for event in well.events(plate, kupffer)
        for k in range(n)
    ]
    grid = np.asarray(times or [plate.days], float)
    outputs = [READOUTS[name].output for name in readouts]
    solution = dish.compiled().solve(
        table, plate.initial(constants), EventTable(rows), grid, rtol=RTOL, outputs=list(dict.fromkeys(outputs))
    )
    if not solution.complete:
        raise LobuleError(f"a well could not be solved: {next(r for r in solution.reasons if r)} (time in days)")
    found = np.stack([solution[name] for name in outputs], axis=-1)
    return found.reshape(len(wells), n, len(grid), len(readouts))
