"""Single cells: as many as the patches have, the same for the same seed, toward danger if they hunt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.tissue.test_patches import PARTS, SHEET

from lobule.tissue import cells

FATE = cells.fates(SHEET, 23.0, 1)


def states(**shares):
    found = {code: np.zeros(len(SHEET)) for code in range(len(cells.HEPATOCYTES))}
    return found | {getattr(cells, name): np.full(len(SHEET), share) for name, share in shares.items()}


def test_fates_are_even_and_shared_by_neighbours():
    assert np.sort(FATE) == pytest.approx(np.linspace(0, 1, len(FATE)), abs=0.03)
    a, b = SHEET.edges.T
    assert np.corrcoef(FATE[a], FATE[b])[0, 1] > 0.3


@given(necrotic=some.floats(0, 0.5), stressed=some.floats(0, 0.4))
def test_as_many_hepatocytes_are_struck_as_the_share_says(necrotic, stressed):
    shares = states(NECROTIC=necrotic, STRESSED=stressed, ALIVE=1 - necrotic - stressed)
    found = cells.hepatocytes(shares, FATE)
    assert (found == cells.NECROTIC).mean() == pytest.approx(necrotic, abs=0.03)
    assert (found == cells.STRESSED).mean() == pytest.approx(stressed, abs=0.03)


def test_a_cell_that_is_lost_stays_lost_while_more_are_lost():
    few = cells.hepatocytes(states(NECROTIC=0.2, ALIVE=0.8), FATE) == cells.NECROTIC
    many = cells.hepatocytes(states(NECROTIC=0.4, ALIVE=0.6), FATE) == cells.NECROTIC
    assert (many | ~few).all()


def test_a_liver_that_has_shrunk_has_no_holes():
    shares = states(ALIVE=0.7)
    assert (cells.hepatocytes(shares, FATE) == cells.ALIVE).all()
    assert (cells.hepatocytes(shares | {cells.GAP: np.full(len(SHEET), 0.2)}, FATE) == cells.GAP).mean() > 0.15


@given(each=some.floats(0, 2), seed=some.integers(0, 20))
def test_there_are_as_many_cells_in_each_patch_as_expected(each, seed):
    expected = np.full(len(SHEET), each)
    first = cells.matched(cells.Crawlers.none(), expected, PARTS, np.random.default_rng(seed))
    wanted = np.bincount(PARTS.of_place, expected, len(PARTS))
    number = np.bincount(PARTS.of_place[first.place], minlength=len(PARTS))
    assert np.abs(number - wanted).max() <= 1
    fewer = cells.matched(first, expected / 2, PARTS, np.random.default_rng(seed))
    new = set(fewer.number) - set(first.number)
    assert len(new) <= len(PARTS)  # at most one a patch, where parts of a cell add up anew


def test_hunters_gather_where_danger_is_and_others_do_not():
    danger = np.where(SHEET.lobule == 0, 1.0, 0.0)
    everywhere = cells.Crawlers(np.arange(len(SHEET)), np.arange(len(SHEET)))
    around = cells.neighbours(SHEET)

    def gathered(pull):
        found = cells.crawled(everywhere, around, danger, pull, 15, np.random.default_rng(1))
        return (SHEET.lobule[found.place] == 0).mean() / (SHEET.lobule == 0).mean()

    assert gathered(3.0) > 1.3
    assert gathered(0.0) == pytest.approx(1.0, abs=0.12)


def test_draws_are_counted_so_that_the_same_step_has_the_same_luck():
    assert np.array_equal(cells.draws(5, 3, 1).random(4), cells.draws(5, 3, 1).random(4))
    assert not np.array_equal(cells.draws(5, 3, 1).random(4), cells.draws(5, 4, 1).random(4))
