"""What clinics write beside labs: when a treatment began, causes that the model has not, ages at a first visit."""

from lobule.answers.forecast import forecast
from lobule.files.people import read_people

TABLE = """patient,Age at first visit,sex,etiologie,date,albumin g/dL,bilirubin mg/dL,treatment
a,50,f,PBC,2020-01-01,3.8,1.2,UDCA since 2015
b,60,m,Wilson disease,2020-02-01,3.9,1.0,
c,61,f,PBC,2020-02-01,3.7,1.4,"ursodiol since 2018-03-01, propranolol"
d,62,f,PBC,2020-02-01,3.7,1.4,UDCA since spring
"""


def read(tmp_path, etiology=None):
    path = tmp_path / "clinic.csv"
    path.write_text(TABLE, encoding="utf-8")
    return read_people(path, etiology=etiology)


def test_a_treatment_with_since_when_is_understood(tmp_path):
    a, _, c, d = read(tmp_path).persons
    assert [(one.name, one.from_day, one.dated) for one in a.treated] == [("ursodeoxycholic acid", -1645.0, True)]
    assert {one.name: one.from_day for one in c.treated} == {"ursodeoxycholic acid": -702.0, "beta-blocker": 0.0}
    assert [(one.name, one.dated) for one in d.treated] == [("ursodeoxycholic acid", False)]


def test_a_beginning_that_is_no_time_is_told_with_its_place(tmp_path):
    problems = [str(fault) for fault in read(tmp_path).problems]
    assert len(problems) == 1 and "spring" in problems[0] and "line 5" in problems[0]


def test_the_age_at_the_first_visit_is_the_age(tmp_path):
    assert [person.age for person in read(tmp_path).persons] == [50, 60, 61, 62]


def test_a_disease_that_the_model_has_not_is_never_taken_for_that_of_the_others(tmp_path):
    for etiology in (None, "mash"):
        people = read(tmp_path, etiology)
        assert [person.etiology for person in people.persons] == ["pbc", None, "pbc", "pbc"]
        assert any("Wilson disease" in note for note in people.notes)


def test_who_has_such_a_disease_is_left_out_by_name_and_the_others_are_forecast(tmp_path, monkeypatch):
    import pandas as pd

    from lobule.forecast.table import Forecasts

    seen = []

    def forecast_plans(people, etiology, days, asked, wanted):
        seen.extend(person.name for person in people.persons)
        rows = [{"patient": n, "at_d": 365.25, "quantity": "survival", "median": 0.9, "mean": 0.9} for n in seen]
        fits = pd.DataFrame({"patient": seen, "fit": "good", "warnings": ""})
        return Forecasts(pd.DataFrame(rows).assign(low_5=0.8, high_95=0.95), fits, pd.DataFrame(), {})

    monkeypatch.setattr("lobule.answers.forecast.forecast_plans", forecast_plans)
    path = tmp_path / "clinic.csv"
    path.write_text(TABLE, encoding="utf-8")
    text = forecast(path, at="1 y").text
    assert seen == ["a", "c", "d"]
    assert "left out, since nobody tells a disease of theirs that the model has: b" in text
