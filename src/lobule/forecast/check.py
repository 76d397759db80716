"""Does the fit hold? What was measured beside what the particles would have given without it (cross-validatory check).

Of each lab the logarithm of the density of its values is held against that of values drawn anew, in particles that
count as if the lab had not been seen (Gelman, Meng and Stern 1996; left out by weights, Marshall and Spiegelhalter
2003); so is its last value alone, which a forecast starts from, and the grade of each sign. Draws are the same for
everybody, so that the same labs have the same verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lobule.files.course import Course
from lobule.forecast.ahead import labs_ahead
from lobule.forecast.check_words import foreseen, mistyped, warnings_of
from lobule.forecast.errors import Errors, errors
from lobule.forecast.likelihood import log_likelihood
from lobule.forecast.other_causes import evidence
from lobule.forecast.pool import Pool
from lobule.forecast.posterior import Posterior, drawn_from
from lobule.forecast.residuals import filtered
from lobule.forecast.sign_check import chances_of_signs
from lobule.forecast.verdict import UNUSUAL, Check
from lobule.labs import labs
from lobule.statistics.weighted import log_total, weights_without

Values = NDArray[np.float64]
EARLY = 400  # particles of the first visit alone
AGAIN = 16  # draws of each of them
DRAWS, LEAST_DRAWS, VALUES = 8000, 500, 400_000  # of a lab's values: at most, at least, and of all visits together
SUSPECT = 0.9  # chance of an acute event in one lab, from which its value is doubtful and counts little
MANY = 5  # values of a lab from which one odd one before the last is no poor fit; it is named all the same
# Correlation between labs of how much worse than forecast they get, beside that of the particles: 0.17 in the mean of
# ten pairs of labs (135 visits of train people with PBC), 0.03 of it by the particles
TOGETHER = 0.15
SEED = 1


def check(posterior: Posterior, others: Mapping[str, Pool] | None = None) -> Check:
    """How well the particles give what was measured, and whether another cause would do better.

    others : a few people of each other cause, see `lobule.forecast.other_causes`; not asked when None
    """
    chances: dict[str, float] = {}
    places: dict[str, Values] = {}
    seen, drawn = np.zeros(len(posterior)), np.zeros(LEAST_DRAWS)
    for lab, one in posterior.residuals.items():
        whole, of_each = _usual(lab, tuple(one.measured.keeps), tuple(int(side) for side in one.measured.sides))
        seen += one.chance.sum(axis=1)
        drawn += whole[:LEAST_DRAWS]
        alone = [_without(one.chance[:, k], of_each[:, k]) for k in range(one.chance.shape[1])]
        places[lab] = np.array(alone)
        own = _without(_of_all(one.chance), _of_all(of_each))
        chances[lab] = own if len(alone) == 1 else min(1.0, 2 * min(own, alone[-1]))
    overall = float((drawn[:, None] <= seen[None, :]).mean()) if chances else 1.0
    of_signs = chances_of_signs(posterior)
    everything = chances | of_signs
    worst = min(everything, key=lambda name: everything[name]) if everything else ""
    odd = _odd(posterior, places)
    found = Check(chances, overall, worst, _better(posterior, others or {}), posterior.size,
                  len(posterior.person.course.days), _worsened(posterior), of_signs, places, odd,
                  _typed(posterior, odd), posterior.span)  # fmt: skip
    return replace(found, warnings=tuple(warnings_of(found, posterior)))


def _of_all(chances: Values) -> Values:
    """Log density of all values of a lab but, of `MANY` or more, the least likely one before the last, (n,).

    chances : (n, n_visits) of each given those before. What is seen and what may be are told so, so that the level is
    that of a history, whatever its length.
    """
    told = chances.sum(axis=1)
    return told if chances.shape[1] < MANY else np.asarray(told - chances[:, :-1].min(axis=1), float)


def _without(seen: Values, usual: Values) -> float:
    """Chance of a log density as low as was seen, of particles as if what it is of had not been seen.

    seen : (n_particles,); usual : (n_drawn,) of what may be measured
    """
    weights = weights_without(seen)
    below = np.searchsorted(np.sort(usual), seen + 1e-12, side="right") / len(usual)
    return float(weights @ below)


@lru_cache(maxsize=64)
def _usual(lab: str, keeps: tuple[float, ...], sides: tuple[int, ...]) -> tuple[Values, Values]:
    """Log densities of values as they may be measured: of all together (n_drawn,), of each given those before
    (n_drawn, n_visits)."""
    n = max(LEAST_DRAWS, min(DRAWS, VALUES // len(keeps)))
    off = _drawn(errors()[lab], np.array(keeps), n, np.random.default_rng(SEED))
    _, chances = filtered(off, np.array(sides, np.int64), np.array(keeps), errors()[lab])
    return chances.sum(axis=1), chances


def _drawn(error: Errors, keeps: Values, n: int, random: np.random.Generator) -> Values:
    """Residuals as they may be, (n, n_visits)."""
    off = np.empty((n, len(keeps)))
    own, part = error.level * random.standard_normal(n), error.wander * random.standard_normal(n)
    for k, kept in enumerate(keeps):
        part = error.wandered(part, kept, random)
        off[:, k] = own + part + error.of_a_day(n, random)
    return off


def _odd(posterior: Posterior, places: Mapping[str, Values]) -> dict[str, tuple[int, ...]]:
    """Values far off from all else that is known, on days on which no other lab is so."""
    far = {lab: chances * len(chances) < UNUSUAL for lab, chances in places.items()}
    days = {lab: posterior.residuals[lab].measured.days for lab in places}
    found = {}
    for lab, own in far.items():
        others = [name for name in far if name != lab]
        there = [
            k for k in np.flatnonzero(own) if not any(far[name][days[name] == days[lab][k]].any() for name in others)
        ]
        if there:
            found[lab] = tuple(int(k) for k in there)
    return found


def _typed(posterior: Posterior, odd: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether the last of several values of a lab is odd by a factor of typing."""
    for lab, places in odd.items():
        one = posterior.residuals[lab]
        last = len(one.measured.days) - 1
        if 0 < last == places[-1] and mistyped(lab, float(one.measured.logs[last]) - foreseen(one, last)):
            return True
    return False


def _better(posterior: Posterior, others: Mapping[str, Pool]) -> tuple[str, float]:
    person, best = posterior.person, ("", -np.inf)
    for name, pool in others.items():
        gain = evidence(log_total(log_likelihood(person, pool)), person, pool) - posterior.evidence
        best = (name, gain) if gain > best[1] else best
    return best


def _worsened(posterior: Posterior) -> float:
    """Chance of getting as much worse as the patient did, of people who were like this one at the first visit.

    Changes of all labs that were measured at the first and the last visit, each over its spread, in the direction of a
    worse liver, added up; labs get worse together (`TOGETHER`). 1 where nothing was measured twice.
    """
    course, last = posterior.person.course, len(posterior.person.course.days) - 1
    twice = [lab for lab, one in posterior.residuals.items()
             if labs()[lab].better and {0, last} <= set(one.measured.visits)
             and not course.beyond[lab][[0, last]].any()]  # fmt: skip
    if last < 1 or not twice:
        return 1.0
    values = {lab: course.values[lab][:1] for lab in course.values}
    first = Course(course.days[:1], values, {lab: course.beyond[lab][:1] for lab in values}, ())
    signs = {sign: grades[:1] for sign, grades in posterior.person.signs.items()}
    person = replace(posterior.person, course=first, signs=signs)
    early = drawn_from(person, posterior.candidates.thinned, SEED, EARLY)
    if early is None:
        return 1.0
    seen, ahead_of_all, common = 0.0, np.zeros((AGAIN, EARLY)), _normals("")
    for lab in twice:
        sign = -1.0 if labs()[lab].better == "up" else 1.0
        drawn = [np.log(labs_ahead(early, lab, course.days[last:]))[:, 0] for _ in range(AGAIN)]
        ahead = in_the_order_of(
            sign * np.array(drawn), np.sqrt(TOGETHER) * common + np.sqrt(1 - TOGETHER) * _normals(lab)
        )
        seen += float((sign * np.log(course.values[lab][last]) - ahead.mean()) / ahead.std())
        ahead_of_all += (ahead - ahead.mean()) / ahead.std()
    return float((ahead_of_all >= seen).mean())


def _normals(of: str) -> Values:
    return np.random.default_rng([SEED, crc32(of.encode())]).standard_normal((AGAIN, EARLY))


def in_the_order_of(drawn: Values, others: Values) -> Values:
    """Draws of each particle, (n_draws, n_particles), in the order of those of others, so that labs that were drawn by
    themselves go together as the others do (Iman and Conover 1982)."""
    ranks = np.argsort(np.argsort(others, axis=0), axis=0)
    return np.take_along_axis(np.sort(drawn, axis=0), ranks, axis=0)
