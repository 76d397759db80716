"""The saturating curve: what it was made of comes back; where there is nothing there is no curve."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.statistics.saturation import Saturation, saturation

DOSES = np.geomspace(1e6, 1e13, 15)


@given(st.floats(0.02, 3.0), st.floats(1e8, 1e11), st.floats(0.5, 3.0))
def test_a_curve_of_hill_is_found_again(top, half, slope):
    true = Saturation(top, half, slope, 0.0, DOSES.max())
    found = saturation(DOSES, true.effect(DOSES))
    assert found.top == pytest.approx(top, rel=1e-3)
    assert found.half == pytest.approx(half, rel=1e-2)
    assert found.slope == pytest.approx(slope, rel=1e-2)
    assert found.misfit < 1e-3


@given(st.floats(0.02, 3.0), st.floats(1e8, 1e11), st.floats(0.5, 3.0), st.floats(0.01, 0.99))
def test_a_dose_gives_the_share_that_it_is_asked_for(top, half, slope, share):
    curve = Saturation(top, half, slope, 0.0, 1.0)
    assert curve.share(curve.dose(share)) == pytest.approx(share)
    assert curve.dose(0.5) == pytest.approx(half)
    assert curve.share(0.0) == 0


def test_plateau_and_half_dose_do_not_depend_on_which_doses_were_looked_at():
    true = Saturation(0.4, 1e9, 1.0, 0.0, 1e13)
    few, many = (saturation(doses, true.effect(doses)) for doses in (DOSES[3:9], DOSES))
    assert few.half == pytest.approx(many.half, rel=0.01)
    assert few.top == pytest.approx(many.top, rel=0.01)


def test_where_nothing_works_there_is_no_curve():
    assert saturation(DOSES, np.zeros(15)) is None
    assert saturation(DOSES, np.full(15, -0.1)) is None
    assert saturation(DOSES[:3], [0.1, 0.2, 0.3]) is None
    assert saturation(DOSES, np.full(15, np.nan)) is None


def test_points_that_are_no_curve_have_a_misfit():
    wavy = 0.3 + 0.2 * np.sin(np.arange(15))
    assert saturation(DOSES, wavy).misfit > 0.1
