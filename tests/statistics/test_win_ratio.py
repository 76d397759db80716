"""The win ratio: a hand-worked example, the Mann-Whitney statistic as a special case, symmetry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu, norm

from lobule.statistics.win_ratio import TimeLevel, ValueLevel, win_ratio


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


def test_interval_and_p_are_those_of_the_variance_of_two_u_statistics():
    """Bebu and Lachin 2016, written out: variances of the shares won and lost over rows and columns of the pairs."""
    rng = np.random.default_rng(8)
    a, b = rng.normal(0.3, 1, 14), rng.normal(0, 1, 11)
    found = win_ratio([ValueLevel(a)], [ValueLevel(b)])
    won, lost = (a[:, None] > b), (a[:, None] < b)
    w, l = won.mean(), lost.mean()  # noqa: E741
    covariance = sum(
        np.cov(np.stack([won.mean(axis=axis), lost.mean(axis=axis)])) / n for axis, n in ((1, 14), (0, 11))
    )
    gradient = np.array([1 / w, -1 / l])
    se = np.sqrt(gradient @ covariance @ gradient)
    assert (found.wins, found.losses) == (w, l)
    assert np.log([found.low, found.high]) == pytest.approx(np.log(w / l) + np.array([-1, 1]) * 1.959963985 * se)
    assert found.p == pytest.approx(2 * norm.sf(abs(np.log(w / l)) / se))


def test_a_level_decides_only_what_the_graver_ones_left():
    death = [TimeLevel(np.array([1.0, 9.0, 9.0]), np.array([True, False, False]))]
    value = [ValueLevel(np.array([9.0, 1.0, 3.0]))]
    other = [TimeLevel(np.array([5.0, 5.0]), np.array([False, False])), ValueLevel(np.array([2.0, 2.0]))]
    found = win_ratio(death + value, other)
    assert found.decided == (2, 4)  # the dead patient loses twice whatever the value; the others by the value
    assert (found.wins, found.losses) == (pytest.approx(2 / 6), pytest.approx(4 / 6))
    assert found.ratio == pytest.approx(0.5)


def test_events_at_the_same_moment_and_after_follow_up_tie():
    treated = [TimeLevel(np.array([5.0, 8.0]), np.array([True, True]))]
    same = win_ratio(treated, [TimeLevel(np.array([5.0]), np.array([True]))])
    assert (same.wins, same.losses) == (0.5, 0.0)  # 5 against 5 ties, 8 against 5 wins
    unseen = win_ratio(treated, [TimeLevel(np.array([4.0]), np.array([False]))])
    assert (unseen.wins, unseen.losses, unseen.decided) == (0.0, 0.0, (0,))
    assert np.isnan([unseen.ratio, unseen.low, unseen.high, unseen.p]).all()


def test_one_side_alone_has_no_interval():
    never = win_ratio([ValueLevel(np.array([1.0, 1.0]))], [ValueLevel(np.array([2.0, 3.0]))])
    assert (never.ratio, never.wins, never.losses) == (0.0, 0.0, 1.0)
    assert np.isnan([never.low, never.high, never.p]).all()
    always = win_ratio([ValueLevel(np.array([4.0, 5.0]))], [ValueLevel(np.array([2.0, 3.0]))])
    assert always.ratio == np.inf and np.isnan([always.low, always.high, always.p]).all()


def test_groups_have_the_same_levels():
    value = ValueLevel(np.array([1.0]))
    with pytest.raises(ValueError):
        win_ratio([value, value], [value])


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
