"""Puts the fragments and the parameter table together: Antimony, SBML with units, and the compiled model."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import libsbml

from lobule import engine
from lobule.engine.read import sbml_text
from lobule.errors import InputError, ModelError
from lobule.model import cargo
from lobule.model.parameters import parameter_table, values_for

FOLDER = Path(__file__).parent
FRAGMENTS = (*sorted(path.stem for path in (FOLDER / "fragments").glob("*.ant")), cargo.FRAGMENT)

# How SBML is told what its numbers mean: time in days, everything that is counted in billions.
MODEL_UNITS = (
    "unit substance = 1e9 item; unit extent = 1e9 item; unit time_unit = 86400 second; unit volume = 1e-3 litre;"
)


@cache
def _unit_table() -> list[dict[str, str]]:
    with (FOLDER / "units.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fragment_text(name: str) -> str:
    """One fragment as Antimony; that of the cargo is written from its files."""
    if name == cargo.FRAGMENT:
        return cargo.effects_text()
    return (FOLDER / "fragments" / f"{name}.ant").read_text(encoding="utf-8")


def antimony_text(species: str) -> str:
    """The whole model of one species as Antimony text.

    Raises
    ------
    InputError : unknown species, or a parameter whose unit is not in units.csv.
    """
    texts = {name: fragment_text(name) for name in FRAGMENTS}
    functions = texts.pop("functions")
    units = {name: parameter_table()[name].unit for name in parameter_table()}
    return written("lobule", functions, "\n".join(texts.values()), values_for(species), units)


def written(name: str, functions: str, body: str, values: Mapping[str, float], units: Mapping[str, str]) -> str:
    """A model as Antimony: functions, equations, and the constants with their units.

    Raises
    ------
    InputError : a constant whose unit is not in units.csv.
    """
    definitions = [f"unit {row['sbml_id']} = {row['definition']};" for row in _unit_table() if row["definition"]]
    ids = {row["unit"]: row["sbml_id"] for row in _unit_table()}
    lines = []
    for constant, value in values.items():
        unit = units[constant]
        if unit not in ids:
            raise InputError(f'parameters.csv, "{constant}": unit "{unit}" is not in units.csv')
        lines.append(f"{constant} = {value!r}; {constant} has {ids[unit]};")
    return "\n".join([functions, f"model {name}()", MODEL_UNITS, *definitions, body, *lines, "end", ""])


@cache
def sbml(species: str) -> str:
    """The whole model as SBML Level 3 Version 2, every number with its unit."""
    return sbml_of(antimony_text(species), f"lobule: {species} liver under mesenchymal stem cell exosomes")


def sbml_of(antimony: str, title: str) -> str:
    """A model in Antimony as SBML Level 3 Version 2 with its title, every number with its unit."""
    document = libsbml.readSBMLFromString(sbml_text(antimony))
    model = document.getModel()
    model.setName(title)
    formulas = [r.getMath() for r in model.getListOfRules()]
    formulas += [a.getMath() for a in model.getListOfInitialAssignments()]
    formulas += [r.getKineticLaw().getMath() for r in model.getListOfReactions()]
    formulas += [f.getBody() for f in model.getListOfFunctionDefinitions()]
    for formula in formulas:
        _mark_dimensionless(formula)
    if model.getNumReactions() == 0:
        raise ModelError("the assembled model has no reactions; are the fragments installed?")
    return libsbml.writeSBMLToString(document)


def _mark_dimensionless(node: libsbml.ASTNode) -> None:
    """A bare number in a formula is a pure number; exponents must stay bare for libsbml's unit check."""
    if node.isNumber():
        node.setUnits("dimensionless")
    for i in range(node.getNumChildren()):
        _mark_dimensionless(node.getChild(i))


@cache
def compiled(species: str) -> engine.CompiledModel:
    """The compiled model of one species; made once a process."""
    return engine.compile(sbml(species))


def units_of(model: engine.CompiledModel) -> dict[str, str]:
    """Readable unit of every output ("1/d", "g/L", "%"); "1" for a pure number or a fold of health."""
    readable = {row["sbml_id"]: row["unit"] for row in _unit_table()}
    readable["giga_item/time_unit"] = readable["substance/time_unit"] = "1e9/d"
    return {name: readable.get(unit, unit) for name, unit in model.units.items()}
