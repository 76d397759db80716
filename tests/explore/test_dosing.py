"""Dose finding and comparison."""

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
    return explore_doses(MOUSE, PLAN, 14.0, routes=["intraperitoneal"])


def test_benefit_rises_with_dose_and_the_smallest_effective_dose_lies_between(doses):
    curve = doses.table[(doses.table["part"] == "curve") & (doses.table["route"] == "iv")]
    assert np.all(np.diff(curve["benefit"]) > 0)
    least = doses.smallest["iv"]
    assert curve["multiple"].min() < least < curve["multiple"].max()
    benefit = np.interp(np.log10(least), np.log10(curve["multiple"]), curve["benefit"])
    assert benefit == pytest.approx(0.5 * curve["benefit"].max(), rel=1e-6)


def test_no_design_of_the_front_is_beaten(doses):
    search = doses.table[doses.table["part"] == "search"]
    front = search[search["front"]]
    assert 3 <= len(front) < len(search)
    for row in front.to_dict("records"):
        better = (search["benefit"] > row["benefit"] + 1e-12) & (search["total"] < row["total"] * (1 - 1e-12))
        assert not better.any()


def test_vesicles_have_no_estimate_of_plugged_vessels_and_cells_have(doses):
    assert set(doses.table["lung_plugs"]) == {NO_RISK_DATA}
    cells = explore_doses(MOUSE, lb.Plan("uc-msc", dose="1e6 cell", start="3 d"), 14.0, routes=["portal vein"])
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
    assert rows.loc["tnf_alpha", "low"] < rows.loc["tnf_alpha", "ratio"] < rows.loc["tnf_alpha", "high"]
    assert len(found.plot().axes) >= len(set(found.table["output"]))
    with pytest.raises(InputError, match="at least two"):
        compare({"one": runs["uc-msc"]})
    with pytest.raises(InputError, match="has no plan"):
        compare({"one": runs["uc-msc"], "none": lb.simulate(MOUSE, until="2 d")})
