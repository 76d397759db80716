"""The win ratio: a hand-worked example, the Mann-Whitney statistic as a special case, symmetry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from lobule.trial.win_ratio import TimeLevel, ValueLevel, win_ratio


def test_a_hand_worked_example():
    """Treated: A dies on day 10, B followed to 20 with +3. Control: C dies on day 5, D followed to 8 with +1.

    A-C: win (C died first). A-D: D was followed to 8 only, A alive then: no death in the shared time, then values:
    A has none, tie. B-C: win. B-D: no death, +3 against +1: win. Three wins, no loss.
    """
    nan = np.nan
    treated = [TimeLevel(np.array([10.0, 20.0]), np.array([True, False])), ValueLevel(np.array([nan, 3.0]))]
    control = [TimeLevel(np.array([5.0, 8.0]), np.array([True, False])), ValueLevel(np.array([nan, 1.0]))]
    found = win_ratio(treated, control)
    assert (found.wins, found.losses) == (0.75, 0.0)
    assert found.decided == (2, 1)
    assert found.ratio == np.inf
    assert np.isnan(found.p)


def test_one_number_is_mann_whitney():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.4, 1, 60), rng.normal(0, 1, 50)
    found = win_ratio([ValueLevel(a)], [ValueLevel(b)])
    u = mannwhitneyu(a, b).statistic
    assert found.ratio == pytest.approx(u / (60 * 50 - u))
    assert found.net_benefit == pytest.approx(2 * u / 3000 - 1)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_exchanging_the_arms_turns_the_ratio_round(seed):
    rng = np.random.default_rng(seed)

    def group(n):
        time = rng.exponential(50, n)
        return [TimeLevel(np.minimum(time, 60), time < 60), ValueLevel(rng.normal(size=n).round(1))]

    a, b = group(25), group(30)
    forward, back = win_ratio(a, b), win_ratio(b, a)
    assert forward.ratio * back.ratio == pytest.approx(1)
    assert forward.p == pytest.approx(back.p)
    assert forward.low * back.high == pytest.approx(1)


@pytest.mark.science
def test_the_interval_covers_and_the_test_holds_its_level():
    """2,000 null trials: rejections within the binomial 99.9 % interval of 5 %."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(2000):
        groups = []
        for _ in range(2):
            time = rng.exponential(300, 80)
            groups.append([TimeLevel(np.minimum(time, 200), time < 200), ValueLevel(rng.normal(size=80))])
        hits += win_ratio(*groups).p < 0.05
    assert 0.035 < hits / 2000 < 0.067
