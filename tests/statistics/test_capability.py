"""Capability indices and sampling plans, as they are printed."""

import math

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.statistics.capability import capability, interval_of_ppk
from lobule.statistics.sampling import Plan, by_attributes, by_variables


def test_the_interval_of_quality_digest():
    """Quality Digest, May 2000: of 45 values with 1.15 one is 95 % confident of 0.89 to 1.41."""
    assert interval_of_ppk(1.15, 45) == pytest.approx((0.89, 1.41), abs=0.005)


def test_the_interval_holds_the_truth_in_nineteen_of_twenty():
    rng = np.random.default_rng(1)
    found = [capability(rng.normal(0, 1, 40), -4.0, 6.0) for _ in range(1000)]
    inside = [one.ppk_low <= 4 / 3 <= one.ppk_high for one in found]
    assert abs(np.mean(inside) - 0.95) < 0.02


def test_indices_are_what_they_are_defined_by():
    x = np.array([9.0, 11.0, 10.0, 12.0, 8.0, 10.0])
    found = capability(x, 4.0, 14.0)
    assert found.ppk == pytest.approx((14 - 10) / 3 / x.std(ddof=1)) and found.pp == pytest.approx(
        10 / 6 / x.std(ddof=1)
    )
    assert found.cpk == pytest.approx(4 / 3 / (np.abs(np.diff(x)).mean() / 1.128))
    one_sided = capability(x, low=4.0)
    assert math.isnan(one_sided.pp) and one_sided.ppk == pytest.approx(6 / 3 / x.std(ddof=1))
    assert not found.capable and math.isnan(capability([1.0] * 6, 0, 2).ppk)
    for values, low in (([1, 2, 3], 0.0), ([1, 2, 3, 4, 5], -math.inf)):
        with pytest.raises(InputError):
            capability(values, low)


# NIST/SEMATECH handbook, 6.2.3.2: operating characteristic of n 52, c 3
NIST = {0.01: 0.998, 0.02: 0.980, 0.03: 0.930, 0.04: 0.845, 0.05: 0.739, 0.06: 0.620, 0.07: 0.502, 0.08: 0.394,
        0.09: 0.300, 0.10: 0.223, 0.11: 0.162, 0.12: 0.115}  # fmt: skip


def test_the_operating_characteristic_of_nist():
    found = Plan(52, 3, math.nan, 0).passing(list(NIST))
    assert found == pytest.approx(list(NIST.values()), abs=1.1e-3)


def test_the_smallest_plan_by_attributes_keeps_both_risks_and_no_smaller_one_does():
    plan = by_attributes(0.01, 0.06)
    good, bad = plan.passing([0.01, 0.06])
    assert good >= 0.95 and bad <= 0.10
    smaller = [Plan(n, c, math.nan, 0).passing([0.01, 0.06]) for n in range(1, plan.n) for c in range(n)
               if c <= plan.c]  # fmt: skip
    assert not any(g >= 0.95 and b <= 0.10 for g, b in smaller)


def test_a_small_lot_needs_fewer_units():
    large, small = by_attributes(0.01, 0.10), by_attributes(0.01, 0.10, lot=100)
    assert small.n < large.n
    with pytest.raises(InputError, match="test every unit"):
        by_attributes(0.04, 0.05, lot=25)


BY_VARIABLES = """
n <- as.integer(a[1]); k <- as.numeric(a[2]); p <- c(0.01, 0.06)
found <- list(passing = 1 - pt(k * sqrt(n), n - 1, ncp = -qnorm(p) * sqrt(n)))
"""


def test_plans_by_variables_are_those_of_r_and_smaller(in_r):
    plan = by_variables(0.01, 0.06)
    assert plan.n < by_attributes(0.01, 0.06).n
    assert plan.passing([0.01, 0.06]) == pytest.approx(in_r(BY_VARIABLES, plan.n, plan.k)["passing"], rel=1e-6)
    assert plan.passing([0.01])[0] >= 0.95 and plan.passing([0.06])[0] <= 0.1 + 1e-9


def test_plans_by_variables_pass_what_they_say():
    plan, rng = by_variables(0.02, 0.10), np.random.default_rng(3)
    from scipy import stats

    for share in (0.02, 0.10):
        x = rng.normal(-stats.norm.ppf(share), 1, (4000, plan.n))  # the limit is 0
        passed = (x.mean(axis=1) - plan.k * x.std(axis=1, ddof=1) >= 0).mean()
        assert passed == pytest.approx(plan.passing([share])[0], abs=0.02)


@pytest.mark.parametrize("asked", [(0.06, 0.01), (0.0, 0.1), (0.01, 0.06, 0.5, 0.6)])
def test_what_is_no_plan_is_refused(asked):
    for of in (by_attributes, by_variables):
        with pytest.raises(InputError):
            of(*asked)
