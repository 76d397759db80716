"""Solving: closed forms, events, failures that stay with their patient."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm

from lobule import engine
from lobule.engine.events import EVERYONE, Event, infusion
from lobule.errors import InputError, ResultsError

DECAY = engine.compile("model decay; x = 8; x' = -k*x; k = 1; end")


def test_decay_matches_its_closed_form():
    times = np.linspace(0, 5, 21)
    solution = DECAY.solve(times=times, rtol=1e-10)
    np.testing.assert_allclose(solution["x"][0], 8 * np.exp(-times), rtol=1e-8)
    assert solution.complete


def test_a_dose_adds_and_a_sample_at_its_time_shows_the_value_before():
    solution = DECAY.solve(events=engine.EventTable([(0, 1.0, "x", "add", 5)]), times=[1, 1 + 1e-9, 2], rtol=1e-10)
    before = 8 * np.exp(-1)
    np.testing.assert_allclose(solution["x"][0], [before, before + 5, (before + 5) * np.exp(-1)], rtol=1e-7)


def test_events_at_one_time_act_in_the_order_of_the_table():
    rows = [(0, 1.0, "x", "set", 2), (0, 1.0, "x", "multiply", 3), (0, 1.0, "x", "add", 1)]
    solution = DECAY.solve({"k": 0}, events=engine.EventTable(rows), times=[2])
    assert solution["x"][0, 0] == 7


def test_a_switch_changes_a_constant_for_one_patient_only():
    events = engine.EventTable([(1, 1.0, "k", "set", 0)])
    solution = DECAY.solve({"k": [1, 1]}, events=events, times=[1, 3], rtol=1e-10, outputs=["x", "k"])
    np.testing.assert_allclose(solution["x"][:, 1], [8 * np.exp(-3), 8 * np.exp(-1)], rtol=1e-7)
    assert solution["k"][:, 1].tolist() == [1, 0]


def test_an_infusion_gives_its_whole_amount():
    events = engine.EventTable(infusion("x", amount=6, start=1, duration=2))
    solution = DECAY.solve({"k": 0}, {"x": 0}, events, times=[1, 2, 3, 4], rtol=1e-10)
    np.testing.assert_allclose(solution["x"][0], [0, 3, 6, 6], rtol=1e-8, atol=1e-12)


def test_an_infusion_into_decay_matches_its_closed_form():
    events = engine.EventTable(infusion("x", amount=10, start=0, duration=2))
    solution = DECAY.solve({"k": 0.7}, {"x": 0}, events, times=[2, 5], rtol=1e-10)
    at_end = 5 / 0.7 * (1 - np.exp(-1.4))
    np.testing.assert_allclose(solution["x"][0], [at_end, at_end * np.exp(-2.1)], rtol=1e-8)


def test_a_failing_patient_has_a_reason_and_the_others_are_complete():
    growth = engine.compile("model g; x = 1; x' = k*x^2; k = 0.01; end")
    solution = growth.solve({"k": [0.01, 5, 0.01]}, times=[0, 1, 2])
    assert solution.status.tolist()[0] == solution.status.tolist()[2] == 0
    assert solution.status[1] != 0
    assert solution.reasons[1].startswith("patient 1 stopped at time 0.")
    assert "x" in solution.reasons[1]
    assert np.isnan(solution["x"][1, 1:]).all()
    np.testing.assert_allclose(solution["x"][0], [1, 1 / 0.99, 1 / 0.98], rtol=1e-5)


def test_an_undefined_start_is_a_status_that_names_the_quantity():
    model = engine.compile("model m; x = 0; y = 1; y' = ln(x); x' = 0; end")
    solution = model.solve(times=[0, 1])
    assert solution.status[0] != 0
    assert '"y"' in solution.reasons[0]


def test_never_a_nan_without_a_reason():
    model = engine.compile("model m; x = 1; x' = -2; y := ln(x); end")
    solution = model.solve(times=[0, 0.4, 1], outputs=["y"])
    assert solution.status[0] != 0
    assert "y" in solution.reasons[0]
    assert np.isfinite(solution["y"][0, :2]).all()


def test_sampling_does_not_change_the_result():
    oscillator = engine.compile("model o; x = 1; v = 0; x' = v; v' = -x; end")
    coarse = oscillator.solve(times=[10.0])
    fine = oscillator.solve(times=np.linspace(0, 10, 1001))
    assert coarse["x"][0, -1] == fine["x"][0, -1]


def test_a_compiled_model_is_a_value():
    copy = pickle.loads(pickle.dumps(DECAY))
    assert copy == DECAY
    assert hash(copy) == hash(DECAY)
    assert np.array_equal(copy.solve(times=[1])["x"], DECAY.solve(times=[1])["x"])


def test_threads_do_not_disturb_each_other():
    rates = np.linspace(0.1, 3, 16)
    alone = [DECAY.solve({"k": rate}, times=[1, 2])["x"][0] for rate in rates]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda rate: DECAY.solve({"k": rate}, times=[1, 2])["x"][0], rates))
    assert np.array_equal(alone, together)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"parameters": {"kk": 1}, "times": [1]}, 'no parameter "kk". Did you mean "k"'),
        ({"initial": {"z": 1}, "times": [1]}, 'no initial state "z"'),
        ({"outputs": ["z"], "times": [1]}, 'no output "z"'),
        ({"times": []}, "at least one"),
        ({"times": [1, 1]}, "increasing"),
        ({"times": [-1, 1]}, "0 or later"),
        ({"times": [float("nan")]}, "finite"),
        ({"parameters": {"k": [1, 2]}, "initial": {"x": [1, 2, 3]}, "times": [1]}, "different numbers of patients"),
        ({"parameters": {"k": float("inf")}, "times": [1]}, "not a finite number"),
        ({"times": [1], "rtol": 0}, "rtol"),
        ({"times": [1], "atol": -1}, "atol"),
        ({"times": [1], "engine": "road"}, 'Did you mean "roadrunner"'),
    ],
)
def test_what_is_asked_wrongly_is_refused_in_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        DECAY.solve(**arguments)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((0, 1.0, "x", "inject", 1), 'unknown kind "inject"'),
        ((0, -1.0, "x", "add", 1), "0 or more"),
        ((0, 1.0, "x", "add", float("nan")), "a finite number"),
        ((0, 1.0, "q", "add", 1), 'changes "q"'),
        ((0, 1.0, "k", "infuse", 1), "not a state"),
        ((3, 1.0, "x", "add", 1), "only 1 patient "),
    ],
)
def test_wrong_events_are_refused_in_a_sentence(row, message):
    with pytest.raises(InputError, match=message):
        DECAY.solve({"k": [1.0]}, events=engine.EventTable([row]), times=[1])


def amounts(largest):
    return st.floats(0, largest).map(lambda v: round(v, 9))


@given(
    st.integers(2, 5).flatmap(
        lambda n: st.tuples(
            st.lists(amounts(3), min_size=n * n, max_size=n * n), st.lists(amounts(5), min_size=n, max_size=n)
        )
    ),
    st.lists(st.tuples(st.floats(0.01, 3), st.floats(0, 4)), max_size=4),
)
def test_linear_networks_with_doses_match_the_matrix_exponential(network, doses):
    rates, start = network
    n = len(start)
    matrix = np.array(rates).reshape(n, n)
    np.fill_diagonal(matrix, 0)
    flow = matrix.T - np.diag(matrix.sum(axis=1))  # d x_j/dt = sum_i k_ij x_i - sum_i k_ji x_j
    lines = [
        f"J{i}_{j}: s{i} => s{j}; {float(matrix[i, j])!r}*s{i};" for i in range(n) for j in range(n) if matrix[i, j] > 0
    ]
    species = "compartment c = 1;" + "".join(f"species s{i} in c; s{i} = {v!r};" for i, v in enumerate(start))
    model = engine.compile(f"model m; {species} {' '.join(lines)} end")
    state, now = np.array(start), 0.0
    for when, amount in sorted(doses):
        state = expm(flow * (when - now)) @ state
        state[0] += amount
        now = when
    state = expm(flow * (4 - now)) @ state
    events = engine.EventTable(Event(EVERYONE, when, "s0", "add", amount) for when, amount in sorted(doses))
    solution = model.solve(events=events, times=[4.0], rtol=1e-9)
    np.testing.assert_allclose(solution.y[0, 0], state, rtol=1e-6, atol=1e-7)


def test_the_jacobian_is_the_derivative_of_the_rates():
    model = engine.compile(
        "model m; x = 1.3; y = 0.7; z = 2; a := x*y/(1 + z); x' = a - exp(-y); y' = z^1.5 - abs(x)*y; z' = -a*z; end"
    )
    y, p = np.array([1.3, 0.7, 2.0]), np.zeros(0)
    numeric = np.array([(model.rates(0, y + h, p) - model.rates(0, y - h, p)) / 2e-6 for h in 1e-6 * np.eye(3)]).T
    np.testing.assert_allclose(model.jacobian(0, y, p), numeric, rtol=1e-7, atol=1e-8)


def test_values_in_a_file_are_those_in_memory(tmp_path):
    asked = {"parameters": {"k": np.linspace(0.5, 2, 600)}, "times": [0, 1, 2]}
    memory, file = DECAY.solve(**asked), DECAY.solve(**asked, into=tmp_path / "y.npy")
    assert np.array_equal(memory.y, np.load(tmp_path / "y.npy"))
    assert np.array_equal(memory["x"], file["x"])
    assert [path.name for path in tmp_path.iterdir()] == ["y.npy"]


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match=r"should end in \.npy"):
        DECAY.solve(times=[1], into=tmp_path / "y.csv")
    with pytest.raises(ResultsError, match="cannot write"):
        DECAY.solve(times=[1], into=tmp_path / "missing" / "y.npy")


def test_models_that_differ_only_in_numbers_share_machine_code():
    from lobule.engine.emit.code import _KEPT

    text = "model twin; x = {x}; x' = -k*x^1.5 + a; k = {k}; a = 2; end"
    first, second, other = (engine.compile(t) for t in (text.format(x=1, k=2), text.format(x=3, k=4),
                                                        text.format(x=1, k=2).replace("1.5", "1.7")))  # fmt: skip
    first.solve(times=[1])
    held = len(_KEPT)
    assert second.solve(times=[1])["x"][0, 0] != first.solve(times=[1])["x"][0, 0]
    assert len(_KEPT) == held
    other.solve(times=[1])
    assert len(_KEPT) > held
