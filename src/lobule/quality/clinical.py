"""What a batch does in the clinic: the courses of one subject under every batch, by every member of the ensemble.

The subject's history is solved once a member; all batches start from the states it ends in. Three things make a band:
the members, what assay and count leave open of the batch, and the bias of counts between laboratories.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine.events import Event
from lobule.errors import InputError, LobuleError, nearest
from lobule.files.scenario import Scenario, read_scenario
from lobule.labs import labs
from lobule.model.parameters import values_for
from lobule.patient import Animal, Patient
from lobule.patient.history import OUTPUTS
from lobule.quantities import amount
from lobule.scores.clinic import clinical
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import COUNTED, PUBLISHED, Reading, a_reading, constants_of, unexplained_share
from lobule.simulation.treatment import Treatment
from lobule.therapy import Plan, Regimen
from lobule.therapy.product import Product

Values = NDArray[np.float64]
USE = Path(__file__).parent / "use.yaml"
COUNT_BIAS_CV = 0.525  # between laboratories (pk-K089)
RTOL = 1e-3  # of a step, as in trials
# outcome: 1 where more of it is better, -1 where less is
HELPFUL = {name: 1 if lab.better == "up" else -1 for name, lab in labs().items()
           if name == "meld" or (lab.output and lab.better)}  # fmt: skip
NO_EFFECT = 1e-4  # of the untreated value: a smaller gain is none
MOST_COURSES = 2_000_000
BLOCK = 4000  # courses in memory at a time


@dataclass(frozen=True)
class Use:
    """Who is treated, with what, and what is read.

    Attributes
    ----------
    subject, regimen : of the scenario; one part of the regimen gives vesicles
    plan : the number of that part
    days : of the reading
    outcome : of HELPFUL
    title : of the scenario
    reading : how strongly products act
    """

    subject: Animal | Patient
    regimen: Regimen
    plan: int
    days: float
    outcome: str
    title: str
    reading: Reading = PUBLISHED

    @property
    def part(self) -> Plan:
        """The part that gives vesicles."""
        part = self.regimen.parts[self.plan]
        assert isinstance(part, Plan)
        return part

    @property
    def product(self) -> Product:
        """The product as it should be: the reference of all batches."""
        assert isinstance(self.part.product, Product)
        return self.part.product

    @property
    def particles(self) -> float:
        """Particles in a dose, as the plan says."""
        dose = self.regimen.doses[self.plan]
        assert dose is not None
        return dose.value

    @classmethod
    def read(cls, path: str | Path | None = None, outcome: str | None = None, reading: str | None = None) -> Use:
        """From a scenario file; the one that comes with lobule when None. `reading` stands in place of the file's own.

        Raises
        ------
        InputError : a mistake in the file, an unknown outcome or reading, no vesicles.
        """
        word = None if reading is None else a_reading(reading)
        use = cls.of(read_scenario(path or USE), outcome)
        return use if word is None else replace(use, reading=word)

    @classmethod
    def of(cls, scenario: Scenario, outcome: str | None = None) -> Use:
        """From a scenario; raises InputError as `read`."""
        subject = scenario.who()
        outcome = outcome or ("meld" if isinstance(subject, Patient) else "collagen_proportionate_area")
        if outcome not in HELPFUL:
            raise InputError(f'no outcome "{outcome}". {nearest(outcome, HELPFUL, 20)}')
        if outcome == "meld" and isinstance(subject, Animal):
            raise InputError("MELD is of patients; name another outcome for an animal")
        regimen = Regimen.of(scenario.therapy(), subject)
        plans = [i for i, part in enumerate(regimen.parts) if isinstance(part, Plan)]
        if len(plans) != 1 or regimen.parts[plans[0]].kind != "vesicles":  # type: ignore[union-attr]
            raise InputError("batches are of vesicles: the scenario must give one product, and that vesicles")
        days = amount(scenario.until, "time")
        return cls(subject, regimen, plans[0], days, outcome, scenario.title, scenario.reading)


@dataclass(frozen=True)
class Delivery:
    """What batches bring, by member: particles (n_batches, n_members) in a dose, copies {constant: the same}."""

    particles: Values
    constants: Mapping[str, Values]


@dataclass(frozen=True)
class Effects:
    """Effects on the outcome, in its unit, positive where they help.

    Attributes
    ----------
    batches : (n_batches, n_members)
    reference : (n_members,) of the product as it should be
    untreated : (n_members,) the outcome without treatment
    counted : (n_members,) of the reference in the counted reading; None where all are in that
    """

    batches: Values
    reference: Values
    untreated: Values
    counted: Values | None = None

    @property
    def share(self) -> Values:
        """Share of the reference's effect, (n_batches, n_members); NaN where the reference does not help."""
        helps = self.reference > NO_EFFECT * np.abs(self.untreated)
        return np.where(helps, self.batches / np.where(helps, self.reference, 1.0), np.nan)

    @property
    def unexplained_share(self) -> float | None:
        """Of the reference's effect, the share that the counted reading does not reach, of the medians of the members;
        None where there is no effect, or no counted reading beside it."""
        if self.counted is None:
            return None
        none, published, counted = (float(np.median(v)) for v in (self.untreated, self.reference, self.counted))
        return unexplained_share(none + published, none, none + counted)


def bias(members: int, seed: int) -> Values:
    """Bias of the laboratory's counts, (members,): true over counted particles, common to all batches."""
    spread = math.sqrt(math.log(1 + COUNT_BIAS_CV**2))
    random = np.random.Generator(np.random.Philox(key=seed))
    return np.exp(spread * random.standard_normal(members) - spread**2 / 2)


def effects(use: Use, delivery: Delivery, seed: int = 1, progress: Callable[[int, int], None] | None = None) -> Effects:
    """Solve the subject untreated, under the reference and under every batch, by every member.

    progress : called with the number of batches that are done, and of all

    Raises
    ------
    InputError : too many courses at once.
    LobuleError : the history, or the course of the untreated subject or the reference, cannot be solved. A batch that
        cannot be solved by a member is NaN there.
    """
    n, members = delivery.particles.shape
    if (n + 2) * members > MOST_COURSES:
        raise InputError(f"{n} batches by {members} members are more than {MOST_COURSES} courses")
    base = _Base.of(use, members)
    laboratory = bias(members, seed)
    usual = {name: np.full(members, value) for name, value in use.product.parameters().items()}
    none = base.outcomes(np.zeros((1, members)), {})[0]
    as_planned = np.full((1, members), use.particles) * laboratory
    reference = base.outcomes(as_planned, {name: values[None] for name, values in usual.items()})[0]
    if not (np.isfinite(none).all() and np.isfinite(reference).all()):
        raise LobuleError("the course of the subject cannot be solved by every member of the ensemble")
    found = np.empty((n, members))
    step = max(1, BLOCK // members)
    for first in range(0, n, step):
        some = slice(first, min(first + step, n))
        constants = {name: values[some] for name, values in delivery.constants.items()}
        found[some] = base.outcomes(delivery.particles[some] * laboratory, constants)
        if progress:
            progress(some.stop, n)
    sign = HELPFUL[use.outcome]
    if not (sign * (reference - none) > NO_EFFECT * np.abs(none)).any():
        raise InputError(
            f"{use.product.name} as it should be does not help {use.outcome} in this use: there is nothing for a batch "
            "to lose; name another outcome, dose or day"
        )
    return Effects(sign * (found - none), sign * (reference - none), none, _counted(base, as_planned, usual, none))


def _counted(base: _Base, particles: Values, usual: Mapping[str, Values], none: Values) -> Values | None:
    """Effect of the reference in the counted reading beside a published one, (members,)."""
    if base.use.reading != PUBLISHED:
        return None
    other = replace(base, constants={**base.constants, **constants_of(COUNTED)})
    found = other.outcomes(particles, {name: values[None] for name, values in usual.items()})[0]
    return HELPFUL[base.use.outcome] * (found - none)


def _members(use: Use, members: int) -> dict[str, Values]:
    return ensemble.factors(members, species=use.subject.species)


@dataclass(frozen=True)
class _Base:
    """The subject at the first day of the run, by every member.

    constants : before the members' factors; states {name: (members,)}, none where the run begins with the disease;
    events : from that day on
    """

    use: Use
    constants: dict[str, float]
    states: dict[str, Values]
    events: tuple[Event, ...]

    @classmethod
    def of(cls, use: Use, members: int) -> _Base:
        subject, compiled = use.subject, model.compiled(use.subject.species)
        constants = values_for(subject.species) | subject.parameters() | use.product.parameters()
        constants |= constants_of(use.reading)
        begin, rows = subject.history_days, list(subject.events())
        states: dict[str, Values] = {}
        if begin > 0:
            crowd = Crowd(compiled)
            everyone = crowd.add_lanes(members, [begin], constants, factors=[_members(use, members)], events=rows)
            solved = crowd.solve(compiled.states, RTOL)
            if solved.reason:
                raise LobuleError(f"the subject's history: {solved.reason} (time in days)")
            states = {name: solved.values(everyone, name)[:, 0] for name in compiled.states}
        for event in rows:
            if event.time < begin and event.target in constants and event.target not in compiled.states:
                constants[event.target] = event.value  # a switch that was set before the run
        later = tuple(replace(event, time=event.time - begin) for event in rows if event.time >= begin)
        return cls(use, constants, states, later)

    def outcomes(self, particles: Values, constants: Mapping[str, Values]) -> Values:
        """The outcome (n, members) under so many particles in a dose (n, members) with these constants."""
        n, members = particles.shape
        compiled, regimen = model.compiled(self.use.subject.species), self.use.regimen
        own = {name: np.broadcast_to(values, (n, members)).ravel() for name, values in constants.items()}
        one = [1.0 if i == self.use.plan else 0.0 for i in range(len(regimen.parts))]  # a particle
        crowd = Crowd(compiled)
        courses = crowd.add_lanes(
            n * members, [self.use.days], {**self.constants, **own}, events=self.events,
            factors=[{name: np.tile(factor, n) for name, factor in _members(self.use, members).items()}],
            initial={name: np.tile(values, n) for name, values in self.states.items()},
            treatments=[Treatment.of(regimen, 0.0, amounts=one, scale=particles.ravel())],
        )  # fmt: skip
        outputs = [o for o in OUTPUTS if o in compiled.variables] if self.use.outcome == "meld" else [self.use.outcome]
        solved = crowd.solve(outputs, RTOL)
        read = {name: solved.values(courses, name)[:, 0] for name in outputs}
        found = clinical(read)["meld"] if self.use.outcome == "meld" else read[self.use.outcome]
        found = np.where([not reason for reason in solved.reasons(courses)], found, np.nan)
        return found.reshape(n, members)


def quantiles(values: Values, levels: Sequence[float] = (0.05, 0.5, 0.95)) -> Values:
    """Quantiles over the members, (n_batches, n_levels), leaving out members that could not be solved."""
    with np.errstate(invalid="ignore"):
        return np.nanquantile(values, levels, axis=-1).T


def to_dict(use: Use) -> dict[str, Any]:
    """The use as plain data, for records."""
    return {
        "title": use.title, "subject": use.subject.to_dict(), "plan": use.part.to_dict() | {"product": use.part.name},
        "days": use.days, "outcome": use.outcome, "particles_a_dose": use.particles, "reading": use.reading,
    }  # fmt: skip
