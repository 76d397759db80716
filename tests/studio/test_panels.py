"""What a panel holds is what the run holds, and what it says in words are its numbers."""

from itertools import pairwise

import numpy as np
import pytest

from lobule.studio import panels
from lobule.studio.ready import READY, ready
from lobule.studio.worker import simulated


@pytest.fixture(scope="module")
def run():
    return simulated(ready("human").scenario, panels.asked("human"), 8)


@pytest.mark.science
def test_curves_are_those_of_the_run_to_what_a_picture_shows(run):
    found = panels.panel(run, "albumin")
    assert np.allclose(found["treated"], run.data["albumin"], rtol=1e-4)
    assert np.allclose(found["untreated"], run.control["albumin"], rtol=1e-4)
    assert np.allclose(found["low"], run.band["albumin"][0], rtol=1e-4)
    assert np.allclose(found["untreated_high"], run.band["albumin_untreated"][-1], rtol=1e-4)
    assert found["span"][0] < min(found["low"]) and found["span"][1] > max(found["high"])
    assert found["time"] == "weeks" and found["x"][-1] == pytest.approx(180 / 7, rel=1e-4)


@pytest.mark.science
def test_a_panel_says_its_last_day_in_words(run):
    told = panels.said(run, "hepatic_venous_pressure_gradient")
    assert told.startswith("HVPG on day 180: ")
    assert f"{float(run.data['hepatic_venous_pressure_gradient'][-1]):.3g} mmHg" in told
    assert "90 % of the ensemble" in told and "lower" in told


@pytest.mark.science
def test_nobody_is_dead_at_the_beginning_and_the_share_alive_never_rises(run):
    alive = panels.survival(run)["treated"]
    assert alive[0] == 100
    assert all(later <= earlier for earlier, later in pairwise(alive))


@pytest.mark.science
def test_curves_of_several_runs_share_one_axis_of_time(run):
    found = panels.overlaid({"one": run, "two": run}, "alt")
    assert [name for name, _ in found["several"]] == ["one", "two"]
    assert found["several"][0][1] == found["several"][1][1]


def test_a_number_that_is_none_is_no_number_of_a_curve():
    assert panels._numbers(np.array([0.0, np.nan, np.inf, 123456.0, -1.23456789e-7])) == [
        0.0, None, None, 123460.0, -1.2346e-07,
    ]  # fmt: skip


@pytest.mark.parametrize("species", sorted(READY))
def test_every_output_of_a_page_is_asked_for_and_exists(species):
    from lobule import model

    known = model.compiled(species).variables
    wanted = panels.asked(species)
    assert not [name for name in wanted if name not in known]
    groups = (*panels.of_therapy(species), *panels.of_subject(species))
    assert {name for group in groups for name in group.outputs} <= set(wanted)
    assert len({name for group in panels.of_therapy(species) for name in group.outputs}) == sum(
        len(group.outputs) for group in panels.of_therapy(species)
    )
