"""Rates that are finite where their slope is not: powers below 1, roots, arcsin; and outputs without a value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from lobule import engine
from lobule.engine.compiled import CompiledModel
from lobule.engine.solution import UNDEFINED_OUTPUT

TANK = engine.compile("model tank; h = 0; inflow = 2; k = 1; h' = inflow - k*sqrt(h); end")
HILL = engine.compile("model hill; n = 0.8; x = 0; x' = 1 - x^n/(1 + x^n); end")
WEIBULL = engine.compile("model w; A = 100; a = 2; b = 1.5; A' = -A*(b/a)*(time/a)^(b - 1); end")
# what each formula is beside its edge: x1 drains by a power, x2 is fed by a power of x1 (an entry off the diagonal)
POWERS = engine.compile("""model powers; x1 = 0; x2 = 0; x3 = 0.2; n = 0.5; k = 1
    x1' = k - x1^n; x2' = x1^n/(1 + x1^n) - 0.3*x2; x3' = exp(n*ln(x3)) - x3 - 0.1*x2; end""")


@pytest.mark.parametrize(("time", "level"), [(1, 1.215365), (5, 3.106896), (50, 3.999989)])
@pytest.mark.parametrize("start", [0, 1e-300, 1e-120, 1e-60, 1e-20, 1e-12])
def test_a_tank_with_a_hole_fills_from_empty(time, level, start):
    solution = TANK.solve(initial={"h": start}, times=[time])
    assert solution.complete, solution.reasons
    assert solution["h"][0, 0] == pytest.approx(level, rel=3e-6)


def test_a_hill_term_below_one_starts_from_nothing():
    np.testing.assert_allclose(HILL.solve(times=[1, 5])["x"][0], [0.704362, 2.371376], rtol=3e-6)


def test_a_weibull_absorption_starts_at_time_0():
    solution = WEIBULL.solve(times=[1, 2, 5])
    assert solution.complete
    np.testing.assert_allclose(solution["A"][0], 100 * np.exp(-((np.array([1, 2, 5]) / 2) ** 1.5)), rtol=1e-5)


@pytest.mark.parametrize(
    ("rate", "right"),
    [
        ("sqrt(time)", 2 / 3 * 2**1.5),
        ("time^0.3", 2**1.3 / 1.3),
        ("root(3, time)", 0.75 * 2 ** (4 / 3)),
        ("exp(0.5*ln(time))", 2 / 3 * 2**1.5),
        ("sqrt(1 - exp(-time))", 2 * np.arctanh(np.sqrt(1 - np.exp(-2))) - 2 * np.sqrt(1 - np.exp(-2))),
        ("arcsin(1 - time/2)", np.pi - 2),
        ("arccos(1 - time/2)", 2.0),
        ("arccosh(1 + time)", 3 * np.arccosh(3) - np.sqrt(8)),
        ("piecewise(sqrt(time), time > 0, 0)", 2 / 3 * 2**1.5),
        ("abs(time - 1)^0.5", 4 / 3),
    ],
)
def test_a_rate_with_an_infinite_slope_in_time_is_integrated(rate, right):
    solution = engine.compile(f"model m; x = 0; x' = {rate}; end").solve(times=[2])
    assert solution.complete, solution.reasons
    assert solution["x"][0, 0] == pytest.approx(right, rel=2e-5)


def test_arcsin_of_a_state_that_leaves_1():
    solution = engine.compile("model m; x = 1; y = 0; x' = -x; y' = arcsin(x); end").solve(times=[2])
    reference = solve_ivp(lambda t, y: [np.arcsin(np.exp(-t))], (0, 2), [0], rtol=1e-10, atol=1e-12)
    assert solution["y"][0, 0] == pytest.approx(reference.y[0, -1], rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(
    n=st.floats(0.2, 3).map(lambda v: round(v, 3)),
    k=st.sampled_from([0.0, 0.3, 1.0, 5.0]),
    start=st.lists(st.sampled_from([0.0, 1e-300, 1e-30, 1e-9, 0.2, 3.0]), min_size=2, max_size=2),
)
def test_powers_from_any_start_agree_with_an_explicit_method(n, k, start):
    def rates(t, x):
        a, b, c = x
        p = max(a, 0) ** n
        return [k - p, p / (1 + p) - 0.3 * b, max(c, 0) ** n - c - 0.1 * b]

    first = [*start, 0.5]
    times = [0.01, 0.5, 1]
    solution = POWERS.solve(
        {"n": n, "k": k}, dict(zip(("x1", "x2", "x3"), first, strict=True)), times=times, atol=1e-10
    )
    reference = solve_ivp(rates, (0, 1), first, "DOP853", times, rtol=1e-10, atol=1e-14)
    assert solution.complete, solution.reasons
    np.testing.assert_allclose(solution.y[0], reference.y.T, rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_care_for_one_patient_does_not_change_another(lanes):
    starts = np.array([0, 1e-300, 0.3, 2.0, 1e-12, 0, 5])
    wide = CompiledModel(TANK.sbml, lanes).solve(initial={"h": starts}, times=[0.1, 1])
    alone = [TANK.solve(initial={"h": start}, times=[0.1, 1]).y[0] for start in starts]
    assert np.array_equal(wide.y, alone)


def test_the_slope_by_an_exponent_is_0_where_its_base_is_0():
    model = engine.compile("model h; n = 2; K = 1; S = 0; x = 0; S' = -0.1*S; x' = S^n/(K^n + S^n) - 0.1*x; end")
    asked = {"events": engine.EventTable([(0, 1.0, "S", "add", 2)]), "times": [0, 1, 5], "rtol": 1e-9}
    solution = model.solve(sensitivities=["n"], **asked)
    assert solution.complete, solution.reasons
    above, below = (model.solve({"n": [v]}, **asked)["x"][0] for v in (2.001, 1.999))
    found = solution.sensitivity("x", "n")[0]
    assert found[:2].tolist() == [0, 0]
    assert found[2] == pytest.approx((above - below)[2] / 0.002, rel=1e-5)


@settings(max_examples=10, deadline=None)
@given(n=st.floats(0.3, 4), k=st.floats(0.1, 3))
def test_slopes_of_powers_from_0_agree_with_differences(n, k):
    model = engine.compile("model s; x = 0; y = 0; n = 2; k = 1; x' = k - 0.5*x; y' = x^n - y; end")
    asked = {"times": [0.5, 2], "rtol": 1e-9, "atol": 1e-12}
    solution = model.solve({"n": n, "k": k}, sensitivities=["n", "k"], **asked)
    assert solution.complete, solution.reasons
    for name, value in (("n", n), ("k", k)):
        h = 1e-5 * value
        up, down = (model.solve({"n": n, "k": k} | {name: value + s * h}, **asked)["y"][0] for s in (1, -1))
        np.testing.assert_allclose(solution.sensitivity("y", name)[0], (up - down) / (2 * h), rtol=1e-3, atol=1e-5)


def test_a_start_value_that_is_a_power_of_0_has_a_slope_by_its_exponent():
    model = engine.compile("model s; b = 0; n = 2; x = b^n; x' = -x; end")
    solution = model.solve(times=[0, 1], sensitivities=["n"])
    assert solution.complete, solution.reasons
    assert solution.sensitivity("x", "n").tolist() == [[0, 0]]


def test_an_output_without_a_value_is_missing_alone_and_named():
    model = engine.compile("model m; x = 0; y = 1; x' = 1; y' = -y; z := x*y; ratio := x/z; end")
    solution = model.solve(times=[0, 1, 2], outputs=["x", "ratio", "y"])
    assert np.isnan(solution["ratio"][0]).tolist() == [True, False, False]
    np.testing.assert_allclose(solution["x"][0], [0, 1, 2], rtol=1e-9)
    np.testing.assert_allclose(solution["ratio"][0, 1:], np.exp([1, 2]), rtol=1e-5)
    assert solution.status.tolist() == [UNDEFINED_OUTPUT]
    assert solution.reasons[0] == (
        'patient 0: "ratio" is infinite or undefined, first at time 0; such values are NaN, all others are complete'
    )


def test_a_slope_without_a_value_is_named_with_its_output():
    model = engine.compile("model m; x = 1; x' = -2*k; k = 1; y := sqrt(x); end")
    solution = model.solve(times=[0, 0.4, 1], outputs=["y", "x"], sensitivities=["k"])
    assert '"y", the derivative by k of "y" are' in solution.reasons[0]
    np.testing.assert_allclose(solution["x"][0], [1, 0.2, -1], rtol=1e-6)


WEIR = engine.compile("model w; x = 1; x' = v; v = -1; c = 0; n = 0.5; y = 0; y' = max(x - c, 0)^n; end")


@settings(max_examples=25, deadline=None)
@given(st.floats(0.3, 0.95), st.floats(-0.9, 0.9), st.sampled_from([-1.0, 1.0]))
def test_a_power_of_what_rests_at_0_is_integrated_before_and_after(n, level, direction):
    """Flow over a weir: the slope of the power is infinite exactly where that of its argument is 0."""
    times = np.linspace(0, 2, 9)
    start = -direction
    solution = WEIR.solve({"n": n, "c": level, "v": direction}, {"x": start}, times=times, rtol=1e-8)
    assert solution.complete, solution.reasons
    above = np.maximum(start + direction * times - level, 0) ** (n + 1)
    right = direction * (above - max(start - level, 0) ** (n + 1)) / (n + 1)
    np.testing.assert_allclose(solution["y"][0], right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("rate", "right"),
    [
        ("sqrt(x*z)", 0.5), ("sqrt(x^2 + z^2)", 0.5**0.5), ("a^0.5", 2 / 3), ("arccos(min(1, 1.5 - x))", 0.3424266),
    ],
)  # fmt: skip
def test_a_root_whose_argument_rests_at_its_edge_leaves_it(rate, right):
    model = engine.compile(f"model r; x = 0; z = 0; y = 0; a := max(x, 0); x' = 1; z' = 1; y' = {rate}; end")
    solution = model.solve(times=[1], rtol=1e-8)
    assert solution.complete, solution.reasons
    assert solution["y"][0, 0] == pytest.approx(right, rel=1e-5)
