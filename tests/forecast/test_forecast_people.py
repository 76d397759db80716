"""Posterior, forecast and check of a person among made-up people; tables that are stopped go on."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.forecast.toys import person, pool

from lobule.errors import InputError
from lobule.files.person import Treatment
from lobule.forecast import table
from lobule.forecast.ahead import ahead, hazards_ahead
from lobule.forecast.check import check, in_the_order_of
from lobule.forecast.likelihood import log_counted, log_likelihood
from lobule.forecast.natural_mortality import other_deaths
from lobule.forecast.posterior import drawn_from, posterior
from lobule.forecast.table import FITS, FORECAST, forecast_people
from lobule.patient.history import YEAR
from lobule.statistics.weighted import weights_of


@pytest.fixture(scope="module")
def people():
    return pool()


def chance(found, quantity="survival"):
    rows = ahead(found, [365.25], [quantity])
    return float(rows["mean"].iloc[0])


def test_who_has_more_bilirubin_and_less_albumin_dies_sooner(people):
    well, ill = (posterior(person(albumin=[a], bilirubin=[b]), "hbv", people) for a, b in ((42, 10), (30, 60)))
    assert chance(ill) < chance(well) - 0.03
    assert np.median(ill.years) > np.median(well.years)


def test_ascites_counts(people):
    labs = {"albumin": [36.0], "bilirubin": [20.0]}
    without, wet = (posterior(person(**labs, signs={"ascites": [grade]}), "hbv", people) for grade in (0.0, 2.0))
    assert chance(wet) < chance(without)


def test_the_old_die_of_other_things_sooner(people):
    old, young = (posterior(person(albumin=[40], age=age, sex="f"), "hbv", people) for age in (60.0, 35.0))
    assert chance(old) < chance(young)
    assert other_deaths(80.0, 1.0, 1.0) > other_deaths(80.0, 0.0, 1.0) > other_deaths(40.0, 0.0, 1.0)


def test_nobody_is_resurrected_and_chances_are_chances(people):
    found = posterior(person((0.0, 200.0), albumin=[38, 37], bilirubin=[15, 18]), "hbv", people)
    days = np.array([10.0, 100.0, 1000.0])
    for hazard in hazards_ahead(found, days).values():
        assert (np.diff(hazard, axis=1) >= -1e-9).all() and (hazard >= 0).all()
    rows = ahead(found, days)
    assert (rows["low_5"] <= rows["high_95"]).all()
    chances = rows.loc[rows["quantity"].isin(("survival", "decompensation")), ["low_5", "median", "high_95", "mean"]]
    assert ((chances >= 0) & (chances <= 1)).all().all()
    assert (np.diff(chances[["low_5", "median", "high_95"]]) >= 0).all()
    assert {"albumin_g_per_L", "bilirubin_umol_per_L"} < set(rows["quantity"])


def test_the_next_lab_starts_at_the_last_one_and_is_forgotten(people):
    high, low = (
        posterior(person((0.0, 90.0, 180.0), name=f"{x}", albumin=[36.0] * 3, platelets=[x] * 3), "hbv", people)
        for x in (300.0, 120.0)
    )
    near, far = (ahead(high, [day], ["platelets"])["median"].iloc[0] for day in (30.0, 2000.0))
    assert near == pytest.approx(300, rel=0.25) and far < near
    assert ahead(low, [30.0], ["platelets"])["median"].iloc[0] == pytest.approx(120, rel=0.25)


def test_a_typing_error_is_named_and_moves_little(people):
    days, right = (0.0, 60.0, 120.0, 180.0), [12.0, 13.0, 12.5, 13.0]
    usual = person(days, bilirubin=right, albumin=[40.0, 41.0, 40.0, 40.0])
    typed = person(days, bilirubin=[12.0, 130.0, 12.5, 13.0], albumin=[40.0, 41.0, 40.0, 40.0])
    found = posterior(typed, "hbv", people)
    assert any("typing error" in warning and "130" in warning for warning in check(found).warnings)
    assert chance(found) == pytest.approx(chance(posterior(usual, "hbv", people)), abs=0.05)
    assert not any("typing" in warning for warning in check(posterior(usual, "hbv", people)).warnings)


def test_a_fit_of_labs_that_no_one_has_is_poor(people):
    assert check(posterior(person(albumin=[40.0], bilirubin=[15.0], platelets=[200.0]), "hbv", people)).fit == "good"
    bad = check(posterior(person(albumin=[48.0], bilirubin=[600.0], platelets=[900.0]), "hbv", people))
    assert bad.fit == "poor" and any("hardly any virtual people" in warning for warning in bad.warnings)


def test_a_person_without_labs_is_forecast_by_age_and_sex(people):
    found = posterior(person(age=50.0, sex="m"), "hbv", people)
    assert 0 < chance(found) < 1 and found.size > 20


def test_a_stopped_table_goes_on_with_the_same_numbers(tmp_path, monkeypatch, people):
    monkeypatch.setattr(table, "pool_of", lambda *_: people)
    monkeypatch.setattr(table, "fingerprint", lambda: "toy")
    monkeypatch.setattr(table, "others", lambda *_: {})
    persons = [person(name=f"p{k}", albumin=[40.0 - k], age=45.0) for k in range(6)]
    whole = forecast_people(persons, "hbv", [365.0], tmp_path / "whole")
    made = []

    def stopping(work, **rest):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(work.person.name)
        return forecast_one(work, **rest)

    (tmp_path / "whole").mkdir(exist_ok=True)
    forecast_one = table._forecast
    monkeypatch.setattr(table, "WORKERS", 1)
    monkeypatch.setattr(table, "_forecast", stopping)
    (tmp_path / "some").mkdir()
    with pytest.raises(KeyboardInterrupt):
        forecast_people(persons, "hbv", [365.0], tmp_path / "some")
    made.clear()
    again = forecast_people(persons, "hbv", [365.0], tmp_path / "some")
    assert len(made) == 3
    for one, other in zip(whole, again, strict=True):
        assert one.equals(other)
    assert list(whole[0]) == FORECAST and list(whole[1]) == FITS


def test_each_person_may_have_days_of_its_own_and_names_are_unique(monkeypatch, people):
    monkeypatch.setattr(table, "pool_of", lambda *_: people)
    monkeypatch.setattr(table, "cache_folder", lambda: None)
    monkeypatch.setattr(table, "others", lambda *_: {})
    persons = [person(name="a", albumin=[40.0]), person(name="b", albumin=[41.0])]
    found, _ = forecast_people(persons, "hbv", {"a": [10.0], "b": [20.0, 30.0]})
    assert found.groupby("patient")["at_d"].unique().map(list).to_dict() == {"a": [10.0], "b": [20.0, 30.0]}
    with pytest.raises(InputError, match="one name"):
        forecast_people([persons[0], persons[0]], "hbv", [10.0])
    with pytest.raises(InputError, match="0 or more"):
        forecast_people(persons, "hbv", [-1.0])


def test_a_last_value_ten_times_the_others_is_poor_whatever_the_name(people):
    days, others = (0.0, 180.0, 360.0), {"albumin": [40.0, 41.0, 40.0], "platelets": [200.0, 210.0, 205.0]}
    for name in "abcdef":
        for last in (110.0, 120.0, 130.0):
            one = check(posterior(person(days, name, bilirubin=[12.0, 12.5, last], **others), "hbv", people))
            assert one.fit == "poor" and one.typed and one.worst == "bilirubin"
            assert any(f"bilirubin {last:.0f}" in said and "day 360" in said for said in one.warnings)
    usual = check(posterior(person(days, bilirubin=[12.0, 12.5, 13.0], **others), "hbv", people))
    assert usual.fit == "good" and not usual.typed and not usual.beyond(0.02)


def test_the_same_labs_have_the_same_verdict_and_a_check_moves_no_forecast(people):
    one, other = (posterior(person(albumin=[36.0], bilirubin=[25.0]), "hbv", people) for _ in "ab")
    first = check(one)
    assert first == check(one)
    assert ahead(one, [365.0]).equals(ahead(other, [365.0]))


def test_a_value_that_other_labs_do_not_foresee_is_named_before_a_fit_is_poor(people):
    """The margin between good and poor: INR 2 beside labs of the healthy."""
    found = check(posterior(person(albumin=[42.0], bilirubin=[9.0], platelets=[220.0], inr=[1.9]), "hbv", people))
    assert any("INR 1.90" in said and "anticoagulant" in said for said in found.warnings)
    assert not check(posterior(person(albumin=[42.0], bilirubin=[9.0], inr=[1.0]), "hbv", people)).warnings


def test_signs_are_checked_against_labs(people):
    labs = {"albumin": [42.0], "bilirubin": [9.0], "platelets": [225.0]}
    wet = check(posterior(person(**labs, signs={"ascites": [3.0]}), "hbv", people))
    dry = check(posterior(person(**labs, signs={"ascites": [0.0]}), "hbv", people))
    assert wet.of_signs["ascites"] < 0.02 < 0.2 < dry.of_signs["ascites"]
    assert any("ascites (large) on day 0" in said for said in wet.warnings) and not dry.warnings


def test_who_is_decompensated_has_no_chance_of_a_first_one(monkeypatch, people):
    monkeypatch.setattr(table, "pool_of", lambda *_: people)
    monkeypatch.setattr(table, "cache_folder", lambda: None)
    monkeypatch.setattr(table, "others", lambda *_: {})
    wet = person(name="wet", albumin=[32.0], signs={"ascites": [2.0]})
    found, fits = forecast_people([wet, person(name="dry", albumin=[32.0])], "hbv", [100.0])
    assert set(found.loc[found["quantity"] == "decompensation", "patient"]) == {"dry"}
    assert fits.set_index("patient")["decompensated"].to_dict() == {"wet": "yes", "dry": "no"}


def test_dates_come_back_beside_days_where_dates_were_given(monkeypatch, people):
    monkeypatch.setattr(table, "pool_of", lambda *_: people)
    monkeypatch.setattr(table, "cache_folder", lambda: None)
    monkeypatch.setattr(table, "others", lambda *_: {})
    dated = replace(person((0.0, 31.0), albumin=[36.0, 36.0]), begun=date(2024, 1, 1))
    found, _ = forecast_people([dated], "hbv", [29.0])
    assert list(found) == [*FORECAST, "at_date"] and set(found["at_date"]) == {"2024-03-01"}


def test_care_that_changes_nothing_changes_no_evidence_for_the_cause(people):
    """That somebody is treated is no reason to take another disease for the better explanation."""
    years = people.of.years
    begun = np.random.default_rng(1).choice(years[years < 10], len(people.of))
    one = person(albumin=[36.0], bilirubin=[20.0])
    untreated = posterior(one, "hbv", people).evidence
    for since in (0.0, 3.0):
        treated = replace(one, treated=(Treatment("antiviral", -since * YEAR, dated=since > 0),))
        under = replace(people, of=replace(people.of, care="antiviral", begun=begun))
        assert posterior(treated, "hbv", under).evidence == pytest.approx(untreated, abs=0.5)


def test_what_is_kept_of_one_patient_for_the_next_changes_nothing():
    """Spans and care that alternate, in one pool and in a fresh one for each."""
    known = pool()
    some = [
        person(albumin=[36.0]),
        person((0.0, 400.0), albumin=[36.0, 33.0]),
        person(bilirubin=[30.0]),
        person(age=50),
    ]
    for who in [*some, *some[::-1]]:
        fresh = pool()
        assert np.array_equal(log_likelihood(who, known), log_likelihood(who, fresh))
        assert log_counted(who, known) == log_counted(who, fresh)
    assert len(known.counted) == 1


def test_particles_are_in_the_order_of_risk():
    """As if all visits had been sorted: those that do not count are left out first, to no effect."""
    candidates, who = pool(), person(albumin=[36.0], bilirubin=[20.0])
    found = drawn_from(who, candidates, 1, 200)
    weights = weights_of(log_likelihood(who, candidates))
    so_far = np.cumsum(weights.ravel()[candidates.by_risk])
    wanted = candidates.by_risk[np.searchsorted(so_far, (np.arange(200) + 0.5) / 200 * so_far[-1])]
    assert np.array_equal(np.ravel_multi_index((found.rows, found.visits), weights.shape), wanted)


def test_draws_in_the_order_of_others_keep_their_values_and_go_together():
    random = np.random.default_rng(2)
    drawn, others = random.gamma(2.0, size=(400, 3)), random.standard_normal((400, 3))
    found = in_the_order_of(drawn, others)
    assert np.array_equal(np.sort(found, axis=0), np.sort(drawn, axis=0))
    assert np.array_equal(np.argsort(found, axis=0), np.argsort(others, axis=0))


def test_one_odd_value_of_the_past_is_named_and_is_no_poor_fit_but_two_are(people):
    """Long histories are not poor for having many visits; INR was 3 once, years ago, on a day with a usual albumin."""
    days = 180.0 * np.arange(8)
    told = {}
    for odd in (0, 1, 2):
        inr = np.full(8, 1.0)
        inr[2 : 2 + odd] = 3.0
        told[odd] = check(posterior(person(days, inr=inr, albumin=np.full(8, 41.0)), "hbv", people))
    assert [told[odd].fit for odd in (0, 1, 2)] == ["good", "good", "poor"]
    assert not told[0].warnings and any("INR 3.00 on day 360: hardly any" in said for said in told[1].warnings)
