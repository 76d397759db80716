"""Group-sequential boundaries: tables 2.1 and 2.3 of C. Jennison and B. W. Turnbull, Group Sequential Methods (2000);
simulation."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.statistics.boundaries import bounds, crossing

POCOCK = {0.05: {2: 2.178, 3: 2.289, 4: 2.361, 5: 2.413, 10: 2.555}, 0.01: {2: 2.772, 3: 2.873, 4: 2.939, 5: 2.986}}
OBRIEN = {0.05: {2: 1.977, 3: 2.004, 4: 2.024, 5: 2.040, 10: 2.087}, 0.01: {2: 2.580, 3: 2.595, 4: 2.609, 5: 2.621}}


@pytest.mark.parametrize(("kind", "table"), [("pocock", POCOCK), ("obrien_fleming", OBRIEN)])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_published_constants(kind, table, alpha):
    for looks, constant in table[alpha].items():
        found = bounds(kind, np.arange(1, looks + 1) / looks, alpha)
        assert found[-1] == pytest.approx(constant, abs=1e-3)


def test_obrien_and_fleming_fall_with_the_root_of_the_information():
    found = bounds("obrien_fleming", [0.25, 0.5, 1.0])
    assert found / found[-1] == pytest.approx([2.0, np.sqrt(2), 1.0])


def test_one_look_is_the_plain_test():
    assert bounds("pocock", [1.0])[0] == pytest.approx(1.959964, abs=1e-5)


def test_chances_of_crossing_agree_with_simulation():
    information, limits = np.array([0.3, 0.7, 1.0]), np.array([2.6, 2.3, 2.0])
    rng = np.random.default_rng(1)
    steps = rng.standard_normal((200_000, 3)) * np.sqrt(np.diff(np.concatenate([[0], information])))
    score = np.cumsum(steps, axis=1) + 2.0 * information
    out = np.abs(score / np.sqrt(information)) >= limits
    first = np.where(out.any(axis=1), out.argmax(axis=1), 3)
    simulated = np.bincount(first, minlength=4)[:3] / len(first)
    assert crossing(limits, information, drift=2.0) == pytest.approx(simulated, abs=0.004)


def test_crossings_add_up_to_alpha_to_many_digits():
    for kind, looks in (("pocock", [0.2, 0.9, 1.0]), ("obrien_fleming", [0.4, 1.0])):
        limits = bounds(kind, looks, 0.05)
        assert crossing(limits, looks).sum() == pytest.approx(0.05, abs=1e-9)


def test_wide_and_narrow_alphas_have_boundaries():
    """One look: z of a two-sided alpha of 0.3 and of 1e-20, near the ends of the search."""
    assert bounds("pocock", [1.0], 0.3)[0] == pytest.approx(1.0364334, abs=1e-6)
    assert bounds("pocock", [1], 1e-20)[0] == pytest.approx(9.3359, abs=1e-3)


@pytest.mark.parametrize(
    "looks", [[], [0.0, 1.0], [0.5, 0.5, 1.0], [0.5, 0.4, 1.0], [0.5, 0.9], [0.5, 1.2], [-0.5, 1.0]]
)
def test_looks_that_do_not_rise_from_above_0_to_1_are_refused(looks):
    with pytest.raises(InputError) as refused:
        bounds("pocock", looks)
    assert str(refused.value) == f"looks rise from above 0 to 1, not {looks}"


def test_as_many_bounds_as_looks():
    with pytest.raises(ValueError):
        crossing([2.0, 2.0], [0.5, 0.7, 1.0])


def test_an_unknown_boundary_names_those_there_are():
    with pytest.raises(InputError) as refused:
        bounds("haybittle", [1.0])
    assert str(refused.value) == 'no boundary "haybittle"; there are pocock, obrien_fleming'
