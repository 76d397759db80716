"""Health is an exact, stable zero of the right-hand side, for the table's values and for any drawn from its ranges."""

import numpy as np
import pytest

from lobule import model
from lobule.model.parameters import SPECIES, parameter_table, values_for
from lobule.validate.health import counters

pytestmark = pytest.mark.science


def start(species, parameters=None):
    compiled = model.compiled(species)
    constants, states = compiled.at_start(parameters)
    return compiled, constants[0], states[0]


def drift(compiled, constants, states):
    """Largest change a day, relative to the state or, for an empty state, to 1; counters left out."""
    change = np.abs(compiled.rates(0.0, states, constants)) / np.where(states > 0, states, 1.0)
    return np.max(np.delete(change, counters(compiled)))


@pytest.mark.parametrize("species", SPECIES)
def test_the_healthy_stay_healthy(species):
    assert drift(*start(species)) < 1e-10
    year = model.compiled(species).solve(times=[0, 365], outputs=["albumin", "alt", "il_6", "inr", "platelets"])
    np.testing.assert_allclose(year.y[0, 1], year.y[0, 0], rtol=1e-6)
    assert year["albumin"][0, 1] == pytest.approx(values_for(species)["albumin_healthy"])


@pytest.mark.parametrize("species", SPECIES)
def test_health_is_stable(species):
    compiled, constants, states = start(species)
    jacobian = compiled.jacobian(0.0, states, constants)
    without = np.delete(np.delete(jacobian, counters(compiled), 0), counters(compiled), 1)
    assert np.max(np.linalg.eigvals(without).real) < -1e-6
    assert np.all(jacobian[:, counters(compiled)] == 0)  # nothing depends on a counter


@pytest.mark.parametrize("species", SPECIES)
@pytest.mark.parametrize("seed", range(10))
def test_any_virtual_subject_starts_at_a_true_steady_state(seed, species):
    rng = np.random.default_rng(seed)
    varied = {
        p.id: float(rng.uniform(*p.range(species)))
        for p in parameter_table().values()
        if p.between_subjects in ("lognormal", "normal")
    }
    compiled, constants, states = start(species, varied)
    assert np.all(np.isfinite(states))
    if np.any(states < 0):  # a balance that no healthy subject can have, such as more M1 leaving than arriving
        pytest.skip("drawn outside the possible")
    assert drift(compiled, constants, states) < 1e-9


def test_a_small_disturbance_of_health_dies_out():
    compiled, _, states = start("human")
    names = ["tgf_beta", "tnf_alpha", "activated_stellate_cells", "stressed_hepatocytes", "hbv_in_blood"]
    pushed = {n: states[compiled.states.index(n)] * 1.2 for n in names[:3]} | {names[3]: 5.0, names[4]: 1e-9}
    late = compiled.solve(initial=pushed, times=[0, 20 * 365], outputs=["collagen_fold", "tnf_alpha", "hbv_in_blood"])
    np.testing.assert_allclose(late.y[0, 1], [1, 1, 0], atol=1e-3)
