"""People made nearby are drawn from the same posterior as all others, only more of them."""

from dataclasses import replace

import numpy as np
import pytest
from tests.forecast.toys import person, pool

from lobule.forecast import nearby
from lobule.forecast.check import check
from lobule.forecast.errors import LEVELS
from lobule.forecast.likelihood import log_likelihood
from lobule.forecast.nearby import made_nearby
from lobule.forecast.pool import prepared
from lobule.forecast.posterior import posterior
from lobule.patient.variation import variation
from lobule.statistics.weighted import weights_of

SPEED = next(name for name in variation() if name not in LEVELS.values())
SEEN = person((0.0, 400.0, 800.0), albumin=[40.0, 37.0, 34.0], bilirubin=[13.0, 20.0, 33.0])


def courses(etiology, years, varied, further=()):
    """A disease at a speed that differs between people, as an engine would solve it."""
    sick = (varied[SPEED] ** (0.6 / variation()[SPEED]))[:, None] * years / 12
    ones = np.ones(sick.shape, np.float32)
    made = {"albumin": 42 * np.exp(-0.3 * sick), "bilirubin": 10 * np.exp(1.2 * sick),
            "cumulative_death_hazard": years * 0.005 + 0.02 * sick**3,
            "cumulative_other_death_hazard": years * 0.005 + 0 * sick}  # fmt: skip
    return {name: np.asarray(made.get(name, ones), np.float32) for name in pool(2).of.values}


def toy(n, seed):
    random = np.random.default_rng(seed)
    usual = pool(n).of
    varied = usual.varied | {SPEED: np.exp(variation()[SPEED] * random.standard_normal(n))}
    return prepared(replace(usual, varied=varied, values=courses("", usual.years, varied)))


def speed(candidates, weights):
    """Mean and spread of how fast the disease of whom the patient resembles is."""
    x, w = np.log(candidates.of.varied[SPEED]) / variation()[SPEED], weights.sum(axis=1)
    middle = (w * x).sum()
    return np.array([middle, np.sqrt((w * (x - middle) ** 2).sum())])


def test_people_made_nearby_have_the_posterior_that_many_more_people_have(monkeypatch):
    monkeypatch.setattr(nearby, "solve", courses)
    many, few = toy(6000, 1), toy(60, 2)
    wanted = speed(many, weights_of(log_likelihood(SEEN, many)))
    of_few = weights_of(log_likelihood(SEEN, few))
    found = [speed(*made_nearby(SEEN, few, of_few, np.random.default_rng(k))[:2]) for k in range(6)]
    assert np.mean(found, axis=0) == pytest.approx(wanted, abs=0.15)


def test_who_is_made_nearby_is_as_likely_before_any_lab(monkeypatch):
    monkeypatch.setattr(nearby, "solve", courses)
    everybody = toy(4000, 3).of
    moved = nearby._solved(everybody, everybody.of(np.random.default_rng(0).permutation(4000)))
    logs = np.log(moved.varied[SPEED])
    assert logs.std() == pytest.approx(variation()[SPEED], rel=0.05) and abs(logs.mean()) < 0.05 * variation()[SPEED]
    assert np.array_equal(moved.varied["age_at_onset"], everybody.varied["age_at_onset"])


def test_a_sparse_posterior_is_made_of_others_and_says_so(monkeypatch):
    monkeypatch.setattr(nearby, "solve", courses)
    few = toy(12, 2)
    found = posterior(SEEN, "hbv", few)
    assert found.made and found.candidates is few and found.size < nearby.SPARSE
    assert len(np.unique(found.pool.of.varied[SPEED][found.rows])) > found.size
    assert found.of_people.sum() == pytest.approx(1) and len(found.of_people) == len(found.pool.of)
    assert any("others were made nearby" in warning for warning in check(found).warnings)
    again = posterior(SEEN, "hbv", few)
    assert np.array_equal(again.rows, found.rows) and np.array_equal(again.visits, found.visits)
