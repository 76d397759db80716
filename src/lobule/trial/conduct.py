"""One replicate of a trial: patients drawn, randomised, visited, measured with error, lost, rescued, dead.

Courses are those of `runs`; all chance of a replicate comes from one counter-based stream, keyed by seed and replicate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lobule import patient
from lobule.files.design import SCORED_FROM, Design
from lobule.labs import assayed, to_clinic
from lobule.model.parameters import values_for
from lobule.patient.criteria import Criteria
from lobule.patient.draws import generator
from lobule.patient.history import OUTPUTS, YEAR
from lobule.patient.outlook import transplantation_rate
from lobule.quantities import amount
from lobule.rows import Row, read_rows
from lobule.scores import meld_na, meld_unrounded
from lobule.scores.clinic import child_pugh_of, clinical
from lobule.scores.markers import logarithms
from lobule.statistics.hazards import first_reached
from lobule.trial.population import Population
from lobule.trial.readings import Antiviral, after_events, antiviral, readings, refuse_without_traits
from lobule.trial.runs import Courses

Values = NDArray[np.float64]
SURVIVED = ("infection", "bleeding", "encephalopathy")  # events that end nothing; their deaths are in that of death
LABS = tuple(name for name in OUTPUTS if not name.startswith("cumulative_"))
UTILITIES = Path(patient.__file__).parent / "health_states.csv"
UTILITY_SD = 0.05  # between two visits of a person; assumed
COMPLETED, LOST, DIED, TRANSPLANTED = "completed", "lost to follow-up", "died", "transplanted"


@dataclass(frozen=True)
class Conducted:
    """What a replicate has observed.

    Attributes
    ----------
    rows : (n,) number of each subject in the population; the same virtual patient can be enrolled twice
    arm : (n,) index of the arm; enrolled : (n,) calendar day; stratum : (n,)
    visits : (n_visits,) days
    measured : {assay or score: (n, n_visits)}, NaN where missing; labs in the unit of the assay
    true_baseline : {quantity: (n,)} of the virtual patient, for criteria on what is not measured
    events : {event: (n,) day}, infinite where it does not come
    left : (n,) day on which observation ends; why : (n,) reason
    rescued : (n,) day of the first rescue, NaN where none
    due : (n,) day up to which visits were due when it was looked at; None when the trial is over
    """

    rows: NDArray[np.int64]
    arm: NDArray[np.int64]
    enrolled: Values
    stratum: NDArray[np.int64]
    visits: Values
    measured: dict[str, Values]
    true_baseline: dict[str, Values]
    events: dict[str, Values]
    left: Values
    why: NDArray[np.str_]
    rescued: Values
    due: Values | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def baseline(self) -> dict[str, Values]:
        """Everything known of the subjects at baseline, as measured where it was."""
        return self.true_baseline | {name: v[:, 0] for name, v in self.measured.items() if np.isfinite(v[:, 0]).all()}

    def some(self, who: NDArray[np.bool_]) -> Conducted:
        """Some of the subjects."""
        return replace(
            self, rows=self.rows[who], arm=self.arm[who], enrolled=self.enrolled[who], stratum=self.stratum[who],
            measured={k: v[who] for k, v in self.measured.items()},
            true_baseline={k: v[who] for k, v in self.true_baseline.items()},
            events={k: v[who] for k, v in self.events.items()}, left=self.left[who], why=self.why[who],
            rescued=self.rescued[who], due=None if self.due is None else self.due[who],
        )  # fmt: skip

    def as_of(self, day: float) -> Conducted:
        """What was known on a calendar day: who was enrolled, what had been measured and had happened."""
        found = self.some(self.enrolled <= day)
        followed = day - found.enrolled
        seen = found.visits[None, :] <= followed[:, None]
        return replace(
            found,
            measured={k: np.where(seen, v, np.nan) for k, v in found.measured.items()},
            left=np.minimum(found.left, followed),
            due=followed,
        )


class _State(Row):
    state: str
    utility: float
    source: str
    grade: str
    note: str


@cache
def utilities() -> Mapping[str, float]:
    """Utility of each state of health, from health_states.csv (grades stand there)."""
    return {row.state: row.utility for row in read_rows(UTILITIES, _State)}


def conduct(
    design: Design, population: Population, courses: Sequence[Courses], number: int, *, patients: int | None = None,
    null: bool = False, enrolment: float | None = None,
) -> Conducted:  # fmt: skip
    """One replicate.

    Parameters
    ----------
    courses : of the population in each arm
    number : of the replicate, which is the key of its chance
    patients : enrolled; those of the design when left out
    enrolment : days until the last patient is in; those of the design when left out
    null : every arm gets the courses of the reference, so that nothing works

    Raises
    ------
    InputError : a population of whom nobody could be solved in every arm, or whose markers are not known.
    """
    refuse_without_traits(design, population)
    n = patients or design.patients
    rng = generator(design.seed, "trial", number)
    taken = [antiviral(design, population, course, a) for a, course in enumerate(courses)]
    if null:
        courses = [courses[design.reference]] * len(courses)
        taken = [taken[design.reference]] * len(courses)
    able = np.setdiff1d(np.arange(len(population)), sorted({k for c in courses for k in c.reasons}))
    rows = able[rng.integers(0, len(able), n)]
    enrolled = np.sort(rng.random(n)) * (amount(design.enrolment, "time") if enrolment is None else enrolment)
    levels = rng.exponential(size=(n, 6))
    lost = rng.exponential(size=n) / max(-np.log1p(-design.dropout) / YEAR, 1e-12)
    days, visits = courses[0].days, np.array(design.visit_days)
    at = np.searchsorted(days, visits)
    noise = {name: rng.standard_normal((n, len(visits))) for name in design.measured()}
    missed = rng.random((n, len(visits))) < design.missed_visits
    felt = rng.standard_normal((n, len(visits)))
    numbers = population.table.select_dtypes("number")
    baseline = {str(k): numbers[k].to_numpy(float)[rows] for k in numbers}
    at_first = Antiviral(taken[0].begin[rows], taken[0].end[rows])
    first = _measured(design, readings({k: v[rows][:, at[:1]] for k, v in courses[0].values.items()}, visits[:1],
                                       population, rows, at_first),
                      {k: v[:, :1] for k, v in noise.items()}, visits[:1])  # fmt: skip
    stratum = strata(design, baseline | {k: v[:, 0] for k, v in first.items() if np.isfinite(v[:, 0]).all()})
    arm = allocate(design, stratum, rng)
    further = rng.exponential(size=(n, len(SURVIVED)))
    own = Antiviral(*(_by_arm([getattr(one, end) for one in taken], arm, rows) for end in ("begin", "end")))
    values = readings({n: _by_arm([c.values[n][:, at] for c in courses], arm, rows) for n in LABS}, visits,
                      population, rows, own)  # fmt: skip
    rescues = _by_arm([c.rescued for c in courses], arm, rows)
    rescued = np.where(np.isfinite(rescues), rescues, np.inf).min(axis=1, initial=np.inf)
    rescued = np.where(np.isfinite(rescued), rescued, np.nan)
    age = population.table["age"].to_numpy(float)
    hazards = [
        _by_arm(list(of_arms), arm, rows)
        for of_arms in zip(*(hazards_of(design, c, age) for c in courses), strict=True)
    ]
    events = _events(days, hazards, levels, _stage(values)[:, 0])
    for k, name in enumerate(SURVIVED):
        since = [c.values[f"cumulative_{name}_hazard"] - c.values[f"cumulative_{name}_hazard"][:, :1] for c in courses]
        events[name] = first_reached(days, _by_arm(since, arm, rows), further[:, k])
    end = np.full(n, design.end)
    left = np.minimum.reduce([end, lost, events["death"], events["transplantation"]])
    why = np.select([events["death"] <= left, events["transplantation"] <= left, lost <= left],
                    [DIED, TRANSPLANTED, LOST], COMPLETED)  # fmt: skip
    events = {name: np.where(day <= left, day, np.inf) for name, day in events.items()}
    measured = _measured(design, after_events(values, visits, events), noise, visits)
    measured["quality_of_life"] = _quality_of_life(design, _stage(values), visits, events, felt, arm)
    absent = (visits[None, :] > left[:, None]) | missed
    absent[:, 0] = False
    measured = {name: np.where(absent, np.nan, v) for name, v in measured.items()}
    return Conducted(rows, arm, enrolled, stratum, visits, measured, baseline, events, left, why, rescued)


def _by_arm(of_arms: Sequence[NDArray], arm: NDArray[np.int64], rows: NDArray[np.int64]) -> Values:
    found = np.empty((len(rows), *of_arms[0].shape[1:]))
    for a, values in enumerate(of_arms):
        here = arm == a
        found[here] = values[rows[here]]
    return found


def strata(design: Design, baseline: Mapping[str, Values]) -> NDArray[np.int64]:
    """Stratum of each subject: the criteria that hold, as bits."""
    n = len(next(iter(baseline.values())))
    found = np.zeros(n, int)
    for bit, text in enumerate(design.randomisation.strata):
        found += Criteria.read(text).met(baseline).astype(int) << bit
    return found


def allocate(design: Design, stratum: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Arm of each subject in order of enrolment: by chance alone, or by permuted blocks (within each stratum)."""
    n, shares = len(stratum), np.array(design.shares)
    if design.randomisation.method == "simple":
        return rng.choice(len(shares), n, p=shares / shares.sum())
    block = np.repeat(np.arange(len(shares)), np.round(design.randomisation.block * shares).astype(int))
    arm = np.empty(n, int)
    for cell in np.unique(stratum):
        here = np.flatnonzero(stratum == cell)
        blocks = rng.permuted(np.tile(block, (-(-len(here) // len(block)), 1)), axis=1)
        arm[here] = blocks.reshape(-1)[: len(here)]
    return arm


def _stage(values: Mapping[str, Values]) -> Values:
    return clinical(dict(values))["stage"]


def hazards_of(design: Design, courses: Courses, age: Values) -> list[Values]:
    """Cumulative hazards since enrolment of the virtual patients in an arm, (n, n_times) each: death of other causes,
    decompensation, liver cancer, acute-on-chronic failure that is survived, one that is fatal, transplantation.

    The fatal share of such failures is part of the hazard of death (see `outlook.untreated_events`). Transplantation
    follows MELD-Na as it changes.
    """
    v = courses.values
    since = {}
    for risk in ("death", "decompensation", "aclf", "hcc"):
        hazard = v[f"cumulative_{risk}_hazard"].astype(float)
        since[risk] = hazard - hazard[:, :1]
    fatal = values_for("human")["aclf_fatality"] * since["aclf"]
    offers = np.zeros_like(fatal)
    if design.transplantation:
        bilirubin, inr, creatinine, sodium = (v[name].astype(float) for name in SCORED_FROM["meld_na"])
        score = meld_na(to_clinic("bilirubin", bilirubin), inr, to_clinic("creatinine", creatinine), sodium)
        offers = _offers(score, courses.days, age)
    return [since["death"] - fatal, since["decompensation"], since["hcc"], since["aclf"] - fatal, fatal, offers]


def chance_of(design: Design, courses: Courses, age: Values, events: Sequence[str]) -> Values:
    """Chance of the first of some events by the end of the trial, of each virtual patient, (n,), by their hazards."""
    other, decompensation, hcc, aclf, fatal, transplantation = (h[:, -1] for h in hazards_of(design, courses, age))
    first = _stage({name: courses.values[name][:, :1].astype(float) for name in LABS})[:, 0]
    of = {"hcc": hcc, "transplantation": transplantation, "decompensation": np.where(first == 2, 0.0, decompensation)}
    for name in SURVIVED:
        hazard = courses.values[f"cumulative_{name}_hazard"].astype(float)
        of[name] = hazard[:, -1] - hazard[:, 0]
    total = sum((of[name] for name in events if name in of), np.zeros(len(age)))
    total = total + ("death" in events) * other + ("aclf" in events) * aclf
    return 1 - np.exp(-total - (fatal if {"death", "aclf"} & set(events) else 0.0))


def _offers(meld: Values, days: Values, age: Values) -> Values:
    """Cumulative hazard of a transplantation, at the MELD-Na of the time."""
    rate = transplantation_rate(meld, age[:, None])
    steps = 0.5 * (rate[:, 1:] + rate[:, :-1]) * np.diff(days) / YEAR
    return np.concatenate([np.zeros((len(meld), 1)), np.cumsum(steps, axis=1)], axis=1)


def _events(days: Values, hazards: Sequence[Values], levels: Values, stage: Values) -> dict[str, Values]:
    """Day of each event: where its cumulative hazard reaches an exponential number of the subject."""
    other, decompensation, hcc, aclf, fatal, transplantation = (
        first_reached(days, h, levels[:, k]) for k, h in enumerate(hazards)
    )
    return {
        "death": np.minimum(other, fatal),
        "decompensation": np.where(stage == 2, np.inf, decompensation),
        "hcc": hcc,
        "aclf": np.minimum(aclf, fatal),
        "transplantation": transplantation,
    }


def _measured(
    design: Design, values: Mapping[str, Values], noise: Mapping[str, Values], visits: Values
) -> dict[str, Values]:
    """Labs with error and limits of detection, and the scores computed from them."""
    found = {}
    for name, section in design.measured().items():
        lab = assayed(name, values[name], noise[name], section.error, section.lower_limit)
        if section.visits:
            done = np.isin(visits, [amount(v, "time") for v in section.visits])
            lab = np.where(done[None, :], lab, np.nan)
        found[name] = lab
    return found | scored(found)


def scored(labs: Mapping[str, Values]) -> dict[str, Values]:
    """Scores whose labs were measured; missing where one of them is."""
    found = {}
    v = {name: to_clinic(name, np.asarray(labs[name], float)) for name in SCORED_FROM["meld_na"] if name in labs}
    if set(SCORED_FROM["meld"]) <= set(v):
        found["meld"] = meld_unrounded(v["bilirubin"], v["inr"], v["creatinine"])
    if set(SCORED_FROM["meld_na"]) <= set(v):
        found["meld_na"] = meld_na(v["bilirubin"], v["inr"], v["creatinine"], v["sodium"])
    if set(SCORED_FROM["child_pugh"]) <= set(labs):
        found["child_pugh"] = child_pugh_of({name: np.asarray(value, float) for name, value in labs.items()})
    return found | logarithms(labs)


def _quality_of_life(
    design: Design, stage: Values, visits: Values, events: Mapping[str, Values], felt: Values, arm: NDArray[np.int64]
) -> Values:
    """Utility of the state at each visit, between 0 and 1, with what differs from visit to visit; an open label adds
    what knowing does."""
    of = utilities()
    found = np.select([stage == 2, stage == 1], [of["decompensated"], of["compensated"]], of["no_cirrhosis"])
    found = np.where(visits[None, :] >= events["hcc"][:, None], np.minimum(found, of["hcc"]), found)
    if design.blinding.kind == "open":
        treated = np.array([bool(a.plan) for a in design.arms])[arm]
        found = found + design.blinding.quality_of_life_bias * (treated[:, None] & (visits > 0)[None, :])
    return np.clip(found + UTILITY_SD * felt, 0.0, 1.0)
