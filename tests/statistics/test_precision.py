"""Precision between and within runs, as nlme has it."""

import math

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.statistics.precision import gcv, precision

MIXED = """
library(nlme); d <- read.csv(a[1]); d$run <- factor(d$run)
fit <- lme(y ~ 1, random = ~ 1 | run, d, method = 'REML', control = lmeControl(msTol = 1e-12, tolerance = 1e-12))
v <- as.numeric(VarCorr(fit)[, 'Variance']); found <- list(between = v[1], within = v[2])
"""


def drawn(between, within, runs, values, seed):
    rng = np.random.default_rng(seed)
    run = np.repeat(np.arange(runs), values)
    return np.log(0.7) + between * rng.standard_normal(runs)[run] + within * rng.standard_normal(len(run)), run


def test_variances_of_equal_runs_are_those_of_the_restricted_likelihood(in_r, tmp_path):
    y, run = drawn(0.08, 0.05, 8, 2, 1)
    rows = "\n".join(f"{a},{b}" for a, b in zip(y, run, strict=True))
    (tmp_path / "d.csv").write_text(f"y,run\n{rows}", encoding="utf-8")
    found, told = precision(y, run), in_r(MIXED, tmp_path / "d.csv")
    assert found.between == pytest.approx(told["between"], rel=1e-4)
    assert found.within == pytest.approx(told["within"], rel=1e-4)


def test_runs_that_differ_less_than_their_values_have_no_variance_of_their_own():
    y, run = np.array([0.0, 1.0, 1.0, 0.0, 0.5, 0.6]), np.array([1, 1, 2, 2, 3, 3])
    found = precision(y, run)
    assert found.between == 0 and found.within == pytest.approx(y.var(ddof=1)) and found.df == 5


def test_one_value_a_run_is_all_between_runs():
    found = precision([0.0, 0.1, 0.3], ["a", "b", "c"])
    assert found.between == pytest.approx(np.var([0.0, 0.1, 0.3], ddof=1)) and math.isnan(found.repeatability)
    assert found.intermediate == pytest.approx(math.expm1(np.std([0.0, 0.1, 0.3], ddof=1)))


def test_unlike_runs_give_the_variances_on_average():
    rng = np.random.default_rng(2)
    run = np.repeat(np.arange(7), [1, 2, 2, 3, 3, 4, 5])
    found = [precision(0.3 * rng.standard_normal(7)[run] + 0.2 * rng.standard_normal(20), run) for _ in range(800)]
    assert np.mean([one.between for one in found]) == pytest.approx(0.09, rel=0.08)
    assert np.mean([one.within for one in found]) == pytest.approx(0.04, rel=0.05)


def test_the_upper_limit_holds_the_precision_in_nineteen_of_twenty():
    truth = gcv(0.08**2 + 0.05**2)
    held = [precision(*drawn(0.08, 0.05, 8, 2, seed)).intermediate_high >= truth for seed in range(600)]
    assert 0.92 < np.mean(held) < 0.98


def test_more_runs_tell_more_than_more_values_in_a_run():
    found = precision(*drawn(0.1, 0.05, 10, 3, 5))
    assert found.of_a_format(1, 1) == pytest.approx(found.intermediate)
    assert found.of_a_format(3, 1) < found.of_a_format(1, 3) < found.of_a_format(1, 1)
    with pytest.raises(InputError, match="two runs"):
        precision([1.0, 2.0], ["a", "a"])
