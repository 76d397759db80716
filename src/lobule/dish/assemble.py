"""The dish: the liver's own fragments for macrophages, stellate cells, hepatocytes and T cells, and a well for a body.

`well.ant` holds what takes the place of the body, `parameters.csv` the constants that are the dish's own or differ
there, `stimuli.csv` what is added to a well. All other constants are those of the species' liver.
"""

from __future__ import annotations

import re
from functools import cache

from lobule import engine
from lobule.dish.tables import FOLDER, constants
from lobule.model import cargo
from lobule.model.assemble import fragment_text, sbml_of, terms_of, written
from lobule.model.parameters import parameter_table, values_for

SHARED = (
    "macrophage_polarisation",
    "cytokines",
    "t_cells",
    "stellate_cells",
    "matrix",
    "hepatocytes",
    "regeneration",
    "immune_injury",
    "soluble_factors",
    "macrophage_education",
    "cargo_action",
    cargo.FRAGMENT,
)


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
    return engine.compile(sbml("mouse"), terms_of(_body()))
