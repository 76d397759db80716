"""The crowd: everyone of one engine call, each with own constants, events, doses and times.

The only place that makes an engine call of subjects, plans, members of the ensemble and times, and courses of what
comes back. Constants are set in one order: the species' values, the subject's, the products', what an experiment sets;
factors of members come last, on whatever stands there by then. Doses with a condition are decided here, in rounds: the
crowd is solved without them, and those for whom a condition holds are solved again with one dose more, until none
holds.

A member's numbers are the same bits in any company and any order if the crowd is solved to the same day: steps of the
solver end at the last time of all, so that the last digits depend on it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lobule import model
from lobule.engine import CompiledModel, EventTable, Solution
from lobule.engine.events import EVERYONE, Event
from lobule.model.parameters import values_for
from lobule.model.slots import ONE, SUFFIX, Slots, further, in_all_slots, state_in_slot, states_in_slots
from lobule.progress import say
from lobule.simulation.experiment import Experiment
from lobule.simulation.subject import Subject
from lobule.simulation.treatment import Bound, Treatment
from lobule.therapy import Part
from lobule.therapy.regimen import Regimen

Values = NDArray[np.float64]
Constants = Mapping[str, ArrayLike]  # {constant: one value, or one a lane}


class _OfLane(Mapping[str, float]):
    """Constants of one lane of a group."""

    def __init__(self, constants: Mapping[str, float | Values], lane: int) -> None:
        self.constants, self.lane = constants, lane

    def __getitem__(self, name: str) -> float:
        value = self.constants[name]
        return value if isinstance(value, float) else float(value[self.lane])

    def __iter__(self) -> Iterator[str]:
        return iter(self.constants)

    def __len__(self) -> int:
        return len(self.constants)


@dataclass(frozen=True)
class Group:
    """Lanes that were added together.

    Attributes
    ----------
    lanes : their places in the crowd
    constants, initial : {name: one value, or one a lane}, all factors applied
    events : of EVERYONE of the group, or of a lane of it, counted from 0
    times : (n_times,), or (n_lanes, n_times), days of the model, increasing
    treatments : one for all lanes, or one a lane, or none
    slots : unlike products of a kind that the model must hold for them
    """

    lanes: slice
    constants: dict[str, float | Values]
    initial: dict[str, float | Values]
    events: tuple[Event, ...]
    times: Values
    treatments: tuple[Treatment, ...]
    slots: Slots = ONE

    def __len__(self) -> int:
        return self.lanes.stop - self.lanes.start

    def end(self, lane: int) -> float:
        """Last day of a lane."""
        return float(self.times[-1] if self.times.ndim == 1 else self.times[lane, -1])

    @property
    def read(self) -> Values:
        """First and last day on which each lane is read, or looked at for a condition, (n_lanes, 2)."""
        found = np.empty((len(self), 2))
        found[:, 0], found[:, 1] = self.times[..., 0], self.times[..., -1]
        for lane, treatment in enumerate(self.treatments):
            if treatment.conditions:
                found[lane, 0] = min([found[lane, 0], *treatment.looks(found[lane, 1])])
        return found

    @property
    def deciding(self) -> dict[int, Treatment]:
        """Treatments with a condition, by their lane in the crowd."""
        return {self.lanes.start + i: treatment for i, treatment in enumerate(self.treatments) if treatment.conditions}

    def rows(self, lanes: Iterable[int]) -> list[Event]:
        """All events of some of its lanes (those of others may be there too), doses behind what happens anyway."""
        rows = list(self.events)
        if len(self.treatments) == len(self):
            for lane in lanes:
                rows += self.treatments[lane].events(_OfLane(self.constants, lane), lane)
        else:
            for treatment in self.treatments:
                rows += treatment.events(_OfLane(self.constants, 0), EVERYONE)
        return rows


@dataclass(frozen=True)
class Solved:
    """What comes back. A group's courses are asked for by what `add` gave for it.

    Attributes
    ----------
    solution : of all lanes at the times of all
    """

    solution: Solution

    def values(self, group: Group, output: str) -> Values:
        """Courses of one output at the group's own times, (n_lanes, n_times)."""
        return self._at(group, self.solution[output][group.lanes])

    def all_values(self, group: Group) -> Values:
        """Courses of all outputs at the group's own times, (n_lanes, n_times, n_outputs)."""
        return self._at(group, self.solution.y[group.lanes])

    def _at(self, group: Group, values: Values) -> Values:
        at = np.searchsorted(self.solution.times, group.times)
        return values[:, at] if at.ndim == 1 else values[np.arange(len(group))[:, None], at]

    def reasons(self, group: Group) -> tuple[str, ...]:
        """Of each lane, why it could not be solved to the end; "" where it could."""
        return self.solution.reasons[group.lanes]

    @property
    def reason(self) -> str:
        """The first reason of all; "" when everyone was solved."""
        return next((reason for reason in self.solution.reasons if reason), "")


class Crowd:
    """Everyone of one engine call.

    Parameters
    ----------
    compiled : the model, with the states held that the experiment holds; the liver when None
    experiment : what is changed for everyone
    slots : unlike products of a kind that `compiled` holds; who is given more is solved by a model that holds them

    >>> from lobule import Animal
    >>> crowd = Crowd()
    >>> mouse, rat = (crowd.add(Animal(species), [1.0, 2.0]) for species in ("mouse", "rat"))
    >>> crowd.solve(["albumin"]).values(rat, "albumin").round(6).tolist()
    [[35.0, 35.0]]
    """

    def __init__(
        self, compiled: CompiledModel | None = None, experiment: Experiment | None = None, slots: Slots = ONE
    ) -> None:
        self.model, self.experiment, self.slots = compiled or model.compiled("mouse"), experiment, slots
        self.groups: list[Group] = []

    def __len__(self) -> int:
        return self.groups[-1].lanes.stop if self.groups else 0

    def add(
        self,
        subject: Subject,
        times: ArrayLike,
        plan: Regimen | Part | Sequence[Part] | None = None,
        *,
        n: int = 1,
        twin: bool = False,
        bound: Bound = "value",
        treatments: Sequence[Treatment] | None = None,
        events: Sequence[Event] = (),
        sets: Constants | None = None,
        factors: Sequence[Constants] = (),
    ) -> Group:
        """A subject under a plan, or n of it.

        Parameters
        ----------
        times : (n_times,) or (n, n_times) days since the onset of the disease
        plan : what is given, from the subject's `history_days` on
        twin : the subject gets nothing of the plan, though its products' constants hold, but for their cargo
        bound : of doses whose unit leaves their size open
        treatments : in place of what the plan alone says: one for all, or one a lane
        events : further ones
        sets : {constant: value or (n,)}, over those of the subject and the plan
        factors : of members, {constant: factor or (n,)}, one mapping after another
        """
        regimen = plan if isinstance(plan, Regimen) else Regimen.of(plan, subject)
        if treatments is None:
            treatments = [Treatment.of(regimen, subject.history_days, bound=bound)] if regimen.parts else []
        constants = values_for(subject.species) | subject.parameters() | regimen.parameters(treated=not twin)
        return self.add_lanes(
            n, times, {**constants, **(sets or {})}, factors=factors, events=[*subject.events(), *events],
            treatments=() if twin else treatments,
        )  # fmt: skip

    def add_lanes(
        self,
        n: int,
        times: ArrayLike,
        constants: Constants,
        *,
        factors: Sequence[Constants] = (),
        events: Sequence[Event] = (),
        initial: Constants | None = None,
        treatments: Sequence[Treatment] = (),
    ) -> Group:
        """n lanes at once that differ in numbers alone.

        Parameters
        ----------
        times : (n_times,) or (n, n_times) days of the model, increasing
        constants : before factors, in the order that the module tells
        factors : {constant: factor}, one mapping after another
        events : of EVERYONE of these, or of one of them, counted from 0
        initial : states to start from
        treatments : one for all, or one a lane
        """
        values = _numbers(constants)
        if self.experiment:
            values |= _numbers(self.experiment.parameters(values))
        for some in factors:
            values |= {each: values[each] * factor for name, factor in _numbers(some).items() if name in values
                       for each in in_all_slots(name, values)}  # fmt: skip
        if len(treatments) == 1 and n > 1:
            depends = any(not isinstance(values[name], float) for name in treatments[0].needed)
            treatments = treatments[0].apart(n) if treatments[0].conditions or depends else treatments
        lanes = slice(len(self), len(self) + n)
        slots = functools.reduce(Slots.and_of, {t.regimen.slots for t in treatments}, self.slots)
        group = Group(
            lanes, values, _numbers(initial or {}), tuple(events), np.asarray(times, float), tuple(treatments), slots
        )
        self.groups.append(group)
        return group

    def solve(
        self, outputs: Sequence[str], rtol: float = 1e-5, *, until: float | None = None, engine: str = "lobule"
    ) -> Solved:
        """Solve everyone.

        Parameters
        ----------
        outputs : of the model; what conditions look at is added
        until : day to which everyone is solved; the last of anybody's times when None

        Returns
        -------
        Solved : a lane that could not be integrated has a reason; the others are complete.
        """
        deciding = {lane: treatment for group in self.groups for lane, treatment in group.deciding.items()}
        end = {lane: group.end(lane - group.lanes.start) for group in self.groups for lane in group.deciding}
        looked = dict.fromkeys(c.name for treatment in deciding.values() for c in treatment.conditions.values())
        names, grid = list(dict.fromkeys([*outputs, *looked])), self._grid(until)
        shapes = list(dict.fromkeys(group.slots for group in self.groups))
        shape_of = np.repeat([shapes.index(group.slots) for group in self.groups], [len(g) for g in self.groups])
        tables = [self._tables(slots) for slots in shapes]
        read = None if engine == "roadrunner" else np.concatenate([group.read for group in self.groups])

        def solved(lanes: NDArray[np.intp]) -> Solution:
            parts = []
            for i, slots in enumerate(shapes):
                places = np.flatnonzero(shape_of[lanes] == i)
                if places.size:
                    some = lanes[places]
                    given, start = ({name: v[some] for name, v in table.items()} for table in tables[i])
                    between = None if read is None else read[some]
                    parts.append((places, self._model(slots).solve(
                        given, start, self._events(some, slots), grid, rtol=rtol, outputs=names, between=between,
                        engine=engine,
                    )))  # fmt: skip
            return parts[0][1] if len(parts) == 1 else _joined(len(lanes), parts)

        solution = solved(np.arange(len(self)))
        while deciding:
            courses = {name: solution[name] for name in looked}
            added = [lane for lane, treatment in deciding.items()
                     if treatment.decide(grid, {name: v[lane] for name, v in courses.items()}, end[lane])]  # fmt: skip
            deciding = {lane: deciding[lane] for lane in added}
            if added:
                solution = _with(solution, np.array(added), solved(np.array(added)))
        return Solved(solution)

    def _grid(self, until: float | None) -> Values:
        """The times of all, and those at which somebody's condition is looked at."""
        looks = [
            at
            for group in self.groups
            for lane, treatment in group.deciding.items()
            for at in treatment.looks(group.end(lane - group.lanes.start))
        ]
        last = [] if until is None else [until]
        return np.unique(np.concatenate([*(group.times.ravel() for group in self.groups), looks, last]))

    def _model(self, slots: Slots) -> CompiledModel:
        """The model that holds so many unlike products of a kind."""
        if slots != ONE:
            say("a model that holds unlike products of a kind: it is compiled when it is first needed")
        if slots == self.slots:
            return self.model
        return self.experiment.model("mouse", slots) if self.experiment else model.compiled("mouse", slots)

    def _tables(self, slots: Slots) -> tuple[dict[str, Values], dict[str, Values]]:
        """Constants and initial states of everyone, as a model with such slots calls them."""
        held = self.experiment.held if self.experiment else {}
        constants = [_in_slots(group.constants, slots, held) for group in self.groups]
        initial = [{state_in_slot(name, slots): v for name, v in group.initial.items()} for group in self.groups]
        return self._table(constants), self._table(initial)

    def _table(self, of_groups: list[dict[str, float | Values]]) -> dict[str, Values]:
        """One column a name, a value for every lane."""
        names = list(of_groups[0])
        table = np.empty((len(names), len(self)))
        for group, numbers in zip(self.groups, of_groups, strict=True):
            alike = [j for j, name in enumerate(names) if isinstance(numbers[name], float)]
            table[alike, group.lanes] = np.array([numbers[names[j]] for j in alike])[:, None]
            for j, name in enumerate(names):
                if not isinstance(numbers[name], float):
                    table[j, group.lanes] = numbers[name]
        return dict(zip(names, table, strict=True))

    def _events(self, lanes: NDArray[np.intp], slots: Slots) -> EventTable:
        """Events of some lanes, who are counted from 0 in it; those that would change what is held are left out."""
        held = self.experiment.held_in(slots) if self.experiment else {}
        if len(self.groups) == 1 and len(lanes) == len(self):
            rows = _to_slots(self.groups[0].rows(range(len(self))), slots)
            return EventTable(event for event in rows if event.target not in held)
        place = np.full(len(self), -1)
        place[lanes] = np.arange(len(lanes))
        tables = []
        for group in self.groups:
            of_group = place[group.lanes]
            wanted = np.flatnonzero(of_group >= 0)
            rows = _to_slots(group.rows(wanted.tolist()), slots) if wanted.size else []
            tables.append(EventTable(event for event in rows if event.target not in held).moved(of_group))
        return EventTable.joined(tables)


def _numbers(constants: Constants) -> dict[str, float | Values]:
    """Each as a float, or as one a lane."""
    return {
        name: float(value) if np.ndim(value) == 0 else np.asarray(value, float)  # type: ignore[arg-type]
        for name, value in constants.items()
    }


def _in_slots(
    numbers: Mapping[str, float | Values], slots: Slots, held: Mapping[str, float]
) -> dict[str, float | Values]:
    """Constants as a model with such slots calls them: of slots it does not have none, of empty ones the usual."""
    if slots == ONE and not any(SUFFIX in name for name in numbers):
        return dict(numbers)
    usual = further(slots)
    found = {name: value for name, value in numbers.items() if SUFFIX not in name or name in usual}
    for name in held:
        found |= dict.fromkeys(states_in_slots(name, slots), found.pop(name))
    return {**usual, **found}


def _to_slots(events: list[Event], slots: Slots) -> list[Event]:
    """Events as a model with such slots calls their targets."""
    if slots == ONE:
        return events
    return [replace(event, target=state_in_slot(event.target, slots)) for event in events]


def _joined(n: int, parts: list[tuple[NDArray[np.intp], Solution]]) -> Solution:
    """One solution of n lanes, put together of some lanes' each."""
    first = parts[0][1]
    arrays: dict[str, Any] = {name: np.empty((n, *getattr(first, name).shape[1:]), getattr(first, name).dtype)
              for name in ("y", "status", "steps", "rejected", "slopes", "last_step")}  # fmt: skip
    reasons = [""] * n
    for places, solution in parts:
        for name, array in arrays.items():
            array[places] = getattr(solution, name)
        for i, (place, reason) in enumerate(zip(places, solution.reasons, strict=True)):
            reasons[place] = reason.replace(f"patient {i}", f"patient {place}", 1)
    return replace(first, reasons=tuple(reasons), **arrays)


def _with(solution: Solution, lanes: NDArray[np.intp], again: Solution) -> Solution:
    """A solution in which some lanes were solved again."""
    reasons = list(solution.reasons)
    for i, (lane, reason) in enumerate(zip(lanes, again.reasons, strict=True)):
        reasons[lane] = reason.replace(f"patient {i}", f"patient {lane}", 1)
    arrays = {name: getattr(solution, name).copy() for name in ("y", "status", "steps", "rejected")}
    for name, values in arrays.items():
        values[lanes] = getattr(again, name)
    return replace(solution, reasons=tuple(reasons), **arrays)
