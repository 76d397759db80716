"""The posterior of a patient: visits of virtual people, drawn by how likely each is the patient's first one."""

from __future__ import annotations

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError
from lobule.files.person import Person
from lobule.forecast.errors import errors
from lobule.forecast.likelihood import Measured, at, log_likelihood, states
from lobule.forecast.nearby import SPARSE, made_nearby
from lobule.forecast.other_causes import evidence
from lobule.forecast.pool import Pool
from lobule.forecast.residuals import filtered
from lobule.patient.history import YEAR
from lobule.statistics.balance import effective_size
from lobule.statistics.weighted import weights_and_total

Values = NDArray[np.float64]
PARTICLES = 400
LATEST = 20  # years that a course may last


@dataclass(frozen=True)
class Residual:
    """What is known of one lab in each particle.

    Attributes
    ----------
    measured : the lab's values
    last : (n_particles, 6) level, wandering part, their variances and covariance after the last measurement
    off, event, chance : (n_particles, n) residual, chance of an acute event, log density given the visits before
    """

    measured: Measured
    last: Values
    off: Values
    event: Values
    chance: Values

    def states(self) -> Values:
        """As `last` is, after each measurement, (n_particles, n, 6)."""
        return filtered(self.off, self.measured.sides, self.measured.keeps, errors()[self.measured.lab])[0]


@dataclass(frozen=True)
class Posterior:
    """Equally likely particles: the virtual person (a row of the pool) and the visit that is the patient's first.

    Attributes
    ----------
    rows, visits : (n_particles,)
    evidence : logarithm of the evidence for this cause, see `lobule.forecast.other_causes`
    pool : of the particles: the candidates, or people made nearby where few candidates are like the patient
    candidates : all virtual people
    size : effective number of candidates
    of_people : (n_people,) weight of each virtual person of the pool, they add up to 1
    residuals : by lab
    seed : of all random numbers; they are the same for everybody, so that who has the same labs has the same forecast,
        and the order of a table, its names and a patient's other labs change none
    """

    person: Person
    pool: Pool
    rows: NDArray[np.int64]
    visits: NDArray[np.int64]
    size: float
    of_people: Values
    residuals: dict[str, Residual]
    evidence: float
    seed: int
    candidates: Pool
    streams: dict[str, np.random.Generator] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def made(self) -> bool:
        """Others were made nearby, since few candidates are like the patient."""
        return self.pool is not self.candidates

    @property
    def span(self) -> float:
        """Years from the first visit to the last."""
        return float(self.person.course.days[-1]) / YEAR

    @property
    def random(self) -> np.random.Generator:
        """Random numbers of whatever belongs to no lab."""
        return self.random_of("")

    def random_of(self, lab: str) -> np.random.Generator:
        """Random numbers of a lab, which go on with each use."""
        if lab not in self.streams:
            self.streams[lab] = np.random.default_rng([self.seed, crc32(lab.encode())])
        return self.streams[lab]

    @property
    def years(self) -> Values:
        """Years of disease at the first visit, (n_particles,)."""
        return np.asarray(self.pool.of.years[self.visits], float)

    def on(self, values: NDArray[np.floating], day: float) -> Values:
        """Values (n_people, n_visits) of the pool in each particle on a day after the first visit, (n_particles,)."""
        return at(values, self.rows, self.visits[:, None] + np.float64(day / YEAR / self.pool.step))[:, 0]

    def at_last(self, values: NDArray[np.floating]) -> Values:
        """The same at the last visit."""
        return self.on(values, float(self.person.course.days[-1]))


def posterior(person: Person, etiology: str, pool: Pool, seed: int = 1, particles: int = PARTICLES) -> Posterior:
    """The posterior of a patient among the people of a pool, the same for the same labs, signs, age, sex and seed.

    Raises
    ------
    InputError : a course of more than 20 years, labs that no virtual person lives as long as.
    """
    if person.course.days[-1] > LATEST * YEAR:
        raise InputError(f"the labs span {person.course.days[-1] / YEAR:.0f} years; a fit takes {LATEST} at most")
    found = drawn_from(person, pool, seed, particles, SPARSE)
    if found is None:
        raise InputError(f"no virtual patient with {etiology} is of that age and lives as long as these labs last")
    return found


def drawn_from(person: Person, pool: Pool, seed: int, particles: int, sparse: float = 0.0) -> Posterior | None:
    """The posterior as equally likely particles; None where no candidate is left.

    Particles are taken at even steps of the weights of all candidates, the safest first, so that they hold each level
    of risk in its share, and the least change of a lab moves a chance by little and not by the luck of a draw.

    sparse : effective number of virtual people below which others are made nearby
    """
    logs = log_likelihood(person, pool)
    if not np.isfinite(logs.max()):
        return None
    (weights, total), near = weights_and_total(logs), pool
    of_people = weights.sum(axis=1)
    size = effective_size(of_people)
    if size < sparse:
        near, weights, of_people = made_nearby(person, pool, weights, np.random.default_rng([seed, crc32(b"nearby")]))
    there = np.flatnonzero(weights)
    there = there[np.argsort(near.risk_rank[there], kind="stable")]
    so_far = np.cumsum(weights.ravel()[there])
    steps = (np.arange(particles) + 0.5) / particles * so_far[-1]
    rows, visits = np.unravel_index(there[np.searchsorted(so_far, steps)], weights.shape)
    found = {one.lab: Residual(one, *rest) for one, *rest in states(person, near, rows, visits)}
    told = evidence(total, person, pool)
    return Posterior(person, near, rows, visits, size, of_people, found, told, seed, pool)


def residual_ahead(one: Residual | None, lab: str, days: Values, posterior: Posterior) -> Values:
    """Residual of a lab at days after the patient's last visit, with the error of a measurement, drawn for each
    particle, (n_particles, n_days)"""
    error, random, n = errors()[lab], posterior.random_of(lab), len(posterior)
    since = days / YEAR
    mean, var_level, var_part, both = (
        np.zeros((2, n)),
        np.full(n, error.level**2),
        np.full(n, error.wander**2),
        np.zeros(n),
    )
    if one is not None:
        mean, var_level, var_part, both = one.last[:, :2].T, one.last[:, 2], one.last[:, 3], one.last[:, 4]
        since = since + posterior.span - float(one.measured.days[-1]) / YEAR
    first, second = random.standard_normal((2, n))
    sd = np.sqrt(np.maximum(var_level, 1e-12))
    of_level = mean[0] + sd * first
    of_part = mean[1] + both / sd * first + np.sqrt(np.maximum(var_part - (both / sd) ** 2, 0)) * second
    keeps = error.keeps(since)
    wander = error.wandered(of_part[:, None], keeps, random)
    return np.asarray(of_level[:, None] + wander + error.of_a_day((n, len(days)), random), float)
