"""Sampling of what the calibration studies can tell: independent chains, moved by a surrogate, accepted by the engine.

A design that fills the prior is solved by the engine; a surrogate is fitted to it (`surrogate`), its posterior found by
tempering, and the design filled up there, twice. Then each chain proposes by many steps of random walk on the
surrogate's posterior and accepts by the true one (the surrogate transition method: J. Liu, Monte Carlo Strategies in
Scientific Computing, 2001, 9.4; delayed acceptance of J. Christen and C. Fox, J Comput Graph Stat 2005; 14:795): exact
whatever the surrogate, only slower where that is wrong. The chains begin apart from each other, where a posterior of
half the weight would have them, so that R-hat means something.

Whatever was solved stays on disk: a run that was stopped solves nothing twice and ends with the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from lobule.calibrate.prior import Prior
from lobule.calibrate.solved import Solved
from lobule.calibrate.surrogate import Surrogate
from lobule.errors import InputError
from lobule.optional import needs

Values = NDArray[np.float64]
LogLikelihood = Callable[[Values], Values]
DESIGN = 1024  # members that fill the prior, a power of two
ROUNDS, ROUND = 2, 384  # times that the design is filled up where the posterior is, and by how many
CHAINS = 24
PARTICLES, MOVES = 768, 12  # of the tempering: particles, steps of random walk at each temperature
SUBSTEPS = (40, 240)  # steps of random walk on the surrogate behind one proposal: near ones and far ones, by chance
LEAST_EVEN = 0.5  # share of particles whose weights a temperature may leave
APART = 0.5  # weight of the likelihood where chains begin
STRIDES = (0.3, 1.0)  # of random walks, in units of the best one for a normal posterior
WARM = 40  # steps of each chain before the surrogate is fitted for the last time; they are left out
CLIMB = 400  # steps of random walk on the surrogate that look for the likeliest position


@dataclass(frozen=True)
class Target:
    """What is sampled.

    prior : of parameters and terms
    solve : positions of parameters (n, n_parameters) -> what is predicted (n, n_rows); costs the engine's time
    log_likelihood : what is predicted, positions (n, n_names) -> (n,); costs nothing
    learnt : what is predicted as the surrogate learns it, in place of it: where the likelihood no longer cares, flat
    """

    prior: Prior
    solve: Callable[[Values], Values]
    log_likelihood: Callable[[Values, Values], Values]
    learnt: Callable[[Values], Values] = np.asarray


@dataclass(frozen=True)
class Effort:
    """design : members that fill the prior; round : members of each filling up; chains; warm : steps of each chain that
    are left out; steps : of each chain that are kept"""

    design: int = DESIGN
    round: int = ROUND
    chains: int = CHAINS
    warm: int = WARM
    steps: int = 150

    @property
    def members(self) -> int:
        """That the engine solves in all."""
        return self.design + ROUNDS * self.round + self.chains * (1 + self.warm + self.steps)


@dataclass(frozen=True)
class Chain:
    """positions (n_steps, n_chains, n_names) that are kept, in units of the prior's spreads; log_probability (n_steps,
    n_chains); predicted (n_steps, n_chains, n_rows) by the engine; accepted, a share; surrogate_error : standard
    deviation of the surrogate's error of a log-likelihood, over all proposals; likeliest (n_names,) : the most likely
    position that was found, from the chains uphill; its log-probability by the engine"""

    positions: Values
    log_probability: Values
    predicted: Values
    accepted: float
    surrogate_error: float
    likeliest: Values
    likeliest_log_probability: float

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def draws(self) -> Values:
        """Positions of all chains, one behind the other, (n, n_names)."""
        return self.positions.reshape(-1, self.positions.shape[-1])


def sample(
    target: Target, effort: Effort, seed: int, folder: Path, what: str,
    progress: Callable[[int, int], None] | None = None,
) -> Chain:  # fmt: skip
    """Run or continue a calibration.

    Parameters
    ----------
    target : what is sampled
    effort : how long; a folder may be gone on with under more steps
    seed : of the design and of all moves
    folder : what was solved is kept there
    what : names what is sampled; a folder holds one calibration of one thing
    progress : called with members solved by now and in all, those of an earlier run left out

    Raises
    ------
    InputError : the folder holds a calibration of something else or of another seed.
    ResultsError : what it holds is damaged, or was edited.
    """
    prior, n = target.prior, len(target.prior.parameters)
    settings = (prior.names, prior.spread.tolist(), prior.low.round(9).tolist(), seed, what)
    identity = hashlib.sha256(
        repr((*settings, effort.design, effort.round, effort.chains, effort.warm)).encode()
    ).hexdigest()
    solved = Solved(folder, identity, target.solve, effort.members, progress)
    places = prior.of_parameters.at(qmc.Sobol(n, seed=np.random.default_rng([seed, 0])).random(effort.design))
    predicted = solved(places)
    for k in range(ROUNDS):
        rng = np.random.default_rng([seed, 1, k])
        draws, apart = tempered(_surrogate(places, predicted, target), prior, rng)
        half = effort.round // 2
        more = np.vstack([_some(draws, half, rng), _some(apart, effort.round - half, rng)])[:, :n]
        places = np.vstack([places, more])
        predicted = np.vstack([predicted, solved(more)])
    rng = np.random.default_rng([seed, 2])
    surrogate = _surrogate(places, predicted, target)
    draws, apart = tempered(surrogate, prior, rng)
    begin = _some(apart, effort.chains, rng)
    warm = _Moves(target, surrogate, _root(draws), begin, solved(begin[:, :n]))
    for step in range(effort.warm):
        warm.step(np.random.default_rng([seed, 3, step]), solved)
    surrogate = _surrogate(*solved.all_asked, target)
    chains = _Moves(target, surrogate, _root(tempered(surrogate, prior, rng)[0]), warm.here, warm.predicted)
    for step in range(effort.steps):
        chains.step(np.random.default_rng([seed, 4, step]), solved)
    return chains.chain(np.random.default_rng([seed, 5]))


class _Moves:
    """Chains and their moves on one surrogate.

    Parameters
    ----------
    root : of the covariance of steps of random walk
    here, predicted : where chains are, and what the engine predicts there
    """

    def __init__(self, target: Target, surrogate: LogLikelihood, root: Values, here: Values, predicted: Values) -> None:
        self.target, self.surrogate, self.root = target, surrogate, root
        self.here, self.predicted = here, predicted
        self.true, self.cheap = target.log_likelihood(predicted, here), surrogate(here)
        self.past: list[tuple[Values, Values, Values]] = []
        self.errors, self.moved = [self.true - self.cheap], 0

    def step(self, rng: np.random.Generator, solved: Callable[[Values], Values]) -> None:
        """One proposal of each chain."""
        prior, substeps = self.target.prior, int(rng.choice(SUBSTEPS))
        there, cheaper = walked(self.surrogate, prior, self.here, self.cheap, self.root, rng, substeps)
        found = solved(there[:, : len(prior.parameters)])
        truer = self.target.log_likelihood(found, there)
        yes = np.log(rng.random(len(there))) < (truer - self.true) - (cheaper - self.cheap)
        self.here = np.where(yes[:, None], there, self.here)
        self.predicted = np.where(yes[:, None], found, self.predicted)
        self.true, self.cheap = np.where(yes, truer, self.true), np.where(yes, cheaper, self.cheap)
        self.moved += int(yes.sum())
        self.errors.append(truer - cheaper)
        self.past.append((self.here, self.true + prior.log(self.here), self.predicted))

    def chain(self, rng: np.random.Generator) -> Chain:
        """All steps so far."""
        positions, densities, predicted = (np.array(part) for part in zip(*self.past, strict=True))
        best = _uphill(self, np.concatenate(positions), np.concatenate(densities), rng)
        accepted = self.moved / (len(self.past) * len(self.here))
        return Chain(positions, densities, predicted, accepted, float(np.std(np.concatenate(self.errors))), *best)


def _uphill(moves: _Moves, positions: Values, densities: Values, rng: np.random.Generator) -> tuple[Values, float]:
    """The most likely position, and its log-density by the engine: of the best of all chains, as many as there are
    chains, and of where each of these comes to uphill on the surrogate."""
    target, prior, surrogate = moves.target, moves.target.prior, moves.surrogate
    different, first = np.unique(positions, axis=0, return_index=True)
    order = np.argsort(-densities[first])[: len(moves.here)]
    begin, known = different[order], densities[first][order]
    here, height = begin, surrogate(begin) + prior.log(begin)
    for step in range(CLIMB):
        far = 0.5 * (1 - step / CLIMB) / np.sqrt(here.shape[1])
        there = here + far * (rng.standard_normal(here.shape) @ moves.root.T)
        inside = np.isfinite(prior.log(there))
        higher = np.where(inside, surrogate(np.where(inside[:, None], there, here)) + prior.log(there), -np.inf)
        here, height = np.where((higher > height)[:, None], there, here), np.maximum(higher, height)
    found = target.log_likelihood(target.solve(here[:, : len(prior.parameters)]), here) + prior.log(here)
    every, density = np.vstack([begin, here]), np.concatenate([known, found])
    return every[np.argmax(density)], float(density.max())


def _surrogate(places: Values, predicted: Values, target: Target) -> LogLikelihood:
    """The log-likelihood of positions (n, n_names) by a surrogate."""
    surrogate, n = Surrogate.of(places, target.learnt(predicted)), len(target.prior.parameters)
    return lambda position: target.log_likelihood(surrogate(position[:, :n]), position)


def tempered(surrogate: LogLikelihood, prior: Prior, rng: np.random.Generator) -> tuple[Values, Values]:
    """Draws from a posterior, and from the one whose likelihood has the weight APART, by sequential Monte Carlo: from
    the prior on, the likelihood weighs more and more (P. Del Moral and others, J R Stat Soc B 2006; 68:411).

    Returns
    -------
    two arrays (PARTICLES, n_names) of positions.
    """
    here = prior.at(rng.random((PARTICLES, len(prior.names))))
    cheap, weight, apart = surrogate(here), 0.0, here
    while weight < 1:
        step = _step(cheap, 1 - weight)
        if weight < APART <= weight + step:
            step = APART - weight
        shares = np.exp(step * (cheap - cheap.max()))
        chosen = np.searchsorted(np.cumsum(shares) / shares.sum(), (rng.random() + np.arange(PARTICLES)) / PARTICLES)
        chosen = np.minimum(chosen, PARTICLES - 1)
        here, cheap, weight = here[chosen], cheap[chosen], weight + step
        here, cheap = walked(surrogate, prior, here, cheap, _root(here), rng, MOVES, weight)
        if weight == APART:
            apart = here
    here, _ = walked(surrogate, prior, here, cheap, _root(here), rng, 3 * MOVES)
    return here, apart


def _step(cheap: Values, most: float) -> float:
    """By how much the weight of the likelihood may rise so that particles stay even."""

    def even(step: float) -> float:
        shares = np.exp(step * (cheap - cheap.max()))
        return float(shares.sum() ** 2 / (shares**2).sum()) / len(cheap)

    if even(most) >= LEAST_EVEN:
        return most
    low, high = 0.0, most
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if even(middle) >= LEAST_EVEN else (low, middle)
    return max(low, 1e-4)


def walked(
    surrogate: LogLikelihood, prior: Prior, here: Values, cheap: Values, root: Values, rng: np.random.Generator,
    steps: int, weight: float = 1.0,
) -> tuple[Values, Values]:  # fmt: skip
    """Positions, and their log-likelihoods by the surrogate, after some steps of random walk, each chain for itself.

    Parameters
    ----------
    root : (n_names, n_names), of the covariance of a step; weight : of the likelihood
    """
    density = weight * cheap + prior.log(here)
    for _ in range(steps):
        far = 2.38 / np.sqrt(here.shape[1]) * rng.choice(STRIDES, (len(here), 1))
        there = here + far * (rng.standard_normal(here.shape) @ root.T)
        inside = np.isfinite(prior.log(there))
        cheaper = surrogate(np.where(inside[:, None], there, here))
        denser = np.where(inside, weight * cheaper + prior.log(there), -np.inf)
        yes = np.log(rng.random(len(here))) < denser - density
        here, cheap = np.where(yes[:, None], there, here), np.where(yes, cheaper, cheap)
        density = np.where(yes, denser, density)
    return here, cheap


def _root(draws: Values) -> Values:
    """Of the covariance of draws (n, d)."""
    d = draws.shape[1]
    return np.asarray(np.linalg.cholesky(np.cov(draws.T).reshape(d, d) + 1e-6 * np.eye(d)), np.float64)


def _some(draws: Values, n: int, rng: np.random.Generator) -> Values:
    """n of them, without repetition where they suffice."""
    return draws[rng.choice(len(draws), n, replace=n > len(draws))]


def convergence(chain: Chain, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """R-hat (rank-normalised, of split chains) and effective sample sizes in the bulk and in the tails, through
    arviz."""
    (arviz,) = needs("arviz", extra="calibrate")
    draws = np.swapaxes(chain.positions, 0, 1)  # (chain, draw, name)
    data = arviz.convert_to_dataset({name: draws[:, :, k] for k, name in enumerate(names)})
    r_hat, bulk, tail = arviz.rhat(data), arviz.ess(data), arviz.ess(data, method="tail")
    return {
        name: {"r_hat": float(r_hat[name]), "effective_size": float(bulk[name]), "tail_size": float(tail[name])}
        for name in names
    }


def members(chain: Chain, n: int, seed: int) -> Values:
    """n positions drawn from all chains without repetition, (n, n_names)."""
    if len(chain.draws) < n:
        raise InputError(f"{len(chain.draws)} positions are fewer than {n} members; run more steps")
    return chain.draws[np.sort(np.random.default_rng(seed).choice(len(chain.draws), n, replace=False))]
