"""What strikes a sick liver: who is struck with what, and how patients are enrolled after it."""

import numpy as np
import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.model.causes import causes
from lobule.patient import Patient
from lobule.patient.history import histories
from lobule.patient.precipitants import COLUMNS, drawn, precipitants_of
from lobule.scores.clinic import OF_ORGANS, organ_failures_of
from lobule.simulation.courses import run_courses


def test_shares_of_precipitants_add_up_and_each_is_a_cause_that_is_a_dose():
    for etiology in ("hbv", "alcohol", "mash"):
        rows = precipitants_of(etiology)
        assert sum(row.share for row in rows) == pytest.approx(1)
        assert all(causes()[row.cause].kind == "dose" for row in rows)


def test_what_strikes_a_patient_is_the_same_in_every_company():
    many = drawn("hbv", range(50), 1)
    few = drawn("hbv", [30, 7], 1)
    assert [many[name][30] for name in COLUMNS] == [few[name][0] for name in COLUMNS]
    assert [many[name][7] for name in COLUMNS] == [few[name][1] for name in COLUMNS]


def test_as_many_are_struck_by_each_as_the_table_says():
    found = drawn("alcohol", range(2000), 3)["precipitant"]
    assert np.mean(found == "infection") == pytest.approx(0.5, abs=0.04)


def test_a_precipitant_strikes_before_the_run_within_the_disease():
    struck = Patient(etiology="alcohol", years=10, precipitant="infection", precipitant_days=9)
    times = {event.target: event.time for event in struck.events()}
    assert times["precipitant"] == pytest.approx(struck.history_days - 9)
    assert Patient(**struck.to_dict()) == struck


@pytest.mark.parametrize(
    ("fields", "said", "field"),
    [
        ({"precipitant": "hbv"}, '"hbv" is a disease, not a precipitant; those are: ', ("precipitant",)),
        ({"precipitant_dose": "50 %"}, "but no precipitant", ("precipitant_dose",)),
        ({"precipitant": "infection", "precipitant_days": 9000}, "within the disease", ("precipitant_days",)),
        ({"precipitant": "infection", "precipitant_dose": "much"}, "", ("precipitant_dose",)),
        ({"precipitant": "viral_flare"}, '"viral_flare" needs a virus, and "alcohol" has none', ("precipitant",)),
    ],
)
def test_what_is_wrong_with_a_precipitant_is_said_once(fields, said, field):
    with pytest.raises(InputError) as error:
        Patient(etiology="alcohol", years=10, **fields)
    assert said in str(error.value)
    assert tuple(error.value.field) == field


def test_a_flare_strikes_the_infected_and_nobody_else():
    assert Patient(etiology="hcv", years=20, precipitant="viral_flare").precipitant == "viral_flare"
    with pytest.raises(InputError, match="a healthy person has none; it strikes hbv and hcv"):
        Patient(precipitant="viral_flare")


def test_a_healthy_person_can_be_struck_some_days_before_the_run():
    taken = Patient(precipitant="acetaminophen", precipitant_dose="400 mg/kg", precipitant_days=3)
    run = lb.simulate(taken, until="1 d", sample_every="1 d", uncertainty=False)
    course = run_courses({"taken": Patient(etiology="acetaminophen", intensity="400 mg/kg")}, np.array([3.0, 4.0]))
    np.testing.assert_allclose(run["alt"], course("taken", "alt"), rtol=1e-3)


@pytest.mark.parametrize("cause", ["infection", "alcohol_binge", "acetaminophen"])
def test_what_strikes_once_is_no_disease_of_years(cause):
    for make in (
        lambda: Patient(etiology=cause, years=10),
        lambda: Patient(etiology=cause, stage="decompensated"),
        lambda: lb.Cohort.sample(10, cause),
        lambda: histories(cause, 10),  # of which a fit is made
    ):
        with pytest.raises(InputError, match="strikes once and is no disease of years: name it as precipitant") as told:
            make()
        assert told.value.field == ("etiology",)
    assert Patient(etiology=cause).history_days == 0


def test_organs_fail_at_the_limits_of_clif_c():
    healthy = dict.fromkeys(OF_ORGANS, np.zeros(4)) | {"inr": np.full(4, 1.0), "creatinine": np.full(4, 70.0)}
    sick = healthy | {"bilirubin": np.array([200.0, 210, 210, 210]), "inr": np.array([1.0, 1, 2.6, 2.6]),
                      "creatinine": np.array([70.0, 140, 70, 180])}  # fmt: skip
    assert organ_failures_of(healthy)["grade"].tolist() == [0, 0, 0, 0]
    assert organ_failures_of(sick)["grade"].tolist() == [0, 1, 2, 3]


@pytest.mark.science
def test_a_precipitant_of_nothing_changes_nothing_and_a_stronger_one_fails_more_organs():
    plain = {"etiology": "alcohol", "years": 22.0}  # decompensated
    people = {"none": Patient(**plain)} | {
        dose: Patient(**plain, precipitant="infection", precipitant_dose=dose) for dose in ("0 %", "50 %", "200 %")
    }
    c = run_courses(people, people["none"].history_days + np.arange(0.0, 40))
    assert c("0 %", "organ_failures") == pytest.approx(c("none", "organ_failures"), rel=1e-4)
    worst = [c(name, "organ_failures").max() for name in ("none", "50 %", "200 %")]
    assert worst == sorted(worst)
    assert worst[2] > worst[0] + 0.5


@pytest.mark.science
def test_a_cohort_with_acute_on_chronic_failure_has_failed_organs_and_trials_start_from_them():
    from lobule.trial.population import from_cohorts

    cohort = lb.Cohort.sample(20, "alcohol", stage="aclf", like=None)
    assert set(COLUMNS) < set(cohort.table.columns)
    assert (cohort.table["aclf_grade"] >= 1).all()
    assert cohort.patients()[0].precipitant == cohort.table["precipitant"][0]
    states = from_cohorts([cohort]).states
    assert states["bilirubin"] == pytest.approx(cohort.table["bilirubin"], rel=0.01)
    assert (states["acute_inflammation"] > 0.02).all()
