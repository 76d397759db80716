"""Sampling of the parameters that the calibration studies can tell: an affine-invariant ensemble of walkers (emcee).

Half of the walkers are one engine batch. The state is kept after every step, so that a run that was killed goes on
where it was and ends with the same numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lobule.errors import InputError, ResultsError
from lobule.keeping import packed, read_own, shown, unpacked, write_bytes, writing_into
from lobule.model.parameters import parameter_table
from lobule.optional import needs
from lobule.rows import Row, rows_by

Values = NDArray[np.float64]
TABLE = Path(__file__).parent / "free_parameters.csv"
WALKERS_PER_PARAMETER = 4
PARTS = {"identity", "coords", "log_prob", "key", "place", "has_gauss", "gauss", "positions", "densities", "checksum"}
WIDEST = 3.0  # spreads from the median


class _Free(Row):
    parameter: str
    prior_median: float
    sd_log: float
    note: str


@dataclass(frozen=True)
class Prior:
    """Lognormal priors of factors on parameters, cut at three spreads and at the range that parameters.csv gives.

    spread : (n,) of the logarithm; middle : (n,) logarithm of the median, as a factor on the value in parameters.csv;
    low, high : (n,) bounds, in spreads from the median
    """

    names: tuple[str, ...]
    spread: Values
    middle: Values
    low: Values
    high: Values

    @classmethod
    def read(cls, path: Path = TABLE) -> Prior:
        """The free parameters; raises InputError for a row that names no parameter or has no spread."""
        rows = rows_by("parameter", path, _Free).values()
        for row in rows:
            if row.parameter not in parameter_table():
                raise InputError(f'{path.name}: no parameter "{row.parameter}"')
        spread = np.array([row.sd_log for row in rows])
        if not (spread > 0).all():
            raise InputError(f"{path.name}: every spread must be above 0")
        usual = np.array([parameter_table()[row.parameter].values["mouse"] for row in rows])
        middle = np.log(np.array([row.prior_median for row in rows]) / usual)
        ranges = np.array([parameter_table()[row.parameter].range("mouse") for row in rows])
        low, high = ((np.log(ranges[:, k] / usual) - middle) / spread for k in (0, 1))
        names = tuple(row.parameter for row in rows)
        return cls(names, spread, middle, np.maximum(low, -WIDEST), np.minimum(high, WIDEST))

    def log(self, position: Values) -> Values:
        """Log-density up to a constant of positions (n, n_parameters): distances from the median in spreads."""
        inside = ((position >= self.low) & (position <= self.high)).all(axis=1)
        return np.where(inside, -0.5 * (position**2).sum(axis=1), -np.inf)

    def factors(self, position: Values) -> dict[str, Values]:
        """{parameter: (n,) factors} of positions (n, n_parameters)."""
        values = np.exp(self.middle + position * self.spread)
        return {name: values[:, k] for k, name in enumerate(self.names)}


@dataclass(frozen=True)
class Chain:
    """positions (n_steps, n_walkers, n_parameters) in units of the prior's spreads; log_probability
    (n_steps, n_walkers)"""

    positions: Values
    log_probability: Values

    def __len__(self) -> int:
        return len(self.positions)


def sample(
    likelihood: Callable[[Mapping[str, Values]], Values],
    prior: Prior,
    steps: int,
    seed: int,
    folder: Path,
    what: str,
    progress: Callable[[int, float], None] | None = None,
) -> Chain:
    """Run or continue a chain.

    Parameters
    ----------
    likelihood : log-likelihood of many members at once, {parameter: (n,)} -> (n,)
    prior : of the factors
    steps : in all, those of an earlier run of the same folder included
    seed : of start and moves
    folder : the state is kept there after every step
    what : names what is sampled; a folder holds one chain of one thing
    progress : called with the steps done and the best log-probability

    Raises
    ------
    InputError : the folder holds a chain of something else or of another seed.
    """
    (emcee,) = needs("emcee", extra="calibrate")
    dimensions = len(prior.names)
    walkers = WALKERS_PER_PARAMETER * dimensions

    def log_probability(position: Values) -> Values:
        density = prior.log(position)
        inside = np.isfinite(density)
        if inside.any():
            density[inside] += likelihood(prior.factors(position[inside]))
        return density

    sampler = emcee.EnsembleSampler(
        walkers, dimensions, log_probability, vectorize=True,
        moves=[(emcee.moves.DEMove(), 0.7), (emcee.moves.DESnookerMove(), 0.1), (emcee.moves.StretchMove(), 0.2)],
    )  # fmt: skip
    identity = hashlib.sha256(
        repr((prior.names, prior.spread.tolist(), prior.low.round(9).tolist(), seed, what)).encode()
    ).hexdigest()
    state, positions, densities = _resume(folder, identity, emcee)
    if state is None:
        rng = np.random.default_rng(seed)
        begin = 0.7 * rng.standard_normal((walkers, dimensions))
        begin = np.clip(begin, 0.9 * prior.low, 0.9 * prior.high)
        state = emcee.State(begin, random_state=np.random.RandomState(seed).get_state())
    while len(positions) < steps:
        state = next(sampler.sample(state, iterations=1, store=False))
        positions.append(np.array(state.coords))
        densities.append(np.array(state.log_prob))
        _keep(folder, identity, state, positions, densities)
        if progress:
            progress(len(positions), float(np.max(densities[-1])))
    return Chain(np.array(positions[:steps]), np.array(densities[:steps]))


def _resume(folder: Path, identity: str, emcee: Any) -> tuple[Any, list[Values], list[Values]]:
    path = folder / "chain.npz"
    content = read_own(path)
    if content is None:
        return None, [], []
    file = unpacked(content)
    if file is None or set(file) != PARTS or str(file["checksum"]) != _checksum(file):
        raise ResultsError(f"{shown(path)} is damaged or was edited; remove it to begin anew")
    if str(file["identity"]) != identity:
        raise InputError(f'"{folder}" holds a chain of other evidence, parameters or another seed; use a new folder')
    random_state = ("MT19937", file["key"], int(file["place"]), int(file["has_gauss"]), float(file["gauss"]))
    state = emcee.State(file["coords"], log_prob=file["log_prob"], random_state=random_state)
    return state, list(file["positions"]), list(file["densities"])


def _keep(folder: Path, identity: str, state: Any, positions: list[Values], densities: list[Values]) -> None:
    """Write the whole state beside the old one, then put it in its place."""
    _, key, place, has_gauss, gauss = state.random_state
    state_now = {"identity": identity, "coords": state.coords, "log_prob": state.log_prob, "key": key, "place": place,
                 "has_gauss": has_gauss, "gauss": gauss, "positions": np.array(positions),
                 "densities": np.array(densities)}  # fmt: skip
    arrays = {name: np.asarray(value) for name, value in state_now.items()}
    with writing_into(folder):
        write_bytes(folder / "chain.npz", packed(arrays | {"checksum": np.asarray(_checksum(arrays))}))


def _checksum(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Of all parts of a chain, with their names."""
    found = hashlib.sha256()
    for name in sorted(set(arrays) - {"checksum"}):
        found.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode() + arrays[name].tobytes())
    return found.hexdigest()


def convergence(chain: Chain, burn_in: int, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """R-hat and effective sample size of every parameter after the burn-in, through arviz, and its autocorrelation time
    in steps, through emcee.

    Each walker is a chain. Walkers of an ensemble move by each other's places, so that R-hat stays well above 1 until
    each has taken many autocorrelation times; those are what emcee goes by. `drift` is how far the mean of the second
    half lies from that of the first, in posterior spreads.
    """
    arviz, autocorr = needs("arviz", "emcee.autocorr", extra="calibrate")
    draws = np.swapaxes(chain.positions[burn_in:], 0, 1)  # (chain, draw, parameter)
    data = arviz.convert_to_dataset({name: draws[:, :, k] for k, name in enumerate(names)})
    r_hat, size = arviz.rhat(data), arviz.ess(data)
    kept = chain.positions[burn_in:]
    time = autocorr.integrated_time(kept, quiet=True)
    halves = [half.reshape(-1, half.shape[-1]).mean(axis=0) for half in np.array_split(kept, 2)]
    drift = np.abs(halves[1] - halves[0]) / kept.reshape(-1, kept.shape[-1]).std(axis=0)
    return {
        name: {
            "r_hat": float(r_hat[name]), "effective_size": float(size[name]),
            "autocorrelation_steps": float(time[k]), "drift": float(drift[k]),
        }
        for k, name in enumerate(names)
    }  # fmt: skip


def members(chain: Chain, burn_in: int, n: int, seed: int) -> Values:
    """n positions drawn without repetition from the chain after its burn-in, (n, n_parameters)."""
    flat = chain.positions[burn_in:].reshape(-1, chain.positions.shape[-1])
    if len(flat) < n:
        raise InputError(f"{len(flat)} positions after the burn-in are fewer than {n} members; run more steps")
    rng = np.random.default_rng(seed)
    return flat[np.sort(rng.choice(len(flat), n, replace=False))]
