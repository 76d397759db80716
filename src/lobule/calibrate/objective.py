"""How likely the calibration studies are under a set of parameters: sizes, directions, negatives and orders of arms.

A row that only says "down" is likely when a group of that size would have shown the predicted effect; a row that says
"none" when it would not have; a size when it lies near, in units of its own error and of what laboratories differ by.
Rows of one arm tell much the same, so that each counts by the square root of their number less. Class ranges (T1, T2
and T4 of the evidence: how large the effect of such a product usually is) keep directions alone from asking for ever
more.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from lobule.studies.observation import Contrast, Observation
from lobule.studies.predict import Predicted, predict
from lobule.studies.rows import BETWEEN_LABORATORIES, StudyRow, benefit, error_of, error_of_size, pairs_of, rows_of
from lobule.studies.split import CALIBRATION, set_of

Values = NDArray[np.float64]
RESOLUTION = 0.1  # logarithm of a ratio between arms that a pair of groups can just tell apart; assumed
CLASS_WEIGHT = 2.0  # of a class range, which stands for several studies; assumed
NINETY = 3.29  # standard deviations in a 90 % range
BLUNDER = 0.05  # share of rows that may be anything: misprints, other conditions; assumed
OFF = -9.0  # of a row that could not be simulated for a member


class Objective:
    """The logarithm of the likelihood of the calibration studies and of the class ranges.

    Of studies only rows of the calibration set enter; a test holds that against the split.
    """

    def __init__(
        self, observations: Sequence[Observation], contrasts: Sequence[Contrast], classes: Sequence[Observation] = ()
    ) -> None:
        self.classes = rows_of(classes)[0]
        mine = [o for o in observations if set_of(o.source_id) == CALIBRATION]
        ours = [c for c in contrasts if set_of(c.source_id) == CALIBRATION]
        self.rows = [r for r in rows_of(mine)[0] if not r.observation.lost_function and not r.endpoint.between_arms]
        self.pairs = pairs_of(ours, mine)[0]
        per_arm = Counter(r.observation.study_id for r in self.rows)
        self.weights = [1 / math.sqrt(per_arm[r.observation.study_id]) for r in self.rows]
        per_study = Counter(p.contrast.study_id for p in self.pairs)
        self.pair_weights = [1 / math.sqrt(per_study[p.contrast.study_id]) for p in self.pairs]
        self.arms = [(r.arm, "usual") for r in self.rows]
        self.arms += [(arm, "usual") for p in self.pairs for arm in p.arms]
        self.arms += [(r.arm, "usual") for r in self.classes]
        whats = [
            *(r.endpoint for r in self.rows),
            *(p.endpoint for p in self.pairs),
            *(r.endpoint for r in self.classes),
        ]
        self.outputs = sorted({what.output for what in whats})

    def __call__(self, factors: Mapping[str, Values]) -> Values:
        """Log-likelihood of each member, (n_members,); members are solved together."""
        predicted = predict(self.arms, factors, self.outputs, exact=True)
        members = len(next(iter(factors.values())))
        total = np.zeros(members)
        for row, weight, found in zip(self.rows, self.weights, predicted, strict=False):
            total += weight * self._row(row, found)
        rest = predicted[len(self.rows) :]
        for k, (pair, weight) in enumerate(zip(self.pairs, self.pair_weights, strict=True)):
            better = benefit(rest[2 * k], pair.endpoint) - benefit(rest[2 * k + 1], pair.endpoint)
            total += weight * _order(pair.contrast.which_better, better)
        for row, found in zip(self.classes, rest[2 * len(self.pairs) :], strict=True):
            total += CLASS_WEIGHT * _class(row, found)
        return total

    @staticmethod
    def _row(row: StudyRow, found: Predicted) -> Values:
        x = found.log_ratio(row.endpoint.output)
        error = error_of(row)
        o = row.observation
        if o.ratio is not None and not row.endpoint.ordinal:
            spread = math.hypot(error_of_size(row), BETWEEN_LABORATORIES)
            likelihood = np.exp(-0.5 * ((x - math.log(o.ratio)) / spread) ** 2)
        elif o.direction == "none":
            likelihood = ndtr(1.96 - x / error) - ndtr(-1.96 - x / error)
        else:
            sign = 1.0 if o.direction == "up" else -1.0
            likelihood = ndtr(sign * x / error - 1.96)
        return _robust(likelihood)


def _class(row: StudyRow, found: Predicted) -> Values:
    """A class range is the middle 90 % of a lognormal."""
    o = row.observation
    assert o.ratio is not None and o.ratio_low is not None and o.ratio_high is not None
    spread = math.log(o.ratio_high / o.ratio_low) / NINETY
    z = (found.log_ratio(row.endpoint.output) - math.log(o.ratio)) / spread
    return _robust(np.exp(-0.5 * z**2))


def _order(winner: str, better: Values) -> Values:
    if winner == "equal":
        return _robust(np.exp(-0.5 * (better / (2 * RESOLUTION)) ** 2))
    return _robust(ndtr((better if winner == "a" else -better) / RESOLUTION))


def _robust(likelihood: Values) -> Values:
    return np.where(np.isfinite(likelihood), np.log((1 - BLUNDER) * likelihood + BLUNDER * 0.1), OFF)
