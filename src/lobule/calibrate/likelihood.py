"""How likely what studies published is, given what is predicted for them: sizes first, directions last.

A composite likelihood (C. Varin, N. Reid and D. Firth, Stat Sin 2011; 21:5): the product of the likelihoods of single
rows, each to a power. Rows of one kind of one source tell partly the same, so that n of them count as
n/(1 + (n - 1)/2) (the design effect of L. Kish, with a correlation of one half, assumed). A row that has a size is read
by its size alone; its direction counts only where there is none. Orders and effects that were none count twice: nearly
every published arm improves, whatever was given, so that a direction says little that is not known before it is read.
For the same reason what counts is its share of what is printed: asking for significance itself would ask for stronger
products than there are.

- size: normal about the prediction, with the error of the study's groups and what studies differ by
- class: the middle 90 % of what such products do in meta-analyses, which holds the difference between studies
- direction, none: of what such groups would print, the share that says so. A result without significance is printed a
  third as often (a selection model: S. Iyengar and J. Greenhouse, Stat Sci 1988; 3:109)
- order: which of two arms of one study did better; tie: neither

What studies of animals, and trials, differ by are terms that are sampled with the parameters. That small studies
overstate is not corrected here: nearly all sizes of animals are of groups of about eight, which cannot tell it; what
calibration rows tell of it stands beside the predictions (`validate.publishing`). A share of rows may be anything
(BLUNDER).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Values = NDArray[np.float64]
Kind = Literal["size", "class", "direction", "none", "order", "tie"]
WEIGHTS: dict[Kind, float] = {"size": 1.0, "class": 2.0, "direction": 1.0, "none": 2.0, "order": 2.0, "tie": 2.0}
ALIKE = 0.5  # correlation of what rows of one source tell; assumed
RESOLUTION = 0.1  # logarithm of a ratio between arms that a pair of groups can just tell apart; assumed
SIGNIFICANT = 1.96
PRINTED = 0.3  # how often a result without significance is printed, over one with it; assumed
BLUNDER, ANYTHING = 0.05, 1.5  # share of rows that may be anything, and the spread of what they are; assumed
CARES = 5.0  # spreads from where it is highest beyond which the likelihood hardly changes
FAILED = -6.0  # log-likelihood of a row that could not be simulated for a member
# What studies of animals, and trials, differ by, a standard deviation of a logarithm of a ratio: names with prior
# medians, and the spread of their logarithms; assumed
DIFFER = {"studies_differ_by": 0.35, "trials_differ_by": 0.1}
DIFFER_SPREAD = 0.5


@dataclass(frozen=True)
class Datum:
    """What one row says.

    row, source : of the evidence; endpoint : as tables write it
    observed : size and class: logarithm of the ratio; direction: 1 up, -1 down; order: 1 the first arm, -1 the second
    error : standard error of the logarithm of the ratio (class: half-width of the range over 1.645)
    trial : of people
    """

    row: str
    source: str
    endpoint: str
    kind: Kind
    observed: float
    error: float
    trial: bool = False


class Likelihood:
    """Of data in the order of the columns of what is predicted: logarithms of ratios; of an order the benefit of the
    first arm over that of the second."""

    def __init__(self, data: Sequence[Datum]) -> None:
        self.data = tuple(data)
        self.observed = np.array([d.observed for d in data], float)
        self.error = np.array([d.error for d in data], float)
        self.trial = np.array([d.trial for d in data], bool)
        self.kinds = np.array([d.kind for d in data])
        alike = Counter((d.source, d.kind) for d in data)
        n = np.array([alike[d.source, d.kind] for d in data], float)
        self.weights = np.array([WEIGHTS[d.kind] for d in data]) / (1 + (n - 1) * ALIKE)
        self.of_kind = {kind: np.flatnonzero(self.kinds == kind) for kind in WEIGHTS}

    def __call__(self, predicted: Values, differ: Values) -> Values:
        """Log-likelihood of members, (n,).

        Parameters
        ----------
        predicted : (n, n_data), NaN where a row could not be simulated
        differ : (n, 2) what studies of animals, and trials, differ by
        """
        return np.asarray(self.each(predicted, differ) @ self.weights, np.float64)

    def each(self, predicted: Values, differ: Values, observed: Values | None = None) -> Values:
        """Log-likelihood of each datum without its weight, (n, n_data); of other observations where they are given,
        (n, n_data) as `replicated` gives them."""
        found = np.full(predicted.shape, FAILED)
        seen = np.broadcast_to(self.observed, predicted.shape) if observed is None else observed
        spread = self.spreads(differ)
        for kind, k in self.of_kind.items():
            if len(k):
                found[:, k] = _of_kind(kind, predicted[:, k], seen[:, k], self.error[k], spread[:, k])
        return np.where(np.isfinite(predicted), found, FAILED)

    def spreads(self, differ: Values) -> Values:
        """Standard deviation of what is observed about what is predicted, (n, n_data)."""
        found = np.hypot(self.error, np.where(self.trial, differ[:, 1:2], differ[:, :1]))
        found[:, self.of_kind["order"]] = RESOLUTION
        found[:, self.of_kind["tie"]] = 2 * RESOLUTION
        found[:, self.of_kind["class"]] = self.error[self.of_kind["class"]]
        return found

    def saturated(self, predicted: Values) -> Values:
        """Predictions that are the same wherever the likelihood cares, and flat beyond, (n, n_data)."""
        width = CARES * self.spreads(np.array([list(DIFFER.values())]))[0]
        flat = predicted / (1 + (predicted / width) ** 4) ** 0.25
        return np.where(np.isin(self.kinds, ("direction", "order", "none")), flat, predicted)

    def replicated(self, predicted: Values, differ: Values, rng: np.random.Generator) -> Values:
        """What such studies would print, in the units of `observed` (direction: 1, -1, or 0 without significance; none:
        0 where they would say so too, else 1), for each member once, (n, n_data)."""
        spread = self.spreads(differ)
        drawn = predicted + spread * rng.standard_normal(predicted.shape)
        blunders = rng.random(predicted.shape) < BLUNDER
        drawn = np.where(blunders, ANYTHING * rng.standard_normal(predicted.shape), drawn)
        k = self.of_kind["order"]
        drawn[:, k] = np.sign(drawn[:, k])
        for kind in ("direction", "none"):
            k = self.of_kind[kind]
            above, none = _printed(predicted[:, k], self.error[k], spread[:, k])
            above, none = ((1 - BLUNDER) * share + BLUNDER / 3 for share in (above, none))
            chance = rng.random(above.shape)
            word = np.where(chance < above, 1.0, np.where(chance < above + none, 0.0, -1.0))
            drawn[:, k] = word if kind == "direction" else np.abs(word)
        return drawn


def _of_kind(kind: Kind, x: Values, observed: Values, error: Values, spread: Values) -> Values:
    """Log-likelihoods of data of one kind, (n, n_data)."""
    if kind == "direction":
        above, none = _printed(x, error, spread)
        share = np.where(observed > 0, above, np.where(observed < 0, 1 - above - none, none))
        return np.log((1 - BLUNDER) * share + BLUNDER / 3)
    if kind == "order":
        return np.log((1 - BLUNDER) * ndtr(observed * x / spread) + BLUNDER / 2)
    if kind == "none":
        none = _printed(x, error, spread)[1]
        return np.log((1 - BLUNDER) * np.where(observed == 0, none, 1 - none) + BLUNDER / 3)
    density = np.exp(-0.5 * ((x - observed) / spread) ** 2) / spread
    anything = np.exp(-0.5 * (observed / ANYTHING) ** 2) / ANYTHING
    return np.log((1 - BLUNDER) * density + BLUNDER * anything)


def _printed(x: Values, error: Values, spread: Values) -> tuple[Values, Values]:
    """Of what is printed: the share that is significantly above 0, and the share without significance."""
    limit = SIGNIFICANT * error
    above, below = ndtr((x - limit) / spread), ndtr((-x - limit) / spread)
    none = PRINTED * (1 - above - below)
    every = above + below + none
    return above / every, none / every
