"""What a study would have counted in a cohort of virtual people: states, risks, rates, levels.

Visits stand at even distances; each counts by how many are still alive, and of the compensated by how many have never
decompensated. Shares by transition rates (`chain`) are of everybody: nobody dies in a chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.quantities import amount
from lobule.scores.function import child_pugh_class

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]

YEAR = 365.25  # days
MOST = 1 - 1e-12  # of a chance, so that its hazard is finite
FEWEST = 3  # patients who must come to a state before it says something; assumed
HAZARD = "cumulative_{}_hazard"
STAGES = re.compile(r"F([0-4])(?:-F?([0-4]))?$")
CLASSES = re.compile(r"child ([abc]+)$")
RANGE = re.compile(r"(\w+) (-?[\d.]+) to (-?[\d.]+)$")
AT_YEAR = re.compile(r"year ([\d.]+)$")
WORDS: dict[str, Callable[[Cohort], Mask]] = {
    "any": lambda c: np.ones_like(c["stage"], bool),
    "cirrhosis": lambda c: c["fibrosis"] == 4,
    "no cirrhosis": lambda c: c["fibrosis"] < 4,
    "compensated": lambda c: c["stage"] == 1,
    "decompensated": lambda c: c["stage"] == 2,
}


class NotSaid(InputError):
    """What the model has no word for: a cause, an output; the text is the reason."""


@dataclass(frozen=True)
class Cohort:
    """Courses of the people of one subject.

    Attributes
    ----------
    values : {output: (n, n_visits)}, what a clinic derives among them
    share : (n,) how much each person counts
    years : (n_visits,) of each visit, at even distances
    starts : visits that a question may begin at, (n_visits,) or (n, n_visits)
    untreated : the same people without the care; themselves where there is none
    enrolled : visits at which a study that follows people would take them, (n, n_visits); all when None
    """

    values: Mapping[str, Values]
    share: Values
    years: Values
    starts: Mask
    untreated: Cohort | None = None
    enrolled: Mask | None = None

    @property
    def step(self) -> float:
        """Years between two visits."""
        return float(self.years[1] - self.years[0])

    def __getitem__(self, output: str) -> Values:
        if output not in self.values:
            raise NotSaid(f'the model has no output "{output}"')
        return self.values[output]

    @property
    def alive(self) -> Values:
        """How much each visit counts, (n, n_visits)."""
        return self.share[:, None] * np.exp(-self[HAZARD.format("death")])

    def counts(self, words: str, how: str) -> Values:
        """How much each visit counts for a statistic of the visits in a state, (n, n_visits)."""
        if how == "chain":
            return np.broadcast_to(self.share[:, None], self["stage"].shape)
        if "compensated" in words.split(", "):
            return self.alive * np.exp(-self[HAZARD.format("decompensation")])
        return self.alive

    def where(self, text: str) -> Mask:
        """Visits at which all of some words hold, separated by commas.

        Words: any, F0 to F4 or F2-F4, cirrhosis, no cirrhosis, compensated, decompensated, child a or child bc,
        year 20, first (the first such visit of each person), and OUTPUT LOW to HIGH, such as meld 10 to 15.
        """
        words = [word.strip() for word in text.split(",")]
        found = np.ones_like(self["stage"], bool)
        for word in words:
            if word != "first":
                found &= self._where(word)
        if "first" in words:
            found &= np.cumsum(found, axis=1) == 1
        return found

    def _where(self, word: str) -> Mask:
        if word in WORDS:
            return WORDS[word](self)
        if found := STAGES.match(word):
            low, high = int(found[1]), int(found[2] or found[1])
            return (self["fibrosis"] >= low) & (self["fibrosis"] <= high)
        if found := CLASSES.match(word):
            return np.isin(child_pugh_class(self["child_pugh"]), list(found[1].upper()))
        if found := AT_YEAR.match(word):
            return np.broadcast_to(np.abs(self.years - float(found[1])) < self.step / 2, self["stage"].shape)
        if found := RANGE.match(word):
            values = self[found[1]]
            return (values >= float(found[2])) & (values < float(found[3]))
        raise InputError(f'"{word}" is no state of people')


def horizon(text: str) -> tuple[str, float]:
    """The words of a state, and the years that a question looks ahead (0: it does not).

    >>> horizon("F3, for 2 year")
    ('F3', 2.0)
    """
    words, _, ahead = text.partition(", for ")
    return words, amount(ahead, "time") / YEAR if ahead else 0.0


def statistic(cohort: Cohort, at: str, output: str, how: str) -> float:
    """What a study would have counted; NaN where too few people come to the state.

    Parameters
    ----------
    at : a state, and how far ahead ("F3, for 2 year")
    output : of the model, an event (death, decompensation, hcc, aclf), a state, or two outputs ("alt ~ inr")
    how : see `natural_history_tables.STATISTICS`

    Raises
    ------
    NotSaid : an output or event that the model has not.
    """
    words, ahead = horizon(at)
    if how == "years":
        there = cohort.where(output)[cohort.where(words).any(axis=1)]
        return float(np.median(np.where(there.any(axis=1), cohort.years[np.argmax(there, axis=1)], np.inf)))
    begin = cohort.where(words) & cohort.starts
    if ahead and cohort.enrolled is not None:
        begin &= cohort.enrolled
    if ahead:
        begin[:, len(cohort.years) - _steps(cohort, ahead) :] = False
    begin &= np.isfinite(cohort["stage"])
    if begin.any(axis=1).sum() < min(FEWEST, len(begin)):
        return float("nan")
    weight = np.where(begin, cohort.counts(words, how), 0.0)
    return _HOW[how](cohort, weight, output, ahead)


def _mean(values: Values, weight: Values) -> float:
    return float(np.sum(np.where(weight > 0, values, 0) * weight) / np.sum(weight))


def _steps(cohort: Cohort, ahead: float) -> int:
    """Visits in some years, one at least."""
    return max(1, round(ahead / cohort.step))


def _later(cohort: Cohort, values: Values, ahead: float) -> Values:
    """Values some years later, interpolated between visits; those of the last visit where it is past the end."""
    last = len(cohort.years) - 1
    place = np.minimum(np.arange(last + 1) + ahead / cohort.step, last)
    low = np.floor(place).astype(int)
    high, part = np.minimum(low + 1, last), place - low
    return values[:, low] * (1 - part) + values[:, high] * part


def _risk(cohort: Cohort, output: str, ahead: float) -> Values:
    """Of an event, or of a state that is reached, within some years from each visit, (n, n_visits)."""
    name = HAZARD.format(output)
    if name in cohort.values:
        hazard = cohort[name]
        return np.minimum(1 - np.exp(-(_later(cohort, hazard, ahead) - hazard)), MOST)
    if re.fullmatch(r"[a-z_]+", output) and output not in WORDS:
        raise NotSaid(f"the model has no hazard of {output.replace('_', ' ')}")
    inside = cohort.where(output)
    steps = _steps(cohort, ahead)
    reached = np.zeros_like(inside)
    for k in range(1, steps + 1):
        reached[:, :-k] |= inside[:, k:]
    return reached.astype(float)


def _level(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    """The median, everybody counted by weight."""
    kept = weight > 0
    values, counts = cohort[output][kept], weight[kept]
    order = np.argsort(values)
    middle = np.searchsorted(np.cumsum(counts[order]), 0.5 * counts.sum())
    return float(values[order][min(middle, len(order) - 1)])


def _then(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    """Share of those who are alive some years later who are in a state then."""
    steps = _steps(cohort, ahead)
    inside, alive = cohort.where(output).astype(float), cohort.alive
    later = np.zeros_like(weight)
    later[:, :-steps] = weight[:, :-steps] * alive[:, steps:] / np.maximum(alive[:, :-steps], 1e-300)
    moved = np.zeros_like(inside)
    moved[:, :-steps] = inside[:, steps:]
    return _mean(moved, later)


def _rate(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    risk = min(_mean(_risk(cohort, output, ahead or 1.0), weight), MOST)
    return float(-np.log1p(-risk) / (ahead or 1.0))


def _change(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    return _mean(_later(cohort, cohort[output], ahead) - cohort[output], weight)


def _hazard_ratio(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    """Of the same people with their care and without it, from the same visits."""
    assert cohort.untreated is not None
    treated, without = (_mean(np.log1p(-_risk(c, output, ahead)), weight) for c in (cohort, cohort.untreated))
    return treated / without if without < 0 else float("nan")


def _two(cohort: Cohort, weight: Values, output: str) -> tuple[Values, Values]:
    kept = weight > 0
    first, second = (cohort[name.strip()][kept] for name in output.split("~"))
    return first, second


def _correlation(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    first, second = (np.argsort(np.argsort(values)).astype(float) for values in _two(cohort, weight, output))
    return float(np.corrcoef(first, second)[0, 1])


def _slope(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    y, x = _two(cohort, weight, output)
    return float(np.polyfit(x, y, 1)[0])


def _in_state(cohort: Cohort, weight: Values, output: str, ahead: float) -> float:
    return _mean(cohort.where(output).astype(float), weight)


_HOW: dict[str, Callable[[Cohort, Values, str, float], float]] = {
    "level": _level,
    "share": _in_state,
    "chain": _in_state,
    "within": lambda c, weight, output, ahead: _mean(_risk(c, output, ahead), weight),
    "without": lambda c, weight, output, ahead: 1 - _mean(_risk(c, output, ahead), weight),
    "then": _then,
    "rate": _rate,
    "change": _change,
    "change a year": lambda c, weight, output, ahead: _change(c, weight, output, ahead) / ahead,
    "hazard ratio": _hazard_ratio,
    "correlation": _correlation,
    "slope": _slope,
}
