"""What one member of a crowd is given, and which of its doses: a condition is looked at when its dose is due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from lobule.comparison import Comparison
from lobule.engine.events import Event
from lobule.model.slots import state_in_slot
from lobule.therapy import Care, Plan
from lobule.therapy.condition import condition
from lobule.therapy.plan import OF_MEDIUM
from lobule.therapy.regimen import Regimen

Bound = Literal["value", "low", "high"]  # of a dose whose unit leaves its size open


@dataclass(frozen=True)
class Treatment:
    """A regimen with its amounts and the doses that are decided so far.

    Attributes
    ----------
    regimen : what is given
    start : day of the model on which the regimen begins
    amounts : of one dose of each part, particles or cells; a care has 0
    offered : days of the regimen on which a dose of each part may be given
    conditions : {part: what must hold on the day of a dose}
    given : {part: days on which one is given}, those whose condition has not been looked at yet left out
    scale : factor on what every dose brings, one or (n_members,): how many of a dose, such as an uncertain count
    """

    regimen: Regimen
    start: float
    amounts: tuple[float, ...]
    offered: tuple[tuple[float, ...], ...]
    conditions: dict[int, Comparison]
    given: dict[int, list[float]]
    scale: float | NDArray[np.float64] = 1.0

    @classmethod
    def of(
        cls,
        regimen: Regimen,
        start: float,
        *,
        bound: Bound = "value",
        amounts: Sequence[float] | None = None,
        days: Sequence[Sequence[float]] | None = None,
        scale: float | NDArray[np.float64] = 1.0,
    ) -> Treatment:
        """The treatment of one member, or of several who get the same on the same days.

        Parameters
        ----------
        bound : of doses whose unit leaves their size open
        amounts : of each part, in place of the regimen's own
        days : of each part, the days on which doses are offered, in place of the regimen's own
        """
        own = [0.0 if dose is None else float(getattr(dose, bound)) for dose in regimen.doses]
        offered = tuple(tuple(some) for some in ([part.times() for part in regimen.parts] if days is None else days))
        products = {i: part for i, part in enumerate(regimen.parts) if isinstance(part, Plan)}
        conditions = {i: condition(part.when) for i, part in products.items() if part.when}
        given = {i: [] if i in conditions else list(offered[i]) for i in products}
        return cls(regimen, start, tuple(own if amounts is None else amounts), offered, conditions, given, scale)

    @property
    def needed(self) -> tuple[str, ...]:
        """Constants of a member on which the amounts depend."""
        return OF_MEDIUM if any(part.kind == "medium" for part in self.regimen.products) else ()

    def apart(self, n: int) -> list[Treatment]:
        """The same for each of n members, who decide for themselves."""
        scales = np.broadcast_to(self.scale, n).tolist()
        return [replace(self, given=_copied(self.given), scale=scale) for scale in scales]

    def decided(self, start: float, amounts: Sequence[float] | None = None) -> Treatment:
        """The doses given so far, from another day on or of other amounts, without a condition any more."""
        one = self.amounts if amounts is None else tuple(amounts)
        return replace(self, start=start, amounts=one, conditions={}, given=_copied(self.given))

    def events(self, constants: Mapping[str, float], member: int) -> list[Event]:
        """Everything that the parts do to the model.

        Parameters
        ----------
        constants : of the member
        member : EVERYONE where all get the same, but for the scale
        """
        rows: list[Event] = []
        for i, (part, amount) in enumerate(zip(self.regimen.parts, self.amounts, strict=True)):
            if isinstance(part, Care):
                rows += part.events(self.start, member)
            else:
                slots, slot = self.regimen.slots, self.regimen.slot(i)
                for dose in part.events(amount, [self.start + day for day in self.given[i]], constants, member):
                    rows += scaled(replace(dose, target=state_in_slot(dose.target, slots, slot)), self.scale)
        return rows

    def looks(self, end: float) -> list[float]:
        """Days of the model, up to `end`, on which a condition is looked at."""
        days = {day for i in self.conditions for day in self.offered[i] if self.start + day <= end}
        return [self.start + day for day in sorted(days)]

    def decide(self, times: NDArray[np.float64], courses: Mapping[str, NDArray[np.float64]], end: float) -> bool:
        """Add the next dose whose condition holds; True when one was added and the course must be run again.

        Doses before the last one added do not change any more.

        Parameters
        ----------
        times : (n_times,) days of the model, with all `looks` among them
        courses : {output: (n_times,)} of what the conditions look at
        end : of what this member is solved for
        """
        nexts = {}
        for i, wanted in self.conditions.items():
            done, values = self.given[i], courses[wanted.name]
            for day in self.offered[i]:
                at = self.start + day
                later = (not done or day > done[-1]) and at <= end
                if later and wanted.holds(float(values[np.searchsorted(times, at)])):
                    nexts[i] = day
                    break
        if not nexts:
            return False
        first = min(nexts.values())
        for i, day in nexts.items():
            if day == first:
                self.given[i].append(day)
        return True


def scaled(event: Event, factor: float | NDArray[np.float64]) -> list[Event]:
    """An event times a factor; times a factor a member, it is an event a member."""
    if isinstance(factor, float):
        return [event if factor == 1.0 else replace(event, value=event.value * factor)]
    values = (event.value * factor).tolist()
    return [Event(k, event.time, event.target, event.kind, value) for k, value in enumerate(values)]


def _copied(given: Mapping[int, list[float]]) -> dict[int, list[float]]:
    return {i: list(days) for i, days in given.items()}
