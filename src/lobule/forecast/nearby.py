"""Where few virtual people are like a patient, others are made nearby: their differences are moved, and solved anew.

Each of some people drawn from the posterior is moved towards another one of the pool, in the logarithms of all
differences, such that who is moved is as likely before labs as who was not; the move is kept by how much better the
patient is then explained, over all visits (resample and move, Gilks and Berzuini 2001; preconditioned Crank-Nicolson,
Cotter et al. 2013). Age at onset and sex stay. People who were struck just before a visit are not moved; they keep
their share.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lobule.files.person import Person
from lobule.forecast.likelihood import log_likelihood
from lobule.forecast.pool import Pool, prepared
from lobule.patient.history import Histories, solve
from lobule.patient.variation import variation

Values = NDArray[np.float64]
SPARSE = 50.0  # effective number of virtual people below which others are made
MADE = 80  # how many
MOVES = 2
WIDTH = 0.35  # of a move, in standard deviations between people


def made_nearby(
    person: Person, pool: Pool, weights: Values, random: np.random.Generator
) -> tuple[Pool, Values, Values]:
    """A pool of people who are like a patient.

    Parameters
    ----------
    weights : (n_people, n_visits) of the pool, they add up to 1
    random : for the moves

    Returns
    -------
    their pool; weights of their visits; weight of each person, (n_made,), in which people that were not moved and are
    the same one count once
    """
    of_people = weights.sum(axis=1)
    struck = np.asarray(~np.isfinite(pool.log_first).all(axis=1))
    share = float(of_people[~struck].sum())
    if share < 0.5 or not of_people[~struck].any():
        return pool, weights, of_people
    so_far = np.cumsum(np.where(struck, 0.0, of_people))
    rows = np.searchsorted(so_far, (np.arange(MADE) + 0.5) / MADE * so_far[-1])
    here, same = pool.of.of(rows), rows.astype(np.int64)
    untold = None if pool.log_untold is None else pool.log_untold[rows]
    there = log_likelihood(person, prepared(here, None, untold))
    for move in range(MOVES):
        others = random.choice(np.flatnonzero(~struck), MADE)
        moved = _solved(here, pool.of.of(others))
        logs = log_likelihood(person, prepared(moved, None, untold))
        taken = np.log(random.random(MADE)) < _over_visits(logs) - _over_visits(there)
        here = _either(taken, moved, here)
        there = np.where(taken[:, None], logs, there)
        same = np.where(taken, len(struck) + move * MADE + np.arange(MADE), same)
    kept = np.flatnonzero(struck & (of_people > 1e-6))
    alike = np.exp(there - _over_visits(there)[:, None]) * share / MADE
    every = np.concatenate([alike, weights[kept]])
    first = np.unique(np.concatenate([same, kept]), return_index=True, return_inverse=True)
    counted = np.zeros(len(every))
    np.add.at(counted, first[1][first[2]], every.sum(axis=1))
    both = here.and_those_of(pool.of.of(kept))
    log_first = np.concatenate([np.zeros(there.shape), pool.log_first[kept]])
    if untold is not None and pool.log_untold is not None:
        untold = np.concatenate([untold, pool.log_untold[kept]])
    return prepared(both, log_first, untold), every / every.sum(), counted / counted.sum()


def _over_visits(logs: Values) -> Values:
    """Logarithm of the sum over visits, (n_people,); -inf where none is possible."""
    most = np.max(logs, axis=1, keepdims=True)
    safe = np.where(np.isfinite(most), most, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray((safe + np.log(np.exp(logs - safe).sum(axis=1, keepdims=True)))[:, 0], float)


def _solved(here: Histories, others: Histories) -> Histories:
    """People whose differences lie between those of some and of others, with their courses."""
    keep = np.sqrt(1 - WIDTH**2)
    varied = {name: factor ** keep * others.varied[name] ** WIDTH if name in variation() else factor
              for name, factor in here.varied.items()}  # fmt: skip
    return replace(here, values=solve(here.etiology, here.years, varied, here.begins()), varied=varied)


def _either(taken: NDArray[np.bool_], one: Histories, other: Histories) -> Histories:
    values = {name: np.where(taken[:, None], v, other.values[name]) for name, v in one.values.items()}
    return replace(other, values=values, varied={n: np.where(taken, v, other.varied[n]) for n, v in one.varied.items()})
