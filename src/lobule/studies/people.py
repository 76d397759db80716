"""Trials in people as patients and a plan: cause, stage, product and dose in their words.

Only products with mesenchymal cells or their vesicles can be understood; mononuclear and differentiated cells stand
beside them by a class prior. What was seen is read by `results`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lobule.errors import InputError
from lobule.evidence.vocabulary import meanings, mentioned, words
from lobule.patient import Patient
from lobule.patient.published import ACLF
from lobule.studies.endpoints import StudyEndpoint, endpoint, usual_name
from lobule.studies.observation import TrialRow
from lobule.studies.reasons import reason, refuse
from lobule.studies.results import Result, control_of, refuse_what_is_no_outcome, result_of
from lobule.studies.treatments import route_of
from lobule.therapy import Plan, products
from lobule.therapy.regimen import Regimen

# Stage of a trial: the model's stages one of which its patients have reached, and the lowest MELD-Na at which they are
# enrolled; those with acute-on-chronic failure were struck by a precipitant some days before (`patient.precipitants`)
STAGES = {"decompensated": ((2.0,), 12.0), ACLF: ((1.0,), 6.0), "compensated": ((1.0,), 7.0),
          "cirrhosis": ((1.0, 2.0), 9.0), "fibrosis": ((1.0,), 6.0)}  # fmt: skip
USUAL_DOSE = {"cells": "1e6 cell/kg", "vesicles": "1e11 particle/kg"}  # where a trial reports none; assumed
DEFAULT_ARM = 20  # people of an arm whose size is not reported; assumed
USUAL_GAP = 28.0  # days between doses where a trial reports none; assumed
USUAL_TIME = 168.0  # days to a measurement whose time is not told; assumed: that of most trials
HUMAN_ENDPOINTS = ("albumin", "bilirubin", "inr", "pt", "alt", "ast", "meld", "meld_na", "child_pugh", "survival",
                   "ascites", "fibrosis", "collagen_area", "il_6", "hcc", "platelets", "ammonia", "tnf_a",
                   "il_10", "alp", "ggt", "creatinine", "sodium", "hvpg", "liver_volume")  # fmt: skip
RANGE = re.compile(r"-|\bto\b")
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e\d+)?")


@dataclass(frozen=True)
class PeopleArm:
    """The treated arm of a trial in one endpoint: who, beside what care, what they are given, what was seen.

    result : of the endpoint as it is called here; with what it is compared stands in it
    stage : a key of STAGES; days : from the first dose to the measurement; treated, control : people
    strength : factor on every dose, of cells that the model does not have (a class prior)
    assumptions : what the trial does not say
    reading : how strongly products act, "published" or "counted" (`simulation.reading.READINGS`)
    """

    row: TrialRow
    endpoint: StudyEndpoint
    result: Result
    etiology: str
    stage: str
    cares: tuple[str, ...]
    plan: Plan
    days: float
    treated: int
    control: int
    assumptions: tuple[str, ...]
    strength: float = 1.0
    reading: str = "published"

    @property
    def key(self) -> str:
        """Arms with the same key are simulated once."""
        given = (self.plan.to_dict(), self.strength, self.reading)
        return repr((self.etiology, self.stage, self.cares, *given, self.days))


def people_arm_of(row: TrialRow, rows: Sequence[TrialRow]) -> PeopleArm:
    """The arm of one row of trials.

    Parameters
    ----------
    row : as read; rows : of the same table, among which its control arm is looked for

    Raises
    ------
    InputError : a row that has nothing to compare with; a cause, stage, product or endpoint that the model does not
        have.
    """
    refuse_what_is_no_outcome(row)
    name = usual_name(row.endpoint)[0]
    if name not in HUMAN_ENDPOINTS:
        known = f'no endpoint "{row.endpoint}" of people; there are {", ".join(HUMAN_ENDPOINTS)}'
        raise refuse("endpoint", row.endpoint, known)
    if name == "fibrosis" and (sign := reason("endpoint", row.unit)):  # of a scar, in blood or by touch
        raise InputError(sign)
    what = endpoint(name)
    result = result_of(row, rows, what.good)
    said: list[str] = []
    stage = stage_of(row, said)
    etiology, cares = disease_of(row)
    plan, strength, more = plan_of(row)
    said += more
    Regimen.of(plan, Patient(etiology=etiology, years=1.0))  # refuses what cannot be given
    people = row.n or DEFAULT_ARM
    control = control_of(row, rows)
    others = (control.n if control else None) or people
    days = USUAL_TIME if row.timepoint_d is None else row.timepoint_d
    if row.timepoint_d is None:
        said.append(f"time of the measurement: {USUAL_TIME:g} d")
    return PeopleArm(row, what, result, etiology, stage, cares, plan, days, people, others, tuple(said), strength)


def stage_of(row: TrialRow, said: list[str]) -> str:
    """The stage of a trial's patients, a key of STAGES; raises InputError for one that people here never have."""
    if row.stage in STAGES:
        stage = row.stage
    else:
        word = mentioned("stage of a trial", row.stage.replace("_", " "))
        if word is None or not word.means:
            known = f'no patients of the stage "{row.stage}"; there are {", ".join(STAGES)}'
            raise refuse("stage", row.stage, known)
        stage = word.means
    if stage == "cirrhosis":
        said.append("cirrhosis, compensated or not")
    return stage


def disease_of(row: TrialRow) -> tuple[str, tuple[str, ...]]:
    """The cause of a trial's patients and the care that both arms have; raises InputError for one that is not known."""
    cause = mentioned("etiology", row.etiology)
    if cause is None:
        known = ", ".join(dict.fromkeys(word.means for word in words("etiology")))
        raise InputError(f'no cause of disease like "{row.etiology}"; there are {known}')
    return cause.means, tuple(word.means for word in meanings("care of both arms", cause.means))


def plan_of(row: TrialRow) -> tuple[Plan, float, list[str]]:
    """What the treated arm is given, a factor on its doses (a class prior), and what is assumed of it.

    Raises
    ------
    InputError : a product of other cells, a route by which products of this kind cannot be given.
    """
    found = mentioned("product of a trial", row.product)
    if found is None or not found.means:
        raise refuse("product", row.product, f'"{row.product}" is no product of mesenchymal cells')
    name = "autologous-bm-msc" if found.means == "bm-msc" and row.autologous else found.means
    kind = products[name].kind
    said: list[str] = [found.source.removeprefix("assumed: ")] if found.amount else []
    dose = _dose(row, kind, said)
    route = route_of(row.route, kind) if row.route else "iv"
    n = row.n_doses or 1
    if row.n_doses is None:
        said.append("number of doses")
    every = f"{row.interval_d or USUAL_GAP:g} d" if n > 1 else None
    return Plan(name, dose, route, every=every, n=max(n, 1)), float(found.amount or 1), said


def _dose(row: TrialRow, kind: str, said: list[str]) -> str:
    """The dose as told, of a range ("0.5-1e6") the geometric middle; cells counted in marrow are no dose."""
    numbers = [float(x) for x in NUMBER.findall(row.dose)]
    numbers = numbers[:2] if RANGE.search(row.dose) and "(" not in row.dose else numbers[:1]
    if not numbers or "marrow" in row.dose_unit:
        said.append("dose")
        return USUAL_DOSE[kind]
    amount = math.exp(float(np.mean(np.log(numbers))))
    what = "particle" if kind == "vesicles" else "cell"
    return f"{amount:.4g} {what}" + ("/kg" if "/kg" in row.dose_unit else "")
