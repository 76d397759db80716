"""What a model is once it has been read: symbols, expressions, units. Data only; no file formats, no numerics.

Names of a model file never reach generated code: every quantity is replaced by an indexed symbol here.
Legend of the symbols: `t` time, `y<i>` state, `p<i>` constant (parameter, compartment size or constant derived
from the parameters at the start), `a<i>` quantity with an assignment rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import symengine as se

TIME = se.Symbol("t")
CLOCK = " time"  # name of the state that stands for time; no name of a file begins with a space


@dataclass(frozen=True)
class ModelEvent:
    """An event of the model itself: when its trigger turns true, its assignments happen at once.

    trigger : condition over t, y, p and a
    assignments : (symbol of a state or constant, new value over t, y, p and a)
    initially : what the trigger counts as before the start
    persistent : it happens even when another event of the same moment makes its trigger false again
    at_trigger : new values are those of the moment of the trigger, not those after other events of the same moment
    """

    name: str
    trigger: se.Expr
    assignments: tuple[tuple[se.Symbol, se.Expr], ...]
    initially: bool
    persistent: bool
    at_trigger: bool


@dataclass(frozen=True)
class OdeSystem:
    """A system of ordinary differential equations with its names and units.

    Attributes
    ----------
    name : the model's id
    time_unit : unit id of time, or "" when the file gives none
    states, rates : names (n_states,) and right-hand sides over t, y, p and a
    constants, constant_values : names (n_constants,) and default values; NaN where `initial_constants` sets it
    assignments : (symbol a<i>, expression), each using only earlier ones; reaction rates among them
    reactions : names of the reactions
    initial_states : start values (n_states,), expressions over t and p
    initial_constants : {index of a constant: expression over t and p}, in order of evaluation
    outputs : {name: expression over t, y, p and a} of everything that can be asked for
    events : the model's own
    units : {name: unit id of the file}; a name without unit is missing
    labels : {name: the display name in the file}
    """

    name: str
    time_unit: str
    states: tuple[str, ...]
    rates: tuple[se.Expr, ...]
    constants: tuple[str, ...]
    constant_values: tuple[float, ...]
    assignments: tuple[tuple[se.Symbol, se.Expr], ...]
    reactions: tuple[str, ...]
    initial_states: tuple[se.Expr, ...]
    initial_constants: dict[int, se.Expr]
    outputs: dict[str, se.Expr]
    events: tuple[ModelEvent, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def state_symbols(self) -> list[se.Symbol]:
        """Symbols y0, y1, ... in the order of `states`."""
        return [se.Symbol(f"y{i}") for i in range(len(self.states))]

    @property
    def constant_symbols(self) -> list[se.Symbol]:
        """Symbols p0, p1, ... in the order of `constants`."""
        return [se.Symbol(f"p{i}") for i in range(len(self.constants))]

    def autonomous(self) -> OdeSystem:
        """The same system without explicit time: where a formula uses time, a last state with rate 1 stands for it."""
        formulas = [*self.rates, *(f for _, f in self.assignments), *self.outputs.values()]
        formulas += [f for e in self.events for f in (e.trigger, *(value for _, value in e.assignments))]
        if not any(TIME in se.sympify(f).free_symbols for f in formulas):
            return self
        clock = {TIME: se.Symbol(f"y{len(self.states)}")}
        return replace(
            self,
            states=(*self.states, CLOCK),
            rates=(*(se.sympify(f).xreplace(clock) for f in self.rates), se.Integer(1)),
            assignments=tuple((s, f.xreplace(clock)) for s, f in self.assignments),
            initial_states=(*self.initial_states, se.Integer(0)),
            outputs={name: se.sympify(f).xreplace(clock) for name, f in self.outputs.items()},
            events=tuple(
                replace(
                    e,
                    trigger=e.trigger.xreplace(clock),
                    assignments=tuple((s, se.sympify(f).xreplace(clock)) for s, f in e.assignments),
                )
                for e in self.events
            ),
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
