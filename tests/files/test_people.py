"""Tables of patients as clinics write them: who is in them, when, with what labs; and what is not used is told."""

from pathlib import Path

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


def test_dates_of_one_order_are_understood_and_others_refused(tmp_path):
    german = people(
        tmp_path, "Pat-Nr;Datum;Geburtsdatum;INR\n1;25.04.2020;03.02.1960;1,2\n1;01.05.2021;03.02.1960;1,3\n"
    )
    assert german.persons[0].course.days.tolist() == [0, 371]
    assert german.persons[0].age == pytest.approx(60.2, abs=0.05)
    american = people(tmp_path, "patient,date,inr\na,03/14/2020,1.1\na,05/06/2020,1.2\n")
    assert american.persons[0].course.days.tolist() == [0, 53]
    assert "read as month/day/year" in american.notes[0]
    with pytest.raises(
        InputError, match=r'"03/04/2020" and the other dates can be read as .*; write such as 2026-03-14'
    ):
        people(tmp_path, "patient,date,inr\na,03/04/2020,1.1\na,05/06/2020,1.2\n")
    mixed = people(tmp_path, "patient,date,inr\na,2020-03-04,1.1\na,25/06/2020,1.2\n")
    assert mixed.persons[0].course.days.tolist() == [0]
    assert "day and month are not guessed" in mixed.problems[0].reason


def test_days_beside_dates_are_fine_where_they_tell_the_same(tmp_path):
    same = people(tmp_path, "patient,day,date,inr\na,0,2020-01-01,1.1\na,30,2020-01-31,1.1\nb,5,2021-01-31,1\n")
    assert same.persons[0].course.days.tolist() == [0, 30]
    with pytest.raises(InputError, match='two columns of times, "day" and "date"; keep one'):
        people(tmp_path, "patient,day,date,inr\na,0,2020-01-01,1.1\na,30,2020-03-31,1.1\n")


def test_ages_tell_times_unless_they_are_whole_years(tmp_path):
    found = people(tmp_path, "patient,age_days,inr\na,20000,1.1\na,20100,1.2\nb,15000,1\n")
    assert found.person("a").course.days.tolist() == [0, 100]
    assert found.person("a").age == pytest.approx(20000 / 365.25)
    with pytest.raises(InputError, match="in whole years tells no visits"):
        people(tmp_path, "patient,age_years,inr\na,54,1.1\na,55,1.2\n")


def test_an_age_that_stays_the_same_is_that_of_the_first_visit(tmp_path):
    text = "patient,day,age_years,inr\na,0,,1.1\na,73.05,50,1.2\nb,0,40,1\nb,800,40,1\n"
    a, b = people(tmp_path, text).persons
    assert (a.age, b.age) == (pytest.approx(49.8), 40)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("a,0,f,50,1.1\na,50,m,50,1.2\n", "female in line 2 and male in line 3"),
        ("a,0,f,50,1.1\na,50,f,61,1.2\n", "50 years old in line 2 and 61 in line 3, 0.1 years later"),
    ],
)
def test_two_people_of_one_name_are_left_out_and_told(tmp_path, rows, why):
    found = people(tmp_path, f"patient,day,sex,age_years,inr\n{rows}b,0,m,33,1\n")
    assert [person.name for person in found.persons] == ["b"]
    assert why in found.problems[0].reason
    with pytest.raises(InputError, match=f"{why}: two people\\?"):
        people(tmp_path, f"day,sex,age_years,inr\n{rows.replace('a,', '')}")


def test_names_that_are_alike_stay_two_people(tmp_path):
    found = people(tmp_path, "patient,day,inr\nP 1,0,1\np1,0,1.1\n")
    assert len(found) == 2
    assert 'names that are alike are those of different people here: "P 1" and "p1"' in found.notes


def test_a_typing_error_is_named_and_left_out_only_where_no_disease_makes_it(tmp_path):
    rows = "a,0,1.4,1\na,90,1.3,1.1\na,180,13,11\na,270,1.2,1.2\na,360,1.4,1.3\n"
    found = people(tmp_path, "patient,day,creatinine_mg_per_dL,bilirubin_mg_per_dL\n" + rows)
    assert [(s.cell, s.reason.rpartition(" ")[2]) for s in found.suspects] == [("D4", "Kept"), ("C4", "out")]
    assert np.isnan(found.persons[0].course.values["creatinine"][2])
    assert found.persons[0].course.values["bilirubin"][2] > 100
    steady = people(tmp_path, "patient,day,inr,bilirubin_mg_per_dL\na,0,1,1\na,90,1.2,4\na,180,1.9,9\na,270,2.5,20\n")
    assert steady.suspects == ()


def test_clotting_is_inr_then_time_then_index(tmp_path):
    text = "patient,inr,prothrombin_time_s,pt_control_s,isi,Quick (%)\na,1.5,14,12,1.1,60\nb,,14,12,1.1,60\nc,,,,,50\n"
    found = [person.course.values["inr"][0] for person in people(tmp_path, text).persons]
    assert found == pytest.approx([1.5, (14 / 12) ** 1.1, 1.5])
    limit = people(tmp_path, "patient,Quick (%)\na,<50\n").persons[0].course
    assert limit.beyond["inr"].tolist() == [1]


@pytest.mark.parametrize(
    ("words", "cause"),
    [("hepatitis B", "hbv"), ("HBV cirrhosis", "hbv"), ("ALD", "alcohol"), ("alcohol-related liver disease", "alcohol"),
     ("NASH cirrhosis", "mash"), ("MASLD", "mash"), ("AIH", "autoimmune"), ("PBC", "pbc"), ("psc", "psc"),
     ("Primary Biliary Cirrhosis", "pbc"), ("chronic hepatitis C", "hcv"), ("Wilson", None), ("", None)],
)  # fmt: skip
def test_etiologies_in_words(tmp_path, words, cause):
    found = people(tmp_path, f"patient,etiology,inr\na,{words},1\n")
    assert found.persons[0].etiology == cause
    assert any("is no etiology that the model has" in note for note in found.notes) == (words == "Wilson")
    others = people(tmp_path, f"patient,etiology,inr\na,{words},1\n", etiology="hcv")
    assert others.persons[0].etiology == (None if words == "Wilson" else cause or "hcv")


def test_an_unknown_etiology_is_refused(tmp_path):
    with pytest.raises(InputError, match=r'no etiology "pcb"\. Did you mean .*Known: alcohol, autoimmune'):
        people(tmp_path, "patient,inr\na,1\n", etiology="pcb")


def test_signs_in_words_and_grades(tmp_path):
    text = ("patient,day,ascites,encephalopathy,edema,varices,histology,spiders,hcc\n"
            "a,0,moderate,II,0.5,yes,F3,1,0\nb,0,severe,covert,despite diuretics,no,iv,0,0\n")  # fmt: skip
    found = people(tmp_path, text)
    a, b = ({name: grades[0] for name, grades in person.signs.items()} for person in found.persons)
    assert a == {"ascites": 2, "encephalopathy_grade": 2, "edema": 0.5, "varices": 1, "histology": 3}
    assert b == {"ascites": 3, "encephalopathy_grade": 0, "edema": 1, "varices": 0, "histology": 4}
    assert 'the column "spiders" (cell H1) is a sign for which the model has no place, not used' in found.unread
    assert 'the column "hcc" (cell I1): the model has no tumours, not used' in found.unread


def test_creatinine_under_dialysis_is_a_limit(tmp_path):
    found = people(tmp_path, "patient,creatinine_mg_per_dL,dialysis\na,2,yes\nb,2,no\n").persons
    assert [person.course.beyond["creatinine"][0] for person in found] == [1, 0]
    assert found[0].course.values["creatinine"][0] > found[1].course.values["creatinine"][0]


def spans(person):
    return [(one.name, one.from_day, one.to_day, one.known, one.dated) for one in person.treated]


def test_treatments_by_days_dates_years_words_and_yes(tmp_path):
    text = (
        "patient,day,inr,antiviral since,UDCA,abstinent_since,diuretics,treatment\n"
        "a,10,1.1,-400,yes,2 years,no,prednisolone 20 mg + ciclosporin\na,100,1.2,,no,,yes,ciclosporin\n"
        "b,0,1,,,,,none\n"
    )
    a, b = people(tmp_path, text).persons
    assert spans(a) == [
        ("abstinence", -730.5, None, True, True),
        ("antiviral", -410, None, True, True),
        ("ciclosporin", 0, None, False, False),
        ("corticosteroid", 0, 90, True, False),
        ("ursodeoxycholic acid", 0, 90, True, False),
        ("diuretic", 90, None, True, True),
    ]
    assert b.treated == ()
    text = (
        "patient,date,inr,antiviral_since,steroid_start,steroid_stop\n"
        "a,2020-01-01,1.1,2018-01-01,2020-01-10,2020-03-01\na,2021-01-01,1.2,,,\nb,2020-02-01,1,2015,,\n"
    )
    dated = people(tmp_path, text)
    assert spans(dated.persons[0]) == [("antiviral", -730, None, True, True), ("corticosteroid", 9, 60, True, True)]
    assert spans(dated.persons[1]) == [("antiviral", -1676, None, True, True)]


def test_treatments_that_cannot_be_told_are_told(tmp_path):
    codes = people(tmp_path, "patient,inr,arm\na,1,1\nb,1.1,2\n")
    assert codes.unread == (
        'the column "arm" (cell C1) is codes of a treatment, which are not guessed: write its name',
    )
    later = people(tmp_path, "patient,inr,antiviral_since\na,1,365\nb,1,2019-01-01\n")
    assert "is after the last visit" in later.problems[0].reason
    assert "is a date, but the visits have none" in later.problems[1].reason


def test_labs_without_units_are_read_where_their_size_leaves_one_unit(tmp_path):
    rows = "".join(f"{k},{40 + k},{3 + k / 10},{1200 + k}\n" for k in range(6))
    found = people(tmp_path, "patient,age,albumin,alp\n" + rows)
    assert found.persons[0].course.values["albumin"].tolist() == [30]
    assert found.persons[0].course.values["alp"].tolist() == [1200]
    assert any('"alp" has no unit: its median 1202.5 can only be U/L' in note for note in found.notes)
    with pytest.raises(InputError, match="bilirubin has no unit; write bilirubin_mg_per_dL or"):
        people(tmp_path, "patient,bili\n" + "".join(f"{k},{10 + k}\n" for k in range(6)))
    with pytest.raises(InputError, match="albumin has no unit"):
        people(tmp_path, "patient,albumin\na,3.4\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,inr\n0,1.1\n100,1.2\n0,1.3\n200,1.4\n", "go up and down, and no column names patients"),
        ("patient,inr\na,1.2\na,1.3\n", "line 2 and line 3 are of one patient, and no column tells when"),
        ("patient,alt_mkat_per_L\na,1\n", '"mkat/L" is not a unit of alt; write alt_U_per_L or alt_ukat_per_L'),
        ("id,days,event\n1,0,nafld\n", "no column is known"),
        ("id,day,sex\n1,0,\n", "no row tells a lab, a sign, an age or a sex of anybody"),
        ("patient,day,inr\n", "has a header but no rows"),
        ("", "The file is empty"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        people(tmp_path, text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["key", "id", "case.id"])
def test_of_several_columns_of_ids_the_one_that_parts_the_rows_names_patients(tmp_path, name):
    ids = {"key": "n-{0}", "id": "{0}", "case.id": "7"}
    columns = ["case.id", *(other for other in ("id", "key") if other != name or name == "case.id")]
    text = ",".join([*columns, "age_years"]) + "\n"
    text += "".join(",".join([*(ids[one].format(k) for one in columns), str(40 + k)]) + "\n" for k in range(3))
    found = people(tmp_path, text)
    assert [person.age for person in found.persons] == [40, 41, 42]


def test_the_example_of_three_people_is_read_whole():
    folder = Path(__file__).parents[2] / "examples"
    found = read_people(folder / "patients.csv")
    assert [(one.name, one.etiology, one.sex) for one in found.persons] == [("A", "pbc", "f"), ("B", "alcohol", "m"),
                                                                            ("C", "hbv", "f")]  # fmt: skip
    assert [len(one.course.days) for one in found.persons] == [3, 2, 1]
    assert [[care.name for care in one.treated] for one in found.persons] == [
        ["ursodeoxycholic acid"],
        ["beta-blocker", "diuretic"],
        ["antiviral"],
    ]
    assert found.problems == ()
    assert found.unread == ('the column "died" (cell P1) is an outcome, not used',)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("UDCA 13 mg/kg/day", ["ursodeoxycholic acid"]),
        ("Prednisolone 20mg daily; azathioprine (50 mg)", ["azathioprine", "corticosteroid"]),
        ("sofosbuvir/velpatasvir", ["antiviral"]),
        ("no antiviral, diuretics", ["diuretic"]),
        ("obeticholic acid", ["obeticholic acid"]),
        ("placebo", []),
        ("none", []),
    ],
)
def test_treatments_in_words_without_their_doses(tmp_path, words, names):
    found = people(tmp_path, f'patient,inr,treatment\na,1,"{words}"\n')
    assert [one.name for one in found.persons[0].treated] == names
    assert found.problems == ()


def test_a_beginning_before_anybody_lived_is_told(tmp_path):
    found = people(tmp_path, "patient,inr,udca_since\na,1,900 years\nb,1,-1e9\n")
    assert [one.reason.partition('" ')[2] for one in found.problems] == ["is longer than anybody lives"] * 2
    assert all(person.treated == () for person in found.persons)


def test_who_has_one_row_needs_no_day(tmp_path):
    found = people(tmp_path, "patient,day,inr\na,0,1\na,,1.1\nb,,1.2\n")
    assert found.person("b").course.values["inr"].tolist() == [1.2]
    assert [(one.line, one.reason) for one in found.problems] == [(3, "no time is written; the row is left out")]


def test_dates_units_and_what_is_denied_are_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "patient,date,bilirubin_mg_per_dL,albumin,abstinent_since,udca\n"
        "A,2021-03-04,0.8,39 g/L,no,yes\nA,2022-03-11,0.9,38 g/L,no,yes\nB,2020-01-01,1.0,3.9 g/dL,2019-01-01,\n",
        encoding="utf-8",
    )
    a, b = read_people(path).persons
    assert a.untreated == ("abstinence",) and b.untreated == () and [one.name for one in b.treated] == ["abstinence"]
    assert a.when(372.0) == "2022-03-11 (day 372)" and b.date_of(0.0) == "2020-01-01"
    assert a.units == {"bilirubin": "mg/dL"}  # of albumin two units are in the table


def test_without_dates_a_day_is_a_day(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("day,bilirubin_umol_per_L\n0,12\n90,13\n", encoding="utf-8")
    (one,) = read_people(path).persons
    assert one.begun is None and one.when(90.0) == "day 90" and one.date_of(0.0) == ""
