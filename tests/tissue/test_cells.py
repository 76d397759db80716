"""Single cells: as many as the patches have, the same for the same seed, toward danger if they hunt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.tissue.test_patches import DOWNSTREAM, PARTS, SHEET

from lobule.tissue import cells
from lobule.tissue.geometry import short
from lobule.tissue.patches import ring_of

RING = ring_of(DOWNSTREAM, 6)
FATE = cells.fates(SHEET, 23.0, 1, RING)


def states(**shares):
    found = {code: np.zeros(len(SHEET)) for code in range(len(cells.HEPATOCYTES))}
    return found | {getattr(cells, name): np.full(len(SHEET), share) for name, share in shares.items()}


def test_fates_are_even_and_shared_by_neighbours():
    assert np.sort(FATE) == pytest.approx(np.linspace(0, 1, len(FATE)), abs=0.03)
    a, b = SHEET.edges.T
    assert np.corrcoef(FATE[a], FATE[b])[0, 1] > 0.3


def test_no_ring_of_lobules_is_struck_more_by_chance():
    for ring in range(6):
        assert (FATE[ring == RING] < 0.1).mean() == pytest.approx(0.1, abs=0.01), ring


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


def everywhere():
    return cells.Crawlers(np.arange(len(SHEET)), np.arange(len(SHEET)))


WAYS = cells.Ways.of(SHEET)
SPACING = float(np.sqrt(SHEET.areas.mean()))


def squared_way(diffusion, days, windows, seed):
    """Mean squared way of cells that crawl from everywhere, um2."""
    found = everywhere()
    moved = np.zeros_like(SHEET.places)
    for step in range(windows):
        before = SHEET.places[found.place]
        found = cells.crawled(
            found, WAYS, np.zeros(len(SHEET)), 0.0, diffusion, days / windows, cells.draws(seed, step, 1)
        )  # fmt: skip
        moved += short(SHEET.places[found.place] - before, SHEET.size)
    return float((moved**2).sum(axis=1).mean())


@pytest.mark.parametrize("reach", [5.0, 15.0, 60.0])
def test_how_far_cells_come_is_their_speed_and_no_matter_of_windows(reach):
    expected = 4 * reach**2 * 2.0
    found = [squared_way(reach**2, 2.0, windows, seed) for seed, windows in enumerate((8, 48, 240))]
    # a way is exponential in its square, more so where few jump: its mean has an error of a few percent
    error = 4 * np.sqrt((1 + SPACING**2 / expected) / len(SHEET))
    assert found == pytest.approx([expected] * 3, rel=error + 0.02)


def test_slow_cells_seldom_jump_in_minutes():
    found = cells.crawled(everywhere(), WAYS, np.zeros(len(SHEET)), 0.0, 25.0, 1 / 1440, cells.draws(1, 1, 1))
    assert (found.place != np.arange(len(SHEET))).mean() < 0.002


@given(seed=some.integers(0, 20), cut=some.integers(1, 3000))
def test_the_luck_of_a_cell_is_its_own(seed, cut):
    danger = np.zeros(len(SHEET))
    all_of_them, some_of_them = everywhere(), cells.Crawlers(np.arange(cut), np.arange(cut))
    first, second = (
        cells.crawled(crowd, WAYS, danger, 1.0, 400.0, 0.3, cells.draws(seed, 1, 1))
        for crowd in (all_of_them, some_of_them)
    )  # fmt: skip
    assert np.array_equal(first.place[:cut], second.place)


def test_hunters_gather_until_there_are_as_many_as_their_pull_says():
    there = SHEET.lobule == 0
    danger = np.where(there, np.log(7) / 2, 0.0)  # seven times as many for a pull of two: danger to its power

    def ratio(many, pull):
        place = np.repeat(np.arange(len(SHEET)), np.where(there, many, 1))
        found = cells.Crawlers(place, np.arange(len(place)))
        found = cells.crawled(found, WAYS, danger, pull, 60.0**2, 3.0, np.random.default_rng(1))
        return there[found.place].sum() / (~there[found.place]).sum() * (~there).sum() / there.sum()

    assert ratio(7, 2.0) == pytest.approx(7.0, rel=0.1)  # stays
    assert ratio(1, 2.0) > 1.3
    assert ratio(1, 0.0) == pytest.approx(1.0, abs=0.12)


def test_draws_are_counted_so_that_the_same_step_has_the_same_luck():
    assert np.array_equal(cells.draws(5, 3, 1).random(4), cells.draws(5, 3, 1).random(4))
    assert not np.array_equal(cells.draws(5, 3, 1).random(4), cells.draws(5, 4, 1).random(4))
