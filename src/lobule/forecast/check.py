"""Does the fit hold? What was measured beside what the particles would have given (posterior predictive check).

Of each lab the logarithm of the density of its values, given the visits before, is held against that of values drawn
from the same particle. A patient whom no virtual person resembles has a density that the particles hardly ever give
(Gelman, Meng and Stern 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.forecast.errors import Errors, errors
from lobule.forecast.posterior import Posterior
from lobule.forecast.residuals import STATE, compiled, spread_of
from lobule.labs import labs

Values = NDArray[np.float64]
POOR = 0.02  # chance of labs so unlikely, below which a fit is called poor
FEW = 20.0  # effective size below which few virtual people are like this one
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
    """chances {lab: of values at least so unlikely}; overall, of all labs together; warnings: sentences"""

    chances: dict[str, float]
    overall: float
    worst: str
    warnings: tuple[str, ...]
    size: float

    @property
    def fit(self) -> str:
        """good or poor."""
        least = min(self.chances.values(), default=1.0) * max(len(self.chances), 1)
        return "poor" if min(self.overall, least) < POOR or self.size < 1.5 else "good"


def check(posterior: Posterior) -> Check:
    """How well the particles give what was measured."""
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
    found = Check(chances, overall, worst, (), posterior.size)
    return Check(chances, overall, worst, tuple(_warnings(found, posterior)), posterior.size)


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
        part = part * kept + error.wander * np.sqrt(1 - kept**2) * random.standard_normal(n)
        acute = random.random(n) < error.event_share
        noise = np.where(acute, error.event_shift + error.event_sd * random.standard_normal(n),
                         error.usual * random.standard_normal(n))  # fmt: skip
        off[:, k] = own + part + noise
    return off


def _warnings(found: Check, posterior: Posterior) -> list[str]:
    said = []
    if found.fit == "poor":
        about = labs()[found.worst].label
        said.append(f"no virtual person is like this one; {about} fits worst, which may mean {WORDS[found.worst]}, or "
                    "another disease")  # fmt: skip
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
