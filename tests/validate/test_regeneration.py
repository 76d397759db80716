"""Checks of size and regrowth: what they measure on courses whose answer is known, and the liver's own in short."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from tests.validate.known_courses import courses

from lobule.patient import Patient
from lobule.simulation.courses import run_courses
from lobule.validate import regeneration
from lobule.validate.check import DEATH, wanted

ASIDE = Path(regeneration.__file__).parent / "set_aside.csv"


def test_a_liver_has_healed_when_it_is_back_after_its_lowest():
    mass = [1.0, 0.98, 0.6, 0.9, 0.96, 1.0]
    assert regeneration.healed(courses(range(6), a={"living_hepatocytes": mass}), "a") == 4
    assert regeneration.healed(courses(range(3), a={"living_hepatocytes": [1.0, 0.3, 0.4]}), "a") == math.inf


def test_growth_of_a_remnant_is_told_in_percent_of_the_remnant():
    volume = courses([0, 7, 14], **{"61": {"living_hepatocytes": [100.0, 58.5, 78.0]}})
    assert regeneration.growth(volume, 61, 7) == pytest.approx(50)
    assert regeneration.growth(volume, 61, 14) == pytest.approx(100)


def test_the_dead_are_those_of_the_hazard_until_that_day():
    assert regeneration.dead(courses([0, 2], a={DEATH: [0, 1.0]}), "a", 1) == pytest.approx(1 - math.exp(-0.5))


def test_a_resection_takes_the_same_share_of_every_cell_of_the_liver():
    events = regeneration.resection(3.0, 0.7)
    assert {event.time for event in events} == {3.0}
    assert [event.value for event in events] == pytest.approx([0.3] * len(events))
    assert {"hepatocytes", "kupffer_cells", "quiescent_stellate_cells"} <= {event.target for event in events}


def test_each_row_of_the_table_set_aside_was_set_aside_and_nothing_was_set_to_it():
    with ASIDE.open(newline="", encoding="utf-8") as file:
        aside = {row["row"] for row in csv.DictReader(file)}
    rows = [row for row in wanted().values() if row.table == "regeneration_set_aside"]
    assert rows
    for row in rows:
        assert row.id.removeprefix("aside.") in aside
        assert not row.calibrated


@pytest.mark.science
def test_a_donor_of_the_right_lobe_is_back_at_half_three_quarters_and_nine_tenths():
    donor = Patient(etiology="partial_hepatectomy", intensity="58 %")
    mass = run_courses({"donor": donor}, np.array([0, 7, 91, 1461.0])).fold("donor", "living_hepatocytes")
    assert mass[1:] == pytest.approx([0.51, 0.74, 0.88], abs=0.03)


@pytest.mark.science
def test_after_a_resection_cytokines_rise_and_vessels_get_used_to_the_flow():
    c = regeneration.rodents()
    assert c.fold("mouse 70", "il_6")[:13].max() > 3
    assert c.fold("mouse 70", "tnf_alpha")[:13].min() > 0.95
    assert c("mouse 70", "portal_overflow")[1] > 0.5
    assert c("mouse 70", "portal_overflow")[48] < 0.05
