"""People without therapy, followed for the natural history: who they are, and their courses.

One batch holds all chronic courses by the quarter of a year for sixty years: each cause untreated, each again with its
cause taken away after some years, and healthy people by age and sex. Those whom a precipitant strikes (acute-on-chronic
failure) are drawn and struck as a trial draws them, and followed by two days for eight months.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.engine.events import EVERYONE, Event
from lobule.model.causes import cause
from lobule.model.parameters import values_for
from lobule.patient import Cohort as PatientCohort
from lobule.patient import Patient
from lobule.patient.onset import people
from lobule.patient.precipitants import solved, struck
from lobule.scores.clinic import NEEDED, OF_ORGANS, clinical, organ_failures_of
from lobule.simulation.crowd import Crowd, Group, Solved
from lobule.therapy.care import Care
from lobule.validate.natural_history_counts import HAZARD, YEAR, Cohort
from lobule.validate.natural_history_tables import Subject

Values = NDArray[np.float64]

PATIENTS, STRUCK = 150, 150  # of each cause, followed for decades; struck by a precipitant
STEP, LONGEST = 0.25, 60.0  # years between two visits, of a chronic course
YEARS = np.arange(0, LONGEST + STEP / 2, STEP)
DAYS = np.arange(0, 254.0, 2.0)  # after the admission of those who were struck
OLDEST = 75.0  # years, of who is enrolled by a study that follows people; assumed
RTOL = 1e-4
SEED = 1
FIBROSIS = (4.0, 6.0, 9.0, 14.0)  # % collagen area at which F1, F2, F3, F4 begin (P080: Ishak 2 to 5)


def followed(subjects: list[Subject], outputs: Iterable[str]) -> dict[str, Cohort]:
    """All people of some subjects, in one batch: {subject: its cohort}; a subject whose cause is unknown is left out.

    Parameters
    ----------
    outputs : of the model, beside what the clinic and the hazards need; those that it has not are left out
    """
    chronic = [one for one in subjects if not one.struck]
    sick = [one for one in subjects if one.struck]
    return _chronic(chronic, list(outputs)) | _struck(sick, list(outputs))


def _names(crowd: Crowd, outputs: Iterable[str]) -> list[str]:
    known = crowd.model.variables
    hazards = [name for name in known if name.startswith("cumulative_")]
    return [name for name in dict.fromkeys([*NEEDED, "age", *hazards, *outputs]) if name in known]


def _chronic(subjects: list[Subject], outputs: list[str]) -> dict[str, Cohort]:
    crowd = Crowd(model.compiled("human"))
    names = _names(crowd, outputs)
    groups: dict[tuple[str, str, float], Group] = {}
    alone: dict[str, Group] = {}
    for one in subjects:
        for name, own in zip(one.causes, one.cares, strict=True):
            for care, years in [("", 0.0), *((own, year) for year in one.years if own)]:
                if (name, care, years) not in groups:
                    groups[name, care, years] = _added(crowd, name, care, years)
        if not one.causes:
            alone[one.name] = crowd.add(Patient(age=one.age, sex=one.sex or None), YEARS * YEAR)
    if not crowd.groups:
        return {}
    whole = crowd.solve(names, RTOL)
    courses = {key: _values(whole, group, names) for key, group in groups.items()}
    found = {name: Cohort(_values(whole, group, names), np.ones(1), YEARS, YEARS == 0) for name, group in alone.items()}
    return found | {one.name: _joined(one, courses) for one in subjects if one.causes}


def add_people(crowd: Crowd, name: str, number: int, times: Values, events: Sequence[Event] = ()) -> Group:
    """The first virtual patients of a cause, who differ in age, sex and constitution; `events` befall each of them."""
    onset = cause(name, "human").events(None, [0.0], None)
    varied = people(name, SEED, np.arange(number))
    return crowd.add_lanes(number, times, values_for("human"), factors=[varied], events=[*onset, *events])


def _added(crowd: Crowd, name: str, care: str, years: float) -> Group:
    return add_people(crowd, name, PATIENTS, YEARS * YEAR, Care(care).events(years * YEAR, EVERYONE) if care else ())


def _values(courses: Solved, group: Group, names: Iterable[str]) -> dict[str, Values]:
    """Outputs of a group, and what a clinic derives from them."""
    return _derived({name: courses.values(group, name) for name in names})


def _derived(found: dict[str, Values]) -> dict[str, Values]:
    death, other = (HAZARD.format(name) for name in ("death", "other_death"))
    if other in found:
        found[HAZARD.format("liver_death")] = found[death] - found[other]
    fibrosis = np.digitize(found["collagen_proportionate_area"], FIBROSIS)
    return found | clinical(found) | {"fibrosis": fibrosis.astype(float)}


def _joined(one: Subject, courses: Mapping[tuple[str, str, float], Mapping[str, Values]]) -> Cohort:
    """The people of all causes of a subject, those with care once for each year at which it begins.

    Questions begin with the care, or in the years after it in which the people are seen.
    """

    def cohort(cares: list[str], years: float) -> dict[str, Values]:
        parts = [courses[cause, care, years] for cause, care in zip(one.causes, cares, strict=True)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    without, share = cohort([""] * len(one.causes), 0.0), np.repeat(one.shares, PATIENTS)
    if not one.care:
        return Cohort(without, share, YEARS, np.ones(len(YEARS), bool), enrolled=_young(without))
    begun = [cohort(one.cares, year) for year in one.years]
    first, last = one.seen or (-STEP / 2, STEP / 2)
    starts = np.repeat([(year + first <= YEARS) & (year + last >= YEARS) for year in one.years], len(share), axis=0)
    several = len(one.years)
    base = Cohort({n: np.tile(v, (several, 1)) for n, v in without.items()}, np.tile(share, several), YEARS, starts)
    joined = {name: np.concatenate([part[name] for part in begun]) for name in begun[0]}
    return Cohort(joined, base.share, YEARS, starts, base, _young(joined))


def _young(values: Mapping[str, Values]) -> NDArray[np.bool_] | None:
    """Visits of people who are not too old to be enrolled; None where the model knows no age."""
    return values["age"] < OLDEST if "age" in values else None


def _struck(subjects: list[Subject], outputs: list[str]) -> dict[str, Cohort]:
    """People with cirrhosis whom a precipitant has struck, from the day on which they are admitted."""
    crowd = Crowd(model.compiled("human"))
    names = list(dict.fromkeys([*_names(crowd, outputs), *OF_ORGANS]))
    courses: dict[str, dict[str, Values]] = {}
    for name in dict.fromkeys(name for one in subjects for name in one.causes):
        sick = PatientCohort.sample(STRUCK, name, like=None, seed=SEED)
        table = struck(sick.table, SEED)
        found = _derived(solved(table, SEED, DAYS, names))
        for hazard in [output for output in found if output.startswith("cumulative_")]:
            found[hazard] = found[hazard] - found[hazard][:, :1]
        courses[name] = found | {"aclf_grade": organ_failures_of(found)["grade"]}
    cohorts = {}
    for one in subjects:
        parts = [courses[name] for name in one.causes]
        values = {output: np.concatenate([part[output] for part in parts]) for output in parts[0]}
        share = np.concatenate(
            [np.full(len(part["stage"]), own / len(part["stage"])) for part, own in zip(parts, one.shares, strict=True)]
        )
        cohorts[one.name] = Cohort(values, share, DAYS / YEAR, np.ones(len(DAYS), bool))
    return cohorts
