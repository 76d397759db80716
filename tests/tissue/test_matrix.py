"""Strands: as much as is wanted, pushed together to septa, thin before they are gone; and what a pathologist reads."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from tests.tissue.test_patches import DOWNSTREAM, PARTS, SHEET

from lobule.tissue import pathologist
from lobule.tissue.growing import Frame
from lobule.tissue.histology import along_septa, sirius, stained, view
from lobule.tissue.matrix import Strands, healthy, remodelled, uphill
from lobule.tissue.zones import of_species

CELL, ALIVE = 23.0, np.zeros(len(SHEET), np.int8)
TOWARD = uphill(SHEET, DOWNSTREAM)


def frame(strands):
    none = {kind: np.zeros(0, np.int64) for kind in ("kupffer", "monocyte", "inflammatory", "restorative",
                                                     "quiescent_stellate", "activated_stellate")}  # fmt: skip
    return Frame(1.0, ALIVE, none, strands, {})


def scarred(percent, pushes):
    """Collagen that is made everywhere and pushed so many times."""
    strands = healthy(SHEET, 0.3)
    for step in range(pushes):
        wanted = 0.3 + (percent - 0.3) * (step + 1) / pushes
        made = np.full(len(PARTS), (percent - 0.3) / pushes)
        strands = remodelled(strands, SHEET, PARTS, made, wanted, np.ones(len(SHEET)), TOWARD, np.full(len(SHEET), 0.3))
    return strands


@given(wanted=some.floats(0.1, 20), share=some.floats(0, 1), seed=some.integers(0, 50))
def test_there_is_as_much_collagen_as_wanted(wanted, share, seed):
    active = np.random.default_rng(seed).random(len(SHEET))
    made = np.random.default_rng(seed).random(len(PARTS))
    found = remodelled(healthy(SHEET, 0.3), SHEET, PARTS, made, wanted, active, TOWARD, np.full(len(SHEET), share))
    assert found.at_places(SHEET).mean() == pytest.approx(wanted)
    assert found.amount.min() >= 0


def test_pushing_makes_bands_that_join_central_veins():
    reading = pathologist.septa(scarred(5.0, 60), SHEET, CELL)[1]
    assert len(reading) >= 3
    assert all(veins >= 2 for veins, _ in reading)


def test_pushing_the_other_way_makes_none_between_central_veins():
    other, strands = uphill(SHEET, -DOWNSTREAM), healthy(SHEET, 0.3)
    for _ in range(60):
        strands = remodelled(
            strands, SHEET, PARTS, np.full(len(PARTS), 0.08), 5.0, np.ones(len(SHEET)), other, np.full(len(SHEET), 0.3)
        )
    assert all(veins < 2 for veins, _ in pathologist.septa(strands, SHEET, CELL)[1])


def test_a_healthy_sheet_has_no_septum_and_no_nodule():
    assert pathologist.septa(healthy(SHEET, 0.3), SHEET, CELL)[1] == []
    assert pathologist.nodules(healthy(SHEET, 0.3), SHEET) == 0


def test_what_is_removed_thins_a_septum_before_it_is_gone():
    thick = scarred(5.0, 60)
    thin = remodelled(
        thick, SHEET, PARTS, np.zeros(len(PARTS)), 2.5, np.zeros(len(SHEET)), TOWARD, np.zeros(len(SHEET))
    )
    assert thin.amount == pytest.approx(thick.amount / 2)


@pytest.mark.parametrize("percent", [1.0, 3.0, 6.0, 12.0])
def test_collagen_in_the_picture_is_collagen_in_the_field(percent):
    seen = view(SHEET, of_species("mouse"), 0.7, (0.0, 0.0, 600.0, 600.0), 0.5)
    strands = scarred(percent, 40)
    here = np.unique(seen.cell)
    field = 0.7 + np.average(strands.at_places(SHEET)[here], weights=SHEET.areas[here])
    assert stained(sirius(seen, SHEET, frame(strands))) == pytest.approx(field, abs=0.5)


def test_fibres_lie_along_a_septum():
    middle = SHEET.size[0] / 2
    stripe = np.exp(-(((SHEET.places[:, 0] - middle) / 40) ** 2))  # from top to bottom
    near = np.abs(SHEET.places[:, 0] - middle) < 30
    assert np.abs(along_septa(SHEET, stripe)[near, 1]).min() > 0.95


def test_nodules_within_central_septa_hold_portal_tracts():
    strands = scarred(9.0, 60)
    assert pathologist.nodules(strands, SHEET) > 0.3
    assert pathologist.nodules_with_portal_tract(strands, SHEET) > 0.8
    assert np.isnan(pathologist.nodules_with_portal_tract(healthy(SHEET, 0.3), SHEET))


def test_zones_are_thirds_of_the_tissue():
    assert np.bincount(pathologist.zone_of(DOWNSTREAM)) / len(SHEET) == pytest.approx(1 / 3, abs=0.03)


def test_more_scar_is_no_lower_stage():
    seen = view(SHEET, of_species("mouse"), 0.7, (0.0, 0.0, 600.0, 600.0), 0.5)
    stages = [pathologist.read(frame(scarred(p, 60)), SHEET, CELL, seen) for p in (0.5, 2.5, 5.0, 9.0)]
    assert [one.ishak for one in stages] == sorted(one.ishak for one in stages)
    assert stages[0].metavir == "F0" and stages[-1].metavir in ("F3", "F4")


def test_strands_of_places_count_for_both_that_they_part():
    one = np.zeros(len(SHEET.edges))
    one[0] = 2.0
    at = Strands(one).at_places(SHEET)
    assert at[SHEET.edges[0]] == pytest.approx(1.0) and at.sum() == pytest.approx(2.0)


@given(days=some.floats(0.1, 20))
def test_a_long_push_is_many_short_ones_and_leaves_nothing_negative(days):
    def pushed(times):
        strands = Strands(np.random.default_rng(1).random(len(SHEET.edges)))
        for _ in range(times):
            strands = remodelled(
                strands, SHEET, PARTS, np.zeros(len(PARTS)), 1.0, np.ones(len(SHEET)), TOWARD,
                np.full(len(SHEET), 0.5 * days / times),
            )  # fmt: skip
        return strands.amount

    often = int(np.ceil(days))
    assert pushed(1) == pytest.approx(pushed(often), abs=1e-9)
    assert pushed(1).min() >= 0
