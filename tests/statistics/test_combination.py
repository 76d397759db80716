"""Bliss and Loewe against closed forms that share no code with ours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.statistics.combination import Curve, additive, bliss, combination_index, independent
from lobule.statistics.ranges import range_with

doses, slopes = st.floats(0.1, 10), st.floats(0.5, 4)


def hill(slope, half, top=1.0, largest=1e6):
    return Curve(lambda d: top * d**slope / (half**slope + d**slope) if d > 0 else 0.0, largest)


def test_bliss_of_the_textbook():
    assert bliss(0.4, 0.5) == pytest.approx(0.7)
    assert bliss(0.0, 0.3) == pytest.approx(0.3)
    with pytest.raises(InputError, match="at most 1"):
        bliss(1.2, 0.1)


@given(st.floats(0, 1), st.floats(0, 1))
def test_independence_is_the_product_of_what_each_leaves(first, second):
    assert 1 - independent(first, second, rising=False) == pytest.approx((1 - first) * (1 - second))
    assert 1 + independent(first, second, rising=True) == pytest.approx((1 + first) * (1 + second))
    assert independent(first, second, rising=False) == pytest.approx(bliss(first, second))


@given(doses, doses, slopes)
def test_a_treatment_combined_with_itself_is_additive_by_loewe(first, second, slope):
    """The sham experiment: d1 and d2 of one drug are d1 + d2 of it."""
    curves = [hill(slope, 1 / first), hill(slope, 1 / second)]
    together = hill(slope, 1.0).effect(first + second)
    assert combination_index(together, curves) == pytest.approx(1, rel=1e-6)
    assert additive(curves) == pytest.approx(together, abs=1e-6)


@given(doses, doses, slopes)
def test_the_additive_effect_is_that_of_chou_and_talalay_where_slopes_are_equal(first, second, slope):
    """Mutually exclusive drugs of one slope: fa/fu = (d1/k1 + d2/k2)^m (Chou and Talalay 1984)."""
    odds = (1 / first + 1 / second) ** slope
    assert additive([hill(slope, first), hill(slope, second)]) == pytest.approx(odds / (1 + odds), abs=1e-6)


@given(doses, doses, st.floats(0.2, 0.9), st.floats(0.2, 0.9))
def test_the_additive_effect_solves_the_isobole_that_hill_curves_have_in_closed_form(first, second, top, other):
    """1/D1 + 1/D2 = 1 with D = k E/(top - E), up to the lower of the two plateaus."""
    found = additive([hill(1, first, top), hill(1, second, other)])
    if found < 0.999 * min(top, other):
        dose = [k * found / (t - found) for k, t in ((first, top), (second, other))]
        assert sum(1 / d for d in dose) == pytest.approx(1, rel=1e-4)
    assert found >= max(hill(1, first, top).effect(1.0), hill(1, second, other).effect(1.0)) - 1e-9


def test_an_agent_that_never_reaches_the_effect_counts_for_nothing():
    strong, weak = hill(1, 1.0), hill(1, 1.0, top=0.5)
    assert combination_index(0.9, (strong, weak)) == pytest.approx(1 / 9)
    assert combination_index(0.4, (strong, weak)) > combination_index(0.6, (strong, weak))
    flat = Curve(lambda d: 0.0, 100.0)
    assert additive((strong, flat)) == pytest.approx(strong.effect(1.0))
    assert additive((flat, flat)) == 0


@given(st.floats(-5, 5), st.lists(st.floats(-5, 5) | st.just(np.nan), max_size=20))
def test_a_value_never_lies_outside_its_own_range(value, draws):
    low, high = range_with(value, draws)
    assert low <= value <= high
