"""What the machine code of a system looks like, whatever machine it is for: slopes, order of elimination, layout."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from lobule.engine.emit.differentiate import Jacobian, jacobian
from lobule.engine.emit.emitter import Emitter
from lobule.engine.emit.expressions import Layout
from lobule.engine.emit.hubs import hubs_of
from lobule.engine.emit.kinks import Kinks, find_kinks
from lobule.engine.emit.method import Method
from lobule.engine.emit.order import Elimination, elimination, refuse_dense
from lobule.engine.system import CLOCK, OdeSystem


@dataclass(frozen=True)
class Structure:
    """A system ready to be emitted; `tangents` blocks of states follow those of the system itself."""

    system: OdeSystem
    method: Method
    tangents: int = 0

    @cached_property
    def fingerprint(self) -> str:
        """Digest of everything that the machine code depends on; models that differ only in numbers share it."""
        system = self.system
        events = [(e.assignments, e.formulas) for e in system.events]
        parts = [self.method.name, self.tangents, len(system.states), len(system.constants), system.rates,
                 system.assignments, events]  # fmt: skip
        return hashlib.sha256(str(parts).encode()).hexdigest()

    @property
    def size(self) -> int:
        """Number of states of one block."""
        return len(self.system.states) // (1 + self.tangents)

    @cached_property
    def slopes(self) -> Jacobian:
        """Derivatives by the states of the system itself; every block of tangents has the same by its own."""
        refuse_dense(self.system)
        return jacobian(self.system, self.size, hubs=hubs_of(self.system, self.size))

    @cached_property
    def order(self) -> Elimination:
        """Order of elimination of the matrix of a step."""
        hubs = len(self.slopes.hubs)
        rows = self.size + hubs
        return elimination(rows, [entry for entry in self.slopes.entries if entry[0] < rows], hubs)

    @cached_property
    def kinks(self) -> Kinks:
        """Comparisons and steps of the rates and triggers."""
        return find_kinks(self.system, self.size)

    @cached_property
    def layout(self) -> Layout:
        """Places in the workspace."""
        states, constants, stages = len(self.system.states), len(self.system.constants), self.method.stages
        slopes, factors, hubs = len(self.slopes.entries), len(self.order.slots), len(self.slopes.hubs)
        return Layout(states, constants, stages, slopes, factors, self.kinks, hubs)

    @cached_property
    def parts(self) -> dict[str, int]:
        """First entry of every part of the workspace by name."""
        return self.layout.parts

    @property
    def clock(self) -> int:
        """Index of the state that is time; -1 where there is none."""
        return self.system.states.index(CLOCK) if CLOCK in self.system.states else -1

    def emit(self, emitter: Emitter) -> None:
        """Write the functions that a solver calls: attempt, and those of events and kinks."""
        functions = {
            **emitter.kinks(),
            "rates": emitter.rates("rates"),
            "rates_and_jacobian": emitter.rates_and_jacobian("rates_and_jacobian", self.slopes),
            "factorise": emitter.factorise("factorise", self.slopes, self.order, self.method.gamma),
            "solve": emitter.solve("solve", self.slopes, self.order),
        }
        emitter.attempt("attempt", self.method, functions)
        emitter.own_events()
