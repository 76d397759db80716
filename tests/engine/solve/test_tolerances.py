"""The unit in which a model counts does not change its solution: default tolerances follow it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import engine

FED = """
model fed
  compartment c = {size}
  species $F in c, A in c, B in c, D in c
  F = {feed}; A = 0; B = {start}; D = 0; k = 1
  into: F => A; c*k*F
  on: A => B; c*3*A
  out: B => D; c*3*B*B/(0.1 + B)
end
"""
CHAIN = "m = {size}; A = {feed}*m; B = {start}*m; D = 0; A' = -A; B' = A - 3*B*B/(0.1*m + B); D' = 3*B*B/(0.1*m + B)"


def solved(text, **values):
    solution = engine.compile(text.format(**values)).solve(times=[1, 5], outputs=["A", "B", "D"])
    assert solution.complete
    return solution.y[0]


@given(st.integers(-20, 3), st.floats(0.5, 8), st.sampled_from([0, 0.3, 2]))
@settings(max_examples=12)
def test_concentrations_do_not_depend_on_the_size_of_the_compartment(power, feed, start):
    """Even where every amount begins at 0; sizes of cells in litres are 1e-12 to 1e-15."""
    usual = solved(FED, size=1.0, feed=feed, start=start)
    assert solved(FED, size=10.0**power, feed=feed, start=start) == pytest.approx(usual, rel=1e-9)


@given(st.integers(-20, -4), st.floats(0.5, 8), st.sampled_from([0, 0.3, 2]))
@settings(max_examples=12)
def test_a_model_that_counts_in_moles_is_solved_like_one_in_nanomoles(power, feed, start):
    """Both to their tolerance; only what is far below 1 throughout is taken for such a model."""
    usual = solved(CHAIN, size=1.0, feed=feed, start=start)
    assert solved(CHAIN, size=10.0**power, feed=feed, start=start) / 10.0**power == pytest.approx(usual, rel=1e-5)


@pytest.mark.peer
def test_a_reaction_in_a_femtolitre_is_that_of_scipy():
    """Glucose and ATP used up together, 5 and 3 mM in 1e-15 L (a public model written anew)."""
    from scipy.integrate import solve_ivp

    text = """
    model phosphorylation
      compartment c = 1e-15
      species glc in c, atp in c, g6p in c, adp in c
      glc = 5; atp = 3; g6p = 0; adp = 0; Vmax = 1e-16; Ka = 0.5; Kb = 0.1
      hexokinase: glc + atp => g6p + adp; Vmax*glc/(Ka + glc)*atp/(Kb + atp)
    end
    """
    times = np.linspace(0, 100, 11)
    found = engine.compile(text).solve(times=times, rtol=1e-9)["atp"][0]
    exact = solve_ivp(lambda t, y: -0.1 * (y + 2) / (y + 2.5) * y / (y + 0.1), (0, 100), [3], "Radau", times,
                      rtol=1e-12, atol=1e-18)  # fmt: skip
    assert found == pytest.approx(exact.y[0], rel=1e-6, abs=1e-10)


@given(st.integers(-60, -30), st.sampled_from([-1, 1]))
@settings(max_examples=8)
def test_what_an_earlier_run_left_of_nothing_is_solved_like_nothing(power, sign):
    """A state at 1e-35 among others of size 1 would have its noise followed step by step."""
    text = "A = 1; B = {start}; D = 0; A' = -A; B' = A - 3*B*B/(0.1 + B); D' = 3*B*B/(0.1 + B)"
    left, nothing = (
        engine.compile(text.format(start=start)).solve(times=[1, 5]) for start in (sign * 10.0**power, 0.0)
    )
    assert left.complete and left.y == pytest.approx(nothing.y, rel=1e-12)
    assert np.array_equal(left.steps, nothing.steps)
