"""Bounds of the effect on those who would survive either way: by hand, by brute force, and against a known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import NoFit
from lobule.statistics.principal import trimming_bounds

values = st.lists(st.floats(-100, 100), min_size=1, max_size=30)
shares = st.floats(0.05, 1)


def test_by_hand():
    """Of 10 treated 8 survive, of 10 controls 4: half of the treated survivors are of the stratum."""
    found = trimming_bounds([3, 1, 4, 1, 5, 9, 2, 6], [2, 4, 3, 3], 0.8, 0.4)
    assert found.kept == pytest.approx(0.5)
    assert found.low == pytest.approx((1 + 1 + 2 + 3) / 4 - 3)
    assert found.high == pytest.approx((9 + 6 + 5 + 4) / 4 - 3)


def test_an_observation_on_the_edge_counts_in_part():
    found = trimming_bounds([1, 2, 4], [0], 0.6, 0.3)  # 1.5 of 3 are kept: one and a half
    assert found.low == pytest.approx((1 + 0.5 * 2) / 1.5)
    assert found.high == pytest.approx((4 + 0.5 * 2) / 1.5)


def test_without_a_difference_of_survival_the_bounds_are_the_difference_of_survivors():
    found = trimming_bounds([1, 2, 6], [2, 3], 0.7, 0.7)
    assert found == (0.5, 0.5, 1.0)


@given(values, values, shares, shares)
def test_bounds_hold_the_difference_of_survivors_and_turn_round_with_the_arms(one, other, first, second):
    found = trimming_bounds(one, other, first, second)
    assert found.low - 1e-9 <= np.mean(one) - np.mean(other) <= found.high + 1e-9
    turned = trimming_bounds(other, one, second, first)
    assert (turned.low, turned.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


@pytest.mark.parametrize("sickest_first", [True, False])
def test_the_known_truth_lies_within_and_an_end_is_reached_where_the_extreme_are_those_who_are_saved(sickest_first):
    """200,000 people in each arm; treatment adds 2 and saves a fifth of them, who are the frailest, or the fittest."""
    rng = np.random.default_rng(5)
    fitness = rng.normal(30, 5, (2, 200_000))
    cut = np.quantile(fitness[1], 0.2 if sickest_first else 0.8)
    dies = (fitness[1] < cut) if sickest_first else (fitness[1] > cut)  # without treatment
    treated, reference = fitness[0] + 2, fitness[1][~dies]
    found = trimming_bounds(treated, reference, 1.0, float((~dies).mean()))
    assert found.low - 0.05 <= 2 <= found.high + 0.05
    assert (found.high if sickest_first else found.low) == pytest.approx(2, abs=0.05)
    assert abs(treated.mean() - reference.mean() - 2) > 1  # survivors alone mislead


def test_an_arm_without_survivors_has_none():
    for treated, reference, survive in (([], [1], 0.5), ([1], [], 0.5), ([1], [1], 0.0)):
        with pytest.raises(NoFit, match="no survivors"):
            trimming_bounds(treated, reference, survive, 0.5)
