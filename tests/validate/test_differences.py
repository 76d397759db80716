"""Checks of how subjects differ: what their parts measure."""

import numpy as np
import pytest

from lobule.validate import differences


def test_groups_that_are_alike_are_told_apart_in_one_of_twenty_cases():
    assert differences._rejected(np.random.default_rng(3).standard_normal(400)) == pytest.approx(0.05, abs=0.015)


def test_two_kinds_in_one_cage_make_no_false_alarm():
    mixed = np.r_[np.random.default_rng(4).standard_normal(200), 3 + np.random.default_rng(5).standard_normal(200)]
    assert differences._rejected(mixed) == pytest.approx(0.05, abs=0.015)
