"""What the calibration studies say, and what the engine predicts for it: rows of animals, orders of arms, class ranges,
controlled trials.

Of studies only rows of the calibration set enter (a test holds that against the split). Arms are simulated in the
published reading. Their untreated twins are solved once: what is free acts with a therapy alone, and a parameter that
moves an untreated arm is refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lobule.calibrate.likelihood import Datum, Likelihood
from lobule.calibrate.trials import Trials
from lobule.errors import InputError
from lobule.progress import listening
from lobule.simulation.reading import READING, READINGS
from lobule.studies.observation import Contrast, Observation, TrialRow
from lobule.studies.predict import Predicted, outcomes
from lobule.studies.rows import StudyPair, StudyRow, benefit, error_of, error_of_size, pairs_of, rows_of
from lobule.studies.split import CALIBRATION, set_of

Values = NDArray[np.float64]
NINETY = 3.29  # standard deviations in a 90 % range
FAR = 2.0  # spreads of the prior by which a parameter is moved to see whether it acts without therapy
SAME = 1e-6  # relative change of an output that is none


class Objective:
    """Data of the calibration studies, and their predictions.

    Parameters
    ----------
    observations, contrasts : as read, of any set
    classes : ranges of what such products do, as rows of studies
    trials : rows of trials in people
    """

    def __init__(
        self,
        observations: Sequence[Observation],
        contrasts: Sequence[Contrast],
        classes: Sequence[Observation] = (),
        trials: Sequence[TrialRow] = (),
    ) -> None:
        mine = [o for o in observations if set_of(o.source_id) == CALIBRATION]
        ours = [c for c in contrasts if set_of(c.source_id) == CALIBRATION]
        self.rows = [r for r in rows_of(mine)[0] if not r.observation.lost_function and not r.endpoint.between_arms]
        self.pairs = pairs_of(ours, mine)[0]
        self.classes = rows_of(classes)[0]
        self.trials = Trials(trials)
        data = [_of_row(r) for r in self.rows] + [_of_pair(p) for p in self.pairs]
        self.likelihood = Likelihood([*data, *(_of_class(r) for r in self.classes), *self.trials.data])
        arms = [r.arm for r in self.rows] + [arm for p in self.pairs for arm in p.arms] + [r.arm for r in self.classes]
        self.arms = [(arm, "usual") for arm in arms]
        whats = [r.endpoint for r in (*self.rows, *self.classes)] + [p.endpoint for p in self.pairs]
        self.outputs = sorted({what.output for what in whats})
        self.untreated = self._untreated({READING: np.array([READINGS["published"]])})

    def __call__(self, factors: Mapping[str, Values]) -> Values:
        """Predictions of each datum by each member, (n_members, n_data), NaN where a member could not be solved."""
        members = len(next(iter(factors.values())))
        if not self.likelihood.data:
            return np.empty((members, 0))
        with listening(lambda *_: None):  # a batch is a moment; the whole calibration tells how far it is
            treated = outcomes(self.arms, factors, self.outputs, exact=True)
            people = self.trials(factors)
        found = [Predicted(a, b) for a, b in zip(treated, self.untreated, strict=True)]
        n, m = len(self.rows), 2 * len(self.pairs)
        rows = [p.log_ratio(r.endpoint.output) for r, p in zip(self.rows, found, strict=False)]
        ends = zip(self.pairs, found[n : n + m : 2], found[n + 1 : n + m : 2], strict=True)
        pairs = [benefit(a, pair.endpoint) - benefit(b, pair.endpoint) for pair, a, b in ends]
        classes = [p.log_ratio(r.endpoint.output) for r, p in zip(self.classes, found[n + m :], strict=True)]
        return np.stack([*rows, *pairs, *classes, *people], axis=1)

    def refuse_what_acts_without_therapy(self, names: Sequence[str], moved: Values) -> None:
        """Raise InputError for the first parameter that moves an untreated arm.

        Parameters
        ----------
        names : of parameters
        moved : (2, n_names) factors, down and up, by which each is moved alone
        """
        n = len(names)
        factors = {name: np.ones(2 * n) for name in names}
        for k, name in enumerate(names):
            factors[name][[k, n + k]] = moved[:, k]
        moved_people = self.trials.solved(factors, treated=False)
        all_usual = [*self.untreated, *self.trials.untreated.values()]
        all_found = [*self._untreated(factors), *moved_people.values()]
        whose = [f"a {arm.species}" for arm, _ in self.arms] + ["a patient"] * len(moved_people)
        for who, usual, found in zip(whose, all_usual, all_found, strict=True):
            for output, values in found.items():
                off = np.abs(values - usual[output]) > SAME * np.abs(usual[output]) + 1e-9
                if off.any():
                    raise InputError(
                        f"{names[int(np.argmax(off)) % n]} acts without a therapy too ({output} of {who}), so that "
                        "calibrating it would change the disease; leave it out of the free parameters"
                    )

    def _untreated(self, factors: Mapping[str, Values]) -> list[Mapping[str, Values]]:
        return outcomes([(arm.untreated(), which) for arm, which in self.arms], factors, self.outputs, exact=True)


def _of_row(row: StudyRow) -> Datum:
    o = row.observation
    if o.ratio is not None and not row.endpoint.ordinal:
        return Datum(o.row_id, o.source_id, o.endpoint, "size", math.log(o.ratio), error_of_size(row))
    if o.direction == "none":
        return Datum(o.row_id, o.source_id, o.endpoint, "none", 0.0, error_of(row))
    return Datum(o.row_id, o.source_id, o.endpoint, "direction", 1.0 if o.direction == "up" else -1.0, error_of(row))


def _of_pair(pair: StudyPair) -> Datum:
    c = pair.contrast
    if c.which_better == "equal":
        return Datum(c.contrast_id, c.source_id, c.endpoint, "tie", 0.0, 0.0)
    return Datum(c.contrast_id, c.source_id, c.endpoint, "order", 1.0 if c.which_better == "a" else -1.0, 0.0)


def _of_class(row: StudyRow) -> Datum:
    """A class range is the middle 90 % of a lognormal."""
    o = row.observation
    assert o.ratio is not None and o.ratio_low is not None and o.ratio_high is not None
    spread = math.log(o.ratio_high / o.ratio_low) / NINETY
    return Datum(o.row_id, o.source_id, o.endpoint, "class", math.log(o.ratio), spread)
