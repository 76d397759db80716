"""Eaten cells: none is lost between windows, nothing eaten changes nothing, the programme outlasts the meal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lobule.evidence import known_ids
from lobule.tissue.efferocytosis import Eaten
from lobule.tissue.zones import of_species, tissue_parameters

MEASURES = of_species("mouse")


def fed(rate, until, step):
    """Eaten cells after a steady meal of `rate` cells a day until day 1 and a fast after it."""
    held, day = Eaten.none(1), 0.0
    while day < until - 1e-9:
        held = held.after(np.array([rate if day < 1 - 1e-9 else 0.0]), step, MEASURES)
        day += step
    return held


def test_who_has_eaten_nothing_answers_as_usual():
    assert Eaten.none(3).factor(np.full(3, 0.02), MEASURES) == pytest.approx(1.0)


@given(rate=some.floats(0, 1), macrophages=some.floats(1e-3, 1))
def test_the_answer_rises_with_meals_and_is_bounded(rate, macrophages):
    eaten = fed(rate, 2.0, 0.25)
    factor = float(eaten.factor(np.array([macrophages]), MEASURES)[0])
    assert 1 <= factor <= 1 + MEASURES["meal_gain"]
    assert factor <= float(fed(2 * rate, 2.0, 0.25).factor(np.array([macrophages]), MEASURES)[0])


def test_what_was_eaten_is_not_yet_digested_or_digested_or_forgotten():
    """Closed form of a steady meal, then a fast: two stages with rates d and f."""
    d, f = MEASURES["meal_digestion"], MEASURES["meal_fading"]
    eaten = (1 - np.exp(-d)) / d
    after = eaten * np.exp(-d * 2)
    assert fed(1.0, 3.0, 0.25).eaten[0] == pytest.approx(after)
    digested = (1 - np.exp(-f)) / f - (np.exp(-f) - np.exp(-d)) / (d - f)
    later = digested * np.exp(-2 * f) + d * eaten * (np.exp(-2 * f) - np.exp(-2 * d)) / (d - f)
    assert fed(1.0, 3.0, 0.01).digested[0] == pytest.approx(later, rel=1e-3)
    assert fed(1.0, 3.0, 0.25).digested[0] == pytest.approx(later, rel=0.01)


def test_the_programme_outlasts_the_meal():
    course = [fed(1.0, day, 0.25).digested[0] for day in (1.0, 2.0, 3.0)]
    assert course[1] > course[0] and course[2] > 0.7 * course[1]


def test_measures_of_tissue_name_rows_of_evidence():
    named = " ".join(tissue_parameters()["source"].dropna()).split()
    assert set(named) <= known_ids()
