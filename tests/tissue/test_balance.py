"""Balances of neighbours: the answer of a direct solver, nothing lost, and no more rounds on a larger sheet."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.sparse import csr_array, diags_array
from scipy.sparse.linalg import spsolve

from lobule.tissue.balance import Balance, Links
from lobule.tissue.flow import conductances
from lobule.tissue.geometry import Plan, sheet


def drawn(lobules):
    return sheet(Plan(lobules, radius=285.0, cell=23.0, central_vein=35.0, portal_tract=25.0), 1)


SHEET = drawn(7)
LINKS = Links(SHEET.edges, len(SHEET))
A, B = SHEET.edges.T


def passing(seed, contrast):
    return np.exp(contrast * np.random.default_rng(seed).standard_normal(len(SHEET.edges)))


@settings(max_examples=15)
@given(seed=some.integers(0, 50), contrast=some.floats(0, 2), own=some.floats(0.001, 100))
def test_a_balance_is_what_a_direct_solver_finds(seed, contrast, own):
    passes, n = passing(seed, contrast), len(SHEET)
    wanted = np.random.default_rng(seed).standard_normal(n)
    between = csr_array((np.r_[passes, passes], (np.r_[A, B], np.r_[B, A])), shape=(n, n))
    matrix = diags_array(np.asarray(between.sum(axis=1)).ravel() + own) - between
    expected = spsolve(matrix.tocsc(), wanted)
    found = Balance(LINKS, passes, np.full(n, own))(wanted)
    assert found == pytest.approx(expected, abs=1e-8 * np.abs(expected).max())


@given(seed=some.integers(0, 50), own=some.floats(1e-9, 10))
def test_of_the_whole_exactly_what_is_wanted_goes_outside(seed, own):
    wanted = np.random.default_rng(seed).random(len(SHEET))
    found = Balance(LINKS, passing(seed, 1.0), np.full(len(SHEET), own)).whole(wanted)
    assert own * found.sum() == pytest.approx(wanted.sum(), rel=1e-12)


def test_nothing_wanted_is_nothing_and_what_is_right_already_stays_to_the_bit():
    one = Balance(LINKS, passing(1, 1.0), np.ones(len(SHEET)))
    assert not one(np.zeros(len(SHEET))).any()
    even = np.full(len(SHEET), 2.0)
    assert np.array_equal(one(even, even), even)


def rounds(lobules):
    """Rounds until pressure is found where vessels hold it."""
    one = drawn(lobules)
    vessels = (one.in_vein | one.in_tract).astype(float)
    pressure = Balance(Links(one.edges, len(one)), conductances(one, 0.3, 1), 1e3 * vessels)
    pressure(1e3 * one.in_tract)
    return pressure.rounds


def test_a_larger_sheet_takes_no_more_rounds():
    assert rounds(48) < 1.3 * rounds(12) < 150
