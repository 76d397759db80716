"""Control charts against NIST's worked examples and against run lengths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.statistics.charts import WEIGHT, WIDTH, chart, ewma, ewma_width, moving_range_limits

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
    assert np.exp(found.centre) == pytest.approx(1, rel=0.2)


def test_a_trend_is_named_by_its_first_step_too():
    """Six values in the rising half of a curve that ends level: five steps up, none down."""
    assert alarm_of(-0.5, -0.45, -0.2, 0.1, 0.2, 0.21) == "6 rising"
    assert alarm_of(0.5, 0.45, 0.2, -0.1, -0.2, -0.21) == "6 falling"


def flat(n=8):
    """Baseline with centre 0 and sigma 1: values of +-0.564, a moving range of 1.128."""
    return np.tile([0.564, -0.564], n)[:n]


def alarm_of(*z):
    """What the last of these values says in a stream of its own, in sigmas of the baseline."""
    found = chart(7 + 5 * np.r_[flat(), z], ["a"] * 8 + ["b"] * len(z), baseline=8)
    assert (found.centre, found.sigma) == (pytest.approx(7), pytest.approx(5))
    return found.alarms[-1]


@pytest.mark.parametrize(
    ("z", "alarm"),
    [
        ([3.01], "beyond 3 sigma; EWMA beyond its limits"),  # 0.2 * 3.01 against 2.86 * 0.2
        ([-3.01], "beyond 3 sigma; EWMA beyond its limits"),
        ([2.99], "EWMA beyond its limits"),
        ([2.85], ""),
        ([-2.85], ""),
        ([0.1] * 9, "9 on one side"),
        ([-0.1] * 9, "9 on one side"),
        ([0.1] * 8, ""),
        ([0.1] * 4 + [-0.1] + [0.1] * 5, ""),
        ([-0.5, -0.3, -0.1, 0.1, 0.3, 0.5], "6 rising"),
        ([0.5, 0.3, 0.1, -0.1, -0.3, -0.5], "6 falling"),
        ([0.3, 0.1, -0.1, -0.3, -0.5], ""),
        ([-0.5, -0.3, -0.3, 0.1, 0.3, 0.5], ""),
        ([2.1, 0.0, 2.1], "2 of 3 beyond 2 sigma"),
        ([-2.1, 0.0, -2.1], "2 of 3 beyond 2 sigma"),
        ([2.1, -2.1, 0.0, 2.1], ""),
        ([-2.1, 2.1, 0.0, -2.1], ""),
        ([2.1, 2.1, 0.0], ""),
        ([2.1, 0.0, 0.0, 2.1], ""),
        ([-2.1, 0.0, 0.0, -2.1], ""),
        ([2.1, -2.1, 2.1], "2 of 3 beyond 2 sigma"),
        ([1.9, 0.0, 2.1], ""),
        ([2.1, 1.9], ""),
        ([2.1, -0.5, 1.9], ""),
        ([-1.9, 0.0, -2.1], ""),
    ],
)
def test_every_rule_at_its_edge(z, alarm):
    assert alarm_of(*z) == alarm


def test_ewma_keeps_its_level_over_a_gap_and_its_limits_widen():
    assert ewma(np.array([1.0, np.nan, 2.0]), 0.0, 0.5).tolist() == [0.5, 0.5, 1.25]
    # Roberts: variance of the EWMA after n values is the sum of the squared weights
    for n in (1, 2, 5):
        weights = 0.3 * 0.7 ** np.arange(n)
        assert ewma_width(np.array([n]), 2.0, 0.3, 3.0)[0] == pytest.approx(6.0 * np.sqrt((weights**2).sum()))


@given(st.lists(st.sampled_from([-3.5, -2.5, -1.0, -0.1, 0.1, 1.0, 2.5, 3.5]), min_size=1, max_size=24))
def test_each_value_is_judged_by_what_came_before_it_in_its_stream(z):
    """Against the rules of Nelson and Roberts written out for one value at a time."""
    found = chart(np.r_[flat(), z], ["a"] * 8 + ["b"] * len(z), baseline=8)
    level = 0.0
    for k in range(len(z)):
        past, said = z[: k + 1], []
        level = 0.2 * z[k] + 0.8 * level
        if abs(z[k]) > 3:
            said.append("beyond 3 sigma")
        if k >= 8 and (all(v > 0 for v in past[-9:]) or all(v < 0 for v in past[-9:])):
            said.append("9 on one side")
        if k >= 5 and past[-6:] == sorted(set(past[-6:])):
            said.append("6 rising")
        if k >= 5 and past[-6:] == sorted(set(past[-6:]), reverse=True):
            said.append("6 falling")
        if k >= 2 and any(sum(side * v > 2 for v in past[-3:]) >= 2 and side * z[k] > 2 for side in (1, -1)):
            said.append("2 of 3 beyond 2 sigma")
        if abs(level) > 2.86 * np.sqrt(0.2 / 1.8 * (1 - 0.8 ** (2 * (k + 1)))):
            said.append("EWMA beyond its limits")
        assert found.alarms[8 + k] == "; ".join(said)
        assert found.ewma[8 + k] == pytest.approx(level, abs=1e-12)


def test_a_third_of_the_values_sets_the_limits_at_least_8_at_most_30():
    rng = np.random.default_rng(3)
    for n, first in ((8, 8), (26, 8), (29, 9), (35, 11), (120, 30)):
        values = rng.normal(5, 1, n)
        found = chart(values, ["x"] * n)
        assert found.baseline == first
        assert (found.centre, found.sigma) == moving_range_limits(values[:first])
        assert found.limits == (found.centre - 3 * found.sigma, found.centre + 3 * found.sigma)
        assert not found.logarithmic


def test_a_stream_without_values_does_not_end_the_chart():
    values = np.r_[flat(), np.nan, 3.5]
    found = chart(values, ["a"] * 8 + ["empty", "b"], baseline=8)
    assert found.alarms[8:] == ["", "beyond 3 sigma; EWMA beyond its limits"]
    assert np.isnan(found.ewma[8]) and found.ewma[9] == pytest.approx(0.7)


def test_logarithms_of_small_numbers_count_and_of_0_and_less_do_not():
    values = np.r_[0.1 * np.exp(flat()), 0.0, -1.0, 0.1 * np.exp(3.5)]
    with np.errstate(all="raise"):
        found = chart(values.tolist(), ["a"] * 10 + ["b"], baseline=8, logarithmic=True)
    assert np.isnan(found.values[8:10]).all() and found.alarms[-1].startswith("beyond 3 sigma")
    assert found.logarithmic and np.exp(found.centre) == pytest.approx(0.1)


@pytest.mark.parametrize(
    "values, baseline, sentence",
    [
        (np.arange(7.0), None, "a control chart needs at least 8 values, not 7"),
        (np.ones(20), None, "the values of the baseline do not vary; no limits follow from them"),
        (np.arange(20.0), 7, "the baseline must be 8 to 20 values, not 7"),
        (np.arange(20.0), 21, "the baseline must be 8 to 20 values, not 21"),
    ],
)
def test_mistakes_are_told(values, baseline, sentence):
    with pytest.raises(InputError) as refused:
        chart(values, [""] * len(values), baseline=baseline)
    assert str(refused.value) == sentence


def test_the_whole_table_may_be_the_baseline():
    assert chart(flat(20), ["a"] * 20, baseline=20).baseline == 20
