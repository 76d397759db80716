"""Control charts against NIST's worked examples and against run lengths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.quality.charts import WEIGHT, WIDTH, chart, ewma, ewma_width, moving_range_limits, shown_value

# NIST/SEMATECH e-Handbook of Statistical Methods 6.3.2.2 (flow rate) and 6.3.2.4 (EWMA)
FLOW = np.array([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
SERIES = np.array([52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, *FLOW])
PRINTED = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38,
           49.92, 50.73, 51.23, 51.94, 51.99]  # fmt: skip


def test_individuals_chart_of_nist():
    centre, sigma = moving_range_limits(FLOW)
    assert round(centre, 2) == 50.81 and round(1.128 * sigma, 4) == 1.8778
    assert [round(centre + k * sigma, 4) for k in (-3, 3)] == [45.8159, 55.8041]


def test_ewma_of_nist():
    assert ewma(SERIES, 50, 0.3).round(2).tolist() == PRINTED
    half = ewma_width(np.array([1e9]), 2.0539, 0.3, 3.0)[0]
    assert (round(50 + half, 4), round(50 - half, 4)) == (52.5884, 47.4116)


def test_one_false_alarm_in_370_points():
    """Of the EWMA and of three sigmas, each by itself."""
    rng = np.random.default_rng(4)
    z = rng.standard_normal((400, 4000))
    level, out = np.zeros(400), np.full(400, 4000)
    for k in range(4000):
        level = WEIGHT * z[:, k] + (1 - WEIGHT) * level
        first = (np.abs(level) > ewma_width(np.array([k + 1.0]), 1.0)[0]) & (out == 4000)
        out[first] = k + 1
    assert 310 < out.mean() < 430, WIDTH


def test_a_step_and_a_drift_are_seen_in_their_stream_only():
    rng = np.random.default_rng(7)
    values = rng.normal(10, 1, 90)
    streams = [f"B{k % 3}" for k in range(90)]
    values[[k for k in range(40, 90) if k % 3 == 1]] += 2.5
    found = chart(values, streams, baseline=30)
    by = [sum(bool(a) for a, s in zip(found.alarms, streams, strict=True) if s == b) for b in ("B0", "B1", "B2")]
    assert by[1] >= 12 and by[0] <= 2 and by[2] <= 2
    drift = chart(np.r_[rng.normal(0, 1, 20), np.arange(20) * 0.4 + rng.normal(0, 0.3, 20)], ["x"] * 40, baseline=20)
    assert not any(drift.alarms[:20][:10]) and drift.alarms[-1]


@given(st.integers(0, 3), st.integers(8, 30))
def test_rules_name_themselves(rule, n):
    base = np.tile([0.0, 1.0, -1.0, 0.5, -0.5], 6)[:n]
    tail = {0: [9.0], 1: [0.6] * 9, 2: [-1.2, -0.8, -0.2, 0.2, 0.8, 1.2], 3: [0.0, 2.9, 2.9]}[rule]
    words = ["beyond 3 sigma", "9 on one side", "6 rising", "2 of 3 beyond 2 sigma"][rule]
    found = chart(np.r_[base, np.array(tail) * 1.05], ["a"] * n + ["b"] * len(tail), baseline=n)
    sigma = found.sigma
    scaled = chart(np.r_[base, found.centre + np.array(tail) * sigma * 1.05], ["a"] * n + ["b"] * len(tail), baseline=n)
    assert words in scaled.alarms[-1]


def test_missing_values_and_logarithms():
    values = np.exp(np.random.default_rng(1).normal(0, 0.2, 30))
    values[[3, 17]] = np.nan
    found = chart(values, [""] * 30, logarithmic=True)
    assert np.isnan(found.values[3]) and found.alarms[3] == ""
    assert shown_value(found.centre, found) == pytest.approx(1, rel=0.2)


@pytest.mark.parametrize(
    "values, baseline, words",
    [(np.arange(5.0), None, "at least 8"), (np.ones(20), None, "do not vary"), (np.arange(20.0), 3, "must be 8 to 20")],
)
def test_mistakes_are_told(values, baseline, words):
    with pytest.raises(InputError, match=words):
        chart(values, [""] * len(values), baseline=baseline)
