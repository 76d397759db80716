"""Patches of a sheet as lanes of the liver model, solved from one exchange to the next.

Each patch is a whole liver in numbers of its own, which is restarted where the last window ended, after blood and
neighbours have exchanged what they exchange. Nothing of the biology is written again here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lobule.engine import CompiledModel, EventTable
from lobule.engine.events import EVERYONE, Event
from lobule.model.parameters import values_for
from lobule.simulation.experiment import Experiment
from lobule.simulation.simulate import SimulationError
from lobule.simulation.subject import Subject
from lobule.simulation.treatment import Treatment
from lobule.therapy.regimen import Regimen

Values = NDArray[np.float64]
SAME_TIME = 1e-9  # days
SHARE = 1e-4  # of a state's typical size and of rtol, that an error may be: the engine's own
TRACE = 1e-6  # in its own unit, of a state that is nearly nothing everywhere: its digits are not worth a step
FIRST_STEP = 1e-4  # of the first window: the engine's own
GENTLE = 0.4  # of the step that would have come next, for the exchange has changed where the window begins
BLOCK = 1024  # lanes that are solved at once: what the engine lays out for them is gone before the next


def alike(value: float | np.float64, n: int) -> Values:
    """A value that all of n lanes share, (n,), in the room of one."""
    return np.broadcast_to(np.float64(value), (n,))


def shared(values: Values) -> Values | np.float64:
    """One number where it is the room of one, else the values (n,)."""
    return np.float64(values[0]) if values.strides == (0,) else values


@dataclass
class Lanes:
    """n lanes of one subject, with what each has of its own.

    Attributes
    ----------
    constants : {constant: (n,)}, with what switches have set so far; see `alike` for those that are the same for all
    events : of everyone, by time, in days since the onset
    states : {state: (n,)} where the last window ended; None before the first
    day : where the last window ended
    rtol : tolerance of a step
    typical : (n_states,) largest size of each state so far, TRACE at least, 1 for what was 0 in the first window; what
        of it is left when it is nearly gone needs no digits of its own
    step : (n,) that the engine would have tried next, days; the next window begins with it
    """

    constants: dict[str, Values]
    events: list[Event]
    compiled: CompiledModel
    rtol: float = 1e-4
    states: dict[str, Values] | None = None
    day: float = 0.0
    flowing: dict[str, float] = field(default_factory=dict)
    typical: Values | None = None
    step: Values | None = None

    @classmethod
    def of(
        cls,
        subject: Subject,
        regimen: Regimen,
        n: int,
        factors: Mapping[str, Values],
        *,
        experiment: Experiment | None = None,
        treated: bool = True,
    ) -> Lanes:
        """Lanes of a subject under a regimen.

        Parameters
        ----------
        factors : {constant: (n,)} on the subject's own values
        experiment : what is changed for all
        treated : False for the untreated twin
        """
        values = values_for(subject.species) | subject.parameters() | regimen.parameters(treated=treated)
        experiment = experiment or Experiment.of(())
        values |= experiment.parameters(values)
        constants = {name: alike(float(value), n) for name, value in values.items()}
        for name, factor in factors.items():
            constants[name] = constants[name] * factor
        events = list(subject.events())
        if treated and regimen.parts:
            events += Treatment.of(regimen, subject.history_days).events(values, EVERYONE)
        compiled = experiment.model(subject.species, regimen.slots)
        return cls(constants, sorted(events, key=lambda event: event.time), compiled)

    def __len__(self) -> int:
        return len(next(iter(self.constants.values())))

    def solve(self, day: float, outputs: Sequence[str] = ()) -> dict[str, Values]:
        """Go on to a day; gives {output: (n,)} there. What happens on that very day belongs to the next window.

        Raises
        ------
        SimulationError : a lane that could not be solved; says when and in which quantity.
        """
        length = day - self.day
        now = [e for e in self.events if self.day - SAME_TIME <= e.time < day - SAME_TIME]
        rows = [Event(EVERYONE, max(e.time - self.day, 0.0), e.target, e.kind, e.value) for e in now]
        going_on = [Event(EVERYONE, 0.0, target, "infuse", rate) for target, rate in self.flowing.items() if rate]
        names = list(dict.fromkeys([*self.compiled.states, *outputs]))
        events, n = EventTable([*going_on, *rows]), len(self)
        parts = [self._solved(slice(i, min(i + BLOCK, n)), events, length, names) for i in range(0, n, BLOCK)]
        last = dict(zip(names, np.concatenate([part[0] for part in parts], axis=1), strict=True))
        self.states = {name: last[name].copy() for name in self.compiled.states}
        self.step = np.concatenate([part[1] for part in parts])
        sizes = np.max([part[2] for part in parts], axis=0)
        before = np.where(sizes > 0, TRACE, 1.0) if self.typical is None else self.typical
        self.typical = np.maximum(before, sizes)
        self.day = day
        for event in now:
            self._keep(event)
        return {name: last[name] for name in outputs}

    def _solved(
        self, some: slice, events: EventTable, length: float, names: list[str]
    ) -> tuple[Values, Values, Values]:
        """Of some lanes the values at the end, (names, k), the next step, (k,), and the largest of each state."""
        constants = {name: shared(values) for name, values in self.constants.items()}
        first = np.full(len(self), FIRST_STEP * length) if self.step is None else np.minimum(GENTLE * self.step, length)
        solution = self.compiled.solve(
            {name: value[some] if isinstance(value, np.ndarray) else value for name, value in constants.items()},
            None if self.states is None else {name: values[some] for name, values in self.states.items()},
            events, [0.0, length], rtol=self.rtol, outputs=names, first_step=first[some],
            atol=None if self.typical is None else SHARE * self.rtol * self.typical,
        )  # fmt: skip
        reason = next((told for told in solution.reasons if told), "")
        if reason:
            raise SimulationError(f"after day {self.day:g} the tissue cannot be solved: {reason} (time in days)")
        sizes = np.abs(solution.y[:, :, : len(self.compiled.states)]).max(axis=(0, 1))
        return solution.y[:, -1, :].T, solution.last_step, sizes

    def _keep(self, event: Event) -> None:
        """What outlasts a window: switched constants, infusions that go on."""
        if event.kind == "infuse":
            self.flowing[event.target] = self.flowing.get(event.target, 0.0) + event.value
        elif event.target in self.constants:
            before = shared(self.constants[event.target])
            after = {"set": event.value, "add": before + event.value}.get(event.kind, before * event.value)
            self.constants[event.target] = after if isinstance(after, np.ndarray) else alike(after, len(self))
