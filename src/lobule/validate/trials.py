"""Clinical trials beside what lobule predicts: patients of that cause and stage, treated and not, by the ensemble.

Only products with mesenchymal cells or their vesicles, and only against a control arm, can be scored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.studies.observation import TrialRow
from lobule.studies.people import PeopleArm, people_arm_of
from lobule.studies.predict import Predicted
from lobule.studies.predict_people import predict_people
from lobule.studies.split import set_of
from lobule.validate.case import Case, scored

Values = NDArray[np.float64]
BETWEEN_TRIALS = 0.1  # of a logarithm of a ratio, beyond the error of the arms; assumed


def score_trials(
    rows: Sequence[TrialRow], factors: Mapping[str, Values], seed: int = 1
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of the scoreboard, and rows that could not be simulated with the reason."""
    arms, left = [], []
    for row in rows:
        try:
            arms.append(people_arm_of(row, rows))
        except InputError as error:
            left.append({"row": row.row_id, "study": row.trial_id, "set": set_of(row.source_id), "reason": str(error)})
    predicted = predict_people(arms, factors)
    return [scored(_case(arm, own), seed) for arm, own in zip(arms, predicted, strict=True)], left


def _case(arm: PeopleArm, predicted: Predicted) -> Case:
    row, output = arm.row, arm.endpoint.output
    error = arm.endpoint.spread * math.sqrt(1 / arm.treated + 1 / arm.control)
    if output == "survival":
        arms = ((_share(predicted.treated[output]), arm.treated), (_share(predicted.untreated[output]), arm.control))
        error = math.sqrt(sum((1 - p) / (p * n) for p, n in arms))
    return Case(
        row=row.row_id,
        study=row.trial_id,
        source=row.source_id,
        injury=f"{arm.etiology}, {arm.stage}",
        product=arm.plan.name,
        endpoint=arm.endpoint,
        direction=arm.result.direction,
        ratio=arm.result.ratio,
        log_ratio=predicted.log_ratio(output),
        error=math.hypot(error, BETWEEN_TRIALS),
        detectable=2 * error,
        assumptions=arm.assumptions,
        line=row.line,
    )


def _share(alive: Values) -> float:
    """Share alive of an arm, away from 0 and 1, where the error of a share would vanish."""
    return float(np.clip(np.nanmean(alive), 0.05, 0.95))
