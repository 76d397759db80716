"""Trials in people as patients, plan and what was observed: cause, stage, product, dose and result in their words.

Only products with mesenchymal cells or their vesicles, and only against a control arm, can be understood.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lobule.errors import InputError
from lobule.evidence.vocabulary import meanings, mentioned
from lobule.patient import Patient
from lobule.patient.published import ACLF
from lobule.studies.endpoints import StudyEndpoint, endpoint
from lobule.studies.observation import TrialRow
from lobule.studies.treatments import route_of
from lobule.therapy import Plan, products
from lobule.therapy.regimen import Regimen

# Stage of a trial: the model's stage that its patients have reached, and the lowest MELD-Na at which they are enrolled;
# those with acute-on-chronic failure were struck by a precipitant some days before (`patient.precipitants`)
STAGES = {"decompensated": (2.0, 12.0), ACLF: (1.0, 6.0), "compensated": (1.0, 7.0), "fibrosis": (1.0, 6.0)}
USUAL_DOSE = {"cells": "1e6 cell/kg", "vesicles": "1e11 particle/kg"}  # where a trial reports none; assumed
DEFAULT_ARM = 20  # people of an arm whose size is not reported; assumed
USUAL_GAP = 28.0  # days between doses where a trial reports none; assumed
SIGNIFICANT = 0.05  # p below which a trial reports a difference
HUMAN_ENDPOINTS = ("albumin", "bilirubin", "inr", "pt", "alt", "ast", "meld", "meld_na", "child_pugh", "survival",
                   "ascites", "fibrosis", "collagen_area", "il_6", "hcc", "platelets", "ammonia", "tnf_a",
                   "il_10")  # fmt: skip
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e\d+)?")
CHANGE = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*(%.*)?")  # "-25% relative", "0.707"


class Result(NamedTuple):
    """down, up or none; ratio : of treated to control, None where only the direction is told"""

    direction: str
    ratio: float | None


@dataclass(frozen=True)
class PeopleArm:
    """The treated arm of a trial in one endpoint: who, beside what care, what they are given, what was seen.

    stage : a key of STAGES; days : from the first dose to the measurement; treated, control : people
    assumptions : what the trial does not say
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

    @property
    def key(self) -> str:
        """Arms with the same key are simulated once."""
        return repr((self.etiology, self.stage, self.cares, self.plan.to_dict(), self.days))


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
    if row.arm == "control":
        raise InputError("a control arm is what the treated arm is compared with")
    if row.design.startswith("single"):
        raise InputError("a single arm has no control to compare with")
    if row.endpoint not in HUMAN_ENDPOINTS:
        raise InputError(f'the model has no endpoint "{row.endpoint}" of people')
    if row.timepoint_d is None or row.timepoint_d <= 0:
        raise InputError("the time of the measurement is not given")
    what = endpoint(row.endpoint)
    result = result_of(row, rows, what.good)
    etiology, cares = disease_of(row)
    plan, said = plan_of(row)
    Regimen.of(plan, Patient(etiology=etiology, years=1.0))  # refuses what cannot be given
    people = row.n or DEFAULT_ARM
    control = control_of(row, rows)
    others = (control.n if control else None) or people
    return PeopleArm(row, what, result, etiology, row.stage, cares, plan, row.timepoint_d, people, others, tuple(said))


def disease_of(row: TrialRow) -> tuple[str, tuple[str, ...]]:
    """The cause of a trial's patients and the care that both arms have; raises InputError for one that is not known."""
    if row.stage not in STAGES:
        raise InputError(f'no patients of the stage "{row.stage}"; there are {", ".join(STAGES)}')
    cause = mentioned("etiology", row.etiology)
    if cause is None:
        raise InputError(f'no cause of disease like "{row.etiology}"')
    return cause.means, tuple(word.means for word in meanings("care of both arms", cause.means))


def plan_of(row: TrialRow) -> tuple[Plan, list[str]]:
    """What the treated arm is given, and what is assumed of it.

    Raises
    ------
    InputError : a product of other cells, a route by which products of this kind cannot be given.
    """
    found = mentioned("product of a trial", row.product)
    if found is None or not found.means:
        raise InputError(f'"{row.product}" is no product of mesenchymal cells')
    name = "autologous-bm-msc" if found.means == "bm-msc" and row.autologous else found.means
    kind = products[name].kind
    said: list[str] = []
    dose = _dose(row, kind, said)
    route = route_of(row.route, kind) if row.route else "iv"
    n = row.n_doses or 1
    if row.n_doses is None:
        said.append("number of doses")
    every = f"{row.interval_d or USUAL_GAP:g} d" if n > 1 else None
    return Plan(name, dose, route, every=every, n=max(n, 1)), said


def _dose(row: TrialRow, kind: str, said: list[str]) -> str:
    """The dose as told, of a range ("0.5-1e6") the geometric middle; cells counted in marrow are no dose."""
    numbers = [float(x) for x in NUMBER.findall(row.dose)]
    numbers = numbers[:2] if "-" in row.dose and "(" not in row.dose else numbers[:1]
    if not numbers or "marrow" in row.dose_unit:
        said.append("dose")
        return USUAL_DOSE[kind]
    amount = math.exp(float(np.mean(np.log(numbers))))
    what = "particle" if kind == "vesicles" else "cell"
    return f"{amount:.4g} {what}" + ("/kg" if "/kg" in row.dose_unit else "")


def control_of(row: TrialRow, rows: Sequence[TrialRow]) -> TrialRow | None:
    """The control arm of the same trial, endpoint and time; None where it has no row."""
    same = [r for r in rows if r.arm == "control" and r.source_id == row.source_id and r.endpoint == row.endpoint
            and r.timepoint_d == row.timepoint_d and r.unit == row.unit]  # fmt: skip
    return same[0] if same else None


def result_of(row: TrialRow, rows: Sequence[TrialRow], good: str) -> Result:
    """What a trial saw in one endpoint: from the values of both arms, else from its words, else from a change or a
    hazard ratio.

    Parameters
    ----------
    rows : of the table, among which the control arm is looked for
    good : the better direction of the endpoint, up or down

    Raises
    ------
    InputError : no result, or none that can be compared.
    """
    control = control_of(row, rows)
    if row.value is not None and control is not None and control.value is not None:
        return _of_values(row, row.value, control.value)
    told = mentioned("result", row.effect)
    if told is None:
        return Result(_of_number(row, good), None)
    if told.means == "not reported":
        raise InputError("no result is reported")
    return Result(good if told.means == "good" else "none", None)


def _of_values(row: TrialRow, treated: float, untreated: float) -> Result:
    if row.unit == "deaths" or ("severe infection" in row.unit and "dead" not in row.unit):
        raise InputError(f'the unit "{row.unit}" is no share of people alive')
    if row.endpoint == "survival" and re.search(r"dead|death", row.unit):
        treated, untreated = 1 - treated, 1 - untreated
    if treated <= 0 or untreated <= 0:
        raise InputError("the values have no ratio")
    ratio = treated / untreated
    return Result("none" if _insignificant(row) else "up" if treated > untreated else "down", ratio)


def _of_number(row: TrialRow, good: str) -> str:
    """The direction of a change ("-25% relative"), or of a hazard ratio, which is good below 1."""
    change = CHANGE.fullmatch(row.effect)
    hazard = row.unit.startswith("HR")
    if _insignificant(row) and (change or hazard):
        return "none"
    if change is None:
        raise InputError("no result that could be compared is reported")
    value = float(change[1])
    if hazard:
        return good if value < 1 else ("down" if good == "up" else "up")
    return "up" if value > 0 else "down"


def _insignificant(row: TrialRow) -> bool:
    return row.p_value is not None and row.p_value >= SIGNIFICANT
