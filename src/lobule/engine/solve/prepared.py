"""What is the same for all questions about the same outputs of a model, laid out once: records, sizes, machine code."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from lobule.engine.emit.code import Code
from lobule.engine.emit.structure import Structure
from lobule.engine.solve.records import BLOCK, OWN, Room

if TYPE_CHECKING:
    from lobule.engine.emit.kernel import Kernel


@dataclass(frozen=True)
class Prepared:
    """Questions of one kind.

    outputs : names of what is asked for, and behind them of the compartment sizes that are looked at
    infused : states that receive infusions; chosen : constants by which is differentiated
    alone : for one patient
    """

    code: Code
    outputs: tuple[str, ...]
    infused: tuple[int, ...]
    chosen: tuple[int, ...]
    alone: bool

    @cached_property
    def structure(self) -> Structure:
        """The system with its inflows and tangents."""
        return self.code.structure(self.infused, self.chosen)

    @cached_property
    def entries(self) -> list[tuple[int, int, int]]:
        """(block, constant, index of its derivative among the constants) of the tangents."""
        return self.code.tangents(self.infused, self.chosen).constant_entries() if self.chosen else []

    @cached_property
    def clock(self) -> bool:
        """Time is a state."""
        return self.structure.clock >= 0

    @cached_property
    def eventful(self) -> bool:
        """The model has events of its own or kinks."""
        return bool(self.structure.system.events or self.structure.kinks.all)

    @cached_property
    def own_events(self) -> tuple[np.ndarray, np.ndarray]:
        """A record OWN for each event of the model, and the workspace entry of each of their assignments."""
        parts, events = self.structure.parts, self.structure.system.events
        place = {s: parts["y"] + i for i, s in enumerate(self.structure.system.state_symbols)}
        place |= {s: parts["p"] + i for i, s in enumerate(self.structure.system.constant_symbols)}
        own, targets = np.zeros(len(events), OWN), list[int]()
        for record, event in zip(own, events, strict=True):
            first = len(targets)
            targets += [place[symbol] for symbol, _ in event.assignments]
            record["first"], record["last"] = first, len(targets)
            record["initially"], record["persistent"] = event.initially, event.persistent
            record["at_trigger"] = event.at_trigger
        return own, np.array(targets, np.int64)

    @cached_property
    def dense(self) -> np.ndarray:
        """Weights of the method's dense output (3, n_stages)."""
        return np.array(self.structure.method.dense)

    @cached_property
    def columns(self) -> int:
        """Number of values at a sample."""
        return len(self.outputs) * (1 + len(self.chosen))

    @cached_property
    def record(self) -> np.ndarray:
        """A record BLOCK (1,) of the sizes, without machine code and arrays."""
        structure = self.structure
        layout, method, kinks, own = structure.layout, structure.method, structure.kinks, structure.system.events
        records, _ = self.own_events
        known = structure.parts | {
            "order": method.order, "events": len(own), "clock": structure.clock,
            "delays": any(event.delay != 0 for event in own), "targets": sum(len(event.assignments) for event in own),
            "factors": any(factor != 1 for event in own for factor in event.factors),
            "kinks": len(kinks.of_states), "watched": kinks.watched, "time_kinks": len(kinks.of_time),
            "stages": method.stages, "states": layout.states, "constants": layout.constants,
            "outputs": self.columns,
            "widest": int((records["last"] - records["first"]).max(initial=0)),
        }  # fmt: skip
        return np.array([tuple(known.get(name, 0) for name in BLOCK.names or ())], BLOCK)

    @cached_property
    def kernel(self) -> Kernel:
        """Compiled step for this CPU."""
        return self.code.kernel(self.structure, 1 if self.alone else None)

    @cached_property
    def observer(self) -> tuple[int, Any]:
        """Address of the compiled outputs, and the code to keep alive meanwhile."""
        return self.code.observer(self.outputs, self.infused, self.chosen, self.kernel.lanes)

    @cached_property
    def room(self) -> Room:
        """What blocks work in on this CPU."""
        record = self.record.copy()
        for name, address in self.kernel.addresses.items():
            record[name] = address
        record["observe"], record["width"] = self.observer[0], self.kernel.lanes
        own, targets = self.own_events
        return Room(record, {"dense": self.dense, "own": own, "targets": targets})


def prepared(
    code: Code, outputs: tuple[str, ...], infused: tuple[int, ...], chosen: tuple[int, ...], n_patients: int
) -> Prepared:
    """What is laid out for such questions, from before where it is there."""
    key = (outputs, infused, chosen, n_patients == 1)
    if key not in code.prepared:
        code.prepared[key] = Prepared(code, *key)
    return code.prepared[key]
