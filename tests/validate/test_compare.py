"""A run beside a study: every row of the study appears, with a ratio or with the reason why not."""

import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.evidence import study_rows
from lobule.validate import beside_study

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=6)
PLAN = lb.Plan("uc-msc-ev", dose="250 ug", route="intrahepatic", start="42 d")


@pytest.fixture(scope="module")
def table():
    run = lb.simulate(MOUSE, PLAN, until="63 d", sample_every="1 d")
    return run, beside_study(run, "li2013").set_index("endpoint")


def test_no_row_of_the_study_is_dropped(table):
    assert list(table[1].index) == [row["endpoint"] for row in study_rows("li2013")]


def test_a_row_that_cannot_be_simulated_says_why(table):
    row = table[1].loc["hyaluronic_acid"]
    assert row["agrees"] is None
    assert "no hyaluronic acid" in row["note"]


def test_the_ratio_is_treated_over_untreated_on_the_day_of_readout(table):
    run, rows = table
    name = "collagen_proportionate_area"
    expected = float(run.data[name].sel(time=63) / run.control[name].sel(time=63))
    assert rows.loc["collagen_area", "predicted_ratio"] == pytest.approx(expected)
    assert rows.loc["collagen_area", "ratio_low"] <= expected <= rows.loc["collagen_area", "ratio_high"]


def test_a_run_that_ends_before_the_readout_is_not_compared():
    run = lb.simulate(MOUSE, PLAN, until="50 d", sample_every="1 d")
    rows = beside_study(run, "li2013")
    assert rows["agrees"].isna().all()
    assert "ends on day 50" in rows["note"][0]


def test_untreated_runs_and_unknown_studies_are_refused():
    run = lb.simulate(lb.Animal("mouse"), until="1 d")
    with pytest.raises(InputError, match="no treated arm"):
        beside_study(run, "li2013")
    with pytest.raises(InputError, match='Did you mean "li2013"'):
        study_rows("li2014")
