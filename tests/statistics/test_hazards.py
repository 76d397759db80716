"""First passages and incidences against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.statistics.hazards import expected_incidence, first_reached


def test_first_passage_is_interpolated():
    days, hazard = np.array([0.0, 10.0, 20.0]), np.array([[0, 1.0, 3.0], [0, 0, 0.0], [0, 0, 2.0]])
    assert first_reached(days, hazard, np.array([2.0, 0.1, 1.0])).tolist() == [15.0, np.inf, 15.0]


def test_what_starts_at_its_level_has_reached_it_and_what_falls_back_did_once():
    days = np.array([1.0, 2.0, 3.0, 4.0])
    values = np.array([[5.0, 6.0, 7.0, 8.0], [0.0, 4.0, 0.0, 9.0], [np.nan, np.nan, np.nan, np.nan]])
    assert first_reached(days, values, 2.0).tolist() == [1.0, 1.5, np.inf]


@given(st.floats(0.01, 5), st.floats(0.001, 0.2))
def test_a_constant_hazard_is_reached_at_level_over_rate(level, rate):
    days = np.linspace(0, 100, 7)
    found = first_reached(days, rate * days[None, :], np.array([level]))[0]
    assert found == (pytest.approx(level / rate) if level <= rate * 100 else np.inf)


def test_drawn_events_have_the_expected_incidence():
    """Hazards of 0.02 and 0.01 a day: 2/3 of 1 - exp(-0.03 t) have the event before they die."""
    rng = np.random.default_rng(1)
    days, n = np.linspace(0, 100, 201), 20_000
    event, death = np.tile(0.02 * days, (n, 1)), np.tile(0.01 * days, (n, 1))
    expected = expected_incidence(event[:1], death[:1])
    np.testing.assert_allclose(expected, 2 / 3 * (1 - np.exp(-0.03 * days)), atol=1e-4)
    np.testing.assert_allclose(expected_incidence(death[:1]), 1 - np.exp(-0.01 * days))
    when, dies = (first_reached(days, h, rng.exponential(size=n)) for h in (event, death))
    assert np.mean((when <= 50) & (when < dies)) == pytest.approx(np.interp(50, days, expected), abs=0.01)
