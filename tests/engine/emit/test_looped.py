"""The loops over tables that stand for a long elimination: the same numbers as straight code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule import engine
from lobule.engine.emit import kernel, looped, order
from lobule.engine.emit.code import METHOD
from lobule.engine.emit.structure import Structure
from lobule.errors import ModelError


def stepped(model, structure, h):
    """Everything in the workspace after one try of a step of the model at its start."""
    built = kernel.build(structure, 4)
    from ctypes import CFUNCTYPE, c_void_p

    parts = structure.parts
    w = np.zeros((parts["size"], 4))
    constants, initial = model.at_start()
    n = len(initial[0])
    w[parts["y"] : parts["y"] + n] = initial[0][:, None]
    w[parts["p"] : parts["p"] + len(constants[0])] = constants[0][:, None]
    w[parts["h"]], w[parts["rtol"]] = h, 1e-6
    w[parts["atol"] : parts["atol"] + n] = 1e-9
    CFUNCTYPE(None, c_void_p, c_void_p)(built.addresses["attempt"])(w.ctypes.data, w.ctypes.data)
    return w


@st.composite
def webs(draw):
    """States that use each other in any order, so that the order of elimination is not that of the states."""
    n = draw(st.integers(4, 12))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), min_size=n, max_size=4 * n))
    rates = {i: [f"-{i + 1}*x{i}"] for i in range(n)}
    for i, j in pairs:
        rates[i].append(f"0.1*x{j}^2")
    return "model m; " + "".join(f"x{i} = {i + 1}; x{i}' = {' + '.join(rates[i])}; " for i in range(n)) + "end"


@settings(max_examples=8, deadline=None)
@given(webs(), st.floats(1e-3, 1.0))
def test_loops_over_tables_give_the_bits_of_straight_code(text, h):
    model = engine.compile(text)
    with pytest.MonkeyPatch.context() as patch:
        straight = stepped(model, Structure(model.code.working_system, METHOD), h)
        patch.setattr(looped, "STRAIGHT", -1)
        patch.setattr(
            kernel, "machine_code", lambda what, emitted, own=kernel.machine_code: own(what + "loops", emitted)
        )
        loops = stepped(model, Structure(model.code.working_system, METHOD), h)
    parts = model.code.structure().parts
    scratch = slice(parts["stage"], parts["stage"] + len(model.states))
    np.testing.assert_array_equal(np.delete(straight, scratch, 0), np.delete(loops, scratch, 0))


def test_sensitivities_are_the_same_with_loops(monkeypatch):
    text = "model m; a = 2; b = 1; d = 0; a' = -k*a*b; b' = k*a - b^2*d; d' = b - a*d; k = 0.7; end"
    straight = engine.compile(text).solve(times=[1, 2], sensitivities=["k"])
    monkeypatch.setattr(looped, "STRAIGHT", -1)
    monkeypatch.setattr("lobule.engine.emit.code._KEPT", {})
    monkeypatch.setattr(kernel, "_surroundings", lambda: "loops")
    loops = engine.compile(text).solve(times=[1, 2], sensitivities=["k"])
    assert np.array_equal(straight.slopes, loops.slopes)
    assert np.array_equal(straight.y, loops.y)


def test_a_matrix_that_fills_without_bound_is_refused_with_its_size(monkeypatch):
    monkeypatch.setattr(order, "MOST_OPERATIONS", 1000)
    total = " + ".join(f"x{i}" for i in range(40))
    rates = "".join(f"x{i} = 1; x{i}' = -x{i}*({total}); " for i in range(40))
    with pytest.raises(ModelError, match="more than 1000 operations on a matrix of 40 rows"):
        engine.compile(f"model m; {rates} end").solve(times=[1])


def test_slopes_are_counted_before_anything_is_differentiated(monkeypatch):
    monkeypatch.setattr(order, "MOST_SLOPES", 1000)
    total = " + ".join(f"x{i}" for i in range(40))
    rates = "".join(f"x{i} = 1; x{i}' = -{i + 1}*x{i}*total; " for i in range(40))
    with pytest.raises(ModelError, match="in 1640 ways; the engine takes at most 1000"):
        engine.compile(f"model m; total := {total}; {rates} end").solve(times=[1])
