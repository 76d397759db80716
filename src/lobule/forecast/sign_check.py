"""Are the signs of a patient those of virtual people with such labs? The chance of each sign's last grade."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lobule.forecast.posterior import Posterior
from lobule.forecast.signs import log_chance_of, signs
from lobule.statistics.weighted import weights_without

Values = NDArray[np.float64]


def chances_of_signs(posterior: Posterior) -> dict[str, float]:
    """{sign: chance of a grade as far off as the last one that was seen, in people with such labs and other signs}.

    Particles count as if the sign had not been looked at, at none of its visits (Marshall and Spiegelhalter 2003).
    """
    found = {}
    for sign, grades in posterior.person.signs.items():
        seen = np.flatnonzero(np.isfinite(grades))
        if not seen.size or sign not in signs():
            continue
        told = np.zeros(len(posterior))
        for k in seen:
            values = _outputs(posterior, sign, float(posterior.person.course.days[k]))
            told += log_chance_of(sign, float(grades[k]), values)
        found[sign] = _both_sides(sign, float(grades[seen[-1]]), values, weights_without(told))
    return found


def _outputs(posterior: Posterior, sign: str, day: float) -> dict[str, Values]:
    """What a sign rests on, in each particle on a day after the first visit."""
    names = {row.output for row in signs()[sign]}
    return {name: posterior.on(posterior.pool.of.values[name], day) for name in names}


def _both_sides(sign: str, grade: float, values: dict[str, Values], weights: Values) -> float:
    """Twice the lesser of the chances of at least and at most this grade."""
    more = next((row for row in signs()[sign] if row.grade > grade + 1e-9), None)
    reached = [row for row in signs()[sign] if row.grade <= grade + 1e-9]
    at_least = float(weights @ reached[-1].chance(values[reached[-1].output])) if reached else 1.0
    above = float(weights @ more.chance(values[more.output])) if more else 0.0
    return float(np.clip(2 * min(at_least, 1 - above), 0.0, 1.0))
