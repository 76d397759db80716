"""Analyses against R (survival 3.5-3, cmprsk) on published data, and against plain formulas."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from lobule.trial.estimates import analyse, information_day, restricted_mean

# Acute myelogenous leukaemia, maintained and not (R. G. Miller, Survival Analysis, 1981): `aml` of R's survival
MAINTAINED = [(9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0)]
NOT = [(5, 1), (5, 1), (8, 1), (8, 1), (12, 1), (16, 0), (23, 1), (27, 1), (30, 1), (33, 1), (43, 1), (45, 1)]


def leukaemia(synthetic):
    times = np.array([t for t, _ in MAINTAINED + NOT], float)
    died = np.array([e for _, e in MAINTAINED + NOT], bool)
    seen = synthetic([0] * 11 + [1] * 12, death=np.where(died, times, np.inf), end=200.0)
    seen.left[:] = times
    return seen


def endpoint(design, name, **changes):
    return design.endpoint(name).model_copy(update=changes)


def test_log_rank_and_cox_are_those_of_r(plain_design, synthetic):
    """survdiff: chisq 3.396389, p 0.06533932; coxph (Efron): -0.9155326, se 0.5119343, p 0.07371486"""
    design, seen = plain_design(), leukaemia(synthetic)
    (log_rank,) = analyse(design, seen, endpoint(design, "death"))
    assert log_rank.p == pytest.approx(0.06533932, rel=1e-5)
    assert np.log(log_rank.estimate) == pytest.approx((7 - 10.68934) / 4.007564, rel=1e-4)  # (O - E) / V of survdiff
    (cox,) = analyse(design, seen, endpoint(design, "death", method="cox"))
    assert np.log(cox.estimate) == pytest.approx(-0.9155326, abs=1e-5)
    assert np.log(cox.high / cox.low) / 3.919928 == pytest.approx(0.5119343, rel=1e-4)
    assert cox.p == pytest.approx(0.07371486, rel=1e-4)
    assert cox.benefit > 0  # fewer deaths are better


def test_restricted_means_are_those_of_r():
    """summary(survfit(...), rmean = 45): 30.73864 (4.114086), 22.70833 (4.180942)"""
    for group, mean, se in ((MAINTAINED, 30.73863636, 4.114086240), (NOT, 22.70833333, 4.180941981)):
        time, event = np.array(group, float).T
        assert restricted_mean(time, event.astype(bool), 45.0) == pytest.approx((mean, se), rel=1e-6)


def test_cumulative_incidence_is_that_of_r(plain_design, synthetic):
    """cuminc at 40: 0.5281385 and 0.6818182 (0.03722380 and 0.03453040 its variances by Aalen; here by Greenwood's)"""
    time = np.array([5, 8, 12, 13, 18, 23, 27, 30, 33, 43, 45, 7, 9, 11, 14, 19, 21, 26, 31, 36, 40, 44], float)
    code = np.array([1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 0, 1, 1, 2, 1, 1, 2, 1, 1, 0, 1, 0])
    seen = synthetic(
        [0] * 11 + [1] * 11, death=np.where(code == 2, time, np.inf), hcc=np.where(code == 1, time, np.inf)
    )
    seen.left[:] = time
    seen.events["hcc"][:] = np.where(code == 1, time, np.inf)
    design = plain_design()
    (found,) = analyse(design, seen, endpoint(design, "cancer"))
    assert found.estimate == pytest.approx(0.5281385 - 0.6818182, abs=1e-6)
    width = (found.high - found.low) / 3.92
    assert width == pytest.approx(np.hypot(0.1679570, 0.1510668), rel=0.02)  # survfit's standard errors
    assert found.benefit > 0


def test_ancova_and_t_test(plain_design, synthetic):
    import pandas as pd
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(2)
    arm = np.arange(80) % 2
    base = rng.normal(30, 4, 80)
    last = 0.6 * base + 12 + 1.5 * (arm == 0) + rng.normal(0, 2, 80)
    last[::9] = np.nan
    seen = synthetic(arm, np.column_stack([base, base, last]))
    design = plain_design()
    (found,) = analyse(design, seen, design.primary)
    table = pd.DataFrame({"y": last - base, "base": base, "drug": arm == 0}).dropna()
    fit = smf.ols("y ~ drug + base", table).fit()
    assert found.estimate == pytest.approx(fit.params["drug[T.True]"])
    assert found.p == pytest.approx(fit.pvalues["drug[T.True]"])
    assert found.n + found.n_reference == len(table)
    (plain,) = analyse(design, seen, endpoint(design, "albumin", method="t_test"))
    assert plain.p == pytest.approx(ttest_ind(*(table.loc[table.drug == d, "y"] for d in (True, False))).pvalue)


def test_mmrm_with_one_visit_is_ancova(plain_design, synthetic):
    rng = np.random.default_rng(4)
    arm = np.arange(60) % 2
    base = rng.normal(30, 4, 60)
    seen = synthetic(arm, np.column_stack([base, np.full(60, np.nan), base + rng.normal(0, 2, 60)]))
    design = plain_design()
    (mixed,) = analyse(design, seen, endpoint(design, "albumin", method="mmrm"))
    (plain,) = analyse(design, seen, design.primary)
    assert mixed.estimate == pytest.approx(plain.estimate, rel=1e-5)
    assert mixed.p == pytest.approx(plain.p, rel=1e-3)


def test_missing_responses_are_no_response(plain_design, synthetic):
    values = np.tile([30.0, 30.0, 33.0], (40, 1))
    values[:10, 2] = np.nan
    values[20:, 2] = 30.0
    arm = np.r_[np.zeros(20, int), np.ones(20, int)]
    design = plain_design()
    (found,) = analyse(design, synthetic(arm, values), endpoint(design, "responder"))
    assert found.estimate == pytest.approx(0.5)
    assert found.p < 0.001


def test_values_after_rescue_can_be_left_out(plain_design, synthetic):
    from lobule.trial.estimates import values_at

    seen = synthetic([0, 0, 1, 1], np.tile([30.0, 31.0, 32.0], (4, 1)))
    seen.rescued[0] = 28.0
    kept = values_at(plain_design().primary, seen, plain_design())
    assert np.isfinite(kept).all()
    analysis = {"primary": "albumin", "reference": "placebo", "rescue": "hypothetical"}
    gone = values_at(plain_design().primary, seen, plain_design(analysis=analysis))
    assert np.isnan(gone[0, 2]) and np.isfinite(gone[0, 1]) and np.isfinite(gone[1:]).all()


def test_too_few_are_said_not_estimated(plain_design, synthetic):
    design = plain_design()
    (found,) = analyse(design, synthetic([0, 1, 0, 1]), design.primary)
    assert np.isnan(found.p)
    assert "fewer than" in found.reason
    (nobody,) = analyse(design, synthetic([0, 1] * 10), endpoint(design, "death"))
    assert "no arm has an event" in nobody.reason


def test_information_is_counted_on_the_calendar(plain_design, synthetic):
    design, seen = plain_design(), synthetic(np.arange(101) % 2)
    day = information_day(design, seen, design.primary, 0.5)
    then = seen.as_of(day)
    assert np.isfinite(then.measured["albumin"][:, 2]).sum() == 51
    assert len(then) > 51  # others are in, with earlier visits
    assert information_day(design, seen, design.primary, 1.0) == pytest.approx(365 + 84)
