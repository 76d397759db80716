"""Translates one SBML model into an OdeSystem.

Supported: SBML from Level 2 Version 4 to Level 3 Version 2 core: compartments (also of variable size), species as
amounts or concentrations, boundary and constant species, function definitions, initial assignments, assignment and
rate rules, reactions with local parameters and constant or variable stoichiometry, conversion factors, piecewise and
logic, events with delays and priorities. Refused: algebraic rules, delay(), fast reactions.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

import libsbml
import symengine as se

from lobule.engine.read.mathml import Scope, expression, number, truth
from lobule.engine.read.sizes import MOST_STATES
from lobule.engine.read.start import Start, in_order
from lobule.engine.system import ModelEvent, OdeSystem
from lobule.errors import ModelError


def system_of(document: libsbml.SBMLDocument, terms: Collection[str] = ()) -> OdeSystem:
    """Translate a checked document; raises ModelError naming the element at fault.

    terms : names of assignment rules that are written out in the formulas that use them; outputs all the same
    """
    return Reader(document.getModel(), terms).system()


def refuse_unsupported(model: libsbml.Model) -> None:
    """Refuse what this reader has no translation for; raises ModelError naming the element."""
    for rule in model.getListOfRules():
        if rule.isAlgebraic() and rule.isSetMath():
            raise ModelError(f"an algebraic rule ({rule.getFormula()} = 0) is not supported")
    for reaction in model.getListOfReactions():
        if reaction.isSetFast() and reaction.getFast():
            raise ModelError(f'reaction "{reaction.getId()}" is fast, which is not supported')


class Reader:
    """Walks one libsbml model; every quantity gets its symbol first, formulas are translated afterwards."""

    def __init__(self, model: libsbml.Model, terms: Collection[str] = ()) -> None:
        self.model = model
        self.species = {s.getId(): s for s in model.getListOfSpecies()}
        self.compartments = {c.getId(): c for c in model.getListOfCompartments()}
        # An element whose formula is left out (Level 3 Version 2) says nothing.
        self.rules = {r.getVariable(): r for r in model.getListOfRules() if r.isSetMath() and not r.isAlgebraic()}
        self.initial = {a.getSymbol(): a for a in model.getListOfInitialAssignments() if a.isSetMath()}
        self.reactions = {r.getId(): r for r in model.getListOfReactions()}
        self.functions = {f.getId(): f for f in model.getListOfFunctionDefinitions()}
        self.local = {name: self._local_names(reaction) for name, reaction in self.reactions.items()}
        self.elements = dict(self._elements())
        self.changes = self._changes()
        self.states = [name for name in self.elements if self._is_state(name)]
        if len(self.states) > MOST_STATES:
            raise ModelError(f"the model has {len(self.states)} states; the engine takes at most {MOST_STATES}")
        self.stoichiometries = {  # Level 2: a formula in the place of a number
            reference.getId(): reference for reference in self._references() if reference.isSetStoichiometryMath()
        }
        assigned = [name for name, rule in self.rules.items() if rule.isAssignment()]
        self.terms = [name for name in assigned if name in terms]
        for name in terms:
            if name not in assigned or self.model.getParameter(name) is None:
                raise ModelError(f'"{name}" is no parameter with an assignment rule, and cannot be a term')
        self.assigned = [name for name in assigned if name not in terms]
        self.assigned += [name for name in self.stoichiometries if name]
        varying = {*self.states, *self.assigned, *self.terms}
        self.constants = [name for name in self.elements if name not in varying]
        self.symbols: dict[str, se.Expr] = {n: se.Symbol(f"y{i}") for i, n in enumerate(self.states)}
        self.symbols |= {n: se.Symbol(f"p{i}") for i, n in enumerate(self.constants)}
        self.symbols |= {n: se.Symbol(f"a{i}") for i, n in enumerate([*self.assigned, *self.reactions])}
        self.formulas_of_terms: dict[str, se.Expr] = {}
        self.names = {symbol: name for name, symbol in self.symbols.items()}
        self.lasting = {self.symbols[name] for name in (*self.constants, *self.compartments)}

    def _elements(self) -> Iterator[tuple[str, libsbml.SBase]]:
        """Everything that has a value, with its name; a local parameter has that of its reaction before its own."""
        for group in (self.compartments.values(), self.species.values(), self.model.getListOfParameters()):
            for element in group:
                yield element.getId(), element
        for reaction, names in self.local.items():
            law = self.reactions[reaction].getKineticLaw()
            for own, name in names.items():
                yield name, law.getLocalParameter(own) or law.getParameter(own)
        for reference in self._references():
            if reference.getId():
                yield reference.getId(), reference

    def _references(self) -> Iterator[libsbml.SpeciesReference]:
        for reaction in self.reactions.values():
            yield from [*reaction.getListOfReactants(), *reaction.getListOfProducts()]

    def _local_names(self, reaction: libsbml.Reaction) -> dict[str, str]:
        """The name of each local parameter in the whole model."""
        law = reaction.getKineticLaw()
        if law is None:
            return {}
        given = [*law.getListOfLocalParameters(), *law.getListOfParameters()]
        names = {}
        for parameter in given:
            name = f"{reaction.getId()}_{parameter.getId()}"
            while self.model.getElementBySId(name) is not None:
                name += "_"
            names[parameter.getId()] = name
        return names

    def _changes(self) -> dict[str, list[tuple[int, libsbml.SpeciesReference, str]]]:
        """Which reactions change a species: (sign, reference, reaction)."""
        changes: dict[str, list[tuple[int, libsbml.SpeciesReference, str]]] = {}
        for name, reaction in self.reactions.items():
            for sign, references in ((-1, reaction.getListOfReactants()), (1, reaction.getListOfProducts())):
                for reference in references:
                    changes.setdefault(reference.getSpecies(), []).append((sign, reference, name))
        return changes

    @cached_property
    def _changed_by_events(self) -> set[str]:
        return {a.getVariable() for e in self.model.getListOfEvents() for a in e.getListOfEventAssignments()}

    def _is_state(self, name: str) -> bool:
        rule = self.rules.get(name)
        if rule is not None:
            return rule.isRate()
        species = self.species.get(name)
        if species is None or species.getConstant() or species.getBoundaryCondition():
            return False
        starts = species.isSetInitialAmount() or species.isSetInitialConcentration() or name in self.initial
        return starts or name in self.changes or name in self._changed_by_events  # else a constant without a value

    def is_concentration(self, name: str) -> bool:
        """Formulas mean the concentration of a species."""
        species = self.species.get(name)
        if species is None or species.getHasOnlySubstanceUnits():
            return False
        return self.compartments[species.getCompartment()].getSpatialDimensions() != 0

    def size(self, species: str) -> se.Expr:
        """Symbol of the size of a species' compartment."""
        return self.symbols[self.species[species].getCompartment()]

    def lookup(self, name: str) -> se.Expr:
        """Value of a name in a formula: for a species given as concentration, amount over compartment size."""
        if name not in self.symbols and name not in self.terms:
            raise ModelError(f'the formula uses "{name}", which the model does not define')
        if name in self.terms:
            return self._written_out(name)
        symbol = self.symbols[name]
        return symbol / self.size(name) if self.holds_amount(name) else symbol

    def _written_out(self, term: str) -> se.Expr:
        """The formula of a term; libsbml has found that no rules use each other in a circle."""
        if term not in self.formulas_of_terms:
            self.formulas_of_terms[term] = number(self.math(self.rules[term], f'assignment rule of "{term}"'))
        return self.formulas_of_terms[term]

    def holds_amount(self, name: str) -> bool:
        """The symbol of a species stands for its amount, while formulas mean its concentration.

        A rule gives the concentration itself; everything else changes or keeps amounts.
        """
        return self.is_concentration(name) and name not in self.rules

    def _may_vanish(self, e: se.Expr) -> bool:
        """Something that changes; a constant or a size that is 0 is at fault itself."""
        return bool(e.free_symbols - self.lasting)

    def math(self, element: libsbml.SBase, where: str, local: Mapping[str, str] | None = None) -> se.Expr:
        """Translate the formula of an element; `local` names come before those of the model."""
        own = local or {}
        scope = Scope(lambda name: self.lookup(own.get(name, name)), self.functions, self._may_vanish)
        try:
            return expression(element.getMath(), scope, where)
        except ModelError as error:
            raise error if str(error).startswith(where) else ModelError(f"{where}: {error}") from error

    def system(self) -> OdeSystem:
        """Put everything together."""
        assignments = self._assignments()
        start = Start(self, dict(assignments))
        outputs = {name: self.lookup(name) for name in [*self.elements, *self.reactions]}
        events = tuple(self._event(event) for event in self.model.getListOfEvents())
        sizes = tuple(dict.fromkeys(s.getCompartment() for n, s in self.species.items() if self.is_concentration(n)))
        for name in sizes:
            self._refuse_vanishing(name, start)
        return OdeSystem(
            name=self.model.getId(),
            time_unit=self.model.getTimeUnits(),
            states=tuple(self.states),
            rates=tuple(self._rate(name) for name in self.states),
            state_values=tuple(start.state(name) for name in self.states),
            constants=tuple(self.constants),
            constant_values=tuple(start.constant(name) for name in self.constants),
            assignments=tuple(assignments),
            reactions=tuple(self.reactions),
            start=start.steps(),
            missing=start.missing,
            outputs=outputs,
            events=events,
            sizes=sizes,
            units={n: u for n in outputs if (u := self._unit(n))},
            labels={n: e.getName() for n, e in (self.elements | self.reactions).items() if e.getName()},
        )

    def _refuse_vanishing(self, compartment: str, start: Start) -> None:
        """Concentrations are divided by sizes; one that never changes is looked at here, the others when solving."""
        value = start.constant(compartment) if compartment in self.constants else math.nan
        if value <= 0 and compartment not in self.initial and compartment not in self._changed_by_events:
            raise ModelError(f'the compartment "{compartment}" has the size {value:g}; it must be above 0')

    def _assignments(self) -> list[tuple[se.Symbol, se.Expr]]:
        formulas = {
            self.symbols[n]: number(self.math(rule, f'assignment rule of "{n}"'))
            for n, rule in self.rules.items()
            if n in self.assigned
        }
        formulas |= {self.symbols[n]: self._stoichiometry_formula(r) for n, r in self.stoichiometries.items() if n}
        for name, reaction in self.reactions.items():
            law = reaction.getKineticLaw()
            silent = law is None or not law.isSetMath()
            where = f'reaction "{name}"'
            formulas[self.symbols[name]] = se.Integer(0) if silent else number(self.math(law, where, self.local[name]))
        return in_order(formulas, self.names, "assignment rules or rate laws")

    def _rate(self, name: str) -> se.Expr:
        rule = self.rules.get(name)
        if rule is not None:
            return number(self.math(rule, f'rate rule of "{name}"'))
        total = se.Add(*(
            sign * self._stoichiometry(reference) * self.symbols[reaction]
            for sign, reference, reaction in self.changes.get(name, ())
        ))  # fmt: skip
        factor = self.species[name].getConversionFactor() or self.model.getConversionFactor()
        return total * self.symbols[factor] if factor else total

    def _stoichiometry_formula(self, reference: libsbml.SpeciesReference) -> se.Expr:
        where = f'stoichiometry of "{reference.getSpecies()}"'
        return number(self.math(reference.getStoichiometryMath(), where))

    def _event(self, event: libsbml.Event) -> ModelEvent:
        where = f'event "{event.getId()}"'
        trigger = event.getTrigger()
        silent = trigger is None or not trigger.isSetMath()
        formulas = {
            a.getVariable(): number(self.math(a, f'{where}, assignment of "{a.getVariable()}"'))
            for a in event.getListOfEventAssignments()
            if a.isSetMath()
        }
        is_level_3 = self.model.getLevel() >= 3
        new = {self.symbols[n]: self._new_amount(n, f) for n, f in formulas.items()} | self._diluted(formulas)
        return ModelEvent(
            name=event.getId(),
            trigger=se.false if silent else truth(self.math(trigger, f"{where}, trigger")),
            assignments=tuple((symbol, value) for symbol, (value, _) in new.items()),
            factors=tuple(factor for _, factor in new.values()),
            delay=self._optional(event.getDelay(), f"{where}, delay"),
            priority=self._optional(event.getPriority(), f"{where}, priority"),
            initially=trigger.getInitialValue() if is_level_3 and trigger is not None else True,
            persistent=trigger.getPersistent() if is_level_3 and trigger is not None else True,
            at_trigger=event.getUseValuesFromTriggerTime() if event.isSetUseValuesFromTriggerTime() else True,
        )

    def _optional(self, element: libsbml.SBase | None, where: str) -> se.Expr:
        """A number that may be left out, and is 0 then."""
        return se.Integer(0) if element is None or not element.isSetMath() else number(self.math(element, where))

    def _new_amount(self, name: str, formula: se.Expr) -> tuple[se.Expr, se.Expr]:
        """What an event assigns to the symbol of `name`, and the factor of the moment at which it happens: for a
        concentration the size that holds just before it, also where the same event assigns a new one (SBML Test Suite,
        cases 01779 and 01780)."""
        if name in self.assigned or name not in self.symbols:
            raise ModelError(f'an event assigns "{name}", which is not a variable that an event may change')
        return formula, self.size(name) if self.holds_amount(name) else se.Integer(1)

    def _diluted(self, formulas: dict[str, se.Expr]) -> dict[se.Symbol, tuple[se.Expr, se.Expr]]:
        """New concentrations, as value and factor, of species under a rate rule in compartments that an event gives new
        sizes: their amounts stay, or are those of the concentration assigned and the size before."""
        new = {}
        for name, species in self.species.items():
            size = formulas.get(species.getCompartment())
            if size is not None and name in self.states and name in self.rules and self.is_concentration(name):
                own = self.symbols[name]
                value = formulas.get(name)
                new[own] = (1 / size, own * self.size(name)) if value is None else (value / size, self.size(name))
        return new

    def _stoichiometry(self, reference: libsbml.SpeciesReference) -> se.Expr:
        if reference.getId():
            return self.symbols[reference.getId()]
        if reference.isSetStoichiometryMath():
            return self._stoichiometry_formula(reference)
        value = reference.getStoichiometry()
        if not math.isfinite(value):
            raise ModelError(f'species reference of "{reference.getSpecies()}" has no stoichiometry')
        return se.Integer(int(value)) if value == int(value) else se.RealDouble(value)

    def _unit(self, name: str) -> str:
        if name in self.species:
            return self.species[name].getSubstanceUnits() or self.model.getSubstanceUnits()
        if name in self.reactions:
            extent, time = self.model.getExtentUnits(), self.model.getTimeUnits()
            return f"{extent}/{time}" if extent and time else ""
        element = self.elements[name]
        return element.getUnits() if hasattr(element, "getUnits") else ""
