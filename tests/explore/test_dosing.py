"""Dose finding and comparison."""

from dataclasses import replace

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.explore import compare, explore_doses
from lobule.explore.dosing import NO_RISK_DATA

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)
PLAN = lb.Plan("uc-msc-ev", dose="1e10 particle", start="3 d", every="4 d", n=2)
SCAR = "collagen_proportionate_area"


@pytest.fixture(scope="module")
def doses():
    return explore_doses(MOUSE, PLAN, 14.0, routes=["intraperitoneal"], members=6)


def test_benefit_rises_with_dose_to_a_plateau_and_the_half_dose_lies_between(doses):
    points = doses.table[(doses.table["part"] == "curve") & (doses.table["route"] == "iv")]
    assert np.all(np.diff(points["benefit"]) > -1e-3)
    assert points["per_dose"].min() < doses.half[0] < doses.near[0]
    assert doses.half[0] == pytest.approx(doses.curve.dose(0.5))
    assert doses.curve.share(doses.near[0]) == pytest.approx(0.9)
    assert doses.curve.top >= 0.9 * points["benefit"].max()


def test_half_dose_and_plateau_have_ranges_that_hold_them(doses):
    for value, low, high in (doses.half, doses.near):
        assert low <= value <= high
    assert doses.members == 6


def test_the_half_dose_hardly_depends_on_the_dose_of_the_plan(doses):
    other = explore_doses(MOUSE, replace(PLAN, dose="3e8 particle"), 14.0, routes=["iv"], members=0)
    assert other.half[0] == pytest.approx(doses.half[0], rel=0.25)
    assert other.curve.top == pytest.approx(doses.curve.top, rel=0.1)


def test_published_doses_of_the_species_stand_beside_the_curve(doses):
    assert set(doses.published["species"]) == {"mouse"}
    assert doses.published["route"].iloc[0] == "iv"
    assert doses.published["share_of_plateau"].between(0, 1).all()
    assert doses.published["per_dose"].min() < doses.usual < doses.published["per_dose"].max()


@pytest.mark.parametrize(("who", "output"), [(lb.Animal("mouse"), SCAR), (MOUSE, "age")])
def test_where_no_dose_does_anything_there_is_no_half_dose(who, output):
    none = explore_doses(who, PLAN, 14.0, routes=["iv"], output=output, members=2)
    assert none.curve is None and none.half is None and none.near is None
    assert len(none.plot().axes) >= 3


def test_no_design_of_the_front_is_beaten(doses):
    search = doses.table[doses.table["part"] == "search"]
    front = search[search["front"]]
    assert 3 <= len(front) < len(search)
    for row in front.to_dict("records"):
        better = (search["benefit"] > row["benefit"] + 1e-12) & (search["total"] < row["total"] * (1 - 1e-12))
        assert not better.any()


def test_vesicles_have_no_estimate_of_plugged_vessels_and_cells_have(doses):
    assert set(doses.table["lung_plugs"]) == {NO_RISK_DATA}
    cells = explore_doses(MOUSE, lb.Plan("uc-msc", dose="1e6 cell", start="3 d"), 14.0, routes=["iv"], members=0)
    curve = cells.table[(cells.table["part"] == "curve") & (cells.table["route"] == "iv")]
    assert np.all(np.diff(curve["lung_plugs"].astype(float)) > 0)


def test_the_picture_shows_curves_surface_and_front(doses):
    assert len([axis for axis in doses.plot().axes if axis.get_title() or axis.get_title(loc="left")]) >= 3


@pytest.mark.parametrize(
    ("plan", "arguments", "message"),
    [
        (PLAN, {"output": "collagen"}, "the model has no output"),
        (PLAN, {"routes": ["oral"]}, 'no route "oral"'),
        (PLAN, {"day": 3.0}, "not after the first dose"),
        (PLAN, {"output": "msc_in_liver"}, "nothing to improve"),
        (replace(PLAN, dose="0 particle"), {}, "the plan gives a dose of 0"),
    ],
)
def test_impossible_questions_are_refused(plan, arguments, message):
    with pytest.raises(InputError, match=message):
        explore_doses(MOUSE, plan, **({"day": 14.0} | arguments))


def test_scenarios_side_by_side():
    runs = {p: lb.simulate(MOUSE, lb.Plan(p, dose=d, start="3 d"), until="10 d")
            for p, d in (("uc-msc-ev", "10 ug"), ("uc-msc", "1e6 cell"), ("uc-msc-medium", "0.5 mL"))}  # fmt: skip
    found = compare(runs)
    rows = found.table[found.table["scenario"] == "uc-msc-ev"].set_index("output")
    assert rows.loc["alt", "common_ratio"] == pytest.approx(rows.loc["alt", "ratio"])
    assert set(found.over_time["scenario"]) == set(runs)
    assert rows.loc["tnf_alpha", "low"] < rows.loc["tnf_alpha", "ratio"] < rows.loc["tnf_alpha", "high"]
    assert len(found.plot().axes) >= len(set(found.table["output"]))
    longer = lb.simulate(MOUSE, lb.Plan("uc-msc", dose="1e6 cell", start="3 d"), until="12 d")
    mixed = compare({"uc-msc": runs["uc-msc"], "longer": longer}, members=2).table.set_index(["scenario", "output"])
    for output in ("alt", "il_10"):
        assert mixed.loc[("longer", output), "common_ratio"] == pytest.approx(
            mixed.loc[("uc-msc", output), "ratio"], rel=1e-3
        )
    with pytest.raises(InputError, match="at least two"):
        compare({"one": runs["uc-msc"]})
    with pytest.raises(InputError, match="has no plan"):
        compare({"one": runs["uc-msc"], "none": lb.simulate(MOUSE, until="2 d")})
