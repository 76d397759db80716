"""Puts the fragments and the parameter table together: Antimony, SBML with units, and the compiled model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import libsbml

from lobule import engine
from lobule.engine.read import antimony_text as antimony_reader
from lobule.engine.read import sbml_text
from lobule.errors import InputError, ModelError
from lobule.keeping import keep, kept
from lobule.model import cargo
from lobule.model.balance import names_of_balances, with_balances, without_comments
from lobule.model.health import warn_where_ill
from lobule.model.parameters import parameter_table, values_for
from lobule.model.slots import MOST, ONE, Slots, constants_of_products, further, in_slot, with_slots
from lobule.rows import Row, read_rows

FOLDER = Path(__file__).parent
FRAGMENTS = (*sorted(path.stem for path in (FOLDER / "fragments").glob("*.ant")), cargo.FRAGMENT)
FORMULA = re.compile(r"(?m)^formula (\w+) :=")  # a term of an equation: a part of it that has a name
QUANTITY = re.compile(r"(?m)(?:^|; )(?:formula )?(\w+)'? :?= ")  # what a statement defines
NAME = re.compile(r"[A-Za-z_]\w*")

# How SBML is told what its numbers mean: time in days, everything that is counted in billions.
MODEL_UNITS = (
    "unit substance = 1e9 item; unit extent = 1e9 item; unit time_unit = 86400 second; unit volume = 1e-3 litre;"
)


class _Unit(Row):
    unit: str
    sbml_id: str
    definition: str


@cache
def _unit_table() -> tuple[_Unit, ...]:
    return read_rows(FOLDER / "units.csv", _Unit)


def fragment_text(name: str) -> str:
    """One fragment as Antimony; what the cargo does is written from its files."""
    if name == cargo.FRAGMENT:
        return cargo.effects_text()
    text = (FOLDER / "fragments" / f"{name}.ant").read_text(encoding="utf-8")
    return text.replace(cargo.DELIVERY, cargo.delivery_text())


def lines_of(fragment: str) -> list[tuple[int, str]]:
    """Line numbers and code of a fragment, what is continued on further lines in one."""
    found, text, first = [], "", 1
    for number, line in enumerate(fragment_text(fragment).splitlines(), start=1):
        first = first if text else number
        part = line.split("//")[0].strip().removesuffix("\\").rstrip()
        text += part if not text or part[:1] in "*/" else f" {part}"
        if not line.endswith("\\"):
            found.append((first, text))
            text = ""
    return found


def terms_of(text: str) -> tuple[str, ...]:
    """Names of the terms in Antimony text: parts of an equation that have a name (`formula name := ...`)."""
    return tuple(FORMULA.findall(without_comments(text)))


def antimony_text(species: str, slots: Slots = ONE) -> str:
    """The whole model of one species as Antimony text, with slots for as many products of a kind.

    Raises
    ------
    InputError : unknown species, or a parameter whose unit is not in units.csv.
    """
    values = values_for(species)
    units = {name: row.unit for name, row in parameter_table().items()}
    units |= {in_slot(name, i): units[name] for name in constants_of_products() for i in range(2, MOST + 1)}
    body = _body(slots)
    return written("lobule", fragment_text("functions"), body, {**values, **further(slots)}, units)


@cache
def _body(slots: Slots) -> str:
    return with_slots({name: fragment_text(name) for name in FRAGMENTS if name != "functions"}, slots)


def written(name: str, functions: str, body: str, values: Mapping[str, float], units: Mapping[str, str]) -> str:
    """A model as Antimony: functions, equations, and the constants with their units.

    Raises
    ------
    InputError : a constant whose unit is not in units.csv.
    """
    body = with_balances(body, functions)
    body, order = _with_units(body), _in_order_of_mention(body, values)
    definitions = [f"unit {row.sbml_id} = {row.definition};" for row in _unit_table() if row.definition]
    ids = {row.unit: row.sbml_id for row in _unit_table()}
    lines = []
    for constant, value in values.items():
        unit = units[constant]
        if unit not in ids:
            raise InputError(f'parameters.csv, "{constant}": unit "{unit}" is not in units.csv')
        lines.append(f"{constant} = {value!r}; {constant} has {ids[unit]};")
    return "\n".join([functions, f"model {name}()", MODEL_UNITS, order, *definitions, body, *lines, "end", ""])


def _with_units(body: str) -> str:
    """The same text with the unit of every term that has none of its own: a pure number."""
    own = set(re.findall(r"(\w+) has ", without_comments(body)))
    return "\n".join([body, *(f"{name} has dimensionless;" for name in terms_of(body) if name not in own)])


def _in_order_of_mention(body: str, values: Mapping[str, float]) -> str:
    """A declaration of all quantities but terms, in the order in which the equations mention them with their terms
    written out: so that naming a term, or moving it, changes no sum's order and no last digit."""
    statements = without_comments(body).replace("\n", " ").split(";")
    formulas = {m[1]: s.split(":=", 1)[1] for s in statements if (m := re.match(r"\s*formula (\w+) :=", s))}
    species = set(re.findall(r"(\w+) in \w+", " ".join(s for s in statements if "substanceOnly species" in s)))
    known = (set(QUANTITY.findall(without_comments(body))) | values.keys()) - species - formulas.keys()
    found: dict[str, None] = {}

    def mention(text: str) -> None:
        for name in NAME.findall(text):
            if name in formulas:
                mention(formulas[name])
            elif name in known:
                found[name] = None

    for statement in statements:
        words = NAME.findall(statement)
        if words and words[0] != "formula" and words[0] not in formulas:  # the latter: its unit or label
            mention(statement)
    return "".join(f"var {name};\n" for name in found)


@cache
def terms(slots: Slots = ONE) -> tuple[str, ...]:
    """Names of all terms of the liver."""
    return terms_of(_body(slots))


@cache
def balances() -> tuple[str, ...]:
    """Names of all quantities that balances define."""
    return tuple(name for fragment in FRAGMENTS for name in names_of_balances(fragment_text(fragment)))


@cache
def sbml(species: str, slots: Slots = ONE) -> str:
    """The whole model as SBML Level 3 Version 2, every number with its unit."""
    return sbml_of(antimony_text(species, slots), f"lobule: {species} liver under mesenchymal stem cell exosomes")


def sbml_of(antimony: str, title: str) -> str:
    """A model in Antimony as SBML Level 3 Version 2 with its title, every number with its unit; kept in the cache."""
    translators = [f"{package} {version(package)}" for package in ("antimony", "python-libsbml")]
    code = [Path(file).read_text(encoding="utf-8") for file in (__file__, antimony_reader.__file__)]
    name = f"sbml-{hashlib.sha256(repr([antimony, title, *translators, *code]).encode()).hexdigest()}.xml"
    content = kept(name)
    if content is None:
        content = _translated(antimony, title).encode("utf-8")
        keep(name, content)
    return content.decode("utf-8")


def _translated(antimony: str, title: str) -> str:
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
def compiled(species: str, slots: Slots = ONE) -> engine.CompiledModel:
    """The compiled model of one species; made once a process. Warns where its healthy subject does not stay healthy."""
    found = engine.compile(sbml(species, slots), terms(slots))
    if slots == ONE:
        warn_where_ill(found, species, balances())
    return found


def units_of(model: engine.CompiledModel) -> dict[str, str]:
    """Readable unit of every output ("1/d", "g/L", "%"); "1" for a pure number or a fold of health."""
    readable = {row.sbml_id: row.unit for row in _unit_table()}
    readable["giga_item/time_unit"] = readable["substance/time_unit"] = "1e9/d"
    return {name: readable.get(unit, unit) for name, unit in model.units.items()}
