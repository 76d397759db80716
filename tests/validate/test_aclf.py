"""What strikes a sick liver kills by the organs it fails, and infection fails those that a binge spares."""

import numpy as np
import pytest

from lobule.patient import Patient
from lobule.simulation.courses import run_courses
from lobule.validate.aclf import aclf_checks
from lobule.validate.check import judged

pytestmark = pytest.mark.science


def test_every_sentence_on_acute_failure_is_found():
    rows = [row for row in judged(aclf_checks()) if row.table == "aclf"]
    assert len(rows) > 60
    assert all(np.isfinite(row.found) for row in rows)
    assert np.mean([row.passed for row in rows]) >= 0.8


def test_infection_fails_the_circulation_and_a_flare_of_as_much_harm_the_liver():
    plain = {"etiology": "alcohol", "years": 22.0}  # decompensated
    people = {
        name: Patient(**plain, precipitant=name, precipitant_dose="200 %") for name in ("infection", "drug_injury")
    }
    c = run_courses(people, people["infection"].history_days + np.arange(0.0, 30))
    worst = {(name, what): c(name, what).max() for name in people for what in ("failing_circulation", "bilirubin")}
    assert worst["infection", "failing_circulation"] > 1.5 * worst["drug_injury", "failing_circulation"]
    assert worst["drug_injury", "bilirubin"] > worst["infection", "bilirubin"]
