"""What the checks of inflammation and acute injury measure, and that the liver does what they say."""

import math

import numpy as np
import pytest
from tests.validate.known_courses import courses

from lobule.patient import Animal
from lobule.simulation.courses import run_courses
from lobule.validate import acute


def test_a_liver_is_back_on_the_day_from_which_it_stays_above_95_percent():
    days = [0, 1, 2, 3, 4]
    assert acute._back(courses(days, a={"living_hepatocytes": [1, 0.7, 0.96, 0.9, 0.97]}), "a") == 4
    assert acute._back(courses(days, a={"living_hepatocytes": [1, 0.7, 0.8, 0.9, 0.9]}), "a") == math.inf


@pytest.mark.science
def test_tnf_il_6_and_il_10_follow_each_other_after_each_injury():
    hours = np.arange(0, 97) / 24
    seen = run_courses({i: Animal("mouse", injury=i) for i in ("endotoxin", "concanavalin_a", "acetaminophen")}, hours)
    for injury in seen.names:
        tnf, il_6, il_10 = (seen.peak_day(injury, o) for o in ("tnf_alpha", "il_6", "il_10"))
        assert tnf < il_6 < il_10 or (injury == "endotoxin" and tnf < il_6), injury


@pytest.mark.science
def test_less_is_left_to_save_with_every_hour_and_nothing_without_a_poison():
    found = dict(acute._wounded())
    left = [found[f"wounded.spared.{hour}h"] for hour in acute.SPARED]
    assert left == sorted(left) and left[0] < 0.8 and left[-1] > 0.98
    assert found["wounded.healthy"] < 1e-12


@pytest.mark.science
def test_a_later_dose_of_carbon_tetrachloride_finds_less_cyp2e1_and_it_comes_back():
    found = dict(acute._repeated_ccl4())
    assert found["repeated.late_over_first"] < 0.6
    assert found["repeated.cyp2e1.back"] > 0.9
