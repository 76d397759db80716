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

from lobule.errors import LobuleError

Values = NDArray[np.float64]
STEP = 1e-4  # of derivatives, in units of the response's own spread


class NoFit(LobuleError):
    """The data do not determine the model."""


@dataclass(frozen=True)
class _Data:
    """Responses in units of their spread. x (n, visits, p), y (n, visits), both 0 where missing; pattern (n,) index
    into patterns (n_patterns, visits), which visits a subject has."""

    x: Values
    y: Values
    pattern: NDArray[np.intp]
    patterns: NDArray[np.bool_]
    observations: int


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

    coefficients (p,), covariance (p, p) of them, visits_covariance (n_visits, n_visits), minus_two_log_likelihood
    (restricted), observations, and what contrasts need, in units of the response's spread (`scale`).
    """

    coefficients: Values
    covariance: Values
    visits_covariance: Values
    minus_two_log_likelihood: float
    observations: int
    _scale: float
    _data: _Data
    _theta: Values
    _theta_covariance: Values

    def contrast(self, weights: Values) -> Contrast:
        """Estimate of weights @ coefficients."""
        weights = np.asarray(weights, float)
        variance = float(weights @ self.covariance @ weights) / self._scale**2
        slope = np.empty(len(self._theta))
        for k in range(len(slope)):
            step = np.zeros(len(slope))
            step[k] = STEP
            ends = [_evaluate(self._theta + s * step, self._data)[2] for s in (1, -1)]
            slope[k] = float(weights @ (ends[0] - ends[1]) @ weights) / (2 * STEP)
        df = 2 * variance**2 / float(slope @ self._theta_covariance @ slope)
        estimate, se = float(weights @ self.coefficients), math.sqrt(variance) * self._scale
        return Contrast(estimate, se, df, float(2 * student.sf(abs(estimate) / se, df)))


def fit_mmrm(response: Values, design: Values) -> Mmrm:
    """Fit the model.

    Parameters
    ----------
    response : (n_subjects, n_visits), NaN where missing
    design : (n_subjects, n_visits, n_coefficients), complete wherever the response is

    Raises
    ------
    NoFit : fewer observations than coefficients, a design without full rank, a visit that too few subjects have, or no
        convergence.
    """
    response, design = np.asarray(response, float), np.asarray(design, float)
    seen = np.isfinite(response)
    n, visits, p = int(seen.sum()), response.shape[1], design.shape[-1]
    if n <= p or (seen.sum(axis=0) < 2).any():
        raise NoFit(f"{n} observations of {visits} visits do not determine {p} coefficients")
    beta, _, rank, _ = np.linalg.lstsq(design[seen], response[seen], rcond=None)
    if rank < p:
        raise NoFit("the columns of the design depend on each other")
    x = np.where(seen[..., None], design, 0.0)
    residuals = np.where(seen, np.nan_to_num(response) - x @ beta, 0.0)
    scale = math.sqrt(float((residuals**2).sum()) / n) or 1.0
    patterns, pattern = np.unique(seen, axis=0, return_inverse=True)
    data = _Data(x, np.where(seen, response, 0.0) / scale, pattern.ravel(), patterns, n)
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


def _evaluate(theta: Values, data: _Data) -> tuple[float, Values, Values, Values]:
    """Minus two log restricted likelihood, its gradient, covariance of the coefficients, coefficients."""
    n, visits, p = data.x.shape
    sigma, root = _sigma(theta, visits)
    both = data.patterns[:, :, None] & data.patterns[:, None, :]
    blocks = np.where(both, sigma, 0.0) + np.where(data.patterns, 0.0, 1.0)[:, None, :] * np.eye(visits)
    nothing = math.inf, np.zeros(len(theta)), np.full((p, p), np.nan), np.full(p, np.nan)
    try:
        inverses = np.where(both, np.linalg.inv(blocks), 0.0)
    except np.linalg.LinAlgError:
        return nothing
    counts = np.bincount(data.pattern, minlength=len(data.patterns))
    log_det = float(counts @ np.linalg.slogdet(blocks)[1])
    weight = inverses[data.pattern]
    wx = weight @ data.x
    information = wx.reshape(n * visits, p).T @ data.x.reshape(n * visits, p)
    sign, log_information = np.linalg.slogdet(information)
    if sign <= 0 or not math.isfinite(log_det):
        return nothing
    covariance = np.linalg.inv(information)
    beta = covariance @ (wx.reshape(n * visits, p).T @ data.y.ravel())
    rest = data.y - data.x @ beta
    rest = np.where(data.patterns[data.pattern], rest, 0.0)
    wr = np.einsum("nab,nb->na", weight, rest)
    spread = np.moveaxis(wx, 1, 0).reshape(visits, n * p)
    slope = np.einsum("k,kab->ab", counts, inverses) - wr.T @ wr
    slope -= spread @ np.moveaxis(wx @ covariance, 1, 0).reshape(visits, n * p).T
    objective = log_det + float(log_information) + float((wr * rest).sum())
    objective += (data.observations - p) * math.log(2 * math.pi)
    by_root = 2 * slope @ root
    by_root[np.diag_indices(visits)] *= np.diag(root)
    return objective, by_root[np.tril_indices(visits)], np.asarray(covariance, float), beta
