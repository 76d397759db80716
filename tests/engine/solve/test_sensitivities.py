"""Forward sensitivities: against closed forms, finite differences, and an independent solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp
from tests.engine.networks import networks

from lobule import engine
from lobule.engine.events import EVERYONE, infusion
from lobule.errors import InputError

DECAY = engine.compile("model decay; x = 8; x' = -k*x; k = 1; y := x^2; end")
DERIVED = engine.compile("model d; x = a/b; x' = made - b*x; a = 3; b = 0.5; made = 2*total; total = a + b; end")


def differences(model, constant, size, **kwargs):
    """Central differences of all outputs by one constant."""
    value = dict(zip(model.constants, model.system.constant_values, strict=True))[constant]
    step = size * max(abs(value), 1e-3)
    above, below = (model.solve({constant: [v]}, **kwargs).y[0] for v in (value + step, value - step))
    return (above - below) / (2 * step)


def test_decay_has_its_closed_form():
    times = np.linspace(0, 3, 7)
    solution = DECAY.solve(times=times, rtol=1e-9, outputs=["x", "y", "k"], sensitivities=["k"])
    np.testing.assert_allclose(solution.sensitivity("x", "k")[0], -8 * times * np.exp(-times), rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(
        solution.sensitivity("y", "k")[0], -128 * times * np.exp(-2 * times), rtol=1e-7, atol=1e-6
    )
    assert np.all(solution.sensitivity("k", "k") == 1)
    np.testing.assert_allclose(solution["x"][0], 8 * np.exp(-times), rtol=1e-8)


def test_events_act_on_the_derivative_as_on_the_state():
    rows = [
        (0, 1.0, "x", "add", 5),
        (0, 2.0, "x", "multiply", 0.5),
        (0, 3.0, "x", "set", 2),
        (0, 4.0, "k", "multiply", 2),
    ]
    rows += infusion("x", 4.0, 4.5, 1.0)
    times = [0.5, 1.5, 2.5, 3.5, 4.4, 5.0, 6.0]
    asked = {"events": engine.EventTable(rows), "times": times, "rtol": 1e-10}
    solution = DECAY.solve(sensitivities=["k"], **asked)
    np.testing.assert_allclose(solution.slopes[0, :, :, 0], differences(DECAY, "k", 1e-4, **asked), rtol=1e-5)


def test_a_constant_that_is_switched_no_longer_follows_its_first_value():
    events = engine.EventTable([(0, 1.0, "k", "set", 3.0)])
    solution = DECAY.solve(events=events, times=[1, 2], rtol=1e-10, outputs=["x", "k"], sensitivities=["k"])
    np.testing.assert_allclose(solution.sensitivity("x", "k")[0], [-8 * np.exp(-1), -8 * np.exp(-4)], rtol=1e-7)
    assert solution.sensitivity("k", "k")[0].tolist() == [1, 0]


@pytest.mark.parametrize("constant", ["a", "b"])
def test_start_values_and_derived_constants_follow(constant):
    asked = {"times": [0, 1, 4], "rtol": 1e-10}
    solution = DERIVED.solve(sensitivities=[constant], **asked)
    np.testing.assert_allclose(solution.slopes[0, :, :, 0], differences(DERIVED, constant, 1e-4, **asked), rtol=1e-6)


def test_what_the_user_sets_does_not_follow():
    solution = DERIVED.solve({"made": 0.0}, {"x": 1.0}, times=[0, 2], rtol=1e-10, sensitivities=["a", "b"])
    assert np.all(solution.sensitivity("x", "a") == 0)
    np.testing.assert_allclose(solution.sensitivity("x", "b")[0], [0, -2 * np.exp(-1)], rtol=1e-8, atol=1e-12)


def test_time_and_kinks():
    model = engine.compile("model m; x = 1; x' = -k*min(x, 0.5) + a*sin(time)^2; k = 0.7; a = 0.3; end")
    asked = {"times": np.linspace(0.5, 6, 5), "rtol": 1e-9}
    solution = model.solve(sensitivities=["k", "a"], **asked)
    for block, name in enumerate(["k", "a"]):
        found, wanted = solution.slopes[0, :, :, block], differences(model, name, 1e-4, **asked)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


def test_a_step_of_a_state_has_no_slope():
    model = engine.compile("model s; x = 8; x' = -k*x; k = 1; whole := floor(x); twice := 2*whole + x; end")
    solution = model.solve(times=[1], rtol=1e-9, outputs=["x", "whole", "twice"], sensitivities=["k"])
    assert solution.sensitivity("whole", "k")[0, 0] == 0
    assert solution.sensitivity("twice", "k")[0, 0] == solution.sensitivity("x", "k")[0, 0]


def test_scipy_agrees_on_stiff_kinetics():
    model = engine.compile("""model robertson
        a = 1; b = 0; c = 0; J1: a -> b; k1*a; J2: b -> c; k2*b^2; J3: b + c -> a + c; k3*b*c
        k1 = 0.04; k2 = 3e7; k3 = 1e4; end""")
    asked = {"times": [0.4, 4, 400], "rtol": 1e-8}
    solution = model.solve(sensitivities=["k1"], **asked)

    def rates(t, z):
        a, b, c, da, db, dc = z
        v1, v2, v3 = 0.04 * a, 3e7 * b * b, 1e4 * b * c
        w1, w2, w3 = 0.04 * da + a, 6e7 * b * db, 1e4 * (b * dc + c * db)
        return [-v1 + v3, v1 - v2 - v3, v2, -w1 + w3, w1 - w2 - w3, w2]

    other = solve_ivp(rates, (0, 400), [1, 0, 0, 0, 0, 0], "Radau", asked["times"], rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(solution.y[0], other.y[:3].T, rtol=1e-6)
    np.testing.assert_allclose(solution.slopes[0, :, :, 0], other.y[3:].T, rtol=1e-5)


@settings(max_examples=12, deadline=None)
@given(networks(), st.integers(0, 1))
def test_random_networks_agree_with_differences(case, which):
    text, events = case
    model, constant = engine.compile(text), f"k{which}"
    asked = {"events": events, "times": [1.0, 3.0], "rtol": 1e-10}
    found = model.solve(sensitivities=[constant], **asked).slopes[0, :, :, 0]
    wanted = differences(model, constant, 1e-4, **asked)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5 * max(1.0, np.abs(wanted).max()))


def test_bits_do_not_depend_on_lanes_or_company():
    values = np.linspace(0.5, 2, 7)
    events = engine.EventTable([(EVERYONE, 1.0, "x", "add", 5)])
    together = DECAY.solve({"k": values}, events=events, times=[0.5, 2], sensitivities=["k"]).slopes
    for i, k in enumerate(values):
        alone = DECAY.solve({"k": [k]}, events=events, times=[0.5, 2], sensitivities=["k"]).slopes
        assert np.array_equal(alone[0], together[i])


def test_tolerances_do_not_depend_on_company():
    first = DECAY.solve(initial={"x": [8.0, 1e-3]}, times=[1, 3], rtol=1e-5).y[1]
    alone = DECAY.solve(initial={"x": [1e-3]}, times=[1, 3], rtol=1e-5).y[0]
    assert np.array_equal(first, alone)


def test_refusals():
    with pytest.raises(InputError, match='no parameter "kk"'):
        DECAY.solve(times=[1], sensitivities=["kk"])
    with pytest.raises(InputError, match="asked for twice"):
        DECAY.solve(times=[1], sensitivities=["k", "k"])
    with pytest.raises(InputError, match="knows no sensitivities"):
        DECAY.solve(times=[1], sensitivities=["k"], engine="roadrunner")
    own = engine.compile("model e; x = 1; x' = -k*x; k = 1; E1: at x < 0.5: x = 1; end")
    with pytest.raises(InputError, match='"E1"'):
        own.solve(times=[1], sensitivities=["k"])
