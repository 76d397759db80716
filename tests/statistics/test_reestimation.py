"""Sizes estimated again: closed forms, and the level of the usual test by simulation."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from lobule.statistics.reestimation import patients_for, promising
from lobule.statistics.spending import conditional_power


def test_patients_of_the_normal_formula():
    """2 (1.959964 + 1.281552)^2 / d^2 an arm"""
    assert patients_for(0.5, 1.0, 0.05, 0.9) == math.ceil(4 * (1.959964 + 1.281552) ** 2 / 0.25)
    assert patients_for(1.0, 1.0, 0.05, 0.8, 1 / 3) == math.ceil((1.959964 + 0.841621) ** 2 * 4.5)


def test_more_patients_only_where_it_is_promising():
    planned, largest = 200, 400
    sizes = {z: promising(z, 100, planned, largest, 0.05, 0.9) for z in (0.3, 1.0, 1.45, 1.7, 2.0, 2.8)}
    for z, n in sizes.items():
        chance = float(conditional_power(z, 0.5, 1.959964))
        assert (n > planned) == (0.5 <= chance < 0.9)
        if planned < n < largest:
            assert conditional_power(z, 100 / n, 1.959964) == pytest.approx(0.9, abs=0.002)
    assert sizes[1.45] == largest and planned < sizes[2.0] < sizes[1.7] < largest


@pytest.mark.parametrize("least", [0.5, 0.7])
def test_the_level_of_the_usual_test_holds(least):
    """200,000 trials in which nothing works: z after 100 patients, then the rest of those it goes on with."""
    rng = np.random.default_rng(6)
    z = rng.standard_normal(20_000)
    n = np.array([promising(one, 100, 200, 400, 0.05, 0.9, least) for one in z])
    rest = rng.standard_normal((10, len(z)))
    end = (z * 10 + rest * np.sqrt(n - 100)) / np.sqrt(n)
    false = (end >= norm.isf(0.025)).mean()
    assert false <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 20_000)


def test_a_blinded_variance_leaves_the_level_alone():
    """4,000 trials of 60 in which nothing works, whose size follows the variance of the first 30, both arms."""
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(4000):
        y = rng.standard_normal(120)
        n = min(max(60, patients_for(0.8, float(y[:30].std(ddof=1)), 0.05, 0.9)), 120)
        a, b = y[:n:2], y[1:n:2]
        t = (a.mean() - b.mean()) / np.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
        hits += abs(t) > student.ppf(0.975, n - 2)
    assert hits / 4000 == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 4000))
