"""Livers fail when their architecture is lost, and keep that loss for years after cure."""

import numpy as np
import pytest

from lobule import Patient
from lobule.simulation.courses import run_courses
from lobule.validate.check import DEATH, judged
from lobule.validate.failure import OTHER, failure_checks
from lobule.validate.people import YEAR

pytestmark = pytest.mark.science


def test_every_sentence_on_failure_is_found():
    rows = [row for row in judged(failure_checks()) if row.table == "failure"]
    assert len(rows) > 50
    assert all(np.isfinite(row.found) for row in rows)
    assert np.mean([row.passed for row in rows]) >= 0.9


def test_who_has_no_disease_dies_of_other_causes_alone():
    healthy = run_courses({"old": Patient(age=70.0), "drinker": Patient(etiology="alcohol", age=70.0)}, [0.0, 2 * YEAR])
    assert healthy.at("old", DEATH, 2 * YEAR) == pytest.approx(healthy.at("old", OTHER, 2 * YEAR), abs=1e-4)
    assert healthy.at("drinker", OTHER, 2 * YEAR) > 1.5 * healthy.at("old", OTHER, 2 * YEAR)
