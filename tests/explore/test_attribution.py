"""Shares of the effect of a product: what the liver says."""

import numpy as np
import pytest

import lobule as lb
from lobule import model
from lobule.errors import InputError
from lobule.explore import attribute
from lobule.explore.attribution import REST

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


def test_a_chart_has_a_panel_for_each_output(shared_out):
    titles = [axis.get_title(loc="left") for axis in shared_out.plot().axes]
    assert [title.partition("  ")[2] for title in titles] == [model.label(output) for output in shared_out.total]


def test_cells_act_by_more_than_their_vesicles():
    plan = lb.Plan("uc-msc", dose="1e6 cell", start="3 d")
    found = attribute(MOUSE, plan, 10.0, outputs=("tnf_alpha",))
    assert {"soluble factors", "growth factors", "eaten cells"} <= set(found.table["component"])
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
