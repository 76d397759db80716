"""Several plans and standard care as one treatment: what they set together, and which doses are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from lobule.engine import Solution
from lobule.engine.events import Event
from lobule.errors import InputError, about
from lobule.therapy.care import Care
from lobule.therapy.condition import condition
from lobule.therapy.plan import Dose, Plan

Part = Plan | Care
VALUE, LOW, HIGH, UNTREATED = range(4)  # the subjects of one call: the plan, its two bounds, the untreated twin
MOST_PARTS = 50
SOON = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5)  # days after a dose: when what it does is largest
Given = dict[tuple[int, int], list[float]]  # (part, member): times of the doses that are given


class Subject(Protocol):
    """What a regimen asks of whom it is given to."""

    @property
    def body_weight_g(self) -> float:
        """Body weight in grams."""

    @property
    def without_spleen(self) -> bool:
        """The spleen was removed."""

    @property
    def cares(self) -> tuple[str, ...]:
        """Standard care that the subject has anyway."""


@dataclass(frozen=True)
class Regimen:
    """All parts of a treatment, with the doses that they mean for one subject.

    Raises
    ------
    InputError : parts that contradict each other or cannot be given to this subject.
    """

    parts: tuple[Part, ...]
    doses: tuple[Dose | None, ...]

    @classmethod
    def of(cls, plan: Part | Sequence[Part] | None, subject: Subject) -> Regimen:
        """Check the parts against each other and against the subject."""
        given = [] if plan is None else [plan] if isinstance(plan, Plan | Care) else plan
        if not isinstance(given, (list, tuple)) or not all(isinstance(part, Plan | Care) for part in given):
            raise InputError("a plan is a Plan, a Care or a list of them")
        parts: tuple[Part, ...] = tuple(given)
        if len(parts) > MOST_PARTS:
            raise InputError(f"a plan has at most {MOST_PARTS} parts, not {len(parts)}")
        _refuse_repeated_care(parts, subject)
        _refuse_two_products(parts)
        doses: list[Dose | None] = []
        for i, part in enumerate(parts):
            with about(i):
                doses.append(part.amount(subject.body_weight_g) if isinstance(part, Plan) else None)
                if isinstance(part, Plan) and part.route == "intrasplenic" and subject.without_spleen:
                    raise InputError(f"{part.name} cannot be given intrasplenic: the subject has no spleen", ["route"])
        return cls(parts, tuple(doses))

    @property
    def products(self) -> tuple[Plan, ...]:
        """The parts that give a product."""
        return tuple(part for part in self.parts if isinstance(part, Plan))

    def members(self) -> list[int]:
        """Who is simulated: the plan; the bounds where a dose is a range; the untreated twin."""
        if not self.parts:
            return [VALUE]
        certain = all(dose is None or dose.certain for dose in self.doses)
        return [VALUE, UNTREATED] if certain else [VALUE, LOW, HIGH, UNTREATED]

    def parameters(self, members: list[int]) -> dict[str, Any]:
        """Constants that the products set: one value a member for cargo, which the untreated twin does not get."""
        treated = np.array([member != UNTREATED for member in members], float)
        found: dict[str, Any] = {}
        for part in self.products:
            for name, value in part.parameters().items():
                found[name] = value * treated if name.endswith("_copies_per_particle") else value
        return found

    def decisions(self, members: list[int]) -> Given:
        """Doses given so far: all that need no condition."""
        return {
            (i, k): [] if part.when else part.times()
            for i, part in enumerate(self.parts)
            if isinstance(part, Plan)
            for k, member in enumerate(members)
            if member != UNTREATED
        }

    def visits(self, history: float, end: float) -> np.ndarray:
        """Times that must be looked at, in days of the model: of conditions, and soon after doses."""
        looked = [t for part in self.products if part.when for t in part.times()]
        looked += [t + soon for part in self.products for t in part.times() for soon in SOON]
        return np.array(sorted({t for t in looked if t <= end}), float) + history

    def events(self, given: Given, constants: Mapping[str, float], history: float) -> list[Event]:
        """Everything that the parts do to the model."""
        rows: list[Event] = []
        treated = sorted({member for _, member in given}) or [0]
        bound = dict(zip(treated, ("value", "low", "high"), strict=False))
        for i, (part, dose) in enumerate(zip(self.parts, self.doses, strict=True)):
            for member in treated:
                if isinstance(part, Care):
                    rows += part.events(history, member)
                elif dose is not None:
                    times = [history + t for t in given[i, member]]
                    rows += part.events(getattr(dose, bound[member]), times, constants, member)
        return rows

    def decide(self, given: Given, solution: Solution, history: float) -> bool:
        """Add the next dose of each member whose condition holds; True when one was added and the course must be run
        again. Doses before the last one added do not change any more."""
        added = False
        for member in sorted({k for _, k in given}):
            nexts = [
                found
                for i, part in enumerate(self.parts)
                if isinstance(part, Plan) and part.when
                for found in [_next_dose(i, part, member, given, solution, history)]
                if found is not None
            ]
            if nexts:
                first = min(when for when, _ in nexts)
                for when, i in nexts:
                    if when == first:
                        given[i, member].append(when)
                added = True
        return added

    def record(self, given: Given) -> dict[str, Any]:
        """The treatment as plain data, for the record of a run."""
        parts, times = [], set()
        for i, (part, dose) in enumerate(zip(self.parts, self.doses, strict=True)):
            row = part.to_dict()
            if isinstance(part, Plan) and dose is not None:
                row |= {"given": asdict(dose), "given_at_d": given[i, 0], "contents": _contents(part)}
                times |= set(given[i, 0])
            parts.append(row)
        return {"plan": parts or None, "dose_times_d": sorted(times)}


def _contents(part: Plan) -> dict[str, Any]:
    """The product itself, so that a run of a user's own file can be repeated without the file."""
    return asdict(part.product)  # type: ignore[arg-type]


def _next_dose(
    i: int, part: Plan, member: int, given: Given, solution: Solution, history: float
) -> tuple[float, int] | None:
    wanted = condition(str(part.when))
    done = given[i, member]
    course = solution[wanted.name][member]
    for when in part.times():
        k = int(np.searchsorted(solution.times, history + when - 1e-12))
        later = not done or when > done[-1]
        if later and k < len(solution.times) and wanted.holds(float(course[k])):
            return when, i
    return None


def _refuse_repeated_care(parts: tuple[Part, ...], subject: Subject) -> None:
    seen = list(subject.cares)
    for i, part in enumerate(parts):
        if isinstance(part, Care):
            if part.name in seen:
                raise InputError(f"{part.name} is given twice", [i, "care"])
            seen.append(part.name)


def _refuse_two_products(parts: tuple[Part, ...]) -> None:
    """Infused vesicles share one cargo, and so do cells and medium: two products of a kind must agree in it."""
    owners: dict[str, tuple[str, float]] = {}
    for i, part in enumerate(parts):
        if not isinstance(part, Plan):
            continue
        for name, value in part.parameters().items():
            other, before = owners.setdefault(name, (part.name, value))
            if before != value:
                raise InputError(
                    f"{other} and {part.name} cannot be given in one plan: they differ in {name.replace('_', ' ')} "
                    f"({before:g} and {value:g}), and a run holds one vesicle product and one of cells or medium",
                    [i, "product"],
                )
