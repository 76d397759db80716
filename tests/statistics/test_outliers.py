"""Outliers by the generalized extreme studentized deviate, as NIST prints Rosner's example."""

import numpy as np
import pytest

from lobule.statistics.outliers import extreme_deviates, outliers, outliers_of_groups

# B. Rosner 1983, as in the NIST/SEMATECH handbook, 1.3.5.17.3
ROSNER = [
    -0.25, 0.68, 0.94, 1.15, 1.20, 1.26, 1.26, 1.34, 1.38, 1.43, 1.49, 1.49, 1.55, 1.56, 1.58, 1.65, 1.69, 1.70, 1.76,
    1.77, 1.81, 1.91, 1.94, 1.96, 1.99, 2.06, 2.09, 2.10, 2.14, 2.15, 2.23, 2.24, 2.26, 2.35, 2.37, 2.40, 2.47, 2.54,
    2.62, 2.64, 2.90, 2.92, 2.92, 2.93, 3.21, 3.26, 3.30, 3.59, 3.68, 4.30, 4.64, 5.34, 5.42, 6.01,
]  # fmt: skip
PRINTED = [(3.118, 3.158), (2.942, 3.151), (3.179, 3.143), (2.810, 3.136), (2.815, 3.128), (2.848, 3.120),
           (2.279, 3.111), (2.310, 3.103), (2.101, 3.094), (2.067, 3.085)]  # fmt: skip


def test_rosners_example_has_the_printed_deviates_and_three_outliers():
    found = extreme_deviates(ROSNER, 10)
    for one, (deviate, critical) in zip(found, PRINTED, strict=True):
        assert (one.deviate, one.critical) == (pytest.approx(deviate, abs=1.1e-3), pytest.approx(critical, abs=1.1e-3))
    assert [ROSNER[k] for k in outliers(ROSNER, 10)] == [6.01, 5.42, 5.34]


def test_one_outlier_does_not_hide_another_and_few_or_equal_values_have_none():
    values = np.r_[np.random.default_rng(1).normal(size=40), 9.0, 9.2]
    assert set(outliers(values)) == {40, 41}
    assert outliers([1.0, 1.0, 1.0, 1.0, 1.0, 1.0]) == [] and outliers([1.0, 2.0, 90.0]) == []


def test_without_outliers_one_is_found_in_one_of_twenty_samples():
    rng = np.random.default_rng(4)
    found = [bool(outliers(rng.normal(size=30), 1)) for _ in range(1000)]
    assert abs(np.mean(found) - 0.05) < 0.021


def test_a_value_far_from_its_group_does_not_make_its_neighbours_so():
    group = np.repeat(np.arange(8), 3)
    values = 10.0 * group + np.random.default_rng(3).normal(0, 0.1, 24)
    assert outliers_of_groups(values, group, 0.01) == []
    values[4] += 1.5
    assert outliers_of_groups(values, group, 0.01) == [4]
    assert outliers_of_groups(np.repeat(1.0, 24), group) == []


def test_groups_without_outliers_have_one_in_about_one_of_twenty_samples():
    rng, group = np.random.default_rng(5), np.repeat(np.arange(10), 3)
    found = [bool(outliers_of_groups(rng.normal(size=30), group)) for _ in range(400)]
    assert 0.02 < np.mean(found) < 0.09
