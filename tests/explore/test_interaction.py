"""Synergy: one verdict, its yardstick, its range, and what the other yardstick says."""

from dataclasses import replace

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.explore import synergy
from lobule.explore.interaction import SMALLEST

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)
EV = lb.Plan("uc-msc-ev", dose="1e10 particle", start="3 d", every="4 d", n=2)
SCAR = "collagen_proportionate_area"


@pytest.fixture(scope="module")
def found():
    return synergy(MOUSE, EV, lb.Plan("uc-msc", dose="1e6 cell", start="3 d"), 14.0, SCAR, members=8)


def test_products_are_judged_by_loewe_and_standard_care_by_bliss(found):
    assert found.reference == "Loewe"
    assert found.expected == found.loewe_expected
    care = synergy(lb.Patient(etiology="hbv", years=20), lb.Plan("uc-msc", dose="1e6 cell/kg"), lb.Care("antiviral"),
                   180.0, SCAR, members=0)  # fmt: skip
    assert care.reference == "Bliss"
    assert care.expected == care.bliss_expected
    assert care.loewe_index is None and "no dose" in str(care)


def test_there_is_one_verdict_with_its_range_and_the_reason_for_the_yardstick(found):
    told = str(found)
    assert told.count("Verdict:") == 1
    assert "Yardstick: Loewe, because" in told and "Bliss would expect" in told
    assert found.excess_low <= found.excess <= found.excess_high
    assert "8 members" in told
    assert found.within_noise == ("within noise" in told)
    for word in ("synergy:", "antagonism:"):
        assert (word in told) == (found.verdict == word.rstrip(":"))


@pytest.mark.parametrize(
    ("excess", "low", "high", "verdict", "within"),
    [(0.1, 0.05, 0.2, "synergy", False), (-0.1, -0.2, -0.05, "antagonism", False), (0.1, -0.1, 0.2, "additive", True)],
)
def test_the_words_follow_the_verdict(found, excess, low, high, verdict, within):
    told = str(replace(found, excess=excess, excess_low=low, excess_high=high, verdict=verdict, within_noise=within))
    assert ("within noise" in told) == within
    assert ("more than they would" in told) == (verdict == "synergy")
    assert ("less than they would" in told) == (verdict == "antagonism")


def test_a_product_beside_more_of_itself_adds_up():
    first = lb.Plan("uc-msc-ev", dose="1e10 particle", start="3 d")
    sham = synergy(MOUSE, first, first, 14.0, SCAR, members=4)
    assert abs(sham.excess) < SMALLEST
    assert sham.verdict == "additive"
    assert sham.loewe_index == pytest.approx(1, abs=0.1)


def test_no_treatment_beside_another_is_that_other():
    nothing = lb.Plan("uc-msc-ev", dose="0 particle", start="3 d")
    sham = synergy(MOUSE, EV, nothing, 14.0, SCAR, members=0)
    assert sham.expected == pytest.approx(sham.first, abs=1e-6)
    assert sham.both == pytest.approx(sham.first, abs=1e-6)
    empty = synergy(MOUSE, nothing, nothing, 14.0, SCAR, members=0)
    assert empty.verdict == "no effect"
    assert "nothing to add up" in str(empty)


def test_a_healthy_animal_has_nothing_to_add_up():
    assert (
        synergy(lb.Animal("mouse"), EV, replace(EV, product="bm-msc-ev"), 14.0, SCAR, members=0).verdict == "no effect"
    )


def test_improvements_above_one_have_a_verdict_too():
    rise = synergy(MOUSE, EV, lb.Plan("uc-msc", dose="1e6 cell", start="3 d"), 14.0, "m2_m1_ratio", members=0)
    assert np.isfinite([rise.excess, rise.bliss_expected]).all()


def test_an_output_that_is_zero_without_treatment_is_refused():
    with pytest.raises(InputError, match="nothing to improve"):
        synergy(MOUSE, EV, EV, 14.0, "msc_in_liver")
