"""People who are seen because they are acutely ill."""

import numpy as np
import pytest

from lobule.patient.acute import shares, with_acutely_ill
from lobule.patient.history import histories

pytestmark = pytest.mark.science


def test_the_acutely_ill_are_the_wanted_share_of_people_with_cirrhosis_and_have_one_first_visit() -> None:
    all_others = histories("alcohol", 200)
    both, first = with_acutely_ill(all_others, share=0.4)
    n = len(all_others)
    assert not first[:n].any()
    assert (np.isfinite(first[n:]).sum(axis=1) == 1).all()
    weight = np.exp(first - both.values["cumulative_death_hazard"])
    sick = both.values["collagen_proportionate_area"] >= 14
    assert np.nansum(weight[n:]) / np.nansum(weight[sick]) == pytest.approx(0.4, abs=0.01)


def test_who_is_acutely_ill_dies_soon_or_recovers() -> None:
    all_others = histories("alcohol", 200)
    both, first = with_acutely_ill(all_others)
    row, visit = np.nonzero(np.isfinite(first[len(all_others) :]))
    death = both.values["cumulative_death_hazard"][len(all_others) :]
    soon, later = (np.nanmean(death[row, visit + b] - death[row, visit + a]) for a, b in ((0, 1), (1, 2)))
    assert soon > 2 * later


def test_nobody_with_primary_biliary_cholangitis_is_seen_because_of_acute_illness() -> None:
    people = histories("pbc", 60)
    assert "pbc" not in shares()
    assert with_acutely_ill(people)[0] is people


def test_the_same_people_are_acutely_ill_each_time_under_care_too() -> None:
    treated = histories("alcohol", 60, care="abstinence")
    one, other = (with_acutely_ill(treated)[0] for _ in range(2))
    np.testing.assert_array_equal(one.ids, other.ids)
    assert one.begun is not None
    assert len(one.begun) == len(one)
