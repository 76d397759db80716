"""Priors of historical controls against the printed example of RBesT, closed forms and simulation."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from lobule.statistics.map_prior import (
    chance_of_means,
    chance_of_shares,
    compare_means,
    compare_shares,
    of_means,
    of_shares,
    patients_of_shares,
)

# Placebo arms of ankylosing spondylitis trials: D. Baeten et al., Lancet 2013; 382:1705 (data AS of RBesT)
AS_N, AS_HITS = [107, 44, 51, 39, 139, 20, 78, 35], [23, 12, 19, 9, 39, 6, 9, 10]


def test_ankylosing_spondylitis_as_rbest_prints_it():
    """Introduction of RBesT: mean 0.2550, sd 0.0864, quantiles 0.1060, 0.2470, 0.4610, by MCMC."""
    prior = of_shares(AS_HITS, AS_N, spread=1.0)
    assert prior.mean == pytest.approx(0.2550, abs=0.004)  # its own error is 0.002
    assert prior.sd == pytest.approx(0.0864, abs=0.003)
    assert [prior.quantile(q) for q in (0.025, 0.5, 0.975)] == pytest.approx([0.106, 0.247, 0.461], abs=0.011)
    assert patients_of_shares(prior) == pytest.approx(0.255 * 0.745 / 0.0864**2 - 1, rel=0.1)


def test_means_are_those_of_a_sample_of_the_same_model():
    """400,000 spreads from their prior, weighted by their likelihood."""
    y, se, sd = np.array([-51, -49, -36, -47, -90, -54.0]), 88 / np.sqrt([74, 166, 328, 20, 25, 58]), 88.0
    rng = np.random.default_rng(3)
    tau = np.abs(rng.normal(0, sd / 2, 400_000))
    weight = 1 / (se**2 + tau[:, None] ** 2)
    variance = 1 / weight.sum(axis=1)
    middle = variance * (weight @ y)
    logs = 0.5 * (np.log(weight).sum(1) + np.log(variance) - (weight * (y - middle[:, None]) ** 2).sum(1))
    w = np.exp(logs - logs.max())
    w /= w.sum()
    mean = w @ middle
    prior = of_means(y, se, sd)
    assert prior.mean == pytest.approx(mean, abs=0.1)
    assert prior.sd**2 == pytest.approx(w @ (variance + tau**2 + (middle - mean) ** 2), rel=0.02)


def test_studies_that_agree_without_spread_are_pooled():
    prior = of_means([1.0, 1.0], [0.2, 0.2], sd=1.0, spread=1e-4)
    assert prior.mean == pytest.approx(1.0, abs=1e-6) and prior.sd == pytest.approx(0.2 / np.sqrt(2), rel=1e-3)


def test_a_vague_prior_compares_as_if_there_were_no_history():
    prior = of_means([0.0], [100.0], sd=100.0, spread=100.0)
    found = compare_means(prior, (1.0, 3.0), (9.0, 4.0))
    assert (found.estimate, found.low, found.high) == pytest.approx((8.0, 8 - 1.96 * 5, 8 + 1.96 * 5), abs=0.1)
    assert found.above == pytest.approx(norm.cdf(8 / 5), abs=0.003)


def test_history_that_agrees_narrows_and_a_robust_prior_lets_go_in_conflict():
    plain, robust = (of_means([0.0] * 5, [0.2] * 5, sd=2.0, spread=0.1, robust=r) for r in (0.0, 0.5))
    own = 2 * 1.96 * np.hypot(0.4, 0.4)
    agree, conflict = compare_means(plain, (0.0, 0.4), (1.0, 0.4)), compare_means(plain, (3.0, 0.4), (3.0, 0.4))
    assert agree.high - agree.low < 0.9 * own
    assert conflict.above > 0.99  # history alone makes a difference that is none
    assert compare_means(robust, (3.0, 0.4), (3.0, 0.4)).above == pytest.approx(0.5, abs=0.1)


def test_shares_are_those_of_beta_distributions_where_nothing_is_borrowed():
    rng = np.random.default_rng(5)
    found = compare_shares(of_shares([1], [2], robust=1.0), (20, 60), (36, 60))
    gap = rng.beta(37, 25, 400_000) - rng.beta(21, 41, 400_000)
    assert (found.estimate, found.low, found.high) == pytest.approx(
        tuple(np.quantile(gap, (0.5, 0.025, 0.975))), abs=0.003
    )
    assert found.above == pytest.approx((gap > 0).mean(), abs=0.002)


def test_chances_of_means_agree_with_simulation():
    prior = of_means([0.0, 0.3], [0.3, 0.3], sd=2.0, robust=0.2)
    rng = np.random.default_rng(7)
    hits = [
        compare_means(prior, (c, 0.4), (t, 0.3)).above > 0.975
        for c, t in zip(0.1 + 0.4 * rng.standard_normal(500), 1.1 + 0.3 * rng.standard_normal(500), strict=True)
    ]
    assert chance_of_means(prior, 0.1, 1.0, (0.4, 0.3), 0.05, up=True) == pytest.approx(np.mean(hits), abs=0.06)


def test_without_history_the_level_is_that_of_the_plain_test_and_borrowing_moves_it_with_drift():
    vague = of_means([0.0], [50.0], sd=50.0, spread=50.0)
    assert chance_of_means(vague, 0.0, 0.0, (1.0, 1.0), 0.05, up=True) == pytest.approx(0.025, abs=0.001)
    prior = of_means([0.0] * 4, [0.3] * 4, sd=3.0, spread=0.3, robust=0.2)
    level = [chance_of_means(prior, drift, 0.0, (0.6, 0.6), 0.05, up=True) for drift in (-1.0, 0.0, 1.0)]
    assert level[0] < level[1] < 0.025 < level[2]
    gain = chance_of_means(prior, 0.0, 1.6, (0.6, 0.6), 0.05, up=True)
    assert gain > norm.sf(1.959964 - 1.6 / np.hypot(0.6, 0.6)) + 0.05


def test_chances_of_shares_agree_with_the_sum_over_all_tables():
    prior = of_shares(AS_HITS, AS_N, robust=0.2)
    found = chance_of_shares(prior, 0.25, 0.35, (8, 12), 0.05, up=True)
    total = sum(
        binom.pmf(a, 8, 0.25) * binom.pmf(b, 12, 0.6) * (compare_shares(prior, (a, 8), (b, 12)).above > 0.975)
        for a in range(9) for b in range(3, 13)
    )  # fmt: skip
    assert found == pytest.approx(total, abs=0.002)
