"""Peaks, areas and a common day: what a last day does not show."""

import numpy as np
import pytest

import lobule as lb
from lobule.explore.over_time import common_day, over_time, ratio_on

MOUSE = lb.Animal("mouse", injury="acetaminophen")
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="2 h")


@pytest.fixture(scope="module")
def runs():
    return {
        "short": lb.simulate(MOUSE, EV, until="3 d", sample_every="2 h"),
        "long": lb.simulate(MOUSE, EV, until="14 d", sample_every="2 h"),
        "nothing": lb.simulate(
            MOUSE, lb.Plan("uc-msc-ev", "0 particle", start="2 h"), until="14 d", sample_every="2 h"
        ),
    }


def test_peak_and_area_are_those_of_the_courses_from_the_first_dose_on(runs):
    rows = over_time(runs).set_index(["scenario", "output"])
    run = runs["long"]
    since = run.data.time.to_numpy() >= 2 / 24 - 1e-9
    treated, untreated = (np.asarray(of["alt"])[since] for of in (run.data, run.control))
    row = rows.loc[("long", "alt")]
    assert row["peak"] == pytest.approx(treated.max())
    assert row["peak_ratio"] == pytest.approx(treated.max() / untreated.max())
    times = run.data.time.to_numpy()[since]
    assert row["area_ratio"] == pytest.approx(np.trapezoid(treated, times) / np.trapezoid(untreated, times))


def test_the_peak_shows_what_the_last_day_does_not(runs):
    row = over_time(runs).set_index(["scenario", "output"]).loc[("long", "alt")]
    assert abs(row["last_ratio"] - 1) < abs(row["peak_ratio"] - 1)
    assert abs(row["last_ratio"] - 1) < abs(row["area_ratio"] - 1)


def test_without_a_dose_everything_is_as_untreated(runs):
    rows = over_time(runs)
    nothing = rows[rows["scenario"] == "nothing"]
    assert nothing[["peak_ratio", "area_ratio", "last_ratio"]].to_numpy() == pytest.approx(1.0)


def test_a_common_day_is_the_last_that_all_reach_after_their_first_dose(runs):
    assert common_day(runs) == 3.0
    assert ratio_on(runs["long"], "alt", 3.0) == pytest.approx(ratio_on(runs["short"], "alt", 3.0), rel=1e-3)
    late = lb.simulate(MOUSE, lb.Plan("uc-msc-ev", "1e10 particle", start="5 d"), until="7 d", sample_every="1 d")
    assert common_day(runs | {"late": late}) is None
