"""Weights of candidates, what a limit of detection says of them, and equally likely draws."""

import numpy as np
import pytest
from scipy.stats import norm

from lobule.statistics.weighted import log_chance, middle, resample, shrinkage, weights_of


def test_weights_add_up_to_one_and_are_in_the_ratio_of_likelihoods():
    weights = weights_of(np.log([1.0, 3.0]) - 900.0)  # a likelihood that is 0 as a number
    assert weights == pytest.approx([0.25, 0.75])
    assert weights_of(np.array([-np.inf, 0.0])).tolist() == [0.0, 1.0]


def test_the_middle_is_where_half_of_the_weight_lies():
    values = np.array([3.0, 1.0, 2.0])
    assert middle(values, np.ones(3)) == 2
    assert middle(values, np.array([5.0, 1.0, 1.0])) == 3
    assert middle(values, np.array([0.0, 1.0, 0.0])) == 1


def test_a_value_counts_by_its_density_and_a_limit_by_its_tail():
    z = np.array([-1.0, 0.0, 2.0])
    assert np.diff(log_chance(z, 0)) == pytest.approx(np.diff(norm.logpdf(z)))
    assert log_chance(z, -1) == pytest.approx(norm.logcdf(z))  # the truth lies below the limit
    assert log_chance(z, 1) == pytest.approx(norm.logsf(z))


def test_draws_come_as_often_as_they_weigh():
    drawn = resample(np.array([0.1, 0.6, 0.3]), 1000, np.random.default_rng(1))
    assert np.bincount(drawn).tolist() == pytest.approx([100, 600, 300], abs=1)


def test_what_labs_tell_nothing_of_keeps_its_spread():
    values = np.exp(np.random.default_rng(2).normal(0, 0.5, 4000))
    (row,) = shrinkage(np.full(4000, 1 / 4000), {"a": values}, {"a": 0.5})
    assert row["shrinkage"] == pytest.approx(1, abs=0.05)
