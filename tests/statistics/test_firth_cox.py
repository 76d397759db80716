"""Cox's model where an arm has no event, against R and by its level."""

import numpy as np
import pytest

from lobule.errors import NoFit
from lobule.statistics.firth_cox import fit_firth_cox


def courses(seed=1, n=80, treated_events=False):
    rng = np.random.default_rng(seed)
    time, arm = rng.exponential(50, n), np.arange(n) % 2
    event = (rng.random(n) < 0.3) & (treated_events | (arm == 0))
    return time, event, np.column_stack([arm, rng.normal(size=n)]).astype(float), np.arange(n) // 2 % 2


@pytest.mark.parametrize("seed", [1, 2])
def test_value_interval_and_p_are_those_of_the_penalised_likelihood_that_r_makes_of_coxph(seed, in_r, tmp_path):
    time, event, x, strata = courses(seed)
    np.savetxt(tmp_path / "d.csv", np.column_stack([time, event, x, strata]), delimiter=",", fmt="%.17g")
    found = in_r(
        """
        library(survival)
        d <- read.csv(a[1], header = FALSE)
        penalised <- function(b) {
          f <- coxph(Surv(V1, V2) ~ V3 + V4 + strata(V5), d, ties = "breslow", init = b, iter.max = 0)
          f$loglik[1] - 0.5 * log(det(f$var))
        }
        best <- optim(c(0, 0), function(b) -penalised(b), method = "BFGS", control = list(reltol = 1e-14))
        profile <- function(v) optimize(function(b) penalised(c(v, b)), c(-5, 5), maximum = TRUE, tol = 1e-9)$objective
        gap <- function(v) 2 * (-best$value - profile(v)) - qchisq(0.95, 1)
        found <- list(value = best$par[1], low = uniroot(gap, best$par[1] - c(12, 0), tol = 1e-8)$root,
                      high = uniroot(gap, best$par[1] + c(0, 12), tol = 1e-8)$root,
                      p = pchisq(2 * (-best$value - profile(0)), 1, lower.tail = FALSE))
        """,
        tmp_path / "d.csv",
    )
    own = fit_firth_cox(time, event, x, strata)
    assert own == pytest.approx(tuple(found[name] for name in own._fields), rel=2e-4)
    assert np.isfinite(own).all() and own.low < own.value < own.high


def test_arms_exchanged_exchange_the_sign():
    time, event, x, strata = courses()
    one = fit_firth_cox(time, event, x, strata)
    other = fit_firth_cox(time, event, np.column_stack([1 - x[:, 0], x[:, 1]]), strata)
    assert (other.value, other.low, other.high, other.p) == pytest.approx(
        (-one.value, -one.high, -one.low, one.p), rel=1e-3
    )


def test_two_arms_alone_by_hand():
    """One event, of the reference, with m treated and r of the reference at risk: share of the treated s = m u / (m u +
    r), u = exp(beta); l = log((1 - s) / r), I = s (1 - s): the penalised likelihood is (1 - s) sqrt(s (1 - s)), whose
    best s is 1/4."""
    time, event = np.arange(1.0, 9.0), np.zeros(8, bool)
    event[0] = True
    arm = np.array([0, 1, 0, 1, 1, 0, 1, 1], float)
    found = fit_firth_cox(time, event, arm[:, None], np.zeros(8, int))
    assert np.exp(found.value) == pytest.approx((1 / 3) * 3 / 5, rel=1e-4)


@pytest.mark.parametrize("event", [np.zeros(6, bool), np.array([False] * 5 + [True])])
def test_nothing_to_compare_is_no_fit(event):
    with pytest.raises(NoFit, match="no event"):
        fit_firth_cox(np.arange(1.0, 7.0), event, np.array([[1.0, 0, 1, 0, 1, 0]]).T, np.zeros(6, int))


def test_its_level_holds_where_events_are_few():
    """Of trials with some six events in which nothing works, about 5 % are significant; some have an arm without."""
    rng, hits, bare = np.random.default_rng(3), 0, 0
    for _ in range(400):
        time, arm = rng.exponential(50, 40), np.arange(40) % 2
        event = rng.random(40) < 0.15
        bare += len(set(arm[event])) == 1
        try:
            hits += fit_firth_cox(time, event, arm[:, None].astype(float), np.zeros(40, int)).p < 0.05
        except NoFit:  # no event, or nobody left to compare with
            continue
    assert bare > 5 and hits / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)
