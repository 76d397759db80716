"""One patient's labs: reading, posterior, calibration of the posterior, forecast."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.forecast.toys import person
from typer.testing import CliRunner

import lobule as lb
from lobule.cli import app
from lobule.errors import InputError
from lobule.files.one_patient import read_patient
from lobule.forecast.check import check
from lobule.forecast.plans import fit_patient, forecast
from lobule.forecast.pool import pool_of
from lobule.forecast.posterior import posterior
from lobule.patient.history import YEAR

LABS = """day,albumin_g_per_dL,bilirubin_umol_per_L,inr,alt_U_per_L,sodium_mmol_per_L
30,3.3,31,,58,137
0,3.4,28,1.3,<60,138
x,3.0,40,1.5,50,135
200,3.1,many,1.4,55,
"""


@pytest.fixture
def course(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text(LABS, encoding="utf-8")
    return read_patient(path).course


def test_labs_are_read_in_order_with_units_limits_and_gaps(course):
    assert course.days.tolist() == [0, 30, 200]
    assert course.values["albumin"] == pytest.approx([34, 33, 31])
    assert np.isnan(course.values["inr"][1])
    assert np.isnan(course.values["bilirubin"][2])
    assert course.values["alt"][0] == 60
    assert course.beyond["alt"].tolist() == [-1, 0, 0]
    assert {(p.line, p.column) for p in course.problems} == {(5, "bilirubin_umol_per_L"), (4, "day")}


def test_dates_and_weeks_are_times(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("date,inr\n2026-01-15,1.2\n2026-02-14,1.3\n", encoding="utf-8")
    assert read_patient(path).course.days.tolist() == [0, 30]
    path.write_text("week,inr\n0,1.2\n2,1.3\n", encoding="utf-8")
    assert read_patient(path).course.days.tolist() == [0, 14]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("inr\n1.2\n1.3\n", "2 rows and no column of times"),
        ("day,sodium\n0,138\n", "sodium has no unit"),
        ("day,age_years\n0,50\n", "nothing is measured of albumin"),
        ("day,inr\n0,\n", "no row tells a lab"),
        ("day,inr\nlater,1.3\n", "no row tells a lab"),
    ],
)
def test_labs_that_cannot_be_fitted_are_refused(tmp_path, text, message):
    path = tmp_path / "labs.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_patient(path)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    path = tmp_path_factory.mktemp("labs") / "labs.csv"
    path.write_text(LABS, encoding="utf-8")
    return fit_patient(read_patient(path).course, "hbv", 1000)


def test_the_posterior_goes_through_the_labs(fitted):
    middle = np.median(fitted.past["albumin"], axis=0)
    assert middle[0] == pytest.approx(34, abs=2.5)
    assert middle[-1] == pytest.approx(31, abs=2.5)
    assert not fitted.sparse
    again = fit_patient(fitted.course, "hbv", 1000)
    assert np.array_equal(again.ids, fitted.ids)


def test_age_and_sex_of_the_patient_are_those_of_the_fit_and_the_old_die_sooner(fitted):
    lived = {}
    for age in (45.0, 75.0):
        found = fit_patient(fitted.course, "hbv", 1000, age=age, sex="m")
        assert found.varied["male"] == pytest.approx(2.0)
        assert np.median(found.varied["age_at_onset"] * 30 + found.years) == pytest.approx(age, abs=0.1)
        lived[age] = np.median(forecast(found, {}, days=365).values["no further treatment"]["survival"][:, -1])
    assert lived[75.0] < lived[45.0]


def test_the_forecast_begins_at_the_age_of_the_patient(fitted):
    """What kills beside the liver is the life table's at that age, whatever the usual age at onset of the cause."""
    of_age = {}
    for etiology in ("hbv", "pbc"):
        found = fit_patient(fitted.course, etiology, 500, age=60.0, sex="f")
        hazard = forecast(found, {}, days=YEAR).values["no further treatment"]["cumulative_other_death_hazard"]
        of_age[etiology] = np.median(hazard[:, -1] - hazard[:, 0])
    assert of_age["pbc"] == pytest.approx(of_age["hbv"], rel=0.02)
    assert of_age["pbc"] == pytest.approx(0.0066, rel=0.35)  # women of 60, life table of the US in 2017


def test_a_forecast_begins_where_the_fit_ends(fitted):
    """Whatever member of the ensemble a particle meets, and whatever is given."""
    found = forecast(fitted, {"antiviral": lb.Care("antiviral")}, days=90)
    for values in found.values.values():
        for lab, past in fitted.past.items():
            assert values[lab][:, 0] == pytest.approx(past[:, -1], rel=1e-6)


@pytest.mark.science
def test_who_gets_worse_for_ten_months_fits_badly_and_who_does_not_fits_well():
    days = (0.0, 75.0, 150.0, 230.0, 300.0)
    steady = {"albumin": [33, 33, 32, 33, 32], "bilirubin": [36, 38, 34, 37, 38], "inr": [1.3, 1.29, 1.32, 1.3, 1.33],
              "creatinine": [80, 82, 79, 83, 80], "sodium": [137, 137, 138, 136, 137]}  # fmt: skip
    worse = {"albumin": [33, 32, 31, 30, 29], "bilirubin": [36, 40, 46, 55, 65], "inr": [1.3, 1.32, 1.38, 1.42, 1.48],
             "creatinine": [80, 84, 90, 98, 106], "sodium": [137, 136, 135, 133, 131]}  # fmt: skip
    pool = pool_of("hbv", 1000)
    good, poor = (check(posterior(person(days, **labs), "hbv", pool)) for labs in (steady, worse))
    assert good.fit == "good" and not any("got worse" in said for said in good.warnings)
    assert poor.fit == "poor" and any("got worse faster" in said for said in poor.warnings)


def test_a_forecast_ranks_plans_and_the_empty_one_changes_nothing(fitted):
    plans = {
        "antiviral": lb.Care("antiviral"),
        "empty": lb.Plan("empty-vesicles", "1e10 particle/kg"),
    }
    found = forecast(fitted, plans, days=180)
    table = found.table.set_index("plan")
    assert table.index.tolist() == ["antiviral", "no further treatment", "empty"]  # a product is never above care
    assert table["kind"].tolist() == ["care", "care", "under study"]
    assert table.loc["antiviral", "gain"] > 0.001
    assert abs(table.loc["empty", "gain"]) < 1e-5
    assert (table["survival_low"] <= table["survival"]).all()
    for values in found.values.values():
        assert values["survival"][:, 0] == pytest.approx(1.0)
        assert (np.diff(values["survival"], axis=1) <= 1e-9).all()


def test_a_forecast_has_both_readings_and_care_is_the_same_in_both(fitted):
    plans = {"antiviral": lb.Care("antiviral"), "cells": lb.Plan("uc-msc", "1e6 cell/kg", every="14 d", n=3)}
    published, counted = (
        forecast(fitted, plans, days=180, reading=word).table.set_index("plan") for word in ("published", "counted")
    )
    for plan in plans:
        assert published.loc[plan, "albumin_counted"] == counted.loc[plan, "albumin"]
    assert published.loc["antiviral", "albumin"] == counted.loc["antiviral", "albumin"]
    shares = published[[name for name in published if name.endswith("_unexplained_share")]].to_numpy()
    assert ((shares >= 0) & (shares <= 1) | np.isnan(shares)).all()
    assert set(published["reading"]) == {"published"} and "albumin_counted" not in counted
    with pytest.raises(InputError, match="no reading"):
        forecast(fitted, plans, days=180, reading="count")


def test_plans_of_different_readings_need_one_word(tmp_path):
    from lobule.answers.plans_asked import plans_of

    text = "subject: {species: human}\nplan: {product: uc-msc, dose: 1e6 cell/kg}\nuntil: 90 d\n"
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for file, word in zip(files, ("published", "counted"), strict=True):
        file.write_text(f"{text}reading: {word}\n", encoding="utf-8")
    with pytest.raises(InputError, match="of different readings; say --reading"):
        plans_of(files, None)
    assert plans_of(files, "counted")[1] == "counted"
    assert [plans_of([file], None)[1] for file in files] == ["published", "counted"]
    assert plans_of([], None)[1] == "published"


def test_a_forecast_decides_doses_with_a_condition_for_each_particle(fitted):
    doses = {"product": "uc-msc", "dose": "1e6 cell/kg", "every": "28 d", "n": 3}
    whens = {"always": "albumin > 1 g/L", "never": "albumin > 99 g/L", "some": "albumin < 31 g/L"}
    plans = {"plain": lb.Plan(**doses)} | {name: lb.Plan(**doses, when=when) for name, when in whens.items()}
    found = forecast(fitted, plans, days=90).values
    albumin = {name: values["albumin"] for name, values in found.items()}
    assert np.array_equal(albumin["always"], albumin["plain"])
    assert np.array_equal(albumin["never"], albumin["no further treatment"])
    treated = (albumin["some"] != albumin["never"]).any(axis=1)
    assert 0 < treated.sum() < len(treated)
    assert treated[albumin["never"][:, 0] < 31].all()


def test_forecasts_that_cannot_be_are_refused(fitted):
    with pytest.raises(InputError, match="above 0"):
        forecast(fitted, {}, days=0)
    with pytest.raises(InputError, match="no cause"):
        fit_patient(fitted.course, "hbw")


def test_the_command_writes_posterior_forecast_and_picture(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text(LABS, encoding="utf-8")
    out = tmp_path / "patient"
    result = CliRunner().invoke(app, ["fit", str(path), "--etiology", "hbv", "--days", "90", "-o", str(out), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["forecast"][-1]["plan"] == "no further treatment" or found["forecast"][0]["gain"] >= 0
    assert "not for diagnosing or treating" in found["intended_use"]
    assert {p["line"] for p in found["problems"]} == {4, 5}
    assert len(pd.read_csv(out / "posterior.csv")) == 100
    assert (out / "fit.png").stat().st_size > 10000


def test_the_command_fits_no_mixture_of_patients(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("id,day,inr\na,0,1.2\nb,30,1.9\n", encoding="utf-8")
    for command in (
        ["fit", str(path), "--etiology", "hbv"],
        ["petab", "export", str(path), "--etiology", "hbv", "--years", "9"],
    ):
        result = CliRunner().invoke(app, [*command, "-o", str(tmp_path / "out")])
        assert "names 2 patients (a, b)" in str(result.exception)
        assert not (tmp_path / "out").exists()


@pytest.mark.science
def test_who_has_the_antiviral_already_gains_nothing_from_it_and_lives_longer(fitted):
    from lobule.files.person import Person, Treatment

    under = Person("", fitted.course, treated=(Treatment("antiviral", -3 * YEAR),))
    treated = fit_patient(fitted.course, "hbv", 500, person=under)
    assert treated.care == "antiviral" and (treated.begun <= treated.years).all()
    assert np.median(treated.years - treated.begun) == pytest.approx(3, abs=1)
    alone, other = (forecast(fit, {}, days=2 * YEAR).values["no further treatment"] for fit in (treated, fitted))
    assert np.median(alone["survival"][:, -1]) > np.median(other["survival"][:, -1])
