"""Hubs: quantities that are unknowns of the matrix of a step. The solution is that of the matrix without them."""

from ctypes import CFUNCTYPE, c_void_p

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lobule import engine
from lobule.engine.emit import kernel, looped, structure
from lobule.engine.emit.code import METHOD
from lobule.engine.emit.hubs import hubs_of
from lobule.engine.emit.structure import Structure


def star(n):
    """States that all use one total of all."""
    total = " + ".join(f"x{i}" for i in range(n))
    rates = "".join(f"x{i} = {1 + 0.1 * i}; x{i}' = 0.5 - {1 + i}*x{i}*total/(1 + total); " for i in range(n))
    return f"model m; total := {total}; {rates} end"


def first_stage(model, laid_out, h):
    """The first stage of a step of the model from its start."""
    built, parts, n = kernel.build(laid_out, 4), laid_out.parts, len(model.states)
    constants, initial = model.at_start()
    w = np.zeros((parts["size"], 4))
    w[parts["y"] : parts["y"] + n] = initial[0][:, None]
    w[parts["p"] : parts["p"] + len(constants[0])] = constants[0][:, None]
    w[parts["h"]], w[parts["rtol"]] = h, 1e-6
    w[parts["atol"] : parts["atol"] + n] = 1e-9
    CFUNCTYPE(None, c_void_p, c_void_p)(built.addresses["attempt"])(w.ctypes.data, w.ctypes.data)
    return w[parts["k"] : parts["k"] + n, 0]


def dense(model, h):
    """The matrix of that step and its right-hand side, without hubs."""
    constants, initial = model.at_start()
    slopes, rates = (f(0.0, initial[0], constants[0]) for f in (model.jacobian, model.rates))
    return np.eye(len(rates)) / (h * METHOD.gamma) - slopes, rates


@st.composite
def webs_with_hubs(draw):
    """Rates over states and over quantities that use states and each other; which of these are hubs."""
    n, m = draw(st.integers(2, 8)), draw(st.integers(1, 5))
    number = st.floats(-2, 2).map(lambda v: round(v, 3))
    rules = []
    for k in range(m):
        used = draw(st.lists(st.sampled_from([*(f"x{i}" for i in range(n)), *(f"q{i}" for i in range(k))]), min_size=1))
        form = draw(st.sampled_from(["{}", "({})^2", "({})/(3 + ({})^2)", "exp(-0.1*({})^2)"]))
        total = " + ".join(f"({draw(number)})*{name}" for name in used)
        rules.append(f"q{k} := {form.format(*[total] * form.count('{}'))};")
    names = st.sampled_from([*(f"x{i}" for i in range(n)), *(f"q{k}" for k in range(m))])
    rates = []
    for i in range(n):
        terms = [f"({draw(number)})*{draw(names)}*{draw(names)}" for _ in range(draw(st.integers(1, 3)))]
        rates.append(f"x{i} = {draw(number)}; x{i}' = -x{i} + {' + '.join(terms)};")
    chosen = draw(st.lists(st.booleans(), min_size=m, max_size=m))
    return f"model m; {' '.join([*rules, *rates])} end", chosen


@pytest.mark.parametrize("straight", [looped.STRAIGHT, -1])
@settings(max_examples=12, deadline=None)
@given(webs_with_hubs(), st.floats(1e-3, 1.0))
def test_the_solution_is_that_of_the_dense_matrix_whatever_is_a_hub(straight, web, h):
    text, chosen = web
    model = engine.compile(text)
    matrix, rates = dense(model, h)
    assume(np.linalg.cond(matrix) < 1e6)
    expected = np.linalg.solve(matrix, rates)
    symbols = [symbol for symbol, _ in model.code.working_system.assignments]
    hubs = tuple(s for s, is_hub in zip(symbols, [*chosen, *[False] * len(symbols)], strict=False) if is_hub)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(looped, "STRAIGHT", straight)
        patch.setattr(structure, "hubs_of", lambda system, size: hubs)
        patch.setattr(
            kernel, "machine_code", lambda what, emitted, own=kernel.machine_code: own(f"{what} {straight}", emitted)
        )
        found = first_stage(model, Structure(model.code.working_system, METHOD), h)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9 * max(np.abs(expected).max(), 1e-9))


def test_a_total_that_all_states_use_is_a_hub_and_the_factors_stay_few():
    laid_out = engine.compile(star(40)).code.structure()
    assert [str(hub) for hub in laid_out.slopes.hubs] == [str(laid_out.system.assignments[0][0])]
    assert len(laid_out.order.slots) == 3 * 40 + 1
    assert laid_out.order.operations == 40


def test_a_total_is_a_hub_where_the_elimination_is_a_loop_too(monkeypatch):
    straight = engine.compile(star(12)).solve(times=[0.5, 2.0])
    monkeypatch.setattr(looped, "STRAIGHT", -1)
    monkeypatch.setattr("lobule.engine.emit.code._KEPT", {})
    monkeypatch.setattr(kernel, "_surroundings", lambda: "loops of hubs")
    assert np.array_equal(straight.y, engine.compile(star(12)).solve(times=[0.5, 2.0]).y)


@pytest.mark.parametrize(
    "text",
    [
        "model m; x = 1; x' = -k*x; k = 1; end",
        "model m; q := a + b; a = 1; b = 2; a' = -a*q; b' = -b; end",
        f"model m; {''.join(f'x{i} = 1; J{i}: x{i} -> x{(i + 1) % 9}; k*x{i};' for i in range(9))} k = 1; end",
    ],
)
def test_nothing_is_a_hub_where_that_saves_nothing(text):
    system = engine.compile(text).code.working_system
    assert hubs_of(system, len(system.states)) == ()


@pytest.mark.parametrize("straight", [looped.STRAIGHT, -1])
def test_sensitivities_are_the_same_with_a_hub_and_near_an_edge_behind_it(straight, monkeypatch):
    rates = "".join(f"x{i} = {i % 3}; x{i}' = k*sqrt(total) - {1 + i}*x{i}*total^1.3; " for i in range(12))
    text = f"model m; total := {' + '.join(f'x{i}' for i in range(12))}; k = 0.7; {rates} end"
    monkeypatch.setattr(looped, "STRAIGHT", straight)
    found = []
    for choose in (hubs_of, lambda system, size: ()):
        monkeypatch.setattr(structure, "hubs_of", choose)
        monkeypatch.setattr("lobule.engine.emit.code._KEPT", {})
        monkeypatch.setattr(kernel, "_surroundings", lambda choose=choose: f"{choose is hubs_of} {straight} tangents")
        found.append(engine.compile(text).solve(times=[0.1, 1, 3], sensitivities=["k"], rtol=1e-8))
    with_hub, without = found
    np.testing.assert_array_equal(with_hub.steps, without.steps)
    np.testing.assert_allclose(with_hub.y, without.y, rtol=1e-10)
    np.testing.assert_allclose(with_hub.slopes, without.slopes, rtol=1e-9)


def test_where_nothing_changes_nothing_moves_at_all_with_a_hub():
    rates = "".join(f"x{i} = 1; x{i}' = (total/healthy - 1)*x{i}*{1 + i}; " for i in range(20))
    text = f"model m; total := {' + '.join(f'x{i}' for i in range(20))}; healthy = 20; {rates} end"
    model = engine.compile(text)
    assert model.code.structure().slopes.hubs
    assert np.all(model.solve(times=[1, 10, 100]).y == 1)
