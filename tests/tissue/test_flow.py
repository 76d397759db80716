"""Blood: what enters leaves, scar turns it away, and venules along the border make zones rings."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lobule.errors import InputError
from lobule.tissue.flow import Circulation, conductances, flow
from lobule.tissue.geometry import Plan, sheet
from lobule.tissue.transport import blood_age

SHEET = sheet(Plan(lobules=7, radius=285.0, cell=23.0, central_vein=35.0, portal_tract=25.0), 1)


@given(border_share=some.floats(0, 0.95), roughness=some.floats(0, 0.8), perfusion=some.floats(0.01, 3))
def test_what_enters_a_place_leaves_it(border_share, roughness, perfusion):
    blood = flow(SHEET, conductances(SHEET, roughness, 2), border_share, perfusion)
    assert blood.imbalance < 1e-9
    assert blood.feed.sum() == pytest.approx(blood.drain.sum()) == pytest.approx(perfusion * SHEET.areas.sum())


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8])
def test_the_wanted_share_enters_along_borders(share):
    blood = flow(SHEET, conductances(SHEET, 0.3, 2), share, 1.0)
    by_border = blood.feed[~SHEET.in_tract[blood.order]].sum() / blood.feed.sum()
    assert by_border == pytest.approx(share, abs=0.011)


def test_blood_comes_from_places_before():
    blood = flow(SHEET, conductances(SHEET, 0.3, 2), 0.3, 1.0)
    assert (blood.upstream < np.repeat(np.arange(len(SHEET)), np.diff(blood.start))).all()


def test_blood_is_older_toward_the_vein_and_most_evenly_so_with_venules_along_the_border():
    def agreement(share):
        age = blood_age(flow(SHEET, conductances(SHEET, 0.3, 2), share, 1.0))
        inside = ~(SHEET.in_vein | SHEET.in_tract)
        return np.corrcoef(age[inside], 1 - SHEET.portal_share[inside])[0, 1]

    assert agreement(0.5) > agreement(0.0) > 0.2


def test_mean_age_of_what_leaves_is_volume_over_flow():
    blood = flow(SHEET, conductances(SHEET, 0.3, 2), 0.3, 2.0)
    age = blood_age(blood)[blood.order]
    perfused = blood.volume[blood.out > 0].sum()
    assert (blood.drain * age).sum() == pytest.approx(perfused, rel=1e-9)


def test_scar_turns_blood_away():
    closed = np.where(SHEET.lobule == 0, 0.9, 0.0)
    vessels = Circulation(SHEET, conductances(SHEET, 0.3, 2), 0.3, 1.0)
    free, scarred = (vessels.flow(conductances(SHEET, 0.3, 2, shut)) for shut in (None, closed))
    there = SHEET.lobule == 0
    assert scarred.by_place(scarred.out)[there].sum() < 0.7 * free.by_place(free.out)[there].sum()


def test_all_blood_along_borders_is_refused():
    with pytest.raises(InputError, match="from 0 to below 1"):
        flow(SHEET, conductances(SHEET, 0.3), 1.0, 1.0)
