"""A sheet of lobules: nothing is lost at a border, the same seed draws the same sheet, veins are not on a lattice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lobule.errors import InputError
from lobule.tissue.geometry import Plan, sheet

MOUSE = Plan(lobules=7, radius=285.0, cell=23.0, central_vein=35.0, portal_tract=25.0)


@given(lobules=some.integers(3, 20), seed=some.integers(0, 10_000))
def test_places_fill_the_sheet(lobules, seed):
    drawn = sheet(Plan(lobules, 200.0, 25.0, 30.0, 25.0), seed)
    assert drawn.areas.sum() == pytest.approx(drawn.size.prod(), rel=1e-9)
    assert drawn.areas.min() > 0


@given(seed=some.integers(0, 10_000))
def test_each_place_has_neighbours_all_round_and_six_on_average(seed):
    drawn = sheet(MOUSE, seed)
    number = np.bincount(drawn.edges.ravel(), minlength=len(drawn))
    assert number.min() >= 3
    assert 2 * len(drawn.edges) / len(drawn) == pytest.approx(6)  # Euler, on a torus


def test_the_same_seed_draws_the_same_sheet_and_another_one_another():
    first, again, other = sheet(MOUSE, 3), sheet(MOUSE, 3), sheet(MOUSE, 4)
    assert np.array_equal(first.places, again.places) and np.array_equal(first.triads, again.triads)
    assert not np.array_equal(first.veins, other.veins)


def test_a_lobule_has_about_two_triads_of_its_own():
    drawn = sheet(Plan(60, 285.0, 23.0, 35.0, 25.0, missing_triads=0.0), 1)
    assert 1.7 < len(drawn.triads) / len(drawn.veins) <= 2


def test_veins_stand_on_no_lattice():
    drawn = sheet(Plan(60, 285.0, 23.0, 35.0, 25.0), 1)
    height = np.sort(drawn.veins[:, 1])
    assert np.diff(height).max() < 0.9 * np.sqrt(3) * 285 * np.sqrt(3) / 2  # rows of a lattice would leave gaps


@pytest.mark.parametrize(("plan", "word"), [
    (Plan(2, 285.0, 23.0, 35.0, 25.0), "lobules"),
    (Plan(7, 50.0, 23.0, 35.0, 25.0), "radius"),
])  # fmt: skip
def test_a_sheet_that_cannot_be_is_told(plan, word):
    with pytest.raises(InputError) as told:
        sheet(plan)
    assert told.value.field == (word,)
