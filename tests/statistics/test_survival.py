"""Survival against R (survival 3.5-3) on published data, and against plain formulas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import NoFit
from lobule.statistics.survival import cumulative_incidence, kaplan_meier, peto, restricted_mean, spared

# Acute myelogenous leukaemia, maintained and not (R. G. Miller, Survival Analysis, 1981): `aml` of R's survival
MAINTAINED = [(9, 1), (13, 1), (13, 0), (18, 1), (23, 1), (28, 0), (31, 1), (34, 1), (45, 0), (48, 1), (161, 0)]
NOT = [(5, 1), (5, 1), (8, 1), (8, 1), (12, 1), (16, 0), (23, 1), (27, 1), (30, 1), (33, 1), (43, 1), (45, 1)]


def test_restricted_means_are_those_of_r():
    """summary(survfit(...), rmean = 45): 30.73864 (4.114086), 22.70833 (4.180942)"""
    for group, mean, se in ((MAINTAINED, 30.73863636, 4.114086240), (NOT, 22.70833333, 4.180941981)):
        time, event = np.array(group, float).T
        assert restricted_mean(time, event.astype(bool), 45.0) == pytest.approx((mean, se), rel=1e-6)


def test_peto_by_hand_with_ties():
    """Two days with events: on day 2 one of five dies, two of whom are treated; on day 5 two of three, one treated."""
    time = np.array([2.0, 5.0, 3.0, 5.0, 7.0])
    event = np.array([True, True, False, True, False])
    treated = np.array([True, True, False, False, False])
    # day 2: at risk 5, treated 2, deaths 1: E = 0.4, V = 1 * 0.4 * 0.6 * 4/4
    # day 5: at risk 3, treated 1, deaths 2: E = 2/3, V = 2 * 1/3 * 2/3 * 1/2
    expected, variance = 0.4 + 2 / 3, 0.24 + 2 / 9
    found = peto(time, event, treated)
    assert found == pytest.approx(((2 - expected) / variance, 1 / np.sqrt(variance)))


def test_petos_ratio_needs_both_arms_at_risk():
    time, treated = np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, False])
    with pytest.raises(NoFit) as refused:
        peto(time, np.array([False, False, True, True]), treated)
    assert str(refused.value) == "no event while both arms are at risk"
    assert peto(time, np.array([True, False, False, False]), treated)[0] == pytest.approx((1 - 0.5) / 0.25)


def test_the_curve_of_r_with_its_interval():
    """survfit(..., conf.type = "log-log") of the maintained: at 9, 13, 23 and 48 days, and before any event."""
    time, event = np.array(MAINTAINED, float).T
    curve = kaplan_meier(time, event.astype(bool))
    at = [curve.days.tolist().index(day) for day in (0, 9, 13, 23, 48)]
    assert curve.share[at] == pytest.approx([1, 0.9090909, 0.8181818, 0.6136364, 0.1840909], abs=1e-6)
    assert curve.low[at][:2] == pytest.approx([1, 0.5080982], abs=1e-4)
    assert curve.high[at][:2] == pytest.approx([1, 0.9866643], abs=1e-4)
    assert curve.before(np.array([0.0, 9.0, 9.5])) == pytest.approx([1, 1, 0.9090909], abs=1e-6)


def test_a_group_without_events_has_no_curve_but_one():
    curve = kaplan_meier(np.array([3.0, 5.0]), np.zeros(2, bool))
    assert curve.days.tolist() == [0, 3, 5]
    assert curve.share.tolist() == curve.low.tolist() == curve.high.tolist() == [1, 1, 1]


courses = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from(["event", "other", "censored"])), min_size=2, max_size=40
)


@given(courses)
def test_incidences_of_competing_events_and_the_share_without_add_up_to_one(rows):
    time = np.array([float(t) for t, _ in rows])
    mine, other = (np.array([what == name for _, what in rows]) for name in ("event", "other"))
    free = kaplan_meier(time, mine | other).share[-1]
    both = cumulative_incidence(time, mine, other).value + cumulative_incidence(time, other, mine).value
    assert both + free == pytest.approx(1, abs=1e-9)


@given(courses)
def test_cumulative_incidence_is_that_of_statsmodels_which_has_no_error_where_the_last_one_falls_ill(rows):
    from statsmodels.duration.survfunc import CumIncidenceRight

    time = np.array([*(float(t) for t, _ in rows), 31.0])  # the last one is censored
    mine, other = (np.array([*(what == name for _, what in rows), False]) for name in ("event", "other"))
    found = cumulative_incidence(time, mine, other)
    if not mine.any():
        assert found == (0.0, 0.0)
        return
    peer = CumIncidenceRight(time, np.where(mine, 1, np.where(other, 2, 0)))
    assert found.value == pytest.approx(peer.cinc[0][-1], abs=1e-12)
    assert found.se**2 == pytest.approx(peer.cinc_se[0][-1] ** 2, abs=1e-12)


def test_cumulative_incidence_without_competition_is_what_kaplan_meier_leaves():
    rng = np.random.default_rng(3)
    time, event = rng.exponential(50, 60), rng.random(60) < 0.6
    found = cumulative_incidence(time, event, np.zeros(60, bool))
    assert found.value == pytest.approx(1 - kaplan_meier(time, event).share[-1])


def test_an_event_of_the_last_one_observed_leaves_an_error():
    found = cumulative_incidence(
        np.array([1.0, 2.0, 3.0]), np.array([True, False, True]), np.array([False, True, False])
    )
    assert found.value == pytest.approx(2 / 3)
    assert found.se == pytest.approx(np.sqrt(2 / 9 / 3))  # nobody was censored: a binomial share


@given(courses)
def test_whom_an_event_spares_while_another_competes_lies_above_kaplan_meier_and_steps_as_the_incidence(rows):
    time = np.array([float(t) for t, _ in rows])
    mine, other = (np.array([what == name for _, what in rows]) for name in ("event", "other"))
    curve, naive = spared(time, mine, other), kaplan_meier(time, mine)
    assert curve.days.tolist() == naive.days.tolist() and curve.share[0] == 1
    assert (np.diff(curve.share) <= 1e-12).all() and (curve.share >= naive.share - 1e-9).all()
    assert (curve.low <= curve.share + 1e-12).all() and (curve.high >= curve.share - 1e-12).all()
    for k, day in enumerate(curve.days[1:], start=1):  # as if everybody were followed to that day alone
        until = np.minimum(time, day)
        then = cumulative_incidence(until, mine & (time <= day), other & (time <= day))
        assert curve.share[k] == pytest.approx(1 - then.value, abs=1e-9)
    assert spared(time, mine, np.zeros(len(rows), bool)).share == pytest.approx(naive.share)


def test_r_finds_the_same_shares_whom_an_event_spares(in_r, tmp_path):
    rng = np.random.default_rng(5)
    time, kind = rng.integers(1, 40, 60).astype(float), rng.integers(0, 3, 60)
    np.savetxt(tmp_path / "courses.csv", np.column_stack([time, kind]), delimiter=",")
    found = in_r(
        """
        library(survival)
        d <- read.csv(a[1], header = FALSE)
        fit <- survfit(Surv(d$V1, factor(d$V2, 0:2)) ~ 1)
        found <- list(days = fit$time, incidence = fit$pstate[, fit$states == "1"])
        """,
        tmp_path / "courses.csv",
    )
    curve = spared(time, kind == 1, kind == 2)
    assert found["days"] == curve.days[1:].tolist()
    assert 1 - curve.share[1:] == pytest.approx(found["incidence"], abs=1e-9)
