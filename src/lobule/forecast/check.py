"""Does the fit hold? What was measured beside what the particles would have given (posterior predictive check).

Of each lab the logarithm of the density of its values, given the visits before, is held against that of values drawn
from the same particle. A patient whom no virtual person resembles has a density that the particles hardly ever give
(Gelman, Meng and Stern 1996).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lobule.files.course import Course
from lobule.forecast.ahead import labs_ahead
from lobule.forecast.errors import Errors, errors
from lobule.forecast.likelihood import log_likelihood
from lobule.forecast.other_causes import BETTER, FURTHER, evidence
from lobule.forecast.pool import Pool
from lobule.forecast.posterior import Posterior, drawn_from
from lobule.forecast.residuals import STATE, compiled, spread_of
from lobule.labs import labs

Values = NDArray[np.float64]
POOR = 0.005  # chance of labs so unlikely, below which a fit is called poor
FEW = 20.0  # effective size below which few virtual people are like this one
WORSE = 0.01  # chance of getting so much worse, below which a fit is called poor
EARLY = 400  # particles of the first visit alone
LONE = 1.5  # effective size at which one virtual person alone is like this one
SUSPECT = 0.9  # chance of an acute event in one lab alone, from which the value may be an error of typing
UNLIKE = np.log(3.0)  # how far such a value lies from what the others say, at least
WORDS = {
    "albumin": "nephrotic loss, malnutrition, an infusion of albumin",
    "bilirubin": "an obstruction, haemolysis, Gilbert's syndrome, an acute injury",
    "inr": "an anticoagulant, lack of vitamin K, another reagent",
    "platelets": "a disease of the blood, no spleen, an infection",
    "ast": "muscle, an acute injury, a second disease of the liver",
    "alt": "an acute injury, a second disease of the liver",
    "alp": "bone, pregnancy, another scale of the laboratory",
    "ggt": "alcohol, drugs that induce it",
    "creatinine": "a disease of the kidney, muscle mass",
    "sodium": "diuretics, infusions",
}


@dataclass(frozen=True)
class Check:
    """Whether a fit holds.

    Attributes
    ----------
    chances : {lab: of values at least so unlikely}; overall : of all labs together
    worst : the lab with the least chance; "" without labs
    visits : of the patient
    better : the cause that explains the patient best, and the logarithm of how much better than the one that is said
    worse : chance, seen from the first visit, that the labs would get as much worse as they did, or more
    """

    chances: dict[str, float]
    overall: float
    worst: str
    better: tuple[str, float]
    size: float
    visits: int
    worse: float = 1.0
    warnings: tuple[str, ...] = ()

    @property
    def unlike(self) -> bool:
        """What was measured is so unlikely that the virtual people hardly ever have it."""
        least = min(self.chances.values(), default=1.0) * max(len(self.chances), 1)
        return min(self.overall, least) < POOR or self.size < LONE

    @property
    def of_another(self) -> bool:
        """Another cause explains the patient much better."""
        return self.better[1] > BETTER + FURTHER * (self.visits - 1)

    @property
    def fit(self) -> str:
        """good or poor."""
        return "poor" if self.unlike or self.of_another or self.worse < WORSE else "good"


def check(posterior: Posterior, others: Mapping[str, Pool] | None = None) -> Check:
    """How well the particles give what was measured, and whether another cause would do better.

    others : a few people of each other cause, see `lobule.forecast.other_causes`; not asked when None
    """
    chances, seen, drawn = {}, np.zeros(len(posterior)), np.zeros(len(posterior))
    for lab, one in posterior.residuals.items():
        spread = spread_of(errors()[lab])
        again = _drawn(errors()[lab], one.measured.keeps, len(posterior), posterior.random)
        of_drawn, of_seen = (_density(off, one.measured.sides, one.measured.keeps, spread) for off in (again, one.off))
        chances[lab] = float((of_drawn <= of_seen).mean())
        seen += of_seen
        drawn += of_drawn
    overall = float((drawn <= seen).mean()) if chances else 1.0
    worst = min(chances, key=lambda lab: chances[lab]) if chances else ""
    better = _better(posterior, others or {})
    found = Check(
        chances, overall, worst, better, posterior.size, len(posterior.person.course.days), _worsened(posterior)
    )
    return replace(found, warnings=tuple(_warnings(found, posterior)))


def _better(posterior: Posterior, others: Mapping[str, Pool]) -> tuple[str, float]:
    person, best = posterior.person, ("", -np.inf)
    for name, pool in others.items():
        gain = evidence(log_likelihood(person, pool), person, pool) - posterior.evidence
        best = (name, gain) if gain > best[1] else best
    return best


def _worsened(posterior: Posterior) -> float:
    """Chance of getting as much worse as the patient did, of people who were like this one at the first visit.

    Changes of all labs that were measured at the first and the last visit, each over its spread, in the direction of a
    worse liver, added up; 1 where nothing was measured twice.
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
    early = drawn_from(replace(posterior.person, course=first, signs=signs), posterior.pool, posterior.random, EARLY)
    if early is None:
        return 1.0
    seen, foreseen = 0.0, np.zeros(EARLY)
    for lab in twice:
        ahead = np.log(labs_ahead(early, lab, course.days[last:]))[:, 0]
        sign = -1.0 if labs()[lab].better == "up" else 1.0
        seen += sign * float((np.log(course.values[lab][last]) - ahead.mean()) / ahead.std())
        foreseen += sign * (ahead - ahead.mean()) / ahead.std()
    return float((foreseen >= seen).mean())


def _density(off: Values, sides: NDArray[np.int64], keeps: Values, spread: Values) -> Values:
    """Log density of the residuals of each particle, (n_particles,)."""
    chances = np.empty(off.shape)
    compiled()[1](off, sides, keeps, spread, np.empty((len(off), STATE)), np.empty(off.shape), chances)
    return np.asarray(chances.sum(axis=1), float)


def _drawn(error: Errors, keeps: Values, n: int, random: np.random.Generator) -> Values:
    """Residuals as they may be, (n, n_visits)."""
    off = np.empty((n, len(keeps)))
    own, part = error.level * random.standard_normal(n), error.wander * random.standard_normal(n)
    for k, kept in enumerate(keeps):
        part = error.wandered(part, kept, random)
        off[:, k] = own + part + error.of_a_day(n, random)
    return off


def _warnings(found: Check, posterior: Posterior) -> list[str]:
    said = []
    if found.of_another:
        name, gain = found.better
        said.append(f"the labs, age and sex are {np.exp(min(gain, 9.2)):.0f} times as likely in {name}: is it "
                    f"{posterior.pool.of.etiology}?")  # fmt: skip
    if found.unlike and found.worst:
        about = labs()[found.worst].label
        said.append(f"no virtual person is like this one; {about} fits worst, which may mean {WORDS[found.worst]}, or "
                    "another disease")  # fmt: skip
    if found.worse < WORSE:
        said.append(f"got worse faster than {1 - found.worse:.0%} of the virtual people who were like this one at "
                    "the first visit: something acute, or a second disease?")  # fmt: skip
    if found.size < FEW:
        said.append(f"few virtual people are like this one (worth {found.size:.0f}): the bands are rough")
    return said + suspects(posterior)


def suspects(posterior: Posterior) -> list[str]:
    """Values that look like errors of typing: far off, in one lab alone on that day."""
    events = {lab: one.event.mean(axis=0) for lab, one in posterior.residuals.items()}
    found = []
    for lab, one in posterior.residuals.items():
        for k in np.flatnonzero(events[lab] > SUSPECT):
            day = one.measured.days[k]
            others = [float(events[name][other.measured.days == day].max(initial=0.0))
                      for name, other in posterior.residuals.items() if name != lab]  # fmt: skip
            away = float(np.abs(one.off[:, k] - one.last[:, 0]).mean())
            if max(others, default=0.0) < SUSPECT and away > UNLIKE:
                row = labs()[lab]
                found.append(f"{row.label} {np.exp(one.measured.logs[k]):.4g} {row.suffix} on day {day:g} may be an "
                             "error of typing; it counts little")  # fmt: skip
    return found
