"""Tables of patients as clinics write them: who is in them, when, with what labs; and what is not used is told."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.files.people import read_people

BASELINE = (
    "key,days,died,transplanted,treated,age_years,sex,albumin_g_per_dL,bilirubin_mg_per_dL,prothrombin_time_s,"
    "platelets_1e9_per_L,ast_U_per_L,alp_U_per_L,ascites01,edema,histology,mayo_r\n"
    "a,400,1,0,1,58.8,f,2.6,14.5,12.2,190,137.9,1718,1,1,4,9\n"
    "b,4500,0,0,0,56.4,m,4.1,1.1,10.6,221,113.5,7394,0,0,3,4\n"
)
VISITS = (
    "key,day,days,died,age_years,sex,albumin_g_per_dL,inr,ascites01\n"
    "a,0,400,1,58.8,f,2.6,1.2,1\na,192,400,1,58.8,f,2.9,1.1,1\nb,10,900,0,40,m,4.0,1.0,0\nb,375,900,0,40,m,,,0\n"
)


def people(tmp_path, text, **options):
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return read_people(path, **options)


def test_a_row_a_person_is_people_and_follow_up_is_no_time(tmp_path):
    found = people(tmp_path, BASELINE, etiology="PBC")
    a, b = found.persons
    assert (a.name, a.age, a.sex, a.etiology) == ("a", 58.8, "f", "pbc")
    assert a.course.days.tolist() == [0]
    assert a.course.values["albumin"] == pytest.approx([26])
    assert a.course.values["inr"] == pytest.approx([12.2 / 10.5])
    assert {name: grades.tolist() for name, grades in a.signs.items()} == {"ascites": [2], "edema": [1],
                                                                            "histology": [4]}  # fmt: skip
    assert b.sex == "m"
    told = " ".join(found.unread)
    for column in ("days", "died", "transplanted", "mayo_r"):
        assert f'the column "{column}"' in told
    assert "an outcome, not used" in told
    assert [one.name for one in a.treated] == ["drug of the study"]
    assert not a.treated[0].known
    assert b.treated == ()


def test_a_row_a_visit_is_a_course_each_from_its_own_first_visit(tmp_path):
    a, b = people(tmp_path, VISITS).persons
    assert a.course.days.tolist() == [0, 192]
    assert b.course.days.tolist() == [0, 365]
    assert np.isnan(b.course.values["albumin"][1])
    assert b.signs["ascites"].tolist() == [0, 0]
    assert b.age == 40


def test_rows_without_names_and_times_are_one_person_each(tmp_path):
    found = people(tmp_path, "age,sex,futime,event\n47,m,1197,death\n55,f,28,ltx\n")
    assert [person.age for person in found.persons] == [47, 55]
    assert all(not person.course.values for person in found.persons)


def test_rows_of_one_patient_without_times_are_refused(tmp_path):
    with pytest.raises(InputError, match="line 2 and line 3 are of one patient, and no column tells when"):
        people(tmp_path, "patient,inr\na,1.2\na,1.3\n")
