"""Courses of patients in an arm: a unit of work is a block of patients x an arm x a member of the ensemble.

A unit is pure data in, numbers out: its content address is a hash of all that can change a number, so that a finished
one is known again after any interruption, and another machine gives the same bits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine.events import Event
from lobule.files.design import Design
from lobule.keeping import packed, unpacked
from lobule.model.parameters import values_for
from lobule.patient import Patient
from lobule.patient.criteria import Criteria
from lobule.patient.draws import uniforms
from lobule.patient.history import OUTPUTS
from lobule.scores.clinic import clinical
from lobule.simulation import ensemble
from lobule.simulation.crowd import Crowd, Group
from lobule.simulation.reading import COUNTED, PUBLISHED, constants_of
from lobule.simulation.treatment import Treatment
from lobule.therapy import Care, Part, Plan, part_from, whole_part
from lobule.therapy.care import several
from lobule.therapy.regimen import Regimen
from lobule.trial.population import NO_LONGER, Population, continuing

Values = NDArray[np.float64]
BLOCK = 200  # patients of a unit
RTOL = 1e-3  # of a step; yearly labs and hazards then agree with 1e-6 to 1e-4 of their size (docs/trials.md)
FORMAT = 1  # of a block; raise it when what a block holds changes
# Outputs that files of the first edition do not have
LATER = (
    "alp",
    "ggt",
    "cumulative_other_death_hazard",
    "cumulative_infection_hazard",
    "cumulative_bleeding_hazard",
    "cumulative_encephalopathy_hazard",
)
USUAL = 0  # the member that stands for the usual parameters


@dataclass(frozen=True)
class Unit:
    """A block of patients in one arm by one member.

    Attributes
    ----------
    label : for people: arm, member, patients
    arm, member, first : which (member 0 has the usual parameters)
    parts : what is given, as plain data, standard care included
    rescue : (criterion, care) pairs
    adherence, seed : doses given, drawn by the number of the patient
    etiologies : of each patient; ages are not needed
    parameters, states : (n,) each
    factors : of the member, {parameter: factor}
    days : (n_times,) at which the course is kept
    visits : indices into days at which rescue is decided
    cares : standard care that each patient had before enrolment and keeps, several joined by a comma; "" for none
    reading : how strongly products act
    """

    label: str
    arm: int
    member: int
    first: int
    parts: tuple[str, ...]
    rescue: tuple[tuple[str, str], ...]
    adherence: float
    seed: int
    etiologies: tuple[str, ...]
    parameters: Mapping[str, Values]
    states: Mapping[str, Values]
    factors: Mapping[str, float]
    days: Values
    visits: tuple[int, ...]
    cares: tuple[str, ...]
    reading: str = PUBLISHED

    def __len__(self) -> int:
        return len(self.etiologies)

    @property
    def key(self) -> str:
        """Content address: of everything that can change a number of the result."""
        found = hashlib.sha256(_model_digest().encode())
        facts = (FORMAT, RTOL, OUTPUTS, self.parts, self.rescue, self.etiologies, sorted(self.factors.items()),
                 self.visits, self.first, self.adherence, self.seed if self.adherence < 1 else 0)  # fmt: skip
        found.update(repr((*facts, self.cares) if any(self.cares) else facts).encode())
        if self.reading != PUBLISHED:  # the only one that there was
            found.update(self.reading.encode())
        found.update(np.asarray(self.days).tobytes())
        for group in (self.parameters, self.states):
            for name in sorted(group):
                found.update(name.encode() + np.ascontiguousarray(group[name]).tobytes())
        return found.hexdigest()[:32]


@cache
def _model_digest() -> str:
    usual = repr(sorted(values_for("human").items()))
    return hashlib.sha256((model.compiled("human").hash + usual).encode()).hexdigest()


@dataclass(frozen=True)
class Courses:
    """Of a block, or of a whole population, in one arm.

    days (n_times,); values {output: (n, n_times) float32}; rescued (n, n_rules): day of each rescue, NaN where none was
    needed; reasons {patient: why it could not be solved}, whose values are NaN; lacking: outputs that the version which
    solved them did not follow; given (n, n_parts): doses that each patient was given of each part, (n, 0) where the
    version which solved them did not count; given_on (n, n_parts, most): days of those doses, NaN behind the last,
    (0, 0, 0) where that version did not keep them.
    """

    days: Values
    values: dict[str, NDArray[np.float32]]
    rescued: Values
    reasons: dict[int, str]
    lacking: tuple[str, ...] = ()
    given: Values = field(default_factory=lambda: np.empty((0, 0)))
    given_on: Values = field(default_factory=lambda: np.empty((0, 0, 0)))

    def to_bytes(self) -> bytes:
        """As a file."""
        own = {"days": self.days, "rescued": self.rescued, "reasons": np.array(json.dumps(self.reasons)),
               "given": self.given, "given_on": self.given_on}  # fmt: skip
        return packed(own | self.values)

    @classmethod
    def from_bytes(cls, content: bytes) -> Courses | None:
        """From a file; None when it holds no courses. Files of the first edition lack what it did not follow: such labs
        are empty, and such events befell nobody."""
        file = unpacked(content)
        lacking: tuple[str, ...] = ()
        if file is not None and not set(file) & set(LATER) and "albumin" in file:
            like, lacking = np.zeros_like(file["albumin"]), LATER
            file |= {name: like if name.startswith("cumulative_") else like + np.nan for name in LATER}
        if file is None or not {"days", "rescued", "reasons", *OUTPUTS} <= set(file):
            return None
        try:
            reasons = {int(k): str(v) for k, v in json.loads(str(file["reasons"])).items()}
        except (ValueError, AttributeError):
            return None
        shape = (
            (len(file["rescued"]), len(file["days"])) if file["rescued"].ndim == 2 and file["days"].ndim == 1 else ()
        )
        if any(file[name].shape != shape for name in OUTPUTS):
            return None
        given, given_on = file.get("given", np.empty((0, 0))), file.get("given_on", np.empty((0, 0, 0)))
        values = {name: file[name] for name in OUTPUTS}
        return cls(file["days"], values, file["rescued"], reasons, lacking, given, given_on)

    @classmethod
    def together(cls, blocks: Sequence[tuple[int, Courses]]) -> Courses:
        """One after another; (number of the first patient, courses)."""
        parts = [c for _, c in blocks]
        return cls(
            parts[0].days,
            {name: np.concatenate([c.values[name] for c in parts]) for name in OUTPUTS},
            np.concatenate([c.rescued for c in parts]),
            {first + k: why for first, c in blocks for k, why in c.reasons.items()},
            tuple(dict.fromkeys(name for c in parts for name in c.lacking)),
            _of_all([c.given for c in parts], np.empty((0, 0))),
            _of_all([c.given_on for c in parts], np.empty((0, 0, 0))),
        )


def _of_all(arrays: Sequence[Values], nothing: Values) -> Values:
    """Blocks one after another; nothing where one of them did not keep it."""
    return np.concatenate(arrays) if len({a.shape[1:] for a in arrays}) == 1 else nothing


def days_of(design: Design) -> Values:
    """Days at which courses are kept: visits, the end, and between them every fortnight, later every month or quarter,
    for the hazards."""
    end = design.end
    fine = [np.arange(0, min(end, 182) + 1e-9, 14), np.arange(182, min(end, 731) + 1e-9, 28), np.arange(731, end, 91)]
    return np.unique(np.concatenate([*fine, design.visit_days, [end]]))


def with_products(design: Design) -> list[int]:
    """Arms that get a product, in which the readings differ."""
    return [a for a in range(len(design.arms)) if any(isinstance(part, Plan) for part in design.parts(a))]


def counted_units(design: Design, population: Population) -> Iterator[Unit]:
    """The work of the counted reading beside a trial as published: the usual parameters, arms with a product."""
    arms = with_products(design) if design.reading == PUBLISHED else []
    for unit in units(design, population, [USUAL]) if arms else ():
        if unit.arm in arms:
            yield replace(unit, label=f"{unit.label}, as counted", reading=COUNTED)


def units(
    design: Design, population: Population, members: Sequence[int], *, bare: bool = False
) -> Iterator[Unit]:  # fmt: skip
    """The work of a trial, member by member and arm by arm; `bare` : every arm without its products."""
    days = days_of(design)
    visits = tuple(int(np.searchsorted(days, v)) for v in design.visit_days)
    every = ensemble.factors(species="human")
    arms = [given_in(design, a, bare=bare) for a in range(len(design.arms))]
    without = ", without its products" if bare else ""
    rescue = tuple((rule.when, rule.care) for rule in design.rescue)
    for member in members:
        factors = {} if member == USUAL else {name: float(v[member - 1]) for name, v in every.items()}
        for arm, parts in enumerate(arms):
            for first in range(0, len(population), BLOCK):
                some = slice(first, min(first + BLOCK, len(population)))
                yield Unit(
                    f"{design.arms[arm].name}, member {member}, patients {first} to {some.stop - 1}{without}", arm,
                    member, first, parts, rescue, design.adherence, design.seed, tuple(population.etiologies[some]),
                    {name: v[some] for name, v in population.parameters.items()},
                    {name: v[some] for name, v in population.states.items()}, factors, days, visits,
                    tuple(population.cares[some]), design.reading,
                )  # fmt: skip


def given_in(design: Design, arm: int, *, bare: bool = False) -> tuple[str, ...]:
    """What an arm is given, the care of all first, each part as text; `bare` : without its products."""
    parts = (*[Care(name) for name in design.care], *design.parts(arm))
    return tuple(_text(part) for part in parts if not (bare and isinstance(part, Plan)))


def _text(part: Part) -> str:
    """A part as text, its product whole, so that a worker needs no file of the user's."""
    return json.dumps(whole_part(part), sort_keys=True)


def solve(unit: Unit) -> Courses:
    """The courses of a unit. Needs nothing but the unit, on any machine with this version of lobule."""
    parts = [part_from(json.loads(text)) for text in unit.parts]
    everyone = np.arange(len(unit))
    courses = _solved(unit, parts, everyone, {})
    rescued = np.full((len(unit), len(unit.rescue)), np.nan)
    for r, (when, _) in enumerate(unit.rescue):
        needed = _first_visit(unit, courses, when)
        who = np.flatnonzero(np.isfinite(needed))
        rescued[who, r] = needed[who]
        if who.size:
            given = {int(k): [(care_, float(rescued[k, q])) for q, (_, care_) in enumerate(unit.rescue[: r + 1])
                              if np.isfinite(rescued[k, q])] for k in who}  # fmt: skip
            again = _solved(unit, parts, who, given)
            for name, values in again.values.items():
                courses.values[name][who] = values
            courses.given[who], courses.given_on[who] = again.given, again.given_on
            courses.reasons.update({int(who[k]): why for k, why in again.reasons.items()})
    return Courses(unit.days, courses.values, rescued, courses.reasons, given=courses.given, given_on=courses.given_on)


def _solved(
    unit: Unit, parts: Sequence[Part], who: NDArray[np.intp], rescues: Mapping[int, list[tuple[str, float]]]
) -> Courses:
    regimen = Regimen.of(list(parts), Patient())
    constants = values_for("human") | {name: v[who] for name, v in unit.parameters.items()} | regimen.parameters()
    constants |= constants_of(unit.reading)
    rows: list[Event] = []
    for_all = {part.name for part in parts if isinstance(part, Care)}
    for k, patient in enumerate(who):
        own = several(unit.cares[patient])
        rows += [replace(event, patient=k) for event in continuing(unit.etiologies[patient])]
        for name in own:
            if name not in for_all:
                rows += Care(name).events(0.0, k)
        for care, day in rescues.get(int(patient), ()):
            if care not in own:
                rows += Care(care).events(day, k)
    crowd = Crowd(model.compiled("human"))
    initial = {name: v[who] for name, v in unit.states.items() if name not in NO_LONGER}
    everyone = crowd.add_lanes(
        len(who), unit.days, constants, factors=[unit.factors], events=rows, initial=initial,
        treatments=_treatments(unit, regimen, who),
    )  # fmt: skip
    solved = crowd.solve(OUTPUTS, RTOL)
    values = {name: solved.values(everyone, name).astype(np.float32) for name in OUTPUTS}
    reasons = {k: why for k, why in enumerate(solved.reasons(everyone)) if why}
    given_on = _given_on(everyone, regimen)
    given = np.isfinite(given_on).sum(axis=2).astype(float)
    return Courses(unit.days, values, np.empty((len(who), 0)), reasons, given=given, given_on=given_on)


def _given_on(group: Group, regimen: Regimen) -> Values:
    """Days of the doses that each patient was given of each part until the last day, (n, n_parts, most)."""
    most = max((part.n for part in regimen.parts if isinstance(part, Plan)), default=0)
    found = np.full((len(group), len(regimen.parts), most), np.nan)
    alike = [group.treatments[0]] * len(group) if len(group.treatments) == 1 else group.treatments
    for k, one in enumerate(alike):
        for i, days in one.given.items():
            known = sorted(day for day in days if day <= group.end(k))
            found[k, i, : len(known)] = known
    return found


def _treatments(unit: Unit, regimen: Regimen, who: NDArray[np.intp]) -> list[Treatment]:
    """One for everyone where all take every dose, else one a patient: who takes which is drawn by part."""
    if unit.adherence == 1:
        return [Treatment.of(regimen, 0.0)]
    numbers = [unit.first + int(k) for k in who]
    days: list[list[list[float]]] = [[] for _ in who]
    for i, part in enumerate(regimen.parts):
        times = part.times()
        taken = np.ones((len(who), len(times)), bool)
        if isinstance(part, Plan):
            drawn = uniforms(unit.seed, "adherence", numbers, (i + 1) * part.n)[:, i * part.n :]
            taken = drawn < unit.adherence
        for k, some in enumerate(taken):
            days[k].append([time for time, take in zip(times, some, strict=True) if take])
    return [Treatment.of(regimen, 0.0, days=own) for own in days]


def _first_visit(unit: Unit, courses: Courses, when: str) -> Values:
    """Day of the first visit after baseline at which a criterion holds, (n,); NaN when it never does."""
    values = {name: np.asarray(v[:, list(unit.visits)], float) for name, v in courses.values.items()}
    values |= clinical(values)
    holds = Criteria.read(when).met(values)
    holds[:, 0] = False
    days = unit.days[list(unit.visits)]
    return np.where(holds.any(axis=1), days[np.argmax(holds, axis=1)], np.nan)
