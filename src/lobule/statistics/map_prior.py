"""Historical controls as a prior: meta-analytic-predictive, made robust, and what borrowing does to a comparison.

Studies differ by a normal spread whose prior is half-normal; a new study's control follows from them (B. Neuenschwander
et al., Clin. Trials 2010; 7:5). A share of the prior is vague, so that a conflict with the data is resolved by the data
(H. Schmidli et al., Biometrics 2014; 70:1023). All is integrated on grids, without chance; R's RBesT draws by MCMC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, log_expit
from scipy.stats import beta, halfnorm, norm

Values = NDArray[np.float64]
POINTS, MEANS, SPREADS, NODES = 601, 121, 41, 41  # of the control, the mean of studies, their spread, what is seen
MEAN_SPREAD = 2.0  # prior standard deviation of the mean log odds
REACH = 16.0  # standard deviations that a grid covers


class Prior(NamedTuple):
    """Of a control: values (k,) and their weights (k,), which add up to 1; informative: without the vague share."""

    values: Values
    weights: Values

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.values @ self.weights)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return float(np.sqrt(((self.values - self.mean) ** 2) @ self.weights))

    def quantile(self, share: float) -> float:
        """Value below which a share lies."""
        return float(np.interp(share, np.cumsum(self.weights) - self.weights / 2, self.values))

    def given(self, log_likelihood: Values) -> Prior:
        """After data."""
        logs = log_likelihood + np.log(np.maximum(self.weights, 1e-300))
        weights = np.exp(logs - logs.max())
        return Prior(self.values, weights / weights.sum())


def of_shares(hits: ArrayLike, n: ArrayLike, spread: float = 1.0, robust: float = 0.0) -> Prior:
    """Share of responders of a new control, from those of studies.

    Parameters
    ----------
    hits, n : of each study
    spread : scale of the half-normal prior of the spread of log odds between studies
    robust : share of the prior that is uniform between 0 and 1
    """
    r, m = np.asarray(hits, float), np.asarray(n, float)
    mu, theta = np.linspace(-6.0, 6.0, MEANS), np.linspace(-9.0, 9.0, POINTS)
    tau, of_tau = _spreads(spread)
    wide = np.maximum(tau, 2 * (theta[1] - theta[0]))  # what the grid can tell
    studies = _whole_rows(norm.pdf(theta, mu[:, None, None], wide[:, None]))  # (means, spreads, points)
    likelihood = r[:, None] * log_expit(theta) + (m - r)[:, None] * log_expit(-theta)
    likelihood = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    logs = np.log(np.maximum(studies @ likelihood.T, 1e-300)).sum(axis=2)
    logs += norm.logpdf(mu, 0, MEAN_SPREAD)[:, None] + np.log(of_tau)
    weights = np.exp(logs - logs.max())
    density = np.tensordot(weights, studies, axes=2)
    vague = expit(theta) * expit(-theta)
    return Prior(np.asarray(expit(theta), float), (1 - robust) * _whole(density) + robust * _whole(vague))


def of_means(means: ArrayLike, errors: ArrayLike, sd: float, spread: float | None = None, robust: float = 0.0) -> Prior:
    """Mean of a new control, from those of studies, whose mean has a flat prior.

    Parameters
    ----------
    means, errors : of each study, errors are standard errors
    sd : of one patient; the vague share is worth one patient
    spread : scale of the half-normal prior of the spread between studies; half of `sd` when left out
    """
    y, se = np.asarray(means, float), np.asarray(errors, float)
    tau, of_tau = _spreads(sd / 2 if spread is None else spread)
    weight = 1 / (se**2 + tau[:, None] ** 2)
    variance = 1 / weight.sum(axis=1)
    middle = variance * (weight @ y)
    logs = 0.5 * (np.log(weight).sum(axis=1) + np.log(variance) - (weight * (y - middle[:, None]) ** 2).sum(axis=1))
    mixture = np.exp(logs - logs.max()) * of_tau
    each = np.sqrt(variance + tau**2)
    far = REACH * max(float(mixture @ each / mixture.sum()), sd if robust else 0.0)
    center = float(mixture @ middle / mixture.sum())
    grid = np.linspace(center - far, center + far, 2 * POINTS - 1)
    density = norm.pdf(grid[:, None], middle, each) @ mixture
    return Prior(grid, (1 - robust) * _whole(density) + robust * _whole(norm.pdf(grid, center, sd)))


def _spreads(scale: float) -> tuple[Values, Values]:
    """Spreads between studies and their prior weights."""
    x, w = np.polynomial.legendre.leggauss(SPREADS)
    tau = scale * 5 * (x + 1) / 2
    weights = w * halfnorm.pdf(tau, scale=scale)
    return tau, np.asarray(weights / weights.sum(), float)


def _whole_rows(density: Values) -> Values:
    return np.asarray(density / density.sum(axis=-1, keepdims=True), float)


def _whole(density: Values) -> Values:
    return np.asarray(density / density.sum(), float)


def patients_of_shares(prior: Prior) -> float:
    """How many patients a prior of a share is worth, by the Beta distribution of its mean and spread."""
    return prior.mean * (1 - prior.mean) / prior.sd**2 - 1


class Compared(NamedTuple):
    """A difference, treated less control: median, low and high end (95 %), and the chance that it is above 0."""

    estimate: float
    low: float
    high: float
    above: float


def compare(control: Prior, treated_sf: Callable[[Values], Values], reach: tuple[float, float]) -> Compared:
    """Of a control, after its data, and a treated group whose chance to be above a value is known.

    reach : values between which the difference lies
    """

    def above(gap: float) -> float:
        return float(control.weights @ treated_sf(control.values + gap))

    def at(share: float) -> float:
        return float(brentq(lambda gap: above(gap) - share, *reach, xtol=1e-7))

    return Compared(at(0.5), at(0.975), at(0.025), above(0.0))


def compare_means(prior: Prior, control: tuple[float, float], treated: tuple[float, float]) -> Compared:
    """Means of two groups, (mean, standard error) each, of which the control borrows from a prior."""
    posterior = prior.given(np.asarray(norm.logpdf(control[0], prior.values, control[1])))
    far = 12 * (treated[1] + posterior.sd + prior.values[1] - prior.values[0])
    middle = treated[0] - posterior.mean
    return compare(posterior, lambda x: np.asarray(norm.sf(x, *treated), float), (middle - far, middle + far))


def compare_shares(prior: Prior, control: tuple[int, int], treated: tuple[int, int]) -> Compared:
    """Shares of two groups, (responders, patients) each; the treated has a uniform prior."""
    p = np.clip(prior.values, 1e-12, 1 - 1e-12)
    hits, n = control
    posterior = prior.given(hits * np.log(p) + (n - hits) * np.log1p(-p))
    a, b = 1 + treated[0], 1 + treated[1] - treated[0]
    return compare(posterior, lambda x: np.asarray(beta.sf(x, a, b), float), (-1.0, 1.0))


def chance_of_means(
    prior: Prior, control: float, gap: float, errors: tuple[float, float], alpha: float, up: bool
) -> float:  # fmt: skip
    """Chance that a treated group is shown to be better: the posterior chance is above 1 - alpha / 2.

    Parameters
    ----------
    control, gap : true mean of the control, and by how much the treated differs
    errors : standard errors of control and treated
    up : more is better
    """
    x, w = np.polynomial.hermite_e.hermegauss(NODES)
    shown = []
    for seen in control + errors[0] * x:
        posterior = prior.given(np.asarray(norm.logpdf(seen, prior.values, errors[0])))
        sign = 1.0 if up else -1.0

        def missing(mean: float, posterior: Prior = posterior, sign: float = sign) -> float:
            better = norm.cdf(sign * (mean - posterior.values) / errors[1])
            return float(posterior.weights @ better) - (1 - alpha / 2)

        far = 12 * (errors[1] + prior.sd + errors[0])
        middle = posterior.mean
        limit = brentq(missing, middle - far, middle + far, xtol=1e-6 * far)
        shown.append(norm.sf(sign * (limit - control - gap) / errors[1]))
    return float(np.array(shown) @ w / w.sum())


def chance_of_shares(
    prior: Prior, control: float, gap: float, sizes: tuple[int, int], alpha: float, up: bool
) -> float:  # fmt: skip
    """The same of shares, over all numbers of responders; sizes : patients of control and treated."""
    from scipy.stats import binom

    n, m = sizes
    p = np.clip(prior.values, 1e-12, 1 - 1e-12)
    hits = np.arange(m + 1)
    larger = beta.sf(prior.values[:, None], 1 + hits, 1 + m - hits)  # (k, m + 1)
    of_treated = binom.pmf(hits, m, min(max(control + gap, 0.0), 1.0))
    total = 0.0
    for k, weight in enumerate(binom.pmf(np.arange(n + 1), n, control)):
        if weight > 1e-9:
            posterior = prior.given(k * np.log(p) + (n - k) * np.log1p(-p))
            above = posterior.weights @ larger
            total += weight * float(of_treated @ ((above if up else 1 - above) > 1 - alpha / 2))
    return total
