"""Mixed model for repeated measures: unstructured covariance between visits, REML, Satterthwaite degrees of freedom.

No Python package has it (statsmodels' MixedLM knows no unstructured residual covariance). Method as of SAS PROC MIXED
and the R package mmrm: C. H. Mallinckrodt et al., Drug Inf. J. 2008; 42:303; degrees of freedom by F. E. Satterthwaite
as in A. H. Fai and P. L. Cornelius, J. Stat. Comput. Simul. 1996; 54:363. Missing values are missing at random.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import t as student

from lobule.errors import NoFit

Values = NDArray[np.float64]
STEP = 1e-4  # of derivatives, in units of the response's own spread


@dataclass(frozen=True)
class _Moments:
    """Sums over the subjects of each pattern of visits, so that cost does not depend on the number of subjects.

    Responses y are in units of their spread; u are the covariates.

    counts (n_patterns,), seen (n_patterns, visits), uu (n_patterns, k, k), yu (n_patterns, visits, k), yy (n_patterns,
    visits, visits)
    """

    counts: NDArray[np.intp]
    seen: NDArray[np.bool_]
    uu: Values
    yu: Values
    yy: Values

    @property
    def observations(self) -> int:
        return int((self.counts[:, None] * self.seen).sum())


@dataclass(frozen=True)
class Contrast:
    """A linear combination of the coefficients: estimate, standard error, degrees of freedom, p (two-sided)."""

    estimate: float
    se: float
    df: float
    p: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval."""
        half = float(student.ppf(0.5 + level / 2, self.df)) * self.se
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True)
class Mmrm:
    """A fit.

    coefficients (n_visits, k), covariance (n_visits * k, n_visits * k) of them, visits_covariance (n_visits, n_visits),
    minus_two_log_likelihood (restricted), observations, and what contrasts need, in units of the response's spread
    (`scale`).
    """

    coefficients: Values
    covariance: Values
    visits_covariance: Values
    minus_two_log_likelihood: float
    observations: int
    _scale: float
    _data: _Moments
    _theta: Values
    _theta_covariance: Values

    def contrast(self, weights: Values) -> Contrast:
        """Estimate of the sum of weights (n_visits, k) times coefficients."""
        weights = np.asarray(weights, float).ravel()
        variance = float(weights @ self.covariance @ weights) / self._scale**2
        slope = np.empty(len(self._theta))
        for k in range(len(slope)):
            step = np.zeros(len(slope))
            step[k] = STEP
            ends = [_evaluate(self._theta + s * step, self._data)[2] for s in (1, -1)]
            slope[k] = float(weights @ (ends[0] - ends[1]) @ weights) / (2 * STEP)
        df = 2 * variance**2 / float(slope @ self._theta_covariance @ slope)
        estimate, se = float(weights @ self.coefficients.ravel()), math.sqrt(variance) * self._scale
        return Contrast(estimate, se, df, float(2 * student.sf(abs(estimate) / se, df)))


def fit_mmrm(response: Values, covariates: Values) -> Mmrm:
    """Fit the model; every covariate has a coefficient of its own at every visit.

    Parameters
    ----------
    response : (n_subjects, n_visits), NaN where missing
    covariates : (n_subjects, k), complete, with a column of ones

    Raises
    ------
    NoFit : fewer observations of a visit than coefficients, covariates that depend on each other, no convergence.
    """
    response, u = np.asarray(response, float), np.asarray(covariates, float)
    seen = np.isfinite(response)
    n, visits, k = int(seen.sum()), response.shape[1], u.shape[1]
    p = visits * k
    if (seen.sum(axis=0) <= k).any():
        raise NoFit(f"a visit has no more observations than its {k} coefficients")
    residuals = np.zeros(response.shape)
    for v in range(visits):
        here = seen[:, v]
        beta, _, rank, _ = np.linalg.lstsq(u[here], response[here, v], rcond=None)
        if rank < k:
            raise NoFit("the covariates depend on each other")
        residuals[here, v] = response[here, v] - u[here] @ beta
    scale = math.sqrt(float((residuals**2).sum()) / n) or 1.0
    data = _moments(np.where(seen, response, 0.0) / scale, seen, u)
    found = minimize(
        lambda theta: _evaluate(theta, data)[:2], _start(residuals / scale, seen), jac=True, method="BFGS",
        options={"gtol": 1e-6 * n, "maxiter": 500},
    )  # type: ignore[call-overload]  # fmt: skip
    if not (np.isfinite(found.fun) and np.abs(found.jac).max() < 1e-4 * n):
        raise NoFit(f"the covariance of {visits} visits does not converge: {found.message}")
    theta = np.asarray(found.x, float)
    objective, _, covariance, coefficients = _evaluate(theta, data)
    hessian = np.empty((len(theta), len(theta)))
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = STEP
        hessian[k] = (_evaluate(theta + step, data)[1] - _evaluate(theta - step, data)[1]) / (2 * STEP)
    try:
        theta_covariance = np.asarray(2 * np.linalg.inv(0.5 * (hessian + hessian.T)), float)
    except np.linalg.LinAlgError as error:
        raise NoFit("the likelihood is flat in a covariance") from error
    return Mmrm(
        coefficients * scale, covariance * scale**2, _sigma(theta, visits)[0] * scale**2,
        objective + 2 * (n - p) * math.log(scale), n, scale, data, theta, theta_covariance,
    )  # fmt: skip


def _moments(y: Values, seen: NDArray[np.bool_], u: Values) -> _Moments:
    patterns, pattern = np.unique(seen, axis=0, return_inverse=True)
    groups = [pattern.ravel() == k for k in range(len(patterns)) if patterns[k].any()]
    return _Moments(
        np.array([here.sum() for here in groups]), np.array([seen[here][0] for here in groups]),
        np.array([u[here].T @ u[here] for here in groups]), np.array([y[here].T @ u[here] for here in groups]),
        np.array([y[here].T @ y[here] for here in groups]),
    )  # fmt: skip


def _start(residuals: Values, seen: NDArray[np.bool_]) -> Values:
    """From the covariances of the residuals of pairs of visits, made positive definite."""
    visits = residuals.shape[1]
    together = seen.astype(float).T @ seen.astype(float)
    sigma = residuals.T @ residuals / np.maximum(together, 1)
    values, vectors = np.linalg.eigh(sigma)
    sigma = (vectors * np.maximum(values, 0.02 * values.max())) @ vectors.T
    root = np.linalg.cholesky(sigma)
    root[np.diag_indices(visits)] = np.log(np.diag(root))
    return root[np.tril_indices(visits)]


def _sigma(theta: Values, visits: int) -> tuple[Values, Values]:
    """Covariance and its root, whose diagonal theta holds as logarithms."""
    root = np.zeros((visits, visits))
    root[np.tril_indices(visits)] = theta
    root[np.diag_indices(visits)] = np.exp(np.diag(root))
    return root @ root.T, root


def _evaluate(theta: Values, data: _Moments) -> tuple[float, Values, Values, Values]:
    """Minus two log restricted likelihood, its gradient, covariance of the coefficients, coefficients."""
    visits, k = data.yu.shape[1:]
    p = visits * k
    sigma, root = _sigma(theta, visits)
    both = data.seen[:, :, None] & data.seen[:, None, :]
    blocks = np.where(both, sigma, 0.0) + np.where(data.seen, 0.0, 1.0)[:, None, :] * np.eye(visits)
    nothing = math.inf, np.zeros(len(theta)), np.full((p, p), np.nan), np.full((visits, k), np.nan)
    try:
        weight = np.where(both, np.linalg.inv(blocks), 0.0)
    except np.linalg.LinAlgError:
        return nothing
    log_det = float(data.counts @ np.linalg.slogdet(blocks)[1])
    information = np.einsum("gab,gij->aibj", weight, data.uu, optimize=True).reshape(p, p)
    sign, log_information = np.linalg.slogdet(information)
    if sign <= 0 or not math.isfinite(log_det):
        return nothing
    covariance = np.asarray(np.linalg.inv(information), float)
    beta = (covariance @ (weight @ data.yu).sum(axis=0).ravel()).reshape(visits, k)
    cross = data.yu @ beta.T
    rest = data.yy - cross - np.swapaxes(cross, 1, 2) + beta @ data.uu @ beta.T
    spread = rest + np.einsum("aibj,gij->gab", covariance.reshape(visits, k, visits, k), data.uu, optimize=True)
    slope = (data.counts[:, None, None] * weight - weight @ spread @ weight).sum(axis=0)
    objective = log_det + float(log_information) + float((weight * rest).sum())
    objective += (data.observations - p) * math.log(2 * math.pi)
    by_root = 2 * slope @ root
    by_root[np.diag_indices(visits)] *= np.diag(root)
    return objective, by_root[np.tril_indices(visits)], covariance, beta
