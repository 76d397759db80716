"""The filter of residuals against integrals, and errors of heavy tails."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from lobule.forecast.errors import Errors, errors
from lobule.forecast.residuals import compiled, filtered


def row(**changed):
    usual = {"lab": "albumin", "usual": 0.1, "event_share": 0.0, "event_sd": 0.5, "event_shift": 0.0, "wander": 0.2,
             "wander_years": 2.0, "laboratory": 0.2, "source": "", "grade": "assumed"}  # fmt: skip
    return Errors(**(usual | changed))


def densities(error, residuals, gaps, sides=None):
    residuals = np.atleast_2d(np.asarray(residuals, float))
    sides = np.zeros(residuals.shape[1], np.int64) if sides is None else np.asarray(sides)
    states, chances = filtered(residuals, sides, error.keeps(np.asarray(gaps, float)), error)
    return chances, states[:, -1], states[:, :, 5]


def test_without_acute_events_the_filter_is_the_joint_normal():
    error, days = row(), np.array([0.0, 0.5, 1.7])
    residuals = np.array([0.3, -0.1, 0.25])
    covariance = error.level**2 + error.wander**2 * np.exp(-np.abs(days[:, None] - days) / error.wander_years)
    covariance += error.usual**2 * np.eye(3)
    found = densities(error, residuals, np.diff(days, prepend=0.0))[0].sum()
    assert found == pytest.approx(multivariate_normal(np.zeros(3), covariance).logpdf(residuals), abs=1e-9)


def test_one_value_has_the_density_of_the_mixture():
    error = row(event_share=0.2, event_shift=0.4)
    spread = error.level**2 + error.wander**2
    for value in (-1.0, 0.0, 0.4, 2.0):
        exact = 0.8 * norm.pdf(value, 0, np.hypot(error.usual, np.sqrt(spread)))
        exact += 0.2 * norm.pdf(value, 0.4, np.hypot(error.event_sd, np.sqrt(spread)))
        assert densities(error, value, [0.0])[0][0, 0] == pytest.approx(np.log(exact), abs=1e-9)


def test_a_value_far_off_is_an_event_and_hardly_moves_the_level():
    error = row(event_share=0.1)
    off = [0.02, -0.01, 1.5, 0.0]
    _, state, events = densities(error, off, [0.0, 0.1, 0.1, 0.1])
    assert events[0, 2] > 0.95 and events[0, [0, 1, 3]].max() < 0.2
    _, without, _ = densities(error, [0.02, -0.01, 0.0], [0.0, 0.1, 0.2])
    assert state[0, 0] + state[0, 1] == pytest.approx(without[0, 0] + without[0, 1], abs=0.1)


def test_a_value_below_a_limit_is_likelier_where_the_course_is_low():
    error = row(event_share=0.1)
    low, high = (densities(error, gap, [0.0], [-1])[0][0, 0] for gap in (1.0, -1.0))
    assert low > high and low < 0


def test_every_lab_of_the_table_has_a_level():
    assert all(error.level > 0 for error in errors().values())


def test_machine_code_holds_no_other_so_that_the_cache_finds_it_again():
    assert all(one.py_func.__closure__ is None for one in compiled())
