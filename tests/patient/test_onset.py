"""Age and sex belong to virtual patients and enter the model."""

import numpy as np

from lobule import Patient
from lobule.patient.onset import onset_ages, onset_of, people, shares_of_women


def test_age_at_the_onset_is_the_patients_age_less_the_years_of_disease():
    known = Patient(etiology="hcv", years=20, age=60, sex="f", calendar_year=1995).parameters()
    assert (known["age_at_onset"], known["male"], known["calendar_year"]) == (40, 0, 1995)
    assert Patient(etiology="hcv", years=20).parameters()["age_at_onset"] == onset_of("hcv").age


def test_virtual_patients_have_the_ages_and_sexes_of_their_cause():
    drawn = people("autoimmune", 1, np.arange(400))
    row = onset_of("autoimmune")
    assert abs(onset_ages(drawn).mean() - row.age) < 2
    assert abs(shares_of_women(drawn).mean() - row.female) < 0.07


def test_a_patient_keeps_age_and_sex_in_every_company():
    many, one = people("mash", 3, np.arange(50)), people("mash", 3, np.array([7]))
    for name, values in one.items():
        assert values[0] == many[name][7]


def test_a_wished_patient_of_an_age_is_about_as_old_as_the_virtual_one_and_meets_the_wish():
    old = Patient.like("hcv", stage="decompensated", meld=16, age=70)
    assert abs(old.varied["age_at_onset"] * 30 + old.years - 70) < 5
    assert old.parameters()["age_at_onset"] == 70 - old.years
