"""Traits that markers are read from: a person's own, apart from all other draws; without hepatitis B no virus."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.patient import Cohort
from lobule.patient.criteria import Criteria
from lobule.patient.draws import PURPOSES
from lobule.patient.markers import criteria_of, is_antiviral, markers_of, read_markers, recently, traits
from lobule.patient.screening import screened
from lobule.scores.markers import MARKERS

IDS = np.arange(3000)


@pytest.fixture(scope="module")
def cohort():
    return Cohort.sample(40, "hbv", stage="decompensated")


def table(n=3000, care=np.nan, pressure=15.0):
    return {"id": np.arange(n), "care_years": np.full(n, care), "days_since_bleeding": np.full(n, np.inf),
            "hepatic_venous_pressure_gradient": np.full(n, pressure)}  # fmt: skip


def test_a_patient_has_the_same_traits_in_any_company_and_others_with_another_seed():
    everybody, some, other = traits("hbv", 1, IDS), traits("hbv", 1, IDS[[7, 3]]), traits("hbv", 2, IDS)
    for name, values in everybody.items():
        assert np.array_equal(some[name], values[[7, 3]]) and not np.array_equal(other[name], values)


def test_earlier_draws_keep_their_streams():
    """A purpose is a key of the stream: new ones stand behind the others."""
    assert PURPOSES[:20] == ("constitution", "visit", "selection", "events", "person", "animal", "trial", "adherence",
                             "care", "precipitant", "complications", "died before enrolment", "level", "measurement",
                             "care begins", "acutely ill", "imputation", "last episodes", "screening",
                             "adverse events")  # fmt: skip


def test_only_hepatitis_b_has_virus_and_antigen_and_everybody_has_the_rest():
    for etiology in ("alcohol", "hcv"):
        found = markers_of(etiology, 1, table(care=2.0), "antiviral")
        assert not found["hbv_dna"].any() and not found["hbsag"].any()
        assert (found["afp"] > 0).all() and set(np.unique(found["varices"])) == {0.0, 1.0, 2.0}
    found = markers_of("hbv", 1, table(), "antiviral")
    assert (found["hbv_dna"] >= 1).all() and (found["hbsag"] > 0).all()


def test_years_under_an_antiviral_count_and_those_under_other_care_do_not():
    untreated, treated, other = (
        markers_of("hbv", 1, table(care=care), name)["hbv_dna"]
        for care, name in ((np.nan, "antiviral"), (3.0, "diuretic, antiviral"), (3.0, "diuretic"))
    )
    assert np.array_equal(untreated, other) and (treated <= untreated).all()
    assert np.mean(untreated < 20) < 0.01 and np.mean(treated < 20) > 0.9
    assert is_antiviral("diuretic, antiviral") and not is_antiviral("diuretic") and not is_antiviral("")


def test_who_bled_within_a_year_has_varices():
    assert recently(np.array([10.0, 400.0, np.inf])).tolist() == [True, False, False]
    bled = table(pressure=6.0) | {"days_since_bleeding": np.full(3000, 30.0)}
    assert (markers_of("hbv", 1, bled, "")["varices"] >= 1).all()
    assert np.mean(markers_of("hbv", 1, table(pressure=6.0), "")["varices"] >= 1) < 0.1


def test_markers_have_the_shape_of_the_pressure():
    own = {name: values[:5, None] for name, values in traits("hbv", 1, IDS).items()}
    found = read_markers(own, np.full((5, 3), 15.0), np.array([[0.0, 10.0, 100.0]]))
    assert all(found[name].shape == (5, 3) for name in MARKERS)
    assert (np.diff(found["hbv_dna"], axis=1) < 0).all() and not np.diff(found["afp"], axis=1).any()


def test_markers_are_asked_of_hepatitis_b_alone():
    with pytest.raises(InputError, match="hbsag is measured in hepatitis B, which nobody has here \\(alcohol\\)"):
        Cohort.sample(5, "alcohol", criteria="hbsag > 100")
    assert criteria_of("afp < 20 and varices < 2", "alcohol", ["alcohol"]) == "afp < 20 and varices < 2"


def test_a_group_without_hepatitis_b_meets_upper_limits_and_not_lower_ones():
    both = ["hbv", "alcohol"]
    assert criteria_of("hbv_dna < 2000 and age <= 70", "alcohol", both) == "age <= 70"
    assert criteria_of("hbv_dna < 2000", "alcohol", both) is None and criteria_of(None, "alcohol", both) is None
    assert criteria_of("hbv_dna < 2000", "hbv", both) == "hbv_dna < 2000"
    with pytest.raises(InputError, match="nobody with alcohol meets hbv_dna > 2000"):
        criteria_of("hbv_dna > 2000", "alcohol", both)


def test_a_lab_is_screened_with_the_same_luck_whether_markers_are_asked_or_not():
    seen = {"albumin": 30.0, "bilirubin": 40.0, "inr": 1.5, "creatinine": 90.0, "sodium": 135.0, "ascites": 2.0,
            "encephalopathy_grade": 0.0, "collagen_proportionate_area": 20.0}  # fmt: skip
    seen = {name: np.full(3000, value) for name, value in seen.items()}
    markers = markers_of("hbv", 1, table(care=1.0), "antiviral")
    without = screened(seen, Criteria.read("albumin < 35"), IDS, 1, {})
    beside = screened(seen | markers, Criteria.read("albumin < 35 and hbv_dna < 20"), IDS, 1, {})
    assert np.array_equal(without["albumin"], beside["albumin"])
    below = beside["hbv_dna"] < 20
    assert (beside["hbv_dna"][below] == 10).all() and 0.5 < below.mean() < 0.95


def test_a_cohort_has_markers_and_they_are_criteria(cohort):
    chosen = Cohort.sample(40, "hbv", stage="decompensated", criteria="hbv_dna > 2000 and afp <= 20 and varices < 2")
    assert set(MARKERS) <= set(cohort.table.columns)
    assert (chosen.table["hbv_dna"] > 2000).all() and (chosen.table["varices"] < 2).all()
    assert (cohort.table["hbv_dna"] <= 2000).any() or (cohort.table["varices"] >= 2).any()
    again = Cohort.sample(40, "hbv", stage="decompensated")
    assert cohort.table.equals(again.table)


def test_varices_are_commoner_in_the_sicker(cohort):
    """40 % of class A and 85 % of class C are published (HN013, HN014); of the decompensated most have some."""
    assert 0.5 < np.mean(cohort.table["varices"] >= 1) < 0.95
