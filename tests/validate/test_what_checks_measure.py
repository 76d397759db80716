"""What checks measure, on courses whose answer is known: half-lives, days to half, risks, stages, MELD."""

import math

import numpy as np
import pytest
from tests.validate.known_courses import courses

from lobule.patient.patient import YEAR
from lobule.scores import meld_unrounded
from lobule.validate import animals, fate, people, therapies, treated_people
from lobule.validate.check import COLLAGEN, DEATH


@pytest.mark.parametrize("minutes", [3.0, 20.0])
def test_half_life_of_vesicles_is_in_minutes(minutes):
    times = np.arange(0, 2401) / 10 / 1440
    plasma = 10 * 0.5 ** (times * 1440 / minutes)
    plasma[0] = 0  # given at once, after the first moment
    found = fate._half_life(courses(times, ev={"ev_in_plasma": plasma}), "ev")
    assert found == pytest.approx(minutes, abs=0.3)


def test_half_of_a_scar_is_counted_from_the_last_dose():
    days = np.arange(0, 141.0)
    collagen = 1 + 4 * np.where(days <= 42, days / 42, 0.5 ** ((days - 42) / 30))
    scarred = courses(days, **{"ccl4 6 wk": {"collagen_fold": collagen}})
    assert animals._days_to_half_scar(scarred, 6) == pytest.approx(30, abs=1)
    lasting = courses(days, **{"ccl4 6 wk": {"collagen_fold": 1 + 4 * np.minimum(days / 42, 1)}})
    assert animals._days_to_half_scar(lasting, 6) == math.inf


def test_a_liver_has_grown_back_when_seven_tenths_of_its_mass_are_there():
    days = np.arange(0, 11.0)
    mass = np.where(days == 0, 1, 0.33 + 0.05 * days)
    assert animals._regrown(courses(days, a={"living_hepatocytes": mass}), "a") == 8
    assert animals._regrown(courses(days, a={"living_hepatocytes": np.where(days == 0, 1, 0.3)}), "a") == math.inf


@pytest.mark.parametrize(
    ("collagen", "stage"), [(1, 0), (2.5, 0), (4, 1), (6, 2), (7.5, 2.5), (9, 3), (14, 4), (30, 4)]
)
def test_a_stage_grows_evenly_between_the_areas_at_which_stages_begin(collagen, stage):
    assert people._stage(collagen) == pytest.approx(stage)


def test_a_risk_is_that_of_the_hazard_in_its_years():
    times = np.arange(0, 11) * YEAR
    patient = courses(times, a={DEATH: 0.1 * np.arange(0, 11)})
    assert people._risk(patient, "a", DEATH, 2 * YEAR, 5) == pytest.approx(1 - math.exp(-0.5))
    assert therapies._alive(patient, "a", day=3 * YEAR) == pytest.approx(math.exp(-0.3))


def test_meld_along_a_course_is_that_of_the_scores():
    labs = {"bilirubin": [17.104, 85.52], "inr": [1.0, 2.0], "creatinine": [88.42, 159.156], "albumin": [40, 25],
            "sodium": [140, 130], "ascites": [0, 3], "encephalopathy_grade": [0, 1], COLLAGEN: [5, 20]}  # fmt: skip
    found = people.meld(courses([0, 1], a=labs), "a")
    assert found == pytest.approx([meld_unrounded(1, 1, 1), meld_unrounded(5, 2, 1.8)])


def test_months_to_half_of_what_five_years_change():
    times = np.arange(0, 20 * 12 + 1) / 12 * YEAR
    albumin = 30 + np.minimum(times / YEAR, 5)  # a gram a year, for five years
    alcohol = courses(times, alcohol={"albumin": albumin})
    assert people._months_to_half(alcohol, "albumin", 0.0) == pytest.approx(30, abs=1)


def test_a_gain_is_with_less_without_in_a_week():
    pair = courses([0, 7, 14], without={"albumin": [30, 31, 32]}, **{"with": {"albumin": [30, 33, 36]}})
    assert [treated_people._gain(pair, "albumin", week) for week in (0, 1, 2)] == [0, 2, 4]
