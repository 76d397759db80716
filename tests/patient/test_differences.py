"""Differences between subjects: pairs that go together, usual care, what lies under an error of measurement."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.labs import labs
from lobule.patient import Patient, variation
from lobule.patient.lives import Lives, Usual, _found
from lobule.patient.published import Target, by_quartiles, targets

CARE = Usual("abstinence", share=0.9, found_early=0.0, found=0.1, found_decompensated=1.0, seen=1.0)
YEARS = np.arange(0, 10.1, 0.25)


def lives_of(ascites, collagen, takes=True, found=None, usual=CARE):
    """One toy patient: fluid and scar by visit, all else as in health."""
    healthy = {"albumin": 43.0, "inr": 1.0, "bilirubin": 10.0, "creatinine": 75.0, "sodium": 140.0,
               "encephalopathy_grade": 0.0}  # fmt: skip
    values = {name: np.full((1, len(YEARS)), value, np.float32) for name, value in healthy.items()}
    values |= {"ascites": np.array([ascites], np.float32), "collagen_proportionate_area": np.array([collagen])}
    year = np.array([np.inf if found is None else found])
    return Lives("alcohol", np.array([0]), YEARS, values, {}, year, np.array([takes]), usual)


def test_nobody_is_seen_before_the_earliest_day_after_the_disease_was_found():
    none, half = (
        lives_of(np.zeros(41), np.zeros(41), found=2.0, usual=replace(CARE, earliest=earliest)).seen()[0]
        for earliest in (0.0, 0.5)
    )
    assert none[YEARS < 2].max() == half[YEARS < 2.5].max() == 0
    assert none[YEARS == 2] == half[YEARS == 2.5] == 1
    assert (np.diff(half[YEARS >= 2.5]) < 0).all()
    assert targets()["alcohol-cirrhosis"].usual.earliest == 0.5


def test_alt_and_ast_of_a_person_go_together():
    drawn = variation.factors(1, np.arange(4000))
    alt, ast = np.log(drawn["alt_healthy"]), np.log(drawn["ast_healthy"])
    assert np.corrcoef(alt, ast)[0, 1] == pytest.approx(variation.together()["ast_healthy"][1], abs=0.04)
    assert ast.std() == pytest.approx(variation.variation()["ast_healthy"], rel=0.05)
    assert abs(np.corrcoef(alt, np.log(drawn["albumin_healthy"]))[0, 1]) < 0.05


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("patient,nothing,alt_healthy,0.5,assumed,,", '"nothing" does not differ'),
        ("patient,alt_healthy,ast_healthy,0.5,assumed,,", "of a row above it"),
        ("patient,ast_healthy,alt_healthy,2,assumed,,", "correlation"),
    ],
)
def test_pairs_that_cannot_be_are_refused(tmp_path, monkeypatch, row, message):
    table = tmp_path / "differ_together.csv"
    table.write_text(f"kind,parameter,goes_with,correlation,grade,source,note\n{row}\n")
    monkeypatch.setattr(variation, "TOGETHER", table)
    variation.together.cache_clear()
    with pytest.raises(InputError, match=message):
        variation.together()
    variation.together.cache_clear()


def test_a_disease_is_found_soon_after_it_decompensates():
    wet, scarred = np.where(YEARS >= 5, 8.0, 0.0), np.where(YEARS >= 3, 20.0, 2.0)
    untreated = lives_of(wet, scarred)
    assert _found(untreated, CARE, np.array([0.7]))[0] == pytest.approx(5.25, abs=0.3)
    assert _found(untreated, CARE, np.array([0.05]))[0] == pytest.approx(3.25, abs=0.3)
    assert _found(untreated, CARE, np.array([50.0]))[0] == np.inf


def test_people_are_seen_after_their_disease_was_found_and_the_sooner_the_likelier():
    seen = lives_of(np.zeros(len(YEARS)), np.full(len(YEARS), 20.0), found=4.0).seen()[0]
    assert (seen[YEARS < 4] == 0).all()
    assert seen[YEARS == 5][0] == pytest.approx(math.exp(-1))
    assert (lives_of(np.zeros(len(YEARS)), np.zeros(len(YEARS)), usual=None).seen() == 1).all()


def test_who_takes_no_care_has_had_it_for_no_years():
    course = np.zeros(len(YEARS)), np.full(len(YEARS), 20.0)
    assert lives_of(*course, found=4.0).care_years()[0][YEARS == 6][0] == 2.0
    assert np.isnan(lives_of(*course, found=4.0, takes=False).care_years()).all()


def test_a_published_spread_is_matched_without_the_error_of_measurement():
    target = Target("toy", "toy", ("alcohol",), "any", {"ast": (3.8, 0.5), "albumin": (38.0, 8.0)}, 0.3)
    assert target.unmeasured("ast")[1] ** 2 == pytest.approx(0.5**2 - labs()["ast"].error_cv ** 2)
    assert target.unmeasured("albumin")[1] ** 2 == pytest.approx(8**2 - (38 * labs()["albumin"].error_cv) ** 2)
    assert -0.95 <= target.unmeasured_correlation("ast", "albumin", -0.4) < -0.4


def test_a_laboratory_with_a_scale_of_its_own_is_read_on_the_usual_one():
    moments = {"albumin": (34.4, 3.0), "ast": (4.0, 0.5)}
    target = Target("toy", "toy", ("pbc",), "any", moments, 0.9, None, {"albumin": 0.86, "ast": 0.5})
    assert target.unmeasured("albumin")[0] == pytest.approx(40.0)
    assert target.unmeasured("ast")[0] == pytest.approx(4.0 + math.log(2))


def test_every_published_cohort_of_treated_people_names_its_care():
    usual = {name: target.usual for name, target in targets().items()}
    assert usual["hbv-compensated"] is None
    assert usual["alcohol-cirrhosis"].name == "abstinence"


def test_care_that_began_before_the_run_acts_since_then():
    patient = Patient(etiology="alcohol", years=20, treated_with=("abstinence",), treated_years=2)
    assert [e.time for e in patient.events() if e.target == "alcohol_intake"][-1] == pytest.approx(18 * 365.25)
    with pytest.raises(InputError, match="cannot have been treated for 3 years") as wrong:
        Patient(etiology="alcohol", years=1, treated_with=("abstinence",), treated_years=3)
    assert wrong.value.field == ("treated_years",)


def test_shares_below_published_quartiles_hold_the_error_of_the_measurement():
    """People who are measured with such quartiles have a quarter, a half and three quarters below them; a laboratory
    that reads double says the same of people who have half."""
    error, random = labs()["platelets"].error_cv, np.random.default_rng(1)
    true = 100 * np.exp(0.5 * random.standard_normal(20_000))
    measured = true * np.exp(error * random.standard_normal(20_000))
    quartiles = tuple(np.quantile(measured, (0.25, 0.5, 0.75)))
    target = Target("a", "a", ("hcv",), "any", {}, 0.5, quartiles={"platelets": quartiles})
    assert target.below_quartiles("platelets", true).mean(axis=0) == pytest.approx([0.25, 0.5, 0.75], abs=0.01)
    double = Target("a", "a", ("hcv",), "any", {}, 0.5, None, {"platelets": 2.0}, {"platelets": quartiles})
    assert np.allclose(double.below_quartiles("platelets", true / 2), target.below_quartiles("platelets", true))
    mean, sd = by_quartiles(*np.quantile(true, (0.25, 0.5, 0.75)))
    assert (mean, sd) == pytest.approx((math.log(100), 0.5), abs=0.02)
