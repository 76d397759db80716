"""Survival against R (survival 3.5-3) on published data, and against plain formulas."""

import numpy as np
import pytest

from lobule.errors import NoFit
from lobule.statistics.survival import peto, restricted_mean

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
