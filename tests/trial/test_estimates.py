"""Analyses against R (survival 3.5-3, cmprsk) on published data, and against plain formulas."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import ttest_ind
from tests.statistics.test_survival import MAINTAINED, NOT

from lobule.errors import InputError
from lobule.statistics.survival import peto
from lobule.trial.estimates import analyse
from lobule.trial.observed import followed, information_day, levels, values_at


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


ARMS = {"arms": [{"name": "low"}, {"name": "high"}, {"name": "placebo"}]}


def three_arms(synthetic, plain_design, **analysis):
    """90 subjects of three arms with two strata, a baseline covariate, gaps and events; and their design."""
    rng = np.random.default_rng(11)
    arm = np.arange(90) % 3
    base, age = rng.normal(30, 4, 90), rng.normal(55, 9, 90)
    stratum = rng.integers(0, 4, 90)
    middle = base + rng.normal(0.5, 1, 90)
    last = 0.7 * base + 10 + np.array([1.0, 2.0, 0.0])[arm] + 0.05 * age + 0.8 * (stratum & 1) + rng.normal(0, 1.5, 90)
    last[::8], middle[::11], base[5] = np.nan, np.nan, np.nan
    death = rng.exponential(np.array([200.0, 300.0, 120.0])[arm]).round()
    values = np.column_stack([base, middle, last])
    values[np.array([0, 28, 84]) > death[:, None]] = np.nan  # nobody is measured after death
    seen = synthetic(arm, values, death=death, hcc=rng.exponential(150, 90))
    seen.stratum[:] = stratum
    seen.measured["age_measured"] = age[:, None] + np.array([0.0, 7.0, -5.0]) * rng.random((90, 3))
    design = plain_design(
        **ARMS, randomisation={"method": "stratified", "strata": ["age >= 50", "age >= 60"]},
        analysis={"primary": "albumin", "reference": "placebo", **analysis},
    )  # fmt: skip
    return design, seen


def with_covariate(design):
    """The covariate has a name that only this replicate measures."""
    return design.model_copy(update={"analysis": design.analysis.model_copy(update={"covariates": ["age_measured"]})})


def as_table(seen):
    import pandas as pd

    base, middle, last = seen.measured["albumin"].T
    return pd.DataFrame({
        "arm": seen.arm, "base": base, "middle": middle, "last": last, "age": seen.measured["age_measured"][:, 0],
        "s0": seen.stratum & 1, "s1": seen.stratum >> 1, "stratum": seen.stratum, "time": seen.left,
        "died": seen.events["death"] <= seen.left,
    })  # fmt: skip


def test_ancova_adjusts_for_baseline_covariates_and_strata_of_the_two_arms(synthetic, plain_design):
    import statsmodels.formula.api as smf
    from scipy.stats import norm

    design, seen = three_arms(synthetic, plain_design)
    table = as_table(seen)
    found = analyse(with_covariate(design), seen, design.primary)
    assert [(f.arm, f.reference) for f in found] == [("low", "placebo"), ("high", "placebo")]
    for a, one in enumerate(found):
        full = table[table["arm"].isin([a, 2])].dropna(subset=["base", "last"])
        full = full.assign(drug=(full.arm == a) * 1.0, change=full["last"] - full["base"])
        fit = smf.ols("change ~ drug + base + age + s0 + s1", full).fit()
        assert one.estimate == pytest.approx(fit.params["drug"])
        assert (one.low, one.high) == pytest.approx(tuple(fit.conf_int().loc["drug"]))
        assert one.p == pytest.approx(fit.pvalues["drug"])
        assert one.benefit == pytest.approx(norm.isf(one.p / 2) * np.sign(one.estimate))
        assert (one.n, one.n_reference) == ((full.arm == a).sum(), (full.arm == 2).sum())
        assert (one.endpoint, one.method, one.measure, one.reason) == ("albumin", "ancova", "difference of means", "")


def test_t_test_gives_the_plain_difference_with_its_interval(synthetic, plain_design):
    design, seen = three_arms(synthetic, plain_design)
    table = as_table(seen)
    for a, one in enumerate(analyse(design, seen, endpoint(design, "albumin", method="t_test"))):
        change = (table["last"] - table["base"]).dropna()
        mine, theirs = change[table.arm == a], change[table.arm == 2]
        plain = ttest_ind(mine, theirs)
        assert one.estimate == pytest.approx(mine.mean() - theirs.mean())
        assert (one.low, one.high) == pytest.approx(tuple(plain.confidence_interval()))
        assert one.p == pytest.approx(plain.pvalue) and (one.n, one.n_reference) == (len(mine), len(theirs))
        assert one.measure == "difference of means"


def test_mmrm_is_the_fit_of_the_same_covariates(synthetic, plain_design):
    from lobule.statistics.mmrm import fit_mmrm

    design, seen = three_arms(synthetic, plain_design)
    (one, _) = analyse(with_covariate(design), seen, endpoint(design, "albumin", method="mmrm"))
    table = as_table(seen)
    table = table[table.arm != 1]
    change = np.column_stack([table["middle"] - table["base"], table["last"] - table["base"]])
    some = np.isfinite(change).any(axis=1)
    own = table[["base", "age", "s0", "s1"]].to_numpy(float)[some]
    x = np.column_stack([np.ones(some.sum()), table.arm[some] == 0, own - own.mean(axis=0)]).astype(float)
    weights = np.zeros((2, 6))
    weights[1, 1] = 1
    expected = fit_mmrm(change[some], x).contrast(weights)
    assert one.estimate == pytest.approx(expected.estimate, rel=1e-6)
    assert (one.low, one.high) == pytest.approx(expected.interval(), rel=1e-6)
    assert one.p == pytest.approx(expected.p, rel=1e-6)
    assert (one.n, one.n_reference) == ((table.arm[some] == 0).sum(), (table.arm[some] == 2).sum())
    assert one.measure == "difference of means" and one.method == "mmrm"


def test_a_covariate_that_says_nothing_new_is_left_out(synthetic, plain_design):
    design, seen = three_arms(synthetic, plain_design)
    plain = analyse(design, seen, design.primary)
    seen.measured["age_measured"][:] = 7.0 * seen.measured["albumin"][:, :1] - 3
    for method in ("ancova", "mmrm"):
        same = analyse(with_covariate(design), seen, endpoint(design, "albumin", method=method))
        alone = analyse(design, seen, endpoint(design, "albumin", method=method))
        assert [f.estimate for f in same] == pytest.approx([f.estimate for f in alone], rel=1e-4)
    seen.measured["age_measured"][:] = 50.0
    assert analyse(with_covariate(design), seen, design.primary) == plain


def test_mmrm_needs_values_at_the_visit_of_the_endpoint(synthetic, plain_design):
    design, seen = three_arms(synthetic, plain_design)
    seen.measured["albumin"][:, 2] = np.nan
    found = analyse(design, seen, endpoint(design, "albumin", method="mmrm"))
    assert {f.reason for f in found} == {"the visit of the endpoint has no values"}
    assert np.isnan([[f.estimate, f.low, f.high, f.p, f.benefit] for f in found]).all()
    assert [(f.n, f.n_reference, f.measure) for f in found] == [(0, 0, "")] * 2


@pytest.mark.parametrize("method", ["ancova", "t_test", "mmrm"])
def test_four_values_an_arm_are_the_fewest(synthetic, plain_design, method):
    design = plain_design()
    rng = np.random.default_rng(1)
    values = np.column_stack([rng.normal(30, 2, 24), rng.normal(31, 2, 24), rng.normal(32, 2, 24)])
    values[6:12, 2] = np.nan
    arm = np.r_[np.zeros(12, int), np.ones(12, int)]
    (enough,) = analyse(design, synthetic(arm, values), endpoint(design, "albumin", method=method))
    assert np.isfinite(enough.p) and enough.reason == ""
    values[3:6, 2] = np.nan
    for way in (arm, 1 - arm):
        (found,) = analyse(design, synthetic(way, values), endpoint(design, "albumin", method=method))
        assert found.reason == "an arm has 3 subjects with a value, fewer than 4" and np.isnan(found.p)


def test_fewer_is_better_where_a_lab_should_fall(synthetic, plain_design):
    extra = {"name": "bilirubin", "kind": "change", "output": "bilirubin", "at": "84 d"}
    design = plain_design(endpoints=[extra], analysis={"primary": "bilirubin", "reference": "placebo"})
    rng = np.random.default_rng(3)
    arm = np.arange(40) % 2
    values = np.tile(rng.normal(30, 3, 40)[:, None], 3) + np.outer(np.where(arm == 0, -5.0, 0.0), [0, 1, 1])
    seen = synthetic(arm)
    seen.measured["bilirubin"] = values + rng.normal(0, 1, (40, 3))
    (found,) = analyse(design, seen, design.primary)
    assert found.estimate < -3 and found.benefit > 3


def test_risk_difference_has_newcombes_interval_and_the_score_test(synthetic, plain_design):
    """12 of 20 against 5 of 20. Newcombe (Stat. Med. 1998; 17:873) 10, from Wilson's intervals."""
    arm = np.r_[np.zeros(20, int), np.ones(20, int)]
    last = np.r_[np.full(12, 33.0), np.full(8, 31.0), np.full(5, 32.0), np.full(15, 30.0)]
    design = plain_design()
    (found,) = analyse(
        design, synthetic(arm, np.column_stack([np.full(40, 30.0)] * 2 + [last])), endpoint(design, "responder")
    )

    def wilson(k, n, z=1.959963985):
        p = k / n
        half = z * np.sqrt(p * (1 - p) / n + z**2 / 4 / n**2)
        return (p + z**2 / 2 / n - half) / (1 + z**2 / n), (p + z**2 / 2 / n + half) / (1 + z**2 / n)

    (l1, u1), (l2, u2) = wilson(12, 20), wilson(5, 20)
    assert found.estimate == pytest.approx(0.35)
    assert found.low == pytest.approx(0.35 - np.hypot(0.6 - l1, u2 - 0.25))
    assert found.high == pytest.approx(0.35 + np.hypot(u1 - 0.6, 0.25 - l2))
    shared = 17 / 40
    z = 0.35 / np.sqrt(shared * (1 - shared) * (2 / 20) * 40 / 39)  # Miettinen and Nurminen's score at no difference
    from scipy.stats import norm

    assert found.p == pytest.approx(2 * norm.sf(z), rel=1e-6)
    assert found.measure == "difference of shares" and found.benefit == pytest.approx(z, rel=1e-6)
    assert (found.n, found.n_reference) == (20, 20)


def test_shares_that_are_all_or_nothing_have_p_1(synthetic, plain_design):
    design, arm = plain_design(), np.arange(40) % 2
    for last in (35.0, 30.0):
        values = np.column_stack([np.full(40, 30.0)] * 2 + [np.full(40, last)])
        (found,) = analyse(design, synthetic(arm, values), endpoint(design, "responder"))
        assert (found.estimate, found.p) == (0.0, 1.0) and found.benefit == pytest.approx(0.0)


def test_log_rank_gives_petos_ratio_and_statsmodels_p(synthetic, plain_design):
    from scipy.stats import norm
    from statsmodels.duration.survfunc import survdiff

    design, seen = three_arms(synthetic, plain_design)
    table = as_table(seen)
    for a, one in enumerate(analyse(design, seen, endpoint(design, "death", method="log_rank"))):
        pair = table[table.arm.isin([a, 2])]
        log_ratio, se = peto(pair.time.to_numpy(), pair.died.to_numpy(), (pair.arm == a).to_numpy())
        assert np.log([one.estimate, one.low, one.high]) == pytest.approx(
            [log_ratio, log_ratio - 1.96 * se, log_ratio + 1.96 * se]
        )
        assert one.p == pytest.approx(survdiff(pair.time, pair.died * 1, (pair.arm == a) * 1)[1])
        assert one.benefit == pytest.approx(norm.isf(one.p / 2) * (1 if log_ratio < 0 else -1))
        assert one.measure == "hazard ratio (Peto)" and (one.n, one.n_reference) == (30, 30)


def test_cox_is_stratified_and_adjusted_as_in_lifelines(synthetic, plain_design):
    from lifelines import CoxPHFitter

    design, seen = three_arms(synthetic, plain_design)
    for a, one in enumerate(analyse(with_covariate(design), seen, endpoint(design, "death", method="cox"))):
        table = as_table(seen)
        pair = table[table.arm.isin([a, 2])].assign(drug=lambda t, a=a: (t.arm == a) * 1.0)
        fit = CoxPHFitter().fit(
            pair[["time", "died", "drug", "age", "stratum"]],
            "time",
            "died",
            strata="stratum",
            fit_options={"precision": 1e-9},
        )
        assert np.log(one.estimate) == pytest.approx(fit.params_["drug"], abs=1e-4)
        low, high = fit.confidence_intervals_.loc["drug"]
        assert np.log([one.low, one.high]) == pytest.approx([low, high], abs=1e-3)
        assert one.p == pytest.approx(fit.summary.loc["drug", "p"], abs=1e-4)
        assert one.measure == "hazard ratio" and np.sign(one.benefit) == (1 if one.estimate < 1 else -1)


def test_risk_difference_of_unequal_arms(synthetic, plain_design):
    from statsmodels.stats.proportion import confint_proportions_2indep
    from statsmodels.stats.proportion import test_proportions_2indep as score_test

    arm = np.r_[np.zeros(12, int), np.ones(30, int)]
    last = np.r_[np.full(9, 33.0), np.full(3, 31.0), np.full(9, 32.0), np.full(21, 30.0)]
    values = np.column_stack([np.full(42, 30.0), np.full(42, 99.0), last])  # the visit between does not count
    (found,) = analyse(plain_design(), synthetic(arm, values), endpoint(plain_design(), "responder"))
    assert found.estimate == pytest.approx(9 / 12 - 9 / 30)
    low, high = confint_proportions_2indep(9, 12, 9, 30, compare="diff", method="newcomb")
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.p == pytest.approx(score_test(9, 12, 9, 30, compare="diff", method="score").pvalue)
    assert (found.n, found.n_reference) == (12, 30)


@pytest.mark.parametrize("method", ["cox", "log_rank"])
def test_events_of_the_first_day_keep_their_order(synthetic, plain_design, method):
    rng = np.random.default_rng(2)
    arm = np.arange(60) % 2
    days = rng.exponential(np.array([0.9, 0.4])[arm])
    design = plain_design()
    (soon,) = analyse(design, synthetic(arm, death=days), endpoint(design, "death", method=method))
    (late,) = analyse(design, synthetic(arm, death=days * 20), endpoint(design, "death", method=method))
    assert (soon.estimate, soon.p) == pytest.approx((late.estimate, late.p))


@pytest.mark.parametrize("without", [0, 1])
def test_cox_has_a_finite_answer_where_an_arm_has_no_event(synthetic, plain_design, without):
    """The better an arm, the likelier it has none: a trial without an answer then would be least able to show it."""
    death = np.where(np.arange(40) % 2 == without, np.inf, np.arange(40) + 5.0)
    design = plain_design()
    (found,) = analyse(design, synthetic(np.arange(40) % 2, death=death), endpoint(design, "death", method="cox"))
    assert found.p < 1e-4 and (found.benefit > 0) == (found.estimate < 1) == (without == 0)
    assert 0 < found.low < found.estimate < found.high < np.inf and (found.n, found.n_reference) == (20, 20)
    (none,) = analyse(design, synthetic(np.arange(40) % 2), endpoint(design, "death", method="cox"))
    assert none.reason == "no arm has an event" and np.isnan(none.p)


def test_cox_has_an_answer_where_no_stratum_has_both_arms_at_risk_at_an_event(synthetic, plain_design):
    """The treated of one stratum die last, those of the reference in another first: no Wald error exists."""
    arm = np.arange(40) % 2
    death = np.full(40, np.inf)
    death[0], death[3] = 83.9, 0.5  # a treated one when the others of its stratum have left, a reference one at first
    seen = synthetic(arm, death=death)
    left = np.where((np.arange(40) < 20) & (np.arange(40) != 0) & (np.arange(40) != 3), 50.0, seen.left)
    stratum = (np.arange(40) >= 20).astype(int)
    seen = replace(seen, left=left, stratum=stratum)
    design = plain_design()
    (found,) = analyse(design, seen, endpoint(design, "death", method="cox"))
    assert 0 < found.low < found.estimate < found.high < np.inf and 0 < found.p <= 1


def test_log_rank_needs_an_event(synthetic, plain_design):
    design = plain_design()
    (found,) = analyse(design, synthetic([0, 1] * 10), endpoint(design, "death"))
    assert found.reason == "no arm has an event"


@pytest.mark.parametrize("method", ["cox", "log_rank"])
def test_an_arm_without_events(synthetic, plain_design, method):
    death = np.where(np.arange(40) % 2 == 0, np.inf, np.arange(40) + 5.0)
    design = plain_design()
    (found,) = analyse(design, synthetic(np.arange(40) % 2, death=death), endpoint(design, "death", method=method))
    assert found.p < 1e-5 and found.benefit > 0


def test_difference_of_restricted_means_up_to_the_shorter_follow_up(synthetic, plain_design):
    from scipy.stats import norm

    design, seen = plain_design(), leukaemia(synthetic)
    (found,) = analyse(design, seen, endpoint(design, "death", method="rmst"))
    gain, se = 30.73863636 - 22.70833333, np.hypot(4.114086240, 4.180941981)  # of R, up to 45
    assert found.measure == "days gained in 45"
    assert (found.estimate, found.low, found.high) == pytest.approx(
        (gain, gain - 1.96 * se, gain + 1.96 * se), rel=1e-5
    )
    assert found.p == pytest.approx(2 * norm.sf(gain / se), rel=1e-5) and found.benefit == pytest.approx(
        gain / se, rel=1e-4
    )
    (nobody,) = analyse(design, synthetic([0, 1] * 10), endpoint(design, "death", method="rmst"))
    assert (nobody.estimate, nobody.p) == (0.0, 1.0)


def test_cumulative_incidences_of_arms_without_events(synthetic, plain_design):
    arm = np.arange(40) % 2
    hcc = np.where(arm == 0, np.inf, 10.0 + np.arange(40))
    design = plain_design()
    (found,) = analyse(design, synthetic(arm, hcc=hcc), endpoint(design, "cancer"))
    assert found.estimate == pytest.approx(-1.0) and found.benefit > 0
    assert found.measure == "difference of cumulative incidences"
    (nobody,) = analyse(design, synthetic(arm), endpoint(design, "cancer"))
    assert (nobody.estimate, nobody.low, nobody.high, nobody.p) == (0.0, 0.0, 0.0, 1.0)


def test_ranked_endpoint_is_the_win_ratio_of_its_levels(synthetic, plain_design):
    from lobule.statistics.win_ratio import TimeLevel, ValueLevel, win_ratio

    design, seen = three_arms(synthetic, plain_design)
    for a, one in enumerate(analyse(design, seen, endpoint(design, "rank"))):
        groups = []
        for here in (seen.arm == a, seen.arm == 2):
            values = seen.measured["albumin"][here]
            time = np.minimum(seen.events["death"], seen.left)[here]
            groups.append(
                [TimeLevel(time, (seen.events["death"] <= seen.left)[here]), ValueLevel(values[:, 2] - values[:, 0])]
            )
        expected = win_ratio(*groups)
        assert (one.estimate, one.low, one.high, one.p) == (expected.ratio, expected.low, expected.high, expected.p)
        assert one.measure == "win ratio" and np.sign(one.benefit) == (1 if expected.ratio > 1 else -1)
    (tie,) = analyse(design, synthetic([0, 2] * 10, np.full((20, 3), 30.0)), endpoint(design, "rank"))[:1]
    assert tie.reason == "no pair of patients, or only one side, wins"


def test_followed_stops_at_the_first_event_and_death_competes(synthetic, plain_design):
    design = plain_design()
    seen = synthetic([0] * 5, death=[10, 20, np.inf, 30, 90.0], hcc=[np.inf, 5, np.inf, 30, 2.0])
    cancer = followed(endpoint(design, "cancer"), seen)
    assert cancer.time.tolist() == [10, 5, 84, 30, 2]
    assert cancer.event.tolist() == [False, True, False, True, True]
    assert cancer.competing.tolist() == [True, False, False, False, False]
    either = followed(endpoint(design, "cancer", events=["hcc", "death"]), seen)
    assert either.event.tolist() == [True, True, False, True, True] and not either.competing.any()


def test_levels_of_every_endpoint_and_arm(synthetic, plain_design):
    """What was measured of those who die before the visit is left out: death is hypothetical for a lab."""
    design = plain_design()
    seen = synthetic(
        np.repeat([0, 1], 4), np.column_stack([np.full(8, 30.0)] * 2 + [np.r_[33.0, 31, np.nan, 35, 30, 30, 30, 32]]),
        death=[10, 20, np.inf, np.inf, np.inf, np.inf, np.inf, 40.0],
    )  # fmt: skip
    found = {(e, a): v for e, a, v in levels(design, seen)}
    assert found == pytest.approx({
        ("albumin", "drug"): 35.0, ("albumin", "placebo"): 30.0, ("death", "drug"): 0.5, ("death", "placebo"): 0.75,
        ("cancer", "drug"): 1.0, ("cancer", "placebo"): 1.0, ("responder", "drug"): 0.25, ("responder", "placebo"): 0.0,
    })  # fmt: skip
    alone = {(e, a): v for e, a, v in levels(design, seen.some(seen.arm == 0))}
    assert {a for _, a in alone} == {"drug"}
    seen.measured["albumin"][:4, 2] = np.nan
    assert np.isnan({(e, a): v for e, a, v in levels(design, seen)}[("albumin", "drug")])


def test_information_of_events_and_of_ranked_endpoints(synthetic, plain_design):
    design = plain_design()
    seen = synthetic([0, 1] * 3, death=[10, 20, np.inf, 30, np.inf, 50.0])  # enrolled every 73 days
    calendar = np.sort([0 + 10, 73 + 20, 219 + 30, 365 + 50])
    for share, day in (
        (0.25, calendar[0]),
        (0.26, calendar[1]),
        (0.5, calendar[1]),
        (1.0, calendar[3]),
        (0.0, calendar[0]),
    ):
        assert information_day(design, seen, endpoint(design, "death"), share) == pytest.approx(day)
    assert information_day(design, seen, endpoint(design, "rank"), 0.5) == pytest.approx(2 * 73 + 84)
    with pytest.raises(InputError) as refused:
        information_day(design, synthetic([0, 1] * 3), endpoint(design, "death"), 0.5)
    assert str(refused.value) == 'no event of "death" happens, so that there is nothing to look at'


DOSES = [
    {"name": "low", "plan": {"product": "uc-msc-ev", "dose": "1e9 particle/kg"}},
    {"name": "high", "plan": {"product": "uc-msc-ev", "dose": "1e10 particle/kg"}},
    {"name": "placebo"},
]


def test_dose_response_reports_the_effect_of_the_recommended_arm(synthetic, plain_design):
    import statsmodels.formula.api as smf

    _, seen = three_arms(synthetic, plain_design)
    design = plain_design(
        arms=DOSES, analysis={"primary": "albumin", "reference": "placebo"},
        endpoints=[{"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d", "method": "dose_response"}],
    )  # fmt: skip
    (found,) = analyse(design, seen, design.primary)
    table = as_table(seen).dropna(subset=["base", "last"])
    table = table.assign(change=table["last"] - table["base"])
    fit = smf.ols("change ~ C(arm) + base", table).fit()
    k = [a["name"] for a in DOSES].index(found.arm)
    effect = fit.t_test(f"C(arm)[T.{k}] - C(arm)[T.2] = 0" if k else "-C(arm)[T.2] = 0")
    assert found.arm in ("low", "high") and found.reference == "placebo"
    assert found.estimate == pytest.approx(float(effect.effect[0]))
    assert (found.low, found.high) == pytest.approx(tuple(effect.conf_int()[0]))
    assert 0 < found.p < 0.05 and found.benefit > 1.96
    assert (found.n, found.n_reference) == ((table.arm == k).sum(), (table.arm == 2).sum())
    assert found.measure.startswith("effect of the recommended dose (")
    seen.measured["albumin"][seen.arm == 1, 2] = np.nan
    (few,) = analyse(design, seen, design.primary)
    assert few.reason == "an arm has 0 subjects with a value, fewer than 4" and np.isnan(few.p)


def test_fine_gray_is_adjusted_for_covariates_and_strata(synthetic, plain_design):
    from lobule.statistics.fine_gray import fit_fine_gray

    design, seen = three_arms(synthetic, plain_design)
    found = analyse(with_covariate(design), seen, endpoint(design, "cancer", method="fine_gray"))
    for a, one in enumerate(found):
        pair = seen.some(np.isin(seen.arm, (a, 2)))
        when = followed(design.endpoint("cancer"), pair)
        x = np.column_stack([pair.arm == a, pair.measured["age_measured"][:, 0], pair.stratum & 1, pair.stratum >> 1])
        fit = fit_fine_gray(when.time, when.event, when.competing, x)
        assert np.log(one.estimate) == pytest.approx(fit.coefficients[0], abs=1e-6)
        assert np.log(one.high / one.low) / 3.92 == pytest.approx(np.sqrt(fit.covariance[0, 0]), rel=1e-6)
        assert (one.benefit > 0) == (one.estimate < 1) and one.measure == "subdistribution hazard ratio"


def test_fine_gray_needs_events_in_both_arms(synthetic, plain_design):
    design = plain_design()
    seen = synthetic([0, 1] * 10, hcc=[10.0, np.inf] * 10)
    (found,) = analyse(design, seen, endpoint(design, "cancer", method="fine_gray"))
    assert found.reason == "an arm has no event"
