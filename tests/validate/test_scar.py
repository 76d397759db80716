"""Stages and speeds of a cohort, counted by hand."""

import numpy as np
import pytest

from lobule.validate.scar import VISITS, Cohort


@pytest.fixture
def cohort():
    """One patient who becomes cirrhotic after ten years and gets better untreated, and one who never scars."""
    ill = np.where(VISITS < 10, 10.0, np.where(VISITS < 20, 15.0, 5.0))
    collagen = np.array([ill, np.full(len(VISITS), 3.0)])
    return Cohort(collagen, np.full(collagen.shape, 0.003))


def test_a_stage_that_was_reached_stays_reached(cohort):
    assert [cohort.share(4, years) for years in (5, 15, 30)] == [0.0, 0.5, 0.5]
    assert cohort.share(0, 30) == 0.5


def test_a_rate_is_who_leaves_over_the_years_spent_there(cohort):
    assert cohort.rate(3, 3, 0, 30) == pytest.approx(1 / 10)
    assert cohort.rate(0, 0, 0, 30) == 0.0


def test_who_progresses_within_some_years_is_counted_by_visits(cohort):
    assert cohort.progressed(3, 5.0) == pytest.approx(0.5)
