"""Events of the model itself, beside closed forms and, where marked, libRoadRunner."""

import math

import numpy as np
import pytest

from lobule import engine
from lobule.engine.events import infusion


def solved(text, times, outputs=("x",), **kwargs):
    solution = engine.compile(text).solve(times=times, rtol=1e-9, outputs=list(outputs), **kwargs)
    assert solution.complete, solution.reasons
    return solution.y[0].T


def test_an_event_in_time_happens_at_its_time_and_a_sample_there_shows_the_value_after():
    (x,) = solved("model m; x = 1; x' = -x; E: at (time >= 2): x = 5; end", [1.9, 2, 3])
    np.testing.assert_allclose(x, [math.exp(-1.9), 5, 5 * math.exp(-1)], rtol=1e-8)


def test_a_state_trigger_is_found_inside_a_step():
    (x, n) = solved(
        "model m; x = 1; x' = -x; n = 0; E: at (x < 0.5): n = n + 1, x = 1; end", [0.69, 0.7, 4], ["x", "n"]
    )
    assert n.tolist() == [0, 1, math.floor(4 / math.log(2))]
    assert x[2] == pytest.approx(math.exp(-(4 - 5 * math.log(2))), rel=1e-8)


def test_a_bouncing_ball_bounces_at_the_right_times():
    text = "model m; h = 1; v = 0; h' = v; v' = -10; E: at (h < 0): v = -0.8*v, h = 0; end"
    fall = math.sqrt(0.2)
    (h, v) = solved(text, [fall - 1e-6, fall + 0.1], ["h", "v"])
    assert v[0] == pytest.approx(-10 * (fall - 1e-6), rel=1e-7)
    assert v[1] == pytest.approx(0.8 * 10 * fall - 1, rel=1e-6)
    assert h[1] == pytest.approx(8 * fall * 0.1 - 0.05, rel=1e-5)


def test_assignments_of_one_event_are_simultaneous():
    (x, y) = solved("model m; x = 1; y = 2; x' = 0; y' = 0; E: at (time > 1): x = y, y = x; end", [2], ["x", "y"])
    assert (x[0], y[0]) == (2, 1)


def test_one_event_may_set_off_another():
    text = "model m; x = 0; x' = 1; a = 0; b = 0; E: at (x > 1): a = 1; F: at (a > 0): b = 7; end"
    assert solved(text, [0.9, 1.1], ["b"])[0].tolist() == [0, 7]


def test_a_trigger_true_from_the_start_fires_only_when_it_may():
    fires = "model m; x = 1; x' = 0; E: at (x > 0), t0 = false: x = 3; end"
    rests = "model m; x = 1; x' = 0; E: at (x > 0), t0 = true: x = 3; end"
    assert solved(fires, [0, 1])[0].tolist() == [3, 3]
    assert solved(rests, [0, 1])[0].tolist() == [1, 1]


def test_a_dose_can_set_off_an_event_of_the_model():
    text = "model m; x = 0; x' = 0; alarm = 0; E: at (x > 2): alarm = 1; end"
    dose = engine.EventTable([(0, 1.0, "x", "add", 3.0)])
    assert solved(text, [1, 1.5], ["alarm"], events=dose)[0].tolist() == [0, 1]


def test_a_concentration_assigned_by_an_event_uses_the_size_of_then():
    text = "model m; compartment c = 1; species s in c; s = 4; J: s => ; 0*s; E: at (time > 1): c = 2; end"
    assert solved(text, [0.5, 2], ["s"])[0].tolist() == [4, 2]


def test_events_that_never_end_are_a_status():
    text = "model m; x = 1; x' = 0; E: at (x > 0): x = -1; F: at (x < 0): x = 1; G: at (time > 1): x = 2; end"
    text = text.replace("x = 2", "x = -2")
    solution = engine.compile(text).solve(times=[0, 2])
    assert solution.status[0] != 0
    assert "patient 0 stopped at time 1" in solution.reasons[0]


@pytest.mark.peer
@pytest.mark.parametrize("rtol", [1e-7])
def test_doses_and_switches_agree_with_roadrunner(rtol):
    text = """model m; compartment c = 1; species a in c, b in c, d in c; a = 2; b = 0; d = 1;
              J1: a => b; k1*a/(0.5 + a); J2: b => a + d; k2*b; J3: d => ; k3*d^1.5; k1 = 3; k2 = 0.8; k3 = 0.3; end"""
    events = engine.EventTable(
        [(0, 1.0, "a", "add", 4.0), (0, 2.0, "k2", "set", 3.0), (0, 3.0, "b", "multiply", 0.2), (0, 3.5, "d", "set", 2)]
    )
    model, times = engine.compile(text), np.linspace(0, 6, 25)
    ours = model.solve(events=events, times=times, rtol=rtol)
    reference = model.solve(events=events, times=times, rtol=1e-10, engine="roadrunner")
    np.testing.assert_allclose(ours.y, reference.y, rtol=1e-5, atol=1e-7)


@pytest.mark.peer
def test_an_infusion_agrees_with_roadrunner_running_it_as_a_rate():
    ours = engine.compile("model m; x = 1; x' = -0.7*x/(1 + x); end")
    rated = engine.compile("model m; x = 1; x' = r - 0.7*x/(1 + x); r = 0; end")
    times = np.linspace(0, 6, 13)
    a = ours.solve(events=engine.EventTable(infusion("x", 5.0, 1.0, 2.0)), times=times, rtol=1e-9)
    switches = engine.EventTable([(0, 1.0, "r", "set", 2.5), (0, 3.0, "r", "set", 0.0)])
    b = rated.solve(events=switches, times=times, rtol=1e-10, outputs=["x"], engine="roadrunner")
    np.testing.assert_allclose(a.y, b.y, rtol=1e-6)


@pytest.mark.peer
def test_derived_constants_follow_each_patient_in_roadrunner_too():
    text = "model m; x = 2*k; x' = -d*x; k = 3; d = k/4; end"
    model = engine.compile(text)
    events = engine.EventTable([(1, 0.5, "x", "add", 1.0)])
    ours = model.solve({"k": [3, 5]}, None, events, [0, 1, 2], rtol=1e-9)
    reference = model.solve({"k": [3, 5]}, None, events, [0, 1, 2], rtol=1e-10, engine="roadrunner")
    np.testing.assert_allclose(ours.y, reference.y, rtol=1e-6)
