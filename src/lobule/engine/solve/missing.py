"""A value that neither the model nor the user gives is a fault only where something needs it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import symengine as se

from lobule.engine.events import EventTable
from lobule.engine.system import OdeSystem
from lobule.errors import ModelError


def refuse_missing(system: OdeSystem, given: set[str], outputs: Sequence[str], events: EventTable) -> None:
    """Refuse a value that neither the model nor the user gives and that something needs.

    Raises
    ------
    ModelError : names it and the formula that needs it.
    """
    if not system.missing:
        return
    names = dict(
        zip([*system.state_symbols, *system.constant_symbols], [*system.states, *system.constants], strict=True)
    )
    missing = {symbol: names[symbol] for symbol in system.missing if names[symbol] not in given}
    if not missing:
        return
    for symbol, name in missing.items():
        if symbol in system.state_symbols:
            raise ModelError(f'"{name}" has no start value; give one in the model or in initial')
    labels = {s: f'the formula of "{n}"' for n, s in system.outputs.items() if s in dict(system.assignments)}
    for label, formula, formulas in _uses(system, names, missing, given, outputs, events):
        seen: set[se.Symbol] = set()
        waiting = [(label, se.sympify(formula))]
        while waiting:
            of, e = waiting.pop()
            for symbol in sorted(e.free_symbols - seen, key=str):
                seen.add(symbol)
                if symbol in missing:
                    raise ModelError(
                        f'"{missing[symbol]}" has no value, and {of} needs it; give one in the model or in parameters'
                    )
                if symbol in formulas and names.get(symbol) not in given:
                    waiting.append((labels.get(symbol, of), formulas[symbol]))


Formulas = dict[se.Symbol, se.Expr]


def _uses(
    system: OdeSystem,
    names: dict[se.Symbol, str],
    missing: dict[se.Symbol, str],
    given: set[str],
    outputs: Sequence[str],
    events: EventTable,
) -> Iterator[tuple[str, se.Expr, Formulas]]:
    """What a solution computes: its name in a sentence, its formula, and the formulas of what that uses."""
    assignments, of_start = dict(system.assignments), dict(system.start)
    for name, rate in zip(system.states, system.rates, strict=True):
        yield f'the rate of change of "{name}"', rate, assignments
    for symbol in of_start:
        if symbol in names and names[symbol] not in given:
            yield f'the start value of "{names[symbol]}"', symbol, of_start
    for event in system.events:
        for formula in (event.trigger, *dict(event.assignments).values()):
            yield f'the event "{event.name}"', formula, assignments
    for name in outputs:
        yield f'the output "{name}"', system.outputs[name], assignments
    for symbol, name in missing.items():
        if name in events.targets:
            yield "an event of the table", symbol, {}
