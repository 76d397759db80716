"""Measures of prediction against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lobule.statistics.prediction import auc, auc_at, bootstrap, calibration, decision_curve, qini

rng = np.random.default_rng(11)


def test_auc_is_that_of_scikit_learn_with_ties_too():
    happened, risk = rng.random(200) < 0.3, np.round(rng.standard_normal(200), 1)
    assert auc(happened, risk) == pytest.approx(roc_auc_score(happened, risk), abs=1e-12)
    assert np.isnan(auc(np.zeros(5, bool), np.arange(5.0)))


def test_auc_over_time_without_censoring_is_the_plain_one():
    risk = rng.standard_normal(300)
    time = rng.exponential(100 * np.exp(-risk))
    found = auc_at(risk, time, np.ones(300, bool), 60.0)
    assert found == pytest.approx(roc_auc_score(time <= 60, risk))


def test_censoring_at_random_is_undone():
    n = 20_000
    risk = rng.standard_normal(n)
    time = rng.exponential(100 * np.exp(-risk))
    whole = auc_at(risk, time, np.ones(n, bool), 60.0)
    gone = rng.exponential(80, n)
    censored = auc_at(risk, np.minimum(time, gone), time <= gone, 60.0)
    assert censored == pytest.approx(whole, abs=0.02)
    assert np.isnan(auc_at(risk, time, np.zeros(n, bool), 60.0))


def test_calibration_of_a_true_and_an_overconfident_prediction():
    logit = rng.standard_normal(20_000)
    p = 1 / (1 + np.exp(-logit))
    happened = rng.random(20_000) < p
    true = calibration(p, happened)
    assert true["slope"] == pytest.approx(1, abs=0.06)
    assert true["intercept"] == pytest.approx(0, abs=0.06)
    bold = calibration(1 / (1 + np.exp(-2 * logit)), happened)
    assert bold["slope"] == pytest.approx(0.5, abs=0.05)


def test_net_benefit_by_hand():
    """Of ten, four have the outcome; at 0.5 the model acts on three, two rightly: 2/10 - 1/10."""
    happened = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], bool)
    predicted = np.array([0.9, 0.8, 0.2, 0.1, 0.7, 0.1, 0.1, 0.1, 0.1, 0.1])
    found = decision_curve(predicted, happened, np.array([0.5, 0.2]))
    assert found["model"].tolist() == pytest.approx([0.1, 0.3 - 0.1 * 0.25])
    assert found["everyone"].tolist() == pytest.approx([0.4 - 0.6, 0.4 - 0.6 * 0.25])


def test_qini_finds_who_gains():
    n = 8000
    marker, treated = rng.random(n), rng.random(n) < 0.5
    happened = rng.random(n) < 0.3 + 0.4 * treated * (marker > 0.5)
    curve, right = qini(marker, treated, happened)
    assert right > 0.01
    assert qini(-marker, treated, happened)[1] < -0.01
    assert abs(qini(rng.random(n), treated, happened)[1]) < 0.006
    assert curve["gain"].iloc[-1] == pytest.approx(0.2 * n / 2, rel=0.15)


def test_bootstrap_draws_groups():
    values = np.repeat(rng.standard_normal(50), 20)
    groups = np.repeat(np.arange(50), 20)
    low, high = bootstrap(lambda rows: float(values[rows].mean()), groups, 1)
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(50), rel=0.3)
