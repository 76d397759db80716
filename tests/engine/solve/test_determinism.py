"""A patient's numbers are the same bits in any company: lanes, threads, blocks, order, process."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from lobule import engine
from lobule.engine.compiled import CompiledModel
from lobule.engine.events import EVERYONE, Event, infusion
from lobule.engine.solve.loop import compiled
from lobule.errors import InputError

TEXT = """model m; x = 1; y = 0; z = 0.3; a := x^n/(1 + x^n); x' = k*(1 - x) - 5*a*x + y; y' = 3*a - k*y*exp(-z);
          z' = ln(1 + x) - z; k = 2; n = 1.7; end"""
MODEL = engine.compile(TEXT)
EVENTS = engine.EventTable(
    [*(Event(EVERYONE, float(t), "x", "add", 3.0) for t in range(1, 6)), Event(7, 2.5, "k", "set", 9.0),
     *infusion("y", 4.0, 0.5, 3.0)]
)  # fmt: skip
TIMES = np.linspace(0, 6, 13)


def patients(n):
    return {"k": np.linspace(0.5, 40, n), "n": np.linspace(0.6, 3, n)}


def solved(model=MODEL, n=23, order=None, **kwargs):
    order = np.arange(n) if order is None else order
    parameters = {name: values[order] for name, values in patients(n).items()}
    new_place = {int(old): new for new, old in enumerate(order)}
    events = engine.EventTable(
        Event(e.patient if e.patient == EVERYONE else new_place[e.patient], e.time, e.target, e.kind, e.value)
        for e in EVENTS
    )
    solution = model.solve(parameters, None, events, TIMES, rtol=1e-6, **kwargs)
    assert solution.complete
    return solution.y[np.argsort(order)]


@pytest.fixture(scope="module")
def alone():
    return solved()


@pytest.mark.parametrize("lanes", [1, 2, 4, 8])
def test_lanes_do_not_matter(alone, lanes):
    assert np.array_equal(solved(CompiledModel(MODEL.sbml, lanes)), alone)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_and_blocks_do_not_matter(alone, threads, monkeypatch):
    monkeypatch.setattr("lobule.engine.solve.threads.BLOCK", 5)
    assert np.array_equal(solved(threads=threads), alone)


def test_order_does_not_matter(alone):
    assert np.array_equal(solved(order=np.random.default_rng(1).permutation(23)), alone)


def test_company_does_not_matter(alone):
    one = MODEL.solve({"k": patients(23)["k"][4], "n": patients(23)["n"][4]}, None,
                      engine.EventTable(e for e in EVENTS if e.patient == EVERYONE), TIMES, rtol=1e-6)  # fmt: skip
    assert np.array_equal(one.y[0], alone[4])


def test_a_failing_neighbour_does_not_matter():
    model = engine.compile("model g; x = 1; x' = k*x^2 - x; k = 0.1; end")
    good = model.solve({"k": [0.1, 0.2]}, times=[1, 2])
    mixed = model.solve({"k": [0.1, 90.0, 0.2]}, times=[1, 2])
    assert mixed.status[1] != 0
    assert np.array_equal(mixed.y[[0, 2]], good.y)


def test_another_process_gives_the_same_bits(alone):
    code = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]); import test_determinism as t;"
        "print(hashlib.sha256(t.solved().tobytes()).hexdigest())"
    )
    for seed in ("1", "2"):
        result = subprocess.run(
            [sys.executable, "-c", code, os.path.dirname(__file__)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        assert result.stdout.strip() == hashlib.sha256(alone.tobytes()).hexdigest()


def test_a_patient_who_is_read_between_two_times_has_the_same_bits_there_and_nothing_beyond(alone):
    between = np.array([[0.0, 6.0], [1.2, 4.0], [5.0, 5.0], [0.0, 0.0]] * 6)[:23]
    inside = (between[:, :1] <= TIMES) & (between[:, 1:] >= TIMES)
    found = solved(between=between)
    assert np.array_equal(found[inside], alone[inside])
    assert np.isnan(found[~inside]).all()


def test_what_happens_after_a_patient_was_read_does_not_matter():
    model = engine.compile("model g; x = 1; x' = k*x^2 - x; k = 0.1; end")
    blown = model.solve({"k": [0.1, 3.0]}, times=[0.1, 5.0], between=[[0, 5], [0, 0.2]])
    assert blown.complete
    assert blown.steps[1] < blown.steps[0] + 50
    assert model.solve({"k": [0.1, 3.0]}, times=[0.1, 5.0]).status[1] != 0


@pytest.mark.parametrize("between", [[[0, 1]], [[2, 1]] * 23, [0, 1]])
def test_times_between_which_nobody_can_be_read_are_refused(between):
    with pytest.raises(InputError, match="between must be"):
        solved(between=between)


def test_one_patient_alone_has_the_bits_of_company_whichever_is_compiled_first(monkeypatch):
    for counts in ((1, 3), (3, 1)):
        monkeypatch.setattr("lobule.engine.emit.code._KEPT", {})
        model = engine.compile(TEXT)
        found = {n: model.solve(patients(n), times=TIMES).y[0] for n in counts}
        assert np.array_equal(found[1], found[3])


def test_no_function_of_the_plain_loop_has_the_name_of_one_of_the_whole_loop():
    """Numba links machine code from the cache by name: with one name, the plain loop ran where events were due."""
    names = [{f.__qualname__ for f in compiled(lambda f: f, whole, {}).values()} for whole in (True, False)]
    assert len(names[0]) > len(names[1]) > 20
    assert not names[0] & names[1]
