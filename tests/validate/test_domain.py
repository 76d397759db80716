"""How far a question lies from the calibration studies."""

import lobule as lb
from lobule.validate import domain

FIBROSIS = lb.Animal("mouse", injury="ccl4", weeks=6)


def test_a_calibration_study_lies_inside():
    (found,) = domain(FIBROSIS, lb.Plan("uc-msc-ev", "250 ug", route="intrahepatic"))
    assert found.inside
    assert found.distance < 0.5


def test_what_differs_is_named():
    (far,) = domain(lb.Patient(etiology="hbv", years=25), lb.Plan("uc-msc-ev", "1e11 particle/kg"))
    assert not far.inside
    assert any("this is a human" in reason for reason in far.reasons)
    (other,) = domain(lb.Animal("rat", injury="bile_duct_ligation"), lb.Plan("uc-msc-medium", "1e6 cell"))
    assert other.distance >= 1
    assert other.reasons


def test_a_dose_counts_by_tenfolds():
    usual, tiny = (domain(FIBROSIS, lb.Plan("uc-msc-ev", dose))[0] for dose in ("1e10 particle", "1e5 particle"))
    assert tiny.distance > usual.distance + 2
    assert any("times its own" in reason for reason in tiny.reasons)


def test_without_a_product_there_is_no_distance():
    assert domain(FIBROSIS, None) == []
    assert domain(lb.Patient(etiology="hbv", years=20), lb.Care("antiviral")) == []


def test_a_dose_of_nothing_has_no_distance():
    assert domain(lb.Animal("mouse", injury="ccl4", weeks=6), lb.Plan("uc-msc-ev", dose="0 particle")) == []
