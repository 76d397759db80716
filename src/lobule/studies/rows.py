"""Rows of studies and contrasts with their arms and endpoints; what cannot be simulated is listed with its reason."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.studies.arms import StudyArm, arm_of
from lobule.studies.contrasts import arms_of_contrast
from lobule.studies.direction import OPPOSITE, error_of_groups
from lobule.studies.endpoints import StudyEndpoint, endpoint, usual_name
from lobule.studies.observation import Contrast, Observation
from lobule.studies.predict import Predicted

Values = NDArray[np.float64]
NINETY_FIVE = 3.92  # standard errors in a 95 % interval
BETWEEN_LABORATORIES = 0.35  # of a logarithm of a ratio, beyond the error of a group; assumed


@dataclass(frozen=True)
class StudyRow:
    """A row of a study with its arm and endpoint."""

    observation: Observation
    arm: StudyArm
    endpoint: StudyEndpoint


@dataclass(frozen=True)
class StudyPair:
    """A contrast with both arms and its endpoint."""

    contrast: Contrast
    arms: tuple[StudyArm, StudyArm]
    endpoint: StudyEndpoint


@dataclass(frozen=True)
class NotSimulated:
    """A row that the model cannot simulate, with the reason."""

    observation: Observation | Contrast
    reason: str


def rows_of(observations: Sequence[Observation]) -> tuple[list[StudyRow], list[NotSimulated]]:
    """Arms of all rows; what cannot be simulated is listed."""
    observations = [_in_usual_words(o) for o in observations]
    lethal = {o.study_id for o in observations if o.endpoint == "survival"}
    rows, left = [], []
    for o in observations:
        try:
            row = StudyRow(o, arm_of(o, lethal=o.study_id in lethal), endpoint(o.endpoint))
            _refuse_without_deaths(row.arm, row.endpoint)
            rows.append(row)
        except InputError as error:
            left.append(NotSimulated(o, str(error)))
    return rows, left


def pairs_of(contrasts: Sequence[Contrast], like: Sequence[Observation]) -> tuple[list[StudyPair], list[NotSimulated]]:
    """Both arms of all contrasts; what cannot be simulated is listed. `like` are rows of studies to fill gaps from."""
    pairs, left = [], []
    for c in contrasts:
        c = replace(c, endpoint=usual_name(c.endpoint)[0])
        try:
            pair = StudyPair(c, arms_of_contrast(c, like), endpoint(c.endpoint))
            _refuse_without_deaths(pair.arms[0], pair.endpoint)
            pairs.append(pair)
        except InputError as error:
            left.append(NotSimulated(c, str(error)))
    return pairs, left


def _in_usual_words(o: Observation) -> Observation:
    """The same row with the endpoint as it is called here; of the dead the living, whose ratio is not told."""
    name, reversed_ = usual_name(o.endpoint)
    if not reversed_:
        return replace(o, endpoint=name)
    way = OPPOSITE.get(o.direction, o.direction)
    return replace(o, endpoint=name, direction=way, ratio=None, ratio_low=None, ratio_high=None)


def _refuse_without_deaths(arm: StudyArm, what: StudyEndpoint) -> None:
    if what.output == "survival" and not arm.survives:
        raise InputError("the model's animals do not die of this injury at any dose, so that survival says nothing")


def error_of(row: StudyRow) -> float:
    """Standard error of the logarithm of a ratio of two groups of that study's size."""
    return error_of_groups(row.endpoint.spread, row.observation.animals)


def error_of_size(row: StudyRow) -> float:
    """Standard error of the logarithm of a ratio that a study reports: by its own interval, else as `error_of`."""
    o = row.observation
    told = math.log(o.ratio_high / o.ratio_low) / NINETY_FIVE if o.ratio_low and o.ratio_high else 0.0
    return told or error_of(row)


def benefit(predicted: Predicted, what: StudyEndpoint) -> Values:
    """Logarithm of the ratio, positive where it is better; of an endpoint without untreated value, of the amount."""
    if what.between_arms:
        return np.log(predicted.treated[what.output] + 1e-12)
    return what.sign * predicted.log_ratio(what.output)
