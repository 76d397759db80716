"""Spending functions and futility against printed designs: of R's ldbounds (two-sided, five looks) and gsDesign."""

import numpy as np
import pytest
from scipy.stats import norm

from lobule.errors import InputError
from lobule.statistics.spending import (
    conditional_power,
    ends,
    futility_by_conditional_power,
    futility_by_spending,
    spent,
    upper_bounds,
)

FIVE, THREE = [0.2, 0.4, 0.6, 0.8, 1.0], [1 / 3, 2 / 3, 1.0]
FIXED = norm.isf(0.025) + norm.isf(0.1)  # drift of a trial without looks, 90 % power


def test_obrien_fleming_and_pocock_spending_as_printed():
    """D. M. Reboussin et al., Control. Clin. Trials 2000; 21:190, as ldbounds prints them"""
    assert upper_bounds("lan_demets_obrien_fleming", FIVE, 0.05) == pytest.approx(
        [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4
    )
    assert upper_bounds("lan_demets_pocock", FIVE, 0.05) == pytest.approx(
        [2.4380, 2.4268, 2.4101, 2.3966, 2.3859], abs=2e-4
    )


@pytest.mark.parametrize(
    ("looks", "upper", "lower", "ratio"),
    [
        (THREE, [3.01, 2.55, 2.00], [-0.24, 0.94, 2.00], 1.070),
        (FIVE, [3.25, 2.99, 2.69, 2.37, 2.03], [-0.90, -0.04, 0.69, 1.36, 2.03], 1.101),
    ],
)
def test_the_usual_designs_of_gsdesign(looks, upper, lower, ratio):
    """gsDesign(k = 3) and (k = 5): Hwang-Shih-DeCani with -4 above and -2 below, 90 % power, not binding."""
    high = upper_bounds("hwang_shih_decani", looks, 0.05, -4.0)
    found = futility_by_spending(high, looks, 0.1, "hwang_shih_decani", -2.0)
    assert high.round(2).tolist() == upper
    assert found.lower.round(2) == pytest.approx(lower)
    assert round((found.drift / FIXED) ** 2, 3) == ratio


def test_chances_to_end_as_gsdesign_prints_them():
    high = upper_bounds("hwang_shih_decani", THREE, 0.05, -4.0)
    found = futility_by_spending(high, THREE, 0.1, "hwang_shih_decani", -2.0)
    nothing, works = ends(high, found.lower, THREE), ends(high, found.lower, THREE, found.drift)
    assert nothing.above.round(4).tolist() == [0.0013, 0.0049, 0.0171]
    assert works.above.round(4).tolist() == [0.1412, 0.4403, 0.3185]
    assert works.below[:2].round(4).tolist() == [0.0148, 0.0289]
    assert works.below.sum() == pytest.approx(0.1, abs=1e-6)
    assert nothing.above.sum() + nothing.below.sum() == pytest.approx(1, abs=1e-6)
    ignored = ends(high, [-9.0] * 3, THREE)
    assert ignored.above.sum() == pytest.approx(0.025, abs=1e-6)  # whether or not futility is followed


def test_all_is_spent_at_the_end_and_none_before():
    for kind in ("lan_demets_obrien_fleming", "lan_demets_pocock", "hwang_shih_decani"):
        assert spent(kind, [1.0], 0.025)[0] == pytest.approx(0.025)
        assert spent(kind, [1e-9], 0.025)[0] == pytest.approx(0, abs=1e-8)
    assert spent("hwang_shih_decani", [0.3], 0.05, 0.0)[0] == pytest.approx(0.015)
    with pytest.raises(InputError, match="no spending function"):
        spent("kim", [1.0], 0.025)


def test_looks_may_come_at_other_times():
    found = upper_bounds("lan_demets_obrien_fleming", [0.3, 0.9, 1.0], 0.05)
    total = ends(found, [-9.0] * 3, [0.3, 0.9, 1.0]).above.sum()
    assert total == pytest.approx(0.025, abs=1e-5)


def test_chances_agree_with_simulation():
    t, high, low = np.array([0.4, 0.8, 1.0]), np.array([2.8, 2.3, 2.0]), np.array([0.0, 0.8, 2.0])
    rng = np.random.default_rng(3)
    steps = rng.standard_normal((100_000, 3)) * np.sqrt(np.diff(t, prepend=0.0)) + 2.5 * np.diff(t, prepend=0.0)
    z = np.cumsum(steps, axis=1) / np.sqrt(t)
    out = (z >= high) | (z < low)
    first = out.argmax(axis=1)
    above = z[np.arange(len(z)), first] >= high[first]
    found = ends(high, low, t, 2.5)
    for k in range(3):
        assert found.above[k] == pytest.approx(((first == k) & above).mean(), abs=0.005)
        assert found.below[k] == pytest.approx(((first == k) & ~above).mean(), abs=0.005)


@pytest.mark.parametrize("drift", [None, 2.8])
def test_futility_by_conditional_power_is_where_it_is_that_low(drift):
    high = upper_bounds("obrien_fleming", THREE, 0.05)
    low = futility_by_conditional_power(high, THREE, 0.2, drift)
    assert conditional_power(low[:2], THREE[:2], high[-1], drift) == pytest.approx([0.2, 0.2])
    assert low[-1] == high[-1]


def test_conditional_power_agrees_with_simulation():
    rng = np.random.default_rng(4)
    end = 1.2 * np.sqrt(0.6) + rng.standard_normal(200_000) * np.sqrt(0.4) + 2.8 * 0.4
    assert conditional_power(1.2, 0.6, 1.98, 2.8) == pytest.approx((end > 1.98).mean(), abs=0.005)
