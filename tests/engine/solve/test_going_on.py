"""A run that goes on where another has ended need not feel its way again."""

import numpy as np
import pytest

from lobule import engine
from lobule.errors import InputError

STIFF = engine.compile("""model robertson
    a = 1; b = 0; c = 0; J1: a -> b; k1*a; J2: b -> c; k2*b^2; J3: b + c -> a + c; k3*b*c
    k1 = 0.04; k2 = 3e7; k3 = 1e4; end""")


def ended():
    whole = STIFF.solve(times=[1000.0, 2000.0])
    first = STIFF.solve(times=[1000.0])
    return whole, first, {name: float(first[name][0, -1]) for name in STIFF.states}


def test_a_run_that_goes_on_with_its_last_step_tries_fewer_steps():
    whole, first, start = ended()
    cold = STIFF.solve(initial=start, times=[1000.0])
    warm = STIFF.solve(initial=start, times=[1000.0], first_step=first.last_step)
    assert warm.complete
    assert warm.steps[0] < cold.steps[0]
    np.testing.assert_allclose(warm["c"][0, -1], whole["c"][0, -1], rtol=1e-6)


def test_each_patient_has_its_own_first_step_and_nobody_elses():
    _, first, start = ended()
    own = np.array([1e-3, first.last_step[0], 50.0])
    together = STIFF.solve(initial=start, times=[1000.0], first_step=own)
    alone = [STIFF.solve(initial=start, times=[1000.0], first_step=step) for step in own]
    assert together.y.tobytes() == np.concatenate([one.y for one in alone]).tobytes()
    assert len(set(together.steps.tolist())) > 1


def test_the_default_first_step_can_be_asked_for():
    plain = STIFF.solve(times=[1000.0])
    asked = STIFF.solve(times=[1000.0], first_step=1e-4 * 1000.0)
    assert plain.y.tobytes() == asked.y.tobytes()


@pytest.mark.parametrize("wrong", [0.0, -1.0, [[1.0]], np.inf])
def test_a_first_step_that_is_none_is_refused(wrong):
    with pytest.raises(InputError, match="first_step"):
        STIFF.solve(times=[1.0], first_step=wrong)
