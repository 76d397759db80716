"""Meta-regression against closed forms: a mean of equal errors, a balanced design, an exact line."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.statistics.meta_regression import meta_regression

RNG = np.random.default_rng(3)


def test_with_one_row_a_study_and_equal_errors_the_spread_is_the_variance_less_the_error():
    y = np.array([0.2, -0.5, 1.1, 0.4, 0.9, -0.1])
    fit = meta_regression(y, np.full(6, 0.05), None, range(6))
    assert fit.intercept == pytest.approx(y.mean())
    assert math.hypot(fit.between, fit.within) == pytest.approx(math.sqrt(y.var(ddof=1) - 0.05), rel=1e-3)
    assert fit.intercept_error == pytest.approx(math.sqrt(y.var(ddof=1) / 6), rel=1e-3)


def test_estimates_that_differ_by_less_than_their_errors_have_no_spread():
    fit = meta_regression([0.5, 0.5, 0.52, 0.48], np.full(4, 0.2), None, "abcd")
    assert math.hypot(fit.between, fit.within) == pytest.approx(0, abs=1e-6)
    assert fit.intercept_error == pytest.approx(math.sqrt(0.2 / 4), rel=1e-6)


def test_a_balanced_design_gives_the_variances_of_one_way_analysis():
    studies, rows, error = 8, 5, 0.04
    y = RNG.normal(0, 0.6, studies)[:, None] + RNG.normal(0, 0.4, (studies, rows))
    inside = y.var(axis=1, ddof=1).mean()
    outside = rows * y.mean(axis=1).var(ddof=1)
    fit = meta_regression(y.ravel(), np.full(y.size, error), None, np.repeat(range(studies), rows))
    assert fit.within == pytest.approx(math.sqrt(inside - error), rel=1e-3)
    assert fit.between == pytest.approx(math.sqrt((outside - inside) / rows), rel=1e-3)
    assert (fit.n, fit.studies) == (40, 8)


def test_an_exact_line_is_found_and_one_that_falls_is_not_believed_where_it_must_rise():
    x = np.linspace(0.01, 0.3, 9)
    up = meta_regression(0.1 + 2 * x, np.full(9, 0.01), x, range(9), rising=True)
    assert (up.intercept, up.slope) == (pytest.approx(0.1, abs=1e-6), pytest.approx(2, abs=1e-6))
    down = meta_regression(0.1 - 2 * x, np.full(9, 0.01), x, range(9), rising=True)
    assert (down.slope, math.isnan(down.slope_error)) == (0.0, True)
    assert down.intercept == pytest.approx(0.1 - 2 * x.mean())


def test_a_slope_and_its_error_are_those_of_weighted_least_squares_where_nothing_else_differs():
    variance = np.array([0.01, 0.04, 0.02, 0.05, 0.03])
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([1.0, 2.02, 2.97, 4.03, 5.0])
    fit = meta_regression(y, variance, x, range(5))
    weight = np.diag(1 / variance)
    design = np.column_stack([np.ones(5), x])
    covariance = np.linalg.inv(design.T @ weight @ design)
    assert [fit.intercept, fit.slope] == pytest.approx(list(covariance @ design.T @ weight @ y))
    assert [fit.intercept_error, fit.slope_error] == pytest.approx(list(np.sqrt(np.diag(covariance))))


def test_a_covariate_that_never_changes_tells_no_slope():
    assert meta_regression([0.1, 0.3, 0.6], np.full(3, 0.1), np.full(3, 0.1), "abc").slope == 0.0


def test_too_few_estimates_are_refused():
    with pytest.raises(ValueError, match="2 estimates do not tell 2 coefficients"):
        meta_regression([0.1, 0.2], [0.1, 0.1], [1.0, 2.0], "ab")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10), st.floats(-3, 3))
def test_units_and_the_zero_do_not_matter(seed, factor, shift):
    rng = np.random.default_rng(seed)
    y, v, study = rng.normal(0, 1, 12), rng.uniform(0.05, 0.3, 12), np.repeat(range(4), 3)
    plain = meta_regression(y, v, None, study)
    moved = meta_regression(factor * y + shift, factor**2 * v, None, study)
    assert moved.intercept == pytest.approx(factor * plain.intercept + shift, abs=2e-2 * factor)
    assert moved.between == pytest.approx(factor * plain.between, abs=2e-2 * factor)
