"""Order, distance and level of forecasts agree with closed forms and with other implementations."""

import numpy as np
import pytest

from lobule.validate.real_people.mayo import mayo_score, mayo_survival
from lobule.validate.real_people.scores import Outcome, brier_terms, cell, cells, concordance, concordances, risk_of

metrics = pytest.importorskip("sksurv.metrics")
AT = np.array([200.0, 400.0, 900.0])


def people(n=150, seed=3):
    source = np.random.default_rng(seed)
    hazard = np.exp(source.normal(0, 1, n)) / 900
    died, ended = source.exponential(1 / hazard), source.uniform(100, 2500, n)
    outcome = Outcome(np.minimum(died, ended), died < ended)
    return outcome, np.exp(-hazard[:, None] * AT)


def test_concordance_is_that_of_lifelines():
    lifelines = pytest.importorskip("lifelines.utils")
    outcome, survival = people()
    theirs = lifelines.concordance_index(outcome.days, -risk_of(survival), outcome.event)
    assert concordance(outcome, risk_of(survival)) == pytest.approx(theirs, abs=1e-12)


def test_the_brier_score_is_that_of_scikit_survival():
    outcome, survival = people()
    _, theirs = metrics.brier_score(outcome.structured(), outcome.structured(), survival, AT)
    np.testing.assert_allclose(brier_terms(outcome, survival, AT).mean(axis=0), theirs, rtol=1e-12)


def test_without_censoring_the_brier_score_is_the_mean_square():
    outcome, survival = people()
    whole = Outcome(outcome.days, np.ones(len(outcome.days), bool))
    alive = whole.days[:, None] > AT
    np.testing.assert_allclose(brier_terms(whole, survival, AT), (alive - survival) ** 2)


def test_models_are_drawn_on_the_same_people():
    outcome, survival = people()
    one = concordances(outcome, {"a": risk_of(survival), "b": risk_of(survival)}, 20, 1)
    np.testing.assert_array_equal(one["a"], one["b"])


def test_the_intervals_of_kaplan_meier_are_those_of_lifelines():
    lifelines = pytest.importorskip("lifelines")
    outcome, survival = people()
    fit = lifelines.KaplanMeierFitter().fit(outcome.days, outcome.event)
    found = cell("all", outcome, survival[:, 1], 400.0)
    assert found.seen == pytest.approx(float(fit.predict(400.0)))
    low, high = fit.confidence_interval_[fit.confidence_interval_.index <= 400.0].iloc[-1]
    assert (found.low, found.high) == pytest.approx((low, high))


def test_true_forecasts_lie_in_the_intervals_and_wrong_ones_do_not():
    outcome, survival = people(600)
    assert sum(found.inside for found in cells(outcome, survival, AT)) >= 16
    assert sum(found.inside for found in cells(outcome, survival**3, AT)) < 9


def test_where_nobody_or_everybody_died_the_interval_is_a_binomials():
    alive = cell("all", Outcome(np.full(20, 500.0), np.zeros(20, bool)), np.full(20, 0.9), 400.0)
    assert (alive.seen, alive.high, alive.exact) == (1.0, 1.0, True)
    assert alive.low**20 == pytest.approx(0.025)
    dead = cell("all", Outcome(np.arange(1.0, 21.0), np.ones(20, bool)), np.full(20, 0.1), 400.0)
    assert (dead.seen, dead.low, dead.exact) == (0.0, 0.0, True)
    assert (1 - dead.high) ** 20 == pytest.approx(0.025)


def test_nothing_is_seen_after_the_last_observation():
    gone = cell("all", Outcome(np.full(20, 300.0), np.zeros(20, bool)), np.full(20, 0.9), 400.0)
    assert np.isnan(gone.seen)
    assert not gone.inside


def test_the_mayo_score_of_the_mean_patient_has_the_published_survival():
    years = np.arange(1, 8) * 365.25
    found = mayo_survival(np.array([5.07, 6.07]), years)
    np.testing.assert_allclose(found[0], [0.970, 0.941, 0.883, 0.833, 0.774, 0.721, 0.651])
    np.testing.assert_allclose(np.log(found[1]) / np.log(found[0]), np.e)


def test_the_mayo_score_has_the_published_weights():
    base = [np.array([value]) for value in (17.104, 40.0, 50.0, 1.0, 0.0)]

    def risen(place, by):
        changed = [v * by if place != 4 else v + by for v in base]
        return float(
            mayo_score(*[c if k == place else b for k, (b, c) in enumerate(zip(base, changed, strict=True))])[0]
        )

    score = float(mayo_score(*base)[0])
    rises = [risen(k, np.e) - score for k in (0, 1, 3)] + [risen(4, 1.0) - score]
    np.testing.assert_allclose(rises, [0.871, -2.53, 2.38, 0.859], atol=0.004)
