"""Subdistribution hazards where events compete: J. P. Fine and R. J. Gray, J. Am. Stat. Assoc. 1999; 94:496.

Who had a competing event stays at risk with the weight G(t-) / G(T-), G the chance not to be censored (Kaplan-Meier
over all); ties as of Breslow. The error is theirs too: the sandwich that knows that G was estimated. No Python package
has it (lifelines, scikit-survival and statsmodels know Cox models alone; weights in them leave out what G costs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lobule.errors import NoFit

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]
ITERATIONS, TOLERATED = 50, 1e-9  # of Newton's method; score, as a share of the events, where it ends
FARTHEST = 10.0  # logarithm of a ratio a standard deviation, beyond which there is none


@dataclass(frozen=True)
class FineGray:
    """coefficients (k,), logarithms of subdistribution hazard ratios, and their covariance (k, k)"""

    coefficients: Values
    covariance: Values


def fit_fine_gray(time: Values, event: Flags, competing: Flags, covariates: Values) -> FineGray:
    """Fit the model.

    Parameters
    ----------
    time : (n,) of the event or the end of observation
    event, competing : (n,) which of them it was; neither is censored
    covariates : (n, k)

    Raises
    ------
    NoFit : no event, or coefficients without an end.
    """
    if not event.any():
        raise NoFit("no event")
    data = _Data(time, event, competing, np.asarray(covariates, float))
    beta = np.zeros(data.z.shape[1])
    value, score, information = data.at(beta)
    for _ in range(ITERATIONS):
        if np.abs(score).max() < TOLERATED * event.sum():
            return FineGray(beta, data.sandwich(beta, np.asarray(np.linalg.inv(information), float)))
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            break
        if np.abs((beta + step) * data.z.std(axis=0)).max() > FARTHEST:
            break
        better = data.at(beta + step)
        while not better[0] >= value - 1e-9 * abs(value) and np.abs(step).max() > 1e-12:
            step = step / 2
            better = data.at(beta + step)
        beta, (value, score, information) = beta + step, better
    raise NoFit("the subdistribution hazard ratio does not converge")


class _Data:
    """Subjects by distinct times, so that every sum over those at risk is a cumulative one."""

    def __init__(self, time: Values, event: Flags, competing: Flags, z: Values) -> None:
        self.z, self.event, self.competing = z - z.mean(axis=0), event, competing
        self.times, self.rank = np.unique(time, return_inverse=True)
        self.events = self._sum(event.astype(float))
        self.at_risk = _from(self._sum(np.ones(len(time))))
        self.censored = self._sum((~event & ~competing).astype(float))
        free = np.cumprod(1 - self.censored / self.at_risk)
        self.uncensored = np.concatenate([[1.0], free[:-1]])  # just before each time
        self.weight = np.where(competing, 1 / self.uncensored[self.rank], 0.0)

    def _sum(self, values: Values) -> Values:
        """Over the subjects of each time, (n_times, ...)."""
        found = np.zeros((len(self.times), *values.shape[1:]))
        np.add.at(found, self.rank, values)
        return found

    def sums(self, values: Values) -> Values:
        """Weighted, over those at risk at each time: still observed, or after a competing event."""
        here = _from(self._sum(values))
        weight = self.weight.reshape(-1, *([1] * (values.ndim - 1)))
        gone = _before(self._sum(weight * values))
        return here + self.uncensored.reshape(-1, *([1] * (values.ndim - 1))) * gone

    def at(self, beta: Values) -> tuple[float, Values, Values]:
        """Logarithm of the partial likelihood, its first derivatives, and the information."""
        risk = np.exp(self.z @ beta)
        s0, s1 = self.sums(risk), self.sums(risk[:, None] * self.z)
        s2 = self.sums(risk[:, None, None] * self.z[:, :, None] * self.z[:, None, :])
        d, mean = self.events, s1 / s0[:, None]
        mine = self.z[self.event]
        value = float((mine @ beta).sum() - d @ np.log(s0))
        spread = s2 / s0[:, None, None] - mean[:, :, None] * mean[:, None, :]
        return value, mine.sum(axis=0) - d @ mean, np.einsum("t,tij->ij", d, spread)

    def sandwich(self, beta: Values, inverse: Values) -> Values:
        """Covariance of the coefficients."""
        risk = np.exp(self.z @ beta)
        s0 = self.sums(risk)
        mean = self.sums(risk[:, None] * self.z) / s0[:, None]
        hazard = self.events / s0
        late = hazard * self.uncensored
        until, until_mean = np.cumsum(hazard), np.cumsum(hazard[:, None] * mean, axis=0)
        after, after_mean = _after(late), _after(late[:, None] * mean)
        r = self.rank
        own = until[r, None] * self.z - until_mean[r]
        own += self.weight[:, None] * (after[r, None] * self.z - after_mean[r])
        found = self.event[:, None] * (self.z - mean[r]) - risk[:, None] * own
        # What it costs that the chance not to be censored was estimated
        weighted = self.weight * risk
        c0, c1 = _before(self._sum(weighted)), _before(self._sum(weighted[:, None] * self.z))
        tail, tail_mean = _from(late), _from(late[:, None] * mean)
        q = (c1 * tail[:, None] - c0[:, None] * tail_mean) / self.at_risk[:, None]
        lost = np.cumsum(q * (self.censored / self.at_risk)[:, None], axis=0)
        found += np.where((~self.event & ~self.competing)[:, None], q[r], 0.0) - lost[r]
        return np.asarray(inverse @ (found.T @ found) @ inverse, float)


def _from(values: Values) -> Values:
    """Sums from each time on."""
    return np.cumsum(values[::-1], axis=0)[::-1]


def _after(values: Values) -> Values:
    """Sums after each time."""
    return _from(values) - values


def _before(values: Values) -> Values:
    """Sums before each time."""
    return np.cumsum(values, axis=0) - values
