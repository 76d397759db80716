"""Start values: which formula gives each of them, and in which order.

A value comes from an initial assignment, else from the number in the file. A fixed species given as a concentration
follows the size of its compartment. What has no value is `missing`, which is no fault until something needs it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

import libsbml
import symengine as se

from lobule.engine.read.mathml import as_number_of_file, number
from lobule.engine.system import TIME
from lobule.errors import ModelError

Formulas = dict[se.Symbol, se.Expr]


class ReadModel(Protocol):
    """What start values use of a model that is read: see `Reader`."""

    states: list[str]
    constants: list[str]
    symbols: dict[str, se.Expr]
    names: dict[se.Expr, str]
    initial: dict[str, Any]
    species: dict[str, Any]
    elements: dict[str, Any]

    def math(self, element: libsbml.SBase, where: str) -> se.Expr:
        """The formula of an element."""

    def size(self, species: str) -> se.Expr:
        """Of the compartment of a species."""

    def holds_amount(self, name: str) -> bool:
        """Whether a symbol stands for an amount."""

    def is_concentration(self, name: str) -> bool:
        """Whether a name means a concentration."""


class Start:
    """Start values of one model; `assignments` are its assignment rules and rate laws."""

    def __init__(self, reader: ReadModel, assignments: Formulas) -> None:
        self.reader, self.assignments = reader, assignments

    def constant(self, name: str) -> float:
        """The number that the file gives for a constant, for a species its amount; NaN where it gives none."""
        value = self._number(name)
        return math.nan if value is None else value

    def state(self, name: str) -> float:
        """The number that the file gives for the start of a state; NaN where that is a formula, or nothing."""
        value = self._number(name)
        return math.nan if value is None or name in self.reader.initial else value

    @cached_property
    def missing(self) -> frozenset[se.Symbol]:
        """Symbols of the states and constants that have neither a number nor a formula."""
        reader = self.reader
        names = [*reader.states, *reader.constants]
        return frozenset(s for n in names if (s := reader.symbols[n]) not in self._formulas and self._number(n) is None)

    @cached_property
    def _formulas(self) -> dict[se.Symbol, se.Expr]:
        """Formulas of those states and constants that derive from others, over symbols at time 0."""
        reader = self.reader
        names = [*reader.states, *reader.constants]
        return {reader.symbols[n]: f for n in names if (f := self._formula(n)) is not None}

    def steps(self) -> tuple[tuple[se.Symbol, se.Expr], ...]:
        """Formulas of start values and of the assigned quantities that they need, each using only earlier ones."""
        needed, waiting = set(self._formulas), list(self._formulas.values())
        while waiting:
            for symbol in waiting.pop().free_symbols & self.assignments.keys() - needed:
                needed.add(symbol)
                waiting.append(self.assignments[symbol])
        at_zero = {TIME: se.Integer(0)}
        formulas = {
            s: se.sympify(f).xreplace(at_zero) for s, f in (self.assignments | self._formulas).items() if s in needed
        }
        return tuple(in_order(formulas, self.reader.names, "start values"))

    def _formula(self, name: str) -> se.Expr | None:
        """Start value of a symbol: for a species its amount, or its concentration where a rule gives that."""
        reader = self.reader
        if name in reader.initial:
            value = number(reader.math(reader.initial[name], f'initial assignment of "{name}"'))
            return value * reader.size(name) if reader.holds_amount(name) else value
        species = reader.species.get(name)
        if species is None or self._number(name) is not None:
            return None
        if species.isSetInitialConcentration():
            return as_number_of_file(species.getInitialConcentration()) * reader.size(name)
        if species.isSetInitialAmount():
            return as_number_of_file(species.getInitialAmount()) / reader.size(name)
        return None

    def _number(self, name: str) -> float | None:
        """The number in the file, in the terms of the symbol; None where there is none."""
        element = self.reader.elements[name]
        if isinstance(element, libsbml.Species):
            if self.reader.is_concentration(name) and not self.reader.holds_amount(name):
                return element.getInitialConcentration() if element.isSetInitialConcentration() else None
            return element.getInitialAmount() if element.isSetInitialAmount() else None
        if isinstance(element, libsbml.Compartment):
            if not element.isSetSize() and element.getSpatialDimensionsAsDouble() == 0:
                return 1.0  # a point needs no size; nothing is divided by it
            return element.getSize() if element.isSetSize() else None
        if isinstance(element, libsbml.SpeciesReference):
            return element.getStoichiometry() if element.isSetStoichiometry() else None
        return element.getValue() if element.isSetValue() else None


def in_order(formulas: Formulas, names: Mapping[se.Symbol, str], what: str) -> list[tuple[se.Symbol, se.Expr]]:
    """Formulas sorted so that each uses only earlier ones; a circle is an error."""
    place = {symbol: i for i, symbol in enumerate(formulas)}
    sorter = TopologicalSorter({s: [n for n in f.free_symbols if n in formulas] for s, f in formulas.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        circle = ", ".join(f'"{names[symbol]}"' for symbol in dict.fromkeys(error.args[1]))
        raise ModelError(f"{what} depend on each other in a circle: {circle}") from error
    found = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=place.__getitem__)
        found += [(symbol, formulas[symbol]) for symbol in ready]
        sorter.done(*ready)
    return found
