"""A comparison in plain words: one way to read it, wherever one is written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.comparison import SIGNS, Comparison
from lobule.errors import InputError

UNITS = {"alt": {"U/L": 1.0, "ukat/L": 60.0}, "inr": {"": 1.0}}


@given(st.sampled_from(sorted(SIGNS)), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_what_is_written_is_read_back_and_of_a_value_one_of_it_and_its_opposite_holds(sign, limit, value):
    limit = float(f"{limit:.15g}")
    comparison = Comparison("inr", sign, limit)
    assert Comparison.read(str(comparison), UNITS) == comparison
    assert comparison.holds(value) != comparison.turned().holds(value)


def test_the_limit_is_in_the_unit_used_inside():
    assert Comparison.read("ALT>2 ukat/L", UNITS) == Comparison("alt", ">", 120.0)
    assert Comparison.read("alt > 2 µkat/l", UNITS) == Comparison("alt", ">", 120.0)
    assert Comparison.read("alt > 120", UNITS) == Comparison("alt", ">", 120.0)


def test_a_missing_value_meets_nothing():
    found = np.array([np.nan, 1.0])
    assert Comparison("inr", ">=", 1.0).holds(found).tolist() == [False, True]
    assert not Comparison("inr", "<", 1.0).holds(found).any()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alt is high", '"alt is high" is not a comparison; write one such as "alt > 80 U/L"'),
        ("alt > 1 2 U/L", "is not a comparison"),
        (7, "is not a comparison"),
        (None, "nothing is not a comparison"),
        ("lat > 3", 'no quantity "lat". Did you mean "alt"'),
        ("alt > 80 mg", "alt is in U/L or ukat/L, not in mg"),
        ("inr > 2 U/L", "inr is in no unit, not in U/L"),
        ("inr > 1e999", "the value is not a finite number"),
    ],
)
def test_what_is_none_is_refused_in_a_sentence(text, sentence):
    with pytest.raises(InputError) as told:
        Comparison.read(text, UNITS)
    assert sentence in str(told.value)


def test_a_unit_may_be_asked_for():
    with pytest.raises(InputError, match="alt is in U/L or ukat/L, not in no unit"):
        Comparison.read("alt > 80", UNITS, needs_unit=True)
    assert Comparison.read("inr > 2", UNITS, needs_unit=True).limit == 2
