"""Courses of people whose care began at some time."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.patient.history import histories

pytestmark = pytest.mark.science
PAIRS = (("hbv", "antiviral"), ("alcohol", "abstinence"))


@pytest.mark.parametrize(("etiology", "care"), PAIRS)
def test_before_the_care_a_course_is_that_of_the_untreated_and_after_it_is_better(etiology: str, care: str) -> None:
    untreated, treated = histories(etiology, 60), histories(etiology, 60, care=care)
    assert treated.care == care
    assert treated.begun is not None
    since = treated.since_care()
    alive = untreated.values["cumulative_death_hazard"] < 1
    before, later = np.isnan(since), (since >= 5) & alive
    scar = "collagen_proportionate_area"
    first = untreated.values[scar][before]
    np.testing.assert_allclose(treated.values[scar][before], first, rtol=2e-2)
    assert np.mean(treated.values[scar][later] < untreated.values[scar][later]) > 0.95


def test_who_lives_begins_care_at_any_time_and_who_is_dead_at_none() -> None:
    treated, untreated = histories("pbc", 60, care="ursodeoxycholic acid"), histories("pbc", 60)
    alive = np.exp(-untreated.values["cumulative_death_hazard"])
    column = np.searchsorted(treated.years, treated.begun)
    assert np.median(alive[np.arange(60), column]) > 0.5
    assert np.ptp(column) > 40
    assert np.isnan(untreated.since_care()).all()


def test_an_unknown_care_is_refused_by_its_name() -> None:
    with pytest.raises(InputError, match="prayer"):
        histories("hbv", 5, care="prayer")
