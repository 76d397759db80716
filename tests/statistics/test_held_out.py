"""Held-out predictions: what is there is found, and nobody is predicted by a model that has seen its group."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lobule.statistics.held_out import MODELS, OUTER, gains, held_out


@pytest.mark.parametrize("model", MODELS)
def test_an_outcome_that_follows_a_column_is_predicted(model):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((120, 3))
    x[rng.random(x.shape) < 0.05] = np.nan
    y = np.nan_to_num(x[:, 1]) + 0.3 * rng.standard_normal(120) > 0
    calls = []
    predicted = held_out(x, y, np.arange(120), model, 1, lambda: calls.append(1))
    assert roc_auc_score(y, predicted) > 0.85
    assert len(calls) == OUTER


def test_rows_of_a_group_do_not_betray_each_other():
    """Six equal rows of each of thirty groups, whose outcome is chance: trees would know it from one of them."""
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(30), 6)
    x = rng.standard_normal((30, 2))[groups]
    y = (rng.permutation(30) % 2 == 0)[groups]
    assert roc_auc_score(y, held_out(x, y, groups, "trees", 1)) < 0.75
    assert roc_auc_score(y, held_out(x, y, np.arange(180), "trees", 1)) > 0.95


def test_gains_are_those_of_the_arms():
    rng = np.random.default_rng(3)
    x, treated = rng.standard_normal((400, 2)), np.arange(400) % 2 == 0
    y = rng.random(400) < np.where(treated, 1 / (1 + np.exp(-3 * x[:, 0])), 0.5)
    found = gains(x, y, treated, np.arange(400), 1)
    assert np.corrcoef(found, x[:, 0])[0, 1] > 0.8
