"""The mixed model against R: nlme 3.1-162, gls with corSymm and varIdent, REML, on the growth data of R. F. Potthoff
and S. N. Roy (Biometrika 1964; 51:313), complete and with ten values taken out:

    gls(y ~ f * age, correlation = corSymm(form = ~visit | id), weights = varIdent(form = ~1 | visit), method = "REML")

The covariance of the complete data is the one that SAS PROC MIXED prints by maximum likelihood (5.1192, 2.4409, ...),
times what REML changes.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.trial.mmrm import NoFit, fit_mmrm

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
AGE = np.array([8.0, 10.0, 12.0, 14.0])
TAKEN = [(2, 1), (5, 1), (8, 1), (9, 1), (12, 1), (15, 1), (18, 3), (21, 2), (22, 3), (24, 1)]
R_COMPLETE = {"m2ll": 424.5468002, "estimate": [15.84228968, 1.58307874, 0.82680338, -0.35043869],
              "se": [0.972307585, 1.523313227, 0.082217822, 0.128810572]}  # fmt: skip
R_MISSING = {"m2ll": 393.2225111, "estimate": [15.99686043, 1.10111820, 0.80904424, -0.30997497],
             "se": [1.0459542, 1.6408993, 0.0881299, 0.1366251]}  # fmt: skip


def with_gaps():
    y = GROWTH.copy()
    for row, column in TAKEN:
        y[row, column] = np.nan
    return y


def lines():
    x = np.zeros((27, 4, 4))
    x[..., 0], x[..., 1], x[..., 2], x[..., 3] = 1, GIRL[:, None], AGE, GIRL[:, None] * AGE
    return x


def by_visit():
    x = np.zeros((27, 4, 8))
    for v in range(4):
        x[:, v, 2 * v], x[:, v, 2 * v + 1] = 1, GIRL
    return x


@pytest.mark.parametrize(("y", "r"), [(GROWTH, R_COMPLETE), (with_gaps(), R_MISSING)], ids=["complete", "missing"])
def test_coefficients_errors_and_likelihood_are_those_of_r(y, r):
    fit = fit_mmrm(y, lines())
    assert fit.minus_two_log_likelihood == pytest.approx(r["m2ll"], abs=1e-6)
    assert fit.coefficients == pytest.approx(r["estimate"], abs=1e-4)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(r["se"], abs=1e-5)


def test_the_covariance_between_visits_is_published():
    """SAS prints the maximum-likelihood matrix; ours is REML, so that only the pattern can be the same."""
    fit = fit_mmrm(GROWTH, lines())
    sas = np.array([[5.1192, 2.4409, 3.6105, 2.5222], [2.4409, 3.9279, 2.7175, 3.0624],
                    [3.6105, 2.7175, 5.9798, 3.8235], [2.5222, 3.0624, 3.8235, 4.6180]])  # fmt: skip
    assert fit.visits_covariance == pytest.approx(sas, rel=0.12)


def test_complete_data_give_the_exact_t_test_of_each_visit():
    from scipy.stats import ttest_ind

    fit = fit_mmrm(GROWTH, by_visit())
    for v in range(4):
        weights = np.zeros(8)
        weights[2 * v + 1] = 1
        found = fit.contrast(weights)
        plain = ttest_ind(GROWTH[:11, v], GROWTH[11:, v])
        assert found.df == pytest.approx(25, rel=1e-3)
        assert found.estimate / found.se == pytest.approx(plain.statistic, rel=1e-4)
        assert found.p == pytest.approx(plain.pvalue, rel=1e-3)
        low, high = found.interval()
        assert (low, high) == pytest.approx(tuple(plain.confidence_interval()), rel=1e-3)


def test_contrasts_with_gaps_are_those_of_r():
    """emmeans of the gls fit: 1.69 (0.911), 1.71 (0.956), 2.68 (0.998), 3.30 (0.893), its df by simulation 21 to 25."""
    fit = fit_mmrm(with_gaps(), by_visit())
    assert fit.minus_two_log_likelihood == pytest.approx(380.9911565, abs=1e-6)
    for v, (estimate, se) in enumerate(
        [(-1.693182, 0.9114707), (-1.70734, 0.956), (-2.678126, 0.998), (-3.303244, 0.893)]
    ):
        weights = np.zeros(8)
        weights[2 * v + 1] = 1
        found = fit.contrast(weights)
        assert found.estimate == pytest.approx(estimate, abs=1e-4)
        assert found.se == pytest.approx(se, abs=6e-4)
        assert 20 < found.df < 26


@settings(max_examples=15, deadline=None)
@given(st.floats(-50, 50), st.floats(0.01, 100))
def test_units_do_not_matter(shift, scale):
    plain, other = fit_mmrm(with_gaps(), by_visit()), fit_mmrm(shift + scale * with_gaps(), by_visit())
    weights = np.eye(8)[7]
    a, b = plain.contrast(weights), other.contrast(weights)
    assert b.estimate == pytest.approx(scale * a.estimate, rel=1e-4)
    assert b.se == pytest.approx(scale * a.se, rel=1e-4)
    assert b.df == pytest.approx(a.df, rel=1e-2)


def test_what_cannot_be_fitted_is_said():
    with pytest.raises(NoFit, match="depend on each other"):
        fit_mmrm(GROWTH, np.concatenate([lines(), lines()[..., :1]], axis=2))
    with pytest.raises(NoFit, match="do not determine"):
        fit_mmrm(np.full((27, 4), np.nan), lines())
