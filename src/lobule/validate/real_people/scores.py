"""How good forecasts of survival are: order (concordance), distance (Brier), level (Kaplan-Meier), with intervals.

Concordance and Brier are scikit-survival's, Kaplan-Meier's curve is statsmodels'. n people, m times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lobule.optional import needs
from lobule.statistics.interval import Interval
from lobule.statistics.survival import kaplan_meier

Values = NDArray[np.float64]
LEVEL = 0.95
GROUPS = 5  # fifths of the forecast
EXTRA = "benchmark"


class Outcome(NamedTuple):
    """days (n,) to the event or the end of observation; event (n,) it came."""

    days: Values
    event: NDArray[np.bool_]

    def of(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Outcome:
        """Those of some rows."""
        return Outcome(self.days[rows], self.event[rows])

    def structured(self) -> NDArray[np.void]:
        """As scikit-survival takes it."""
        found = np.empty(len(self.days), dtype=[("event", bool), ("days", float)])
        found["event"], found["days"] = self.event, self.days
        return found


class Cell(NamedTuple):
    """Mean forecast and Kaplan-Meier of a group at a time; `exact` where nobody or everybody had the event, so that the
    curve has no interval, and that of a binomial (all alive of those observed so long, or none of all) stands in."""

    group: str
    at: float
    n: int
    events: int
    forecast: float
    seen: float
    low: float
    high: float
    exact: bool

    @property
    def inside(self) -> bool:
        """The mean forecast lies in the interval."""
        return self.low <= self.forecast <= self.high


def risk_of(survival: Values) -> Values:
    """One number to order people by, (n,): their mean chance of an event over the times."""
    return 1 - survival.mean(axis=1)


def concordance(outcome: Outcome, risk: Values) -> float:
    """Harrell's: of two people of whom one is known to have had the event first, how often that one had more risk."""
    (metrics,) = needs("sksurv.metrics", extra=EXTRA)
    return float(metrics.concordance_index_censored(outcome.event, outcome.days, risk)[0])


def brier_terms(outcome: Outcome, survival: Values, at: Values) -> Values:
    """Each person's part (n, m) of the Brier score, which is their mean, weighted by the inverse of the chance to be
    still observed (E. Graf et al., Stat. Med. 1999; 18:2529), whose curve is scikit-survival's.

    Its own score is the same, but refuses times before anybody's observation ends, as some draws have.
    """
    (curves,) = needs("sksurv.nonparametric", extra=EXTRA)
    observed = curves.CensoringDistributionEstimator().fit(outcome.structured())
    ended = observed.predict_proba(outcome.days)
    later = observed.predict_proba(at)
    with np.errstate(divide="ignore", invalid="ignore"):
        had = np.where(ended > 0, 1 / ended, 0.0)[:, None] * (outcome.event[:, None] & (outcome.days[:, None] <= at))
        alive = np.where(later > 0, 1 / later, np.nan) * (outcome.days[:, None] > at)
    return np.asarray(survival**2 * had + (1 - survival) ** 2 * alive, float)


def draws(n: int, number: int, seed: int) -> Iterator[NDArray[np.intp]]:
    """Rows of people drawn again with replacement."""
    source = np.random.default_rng(seed)
    for _ in range(number):
        yield source.integers(0, n, n)


def concordances(outcome: Outcome, risks: Mapping[str, Values], number: int, seed: int) -> dict[str, Values]:
    """Concordance (number,) of each model on people drawn again, the same people for all, so that differences are
    paired; NaN in a draw without an event."""
    found: dict[str, list[float]] = {name: [] for name in risks}
    for rows in draws(len(outcome.days), number, seed):
        again = outcome.of(rows)
        for name, risk in risks.items():
            found[name].append(concordance(again, risk[rows]) if again.event.any() else np.nan)
    return {name: np.array(values) for name, values in found.items()}


def means(terms: Values, number: int, seed: int) -> Values:
    """Means (number, ...) of rows (n, ...) of people drawn again; with one seed the same people as `concordances`."""
    return np.array([terms[rows].mean(axis=0) for rows in draws(len(terms), number, seed)])


def interval(values: Values) -> Interval:
    """The middle 95 % of draws; NaN where there are none."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Interval(np.nan, np.nan)
    low, high = np.quantile(finite, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high))


def cells(outcome: Outcome, survival: Values, at: Values) -> list[Cell]:
    """Mean forecast beside Kaplan-Meier: everybody, and fifths from the best to the worst forecast, at each time."""
    order = np.argsort(risk_of(survival), kind="stable")
    groups = {"all": order} | {f"fifth {k + 1}": rows for k, rows in enumerate(np.array_split(order, GROUPS))}
    return [
        cell(name, outcome.of(rows), survival[rows, k], day)
        for name, rows in groups.items()
        for k, day in enumerate(at.tolist())
    ]


def cell(group: str, outcome: Outcome, survival: Values, day: float) -> Cell:
    """One group at one day; nothing is seen where nobody is observed so long.

    Parameters
    ----------
    survival : (n,) forecast
    """
    n, events = len(outcome.days), int((outcome.event & (outcome.days <= day)).sum())
    forecast = float(survival.mean()) if n else np.nan
    if not n:
        return Cell(group, day, 0, 0, np.nan, np.nan, np.nan, np.nan, False)
    curve = kaplan_meier(outcome.days, outcome.event)
    k = int(np.searchsorted(curve.days, day, side="right")) - 1
    seen, at_risk = float(curve.share[k]), int((outcome.days >= day).sum())
    if at_risk == 0 and seen > 0:
        return Cell(group, day, n, events, forecast, np.nan, np.nan, np.nan, False)
    if seen in (0.0, 1.0):
        edge = ((1 - LEVEL) / 2) ** (1 / (at_risk if seen else n))
        return Cell(group, day, n, events, forecast, seen, edge if seen else 0.0, 1.0 if seen else 1 - edge, True)
    return Cell(group, day, n, events, forecast, seen, float(curve.low[k]), float(curve.high[k]), False)
