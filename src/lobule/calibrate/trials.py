"""What controlled trials of the calibration side say, and what the engine predicts for them: treated over control.

Each arm is a few virtual patients of its cause and stage, the same for every member; what is compared are their means.
Single arms are left out: what becomes of them before and after tells of their course and care as much as of a product.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lobule.calibrate.likelihood import Datum
from lobule.errors import InputError
from lobule.studies.observation import TrialRow
from lobule.studies.people import PeopleArm, people_arm_of
from lobule.studies.predict import Predicted
from lobule.studies.predict_people import mean_outcome
from lobule.studies.results import CONTROL
from lobule.studies.split import CALIBRATION, set_of

Values = NDArray[np.float64]
PATIENTS = 2  # of each arm
SHARES = ("survival", "hcc")  # of an arm: their error is that of a count
FEWEST = 0.05  # share of an arm, away from 0 and 1, where the error of a share would vanish


class Trials:
    """Controlled arms of trials of the calibration side.

    Parameters
    ----------
    rows : as read, of any set
    """

    def __init__(self, rows: Sequence[TrialRow]) -> None:
        found = []
        for row in rows:
            if set_of(row.source_id) == CALIBRATION:
                try:
                    found.append(people_arm_of(row, rows))
                except InputError:
                    continue  # what cannot be simulated is told by `validate`
        self.arms = [arm for arm in found if arm.result.against == CONTROL]
        self.untreated = self.solved({}, treated=False)
        self.data = [_datum(arm, self.untreated[arm.key]) for arm in self.arms]

    def __call__(self, factors: Mapping[str, Values]) -> list[Values]:
        """Logarithms of treated over control of each arm by each member, (n_members,) each."""
        treated = self.solved(factors, treated=True)
        found = [Predicted(treated[arm.key], self.untreated[arm.key]) for arm in self.arms]
        return [p.log_ratio(arm.endpoint.output) for arm, p in zip(self.arms, found, strict=True)]

    def solved(self, factors: Mapping[str, Values], *, treated: bool) -> dict[str, Mapping[str, Values]]:
        """Means of each different arm, {key: {output: (n_members,)}}; of one usual member without factors."""
        different = {arm.key: arm for arm in self.arms}
        usual = factors or {"body_weight": np.ones(1)}
        return {key: mean_outcome(arm, usual, PATIENTS, treated=treated) for key, arm in different.items()}


def _datum(arm: PeopleArm, untreated: Mapping[str, Values]) -> Datum:
    row, what, seen = arm.row, arm.endpoint, arm.result
    error = _error(arm, untreated)
    if seen.ratio is not None and seen.ratio > 0 and not what.ordinal:
        return Datum(row.row_id, row.source_id, row.endpoint, "size", math.log(seen.ratio), error, trial=True)
    if seen.direction == "none":
        return Datum(row.row_id, row.source_id, row.endpoint, "none", 0.0, error, trial=True)
    side = 1.0 if seen.direction == "up" else -1.0
    return Datum(row.row_id, row.source_id, row.endpoint, "direction", side, error, trial=True)


def _error(arm: PeopleArm, untreated: Mapping[str, Values]) -> float:
    """Standard error of the logarithm of the ratio: of counted shares, else by the spread between people."""
    if arm.endpoint.output in SHARES:
        share = float(np.clip(untreated[arm.endpoint.output][0], FEWEST, 1 - FEWEST))
        return math.sqrt((1 - share) / share * (1 / arm.treated + 1 / arm.control))
    return arm.endpoint.spread * math.sqrt(1 / arm.treated + 1 / arm.control)
