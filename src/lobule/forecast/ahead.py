"""What lies ahead of a patient: survival, decompensation and the next measured labs, from the last visit on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lobule.forecast.level import at_level
from lobule.forecast.likelihood import at
from lobule.forecast.natural_mortality import frailty, other_deaths
from lobule.forecast.off_course import nearer_to_decompensation, sicker
from lobule.forecast.posterior import Posterior, residual_ahead
from lobule.labs import labs
from lobule.patient.history import YEAR
from lobule.patient.onset import shares_of_women

Values = NDArray[np.float64]
SURVIVAL, DECOMPENSATION = "survival", "decompensation"
LIMITS = (5, 50, 95)
FINE = 40  # steps of a sum over competing risks


def quantity_name(lab: str) -> str:
    """A lab with its unit, as a column of a table has it: albumin_g_per_L."""
    unit = labs()[lab].suffix
    return f"{lab}_{unit.replace('/', '_per_')}" if unit else lab


def ahead(posterior: Posterior, at_days: Sequence[float], quantities: Sequence[str] | None = None) -> pd.DataFrame:
    """What is forecast of a patient.

    Parameters
    ----------
    at_days : days after the patient's last visit
    quantities : survival (free of death and transplantation), decompensation (chance of a first one until then), labs;
        the two and each lab that was measured when None

    Returns
    -------
    DataFrame : patient, at_d, quantity, median, low_5, high_95, mean: of the next measured value of a lab, and of the
        chances of the particles. `mean` of a chance is the chance of this patient, all particles together; its
        `median` lies nearer to 0 or 1.
    """
    days = np.asarray(at_days, float)
    chosen = [SURVIVAL, DECOMPENSATION, *posterior.residuals] if quantities is None else list(quantities)
    rows: list[Mapping[str, object]] = []
    for name in chosen:
        chance = name in (SURVIVAL, DECOMPENSATION)
        drawn = chances_ahead(posterior, name, days) if chance else labs_ahead(posterior, name, days)
        said = name if chance else quantity_name(name)
        rows += [{"patient": posterior.person.name, "at_d": float(day), "quantity": said, "median": float(m),
                  "low_5": float(lo), "high_95": float(hi), "mean": float(mean)}
                 for day, lo, m, hi, mean in zip(days, *np.percentile(drawn, LIMITS, axis=0), drawn.mean(axis=0),
                                                 strict=True)]  # fmt: skip
    return pd.DataFrame(rows)


def chances_ahead(posterior: Posterior, quantity: str, days: Values) -> Values:
    """Chance of survival, or of a first decompensation until then, of each particle, (n_particles, n_days)."""
    if quantity == SURVIVAL:
        return np.asarray(np.exp(-hazards_ahead(posterior, days)["death"]), float)
    fine = np.linspace(0.0, float(days.max()), FINE + 1)
    both = hazards_ahead(posterior, fine)
    curves = incidence(both[DECOMPENSATION], both["death"])
    return at(curves, np.arange(len(posterior)), np.tile(days / max(fine[1], 1e-9), (len(posterior), 1)))


def labs_ahead(posterior: Posterior, lab: str, days: Values) -> Values:
    """Values that may be measured so many days after the last visit, (n_particles, n_days), in the model's unit."""
    places = posterior.visits[:, None] + (posterior.span + days[None, :] / YEAR) / posterior.pool.step
    course = at(posterior.pool.shape(lab), posterior.rows, places)
    off = residual_ahead(posterior.residuals.get(lab), lab, days, posterior)
    return np.exp(course + off)


def hazards_ahead(posterior: Posterior, days: Values) -> dict[str, Values]:
    """Cumulative hazards since the last visit of each particle, {name: (n_particles, n_days)}: death (or
    transplantation) and decompensation, at the patient's age and sex where they are known."""
    pool, person = posterior.pool, posterior.person
    begin: Values = posterior.visits + np.float64(posterior.span / pool.step)
    places = begin[:, None] + days[None, :] / YEAR / pool.step
    age = pool.ages[posterior.rows, posterior.visits]
    own_age = age if person.age is None else np.full(len(posterior), person.age)
    men = 1 - shares_of_women(pool.of.varied)[posterior.rows]
    own_sex = men if person.sex is None else np.full(len(posterior), float(person.sex == "m"))
    older = frailty(own_age - age)[:, None]
    years = (days / YEAR)[None, :]
    of_pool = other_deaths((age + posterior.span)[:, None], men[:, None], years)
    of_person = other_deaths((own_age + posterior.span)[:, None], own_sex[:, None], years)

    def since(values: NDArray[np.floating]) -> Values:
        return at(values, posterior.rows, places) - at(values, posterior.rows, begin[:, None])

    other = since(pool.of.values["cumulative_other_death_hazard"])
    habits = np.where(of_pool > 0, other / np.maximum(of_pool, 1e-12), 1.0)  # drinking and overweight add to it
    of_liver = older * sicker(posterior, days) * since(pool.liver)
    decompensation = older * since(pool.of.values["cumulative_decompensation_hazard"])
    return {
        "death": at_level(of_liver, pool.of.etiology) + habits * of_person,
        DECOMPENSATION: nearer_to_decompensation(posterior) * decompensation,
    }


def incidence(event: Values, death: Values) -> Values:
    """Cumulative incidence of an event with which death competes, of each particle, (n_particles, n_times)."""
    free = np.exp(-(death + event))
    steps = 0.5 * (free[:, 1:] + free[:, :-1]) * np.diff(event, axis=1)
    return np.concatenate([np.zeros((len(event), 1)), np.cumsum(steps, axis=1)], axis=1)
