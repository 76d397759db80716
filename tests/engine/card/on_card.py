"""Run by test_cuda.py in a process that has a card or Numba's simulator."""

import numpy as np
import pytest

from lobule import engine
from lobule.engine.events import EVERYONE, infusion

DECAY = engine.compile("model decay; x = 8; x' = -k*x; k = 1; y := x^2; end")
FORMULAS = engine.compile("""model f
    x = 0.5; z = 2
    x' = k*sin(time) - x^1.3/(0.4 + x^1.3) + exp(-z) + piecewise(0.1, x > 0.6 && !(z > 1.9), 0.3*abs(z - 1))
    z' = ln(1 + x) - 0.5*min(z, 1.5)*max(x, 0.2) + sqrt(x)*x^2 - floor(z)*0.01 - z^a
    k = 0.4; a = 0.7; end""")
OWN = engine.compile("""model e
    x = 1; n = 0; x' = -k*x; k = 1; n' = 0
    E1: at x < 0.4: x = x + 1, n = n + 1; end""")
STIFF = engine.compile("""model robertson
    a = 1; b = 0; c = 0; J1: a -> b; k1*a; J2: b -> c; k2*b^2; J3: b + c -> a + c; k3*b*c
    k1 = 0.04; k2 = 3e7; k3 = 1e4; end""")


def both(model, parameters=None, **asked):
    ours, card = model.solve(parameters, **asked), model.solve(parameters, **asked, engine="cuda")
    assert ours.status.tolist() == card.status.tolist()
    return ours, card


def test_doses_infusions_and_switches():
    rows = [(0, 1.0, "x", "add", 5), (1, 2.0, "x", "multiply", 0.5), (EVERYONE, 2.5, "k", "set", 0.3)]
    rows += infusion("x", 6.0, 0.5, 1.5)
    events = engine.EventTable(rows)
    ours, card = both(DECAY, {"k": [0.5, 1, 2]}, events=events, times=[0, 1, 2, 4], rtol=1e-4, outputs=["x", "y", "k"])
    np.testing.assert_allclose(card.y, ours.y, rtol=1e-12)
    assert card.steps.tolist() == ours.steps.tolist()


def test_formulas():
    ours, card = both(FORMULAS, {"k": [0.1, 0.4], "a": [0.7, 2.0]}, times=[0.5, 3], rtol=1e-4)
    assert ours.complete
    np.testing.assert_allclose(card.y, ours.y, rtol=1e-6)


def test_stiff_kinetics():
    ours, card = both(STIFF, times=[0.4, 40], rtol=1e-5)
    np.testing.assert_allclose(card.y, ours.y, rtol=1e-6, atol=1e-12)


def test_events_of_the_model():
    ours, card = both(OWN, {"k": [0.5, 1.0]}, times=[0.5, 3, 6], rtol=1e-5)
    assert ours["n"].max() >= 2
    np.testing.assert_allclose(card.y, ours.y, rtol=1e-9)


def test_sensitivities():
    ours, card = both(DECAY, times=[1, 2], rtol=1e-5, sensitivities=["k"])
    np.testing.assert_allclose(card.slopes, ours.slopes, rtol=1e-9)


def test_a_failing_patient_fails_alone_with_its_reason():
    growth = engine.compile("model g; x = 1; x' = k*x^2; k = 0.01; end")
    ours, card = both(growth, {"k": [0.01, 5, 0.02]}, times=[0, 1, 2], rtol=1e-4)
    assert [bool(r) for r in card.reasons] == [False, True, False]
    np.testing.assert_allclose(card.y[[0, 2]], ours.y[[0, 2]], rtol=1e-9)


def test_more_patients_than_threads(monkeypatch):
    monkeypatch.setattr("lobule.engine.card.cuda.MOST_THREADS", 3)
    ours, card = both(DECAY, {"k": np.linspace(0.5, 2, 8)}, times=[1], rtol=1e-5)
    np.testing.assert_allclose(card.y, ours.y, rtol=1e-12)


@pytest.mark.parametrize("rtol", [1e-3])
def test_the_liver(rtol):
    from lobule import model

    liver = model.compiled("mouse")
    events = engine.EventTable([(0, 0.5, "ccl4_depot", "add", 0.3)])
    outputs = ["albumin", "alt", "tnf_alpha", "hepatocytes", "m2_m1_ratio"]
    ours, card = both(liver, events=events, times=[0.25, 0.75], rtol=rtol, outputs=outputs)
    np.testing.assert_allclose(card.y, ours.y, rtol=10 * rtol)
