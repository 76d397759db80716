"""Random reaction networks under random doses: ours beside libRoadRunner, and positivity."""

import numpy as np
import pytest
from hypothesis import given, settings
from tests.engine.networks import networks

from lobule import engine


@pytest.mark.peer
@settings(max_examples=25)
@given(networks())
def test_random_networks_agree_with_roadrunner(case):
    text, events = case
    model = engine.compile(text)
    ours = model.solve(events=events, times=[0.5, 1, 2, 3], rtol=1e-8)
    reference = model.solve(events=events, times=[0.5, 1, 2, 3], rtol=1e-9, atol=1e-12, engine="roadrunner")
    assert ours.complete
    if reference.complete:
        np.testing.assert_allclose(ours.y, reference.y, rtol=1e-5, atol=1e-6)


@given(networks())
def test_no_amount_goes_below_zero(case):
    text, events = case
    solution = engine.compile(text).solve(events=events, times=np.linspace(0, 3, 31), rtol=1e-6)
    assert solution.complete
    assert solution.y.min() >= -1e-6 * np.abs(solution.y).max()
