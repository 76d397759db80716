"""Dose finding, comparison, synergy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule.errors import InputError
from lobule.explore import bliss, combination_index, compare, explore_doses, synergy
from lobule.explore.dosing import NO_RISK_DATA
from lobule.explore.interaction import Synergy

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


def test_bliss_of_the_textbook():
    assert bliss(0.4, 0.5) == pytest.approx(0.7)
    assert bliss(0.0, 0.3) == pytest.approx(0.3)
    with pytest.raises(InputError, match="at most 1"):
        bliss(1.2, 0.1)


@given(st.floats(0.1, 10), st.floats(0.1, 10), st.floats(0.5, 4))
def test_a_treatment_combined_with_itself_is_additive_by_loewe(first, second, slope):
    """The sham experiment: d1 and d2 of one drug are d1 + d2 of it."""

    def effect(dose):
        return dose**slope / (1 + dose**slope)

    index = combination_index(effect(first + second), (lambda m: effect(m * first), lambda m: effect(m * second)), 1e6)
    assert index == pytest.approx(1, rel=1e-6)


def test_loewe_of_a_synergistic_pair_is_below_one_and_missing_where_it_cannot_be_formed():
    def half(dose):
        return dose / (1 + dose)

    assert combination_index(0.9, (half, half), 1e6) < 1
    assert combination_index(0.9, (half, lambda d: 0.5 * half(d)), 1e6) is None


def test_synergy_of_cells_and_vesicles():
    cells = lb.Plan("uc-msc", dose="1e6 cell", start="3 d")
    found = synergy(MOUSE, PLAN, cells, 14.0, SCAR)
    assert max(found.first, found.second) < found.both < found.first + found.second
    assert found.bliss_excess == pytest.approx(found.both - bliss(found.first, found.second))
    assert found.loewe_index is None or found.loewe_index > 0
    assert "Bliss" in str(found)


@pytest.mark.parametrize(
    "excess, index, told", [(-0.2, 0.5, True), (0.2, 1.5, True), (0.2, 0.5, False), (-0.2, 1, False)]
)
def test_two_yardsticks_that_point_apart_are_explained(excess, index, told):
    assert ("The two differ" in str(Synergy("alt", 0.4, 0.3, 0.5, 0.6, excess, index, ""))) == told


def test_synergy_with_standard_care_has_no_loewe_index():
    patient = lb.Patient(etiology="hbv", years=20)
    plan = lb.Plan("uc-msc", dose="1e6 cell/kg")
    found = synergy(patient, plan, lb.Care("antiviral"), 180.0, SCAR)
    assert found.loewe_index is None
    assert "no dose" in found.loewe_note


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
