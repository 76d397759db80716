"""The restricted likelihood: its derivatives against differences of itself, on data with gaps."""

import numpy as np
import pytest

from lobule.statistics.reml import by_theta, likelihood, moments, second_derivatives


@pytest.fixture(params=[1, 3, 4])
def made(request):
    """Moments of 30 subjects, and a theta away from the optimum."""
    visits = request.param
    rng = np.random.default_rng(visits)
    u = np.column_stack([np.ones(30), np.arange(30) % 2, rng.standard_normal(30)])
    y = rng.standard_normal((30, visits)).cumsum(axis=1)
    seen = rng.random(y.shape) > 0.2
    theta = 0.3 * rng.standard_normal(visits * (visits + 1) // 2)
    return moments(np.where(seen, y, 0.0), seen, u), theta


def ends(of, theta, step=1e-5):
    """Central differences of a function of theta."""
    return np.array([(of(theta + step * e) - of(theta - step * e)) / (2 * step) for e in np.eye(len(theta))])


def gradient(theta, data):
    at = likelihood(theta, data)
    return by_theta(at.slope, at.root)


def test_first_derivatives_are_slopes_of_the_objective(made):
    data, theta = made
    np.testing.assert_allclose(
        gradient(theta, data), ends(lambda at: likelihood(at, data).objective, theta), rtol=1e-6, atol=1e-6
    )


def test_second_derivatives_are_slopes_of_the_first(made):
    data, theta = made
    found = second_derivatives(likelihood(theta, data), data)
    np.testing.assert_allclose(found, ends(lambda at: gradient(at, data), theta), rtol=1e-6, atol=1e-6)


def test_subjects_of_one_pattern_need_no_more_than_their_sums():
    rng = np.random.default_rng(1)
    y, u, seen = rng.standard_normal((40, 2)), np.ones((40, 1)), np.ones((40, 2), bool)
    data = moments(y, seen, u)
    assert data.counts.tolist() == [40.0] and data.observations == 80
    np.testing.assert_allclose(data.yy[0], y.T @ y)


def test_the_likelihood_of_one_visit_is_that_of_least_squares():
    """Of n values with one mean: (n - 1) log s2 + log n + sum of squares / s2 + (n - 1) log 2 pi."""
    y = np.array([[1.0], [2.0], [4.0], [4.5]])
    data = moments(y, np.ones((4, 1), bool), np.ones((4, 1)))
    s2 = 2.0
    squares = float(((y - y.mean()) ** 2).sum())
    wanted = 3 * np.log(s2) + np.log(4) + squares / s2 + 3 * np.log(2 * np.pi)
    assert likelihood(np.array([0.5 * np.log(s2)]), data).objective == pytest.approx(wanted)


def test_a_covariance_that_cannot_be_inverted_has_no_likelihood():
    data = moments(np.zeros((5, 2)), np.ones((5, 2), bool), np.ones((5, 1)))
    assert likelihood(np.array([0.0, 0.0, -1000.0]), data).objective == np.inf
