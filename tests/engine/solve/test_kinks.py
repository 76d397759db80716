"""What switches in time or by state is never stepped over: pulses, products of comparisons, min, max, floor, grazes."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lobule import engine
from lobule.engine.compiled import CompiledModel
from lobule.engine.emit import emitter, kernel

PULSE = engine.compile("""model p; x = 0; on = 5; wide = 1; high = 1; k = 0
    x' = piecewise(high, time >= on && time < on + wide, 0) - k*x; end""")
TRAIN = engine.compile("""model p; x = 0; period = 24; wide = 0.1; rest = 1000
    x' = piecewise(1/wide, (time - rest) - period*floor((time - rest)/period) < wide && time >= rest, 0); end""")


def last(text, time, **asked):
    solution = engine.compile(text).solve(times=[time], outputs=["x"], **asked)
    assert solution.complete, solution.reasons
    return solution.y[0, 0, 0]


@pytest.mark.parametrize(
    ("text", "time", "right"),
    [
        ("P := (time > 7)*(time < 8); x = 0; x' = P", 20, 1),
        ("P := piecewise(1, time - 24*floor(time/24) < 0.5, 0); x = 0; x' = P", 240, 5),
        ("x = 0; x' = piecewise(1, exp(-(time - 300)^2) > 0.5, 0)", 1000, 2 * np.sqrt(np.log(2))),
        ("x = 0; x' = piecewise(1, (time - 300)^2 < 1e-6, 0)", 1000, 2e-3),
        ("x = 0; x' = piecewise(1, time^2 - 600*time + 89999.99 < 0, 0)", 1000, 0.2),
        ("x = 0; x' = piecewise(0, time < 500, 1, time < 500.001, 0)", 1000, 1e-3),
        ("x = 0; x' = max(0, sin(time))", 100 * np.pi, 100),
        ("x = 0; x' = piecewise(1, sin(time) > 0.99999, 0)", 20 * np.pi, 20 * np.arccos(0.99999)),
        ("x = 0; x' = piecewise(1, cos(0.1*time)^2 > 0.9999 && time > 1, 0)", 95, 20 * 3 * np.arcsin(0.01)),
        ("x = 0; x' = piecewise(1, abs(time - 400) <= 0.01, 0)", 1000, 0.02),
        ("x = 0; x' = ceil(time) - floor(time)", 10.5, 10.5),
        ("x = 0; x' = piecewise(1, 3 > time, 0) + piecewise(1, 1/(1 + exp(time - 30)) < 0.5, 0)", 40, 13),
        ("x = 0; x' = piecewise(1, tan(time) > 1e3, 0)", 10, 3 * (np.pi / 2 - np.arctan(1e3))),
    ],
)
def test_what_switches_in_time_alone_is_found_however_narrow(text, time, right):
    assert last(f"model m; {text}; end", time) == pytest.approx(right, rel=1e-5)


def test_an_infusion_written_as_a_condition_reaches_its_level():
    text = "model m; rate := piecewise(50, (time >= 24) && (time < 26), 0); x = 0; k = 0.3; x' = rate - k*x; end"
    level = 50 / 0.3 * (1 - np.exp(-0.6))
    assert last(text, 26) == pytest.approx(level, rel=1e-6)
    assert last(text, 30) == pytest.approx(level * np.exp(-1.2), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(on=st.floats(0, 900), wide=st.floats(1e-6, 50), k=st.sampled_from([0.0, 0.01, 1.0]), high=st.floats(0.1, 1e4))
def test_a_pulse_anywhere_gives_its_closed_form(on, wide, k, high):
    end = 1000.0
    solution = PULSE.solve({"on": on, "wide": wide, "high": high, "k": k}, times=[on + wide, end], rtol=1e-8, atol=1e-9)
    assert solution.complete, solution.reasons
    width = (on + wide) - on  # what is left of it in floating point
    level = high * (width if k == 0 else -np.expm1(-k * width) / k)
    np.testing.assert_allclose(solution["x"][0], [level, level * np.exp(-k * (end - on - wide))], rtol=1e-5, atol=1e-7)


@settings(max_examples=20, deadline=None)
@given(period=st.floats(1, 200), share=st.floats(1e-4, 0.9), rest=st.sampled_from([0.0, 3.7, 1000.0]))
def test_a_train_of_pulses_gives_one_unit_a_period(period, share, rest):
    end = rest + 10 * period - 0.05 * period
    solution = TRAIN.solve({"period": period, "wide": share * period, "rest": rest}, times=[end])
    assert solution.complete, solution.reasons
    assert solution["x"][0, 0] == pytest.approx(10, rel=1e-5)


def test_a_pulse_moves_with_a_constant_that_an_event_changes():
    events = engine.EventTable([(0, 100.0, "on", "set", 700.0), (0, 200.0, "high", "set", 3.0)])
    solution = PULSE.solve({"on": 500.0, "wide": 0.01}, events=events, times=[600, 1000])
    np.testing.assert_allclose(solution["x"][0], [0, 0.03], rtol=1e-6)


LAWS = {
    "min(x, a) + max(y, b)": lambda x, y, a, b: np.minimum(x, a) + np.maximum(y, b),
    "abs(x - a) + abs(y - b)": lambda x, y, a, b: np.abs(x - a) + np.abs(y - b),
    "(x > a)*(y < b)": lambda x, y, a, b: (x > a) & (y < b),
    "piecewise(1, x > a, piecewise(2, y > b, 0.5))": lambda x, y, a, b: np.where(x > a, 1, np.where(y > b, 2, 0.5)),
    "floor(7*x) + ceil(5*y*a) + b": lambda x, y, a, b: np.floor(7 * x) + np.ceil(5 * y * a) + b,
}
BY_LAW = {
    law: engine.compile(f"model m; x = 1; y = 0; z = 0; a = 0; b = 0; x' = -x; y' = x - 0.3*y; z' = {law}; end")
    for law in LAWS
}


@settings(max_examples=15, deadline=None)
@given(a=st.floats(0.05, 0.95), b=st.floats(0.05, 0.95), law=st.sampled_from(list(LAWS)))
def test_kinks_of_states_agree_with_a_sum_over_a_fine_grid(a, b, law):
    solution = BY_LAW[law].solve({"a": a, "b": b}, times=[6.0], rtol=1e-8, atol=1e-10, outputs=["z"])
    assert solution.complete, solution.reasons
    t = np.linspace(0, 6, 400_001)
    x, y = np.exp(-t), (np.exp(-0.3 * t) - np.exp(-t)) / 0.7
    right = np.trapezoid(np.asarray(LAWS[law](x, y, a, b), float), t)
    assert solution.y[0, 0, 0] == pytest.approx(right, abs=1e-4)


@pytest.mark.parametrize("height", [24.9999, 24.999999])
def test_a_state_that_grazes_a_threshold_within_a_step_is_seen(height):
    """x is a parabola of height 25 at time 5: one step takes it whole."""
    found = last(f"model m; q = 0; x = 0; q' = -2*(time - 5); x' = piecewise(1, q > {height}, 0); end", 10)
    assert found == pytest.approx(2 * np.sqrt(25 - height), rel=1e-4)


def test_a_state_that_swings_over_a_threshold_is_seen_at_every_swing():
    text = "model m; q = 0; v = 1; x = 0; q' = v; v' = -q; x' = piecewise(1, q > 0.999, 0); end"
    assert last(text, 20 * np.pi, rtol=1e-9) == pytest.approx(20 * np.arccos(0.999), rel=1e-4)


@pytest.mark.parametrize(
    ("rate", "time", "right"),
    [
        ("piecewise(1, tau - 24*floor(tau/24) < 0.5, 0)", 240, 5),
        ("max(0, sin(tau))", 100 * np.pi, 100),
        ("(tau > 7)*(tau < 8) + piecewise(1, tau > 1000 && tau < 1000.01, 0)", 2000, 1.01),
        ("piecewise(1, sin(tau) > 0.5, 0)", 100, 32 * np.arccos(0.5)),
    ],
)
def test_a_state_that_counts_time_switches_as_time_does(rate, time, right):
    """The step itself would be as long as the run: the comparison must shorten it."""
    assert last(f"model m; tau = 0; tau' = 1; x = 0; x' = {rate}; end", time) == pytest.approx(right, rel=1e-5)


def test_a_state_that_comes_to_rest_on_a_kink_does_not_hold_the_run_up():
    solution = engine.compile("model m; x = 10; x' = -piecewise(1, x > 1e-3, 0); end").solve(times=[1000.0])
    assert solution.complete, solution.reasons
    assert solution.steps[0] < 200


def test_a_guard_against_a_value_without_meaning_is_kept():
    """The square root has no value beyond the kink that guards it."""
    text = "model m; x = 1; x' = -piecewise(sqrt(x), x > 0, 0); end"
    solution = engine.compile(text).solve(times=[1, 3], atol=1e-10)
    assert solution.complete, solution.reasons
    np.testing.assert_allclose(solution["x"][0], [0.25, 0], atol=1e-5)


def test_radau_split_at_its_switches_agrees():
    text = """model m; x = 1; y = 0; x' = piecewise(5, time > 2 && time < 2.2, 0) - 50*x*y;
              y' = 50*x*y - max(y, 0.5) + 0.5; end"""
    solution = engine.compile(text).solve(times=[10.0], rtol=1e-8, atol=1e-10)
    state = [1.0, 0.0]
    for first, end, feed in ((0, 2, 0), (2, 2.2, 5), (2.2, 10, 0)):
        part = solve_ivp(lambda t, s, feed=feed: [feed - 50 * s[0] * s[1], 50 * s[0] * s[1] - max(s[1], 0.5) + 0.5],
                         (first, end), state, "Radau", rtol=1e-10, atol=1e-12)  # fmt: skip
        state = part.y[:, -1]
    np.testing.assert_allclose(solution.y[0, 0], state, rtol=1e-4, atol=1e-7)


KINKED = engine.compile("""model kinked; x = 1; y = 0; n = 0;
    x' = piecewise(1, time - 5*floor(time/5) < 0.2, 0) - k*max(x, 0.3);
    y' = min(x, 0.5) - floor(3*y)*0.1; E: at x < 0.4 && time > 1: x = x + 0.5, n = n + 1; k = 0.4; end""")


def patients(n):
    return {"k": np.linspace(0.2, 1.5, n)}


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_lanes_and_company_do_not_matter_with_kinks(lanes):
    times = np.linspace(0, 30, 16)
    together = CompiledModel(KINKED.sbml, lanes).solve(patients(11), times=times)
    assert together.complete, together.reasons
    alone = [KINKED.solve({"k": k}, times=times).y[0] for k in patients(11)["k"]]
    assert np.array_equal(together.y, alone)
    few = KINKED.solve(patients(11), times=[times[-1]])
    assert np.array_equal(few.y[:, 0], together.y[:, -1])  # sampling does not change the steps


def test_another_process_finds_the_same_bits_with_kinks():
    code = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); import test_kinks as t;"
        "print(hashlib.sha256(t.KINKED.solve(t.patients(5), times=[10, 30]).y.tobytes()).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code, os.path.dirname(__file__)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout for seed in ("1", "2")
    }  # fmt: skip
    assert len(found) == 1


def test_a_state_that_slides_along_a_kink_ends_with_a_status():
    solution = engine.compile("model m; x = 0; x' = -piecewise(1, x > 0, -1); end").solve(times=[1e-4])
    assert solution.complete or "limit of steps" in solution.reasons[0]


def test_states_behind_kinks_are_looked_at_alone_or_with_all_others_with_the_same_bits(monkeypatch):
    text = "model m; x = 0; y = 1; z = 1; x' = y - 0.3*x; y' = -z*y; z' = piecewise(-z, x > 0.5 + 0.1*z, 0.2); end"
    alone = engine.compile(text).solve(times=[1, 2, 5])
    monkeypatch.setattr(emitter, "FEW", -1)
    monkeypatch.setattr("lobule.engine.emit.code._KEPT", {})
    monkeypatch.setattr(kernel, "_surroundings", lambda: "all states behind kinks")
    assert np.array_equal(alone.y, engine.compile(text).solve(times=[1, 2, 5]).y)
