"""Graphs of hypotheses against a printed example, statsmodels' Holm, closed cases, and the level by simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from lobule.statistics.multiplicity import (
    Graph,
    adjusted,
    bonferroni,
    fallback,
    fixed_sequence,
    holm,
    parallel_gatekeeping,
    serial_gatekeeping,
)

EPSILON = 1e-5
TWO_DOSES = Graph(
    np.array([0.5, 0.5, 0, 0, 0, 0]),
    np.array([
        [0, 0.5, 0.25, 0, 0.25, 0], [0.5, 0, 0, 0.25, 0, 0.25], [0, 0, 0, 0, 1, 0], [EPSILON, 0, 0, 0, 0, 1 - EPSILON],
        [0, EPSILON, 1 - EPSILON, 0, 0, 0], [0, 0, 0, 1, 0, 0],
    ]),
)  # fmt: skip
BRETZ = Graph(
    np.array([1, 1, 1, 0, 0, 0]) / 3,
    np.array([
        [0, 0.5, 0, 0.5, 0, 0], [1 / 3, 0, 1 / 3, 0, 1 / 3, 0], [0, 0.5, 0, 0, 0, 0.5], [0, 1, 0, 0, 0, 0],
        [0.5, 0, 0.5, 0, 0, 0], [0, 1, 0, 0, 0, 0],
    ]),
)  # fmt: skip
P = st.lists(st.floats(1e-6, 1.0), min_size=4, max_size=4)


def test_two_doses_and_three_endpoints_as_printed():
    """Vignette on closed testing of the R package graphicalMCP: 0.026 0.026 0.028 0.028 0.100 0.028."""
    found = adjusted([0.015, 0.013, 0.01, 0.007, 0.1, 0.0124], TWO_DOSES)
    assert found.round(3).tolist() == [0.026, 0.026, 0.028, 0.028, 0.1, 0.028]


def test_the_clinical_example_of_bretz_2011_rejects_what_it_rejects_by_hand():
    """Three doses, two endpoints each. 0.005 at a third of the level; the second dose then has a half: 0.008 / 0.5; the
    second endpoint of the third dose has 1/6 + 0.2 / 2: 0.006 / (4 / 15); that of the second dose a third: 0.04 * 3."""
    found = adjusted([0.1, 0.008, 0.005, 0.15, 0.04, 0.006], BRETZ)
    assert found == pytest.approx([0.12, 0.016, 0.015, 0.15, 0.12, 0.0225])


@settings(max_examples=20, deadline=None)
@given(P)
def test_holm_is_that_of_statsmodels(p):
    assert adjusted(p, holm(4)) == pytest.approx(multipletests(p, method="holm")[1])
    assert adjusted(p, bonferroni(4)) == pytest.approx(np.minimum(4 * np.array(p), 1))


@settings(max_examples=20, deadline=None)
@given(P)
def test_a_fixed_sequence_stops_at_the_first_that_fails(p):
    assert adjusted(p, fixed_sequence(4)) == pytest.approx(np.maximum.accumulate(p))
    assert serial_gatekeeping(p, [1, 1, 1, 1]) == pytest.approx(np.maximum.accumulate(p))


@settings(max_examples=20, deadline=None)
@given(P, st.sampled_from([TWO_DOSES, BRETZ, parallel_gatekeeping([2, 4]), fallback(6)]))
def test_no_smaller_p_makes_another_claim_weaker(p, graph):
    p = np.array([*p, 0.02, 0.3])
    lower = p * np.array([0.5, 1, 1, 1, 1, 1])
    assert (adjusted(lower, graph) <= adjusted(p, graph) + 1e-9).all()
    assert (adjusted(p, graph) >= p - 1e-9).all()


def test_gates():
    """Two primary, two secondary. One primary opens half of the level for the secondary ones; serially, both must."""
    p = [0.01, 0.2, 0.012, 0.04]
    parallel = adjusted(p, parallel_gatekeeping([2, 2]))
    assert parallel == pytest.approx([0.02, 0.4, 0.048, 0.08])
    serial = serial_gatekeeping(p, [2, 2])
    assert serial == pytest.approx([0.02, 0.2, 0.2, 0.2])


@pytest.mark.parametrize("name", ["graph", "parallel", "serial"])
@pytest.mark.parametrize("true", [[True] * 4, [False, True, True, True]])
def test_the_familywise_level_holds(name, true):
    """Four correlated tests, of which those that are not true have an effect of 3 standard errors; 2,000 trials."""
    rng = np.random.default_rng(4)
    n = 2000
    z = rng.standard_normal((n, 4)) @ np.linalg.cholesky(0.4 + 0.6 * np.eye(4)).T + np.where(true, 0.0, 3.0)
    p = norm.sf(z)
    graph = Graph(np.array([0.4, 0.4, 0.1, 0.1]), np.array([[0, 0.5, 0.5, 0], [0.5, 0, 0, 0.5], [0.7, 0.3, 0, 0],
                                                          [0, 1, 0, 0]]))  # fmt: skip
    how = {"graph": graph, "parallel": parallel_gatekeeping([2, 2])}
    found = np.array([serial_gatekeeping(row, [2, 2]) if name == "serial" else adjusted(row, how[name]) for row in p])
    false = (found[:, np.array(true)] <= 0.05).any(axis=1).mean()
    assert false <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / n)
