"""How far a question lies from the calibration studies."""

import lobule as lb
from lobule.validate import domain
from lobule.validate.applicability import Domain, told

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


def test_a_plan_of_several_parts_is_told_once_in_plain_words():
    near, same = Domain(0.0, "li2013", (), "uc-msc-ev"), Domain(0.2, "li2013", (), "uc-msc-ev")
    far = Domain(2.1, "tsai2009", ("it is of a rat, this is a human",), "uc-msc")
    one, both = told([near]), told([near, far])
    assert one.startswith("Near what calibrated lobule") and "li2013" in one
    assert told([near, same]) == one
    assert both.startswith("OUTSIDE") and both.count("calibrated lobule") == 1
    assert "uc-msc: the nearest study is tsai2009; it is of a rat" in both and "not together" in both
    assert "distance" not in one + both
    assert told([]) == ""
