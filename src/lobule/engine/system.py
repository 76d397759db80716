"""What a model is once it has been read: symbols, expressions, units. Data only; no file formats, no numerics.

Names of a model file never reach generated code: every quantity is replaced by an indexed symbol here.
Legend of the symbols: `t` time, `y<i>` state, `p<i>` constant (parameter, compartment size or constant derived
from the parameters at the start), `a<i>` quantity with an assignment rule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import symengine as se

TIME = se.Symbol("t")
CLOCK = " time"  # name of the state that stands for time; no name of a file begins with a space


def real(number: se.Expr) -> float:
    """A number of SymEngine as one of the machine, infinities and NaN included."""
    if number in (se.oo, -se.oo):
        return math.inf if number == se.oo else -math.inf
    return math.nan if number in (se.nan, se.zoo) else float(number)


@dataclass(frozen=True)
class ModelEvent:
    """An event of the model itself: when its trigger turns true, its assignments happen at once.

    trigger : condition over t, y, p and a
    assignments : (symbol of a state or constant, new value over t, y, p and a)
    initially : what the trigger counts as before the start
    persistent : it happens even when its trigger turns false again while it waits
    at_trigger : new values are those of the moment of the trigger, not those of the moment at which it happens
    factors : of each new value, at the moment at which it happens; all 1 where left out
    delay : how long after the trigger it happens, at the moment of the trigger
    priority : of those that are due at one moment the one with the largest happens first, and all are asked again
        after each; ties in the order of the events
    """

    name: str
    trigger: se.Expr
    assignments: tuple[tuple[se.Symbol, se.Expr], ...]
    initially: bool
    persistent: bool
    at_trigger: bool
    delay: se.Expr = field(default_factory=lambda: se.Integer(0))
    priority: se.Expr = field(default_factory=lambda: se.Integer(0))
    factors: tuple[se.Expr, ...] = ()

    @property
    def formulas(self) -> list[se.Expr]:
        """Everything that has to be computed for it."""
        return [self.trigger, self.delay, self.priority, *(value for _, value in self.assignments), *self.factors]

    def replacing(self, symbols: dict[se.Symbol, se.Expr]) -> ModelEvent:
        """The same event with some symbols replaced in all its formulas."""
        return replace(
            self,
            trigger=self.trigger.xreplace(symbols),
            delay=se.sympify(self.delay).xreplace(symbols),
            priority=se.sympify(self.priority).xreplace(symbols),
            assignments=tuple((s, se.sympify(f).xreplace(symbols)) for s, f in self.assignments),
            factors=tuple(se.sympify(f).xreplace(symbols) for f in self.factors),
        )


@dataclass(frozen=True)
class OdeSystem:
    """A system of ordinary differential equations with its names and units.

    Attributes
    ----------
    name : the model's id
    time_unit : unit id of time, or "" when the file gives none
    states, rates : names (n_states,) and right-hand sides over t, y, p and a
    state_values : start values (n_states,) that are numbers; NaN where `start` gives one or the file none
    constants, constant_values : names (n_constants,) and default values; NaN where `start` sets it or none is given
    assignments : (symbol a<i>, expression), each using only earlier ones; reaction rates among them
    reactions : names of the reactions
    start : (symbol of a state, constant or assigned quantity, value at time 0), each using only earlier ones; a user's
        value comes in the place of a formula, and what follows in the order follows from it
    missing : symbols of states and constants that have neither a number nor a formula
    outputs : {name: expression over t, y, p and a} of everything that can be asked for
    events : the model's own
    sizes : names of compartments by whose size concentrations are divided
    units : {name: unit id of the file}; a name without unit is missing
    labels : {name: the display name in the file}
    """

    name: str
    time_unit: str
    states: tuple[str, ...]
    rates: tuple[se.Expr, ...]
    state_values: tuple[float, ...]
    constants: tuple[str, ...]
    constant_values: tuple[float, ...]
    assignments: tuple[tuple[se.Symbol, se.Expr], ...]
    reactions: tuple[str, ...]
    start: tuple[tuple[se.Symbol, se.Expr], ...]
    missing: frozenset[se.Symbol]
    outputs: dict[str, se.Expr]
    events: tuple[ModelEvent, ...] = ()
    sizes: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @cached_property
    def state_symbols(self) -> list[se.Symbol]:
        """Symbols y0, y1, ... in the order of `states`."""
        return [se.Symbol(f"y{i}") for i in range(len(self.states))]

    @cached_property
    def derived(self) -> frozenset[se.Symbol]:
        """Symbols that a formula gives at the start."""
        return frozenset(symbol for symbol, _ in self.start)

    @cached_property
    def constant_symbols(self) -> list[se.Symbol]:
        """Symbols p0, p1, ... in the order of `constants`."""
        return [se.Symbol(f"p{i}") for i in range(len(self.constants))]

    @cached_property
    def number(self) -> dict[str, int]:
        """The number of each state and, beyond those of the states, of each constant, by name."""
        return {name: i for i, name in enumerate((*self.states, *self.constants))}

    @cached_property
    def start_row(self) -> tuple[np.ndarray, np.ndarray]:
        """Constants (n_constants,) and start values (n_states,) of the file; NaN for constants that a formula gives."""
        constants = np.array(self.constant_values, float)
        constants[[i for i, symbol in enumerate(self.constant_symbols) if symbol in self.derived]] = np.nan
        return constants, np.array(self.state_values, float)

    @cached_property
    def varying(self) -> frozenset[str]:
        """Names of `sizes` that are no constants, or whose number a formula or an event of the model gives."""
        symbols = dict(zip(self.constants, self.constant_symbols, strict=True))
        changed = {symbol for event in self.events for symbol, _ in event.assignments} | self.derived
        return frozenset(name for name in self.sizes if name not in symbols or symbols[name] in changed)

    @cached_property
    def divisors(self) -> tuple[np.ndarray, np.ndarray]:
        """(state, constant) and (state, state) of amounts whose concentrations formulas use, and the size by which they
        divide it; a size that a rule gives is left out."""
        sizes = [symbol / self.outputs[name] for name, symbol in zip(self.states, self.state_symbols, strict=True)]
        pairs = []
        for symbols in (self.constant_symbols, self.state_symbols):
            number = {symbol: k for k, symbol in enumerate(symbols)}
            found = [(i, number[size]) for i, size in enumerate(sizes) if size in number]
            pairs.append(np.array(found, int).reshape(-1, 2))
        return pairs[0], pairs[1]

    def autonomous(self) -> OdeSystem:
        """The same system without explicit time: where a formula uses time, a last state with rate 1 stands for it."""
        formulas = [*self.rates, *(f for _, f in self.assignments), *self.outputs.values()]
        formulas += [f for e in self.events for f in e.formulas]
        if not any(TIME in se.sympify(f).free_symbols for f in formulas):
            return self
        clock = {TIME: se.Symbol(f"y{len(self.states)}")}
        return replace(
            self,
            states=(*self.states, CLOCK),
            rates=(*(se.sympify(f).xreplace(clock) for f in self.rates), se.Integer(1)),
            assignments=tuple((s, f.xreplace(clock)) for s, f in self.assignments),
            state_values=(*self.state_values, 0.0),
            outputs={name: se.sympify(f).xreplace(clock) for name, f in self.outputs.items()},
            events=tuple(e.replacing(clock) for e in self.events),
        )

    def with_inflow(self, targets: tuple[int, ...]) -> OdeSystem:
        """The same system with one more constant for each state that receives infusions: its rate of inflow, 0 by
        default."""
        rates, first = list(self.rates), len(self.constants)
        for k, i in enumerate(targets):
            rates[i] = rates[i] + se.Symbol(f"p{first + k}")
        return replace(
            self,
            rates=tuple(rates),
            constants=(*self.constants, *(f"inflow of {self.states[i]}" for i in targets)),
            constant_values=(*self.constant_values, *(0.0 for _ in targets)),
        )
