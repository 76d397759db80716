"""Tolerance intervals against printed tables and by their confidence."""

import math

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.statistics.tolerance import one_sided_factor, tolerance_interval, two_sided_factor


def test_one_sided_factors_of_the_tables():
    """Coverage 95 %, confidence 95 % (Owen 1962; MMPDS, Natrella)."""
    printed = {3: 7.656, 4: 5.144, 5: 4.203, 6: 3.708, 7: 3.399, 8: 3.187, 9: 3.031, 10: 2.911, 15: 2.566, 20: 2.396,
               25: 2.292, 30: 2.220, 40: 2.125, 50: 2.065}  # fmt: skip
    assert {n: round(one_sided_factor(n, 0.95, 0.95), 3) for n in printed} == printed
    assert round(one_sided_factor(43, 0.90, 0.99), 4) == 1.8740  # NIST e-Handbook 7.2.6.3, by the non-central t


def test_two_sided_factors_of_the_tables():
    """Coverage 95 %, confidence 95 % (Odeh and Owen 1980, exact)."""
    printed = {2: 36.519, 5: 5.077, 10: 3.393, 20: 2.760}
    assert {n: round(two_sided_factor(n, 0.95, 0.95), 3) for n in printed} == printed
    # NIST prints 2.217 for 43 values, 90 % and 99 %, by Howe's approximation; the exact factor is a little larger
    assert two_sided_factor(43, 0.90, 0.99) == pytest.approx(2.217, rel=3e-3)


def test_the_interval_has_its_confidence():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(1000):
        low, high = tolerance_interval(rng.normal(size=12), 0.9, 0.9)
        share = 0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)))
        inside += share >= 0.9
    assert abs(inside / 1000 - 0.9) < 0.03


def test_tolerance_refuses_too_few():
    with pytest.raises(InputError, match="at least two"):
        one_sided_factor(1)
    with pytest.raises(InputError, match="between 0 and 1"):
        two_sided_factor(5, 1.0, 0.9)


def test_interval_is_the_mean_and_the_factor_times_the_spread_of_what_is_measured():
    values = [1.0, 2.0, np.nan, 4.0, 7.0, np.inf]
    known = np.array([1.0, 2.0, 4.0, 7.0])
    low, high = tolerance_interval(values, 0.9, 0.8)
    half = two_sided_factor(4, 0.9, 0.8) * known.std(ddof=1)
    assert (low, high) == pytest.approx((known.mean() - half, known.mean() + half))
    default = tolerance_interval(known)
    assert default[1] - default[0] == pytest.approx(2 * two_sided_factor(4, 0.99, 0.95) * known.std(ddof=1))


@pytest.mark.parametrize(
    ("n", "coverage", "confidence", "sentence"),
    [
        (1, 0.9, 0.9, "a tolerance interval needs at least two values, not 1"),
        (2, 0.0, 0.9, "coverage and confidence must lie between 0 and 1"),
        (2, 1.0, 0.9, "coverage and confidence must lie between 0 and 1"),
        (2, 0.9, 0.0, "coverage and confidence must lie between 0 and 1"),
        (2, 0.9, 1.0, "coverage and confidence must lie between 0 and 1"),
    ],
)
def test_factors_say_what_they_need(n, coverage, confidence, sentence):
    for factor in (one_sided_factor, two_sided_factor):
        with pytest.raises(InputError) as refused:
            factor(n, coverage, confidence)
        assert str(refused.value) == sentence


def test_two_values_are_enough():
    assert one_sided_factor(2, 0.95, 0.95) == pytest.approx(26.260, abs=1e-3)  # Owen 1962
