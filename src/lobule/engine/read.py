"""Reads Antimony or SBML into an OdeSystem. What is not supported is refused by name and element id, never guessed.

Supported: SBML from Level 2 Version 4 to Level 3 Version 2 core: compartments (also of variable size), species as
amounts or concentrations, boundary and constant species, function definitions, initial assignments, assignment and
rate rules, reactions with local parameters and constant or variable stoichiometry, conversion factors, piecewise and
logic, events without delay. Refused: algebraic rules, delays, event delays and priorities, fast reactions, required
packages.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from pathlib import Path

import antimony
import libsbml
import symengine as se

from lobule.engine.mathml import expression, number, truth
from lobule.engine.system import TIME, ModelEvent, OdeSystem
from lobule.errors import ModelError

LARGEST_FILE = 20_000_000  # characters; a model of 10,000 reactions has some 10 million

_ANTIMONY = threading.Lock()  # libantimony keeps its loaded models in one global list


def sbml_text(source: str | Path) -> str:
    """Give the SBML of a model, translating Antimony; raises ModelError with the parser's line number."""
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    if len(text) > LARGEST_FILE:
        raise ModelError(f"the model has {len(text)} characters; the reader takes at most {LARGEST_FILE}")
    return text if text.lstrip().startswith("<") else _from_antimony(text)


def _from_antimony(text: str) -> str:
    with _ANTIMONY:
        antimony.clearPreviousLoads()
        if antimony.loadAntimonyString(text) < 0:
            raise ModelError(f"the Antimony model cannot be read: {_last_error()}")
        sbml = antimony.getSBMLString(antimony.getMainModuleName())
        antimony.clearPreviousLoads()
    if not sbml:
        raise ModelError("the Antimony text holds no model")
    return sbml


def _last_error() -> str:
    try:
        return " ".join(antimony.getLastError().split())
    except UnicodeDecodeError:  # libantimony cuts its quotation of the model in the middle of a character
        return "it holds characters that Antimony does not know"


def system_from_sbml(sbml: str) -> OdeSystem:
    """Read SBML text into an OdeSystem; raises ModelError naming the element at fault."""
    document = libsbml.readSBMLFromString(sbml)
    _refuse_broken(document)
    for option in ("expandFunctionDefinitions", "promoteLocalParameters"):
        properties = libsbml.ConversionProperties()
        properties.addOption(option, True)
        if document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
            raise ModelError(f"the SBML model cannot be prepared: {option} failed")
    _refuse_unsupported(document)
    return _Reader(document.getModel()).system()


def _refuse_broken(document: libsbml.SBMLDocument) -> None:
    for i in range(document.getNumErrors()):
        error = document.getError(i)
        if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR:
            raise ModelError(f"the SBML cannot be read, line {error.getLine()}: {error.getShortMessage()}")
    if document.getModel() is None:
        raise ModelError("the SBML document holds no model")


HARMLESS = ("l3v2extendedmath", "layout", "render")  # part of the core, or only about pictures


def _refuse_unsupported(document: libsbml.SBMLDocument) -> None:
    model = document.getModel()
    for i in range(document.getNumPlugins()):
        package = document.getPlugin(i).getPackageName()
        if document.getPkgRequired(package) and package not in HARMLESS:
            raise ModelError(f'the SBML package "{package}" changes what the model means and is not supported')
    for event in model.getListOfEvents():
        for what, given in (("a delay", event.isSetDelay()), ("a priority", event.isSetPriority())):
            if given:
                raise ModelError(f'event "{event.getId()}" has {what}, which is not supported')
    for rule in model.getListOfRules():
        if rule.isAlgebraic() and rule.isSetMath():
            raise ModelError(f"an algebraic rule ({rule.getFormula()} = 0) is not supported")
    for reaction in model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            raise ModelError(f'reaction "{reaction.getId()}" is fast, which is not supported')


class _Reader:
    """Walks one libsbml model; every quantity gets its symbol first, formulas are translated afterwards."""

    def __init__(self, model: libsbml.Model) -> None:
        self.model = model
        self.species = {s.getId(): s for s in model.getListOfSpecies()}
        # An element whose formula is left out (Level 3 Version 2) says nothing.
        self.rules = {r.getVariable(): r for r in model.getListOfRules() if r.isSetMath() and not r.isAlgebraic()}
        self.initial = {a.getSymbol(): a for a in model.getListOfInitialAssignments() if a.isSetMath()}
        self.reactions = {r.getId(): r for r in model.getListOfReactions()}
        self.states = [name for name in self._variables() if self._is_state(name)]
        self.stoichiometries = {  # Level 2: a formula in the place of a number
            reference.getId(): reference for reference in self._references() if reference.isSetStoichiometryMath()
        }
        assigned = [name for name, rule in self.rules.items() if rule.isAssignment()]
        assigned += [name for name in self.stoichiometries if name]
        self.constants = [n for n in self._variables() if n not in self.states and n not in assigned]
        self.symbols: dict[str, se.Expr] = {n: se.Symbol(f"y{i}") for i, n in enumerate(self.states)}
        self.symbols |= {n: se.Symbol(f"p{i}") for i, n in enumerate(self.constants)}
        self.symbols |= {n: se.Symbol(f"a{i}") for i, n in enumerate([*assigned, *self.reactions])}
        self.assigned = assigned

    def _variables(self) -> Iterator[str]:
        for group in (self.model.getListOfCompartments(), self.species.values(), self.model.getListOfParameters()):
            for element in group:
                yield element.getId()
        for reference in self._references():
            if reference.getId():
                yield reference.getId()

    def _references(self) -> Iterator[libsbml.SpeciesReference]:
        for reaction in self.reactions.values():
            yield from [*reaction.getListOfReactants(), *reaction.getListOfProducts()]

    def _is_state(self, name: str) -> bool:
        rule = self.rules.get(name)
        if rule is not None:
            return rule.isRate()
        species = self.species.get(name)
        return species is not None and not species.getConstant() and not species.getBoundaryCondition()

    def _is_concentration(self, name: str) -> bool:
        species = self.species.get(name)
        if species is None or species.getHasOnlySubstanceUnits():
            return False
        return self.model.getCompartment(species.getCompartment()).getSpatialDimensions() != 0

    def _size(self, species: str) -> se.Expr:
        return self.symbols[self.species[species].getCompartment()]

    def lookup(self, name: str) -> se.Expr:
        """Value of a name in a formula: for a species given as concentration, amount over compartment size."""
        if name not in self.symbols:
            raise ModelError(f'the formula uses "{name}", which the model does not define')
        symbol = self.symbols[name]
        return symbol / self._size(name) if self._holds_amount(name) else symbol

    def _holds_amount(self, name: str) -> bool:
        """The symbol of a species stands for its amount, while formulas mean its concentration.

        A rule gives the concentration itself; everything else changes or keeps amounts.
        """
        return self._is_concentration(name) and name not in self.rules

    def _math(self, element: libsbml.SBase, where: str) -> se.Expr:
        try:
            return expression(element.getMath(), self.lookup, where)
        except ModelError as error:
            raise error if str(error).startswith(where) else ModelError(f"{where}: {error}") from error

    def system(self) -> OdeSystem:
        """Put everything together."""
        assignments = self._assignments()
        rates = {name: self._rate(name) for name in self.states}
        values = [self._number(name) for name in self.constants]
        initial = _Initial(self, assignments)
        outputs = {name: self.lookup(name) for name in [*self._variables(), *self.reactions]}
        return OdeSystem(
            name=self.model.getId(),
            time_unit=self.model.getTimeUnits(),
            states=tuple(self.states),
            rates=tuple(rates[name] for name in self.states),
            constants=tuple(self.constants),
            constant_values=tuple(values),
            assignments=tuple(assignments),
            reactions=tuple(self.reactions),
            initial_states=tuple(initial.amount(name) for name in self.states),
            initial_constants={
                self.constants.index(name): initial.amount(name)
                for name in self.constants
                if name in self.initial or self._by_size(name)
            },
            outputs=outputs,
            events=tuple(self._event(event) for event in self.model.getListOfEvents()),
            units={n: u for n in outputs if (u := self._unit(n))},
            labels={n: e.getName() for n in outputs if (e := self.model.getElementBySId(n)) and e.getName()},
        )

    def _assignments(self) -> list[tuple[se.Symbol, se.Expr]]:
        formulas = {
            self.symbols[n]: number(self._math(rule, f'assignment rule of "{n}"'))
            for n, rule in self.rules.items()
            if rule.isAssignment()
        }
        formulas |= {self.symbols[n]: self._stoichiometry_formula(r) for n, r in self.stoichiometries.items() if n}
        for name, reaction in self.reactions.items():
            law = reaction.getKineticLaw()
            silent = law is None or not law.isSetMath()
            formulas[self.symbols[name]] = se.Integer(0) if silent else number(self._math(law, f'reaction "{name}"'))
        names = {symbol: name for name, symbol in self.symbols.items()}
        return list(_in_order(formulas, names))

    def _rate(self, name: str) -> se.Expr:
        rule = self.rules.get(name)
        if rule is not None:
            return number(self._math(rule, f'rate rule of "{name}"'))
        total: se.Expr = se.Integer(0)
        for reaction_name, reaction in self.reactions.items():
            for sign, references in ((-1, reaction.getListOfReactants()), (1, reaction.getListOfProducts())):
                for reference in references:
                    if reference.getSpecies() == name:
                        total += sign * self._stoichiometry(reference) * self.symbols[reaction_name]
        factor = self.species[name].getConversionFactor() or self.model.getConversionFactor()
        return total * self.symbols[factor] if factor else total

    def _stoichiometry_formula(self, reference: libsbml.SpeciesReference) -> se.Expr:
        where = f'stoichiometry of "{reference.getSpecies()}"'
        return number(self._math(reference.getStoichiometryMath(), where))

    def _event(self, event: libsbml.Event) -> ModelEvent:
        where = f'event "{event.getId()}"'
        trigger = event.getTrigger()
        silent = trigger is None or not trigger.isSetMath()
        formulas = {
            a.getVariable(): number(self._math(a, f'{where}, assignment of "{a.getVariable()}"'))
            for a in event.getListOfEventAssignments()
            if a.isSetMath()
        }
        is_level_3 = self.model.getLevel() >= 3
        return ModelEvent(
            name=event.getId(),
            trigger=se.false if silent else truth(self._math(trigger, f"{where}, trigger")),
            assignments=tuple((self.symbols[n], self._new_amount(n, f, formulas)) for n, f in formulas.items()),
            initially=trigger.getInitialValue() if is_level_3 and trigger is not None else True,
            persistent=trigger.getPersistent() if is_level_3 and trigger is not None else True,
            at_trigger=event.getUseValuesFromTriggerTime() if event.isSetUseValuesFromTriggerTime() else True,
        )

    def _new_amount(self, name: str, formula: se.Expr, together: dict[str, se.Expr]) -> se.Expr:
        """What an event assigns to the symbol of `name`: a concentration times the size that holds afterwards."""
        if name in self.assigned or name not in self.symbols:
            raise ModelError(f'an event assigns "{name}", which is not a variable that an event may change')
        if not self._holds_amount(name):
            return formula
        compartment = self.species[name].getCompartment()
        return formula * together.get(compartment, self.symbols[compartment])

    def _stoichiometry(self, reference: libsbml.SpeciesReference) -> se.Expr:
        if reference.getId():
            return self.symbols[reference.getId()]
        if reference.isSetStoichiometryMath():
            return self._stoichiometry_formula(reference)
        value = reference.getStoichiometry()
        if not math.isfinite(value):
            raise ModelError(f'species reference of "{reference.getSpecies()}" has no stoichiometry')
        return se.Integer(int(value)) if value == int(value) else se.RealDouble(value)

    def _by_size(self, name: str) -> bool:
        """A fixed species given as concentration: its amount follows the size of its compartment."""
        species = self.species.get(name)
        return species is not None and species.isSetInitialConcentration()

    def _number(self, name: str) -> float:
        """Default value; NaN where the file gives none (an initial assignment may). Species: amount."""
        if name in self.species:
            species = self.species[name]
            return species.getInitialAmount() if species.isSetInitialAmount() else math.nan
        element = self.model.getElementBySId(name)
        if isinstance(element, libsbml.Compartment):
            if not element.isSetSize() and element.getSpatialDimensionsAsDouble() == 0:
                return 1.0  # a point needs no size; nothing is divided by it
            return element.getSize() if element.isSetSize() else math.nan
        if isinstance(element, libsbml.SpeciesReference):
            return element.getStoichiometry()
        return element.getValue() if element.isSetValue() else math.nan

    def _unit(self, name: str) -> str:
        if name in self.species:
            return self.species[name].getSubstanceUnits() or self.model.getSubstanceUnits()
        if name in self.reactions:
            extent, time = self.model.getExtentUnits(), self.model.getTimeUnits()
            return f"{extent}/{time}" if extent and time else ""
        element = self.model.getElementBySId(name)
        return element.getUnits() if hasattr(element, "getUnits") else ""


class _Initial:
    """Start values as expressions over the constants and time, initial assignments and rules resolved."""

    def __init__(self, reader: _Reader, assignments: list[tuple[se.Symbol, se.Expr]]) -> None:
        self.reader = reader
        self.assignments = dict(assignments)
        self.known: dict[str, se.Expr] = {}
        self.open: set[str] = set()

    def amount(self, name: str) -> se.Expr:
        """Start value of a state or constant; for a species its amount."""
        if name not in self.known:
            if name in self.open:
                raise ModelError(f'the start value of "{name}" depends on itself')
            self.open.add(name)
            self.known[name] = self._resolve(name)
            self.open.discard(name)
        value = self.known[name]
        if value == se.nan:
            raise ModelError(f'"{name}" has no start value; give one in the model')
        return value

    def _resolve(self, name: str) -> se.Expr:
        reader = self.reader
        if name in reader.initial:
            value = self._at_start(number(reader._math(reader.initial[name], f'initial assignment of "{name}"')))
            return value * self._at_start(reader._size(name)) if reader._holds_amount(name) else value
        if name not in reader.states and name not in reader.species:
            return reader.symbols[name]
        species = reader.species.get(name)
        if species is not None:
            return self._species(name, species)
        value = reader._number(name)
        return se.nan if math.isnan(value) else se.RealDouble(value)

    def _species(self, name: str, species: libsbml.Species) -> se.Expr:
        """Start value in the terms of its symbol: amount, or concentration where a rule gives that."""
        reader = self.reader
        if not species.isSetInitialConcentration() and not species.isSetInitialAmount():
            return se.nan
        wants_amount = reader._holds_amount(name) or not reader._is_concentration(name)
        if wants_amount and species.isSetInitialAmount():
            return se.RealDouble(species.getInitialAmount())
        if not wants_amount and species.isSetInitialConcentration():
            return se.RealDouble(species.getInitialConcentration())
        size = self._at_start(reader._size(name))
        return species.getInitialConcentration() * size if wants_amount else species.getInitialAmount() / size

    def _at_start(self, formula: se.Expr) -> se.Expr:
        """Replace states, assigned quantities and constants that themselves have initial assignments."""
        reader = self.reader
        names = {symbol: name for name, symbol in reader.symbols.items()}
        replaced = {}
        for symbol in formula.free_symbols:
            if symbol == TIME:
                replaced[symbol] = se.Integer(0)
            elif symbol in self.assignments:
                replaced[symbol] = self._at_start(self.assignments[symbol])
            elif names[symbol] in reader.states or names[symbol] in reader.initial:
                replaced[symbol] = self.amount(names[symbol])
        return formula.xreplace(replaced) if replaced else formula


def _in_order(formulas: dict[se.Symbol, se.Expr], names: dict[se.Symbol, str]) -> Iterator[tuple[se.Symbol, se.Expr]]:
    """Assignments sorted so that each uses only earlier ones; a circle is an error."""
    waiting = {symbol: {s for s in f.free_symbols if s in formulas} for symbol, f in formulas.items()}
    done: set[se.Symbol] = set()
    while waiting:
        ready = [symbol for symbol, needs in waiting.items() if needs <= done]
        if not ready:
            circle = ", ".join(f'"{names[s]}"' for s in waiting)
            raise ModelError(f"assignment rules or rate laws depend on each other in a circle: {circle}")
        for symbol in ready:
            del waiting[symbol]
            done.add(symbol)
            yield symbol, formulas[symbol]
