"""Health is an exact, stable zero of the right-hand side, for the table's values and for any drawn from its ranges."""

import numpy as np
import pytest

from lobule import engine, model
from lobule.engine.problem import pose
from lobule.model.parameters import parameter_table

pytestmark = pytest.mark.science
REFERENCE = {  # what a healthy mouse shows, and where that is written
    "albumin": 30.0,
    "alt": 30.0,
    "ast": 60.0,
    "collagen_proportionate_area": 1.0,
    "tnf_alpha": 1.0,
    "il_6": 1.0,
    "il_10": 1.0,
    "tgf_beta": 1.0,
}


def start(parameters=None):
    compiled = model.compiled("mouse")
    problem = pose(compiled, parameters or {}, {}, engine.EventTable(), [0.0], 1e-6, None, None)
    constants, states = compiled.at_start(problem)
    return compiled, constants[0], states[0]


def drift(compiled, constants, states):
    """Largest change a day, relative to the state or, for an empty state, to 1."""
    return np.max(np.abs(compiled.rates(0.0, states, constants)) / np.where(states > 0, states, 1.0))


def test_healthy_mouse_stays_healthy():
    assert drift(*start()) < 1e-12
    compiled = model.compiled("mouse")
    year = compiled.solve(times=[0, 365], outputs=list(REFERENCE))
    for i, (name, value) in enumerate(REFERENCE.items()):
        assert year.y[0, 0, i] == pytest.approx(value), name
        assert year.y[0, 1, i] == pytest.approx(value, rel=1e-6), name


def test_health_is_stable():
    compiled, constants, states = start()
    eigenvalues = np.linalg.eigvals(compiled.jacobian(0.0, states, constants))
    cleared = compiled.states.index("ev_cleared")  # a counter: it has no way back, and nothing depends on it
    keep = [i for i in range(len(states)) if i != cleared]
    without = np.linalg.eigvals(compiled.jacobian(0.0, states, constants)[np.ix_(keep, keep)])
    assert np.max(without.real) < -1e-3
    assert np.sum(np.abs(eigenvalues) < 1e-12) == 1


@pytest.mark.parametrize("seed", range(25))
def test_any_virtual_mouse_starts_at_a_true_steady_state(seed):
    rng = np.random.default_rng(seed)
    varied = {
        p.id: float(rng.uniform(p.low, p.high))
        for p in parameter_table().values()
        if p.between_subjects in ("lognormal", "normal") and not p.id.endswith("copies_per_particle")
    }
    compiled, constants, states = start(varied)
    assert np.all(np.isfinite(states))
    if np.any(states < 0):  # a balance that no healthy mouse can have, such as more M1 leaving than arriving
        pytest.skip("drawn outside the possible")
    assert drift(compiled, constants, states) < 1e-10
