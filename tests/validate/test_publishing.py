"""What studies differ and overstate by: found again where it was put in, assumed where too few tell."""

import math

import numpy as np
import pytest

from lobule.studies.endpoints import endpoint
from lobule.validate.case import Case
from lobule.validate.publishing import ASSUMED, FEWEST_SIZES, FEWEST_STUDIES, assumed, publishing
from lobule.validate.scoreboard import terms_of

ALT, ALBUMIN = endpoint("alt"), endpoint("albumin")


def case(observed, predicted, *, source="li2013", error=0.2, what=ALT, group="animals"):
    return Case(
        row="r", study=source, source=source, group=group, injury="", product="", endpoint=what, days=7.0,
        direction="down", ratio=math.exp(observed), log_ratio=np.full(3, predicted), error=error, detectable=0.3,
        assumptions=(), line=2,
    )  # fmt: skip


def made(rng, studies, rows, *, between, within, slope, offset=0.0):
    """Cases whose studies differ and overstate as told; half of the endpoints rise."""
    found = []
    for k in range(studies):
        of_study = rng.normal(0, between)
        for j in range(rows):
            error = rng.uniform(0.1, 0.6)
            what, sign = ((ALT, -1.0), (ALBUMIN, 1.0))[j % 2]
            predicted = rng.normal(0.4, 0.2)
            gain = predicted + offset + of_study + rng.normal(0, within) + slope * error**2 + rng.normal(0, error)
            found.append(case(sign * gain, sign * predicted, source=f"s{k}", error=error, what=what))
    return found


def test_what_was_put_in_is_found_again():
    cases = made(np.random.default_rng(5), 300, 6, between=0.3, within=0.2, slope=2.0, offset=0.1)
    terms = publishing(cases, 0.4)["animals"]
    assert terms.told
    assert (terms.between, terms.within) == (pytest.approx(0.3, abs=0.05), pytest.approx(0.2, abs=0.06))
    assert terms.slope == pytest.approx(2.0, abs=3 * terms.slope_error) and terms.slope_error < 0.3
    assert terms.offset == pytest.approx(0.1, abs=3 * terms.offset_error)
    assert terms.overstated(0.5, "up") == -terms.overstated(0.5, "down") == pytest.approx(0.25 * terms.slope)
    assert "overstates by" in terms.sentence() and "1800 sizes of 300 studies" in terms.sentence()


def test_small_studies_that_understate_are_not_believed():
    terms = publishing(made(np.random.default_rng(5), 60, 4, between=0.1, within=0.1, slope=-2.0), 0.4)["animals"]
    assert (terms.told, terms.slope, terms.overstated(0.5, "up")) == (True, 0.0, 0.0)
    assert "small ones are not seen to overstate" in terms.sentence()


@pytest.mark.parametrize(
    ("sizes", "studies", "told"),
    [
        (FEWEST_SIZES, FEWEST_STUDIES, True),
        (FEWEST_SIZES - 1, FEWEST_STUDIES, False),
        (FEWEST_SIZES, FEWEST_STUDIES - 1, False),
    ],
)
def test_too_few_sizes_or_studies_tell_nothing(sizes, studies, told):
    cases = [case(-0.5 - 0.01 * k, -0.4, source=f"s{k % studies}", error=0.1 + 0.01 * k) for k in range(sizes)]
    terms = publishing(cases, 0.4)["animals"]
    assert terms.told is told
    assert (terms.sizes, terms.studies) == (sizes, studies)
    if not told:
        assert (terms.spread, terms.slope) == (ASSUMED["animals"], 0.0)
        assert "assumed" in terms.sentence()


def test_groups_do_not_tell_of_each_other_and_an_empty_one_has_the_gain_of_all():
    cases = [case(-0.5, -0.4, source=f"s{k}") for k in range(12)]
    terms = publishing(cases, 0.4)
    assert terms["animals"].told and terms["animals"].gain == pytest.approx(0.5)
    assert terms["controlled trials"] == assumed("controlled trials", 0.4)
    assert not terms["single arms"].told


def test_only_calibration_sources_tell():
    held_out = [case(-3.0, -0.4, source=name) for name in ("rong2019", "tian2022", "fangb2004", "jiangw2018")] * 4
    assert terms_of(held_out)["animals"].sizes == 0
    assert terms_of([*held_out, case(-0.5, -0.4, source="li2013")])["animals"].sizes == 1


def test_rows_without_a_size_or_that_no_member_solved_do_not_count():
    lost = case(-0.5, math.nan)
    ordinal = case(-0.5, -0.4, what=endpoint("fibrosis_score"))
    assert publishing([lost, ordinal], 0.4)["animals"].sizes == 0
