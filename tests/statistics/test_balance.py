"""Entropy balancing: the wanted means are met, and what the weights are worth."""

import numpy as np
import pytest

from lobule.statistics.balance import balance, chances, effective_size


def test_balancing_meets_its_targets_and_reports_its_worth():
    x = np.linspace(0, 1, 1000)[:, None]
    weights = balance(x, np.array([0.3]), np.ones(1000))
    assert weights.sum() == pytest.approx(1)
    assert float(weights @ x[:, 0]) == pytest.approx(0.3, abs=0.01)
    assert 1 < effective_size(weights) < 1000
    assert effective_size(np.ones(50)) == pytest.approx(50)


def test_chances_of_different_people_have_the_wanted_moments_where_weights_alone_are_no_sample():
    """A hundred of three hundred people with a mean in the highest fifth of the pool: weights of `balance` would have
    some of them more than once; by chances each is there at most once, and the mean is that of the target."""
    random = np.random.default_rng(1)
    level = random.normal(size=300)
    people = np.repeat(np.arange(300), 4)
    x = np.repeat(level, 4)[:, None] + 0.1 * random.normal(size=(1200, 1))
    target = np.array([0.9])
    weights = balance(x, target, np.ones(1200))
    assert np.bincount(people, weights).max() * 100 > 2
    found = chances(x, target, np.ones(1200), people, 100)
    of_people = np.bincount(people, found)
    assert found.sum() == pytest.approx(100, rel=0.01)
    assert of_people.max() <= 1
    assert float(found @ x[:, 0]) / 100 == pytest.approx(0.9, abs=0.06)


def test_chances_that_bind_nobody_are_the_weights_of_balancing():
    x = np.linspace(0, 1, 2000)[:, None]
    weights = balance(x, np.array([0.45]), np.ones(2000))
    found = chances(x, np.array([0.45]), np.ones(2000), np.arange(2000), 10)
    assert np.allclose(found / 10, weights, rtol=0.03)
