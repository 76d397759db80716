"""The dish: the liver's own fragments for macrophages, stellate cells, hepatocytes and T cells, and a well for a body.

`dish/well.ant` holds what takes the place of the body, `dish/parameters.csv` the constants that are the dish's own or
differ there, `dish/stimuli.csv` what is added to a well. All other constants are those of the species' liver.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lobule import engine
from lobule.errors import InputError, nearest
from lobule.model import cargo
from lobule.model.assemble import fragment_text, sbml_of, written
from lobule.model.parameters import parameter_table, values_for

FOLDER = Path(__file__).parent / "dish"
SHARED = ("macrophage_polarisation", "cytokines", "t_cells", "stellate_cells", "matrix", "hepatocytes",
          "immune_injury", "soluble_factors", "cargo_action", cargo.FRAGMENT)  # fmt: skip
TRACE = 1e-6  # of the usual number: cells that are not in a dish, so that no ratio divides by nothing
# What stands for each cell type: the constant with its number, its states, constants that are 0 without it
CELLS = {
    "macrophages": ("macrophages_seeded", ("kupffer_cells", "recruited_monocytes", "inflammatory_macrophages",
                    "restorative_macrophages"), ()),
    "stellate_cells": ("stellate_cells_seeded", ("quiescent_stellate_cells", "activated_stellate_cells",
                       "inactivated_stellate_cells"), ("stellate_apoptosis_rate", "stellate_renewal_rate")),
    "hepatocytes": ("hepatocytes_seeded", ("hepatocytes", "apoptotic_hepatocytes"), ()),
    "t_cells": ("", ("effector_t_cells", "regulatory_t_cells", "ifn_gamma"),
                ("effector_turnover", "regulatory_turnover", "autoreactive_turnover")),
}  # fmt: skip


@dataclass(frozen=True)
class Constant:
    """A constant of the dish, with its range, source and grade."""

    id: str
    value: float
    unit: str
    low: float
    high: float
    source: str
    grade: str
    note: str


@dataclass(frozen=True)
class Stimulus:
    """What is added to a well: how much of a state one `unit` brings."""

    id: str
    title: str
    state: str
    per_unit: float
    unit: str
    low: float
    high: float
    source: str
    grade: str
    note: str


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def constants() -> dict[str, Constant]:
    """Constants that are the dish's own or have another value there than in the liver."""
    return {
        row["id"]: Constant(**{**row, **{k: float(row[k]) for k in ("value", "low", "high")}})  # type: ignore[arg-type]
        for row in _rows("parameters.csv")
    }


@cache
def stimuli() -> dict[str, Stimulus]:
    """What can be added to a well, by name."""
    return {
        row["id"]: Stimulus(**{**row, **{k: float(row[k]) for k in ("per_unit", "low", "high")}})  # type: ignore[arg-type]
        for row in _rows("stimuli.csv")
    }


def stimulus(name: str) -> Stimulus:
    """One stimulus; an unknown name says which is nearest."""
    if name not in stimuli():
        raise InputError(f'no stimulus "{name}". {nearest(name, stimuli())}')
    return stimuli()[name]


@cache
def _body() -> str:
    return "\n".join([(FOLDER / "well.ant").read_text(encoding="utf-8"), *(fragment_text(name) for name in SHARED)])


@cache
def values(species: str) -> dict[str, float]:
    """Constants of a dish with cells of a species; raises InputError for an unknown species."""
    named = set(re.findall(r"[a-z]\w*", re.sub(r"//.*", "", _body())))
    shared = {name: value for name, value in values_for(species).items() if name in named}
    return shared | {name: row.value for name, row in constants().items()}


@cache
def antimony_text(species: str = "mouse") -> str:
    """The dish as Antimony text."""
    units = {p.id: p.unit for p in parameter_table().values()} | {c.id: c.unit for c in constants().values()}
    return written("dish", fragment_text("functions"), _body(), values(species), units)


@cache
def sbml(species: str = "mouse") -> str:
    """The dish as SBML Level 3 Version 2, every number with its unit."""
    return sbml_of(antimony_text(species), f"lobule: {species} liver cells in a dish under exosomes")


@cache
def compiled() -> engine.CompiledModel:
    """The compiled dish; species differ only in their constants."""
    return engine.compile(sbml("mouse"))
