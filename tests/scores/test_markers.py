"""Markers read beside the model: published distributions and courses, and what a readout must never do."""

import numpy as np
import pytest
from scipy.special import ndtri

import lobule as lb
from lobule.evidence import fact
from lobule.model.parameters import values_for
from lobule.rows import read_rows
from lobule.scores import markers as m
from lobule.therapy import cares

N = 40_000
EVENLY = ndtri((np.arange(N) + 0.5) / N)  # standard normal people, without chance


def people(seed=1):
    """Standard normal numbers of N people, unrelated columns."""
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(EVENLY) for _ in range(6)])


Z = people()
UNTREATED, HALF_LIFE = m.hbv_dna_untreated(Z[0]), m.second_half_life(Z[1])


def published(identifier):
    return float(fact(identifier)["value"])


def test_numbers_are_those_of_the_evidence_that_they_name():
    rows = {row.name: row for row in read_rows(m.TABLE, m.Number)}
    for name, of in (("hbv_dna_untreated", "HN005"), ("hbsag_decline", "HN010"), ("afp", "HN001")):
        assert rows[name].source == of and rows[name].value == published(of)
    assert all(row.source and row.grade for row in rows.values())


def test_the_plateau_is_that_of_published_people_compensated_and_decompensated():
    copies = UNTREATED + np.log10(m.numbers()["copies_per_iu"])
    assert copies.mean() == pytest.approx(published("HN005"), abs=0.02) and copies.std() == pytest.approx(1.4, abs=0.02)
    for of in ("H195", "H196"):  # 6.34 and 6.79, whose difference is not significant
        assert abs(copies.mean() - float(fact(of)["mean"])) < 0.25 * float(fact(of)["sd"])
    assert UNTREATED.max() <= m.numbers()["hbv_dna_highest"]


@pytest.mark.parametrize(("days", "of"), [(182.6, "HN007"), (365.25, "HN008"), (840, "N019")])
def test_the_share_below_20_iu_is_that_of_published_trials(days, of):
    """Tenofovir in 174 people with cirrhosis after 6 and 12 months, entecavir in 283 decompensated ones at week 120."""
    share = np.mean(m.hbv_dna(UNTREATED, HALF_LIFE, np.full(N, days)) < 20)
    assert share == pytest.approx(published(of), abs=0.045)


def test_the_fall_of_hbv_dna_after_a_year_is_the_published_one():
    after = np.log10(np.maximum(m.hbv_dna(UNTREATED, HALF_LIFE, np.full(N, 365.25)), 20))
    assert np.mean(after - UNTREATED) == pytest.approx(published("HN006"), abs=0.15)


def test_the_first_phase_is_that_of_the_virus_of_the_model():
    n = m.numbers()
    assert n["antiviral_efficacy"] == cares()["antiviral"].adds["hbv_antiviral_efficacy"]
    assert n["first_half_life"] == pytest.approx(np.log(2) / values_for("human")["hbv_clearance"], rel=0.01)
    run = lb.simulate(lb.Patient(etiology="hbv", years=20), lb.Care("antiviral"), until="14 d", sample_every="1 d")
    virus = run["hbv_in_blood"].to_numpy().reshape(-1)
    ours = m.hbv_dna(np.array([6.0]), np.array([1e6]), np.arange(15.0))
    assert np.log10(ours / ours[0]) == pytest.approx(np.log10(virus / virus[0]), abs=0.05)


def test_hbv_dna_only_falls_under_an_antiviral_never_below_the_residual_and_comes_back_when_it_is_stopped():
    days = np.array([0.0, 1, 7, 28, 168, 336, 3000, 1e6])
    for untreated in (2.0, 6.0, 9.3):
        course = m.hbv_dna(np.array([untreated]), np.array([36.0]), days)
        assert course[0] == pytest.approx(10**untreated) and (np.diff(course) <= 0).all()
        assert course[-1] == m.numbers()["hbv_dna_residual"]
        back = m.hbv_dna(np.array([untreated]), np.array([36.0]), 3000.0, days)
        assert (np.diff(back) >= 0).all() and back[-1] == pytest.approx(10**untreated)
    assert m.hbv_dna(np.array([6.0]), np.array([36.0]), 3000.0, 100.0) == pytest.approx(1e6)  # three months


def test_hbsag_falls_a_tenth_of_a_power_of_ten_a_year_and_few_lose_it():
    """0.33 % a year of 5409 people lost it, half as many with cirrhosis (HN009)."""
    untreated, decline = m.hbsag_untreated(Z[2]), m.hbsag_decline(Z[3])
    first, tenth = (np.log10(m.hbsag(untreated, decline, np.full(N, years * 365.25))) for years in (0, 10))
    assert np.median(first - tenth) / 10 == pytest.approx(published("HN010"), rel=0.02)
    assert 0.5 * 0.48 * published("HN009") < np.mean(tenth < np.log10(0.05)) / 10 < published("HN009")


def test_afp_is_that_of_cirrhosis_and_half_of_cancers_raise_it():
    without = m.afp(Z[4])
    cancer = m.afp_with_cancer(without)
    assert np.median(without) == pytest.approx(published("HN001"), rel=0.01)
    assert np.mean(without > 20) == pytest.approx(published("HN002"), abs=0.01)
    assert np.mean(cancer > 20) == pytest.approx(published("HN003"), abs=0.01)
    assert np.mean(cancer > 200) == pytest.approx(published("HN004"), abs=0.01)
    assert np.mean(cancer > 100) == pytest.approx(0.377, abs=0.03)
    assert (cancer >= without).all()


def test_varices_follow_pressure_alone_and_never_jump_about():
    rank = (np.arange(1000) + 0.5) / 1000
    pressure = np.linspace(0, 40, 401)
    grades = m.varices(pressure[:, None], rank[None, :])
    assert (np.diff(grades, axis=0) >= 0).all() and np.array_equal(np.unique(grades), [0, 1, 2])
    for grade in (m.SMALL, m.LARGE):
        assert np.mean(grades >= grade, axis=1) == pytest.approx(m.share_with_varices(pressure, grade), abs=1e-3)
    assert m.share_with_varices(5.0) < 0.03 and m.share_with_varices(10.0) < 0.2 and m.share_with_varices(16.0) > 0.7


def test_of_varices_at_the_published_pressure_so_many_are_large():
    share = m.share_with_varices(19.3, m.LARGE) / m.share_with_varices(19.3)
    assert share == pytest.approx(published("HN012"), abs=0.03)


def test_who_bled_from_varices_has_some_and_what_is_missing_stays_missing():
    found = m.varices(np.array([6.0, 6.0, np.nan]), np.full(3, 0.5), np.array([True, False, False]))
    assert found[:2].tolist() == [1.0, 0.0] and np.isnan(found[2])


def test_logarithms_are_taken_of_what_is_there_and_of_nothing_a_small_number():
    assert m.logarithms({"albumin": np.array([30.0])}) == {}
    assert m.logarithms({"hbv_dna": np.array([1000.0, 0.0])})["hbv_dna_log10"].tolist() == [3.0, -3.0]
