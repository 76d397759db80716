"""A jump of the rates whose moment moves with a chosen constant is refused; continuous kinks are right."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.engine.solve.test_sensitivities import differences

from lobule import engine
from lobule.engine.emit import jumps
from lobule.errors import InputError

SIDES = ["x", "y", "a", "b*y", "x + y", "a*time", "x*b", "0.7"]
CONTINUOUS = ["max({u}, {v})", "min({u}, {v})", "abs({u} - {v})", "piecewise({u}, {u} < {v}, {v})",
              "max(0, min({u} - {v}, 1))", "piecewise(0, {u} <= {v}, ({u} - {v})^2)",
              "piecewise(0, {u} < {v}, ({u} - {v})/(1 + {u} - {v}))"]  # fmt: skip


def of(text):
    return engine.compile(f"model m; {text}; end")


@pytest.mark.parametrize(
    ("text", "constant", "named"),
    [
        ("x = 0; a = 1.2; x' = piecewise(1, time > a, 0)", "a", '"a < time" in d.x./dt'),
        ("x = 0; a = 1.2; w = 1; x' = piecewise(1000, time > a && time < a + w, 0)", "w", '"time < a . w"'),
        ("x = 0; y = 0; a = 1.2; y' = 1; x' = piecewise(1, y > a, 0)", "a", '"a < y"'),
        ("x = 0; a = 1.2; k = 2; P := k*(time > a); x' = P", "a", 'the formula of "P"'),
        ("x = 0; a = 1.2; A := 3*a; x' = piecewise(1, time > A, 0)", "a", '"A < time"'),
        ("x = 0; a = 1.2; A = 3*a; x' = piecewise(1, time > A, 0)", "a", '"A < time"'),
        ("x = 0; s = 3*a; a = 1.2; s' = -s; x' = piecewise(1, s < 0.2, 0)", "a", '"s < 0.2"'),
        ("x = 9; k = 2; x' = -k*floor(x)", "k", "floor.x."),
        ("x = 0; a = 2; x' = ceil(time/a)", "a", "ceil"),
        ("x = 9; a = 1.2; x' = -piecewise(x/a, x < a, 1.001)", "a", '"x < a"'),
        ("x = 1; a = -65; k = 2; x' = k*piecewise(1, x > a, 0)", "k", '"a < x"'),
        ("x = 1; a = 1; b = 1000; x' = piecewise(1, time > a && time > b, 0)", "b", '"b < time"'),
        ("x = 1; a = 1; x' = piecewise(1, sin(a*time) > 0.5, 0)", "a", "sin"),
        ("x = 0; y = 1e-9; a = 1e-10; y' = -y; x' = piecewise(1e-12, y < a, 0)", "a", '"y < a"'),
        ("x = 0; k = 1; x' = piecewise(1, (x - 300.1234)^2 < 1e-9, k)", "k", "may make"),
        ("x = 0; y = 1e9; a = 1e8; y' = -y; J: -> x; piecewise(1, y < a, 0)", "a", 'the formula of "J"'),
    ],
)
def test_a_jump_at_a_moment_that_moves_with_a_chosen_constant_is_refused(text, constant, named):
    model = of(text)
    with pytest.raises(InputError, match=f'sensitivities to "{constant}".*{named}.*the rates jump.*differences'):
        model.solve(times=[1], sensitivities=[constant])
    assert model.solve(times=[1]).complete


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("x = 9; a = 1.2; k = 0.5; x' = -k*sqrt(max(x - a, 0))", ["k", "a"]),
        ("x = 9; a = 1.2; k = 2; x' = -k*max(0, min(x/a, 1))", ["k", "a"]),
        ("x = 1; a = 1; x' = max(sin(a*time), 0.5)", ["a"]),
        ("x = 1; a = 1; b = 1000; x' = 0.1*max(max(x, a), b)", ["a", "b"]),
        ("x = 0; a = 1.2; x' = abs(time/a - 2*floor(time/(2*a)) - 1)", ["a"]),  # a wave of triangles
        ("x = 1; a = 3; k = 2; x' = k*piecewise(x, x < a, 2*a - x, x >= a && x < 2*a, 0)", ["a", "k"]),
        ("x = 9; V = 0; k = 2; V' = k - V; x' = -piecewise(0, V == 0, x/(1 + V))", ["k"]),
        ("x = -70; a = -65; k = 2; x' = 0.1*max(x, a)*k", ["k", "a"]),
        ("x = 0; on = 1; wide = 0.5; high = 3; k = 1; x' = piecewise(high, time > on && time < on + wide, 0) - k*x",
         ["high", "k"]),
        ("x = 9; y = 1; a = 1.2; b = 1; y' = -y; x' = a*piecewise(1, y < 0.5, 0) - b*x", ["a", "b"]),
        ("x = 9; a = 1; b = 2; x' = -piecewise(a, a < b, b)*x", ["a", "b"]),  # no moment at all
    ],
)  # fmt: skip
def test_continuous_kinks_and_jumps_that_do_not_move_are_right(text, constants):
    model, asked = of(text), {"times": [0.4, 1.3, 2.9], "rtol": 1e-9}
    found = model.solve(sensitivities=constants, **asked).slopes[0]
    for block, name in enumerate(constants):
        wanted = differences(model, name, 1e-5, **asked)
        np.testing.assert_allclose(found[:, :, block], wanted, rtol=1e-3, atol=1e-4)


@st.composite
def kinks(draw, shapes):
    """A formula with a kink between two different sides."""
    u, v = draw(st.sampled_from(SIDES)), draw(st.sampled_from(SIDES))
    assume(u != v and {u, v} != {"a", "0.7"})
    return draw(st.sampled_from(shapes)).format(u=f"({u})", v=f"({v})")


def network(formula):
    return of(f"x = 1; y = 2; a = 0.6; b = 0.8; y' = b - y; R := {formula}; x' = a - 0.3*R*b - 0.1*x")


@settings(max_examples=20, deadline=None)
@given(kinks(CONTINUOUS), kinks(CONTINUOUS), st.sampled_from(["{} + 0.37*{}", "{} - 0.37*{}", "(2 + {})*exp(-0.1*{})"]))
def test_random_continuous_kinks_agree_with_differences(one, other, join):
    model, asked = network(join.format(f"({one})", f"({other})")), {"times": [0.5, 2.0], "rtol": 1e-9}
    solution = model.solve(sensitivities=["a", "b"], **asked)
    assume(solution.complete)
    for block, name in enumerate("ab"):
        wanted = differences(model, name, 1e-5, **asked)
        np.testing.assert_allclose(solution.slopes[0, :, :, block], wanted, rtol=2e-3, atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(kinks(["piecewise({u}, {u} < {v}, {v} + H)", "piecewise(0, {u} <= {v}, {u} - {v} + H)", "H*floor({u} - {v})"]),
       st.sampled_from([1e-5, 0.1, -1.0, 1e4]), kinks(CONTINUOUS))  # fmt: skip
def test_a_random_kink_with_a_gap_is_refused(jump, height, continuous):
    model = network(f"{jump.replace('H', str(height))} + {continuous}")
    with pytest.raises(InputError, match="rates jump"):
        model.code.tangents((), tuple(range(len(model.constants))))


def test_a_model_without_comparisons_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(jumps, "_moving", None)
    assert of("x = 8; k = 1; x' = -k*x^2").code.tangents((), (0,)).chosen == (0,)
