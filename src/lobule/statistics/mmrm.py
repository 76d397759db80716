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
from lobule.statistics.interval import Interval
from lobule.statistics.reml import Likelihood, Moments, by_theta, likelihood, moments, second_derivatives

Values = NDArray[np.float64]
ITERATIONS = 40  # of Newton's method
SMALL, TOLERATED = 1e-8, 1e-4  # gradient an observation: where the search ends; above which it has not converged
SAME = 1e-12  # a smaller spread, as a share of the largest response, is how numbers are kept
LONGEST = 2.0  # step of the logarithm of a spread: a longer one is not trusted


@dataclass(frozen=True)
class Contrast:
    """A linear combination of the coefficients: estimate, standard error, degrees of freedom, p (two-sided)."""

    estimate: float
    se: float
    df: float
    p: float

    def interval(self, level: float = 0.95) -> Interval:
        """Confidence interval."""
        half = float(student.ppf(0.5 + level / 2, self.df)) * self.se
        return Interval(self.estimate - half, self.estimate + half)


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
    _data: Moments
    _at: Likelihood
    _theta_covariance: Values

    def contrast(self, weights: Values) -> Contrast:
        """Estimate of the sum of weights (n_visits, k) times coefficients."""
        weights = np.asarray(weights, float).ravel()
        variance = float(weights @ self.covariance @ weights) / self._scale**2
        # How the variance rises with each element of the visits' covariance
        v = (self._at.covariance @ weights).reshape(self.coefficients.shape)
        weight = self._at.weight
        slope = by_theta((weight @ (v @ self._data.uu @ v.T) @ weight).sum(axis=0), self._at.root)
        df = 2 * variance**2 / float(slope @ self._theta_covariance @ slope)
        estimate, se = float(weights @ self.coefficients.ravel()), math.sqrt(variance) * self._scale
        return Contrast(estimate, se, df, float(2 * student.sf(abs(estimate) / se, df)))

    def draws(self, n: int, rng: np.random.Generator) -> tuple[Values, Values]:
        """Coefficients (n, n_visits, k) and covariances of the visits (n, n_visits, n_visits), drawn as likely as the
        data make them: the root of the covariance is normal in large samples, coefficients are normal given it."""
        root = self._at.root.copy()
        root[np.diag_indices(len(root))] = np.log(np.diag(root))
        theta = root[np.tril_indices(len(root))]
        spread = np.linalg.cholesky(self._theta_covariance)
        coefficients: list[Values] = []
        covariances: list[Values] = []
        while len(coefficients) < n:
            at = likelihood(theta + spread @ rng.standard_normal(len(theta)), self._data)
            if math.isfinite(at.objective):
                chance = np.linalg.cholesky(at.covariance) @ rng.standard_normal(at.coefficients.size)
                coefficients.append(at.coefficients + chance.reshape(at.coefficients.shape))
                covariances.append(at.root @ at.root.T)
        return np.array(coefficients) * self._scale, np.array(covariances) * self._scale**2


def fit_mmrm(response: Values, covariates: Values) -> Mmrm:
    """Fit the model; every covariate has a coefficient of its own at every visit.

    Parameters
    ----------
    response : (n_subjects, n_visits), NaN where missing
    covariates : (n_subjects, k), complete, with a column of ones

    Raises
    ------
    NoFit : fewer observations of a visit than coefficients, covariates that depend on each other, nothing that varies,
        no convergence.
    """
    response, u = np.asarray(response, float), np.asarray(covariates, float)
    seen = np.isfinite(response)
    n, visits, k = int(seen.sum()), response.shape[1], u.shape[1]
    residuals = _residuals(response, seen, u)
    scale = math.sqrt(float((residuals**2).sum()) / n)
    if scale <= SAME * float(np.abs(response[seen]).max()):
        raise NoFit("the covariates leave nothing of the response to vary")
    data = moments(np.where(seen, response, 0.0) / scale, seen, u)
    at, hessian = _optimum(_start(residuals / scale, seen), data)
    return Mmrm(
        at.coefficients * scale, at.covariance * scale**2, at.root @ at.root.T * scale**2,
        at.objective + 2 * (n - visits * k) * math.log(scale), n, scale, data, at,
        np.asarray(2 * np.linalg.inv(hessian), float),
    )  # fmt: skip


def _residuals(response: Values, seen: NDArray[np.bool_], u: Values) -> Values:
    """Of least squares at each visit; 0 where nothing was seen."""
    k = u.shape[1]
    if (seen.sum(axis=0) <= k).any():
        raise NoFit(f"a visit has no more observations than its {k} coefficients")
    residuals = np.zeros(response.shape)
    for v in range(response.shape[1]):
        here = seen[:, v]
        beta, _, rank, _ = np.linalg.lstsq(u[here], response[here, v], rcond=None)
        if rank < k:
            raise NoFit("the covariates depend on each other")
        residuals[here, v] = response[here, v] - u[here] @ beta
    return residuals


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


def _optimum(start: Values, data: Moments) -> tuple[Likelihood, Values]:
    """The most likely covariance, and the second derivatives there, which are positive definite.

    Newton's method needs four to ten steps; where few data leave it without an optimum, the slower search of Broyden,
    Fletcher, Goldfarb and Shanno, which goes more carefully, has the last word.

    start : elements of the root of the covariance, its diagonal as logarithms, so that every theta is a covariance
    """
    found = _newton(start, data)
    if found is None:

        def objective(theta: Values) -> tuple[float, Values]:
            at = likelihood(theta, data)
            return at.objective, by_theta(at.slope, at.root)

        slow = minimize(objective, start, jac=True, method="BFGS",
                        options={"gtol": 1e-6 * data.observations, "maxiter": 500})  # fmt: skip
        found = _newton(np.asarray(slow.x, float), data) if np.isfinite(slow.fun) else None
    if found is None:
        raise NoFit(f"the covariance of {data.both.shape[1]} visits does not converge")
    return found


def _newton(theta: Values, data: Moments) -> tuple[Likelihood, Values] | None:
    """Steps of Newton, shortened until the likelihood rises; None where they end at no optimum."""
    at = likelihood(theta, data)
    for _ in range(ITERATIONS):
        if not math.isfinite(at.objective):
            return None
        gradient, hessian = by_theta(at.slope, at.root), second_derivatives(at, data)
        flat = np.abs(gradient).max() / data.observations
        size, ridge, better, step = float(np.abs(np.diag(hessian)).max()), 0.0, None, gradient
        while flat > SMALL and better is None and ridge < 1e6 * size:
            better, step = _step(hessian + ridge * np.eye(len(theta)), gradient, theta, at.objective, data)
            ridge = max(10 * ridge, 1e-3 * size)
        if better is None:  # nothing is left to climb, or numbers hold no better place
            return (at, hessian) if flat < TOLERATED and _is_positive(hessian) else None
        theta, at = theta + step, better
    return None


def _is_positive(matrix: Values) -> bool:
    """All eigenvalues are above 0."""
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True


def _step(
    hessian: Values, gradient: Values, theta: Values, objective: float, data: Moments
) -> tuple[Likelihood | None, Values]:
    """Where Newton's step leads, and the step; None where that is no better."""
    if not _is_positive(hessian):
        return None, theta
    step = np.asarray(-np.linalg.solve(hessian, gradient), float)
    if np.abs(step).max() > LONGEST:
        return None, step
    at = likelihood(theta + step, data)
    return (at if at.objective < objective else None), step
