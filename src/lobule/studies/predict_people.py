"""Arms of trials in people simulated for a whole ensemble: every member is another patient of that cause and stage,
treated and not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.model.parameters import values_for
from lobule.patient import Cohort, Patient
from lobule.patient.history import histories
from lobule.patient.onset import people as differing_people
from lobule.patient.precipitants import COLUMNS
from lobule.patient.published import ACLF
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.simulation.crowd import Crowd
from lobule.simulation.reading import READING, READINGS
from lobule.simulation.treatment import Treatment
from lobule.studies.people import STAGES, PeopleArm
from lobule.studies.predict import Predicted
from lobule.therapy.regimen import Regimen

Values = NDArray[np.float64]
Enrolled = tuple[Values, NDArray[np.int64], list[dict[str, Any]]]  # years of disease, numbers, what has struck them
WATCHED = ("albumin", "bilirubin", "inr", "creatinine", "sodium", "alt", "ast", "platelets", "ammonia", "ascites",
           "encephalopathy_grade", "collagen_proportionate_area", "il_6", "il_10", "tnf_alpha",
           "cumulative_death_hazard", "cumulative_hcc_hazard", "alp", "ggt", "hepatic_venous_pressure_gradient",
           "liver_mass")  # fmt: skip
RTOL = 1e-3
POOL = 500
MOST_STRUCK = 100  # different patients with acute-on-chronic failure


def predict_people(arms: Sequence[PeopleArm], factors: Mapping[str, Values]) -> list[Predicted]:
    """Simulate arms of trials.

    Parameters
    ----------
    arms : as read
    factors : {parameter: (n_members,) factors on its value}: the ensemble

    Returns
    -------
    list of Predicted, in the order of the arms: labs, scores, "survival" and "hcc" (shares, counted from the first
    dose) at the measurement.
    """
    found: dict[str, Predicted] = {}
    different_ones = {arm.key for arm in arms}
    for arm in arms:
        if arm.key not in found:
            say("trials in people", len(found), len(different_ones))
            found[arm.key] = predicted(arm, factors)
    return [found[arm.key] for arm in arms]


def predicted(arm: PeopleArm, factors: Mapping[str, Values]) -> Predicted:
    """One arm at its measurement, treated and untreated; every member is another patient."""
    enrolled = _patients(arm.etiology, arm.stage, len(next(iter(factors.values()))))
    with_, without = _courses(arm, enrolled, factors, (True, False))
    return Predicted(_outputs(with_), _outputs(without), _outputs(with_, 0))


def mean_outcome(
    arm: PeopleArm, factors: Mapping[str, Values], patients: int, *, treated: bool
) -> Mapping[str, Values]:
    """Means over the same patients of every member at the measurement, treated or not, {output: (n_members,)}.

    Parameters
    ----------
    factors : {parameter: (n_members,)}; patients : how many
    """
    members = len(next(iter(factors.values())))
    years, ids, blows = _patients(arm.etiology, arm.stage, patients)
    enrolled = (np.tile(years, members), np.tile(ids, members), list(blows) * members)
    each = {name: np.repeat(np.asarray(values, float), patients) for name, values in factors.items()}
    (courses,) = _courses(arm, enrolled, each, (treated,))
    return {name: values.reshape(members, patients).mean(axis=1) for name, values in _outputs(courses).items()}


def _courses(
    arm: PeopleArm, enrolled: Enrolled, factors: Mapping[str, Values], whether: Sequence[bool]
) -> list[dict[str, Values]]:
    """What is watched of some patients at the first dose and at the measurement, (n, 2), treated or not."""
    years, ids, blows = enrolled
    people = [
        Patient(etiology=arm.etiology, years=float(year), treated_with=arm.cares, **blow)
        for year, blow in zip(years, blows, strict=True)
    ]
    history = np.array([patient.history_days for patient in people])
    end = history + arm.days
    regimen = Regimen.of(arm.plan, people[0])
    given = [[t for t in arm.plan.times() if t < arm.days]]
    treatments = [Treatment.of(regimen, begin, days=given, scale=arm.strength) for begin in history.tolist()]
    events = [replace(event, patient=k) for k, patient in enumerate(people) for event in patient.events()]
    crowd = Crowd(model.compiled("human"))
    groups = [
        crowd.add_lanes(
            len(people),
            np.stack([end - arm.days, end], axis=1),
            values_for("human") | regimen.parameters(treated=own) | {READING: READINGS[arm.reading]},
            factors=[differing_people(arm.etiology, 1, ids), factors],
            events=events,
            treatments=treatments if own else (),
        )
        for own in whether
    ]
    solved = crowd.solve(WATCHED, RTOL)
    return [{name: solved.values(group, name) for name in WATCHED} for group in groups]


def _outputs(courses: Mapping[str, Values], at: int = 1) -> dict[str, Values]:
    """Labs, scores and shares at the measurement (0: at the first dose), from courses at the first dose and at the
    measurement."""
    values = {name: course[:, at] for name, course in courses.items()}
    start = {name: course[:, 0] for name, course in courses.items()}
    scores = clinical({name: values[name] for name in WATCHED})
    values["survival"] = np.exp(-(values["cumulative_death_hazard"] - start["cumulative_death_hazard"]))
    values["hcc"] = -np.expm1(-(values["cumulative_hcc_hazard"] - start["cumulative_hcc_hazard"]))
    return values | {name: scores[name] for name in ("meld", "meld_na", "child_pugh")}


@cache
def _patients(etiology: str, stage: str, n: int) -> Enrolled:
    """Years of disease and numbers of n virtual patients, each at its first visit of that stage and MELD, and what has
    struck them."""
    if stage == ACLF:
        enrolled = Cohort.sample(min(n, MOST_STRUCK), etiology, stage=ACLF, like=None).table
        again = np.resize(np.arange(len(enrolled)), n)
        blows = enrolled[list(COLUMNS)].to_dict("records")
        years, ids = enrolled["years"].to_numpy(float)[again], enrolled["id"].to_numpy(int)[again]
        return years, ids, [{str(name): value for name, value in blows[k].items()} for k in again]
    wanted, meld = STAGES[stage]
    pool = histories(etiology, POOL)
    derived = clinical(dict(pool.values))
    fits = np.isin(derived["stage"], wanted) & (derived["meld_na"] >= meld)
    rows = np.flatnonzero(fits.any(axis=1))
    if rows.size < n:
        rows = np.resize(rows, n)
    chosen = rows[:n]
    return pool.years[np.argmax(fits[chosen], axis=1)], pool.ids[chosen], [{}] * len(chosen)
