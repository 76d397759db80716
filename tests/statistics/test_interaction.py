"""Whether two groups differ in an effect, by the example of Altman and Bland (BMJ 2003; 326:219)."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from lobule.statistics.interaction import interaction

NUMBER = st.floats(-50, 50)


def test_the_example_of_two_relative_risks():
    value, low, high, p = interaction((0.67, 0.46, 0.98), (0.88, 0.71, 1.08), ratio=True)
    assert (round(value, 2), round(low, 2), round(high, 2)) == (0.76, 0.49, 1.17)
    assert norm.isf(p / 2) == pytest.approx(1.24, abs=0.005) and round(p, 1) == 0.2


@given(NUMBER, NUMBER, st.floats(0.01, 10), st.floats(0.01, 10))
def test_exchanged_groups_differ_by_as_much_the_other_way(first, second, one, other):
    here, there = (first, first - one, first + one), (second, second - other, second + other)
    forth, back = interaction(here, there), interaction(there, here)
    assert forth.value == pytest.approx(-back.value) and forth.low == pytest.approx(-back.high)
    assert forth.p == pytest.approx(back.p)
    assert (forth.p < 0.05) == (forth.low > 0 or forth.high < 0)


@pytest.mark.parametrize("first", [(math.nan, 1.0, 2.0), (1.0, math.inf, 2.0), (0.0, 0.0, 0.0)])
def test_what_has_no_error_is_not_compared(first):
    assert all(map(math.isnan, interaction(first, (0.0, 0.0, 0.0))))
