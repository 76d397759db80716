"""Livers fail when their architecture is lost, and keep that loss for years after cure."""

import pytest

from lobule import Patient
from lobule.simulation.courses import run_courses
from lobule.validate.check import DEATH
from lobule.validate.failure import OTHER
from lobule.validate.people import YEAR

pytestmark = pytest.mark.science


def test_who_has_no_disease_dies_of_other_causes_alone():
    healthy = run_courses({"old": Patient(age=70.0), "drinker": Patient(etiology="alcohol", age=70.0)}, [0.0, 2 * YEAR])
    assert healthy.at("old", DEATH, 2 * YEAR) == pytest.approx(healthy.at("old", OTHER, 2 * YEAR), abs=1e-4)
    assert healthy.at("drinker", OTHER, 2 * YEAR) > 1.5 * healthy.at("old", OTHER, 2 * YEAR)
