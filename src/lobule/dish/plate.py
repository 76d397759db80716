"""A dish: which cells of the liver it holds, what harms them, and what it starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from lobule.arguments import a_text
from lobule.dish import assemble, tables
from lobule.dish.readouts import READOUTS
from lobule.engine.events import Event
from lobule.errors import InputError, Mistakes, nearest, shown
from lobule.quantities import amount, measured

NUMBERS = ("cells", "cells_per_volume")
STIMULUS_KINDS = ("protein_per_volume", "molar")
TRACE = 1e-6  # of the usual number: cells that are not in a dish, so that no ratio divides by nothing


class CellType(NamedTuple):
    """Cells as the dish has them: the constant with their number, their states, constants that are 0 without them."""

    seeded: str
    states: tuple[str, ...]
    without: tuple[str, ...] = ()


CELLS = {
    "macrophages": CellType(
        "macrophages_seeded",
        ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages", "restorative_macrophages"),
    ),
    "stellate_cells": CellType(
        "stellate_cells_seeded",
        ("quiescent_stellate_cells", "activated_stellate_cells", "inactivated_stellate_cells"),
        ("stellate_apoptosis_rate", "stellate_renewal_rate"),
    ),
    "hepatocytes": CellType("hepatocytes_seeded", ("hepatocytes", "apoptotic_hepatocytes")),
    "t_cells": CellType(
        "",  # their number does not enter; a dish has them or has not
        ("effector_t_cells", "regulatory_t_cells", "ifn_gamma"),
        ("effector_turnover", "regulatory_turnover", "autoreactive_turnover"),
    ),
}


@dataclass(frozen=True)
class Dish:
    """A dish: which cells, how much medium, what harms them, how long.

    Parameters
    ----------
    cells : {macrophages, stellate_cells, hepatocytes, t_cells: "1e6 cell" or "1e6 cell/mL"}
    stimulus : {a name of `lobule.dish.tables.stimuli()`: "100 ng/mL" or "5 mM"}; empty for resting cells
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
        found = Mistakes()
        with found.at("species"):
            assemble.values(a_text(self.species, "species"))
        with found.at():
            self._check_medium()
            self._check_contents()
        with found.at():
            self._check_times()
        found.tell()

    def _check_medium(self) -> None:
        low, high = tables.constants()["liver"].low, tables.constants()["liver"].high
        if not low <= self.millilitres <= high:
            raise InputError(f'a medium of "{self.medium}" is outside {low:g} to {high:g} mL of a well', ["medium"])

    def _check_contents(self) -> None:
        found = Mistakes()
        if not self.cells:
            found.note(InputError(f"a dish needs cells: {', '.join(CELLS)}", ["cells"]))
        for name in self.cells:
            with found.at("cells", name):
                if name not in CELLS:
                    raise InputError(f"no cells {shown(name)} for a dish. {nearest(name, CELLS)}")
                self._number(name)
        for name in self.stimulus:
            with found.at("stimulus", name):
                self._fold(name)
        found.tell()

    def _check_times(self) -> None:
        found = Mistakes()
        if self.days <= 0:
            raise InputError(f'the duration must be above 0, not "{self.duration}"', ["duration"])
        for name in ("stimulus_at", "product_at"):
            with found.at(name):
                if amount(getattr(self, name), "time") >= self.days:
                    raise InputError(f'{name} "{getattr(self, name)}" is not before the reading at "{self.duration}"')
        found.tell()

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
        constant = CELLS[name].seeded
        if constant:
            row = tables.constants()[constant]
            if not row.low <= number <= row.high:
                raise InputError(
                    f'{name}: "{self.cells[name]}" is outside {row.low * 1e9:g} to {row.high * 1e9:g} cells of a well'
                )
        return number

    def _fold(self, name: str) -> tuple[str, float]:
        """The state that a stimulus adds to, and how much."""
        row = tables.stimulus(name)
        unit = f"1 {row.unit}"
        _, kind = measured(unit, STIMULUS_KINDS)
        return row.state, amount(self.stimulus[name], kind) / amount(unit, kind) * row.per_unit

    def constants(self) -> dict[str, float]:
        """Constants of this dish."""
        found = dict(assemble.values(self.species)) | {"liver": self.millilitres}
        for name, kind in CELLS.items():
            if name in self.cells and kind.seeded:
                found[kind.seeded] = self._number(name)
            elif name not in self.cells:
                found |= dict.fromkeys(kind.without, 0.0)
        return found

    def initial(self, constants: Mapping[str, float]) -> dict[str, float]:
        """Start of the states of cells that are not in the dish: traces."""
        found: dict[str, float] = {}
        usual = assemble.compiled().solve(constants, None, None, [0.0], outputs=assemble.compiled().states)
        for name, kind in CELLS.items():
            if name not in self.cells:
                scale = 0.0 if name == "t_cells" else TRACE
                found |= {state: float(usual[state][0, 0]) * scale for state in kind.states}
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
