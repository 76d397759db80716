"""The last episode before a visit, and what the model does not have."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.labs import measurable, not_modelled, scores, why_not
from lobule.patient.criteria import KNOWN, Criteria
from lobule.patient.episodes import SINCE, last_episodes
from lobule.scores.stiffness import liver_stiffness

YEARS = np.linspace(0, 10, 41)


def seen(rate, n=4000, year=10.0):
    hazards = {f"cumulative_{n.removeprefix('days_since_')}_hazard": rate * np.tile(YEARS, (4000, 1)) for n in SINCE}
    column = np.full(n, int(np.searchsorted(YEARS, year)))
    return last_episodes(hazards, YEARS, np.arange(n), (np.arange(n), column), 1)


def test_the_share_who_had_an_episode_within_a_year_is_that_of_the_rate():
    found = seen(0.12)
    for name in SINCE:
        assert np.mean(found[name] <= 365.25) == pytest.approx(1 - np.exp(-0.12), abs=0.02)


def test_nobody_had_an_episode_before_the_disease_or_without_a_rate():
    young = seen(0.5, year=1.0)["days_since_bleeding"]
    assert young[np.isfinite(young)].max() <= 365.25 and np.isinf(young).mean() == pytest.approx(np.exp(-0.5), abs=0.03)
    assert np.isinf(seen(0.0)["days_since_infection"]).all()


def test_who_never_bled_meets_a_criterion_on_time_without_bleeding():
    days = {"days_since_bleeding": np.array([np.inf, 20.0, 90.0])}
    assert Criteria.read("days_since_bleeding > 28 d").met(days).tolist() == [True, False, True]


def test_stiffness_goes_through_published_stages():
    kilopascal = liver_stiffness(np.array([2.5, 4.6, 8.5, 20.0]))
    assert kilopascal == pytest.approx([4.7, 6.3, 9.9, 23.3], rel=0.2)


@pytest.mark.parametrize("name", sorted(not_modelled()))
def test_what_the_model_lacks_is_refused_with_its_reason_and_is_nothing_else(name):
    assert name not in measurable() and name not in scores() and name not in KNOWN
    with pytest.raises(InputError, match="can be no criterion") as wrong:
        Criteria.read(f"{name} < 5")
    assert why_not(name) in str(wrong.value)
