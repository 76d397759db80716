"""Patients: history, standard care, and what is refused."""

import numpy as np
import pytest

import lobule as lb
from lobule import model
from lobule.errors import InputError
from lobule.model.causes import cause
from lobule.model.parameters import values_for
from lobule.patient.patient import YEAR, etiologies
from lobule.simulation.crowd import Crowd
from lobule.therapy import cares


def test_the_disease_runs_before_the_run():
    short = {"until": "30 d", "sample_every": "10 d"}
    new, old = (lb.simulate(lb.Patient(etiology="hbv", years=years), **short) for years in (0, 25))
    assert float(new["collagen_proportionate_area"][0]) == pytest.approx(2.5)
    assert float(old["collagen_proportionate_area"][0]) > 8
    assert old.data.time.values.tolist() == [0, 10, 20, 30]
    assert old.record["injury_times_d"] == []


def test_standard_care_begins_with_the_run():
    asked = {"until": "365 d", "sample_every": "73 d"}
    untreated, cured = (
        lb.simulate(lb.Patient(etiology="hcv", years=20, treated_with=care), **asked) for care in ((), ("antiviral",))
    )
    assert float(cured["alt"][0]) == pytest.approx(float(untreated["alt"][0]), rel=1e-6)
    assert float(cured["alt"][-1]) < 0.7 * float(untreated["alt"][-1])
    assert float(cured["hcv_in_blood"][-1]) < 1e-6


def test_a_stronger_cause_scars_faster():
    scars = [
        float(lb.simulate(lb.Patient(etiology="alcohol", years=8, intensity=dose), until="1 d",
                          sample_every="1 d")["collagen_proportionate_area"][0])
        for dose in ("40 g/d", "80 g/d", "160 g/d")
    ]  # fmt: skip
    assert np.all(np.diff(scars) > 0)


def test_a_patient_may_differ_from_the_usual_one():
    patient = lb.Patient(etiology="mash", years=4, varied={"lipid_injury_rate": 2.0})
    usual = lb.Patient(etiology="mash", years=4)
    assert patient.parameters()["lipid_injury_rate"] == 2 * values_for("human")["lipid_injury_rate"]
    ends = [float(lb.simulate(p, until="1 d", sample_every="1 d")["alt"][0]) for p in (patient, usual)]
    assert ends[0] > ends[1]


def test_a_patient_survives_its_plain_form_and_the_results_folder(tmp_path):
    patient = lb.Patient(etiology="alcohol", years=12, treated_with=("abstinence",), body_weight="80 kg")
    assert lb.Patient(**patient.to_dict()) == patient
    run = lb.simulate(patient, until="28 d", sample_every="7 d", without="il_10")
    run.save(tmp_path / "out")
    from lobule.answers.replay import run_again

    assert run_again(tmp_path / "out").same


@pytest.mark.parametrize("etiology", etiologies())
def test_every_cause_of_people_runs(etiology):
    run = lb.simulate(lb.Patient(etiology=etiology), until="60 d", sample_every="30 d")
    assert np.all(np.isfinite(run["albumin"]))


@pytest.mark.parametrize("treatment", cares())
def test_every_treatment_is_taken(treatment):
    patient = lb.Patient(etiology="alcohol", years=15, treated_with=(treatment,))
    run = lb.simulate(patient, until="30 d", sample_every="30 d")
    begun = {e.target: e.value for e in patient.events() if e.time == patient.history_days}
    assert begun == cares()[treatment].adds | cares()[treatment].times
    assert np.all(np.isfinite(run["albumin"]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"species": "mouse"}, "a patient is human"),
        ({"etiology": "hbb"}, 'Did you mean "hbv"'),
        ({"etiology": "ccl4"}, "not a cause for a human"),
        ({"years": 10}, "no etiology"),
        ({"etiology": "hbv", "years": -1}, "between 0 and 80"),
        ({"etiology": "hbv", "years": float("nan")}, "between 0 and 80"),
        ({"etiology": "hbv", "treated_with": ("antivirol",)}, 'Did you mean "antiviral"'),
        ({"etiology": "alcohol", "intensity": "3 mL/kg"}, "does not fit"),
        ({"etiology": "hbv", "intensity": "1000 %"}, "has no intensity"),
        ({"body_weight": "400 kg"}, "outside 42000 to 112000 g"),
        ({"varied": {"albumin_healty": 1.1}}, 'Did you mean "albumin_healthy"'),
        ({"varied": {"albumin_healthy": -1}}, "0 or more"),
    ],
)
def test_wrong_patients_are_refused_in_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        lb.Patient(**arguments)


def test_what_people_call_a_cause_or_a_drug_is_understood():
    said = lb.Patient(etiology="NASH", years=10, treated_with=("propranolol",))
    assert said == lb.Patient(etiology="mash", years=10, treated_with=("beta-blocker",))
    assert lb.Care("tenofovir", start="30 d") == lb.Care("antiviral", start="30 d")
    assert lb.Animal("mouse", injury="APAP") == lb.Animal("mouse", injury="acetaminophen")
    with pytest.raises(InputError, match="carvedilol is given twice"):
        lb.Patient(etiology="hbv", years=10, treated_with=("propranolol", "carvedilol"))


@pytest.mark.science
@pytest.mark.parametrize("virus", ["hbv", "hcv"])
def test_how_much_of_the_liver_is_infected_first_is_forgotten(virus):
    """Why a virus has no intensity: a hundredfold of the first infected cells moves the scar of later by little."""
    crowd, days = Crowd(model.compiled("human")), np.array([20 * YEAR])
    lanes = [
        crowd.add_lanes(1, days, values_for("human"), events=cause(virus, "human").events(dose, [0.0], None))
        for dose in ("10 %", "1000 %")
    ]
    solved = crowd.solve(["collagen_proportionate_area"], 1e-6)
    few, many = (solved.values(lane, "collagen_proportionate_area")[0, 0] for lane in lanes)
    assert many == pytest.approx(few, rel=0.03)
