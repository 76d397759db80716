"""Lysyl oxidases stiffen a liver before there is scar: one poisoning leaves none, repeated ones do."""

import numpy as np
import pytest

from lobule.patient import Animal
from lobule.simulation.courses import Courses, run_courses
from lobule.validate.regeneration import resection

pytestmark = pytest.mark.science

DAYS = np.arange(0, 57.0)
RESECTED = 64.0  # day, of cirrhotic rats


def dead(c: Courses, name: str, day: float) -> float:
    return float(1 - np.exp(-c.at(name, "cumulative_death_hazard", day)))


def test_without_early_stiffening_repeated_ccl4_leaves_less_scar_and_one_dose_the_same():
    subjects = {
        "once": Animal("mouse", injury="ccl4", injury_dose="1 mL/kg"),
        "weeks": Animal("mouse", injury="ccl4", weeks=8),
    }
    flat = {name: {"oxidase_stiffness_gain": 0.0} for name in subjects}
    usual, without = run_courses(subjects, DAYS), run_courses(subjects, DAYS, sets=flat)
    once, weeks = (
        (without.at(name, "collagen_fold", day) - 1) / (usual.at(name, "collagen_fold", day) - 1)
        for name, day in (("once", 5), ("weeks", 56))
    )
    assert once > 0.5 > weeks


def test_half_the_usual_dose_of_ccl4_is_lived_through_and_ten_times_is_not():
    doses = {share: Animal("mouse", injury="ccl4", injury_dose=f"{0.5 * share} mL/kg") for share in (0.5, 1, 10)}
    c = run_courses({str(share): one for share, one in doses.items()}, np.arange(0, 7.1, 0.5))
    assert [dead(c, str(share), 7) > 0.5 for share in doses] == [False, False, True]


def test_a_resection_that_a_healthy_rat_lives_through_kills_most_cirrhotic_ones_and_its_overflow_is_part_of_it():
    subjects = {
        "cirrhotic": Animal("rat", injury="ccl4", weeks=9),
        "spared": Animal("rat", injury="ccl4", weeks=9),
        "healthy": Animal("rat"),
    }
    c = run_courses(
        subjects,
        np.array([0.0, RESECTED, RESECTED + 10]),
        events=dict.fromkeys(subjects, resection(RESECTED, 0.7)),
        sets={"spared": {"pressure_overflow_gain": 0.0}},
    )
    assert dead(c, "healthy", RESECTED + 10) < 0.1
    assert dead(c, "cirrhotic", RESECTED + 10) > max(0.5, 1.1 * dead(c, "spared", RESECTED + 10))
