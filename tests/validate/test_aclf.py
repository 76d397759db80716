"""What strikes a sick liver kills by the organs it fails, and infection fails those that a binge spares."""

import numpy as np
import pytest

from lobule.patient import Patient
from lobule.simulation.courses import run_courses

pytestmark = pytest.mark.science


def test_infection_fails_the_circulation_and_a_flare_of_as_much_harm_the_liver():
    plain = {"etiology": "alcohol", "years": 22.0}  # decompensated
    people = {
        name: Patient(**plain, precipitant=name, precipitant_dose="200 %") for name in ("infection", "drug_injury")
    }
    c = run_courses(people, people["infection"].history_days + np.arange(0.0, 30))
    worst = {(name, what): c(name, what).max() for name in people for what in ("failing_circulation", "bilirubin")}
    assert worst["infection", "failing_circulation"] > 1.5 * worst["drug_injury", "failing_circulation"]
    assert worst["drug_injury", "bilirubin"] > worst["infection", "bilirubin"]
