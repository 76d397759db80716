"""One meaning of "none": a prediction below a share of the spread, a study whose groups could not show a change."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lobule.studies.direction import agrees, detectable, direction, error_of_groups, logarithm

CHANGES, SPREADS = st.floats(-3, 3), st.floats(0.05, 0.6)


@pytest.mark.parametrize(
    ("ratio", "spread", "word"),
    [(0.5, 0.4, "down"), (0.95, 0.4, "none"), (0.95, 0.1, "down"), (1.05, 0.4, "none"), (1.05, 0.1, "up"),
     (1.0, 0.1, "none"), (0.0, 0.3, "down"), (math.inf, 0.3, "up"), (math.nan, 0.3, "failed"), (-0.5, 0.3, "failed")],
)  # fmt: skip
def test_a_change_counts_from_a_share_of_the_spread_on(ratio, spread, word):
    assert direction(logarithm(ratio), spread) == word


@given(CHANGES, SPREADS)
def test_up_and_down_are_mirror_images(change, spread):
    mirror = {"up": "down", "down": "up", "none": "none"}
    assert direction(-change, spread) == mirror[direction(change, spread)]


@given(CHANGES, SPREADS)
def test_a_study_that_saw_a_direction_agrees_with_that_word_alone(change, spread):
    word = direction(change, spread)
    assert [seen for seen in ("up", "down") if agrees(seen, change, spread, 0.5)] == [word] * (word != "none")


@given(CHANGES, SPREADS, st.integers(2, 40))
def test_a_study_that_saw_nothing_agrees_with_what_its_groups_could_not_show(change, spread, animals):
    least = detectable(spread, animals)
    assert agrees("none", change, spread, least) == (abs(change) < least)


def test_a_failed_prediction_agrees_with_no_study():
    assert not any(agrees(seen, math.nan, 0.3, 0.5) for seen in ("up", "down", "none"))


def test_the_detectable_change_is_where_a_t_test_of_two_groups_reaches_five_percent():
    spread, animals = 0.3, 6
    group = np.array([-1, -1, 0, 0, 1, 1]) / math.sqrt(4 / 5) * spread  # standard deviation is the spread
    assert group.std(ddof=1) == pytest.approx(spread)
    test = stats.ttest_ind(group + detectable(spread, animals), group)
    assert test.pvalue == pytest.approx(0.05)
    assert error_of_groups(spread, animals) == pytest.approx(spread * math.sqrt(2 / animals))
