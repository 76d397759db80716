"""Survival falls with everything that is worse, at all else alike; the past takes nothing from what is seen last."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.forecast.toys import person, pool

from lobule.forecast.ahead import ahead, chances_ahead
from lobule.forecast.off_course import acute, exponents, pace, sicker
from lobule.forecast.pool import pool_of
from lobule.forecast.posterior import posterior
from lobule.patient.history import YEAR

TIMES = np.array([1.0, 2.0, 5.0]) * YEAR
# A step of each that a clinician would call worse
WORSE = {
    "albumin": lambda one: one | {"albumin": one["albumin"] - 5},
    "bilirubin": lambda one: one | {"bilirubin": one["bilirubin"] * 1.6},
    "inr": lambda one: one | {"inr": one["inr"] * 1.2},
    "ascites": lambda one: one | {"ascites": one["ascites"] + 1},
    "encephalopathy": lambda one: one | {"encephalopathy_grade": one["encephalopathy_grade"] + 1},
}
PEOPLE = st.fixed_dictionaries({
    "albumin": st.floats(30, 44), "bilirubin": st.floats(6, 120), "inr": st.floats(0.95, 1.6),
    "ascites": st.sampled_from([0.0, 1.0, 2.0]), "encephalopathy_grade": st.sampled_from([0.0, 1.0, 2.0]),
    "age": st.floats(35, 60),
})  # fmt: skip


def somebody(one):
    signs = {name: [one[name]] for name in ("ascites", "encephalopathy_grade") if name in one}
    labs = {name: [one[name]] for name in ("albumin", "bilirubin", "inr", "platelets", "ast") if name in one}
    return person(age=one["age"], sex="f", signs=signs, **labs)


def alive(found):
    return chances_ahead(found, "survival", TIMES).mean(axis=0)


@cache
def many():
    return pool(1000)


@cache
def alike():
    return pool(1000, spread=0.05)


@pytest.fixture(scope="module")
def people():
    return many()


@settings(max_examples=25, deadline=None)
@given(PEOPLE, st.sampled_from(sorted(WORSE)))
def test_survival_falls_with_everything_that_is_worse(one, what):
    better, worse = (alive(posterior(somebody(x), "hbv", many())) for x in (one, WORSE[what](one)))
    assert (worse < better + 2e-3).all(), (one, what, better, worse)


@settings(max_examples=10, deadline=None)
@given(st.floats(35, 45), st.floats(0.2, 0.6))
def test_survival_falls_with_age_where_the_old_are_not_those_whose_disease_is_slow(age, sick):
    one = {"albumin": 42 * np.exp(-0.3 * sick), "bilirubin": 10 * np.exp(1.2 * sick), "age": age}
    better, worse = (alive(posterior(somebody(x), "hbv", alike())) for x in (one, one | {"age": age + 20}))
    assert (worse < better + 2e-3).all(), (one, better, worse)


@settings(max_examples=10, deadline=None)
@given(PEOPLE, st.floats(0.2, 0.9))
def test_past_visits_that_were_better_do_not_raise_survival(one, share):
    """Labs that have come from somewhere better in steps are no better for having been better."""
    past = np.array([0.0, share, 1.0])
    days = (0.0, 180.0, 360.0)
    course = {
        "albumin": 42 + past * (one["albumin"] - 42) if one["albumin"] < 42 else np.full(3, one["albumin"]),
        "bilirubin": 6 * (one["bilirubin"] / 6) ** past,
        "inr": 0.95 * (one["inr"] / 0.95) ** past,
    }  # fmt: skip
    with_past = posterior(person(days, age=one["age"], **course), "hbv", many())
    last = posterior(person(age=one["age"] + 360 / YEAR, **{lab: v[-1:] for lab, v in course.items()}), "hbv", many())
    assert (alive(with_past) < alive(last) + 0.02).all(), (one, share)


def test_the_same_labs_have_the_same_forecast_whatever_the_name_and_the_other_labs(people):
    one = person((0.0, 90.0), name="Ada", albumin=[36.0, 35.0], bilirubin=[20.0, 24.0])
    rows, again = (ahead(posterior(who, "hbv", people), TIMES).drop(columns="patient")
                   for who in (one, replace(one, name="Grace")))  # fmt: skip
    assert rows.equals(again)
    assert posterior(one, "hbv", people, seed=2).random_of("albumin").random() != pytest.approx(
        posterior(one, "hbv", people).random_of("albumin").random()
    )


def test_a_small_change_of_a_lab_moves_a_chance_by_little(people):
    near = [alive(posterior(person(albumin=[36.0 + d], bilirubin=[30.0], age=50.0), "hbv", people)) for d in (0, 0.1)]
    assert np.abs(near[1] - near[0]).max() < 1e-2


def test_what_is_off_the_course_is_worth_its_exponent(people):
    found = posterior(person(albumin=[30.0], bilirubin=[8.0]), "hbv", people)
    of, last = exponents(), {lab: one.last for lab, one in found.residuals.items()}
    at_once = sicker(found, np.array([0.0]))[:, 0]
    wanted = of["albumin", "level"] * last["albumin"][:, 0] + of["albumin", "wander"] * last["albumin"][:, 1]
    wanted += of["albumin", "event"] * acute(found.residuals["albumin"])
    wanted += of["bilirubin", "wander"] * last["bilirubin"][:, 1]
    assert np.log(at_once) == pytest.approx(wanted, abs=1e-6)
    later = sicker(found, np.array([20 * YEAR]))[:, 0]
    own = np.exp(of["albumin", "level"] * last["albumin"][:, 0])
    assert np.abs(np.log(later / own)).max() < np.abs(np.log(at_once / own)).max()


def test_the_pace_is_the_change_of_the_last_year_and_of_nobody_who_was_seen_once(people):
    days = (0.0, 200.0, 400.0, 600.0, 800.0)
    one = posterior(person(days, bilirubin=[8.0, 8.0, 8.0, 20.0, 50.0]), "hbv", people).residuals["bilirubin"]
    moved = one.last[:, :2] - one.states()[:, 2, :2]
    assert pace(one) == pytest.approx(moved / (400 / YEAR))
    assert (pace(one)[:, 1] > 0.1).all()
    short = posterior(person((0.0, 30.0), bilirubin=[8.0, 30.0]), "hbv", people).residuals["bilirubin"]
    assert pace(short) == pytest.approx(short.last[:, :2] - short.states()[:, 0, :2])
    once = posterior(person(bilirubin=[30.0]), "hbv", people).residuals["bilirubin"]
    assert pace(once) == pytest.approx(np.zeros((len(once.last), 2)))


def test_labs_that_went_on_getting_worse_cost_more_than_the_same_labs_that_have_been_there(people):
    days = (0.0, 200.0, 400.0)
    there, worse = (posterior(person(days, age=50.0, **labs), "hbv", people) for labs in (
        {"albumin": [34.0, 34.0, 34.0], "bilirubin": [30.0, 30.0, 30.0]},
        {"albumin": [40.0, 37.0, 34.0], "bilirubin": [10.0, 18.0, 30.0]}))  # fmt: skip
    assert np.median(sicker(worse, TIMES)[:, 0]) > 1.2 * np.median(sicker(there, TIMES)[:, 0])


def test_a_typing_error_of_the_last_visit_counts_no_more_than_an_acute_event(people):
    found = posterior(person((0.0, 90.0, 180.0), albumin=[40.0, 41.0, 4.0]), "hbv", people)
    assert np.exp(exponents()["albumin", "event"] * acute(found.residuals["albumin"])).max() < 1.6


USUAL = {
    "pbc": {"albumin": 38.0, "bilirubin": 30.0, "inr": 1.05, "platelets": 220.0, "ast": 110.0, "age": 50.0},
    "alcohol": {"albumin": 36.0, "bilirubin": 30.0, "inr": 1.2, "platelets": 120.0, "ast": 80.0, "age": 50.0},
}
GRIDS = {
    "albumin": (44, 40, 36, 32, 28, 25), "bilirubin": (10, 20, 35, 60, 100, 200, 340), "inr": (1.0, 1.2, 1.5, 2.0),
    "ascites": (0, 1, 2, 3), "encephalopathy_grade": (0, 1, 2, 3), "age": (30, 40, 50, 60, 70),
}  # fmt: skip


@pytest.mark.science
@pytest.mark.parametrize("etiology", sorted(USUAL))
@pytest.mark.parametrize("name", sorted(GRIDS))
def test_survival_of_the_liver_falls_with_everything_that_is_worse(etiology, name):
    virtual = pool_of(etiology, 2000)
    for bilirubin in (25.0, 100.0):
        others = USUAL[etiology] | {"bilirubin": bilirubin}
        some = [alive(posterior(somebody(others | {name: float(x)}), etiology, virtual)) for x in GRIDS[name]]
        assert (np.diff(some, axis=0) < 5e-3).all(), (bilirubin, np.round(some, 3))
        assert (some[-1] < some[0] - 0.01).all(), (bilirubin, np.round(some, 3))


@pytest.mark.science
def test_albumin_counts_in_biliary_cholangitis_at_any_bilirubin():
    """A liver that makes a third less albumin at the same bilirubin kills at least twice as often in five years."""
    virtual = pool_of("pbc", 2000)
    for bilirubin in (25.0, 100.0):
        good, bad = (alive(posterior(somebody(USUAL["pbc"] | {"bilirubin": bilirubin, "albumin": x}), "pbc", virtual))
                     for x in (42.0, 26.0))  # fmt: skip
        assert (np.log(bad[2]) < 2 * np.log(good[2])).all()


HALF_YEARS = (0.0, 180.0, 360.0, 540.0, 720.0)
WORSENING = {
    "all labs, fast": {"albumin": [40, 38, 35, 31, 27], "bilirubin": [25, 40, 65, 110, 190],
                       "inr": [1.0, 1.05, 1.15, 1.3, 1.5], "platelets": [220, 200, 180, 150, 130],
                       "ast": [90, 110, 130, 150, 170]},
    "all labs, slowly": {"albumin": [41, 40, 39, 37, 35], "bilirubin": [20, 25, 32, 42, 60],
                         "inr": [1.0, 1.0, 1.05, 1.08, 1.12], "platelets": [240, 230, 215, 200, 190],
                         "ast": [90, 100, 105, 115, 120]},
    "from the third visit on": {"albumin": [39, 40, 37, 34, 31], "bilirubin": [30, 28, 45, 70, 110],
                                "inr": [1.05, 1.0, 1.1, 1.2, 1.35]},
}  # fmt: skip
STEADY = {"albumin": [37, 36, 37, 38, 37], "bilirubin": [42, 40, 45, 41, 42], "inr": [1.08, 1.1, 1.07, 1.1, 1.08],
          "platelets": [200, 190, 210, 205, 200], "ast": [115, 110, 120, 118, 115]}  # fmt: skip


def whole_and_last(course, etiology, virtual):
    """Survival from all visits of a history, and from its last one alone at that age, (3,) each."""
    course = {lab: np.array(some, float) for lab, some in course.items()}
    whole = posterior(person(HALF_YEARS, age=50.0, sex="f", **course), etiology, virtual)
    age = 50 + HALF_YEARS[-1] / YEAR
    last = posterior(person(age=age, sex="f", **{lab: some[-1:] for lab, some in course.items()}), etiology, virtual)
    return alive(whole), alive(last)


@pytest.mark.science
@pytest.mark.parametrize("etiology", sorted(USUAL))
def test_who_worsens_visit_by_visit_is_forecast_no_better_than_from_her_last_visit(etiology):
    virtual = pool_of(etiology, 2000)
    for name, course in WORSENING.items():
        whole, last = whole_and_last(course, etiology, virtual)
        assert (whole < last + 0.02).all(), (name, np.round(whole, 3), np.round(last, 3))


@pytest.mark.science
@pytest.mark.parametrize("etiology", sorted(USUAL))
def test_who_is_steady_is_forecast_no_worse_than_from_her_last_visit(etiology):
    whole, last = whole_and_last(STEADY, etiology, pool_of(etiology, 2000))
    assert (whole > last - 0.02).all(), (np.round(whole, 3), np.round(last, 3))
