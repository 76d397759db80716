"""Shares of the effect of a product: what the liver says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lobule as lb
from lobule import model
from lobule.errors import InputError
from lobule.explore import attribute
from lobule.explore.attribution import CELLS, REST, VESICLES
from lobule.model.cargo import components
from lobule.therapy.product import Estimate

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)


@pytest.fixture(scope="module")
def shared_out():
    plan = lb.Plan("mir-122-loaded-ev", dose="1e10 particle", start="3 d", every="4 d", n=2)
    return attribute(MOUSE, plan, 14.0, outputs=("collagen_proportionate_area", "alt"), draws=2)


def test_shares_of_the_cargo_add_up_to_the_whole_effect(shared_out):
    sums = shared_out.table.groupby("output")["share"].sum()
    for output, whole in shared_out.total.items():
        assert sums[output] == pytest.approx(whole, abs=1e-9)
        assert whole < 0
    assert shared_out.table.groupby("output")["percent"].sum().to_numpy() == pytest.approx(100)
    assert set(shared_out.table["component"]) >= {"mir_122", REST}


def test_draws_give_ranges_to_the_leading_components(shared_out):
    leading = shared_out.table.groupby("output").head(1)
    assert np.all(leading["share_low"] < leading["share_high"])


def test_the_whole_is_what_a_run_of_the_same_plan_gives(shared_out):
    plan = lb.Plan("mir-122-loaded-ev", dose="1e10 particle", start="3 d", every="4 d", n=2)
    run = lb.simulate(MOUSE, plan, until="14 d", sample_every="14 d")
    for output, whole in shared_out.total.items():
        assert whole == pytest.approx(float(run[output][-1] / run.control[output][-1]) - 1, rel=1e-3, abs=1e-5)


def test_whole_vesicles_as_published_come_first_and_not_at_all_in_the_counted_reading(shared_out):
    assert set(shared_out.table.groupby("output").head(1)["component"]) == {VESICLES}
    plan = lb.Plan(with_cargo({"mir_122": 1.0}), dose="1e10 particle", start="3 d")
    counted = attribute(MOUSE, plan, 6.0, outputs=("alt",), reading="counted")
    assert set(counted.table["component"]) == {"mir_122"}


def with_cargo(copies):
    own = {name: Estimate(value, 0.1 * value, 10 * value, "", "assumed") for name, value in copies.items()}
    return replace(lb.products["uc-msc-ev"], name="own", cargo=own)


@settings(max_examples=8, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(components())), st.floats(1e-3, 1e3), min_size=1, max_size=3),
    st.sampled_from(["1e6 particle", "1e9 particle", "1e12 particle"]),
    st.integers(1, 1000),
)
def test_a_share_lies_within_its_own_range_whatever_the_product(copies, dose, seed):
    plan = lb.Plan(with_cargo(copies), dose=dose, start="1 d")
    table = attribute(MOUSE, plan, 3.0, outputs=("alt", "il_10"), draws=3, seed=seed).table
    ranged = table[table["share_low"].notna()]
    assert len(ranged)
    assert (ranged["share_low"] <= ranged["share"]).all()
    assert (ranged["share"] <= ranged["share_high"]).all()
    assert np.isfinite(table[["share", "percent", "lost_without"]].to_numpy()).all()


@pytest.mark.parametrize(("subject", "dose"), [(MOUSE, "0 particle"), (lb.Animal("mouse"), "1e10 particle")])
def test_without_an_effect_there_is_nothing_to_share(subject, dose):
    plan = lb.Plan(with_cargo({"mir_122": 1.0}), dose=dose, start="1 d")
    found = attribute(subject, plan, 4.0, outputs=("alt", "collagen_proportionate_area"))
    assert max(map(abs, found.total.values())) < 0.01
    assert (found.table["percent"].abs() <= 200).all()


def test_a_chart_has_a_panel_for_each_output(shared_out):
    titles = [axis.get_title(loc="left") for axis in shared_out.plot().axes]
    assert [title.partition("  ")[2] for title in titles] == [model.label(output) for output in shared_out.total]


def test_cells_act_by_more_than_their_vesicles():
    plan = lb.Plan("uc-msc", dose="1e6 cell", start="3 d")
    found = attribute(MOUSE, plan, 10.0, outputs=("tnf_alpha",))
    assert {"soluble factors", "growth factors", "eaten cells"} <= set(found.table["component"])
    assert {VESICLES, CELLS} & set(found.table["component"])
    assert found.total["tnf_alpha"] < 0


@pytest.mark.parametrize(
    ("plan", "arguments", "message"),
    [
        (lb.Plan("empty-vesicles", dose="1e10 particle"), {}, "carry nothing"),
        (lb.Care("beta-blocker"), {}, "no product"),
        (lb.Plan("uc-msc-ev", dose="1e10 particle"), {"outputs": ("albumine",)}, 'Did you mean "albumin"'),
    ],
)
def test_what_cannot_be_shared_out_is_refused(plan, arguments, message):
    with pytest.raises(InputError, match=message):
        attribute(MOUSE, plan, 10.0, **arguments)
