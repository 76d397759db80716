"""Dose response: optimal contrasts, the recommended dose, p by draws."""

import numpy as np
import pytest

from lobule.statistics.dose_response import SHAPES, contrast, dose_response

DOSES = np.array([0.25, 0.5, 1.0, 0.0])


def test_no_contrast_finds_a_shape_more_surely():
    rng = np.random.default_rng(1)
    covariance = np.diag([1.0, 0.5, 0.7, 0.3]) + 0.05
    for f in SHAPES.values():
        best = contrast(f(DOSES), covariance)
        assert best.sum() == pytest.approx(0, abs=1e-12)

        def signal(c, f=f):
            return c @ f(DOSES) / np.sqrt(c @ covariance @ c)

        for _ in range(200):
            other = rng.standard_normal(4)
            other -= other.mean()
            assert signal(other) <= signal(best) + 1e-12


def test_equal_groups_and_a_line_give_the_usual_linear_contrast():
    c = contrast(np.array([0.0, 1.0, 2.0, 3.0]), np.eye(4))
    assert c / c[-1] == pytest.approx([-1, -1 / 3, 1 / 3, 1])


def test_the_smallest_dose_that_is_enough_is_recommended():
    covariance = 0.01 * np.eye(4)
    flat = dose_response(DOSES, np.array([0.95, 1.0, 1.0, 0.0]), covariance, 100)
    assert (flat.shape, flat.recommended) == ("emax, half at 5 %", 1)
    steep = dose_response(DOSES, np.array([0.25, 0.5, 1.0, 0.0]), covariance, 100)
    assert (steep.shape, steep.recommended) == ("linear", 2)


def test_p_is_that_of_a_million_draws():
    """Four equal groups, 76 degrees of freedom: the largest contrast exceeds 2.0 in 0.0446 and 2.4 in 0.0182."""
    covariance = np.eye(4) / 20
    for t, p in ((2.0, 0.0446), (2.4, 0.0182)):
        means = np.array([0.25, 0.5, 1.0, 0.0])
        scale = t / dose_response(DOSES, means, covariance, 76).t
        assert dose_response(DOSES, scale * means, covariance, 76).p == pytest.approx(p, abs=0.003)
