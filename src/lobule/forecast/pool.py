"""The virtual people whom a patient may be like: their courses, prepared once for all patients of a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from lobule.forecast.errors import LEVELS
from lobule.forecast.signs import log_chance_of
from lobule.forecast.usual_care import UNTOLD, side_by_side, usual_cares
from lobule.patient.acute import with_acutely_ill
from lobule.patient.community import log_seen
from lobule.patient.history import Histories, histories
from lobule.patient.onset import onset_ages
from lobule.progress import say

Values = NDArray[np.float64]
POOL = 4000
FEW = 3  # people of a pool for each one of its thinned pool
FAR = 3.0  # years ahead by whose hazard of death candidates are ordered


@dataclass(frozen=True)
class Pool:
    """Virtual people of one cause and their visits.

    Attributes
    ----------
    of : their courses
    ages : (n_people, n_visits) years
    log_alive : (n_people, n_visits) logarithm of the share that lives until the visit, -inf where it was not solved
    liver : (n_people, n_visits) cumulative hazard of death but for other causes
    log_seen : (n_people, n_visits) logarithm of how much more often such a person is among those with the disease
    log_first : (n_people, n_visits) logarithm of how much more often it is a first visit, as it is of the acutely ill
    log_untold : (n_people, n_visits) logarithm of how much more often it is one where nobody tells of the care; None
        where all have it or none
    counted, totals : how much visits count before labs, of the patients of one span and care, see
        `lobule.forecast.likelihood.cared_for` and `log_counted`: the next patient is mostly of the same
    """

    of: Histories
    ages: Values
    log_alive: Values
    liver: Values
    log_seen: Values
    log_first: Values
    log_untold: Values | None = None
    counted: dict[object, Values] = field(default_factory=dict)
    totals: dict[object, float] = field(default_factory=dict)
    shapes: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    found: dict[tuple[str, float], NDArray[np.float32]] = field(default_factory=dict)

    @property
    def step(self) -> float:
        """Years between two visits."""
        return float(self.of.years[1] - self.of.years[0])

    @cached_property
    def by_risk(self) -> NDArray[np.int64]:
        """Places of all visits, counted along people and visits, by the hazard of death from the liver in the years
        that follow, the least first."""
        ahead = min(round(FAR / self.step), self.liver.shape[1] - 1)
        last = self.liver[:, -1:].repeat(ahead, axis=1)
        risk = np.concatenate([self.liver[:, ahead:], last], axis=1) - self.liver
        return np.asarray(np.argsort(np.nan_to_num(risk, nan=np.inf), axis=None, kind="stable"), np.int64)

    @cached_property
    def risk_rank(self) -> NDArray[np.int64]:
        """Rank of each visit in that order, counted along people and visits."""
        found = np.empty_like(self.by_risk)
        found[self.by_risk] = np.arange(len(found))
        return found

    @cached_property
    def thinned(self) -> Pool:
        """Every third person of it, for a coarse answer in a third of the time."""
        third = slice(None, None, FEW)
        return Pool(self.of.of(third), self.ages[third], self.log_alive[third], self.liver[third],
                    self.log_seen[third], self.log_first[third],
                    None if self.log_untold is None else self.log_untold[third])  # fmt: skip

    def shape(self, lab: str) -> NDArray[np.float32]:
        """Logarithm of a lab less that of the virtual person's own level, (n_people, n_visits)."""
        if lab not in self.shapes:
            values = np.log(np.maximum(self.of.values[lab], np.float32(1e-6)))
            self.shapes[lab] = values - np.log(self.of.varied[LEVELS[lab]]).astype(np.float32)[:, None]
        return self.shapes[lab]

    def chance(self, sign: str, grade: float) -> NDArray[np.float32]:
        """Logarithm of the chance of finding a grade of a sign, (n_people, n_visits)."""
        key = (sign, float(grade))
        if key not in self.found:
            self.found[key] = log_chance_of(sign, grade, self.of.values).astype(np.float32)
        return self.found[key]


@lru_cache(maxsize=2)
def pool_of(etiology: str, n: int = POOL, seed: int = 1, care: str | None = None) -> Pool:
    """The same as `made_pool`, kept for the next one who asks."""
    return made_pool(etiology, n, seed, care)


def made_pool(etiology: str, n: int, seed: int, care: str | None = None) -> Pool:
    """People of a cause, untreated, under a care from some time on, or of both kinds (`UNTOLD`); raises InputError for
    an unknown one."""
    if care != UNTOLD:
        return prepared(*with_acutely_ill(_courses(etiology, n, seed, care), seed))
    usual = usual_cares()[etiology]
    treated = round(usual.share * n)
    rest = _courses(etiology, n, seed, None).of(slice(treated, None))
    own = _courses(etiology, treated, seed, usual.care)
    return prepared(*side_by_side(with_acutely_ill(own, seed), with_acutely_ill(rest, seed), usual.share))


@lru_cache(maxsize=1)
def pool_without_blows(etiology: str, n: int = POOL, seed: int = 1, care: str | None = None) -> Pool:
    """The same without people who were acutely ill: whoever solves particles again needs no event but the care's."""
    return prepared(_courses(etiology, n, seed, care))


def _courses(etiology: str, n: int, seed: int, care: str | None) -> Histories:
    return histories(etiology, n, seed, lambda done: say("virtual patients", done, n), care)


def prepared(courses: Histories, log_first: Values | None = None, log_untold: Values | None = None) -> Pool:
    """A pool of these courses; log_first, log_untold : see `Pool`, every visit alike when None.

    Nobody of whom neither labs nor signs are known is acutely ill.
    """
    death = courses.values["cumulative_death_hazard"].astype(float)
    other = courses.values["cumulative_other_death_hazard"].astype(float)
    ages = onset_ages(courses.varied)[:, None] + courses.years
    first = np.zeros(death.shape) if log_first is None else log_first
    seen = np.where(first == 0, log_seen(courses), -np.inf)
    return Pool(courses, ages, np.where(np.isfinite(death), -death, -np.inf), death - other, seen, first,
                log_untold)  # fmt: skip
