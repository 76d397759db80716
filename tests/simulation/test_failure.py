"""What is said of a patient whose liver fails: stage, encephalopathy, organs that fail, who is alive."""

import math

import numpy as np
import pytest
import xarray as xr

import lobule as lb
from lobule.simulation.failure import WATCHED, fails, told_of_failure
from lobule.simulation.run import Run

PATIENT, MOUSE = ({"subject": {"kind": kind}} for kind in ("patient", "animal"))
WELL = {
    "albumin": 42, "inr": 1, "bilirubin": 10, "creatinine": 70, "sodium": 140, "ascites": 0, "encephalopathy_grade": 0,
    "collagen_proportionate_area": 2, "failing_circulation": 0, "failing_lungs": 0, "cumulative_death_hazard": 0,
}  # fmt: skip


def course(*days):
    """A course of as many days, each what differs from a healthy person."""
    rows = [WELL | day for day in days]
    return xr.Dataset({name: ("time", np.array([float(row[name]) for row in rows])) for name in WATCHED})


def test_a_person_without_decompensation_or_failing_organs_is_told_nothing():
    assert told_of_failure(PATIENT, course({}, {"collagen_proportionate_area": 20}), None) == []


def test_organs_stage_grade_and_survival_are_those_of_the_last_day_beside_the_untreated():
    treated = course(
        {"ascites": 3}, {"ascites": 3, "bilirubin": 250, "cumulative_death_hazard": math.log(4) - math.log(3)}
    )
    twin = course({"ascites": 3}, {"encephalopathy_grade": 3.2, "inr": 3, "cumulative_death_hazard": math.log(2)})
    last, alive = told_of_failure(PATIENT, treated, twin)
    assert last == (
        "On the last day: decompensated, encephalopathy grade 0, organs that fail by CLIF-C: liver, no "
        "acute-on-chronic liver failure (untreated: decompensated, encephalopathy grade 3, organs that fail by CLIF-C: "
        "brain, coagulation, acute-on-chronic liver failure grade 2)."
    )
    assert alive.endswith("at the beginning of the run 75 % (untreated 50 %) are alive at its end.")


def test_who_recovers_from_failure_is_told_too():
    assert "CLIF-C: none" in told_of_failure(PATIENT, course({"inr": 3}, {}), None)[0]


@pytest.mark.parametrize("record, lost", [(MOUSE, []), (PATIENT, ["inr"])])
def test_animals_and_runs_without_these_outputs_are_told_nothing(record, lost):
    sick = course({"inr": 3}, {"inr": 3}).drop_vars(lost)
    assert not fails(record, sick, None)
    assert told_of_failure(record, sick, None) == []


def test_the_summary_of_a_failing_patient_has_encephalopathy_and_organs_and_divides_by_no_zero():
    sick = course({"inr": 3}, {"inr": 3}).assign(organ_failures=("time", [1.0, 1.0])).assign_coords(time=[0.0, 1.0])
    for name in sick.data_vars:
        sick[name].attrs |= {"units": "1", "long_name": str(name)}
    table = Run(sick, None, sick, PATIENT).summary().set_index("output")
    assert table.loc["organ_failures", "value"] == 1
    assert math.isnan(table.loc["encephalopathy_grade", "ratio"])


@pytest.mark.science
def test_a_struck_patient_is_told_to_fail_and_a_healthy_one_is_not():
    options = {"until": "28 d", "sample_every": "7 d", "uncertainty": False}
    struck = lb.Patient(etiology="alcohol", years=24, precipitant="infection", precipitant_days=3)
    assert any("fail by CLIF-C" in note for note in lb.simulate(struck, **options).notes())
    assert lb.simulate(lb.Patient(), **options).notes() == []
