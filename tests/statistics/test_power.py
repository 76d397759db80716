"""Power beside statsmodels, and by drawing."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import ttest_ind
from statsmodels.stats.power import TTestIndPower

from lobule.statistics.power import MOST, animals_needed, power


@given(st.floats(0.1, 3), st.integers(3, 300))
def test_power_of_equal_spreads_is_that_of_statsmodels(effect, n):
    theirs = TTestIndPower().power(effect, n, 0.05)
    assume(np.isfinite(theirs))  # it has no number where nothing is missed
    assert power(effect, 1.0, 1.0, n) == pytest.approx(theirs, abs=2e-4)


@given(st.floats(0.05, 3), st.floats(0.2, 2))
def test_the_smallest_group_has_the_power_and_one_less_has_not(effect, spread):
    n = animals_needed(effect, 1.0, spread)
    if n is None:
        assert power(effect, 1.0, spread, MOST) < 0.8
        return
    assert power(effect, 1.0, spread, n) >= 0.8
    assert n == 2 or power(effect, 1.0, spread, n - 1) < 0.8


def test_power_of_unlike_spreads_is_how_often_the_test_finds_it():
    random = np.random.default_rng(1)
    first, second = random.normal(0, 0.3, (4000, 8)), random.normal(0.4, 0.5, (4000, 8))
    found = np.mean(ttest_ind(first, second, axis=1, equal_var=False).pvalue < 0.05)
    assert power(0.4, 0.3, 0.5, 8) == pytest.approx(found, abs=0.03)


def test_without_a_difference_the_power_is_the_level_and_without_spread_there_is_none():
    assert power(0.0, 1.0, 1.0, 20) == pytest.approx(0.05)
    assert math.isnan(power(1.0, 0.0, 0.0, 8))
    assert animals_needed(0.0, 1.0, 1.0) is None
