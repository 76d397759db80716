"""Which differences between two treatments the evidence can carry: one of three words, member by member."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import lobule as lb
from lobule.explore.comparison import compare, which
from lobule.explore.pairs import (
    APART,
    CARRIED,
    DIRECTION,
    NO_DAY,
    OPEN,
    SAME,
    VERDICTS,
    WHO,
    Unlike,
    _draws,
    member_ratios,
    pairs,
    product_factors,
    smallest,
    unlike_in,
    verdict,
)
from lobule.therapy import Regimen, products
from lobule.therapy.product import Estimate
from lobule.therapy.sameness import differences

MOUSE = lb.Animal("mouse", injury="ccl4", injury_every="3.5 d", duration="2 wk")
OUTPUTS = ("collagen_proportionate_area", "alt", "il_10")
SOURCED = Unlike(numbers=(*differences(products["stellate-targeted-ev"], products["uc-msc-ev"]),))


def run(product, dose="1e9 particle", **more):
    plan = lb.Plan(product, dose, start="7 d", **more)
    return lb.simulate(MOUSE, plan, until="14 d", outputs=OUTPUTS)


def replace_reading(one):
    record = one.record | {"settings": one.record["settings"] | {"reading": "counted"}}
    return replace(one, record=record)


@pytest.mark.parametrize(
    ("value", "low", "high", "unlike", "word"),
    [
        (-0.1, -0.2, -0.05, SOURCED, CARRIED),
        (0.1, 0.05, 0.2, Unlike(plans=("dose",)), CARRIED),
        (-0.1, -0.2, 0.05, SOURCED, OPEN),
        (-0.01, -0.015, -0.005, SOURCED, OPEN),
        (-0.1, -0.2, -0.05, Unlike(), OPEN),
        (0.0, 0.0, 0.0, SOURCED, OPEN),
        (0.0, 0.0, 0.0, Unlike(plans=("dose",)), OPEN),
        (0.0, 0.0, 0.0, Unlike(alike=("a and b have the same numbers for want of data",)), SAME),
    ],
)
def test_a_difference_is_carried_by_evidence_only_with_a_source_and_a_range_without_zero(
    value, low, high, unlike, word
):
    found, why = verdict(value, low, high, unlike, 0.02)
    assert found == word and found in VERDICTS and why


def test_a_number_without_any_source_carries_nothing_however_narrow_the_range():
    assumed = Estimate(1.0, 0.5, 2.0, "", "assumed")
    mine = lb.Product("mine", "mine", "vesicles", "", particles_per_ug=assumed, sets={"vesicle_potency": assumed})
    other = lb.Product("other", "other", "vesicles", "", particles_per_ug=assumed,
                       sets={"vesicle_potency": Estimate(3.0, 2.0, 4.0, "", "assumed")})  # fmt: skip
    unlike = Unlike(tuple(differences(mine, other)))
    assert not unlike.sourced
    assert verdict(-0.3, -0.31, -0.29, unlike, 0.02) == (OPEN, "it stands on assumed numbers alone")


def test_a_difference_that_animals_differ_by_anyway_is_none():
    assert smallest("il_10", 2.0) == pytest.approx(2 * smallest("il_10", 1.0))
    assert 0 < smallest("albumin", 1.0) < smallest("il_10", 1.0) < 0.2


def test_a_size_that_is_assumed_is_said():
    assert verdict(-0.1, -0.2, -0.05, SOURCED, 0.02)[1].endswith(DIRECTION)
    assert all(source in verdict(-0.1, -0.2, -0.05, SOURCED, 0.02)[1] for source in ("pk-K104", "pk-K105"))


def test_draws_of_a_number_span_its_range_and_are_those_of_the_same_number_elsewhere():
    one = Estimate(2.0, 1.0, 8.0, "", "assumed")
    draws = _draws("sets.x", one, 20_000)
    assert np.quantile(draws, [0.05, 0.5, 0.95]) == pytest.approx([0.5, 1.0, 4.0], rel=0.05)
    assert (draws == _draws("sets.x", Estimate(2.0, 1.0, 8.0, "K001", "measured"), 20_000)).all()
    assert (draws != _draws("sets.x", Estimate(3.0, 1.5, 12.0, "", "assumed"), 20_000)).any()


@pytest.mark.parametrize("name", ["mir-223-loaded-ev", "three-d-ev", "uc-msc", "hgf-msc", "uc-msc-medium"])
def test_factors_are_of_constants_that_the_product_sets(name):
    dose = "1e6 cell" if products[name].kind != "vesicles" else "1e10 particle"
    regimen = Regimen.of(lb.Plan(name, dose), MOUSE)
    factors = product_factors(regimen, 8)
    assert factors and set(factors) <= set(regimen.parameters())
    assert all(np.isfinite(values).all() and (values >= 0).all() for values in factors.values())
    assert len(product_factors(Regimen.of([lb.Plan("uc-msc-ev", "1e9 particle"), lb.Plan(name, dose)], MOUSE), 8)) > 1


def test_what_tells_two_plans_apart_is_named():
    one = run("uc-msc-ev")
    assert unlike_in(one, run("uc-msc-ev", "1e10 particle")).plans == ("dose",)
    assert unlike_in(one, run("uc-msc-ev", route="portal vein")).plans == ("route",)
    assert unlike_in(one, run("uc-msc", "1e6 cell")).plans == ("kind of product",)
    assert not unlike_in(one, one).sourced and unlike_in(one, one).said() == "nothing tells them apart"
    spheroids = unlike_in(one, run("three-d-ev"))
    assert {d.name for d in spheroids.numbers} == {"product_strength"}  # a dose in particles asks no yield
    counted = [replace_reading(one), replace_reading(run("three-d-ev"))]
    assert not unlike_in(*counted).sourced and "acts in this reading" in unlike_in(*counted).said()
    by_cells = unlike_in(run("uc-msc-ev", "1e6 cell"), run("three-d-ev", "1e6 cell"))
    assert {d.name for d in by_cells.numbers} == {"product_strength", "particles_per_cell"}


@pytest.mark.science
def test_products_that_are_the_same_for_want_of_data_are_the_same_in_every_member_and_said_so():
    found = compare({"uc": run("uc-msc-ev"), "ad": run("ad-msc-ev")}, OUTPUTS, members=4)
    assert set(found.pairs["verdict"]) == {SAME}
    assert (found.pairs[["difference", "low", "high"]] == 0).all(axis=None)
    assert "nothing here tells" in found.which() and SAME in found.which()


@pytest.mark.science
def test_member_ratios_of_the_usual_member_alone_are_those_of_the_run():
    one = run("uc-msc-ev")
    drawn = member_ratios(one, OUTPUTS, 5, 14.0)
    assert drawn.shape == (5, 3) and np.isfinite(drawn).all()
    assert (drawn == member_ratios(one, OUTPUTS, 5, 14.0)).all()


def pairs_of(*rows):
    names = ("first", "second", "first_ratio", "second_ratio", "difference", "low", "high", "verdict", "why")
    return pd.DataFrame(
        [dict(zip(names, row, strict=True)) | {"output": "collagen_proportionate_area"} for row in rows]
    )


def test_the_first_line_names_the_better_one_and_from_what_it_is_not_told_apart():
    table = pairs_of(
        ("a", "b", 0.8, 0.6, -0.2, -0.3, -0.1, CARRIED, "it stands on dose"),
        ("a", "c", 0.8, 0.6, -0.2, -0.3, 0.1, OPEN, "the range holds no difference"),
        ("b", "c", 0.6, 0.6, 0.0, 0.0, 0.0, SAME, "x"),
    )
    text = which(table, "collagen_proportionate_area")
    assert "b: better, carried by evidence, than a by -20.0 points (-30.0 to -10.0)" in text
    assert f"not told apart from c ({SAME})" in text


def test_the_first_line_says_so_where_nothing_is_told_apart():
    table = pairs_of(("a", "b", 0.8, 0.7, -0.1, -0.3, 0.1, OPEN, "the range holds no difference"))
    assert "nothing here tells b apart from a (within what" in which(table, "collagen_proportionate_area")


@pytest.mark.science
def test_others_and_other_times_are_not_the_same_question():
    early = lb.simulate(MOUSE, lb.Plan("uc-msc-ev", "1e10 particle"), until="4 d", sample_every="1 d")
    late = lb.simulate(MOUSE, lb.Plan("uc-msc-ev", "1e10 particle", start="5 d"), until="7 d", sample_every="1 d")
    healthy = lb.simulate(lb.Animal("mouse"), lb.Plan("uc-msc-ev", "1e10 particle"), until="4 d", sample_every="1 d")
    heavier = replace(MOUSE, body_weight=f"{MOUSE.body_weight_g:g} g")  # the same animal, written otherwise
    same = lb.simulate(heavier, lb.Plan("uc-msc-ev", "1e9 particle"), until="4 d", sample_every="1 d")
    table = pairs({"early": early, "late": late, "healthy": healthy, "same": same}, OUTPUTS, 3)
    words = {(row["first"], row["second"]): (row["verdict"], row["why"]) for row in table.to_dict("records")}
    assert words["early", "late"] == (APART, NO_DAY)
    assert words["early", "healthy"] == (APART, WHO)
    assert words["early", "same"][0] != APART
    assert table.loc[table["why"] == NO_DAY, "difference"].isna().all()
    text = which(table, "collagen_proportionate_area")
    assert ("not told apart from" in text and f"healthy ({APART})" in text) or f"late, healthy ({APART})" in text
    alone = table[table["verdict"] == APART]
    assert "says nothing of which is better" in which(alone, "collagen_proportionate_area")
