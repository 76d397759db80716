"""Restricted likelihood of repeated measures with a covariance of their own between all visits, and its derivatives.

H. D. Patterson and R. Thompson, Biometrika 1971; 58:545. Every covariate has a coefficient at every visit. Covariances
are told by theta: the elements of their Cholesky root, its diagonal as logarithms, so that every theta is a covariance.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


class Moments(NamedTuple):
    """Sums over the subjects of each pattern of visits, so that cost does not depend on the number of subjects.

    Responses y are in units of their spread; u are the covariates. counts (n_patterns,); both (n_patterns, visits,
    visits), where two visits were seen; unseen (n_patterns, visits, visits), 1 on the diagonal of visits that were not;
    uu (n_patterns, k, k), yu (n_patterns, visits, k), yy (n_patterns, visits, visits); observations
    """

    counts: Values
    both: NDArray[np.bool_]
    unseen: Values
    uu: Values
    yu: Values
    yy: Values
    observations: int


class Likelihood(NamedTuple):
    """The likelihood at one covariance of the visits, in units of the response's spread.

    objective : minus two log restricted likelihood; root (visits, visits) of the covariance; weight (n_patterns,
    visits, visits), inverse of the covariance of what was seen; covariance (visits * k, visits * k) of the coefficients
    (visits, k); spread (n_patterns, visits, visits), expected sums of squares of the residuals; slope (visits,
    visits), derivative of the objective by each element of the covariance
    """

    objective: float
    root: Values
    weight: Values
    covariance: Values
    coefficients: Values
    spread: Values
    slope: Values


def moments(y: Values, seen: NDArray[np.bool_], u: Values) -> Moments:
    """Of responses y (n_subjects, visits), 0 where not seen (n_subjects, visits), and covariates u (n_subjects, k)."""
    patterns, pattern = np.unique(seen, axis=0, return_inverse=True)
    groups = [pattern.ravel() == k for k in range(len(patterns)) if patterns[k].any()]
    of = np.array([seen[here][0] for here in groups])
    return Moments(
        np.array([float(here.sum()) for here in groups]), of[:, :, None] & of[:, None, :],
        np.where(of, 0.0, 1.0)[:, None, :] * np.eye(of.shape[1]),
        np.array([u[here].T @ u[here] for here in groups]), np.array([y[here].T @ u[here] for here in groups]),
        np.array([y[here].T @ y[here] for here in groups]), int(seen.sum()),
    )  # fmt: skip


def likelihood(theta: Values, data: Moments) -> Likelihood:
    """At a theta; its objective is infinite where the covariance cannot be inverted."""
    visits, k = data.yu.shape[1:]
    p = visits * k
    root = np.zeros((visits, visits))
    root[np.tril_indices(visits)] = theta
    root[np.diag_indices(visits)] = np.exp(np.diag(root))
    blocks = np.where(data.both, root @ root.T, 0.0) + data.unseen
    try:
        weight = np.where(data.both, np.linalg.inv(blocks), 0.0)
        by_pair = weight.reshape(len(weight), -1).T @ data.uu.reshape(len(weight), -1)
        information = by_pair.reshape(visits, visits, k, k).transpose(0, 2, 1, 3).reshape(p, p)
        covariance = np.asarray(np.linalg.inv(information), float)
    except np.linalg.LinAlgError:
        nothing = np.full((visits, visits), np.nan)
        return Likelihood(math.inf, root, nothing, nothing, nothing, nothing, nothing)
    log_det = float(data.counts @ np.linalg.slogdet(blocks)[1])
    sign, log_information = np.linalg.slogdet(information)
    beta = (covariance @ (weight @ data.yu).sum(axis=0).ravel()).reshape(visits, k)
    cross = data.yu @ beta.T
    rest = data.yy - cross - np.swapaxes(cross, 1, 2) + beta @ data.uu @ beta.T
    pairs = covariance.reshape(visits, k, visits, k).transpose(0, 2, 1, 3).reshape(visits * visits, k * k)
    spread = rest + (data.uu.reshape(len(weight), -1) @ pairs.T).reshape(weight.shape)
    slope = (data.counts[:, None, None] * weight - weight @ spread @ weight).sum(axis=0)
    objective = log_det + float(log_information) + float((weight * rest).sum())
    objective += (data.observations - p) * math.log(2 * math.pi)
    if sign <= 0 or not math.isfinite(objective):
        objective = math.inf
    return Likelihood(objective, root, weight, covariance, beta, spread, slope)


def by_theta(slope: Values, root: Values) -> Values:
    """Derivative by theta of what has a derivative `slope` by each element of the covariance."""
    found = 2 * slope @ root
    found[np.diag_indices(len(root))] *= np.diag(root)
    return found[np.tril_indices(len(root))]


def second_derivatives(at: Likelihood, data: Moments) -> Values:
    """Of the objective by theta, exact, (n_theta, n_theta)."""
    root = at.root
    visits, pairs = len(root), _pairs(len(root))
    # Elements of the covariance by theta: of its root, the diagonal as logarithms
    row, column = np.tril_indices(visits)
    unit = np.where(row == column, root[row, column], 1.0)
    by = np.zeros((len(row), visits, visits))
    by[np.arange(len(row)), row] = unit[:, None] * root[:, column].T
    by += np.swapaxes(by, 1, 2)
    by = by[:, pairs.first, pairs.second]
    found = by @ _by_elements(at, data, pairs) @ by.T
    found += 2 * np.outer(unit, unit) * at.slope[np.ix_(row, row)] * (column[:, None] == column[None, :])
    found += np.diag(np.where(row == column, by_theta(at.slope, root), 0.0))
    return np.asarray(0.5 * (found + found.T), float)


def _by_elements(at: Likelihood, data: Moments, pairs: _Pairs) -> Values:
    """Second derivatives by two elements s, t of the covariance.

    With W the weights of a pattern of n subjects, Q = W spread W, B a matrix with ones where the element stands, E the
    sums of residuals times covariates, C the covariance of the coefficients, and sums over patterns:

        sum tr(W Bs (2 Q - n W) Bt) - 2 Ns' C Nt - tr(C Fs C Ft),  N = sum W B W E,  F = sum W B W (x) uu
    """
    weight, k = at.weight, data.yu.shape[2]
    visits, patterns, count = len(at.root), len(weight), len(pairs.first)
    p = visits * k
    inner = 2 * weight @ at.spread @ weight - data.counts[:, None, None] * weight
    whole = (weight.reshape(patterns, -1).T @ inner.reshape(patterns, -1)).reshape((visits,) * 4)
    found = pairs.ones @ whole.transpose(1, 2, 3, 0).reshape(visits**2, visits**2) @ pairs.ones.T
    wbw = np.einsum("gat,gbt->gtab", weight[:, :, pairs.first], weight[:, :, pairs.second])
    wbw = (wbw + np.swapaxes(wbw, 2, 3)) * pairs.once[:, None, None]
    residual = data.yu - at.coefficients @ data.uu
    n = (wbw @ residual[:, None]).sum(axis=0).reshape(count, p)
    f = (wbw.reshape(patterns, -1).T @ data.uu.reshape(patterns, -1)).reshape(count, visits, visits, k, k)
    cf = at.covariance @ f.transpose(0, 1, 3, 2, 4).reshape(count, p, p)
    found -= 2 * n @ at.covariance @ n.T + cf.reshape(count, -1) @ np.swapaxes(cf, 1, 2).reshape(count, -1).T
    return found


class _Pairs(NamedTuple):
    """Elements of a symmetric matrix: first and second index, ones (n_elements, visits**2) where each stands, once (1,
    or 0.5 on the diagonal, which stands once)"""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    ones: Values
    once: Values


@lru_cache(maxsize=32)
def _pairs(visits: int) -> _Pairs:
    first, second = np.tril_indices(visits)
    ones = np.zeros((len(first), visits, visits))
    ones[np.arange(len(first)), first, second] = ones[np.arange(len(first)), second, first] = 1.0
    return _Pairs(first, second, ones.reshape(len(first), -1), np.where(first == second, 0.5, 1.0))
