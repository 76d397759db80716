"""The mixed model against R: nlme 3.1-162, gls with corSymm and varIdent, REML, on the growth data of R. F. Potthoff
and S. N. Roy (Biometrika 1964; 51:313), complete and with ten values taken out:

    gls(y ~ f * v, correlation = corSymm(form = ~visit | id), weights = varIdent(form = ~1 | visit), method = "REML")
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.errors import NoFit
from lobule.statistics.mmrm import fit_mmrm

GIRLS = [
    [21, 20, 21.5, 23], [21, 21.5, 24, 25.5], [20.5, 24, 24.5, 26], [23.5, 24.5, 25, 26.5], [21.5, 23, 22.5, 23.5],
    [20, 21, 21, 22.5], [21.5, 22.5, 23, 25], [23, 23, 23.5, 24], [20, 21, 22, 21.5], [16.5, 19, 19, 19.5],
    [24.5, 25, 28, 28],
]  # fmt: skip
BOYS = [
    [26, 25, 29, 31], [21.5, 22.5, 23, 26.5], [23, 22.5, 24, 27.5], [25.5, 27.5, 26.5, 27], [20, 23.5, 22.5, 26],
    [24.5, 25.5, 27, 28.5], [22, 22, 24.5, 26.5], [24, 21.5, 24.5, 25.5], [23, 20.5, 31, 26], [27.5, 28, 31, 31.5],
    [23, 23, 23.5, 25], [21.5, 23.5, 24, 28], [17, 24.5, 26, 29.5], [22.5, 25.5, 25.5, 26], [23, 24.5, 26, 30],
    [22, 21.5, 23.5, 25],
]  # fmt: skip
GROWTH = np.array(GIRLS + BOYS)
GIRL = np.array([1.0] * 11 + [0.0] * 16)
TAKEN = [(2, 1), (5, 1), (8, 1), (9, 1), (12, 1), (15, 1), (18, 3), (21, 2), (22, 3), (24, 1)]
# intercept, girl, three visits, girl by three visits: estimates and standard errors as R prints them
R_COMPLETE = {
    "m2ll": 414.034801,
    "estimate": [22.875, -1.69318182, 0.9375, 2.84375, 4.59375, 0.10795455, -0.93465909, -1.68465909],
    "se": [0.58177827, 0.91147138, 0.51030541, 0.50316139, 0.55793876, 0.79949492, 0.78830240, 0.87412205],
}
R_MISSING = {"m2ll": 380.9911565,
             "estimate": [22.875, -1.693181818, 0.680146023, 2.894035339, 4.519153234, -0.014158633, -0.984944430,
                          -1.610062324],
             "se": [0.58177781, 0.91147066, 0.52782506, 0.51067475, 0.56940212, 0.86058104, 0.79120209,
                    0.88068455]}  # fmt: skip


def with_gaps():
    y = GROWTH.copy()
    for row, column in TAKEN:
        y[row, column] = np.nan
    return y


COVARIATES = np.column_stack([np.ones(27), GIRL])


def as_in_r(visit, covariate):
    """Weights of R's coefficient: of the first visit, or the difference of a later one from it."""
    weights = np.zeros((4, 2))
    weights[visit, covariate] = 1
    if visit:
        weights[0, covariate] = -1
    return weights


@pytest.mark.parametrize(("y", "r"), [(GROWTH, R_COMPLETE), (with_gaps(), R_MISSING)], ids=["complete", "missing"])
def test_coefficients_errors_and_likelihood_are_those_of_r(y, r):
    fit = fit_mmrm(y, COVARIATES)
    assert fit.minus_two_log_likelihood == pytest.approx(r["m2ll"], abs=1e-6)
    order = [(0, 0), (0, 1), (1, 0), (2, 0), (3, 0), (1, 1), (2, 1), (3, 1)]
    for (visit, covariate), estimate, se in zip(order, r["estimate"], r["se"], strict=True):
        found = fit.contrast(as_in_r(visit, covariate))
        assert found.estimate == pytest.approx(estimate, abs=2e-4)
        assert found.se == pytest.approx(se, abs=2e-5)


def test_complete_data_give_the_exact_t_test_of_each_visit():
    from scipy.stats import ttest_ind

    fit = fit_mmrm(GROWTH, COVARIATES)
    for v in range(4):
        weights = np.zeros((4, 2))
        weights[v, 1] = 1
        found = fit.contrast(weights)
        plain = ttest_ind(GROWTH[:11, v], GROWTH[11:, v])
        assert found.df == pytest.approx(25, rel=1e-3)
        assert found.estimate / found.se == pytest.approx(plain.statistic, rel=1e-4)
        assert found.p == pytest.approx(plain.pvalue, rel=1e-3)
        low, high = found.interval()
        assert (low, high) == pytest.approx(tuple(plain.confidence_interval()), rel=1e-3)


def test_degrees_of_freedom_with_gaps_are_near_those_of_r():
    """emmeans finds 24.8, 21.3, 25.0 and 24.8 (appx-satterthwaite, by simulation) for the girls at each visit."""
    fit = fit_mmrm(with_gaps(), COVARIATES)
    for v, df in enumerate([24.8, 21.3, 25.0, 24.8]):
        weights = np.zeros((4, 2))
        weights[v, 1] = 1
        assert fit.contrast(weights).df == pytest.approx(df, abs=1.0)


@settings(max_examples=15, deadline=None)
@given(st.floats(-50, 50), st.floats(0.01, 100))
def test_units_do_not_matter(shift, scale):
    plain, other = fit_mmrm(with_gaps(), COVARIATES), fit_mmrm(shift + scale * with_gaps(), COVARIATES)
    weights = np.eye(8)[7]
    a, b = plain.contrast(weights), other.contrast(weights)
    assert b.estimate == pytest.approx(scale * a.estimate, rel=1e-4)
    assert b.se == pytest.approx(scale * a.se, rel=1e-4)
    assert b.df == pytest.approx(a.df, rel=1e-2)


def test_what_cannot_be_fitted_is_said():
    with pytest.raises(NoFit, match="depend on each other"):
        fit_mmrm(GROWTH, np.column_stack([COVARIATES, COVARIATES[:, 1]]))
    with pytest.raises(NoFit, match="no more observations"):
        fit_mmrm(np.full((27, 4), np.nan), COVARIATES)


def test_a_response_that_does_not_vary_is_refused():
    with pytest.raises(NoFit, match="nothing of the response to vary"):
        fit_mmrm(np.full((27, 4), 3.0), COVARIATES)


def test_few_data_that_lead_newton_astray_are_fitted_by_the_slower_search(monkeypatch):
    """Nineteen subjects of whom a third is missing: the likelihood has an optimum, and rises without end elsewhere."""
    from lobule.statistics import mmrm

    rng = np.random.default_rng(128)
    n, visits = int(rng.integers(10, 24)), int(rng.integers(2, 6))
    u = np.column_stack([np.ones(n), np.arange(n) % 2, rng.standard_normal(n)]).astype(float)
    rho = rng.choice([0.0, 0.5, 0.9, 0.999])
    y = rng.standard_normal((n, visits)) @ np.linalg.cholesky(rho + (1 - rho) * np.eye(visits)).T
    y[rng.random((n, visits)) < rng.choice([0, 0.1, 0.3])] = np.nan
    slow = []
    minimize = mmrm.minimize
    monkeypatch.setattr(mmrm, "minimize", lambda *given, **more: slow.append(1) or minimize(*given, **more))
    weights = np.zeros((visits, 3))
    weights[-1, 1] = 1
    fit = fit_mmrm(y, u)
    found = fit.contrast(weights)
    assert slow
    assert fit.minus_two_log_likelihood == pytest.approx(75.874531, abs=1e-5)
    assert (found.estimate, found.se, found.df) == pytest.approx((0.272706, 0.503515, 15.8573), rel=1e-4)
