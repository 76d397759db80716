"""Entropy balancing: the wanted means are met, and what the weights are worth."""

import numpy as np
import pytest

from lobule.statistics.balance import balance, effective_size


def test_balancing_meets_its_targets_and_reports_its_worth():
    x = np.linspace(0, 1, 1000)[:, None]
    weights = balance(x, np.array([0.3]), np.ones(1000))
    assert weights.sum() == pytest.approx(1)
    assert float(weights @ x[:, 0]) == pytest.approx(0.3, abs=0.01)
    assert 1 < effective_size(weights) < 1000
    assert effective_size(np.ones(50)) == pytest.approx(50)
