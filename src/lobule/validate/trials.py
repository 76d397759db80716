"""Clinical trials beside what lobule predicts: patients of that cause and stage, treated and not, by the ensemble.

An arm with a control is compared with the same patients untreated, one without with itself before the first dose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.simulation import ensemble
from lobule.studies.observation import TrialRow
from lobule.studies.people import PeopleArm, people_arm_of
from lobule.studies.predict import Predicted
from lobule.studies.predict_people import predict_people
from lobule.studies.reasons import NotAnOutcome
from lobule.studies.results import BEFORE, control_of
from lobule.validate.case import Case
from lobule.validate.left import Left

Values = NDArray[np.float64]
SHARES = ("survival", "hcc")  # of an arm: their error is that of a count
ALIKE = 0.5  # correlation of one person's values before and after; assumed


def cases_of_trials(
    rows: Sequence[TrialRow],
    factors: Mapping[str, Values],
    among: Sequence[TrialRow] | None = None,
    reading: str = "published",
) -> tuple[list[Case], list[Left]]:
    """Rows beside their predictions, and rows that could not be simulated with the reason.

    Parameters
    ----------
    among : rows among which control arms are looked for; the same where None
    reading : how strongly products act
    """
    arms, left = arms_of_trials(rows, among, reading)
    predicted = predict_people(arms, ensemble.in_people(factors))
    return [case_of(arm, own) for arm, own in zip(arms, predicted, strict=True)], left


def arms_of_trials(
    rows: Sequence[TrialRow], among: Sequence[TrialRow] | None = None, reading: str = "published"
) -> tuple[list[PeopleArm], list[Left]]:
    """Treated arms of trials, and rows that could not be simulated with the reason; parameters as `cases_of_trials`."""
    arms, left = [], []
    for row in rows:
        try:
            arms.append(replace(people_arm_of(row, rows if among is None else among), reading=reading))
        except InputError as error:
            outcome = not isinstance(error, NotAnOutcome)
            sized = outcome and _has_size(row, rows if among is None else among)
            left.append(Left(row.row_id, row.trial_id, row.source_id, str(error), outcome, sized))
    return arms, left


def _has_size(row: TrialRow, among: Sequence[TrialRow]) -> bool:
    """A value that has another beside it: of the control arm, or before the first dose."""
    control = control_of(row, among)
    beside = row.baseline if control is None or control.value is None else control.value
    return row.value is not None and beside is not None


def case_of(arm: PeopleArm, predicted: Predicted) -> Case:
    """A row beside its prediction."""
    row, output, single = arm.row, arm.endpoint.output, arm.result.against == BEFORE
    error = _error(arm, predicted)
    return Case(
        row=row.row_id,
        study=row.trial_id,
        source=row.source_id,
        group="single arms" if single else "controlled trials",
        injury=f"{arm.etiology}, {arm.stage}",
        product=arm.plan.name,
        endpoint=arm.endpoint,
        days=arm.days,
        direction=arm.result.direction,
        ratio=arm.result.ratio,
        log_ratio=predicted.log_ratio(output, arm.result.against),
        course=predicted.course(output) if single else None,
        error=error,
        detectable=2 * error,
        mechanism=arm.strength == 1.0,
        assumptions=arm.assumptions,
        line=row.line,
    )


def _error(arm: PeopleArm, predicted: Predicted) -> float:
    """Standard error of the logarithm of the ratio: of shares of people, of what the trial's own deviations tell, or of
    the spread between people; before and after of one person are alike."""
    row, output = arm.row, arm.endpoint.output
    if arm.result.against == BEFORE:
        pairs = [(row.value_sd, row.value), (row.baseline_sd, row.baseline)]
        told = [abs(sd / value) for sd, value in pairs if sd and value]
        spread = float(np.sqrt(np.mean(np.square(told)))) if told and arm.result.ratio else arm.endpoint.spread
        return max(spread * math.sqrt(2 * (1 - ALIKE) / arm.treated), 1e-3)
    if output in SHARES:
        arms = ((_share(predicted.treated[output]), arm.treated), (_share(predicted.untreated[output]), arm.control))
        return math.sqrt(sum((1 - p) / (p * n) for p, n in arms))
    return arm.endpoint.spread * math.sqrt(1 / arm.treated + 1 / arm.control)


def _share(alive: Values) -> float:
    """Share of an arm, away from 0 and 1, where the error of a share would vanish."""
    return float(np.clip(np.nanmean(alive), 0.05, 0.95))
