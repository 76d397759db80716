"""Rubin's rules against R's mice; imputed values against the conditional normal distribution worked by hand."""

import numpy as np
import pytest

from lobule.statistics.imputation import AT_RANDOM, COPY_REFERENCE, JUMP_TO_REFERENCE, impute, pool
from lobule.statistics.mmrm import fit_mmrm

COVARIANCE = np.array([[4.0, 2.0, 1.0], [2.0, 9.0, 3.0], [1.0, 3.0, 16.0]])
OWN, REFERENCE = np.array([10.0, 20.0, 30.0]), np.array([8.0, 15.0, 21.0])
MANY = 40_000


def imputed(row, missing, referred=True):
    """MANY imputations of one subject, (MANY, 3)."""
    shape = (MANY, 1, 3)
    found = impute(
        np.array([row]), np.broadcast_to(OWN, shape), np.broadcast_to(REFERENCE, shape),
        np.broadcast_to(COVARIANCE, (MANY, 3, 3)), np.array([referred]), missing, np.random.default_rng(1),
    )  # fmt: skip
    return found[:, 0]


def test_rubins_rules_are_those_of_mice(in_r):
    estimates, variances = [1.3, 0.9, 1.8, 1.1, 0.4], [0.21, 0.35, 0.28, 0.19, 0.44]
    found = in_r(
        f"""suppressMessages(library(mice))
        p <- pool.scalar(c({", ".join(map(str, estimates))}), c({", ".join(map(str, variances))}), n = 60, k = 4)
        found <- list(estimate = p$qbar, total = p$t, df = p$df, fmi = p$fmi)"""
    )
    mine = pool(np.array(estimates), np.array(variances), 56)
    assert mine.estimate == pytest.approx(found["estimate"], rel=1e-12)
    assert mine.se**2 == pytest.approx(found["total"], rel=1e-12)
    assert mine.df == pytest.approx(found["df"], rel=1e-10)
    assert mine.missing_information == pytest.approx(found["fmi"], rel=1e-10)


def test_estimates_that_agree_are_one_estimate():
    found = pool(np.full(5, 2.0), np.full(5, 0.25), 30)
    assert (found.estimate, found.se) == (2.0, 0.5)
    assert found.df == pytest.approx(30 * 31 / 33)
    low, high = found.interval()
    assert (low + high) / 2 == 2.0


def test_at_random_the_last_visits_follow_from_the_first_of_the_own_arm():
    """Given a first visit 3 above its mean: 20 + 3 * 2/4 and 30 + 3 * 1/4; covariance by the Schur complement."""
    found = imputed([13.0, np.nan, np.nan], AT_RANDOM)
    assert found.mean(axis=0) == pytest.approx([13.0, 21.5, 30.75], abs=0.08)
    assert np.cov(found[:, 1:].T) == pytest.approx(np.array([[8.0, 2.5], [2.5, 15.75]]), rel=0.05)


def test_who_jumps_to_the_reference_keeps_what_he_was_ahead_of_his_own_arm():
    found = imputed([13.0, np.nan, np.nan], JUMP_TO_REFERENCE)
    assert found.mean(axis=0) == pytest.approx([13.0, 15 + 1.5, 21 + 0.75], abs=0.08)


def test_a_copy_of_the_reference_is_ahead_of_the_reference():
    """Given a first visit 5 above the mean of the reference: 15 + 5 * 2/4 and 21 + 5 * 1/4."""
    found = imputed([13.0, np.nan, np.nan], COPY_REFERENCE)
    assert found.mean(axis=0) == pytest.approx([13.0, 17.5, 22.25], abs=0.08)


@pytest.mark.parametrize("missing", [JUMP_TO_REFERENCE, COPY_REFERENCE])
def test_a_visit_missed_in_between_is_missing_at_random_in_the_own_arm(missing):
    found = imputed([10.0, np.nan, 30.0], missing)
    assert found.mean(axis=0) == pytest.approx(OWN, abs=0.08)


@pytest.mark.parametrize("missing", [JUMP_TO_REFERENCE, COPY_REFERENCE])
def test_who_was_never_seen_is_taken_for_the_reference(missing):
    assert imputed([np.nan] * 3, missing).mean(axis=0) == pytest.approx(REFERENCE, abs=0.1)


def test_the_reference_itself_is_missing_at_random():
    found = imputed([13.0, np.nan, np.nan], JUMP_TO_REFERENCE, referred=False)
    assert found.mean(axis=0) == pytest.approx([13.0, 21.5, 30.75], abs=0.08)


def test_what_was_seen_stays():
    rng = np.random.default_rng(5)
    y = rng.normal(size=(30, 3))
    y[rng.random(y.shape) < 0.3] = np.nan
    means = np.zeros((4, 30, 3))
    found = impute(y, means, means, np.broadcast_to(np.eye(3), (4, 3, 3)), rng.random(30) < 0.5, JUMP_TO_REFERENCE, rng)
    assert np.isfinite(found).all()
    assert (found[:, np.isfinite(y)] == y[np.isfinite(y)]).all()


def test_parameters_are_drawn_as_widely_as_they_are_known():
    rng = np.random.default_rng(2)
    y = rng.normal(size=(120, 3)) @ np.linalg.cholesky(COVARIANCE).T
    u = np.column_stack([np.ones(120), np.arange(120) % 2])
    fit = fit_mmrm(y, u)
    coefficients, covariances = fit.draws(4000, rng)
    assert coefficients.mean(axis=0) == pytest.approx(fit.coefficients, abs=0.05)
    drawn = np.cov(coefficients.reshape(4000, -1).T)
    assert np.diag(drawn) == pytest.approx(np.diag(fit.covariance), rel=0.1)
    # The variance of a variance of 118 degrees of freedom is 2 s^4 / 118
    first = covariances[:, 0, 0]
    assert first.std() == pytest.approx(fit.visits_covariance[0, 0] * np.sqrt(2 / 118), rel=0.1)


def test_the_level_holds_where_values_are_missing_at_random():
    """Half of those who do badly at the first visit are not seen again; nothing works in 200 trials of 80 subjects."""
    rng = np.random.default_rng(8)
    arm = np.arange(80) % 2
    u = np.column_stack([np.ones(80), arm])
    hits = 0
    for _ in range(200):
        y = rng.normal(size=(80, 2)) @ np.linalg.cholesky([[1.0, 0.6], [0.6, 1.0]]).T
        y[(y[:, 0] < 0) & (rng.random(80) < 0.5), 1] = np.nan
        coefficients, covariances = fit_mmrm(y, u).draws(10, rng)
        means = np.einsum("nk,mvk->mnv", u, coefficients)
        last = impute(y, means, means, covariances, np.zeros(80, bool), AT_RANDOM, rng)[:, :, 1]
        gap = last[:, arm == 1].mean(axis=1) - last[:, arm == 0].mean(axis=1)
        variance = last[:, arm == 1].var(axis=1, ddof=1) / 40 + last[:, arm == 0].var(axis=1, ddof=1) / 40
        hits += pool(gap, variance, 78).p < 0.05
    assert hits / 200 == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 200))
