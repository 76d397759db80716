"""Plans added to the care that a patient has: what each does to the forecast of a table.

Particles are solved on the engine with and without each plan, from the last visit on, each with one member of the
calibrated ensemble. How many times as large hazards and labs are under the plan, particle by particle, is what the
forecast without it is multiplied by: level, errors and what lies off the virtual courses stay those of the forecast.
Particles of both are in the order of their risk, and are paired so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.calibrate.measured import UNTREATED
from lobule.errors import InputError
from lobule.forecast.ahead import (
    DECOMPENSATION,
    FINE,
    LIMITS,
    SURVIVAL,
    chances_ahead,
    hazards_ahead,
    incidence,
    labs_ahead,
    quantity_name,
)
from lobule.forecast.plans import CARE, STUDIED, course_under, fit_patient, with_product
from lobule.forecast.pool import POOL
from lobule.forecast.posterior import Posterior
from lobule.simulation import ensemble
from lobule.simulation.reading import PUBLISHED, a_reading
from lobule.therapy import Care, Part

Values = NDArray[np.float64]
Plans = Mapping[str, Part | Sequence[Part]]
HAZARDS = {SURVIVAL: "cumulative_death_hazard", DECOMPENSATION: "cumulative_decompensation_hazard"}
# Of a row a plan: survival and its limits after at_d days, that without it, the difference, share of particles with it
GAINS = ("patient", "plan", "kind", "at_d", "survival", "low_5", "high_95", "without", "gain", "better", "reading")
LEAST = 1e-6  # of survival, from which a particle does better
NOTHING = 1e-12  # of a hazard or lab, below which there is no ratio


@dataclass(frozen=True)
class Asked:
    """Plans that are added to what each patient has, from the last visit on.

    Attributes
    ----------
    plans : {name: what is given}
    reading : "published" or "counted", as of `lobule.simulate`
    standard : {cause: its standard care}, forecast beside what is under study for who has it not
    """

    plans: Plans
    reading: str = PUBLISHED
    standard: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if UNTREATED in self.plans:
            raise InputError(f'"{UNTREATED}" is the forecast without a plan; give the plan another name', ["plan"])
        a_reading(self.reading)

    def of(self, etiology: str) -> dict[str, list[Part]]:
        """Plans for people of a cause, care before what is under study."""
        found = {name: list(plan) if isinstance(plan, Sequence) else [plan] for name, plan in self.plans.items()}
        care = self.standard.get(etiology)
        alone = any(
            len(parts) == 1 and isinstance(parts[0], Care) and parts[0].name == care for parts in found.values()
        )
        if care and not alone and any(map(with_product, found.values())):
            found[care] = [Care(care)]
        return dict(sorted(found.items(), key=lambda item: with_product(item[1])))


def kind_of(parts: Sequence[Part]) -> str:
    """care, or under study: with a product."""
    return STUDIED if with_product(parts) else CARE


def added(
    posterior: Posterior, days: Sequence[float], quantities: Sequence[str], asked: Asked, seed: int = 1
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The forecast of a patient under each plan but those that the patient has already.

    Parameters
    ----------
    posterior : of the patient, as of a forecast without a plan
    days : after the last visit
    quantities : survival, decompensation and labs, as of `lobule.forecast.ahead.ahead`

    Returns
    -------
    rows as of `lobule.forecast.ahead.ahead`, with plan and kind; and a row a plan, see `GAINS`
    """
    has = {one.name for one in posterior.person.treated if one.known and one.to_day is None}
    new = {name: _beside(parts, has) for name, parts in asked.of(posterior.pool.of.etiology).items()}
    new = {name: parts for name, parts in new.items() if parts}
    if not new:
        return [], []
    at = np.asarray(days, float)
    grid = np.unique(np.concatenate([np.linspace(0.0, float(at.max()), FINE + 1), at]))
    under = _under(posterior, new, grid, seed, asked.reading)
    who, alone = posterior.person.name, chances_ahead(posterior, SURVIVAL, at)[:, at.argmax()]
    rows, gains = [], []
    for name in new:
        plan = _Plan(posterior, grid, under[name], under[UNTREATED])
        for quantity in quantities:
            told = quantity if quantity in HAZARDS else quantity_name(quantity)
            drawn = plan.drawn(quantity, at)
            rows += [{"patient": who, "at_d": float(day), "quantity": told, "median": float(m), "low_5": float(lo),
                      "high_95": float(hi), "mean": float(mean), "plan": name, "kind": kind_of(new[name])}
                     for day, lo, m, hi, mean in zip(at, *np.percentile(drawn, LIMITS, axis=0), drawn.mean(axis=0),
                                                     strict=True)]  # fmt: skip
        alive = plan.drawn(SURVIVAL, at)[:, at.argmax()]
        low, high = np.percentile(alive, (LIMITS[0], LIMITS[-1]))
        gain = float(alive.mean() - alone.mean())
        row = (who, name, kind_of(new[name]), float(at.max()), float(alive.mean()), float(low), float(high),
               float(alone.mean()), gain, float((alive - alone > LEAST).mean()), asked.reading)  # fmt: skip
        gains.append(dict(zip(GAINS, row, strict=True)))
    return rows, gains


def _beside(parts: Sequence[Part], has: set[str]) -> list[Part]:
    """The parts of a plan that a patient has not yet."""
    return [one for one in parts if not (isinstance(one, Care) and one.name in has)]


def _under(posterior: Posterior, plans: Plans, grid: Values, seed: int, reading: str) -> dict[str, dict[str, Values]]:
    """{plan: {output: (n_solved, n_times)}} of virtual people who fit, no further treatment among them."""
    person, etiology = posterior.person, posterior.pool.of.etiology
    fit = fit_patient(person.course, etiology, POOL, seed, person.age, person.sex, person)
    members = ensemble.factors(species="human")
    drawn = np.random.default_rng(seed).integers(0, ensemble.size(), len(fit.years))
    chosen = {name: factor[drawn] for name, factor in members.items()}
    everything: Plans = {UNTREATED: (), **plans}
    return {name: course_under(fit, parts, chosen, grid, a_reading(reading)) for name, parts in everything.items()}


@dataclass(frozen=True)
class _Plan:
    """A patient's forecast under a plan: that without it, times what the plan does to people who were solved with it.

    grid (n_times,) days of under and without, {output: (n_solved, n_times)}
    """

    posterior: Posterior
    grid: Values
    under: Mapping[str, Values]
    without: Mapping[str, Values]

    def times(self, output: str, at: Values) -> Values:
        """How many times as large as without the plan, (n_particles, n_days): of a hazard since the last visit."""
        own, other = self.under[output], self.without[output]
        if output in HAZARDS.values():
            own, other = own - own[:, :1], other - other[:, :1]
        there = np.abs(other) > NOTHING
        ratio = np.where(there, own / np.where(there, other, 1.0), 1.0)
        n = len(self.posterior)
        solved = ratio[np.arange(n) * len(ratio) // n]
        return np.array([np.interp(at, self.grid, row) for row in solved])

    def hazard(self, quantity: str, at: Values) -> Values:
        """Cumulative hazard of death or decompensation, (n_particles, n_days)."""
        name = "death" if quantity == SURVIVAL else quantity
        return hazards_ahead(self.posterior, at)[name] * self.times(HAZARDS[quantity], at)

    def drawn(self, quantity: str, at: Values) -> Values:
        """What `lobule.forecast.ahead.ahead` tells middle and limits of, of each particle, (n_particles, n_days)."""
        if quantity == SURVIVAL:
            return np.asarray(np.exp(-self.hazard(SURVIVAL, at)), float)
        if quantity == DECOMPENSATION:
            fine = np.linspace(0.0, float(at.max()), FINE + 1)
            curves = incidence(self.hazard(DECOMPENSATION, fine), self.hazard(SURVIVAL, fine))
            return np.array([np.interp(at, fine, curve) for curve in curves])
        fresh = replace(self.posterior, streams={})  # the draws of the forecast without the plan
        return np.asarray(labs_ahead(fresh, quantity, at) * self.times(quantity, at), float)
