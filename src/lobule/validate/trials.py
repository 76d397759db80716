"""Clinical trials beside what lobule predicts: patients of that cause and stage, treated and not, by the ensemble.

Only products with mesenchymal cells or their vesicles, and only against a control arm, can be scored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule import model
from lobule.errors import InputError
from lobule.model.parameters import values_for
from lobule.patient import Patient
from lobule.patient.history import histories
from lobule.patient.variation import factors as different
from lobule.progress import say
from lobule.scores.clinic import clinical
from lobule.simulation.crowd import Crowd
from lobule.simulation.treatment import Treatment
from lobule.studies.observation import TrialRow
from lobule.studies.people import STAGES, people_arm_of
from lobule.studies.split import set_of
from lobule.therapy import Plan
from lobule.therapy.regimen import Regimen
from lobule.validate.scoreboard import Case, scored

Values = NDArray[np.float64]
WATCHED = ("albumin", "bilirubin", "inr", "creatinine", "sodium", "alt", "ast", "platelets", "ammonia", "ascites",
           "encephalopathy_grade", "collagen_proportionate_area", "il_6", "il_10", "tnf_alpha",
           "cumulative_death_hazard", "cumulative_hcc_hazard")  # fmt: skip
RTOL = 1e-3
POOL = 500
BETWEEN_TRIALS = 0.1  # of a logarithm of a ratio, beyond the error of the arms; assumed


def score_trials(
    rows: Sequence[TrialRow], factors: Mapping[str, Values], seed: int = 1
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the scoreboard, and rows that could not be simulated with the reason."""
    found, left = [], []
    for done, row in enumerate(rows):
        say("trials in people", done, len(rows))
        try:
            found.append(_score(row, rows, factors, seed))
        except InputError as error:
            left.append({"row": row.row_id, "study": row.trial_id, "set": set_of(row.source_id), "reason": str(error)})
    return found, left


def _score(row: TrialRow, rows: Sequence[TrialRow], factors: Mapping[str, Values], seed: int) -> dict[str, Any]:
    arm = people_arm_of(row, rows)
    course = _courses(arm.etiology, arm.stage, arm.cares, json.dumps(arm.plan.to_dict()), arm.days, _key(factors))
    treated, untreated = (values[arm.endpoint.output] for values in course)
    floor = 0.02 if arm.endpoint.output == "survival" else 1e-9
    log_ratio = np.log((treated + floor) / (untreated + floor))
    error = arm.endpoint.spread * math.sqrt(1 / arm.treated + 1 / arm.control)
    if arm.endpoint.output == "survival":
        arms = ((_share(treated), arm.treated), (_share(untreated), arm.control))
        error = math.sqrt(sum((1 - p) / (p * n) for p, n in arms))
    case = Case(
        row.row_id, row.trial_id, row.source_id, f"{arm.etiology}, {arm.stage}", arm.plan.name, arm.endpoint,
        arm.result.direction, arm.result.ratio, None, None, log_ratio, math.hypot(error, BETWEEN_TRIALS), 2 * error,
        True, arm.assumptions, row.line,
    )  # fmt: skip
    return scored(case, seed)


def _share(alive: Values) -> float:
    """Share alive of an arm, away from 0 and 1, where the error of a share would vanish."""
    return float(np.clip(np.nanmean(alive), 0.05, 0.95))


def _key(factors: Mapping[str, Values]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple((name, tuple(values)) for name, values in factors.items())


@cache
def _courses(
    etiology: str, stage: str, cares: tuple[str, ...], plan_text: str, days: float,
    key: tuple[tuple[str, tuple[float, ...]], ...],
) -> tuple[dict[str, Values], dict[str, Values]]:  # fmt: skip
    """Values at a time after the first dose, {output: (n_members,)}, treated and untreated: each member is another
    patient of that cause and stage."""
    plan = Plan(**json.loads(plan_text))
    factors = {name: np.array(values) for name, values in key}
    members = len(next(iter(factors.values())))
    years, ids = _patients(etiology, stage, members)
    people = [Patient(etiology=etiology, years=float(year), treated_with=cares) for year in years]
    history = np.array([patient.history_days for patient in people])
    end = history + days
    regimen = Regimen.of(plan, people[0])
    given = [[t for t in plan.times() if t < days]]
    treatments = [Treatment.of(regimen, begin, days=given) for begin in history.tolist()]
    events = [replace(event, patient=k) for k, patient in enumerate(people) for event in patient.events()]
    crowd = Crowd(model.compiled("human"))
    for twin in (False, True):
        crowd.add_lanes(
            members,
            np.stack([end - days, end], axis=1),
            values_for("human") | regimen.parameters(treated=not twin),
            factors=[different(1, ids), factors],
            events=events,
            treatments=() if twin else treatments,
        )
    solved = crowd.solve(WATCHED, RTOL)
    before, after = (
        {name: np.concatenate([solved.values(group, name)[:, at] for group in crowd.groups]) for name in WATCHED}
        for at in (0, 1)
    )
    values, start = dict(after), before
    values["survival"] = np.exp(-(values["cumulative_death_hazard"] - start["cumulative_death_hazard"]))
    values["hcc"] = -np.expm1(-(values["cumulative_hcc_hazard"] - start["cumulative_hcc_hazard"]))
    scores = clinical({name: values[name] for name in WATCHED})
    values |= {"meld": scores["meld"], "meld_na": scores["meld_na"], "child_pugh": scores["child_pugh"]}
    return ({n: v[:members] for n, v in values.items()}, {n: v[members:] for n, v in values.items()})


@cache
def _patients(etiology: str, stage: str, n: int) -> tuple[Values, NDArray[np.int64]]:
    """Years of disease and numbers of n virtual patients, each at its first visit of that stage and MELD."""
    wanted, meld = STAGES[stage]
    pool = histories(etiology, POOL)
    derived = clinical(dict(pool.values))
    fits = (derived["stage"] == wanted) & (derived["meld_na"] >= meld)
    rows = np.flatnonzero(fits.any(axis=1))
    if rows.size < n:
        rows = np.resize(rows, n)
    chosen = rows[:n]
    return pool.years[np.argmax(fits[chosen], axis=1)], pool.ids[chosen]
