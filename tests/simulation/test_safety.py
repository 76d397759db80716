"""Safety: a figure where the model has one, "no estimate" where nothing is known, never zero."""

import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.simulation.safety import NO_ESTIMATE

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)


def risks(plan, **arguments):
    return lb.simulate(MOUSE, plan, until="14 d", **arguments).safety().set_index("risk")


def test_vesicles_have_no_estimate_where_there_are_no_data():
    table = risks(lb.Plan("uc-msc-ev", dose="1e10 particle"))
    for risk in ("pulmonary microembolism", "tumour promotion", "infusion reaction", "sensitisation against the donor"):
        assert table.loc[risk, "figure"] == NO_ESTIMATE


def test_cells_plug_vessels_and_sensitise_and_own_cells_do_not_sensitise():
    donor = risks(lb.Plan("uc-msc", dose="1e6 cell"))
    own = risks(lb.Plan("autologous-bm-msc", dose="1e6 cell"))
    assert donor.loc["pulmonary microembolism", "figure"] > 0.01
    assert donor.loc["sensitisation against the donor", "figure"] > 0
    assert own.loc["sensitisation against the donor", "figure"] == NO_ESTIMATE


def test_tumour_promotion_is_a_hypothesis_that_a_user_switches_on():
    plan = lb.Plan("uc-msc", dose="1e6 cell")
    assert risks(plan).loc["tumour promotion", "figure"] == NO_ESTIMATE


def test_an_untreated_run_has_no_risk_of_treatment():
    with pytest.raises(InputError, match="no risk of treatment"):
        lb.simulate(MOUSE, until="2 d").safety()
