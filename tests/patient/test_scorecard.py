"""All scores of a table at once: limits decide a score or leave it open, and nothing is blank without a reason."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.patient.scorecard import MOST_LIMITS, SCORES, Given, score_patients

RANGES = {
    "bilirubin": (0.1, 40), "inr": (0.8, 10), "creatinine": (0.3, 8), "albumin": (1.0, 5.5), "sodium": (110, 150),
    "age": (18, 90), "ast": (5, 900), "alt": (5, 900), "platelets": (10, 400), "bmi": (15, 45),
    "prothrombin_time": (10, 40), "prothrombin_control": (10, 14), "bilirubin_day_7": (0.1, 40),
    "arterial_pressure": (40, 110), "white_cells": (1, 40), "pf_ratio": (60, 500), "sf_ratio": (60, 470),
}  # fmt: skip
GRADES = {"ascites": 2, "encephalopathy": 4}
FLAGS = ("sex", "dialysis", "renal_replacement", "ventilated", "vasopressor", "cholestatic", "diabetes")


@st.composite
def ends(draw, name):
    """Lowest and highest value of an input: mostly the same, near an edge of some rule or anywhere."""
    if name in FLAGS:
        value = draw(st.sampled_from([0.0, 1.0]))
        return value, value
    if name in GRADES:
        low = draw(st.integers(0, GRADES[name]))
        return float(low), float(draw(st.integers(low, GRADES[name])))
    least, most = RANGES[name]
    edges = [
        e for e in (1.0, 1.7, 2.0, 2.3, 2.5, 2.8, 3.0, 3.5, 4.0, 6.0, 12.0, 70, 125, 137, 200, 300) if least < e < most
    ]
    value = st.one_of(st.floats(least, most), st.sampled_from(edges or [least]))
    low = draw(value)
    if draw(st.integers(0, 3)):
        return low, low
    return low, max(low, draw(value))


people = st.fixed_dictionaries({name: ends(name) for name in (*RANGES, *GRADES, *FLAGS)})


def given_of(values):
    """{input: (low, high)} as one patient."""
    return {k: Given(np.array([low]), np.array([high]), {}, ["~"]) for k, (low, high) in values.items()}


def blank(value):
    return value == "" or value != value


@settings(max_examples=150, deadline=None)
@given(people, st.lists(st.floats(0, 1), min_size=24, max_size=24))
def test_a_limit_gives_a_score_only_where_every_value_within_gives_it(values, shares):
    card = score_patients(given_of(values), 1)
    inside = {}
    for share, (name, (low, high)) in zip(shares, values.items(), strict=False):
        at = low + share * (high - low)
        inside[name] = (round(at), round(at)) if name in GRADES else (at, at)
    inside |= {name: two for name, two in values.items() if name not in inside}
    exact = score_patients(given_of(inside), 1)
    for name, found in card.columns.items():
        if not blank(found[0]):
            assert found[0] == exact.columns[name][0], (name, values, inside)


@settings(max_examples=100, deadline=None)
@given(
    people, st.sets(st.sampled_from([*RANGES, *GRADES, *FLAGS])), st.sets(st.sampled_from([*RANGES, *GRADES, *FLAGS]))
)
def test_a_blank_has_its_reason_and_a_score_has_none(values, missing, unusable):
    given_ = given_of(values)
    for name in missing | unusable:
        reasons = {0: "cannot be read"} if name in unusable else {}
        given_[name] = Given(np.array([np.nan]), np.array([np.nan]), reasons, ["?"])
    card = score_patients(given_, 1)
    told = {name for clause in card.notes[0].split("; ") for name in clause.partition(":")[0].split(", ")} - {""}
    assert told == {name for name, found in card.columns.items() if blank(found[0])}
    assert set(card.columns) == {name for score in SCORES.values() for name in score.outputs}


def test_scores_of_many_are_those_of_each():
    rng = np.random.default_rng(5)
    many = {k: np.round(rng.uniform(*ends, 40), 1) for k, ends in RANGES.items()}
    many |= {k: rng.integers(0, most + 1, 40).astype(float) for k, most in GRADES.items()}
    many |= {k: rng.integers(0, 2, 40).astype(float) for k in FLAGS}
    for values in many.values():
        values[rng.random(40) < 0.1] = np.nan
    high = {k: np.where((k in RANGES) & (rng.random(40) < 0.2), values * 1.3, values) for k, values in many.items()}
    written = ["~"] * 40
    together = score_patients({k: Given(many[k], high[k], {}, written) for k in many}, 40)
    for row in range(40):
        alone = score_patients({k: Given(many[k][[row]], high[k][[row]], {}, ["~"]) for k in many}, 1)
        assert together.notes[row] == alone.notes[0]
        for name, found in alone.columns.items():
            assert np.array_equal(together.columns[name][[row]], found, equal_nan=found.dtype.kind == "f"), name


def test_more_limits_than_can_be_tried_leave_a_score_open():
    values = {k: (low, low) for k, (low, _) in RANGES.items()} | dict.fromkeys((*GRADES, *FLAGS), (0.0, 0.0))
    organs = ("bilirubin", "creatinine", "encephalopathy", "inr", "arterial_pressure", "pf_ratio", "sf_ratio")
    assert len(organs) > MOST_LIMITS
    card = score_patients(given_of(values | {k: (values[k][0], values[k][0] + 0.01) for k in organs}), 1)
    assert np.isnan(card.columns["clif_c_of"][0])
    assert 'clif_c_of, aclf_grade, clif_c_aclf: bilirubin "~" leaves it open' in card.notes[0]
    fewer = score_patients(given_of(values | {k: (values[k][0], values[k][0] + 0.01) for k in organs[:4]}), 1)
    assert fewer.columns["clif_c_of"][0] == 9


def test_what_cannot_be_for_want_of_columns_names_them():
    card = score_patients({"bilirubin": Given(np.ones(2), np.ones(2)), "albumin": Given(np.ones(2), np.ones(2))}, 2)
    assert card.never["meld"] == "no column inr, creatinine"
    assert card.never["clif_c_aclf"] == "no column creatinine, encephalopathy, inr, arterial_pressure, age, white_cells"
    assert set(card.columns) == {"albi", "albi_grade"}
    assert card.notes == ["", ""]


@pytest.mark.parametrize(
    ("name", "usual"), [("dialysis", 0.0), ("cholestatic", 0.0), ("vasopressor", 0.0), ("ast_upper_limit", 40.0)]
)
def test_what_is_taken_where_nothing_is_written_is_the_usual_and_counted(name, usual):
    values = {k: (low, low) for k, (low, _) in RANGES.items()} | dict.fromkeys((*GRADES, *FLAGS), (0.0, 0.0))
    silent = given_of({k: v for k, v in values.items() if k != name})
    said = given_of(values | {name: (usual, usual)})
    assert score_patients(silent, 1).assumed[name] == 1
    assert name not in score_patients(said, 1).assumed
    for column, found in score_patients(said, 1).columns.items():
        assert np.array_equal(found, score_patients(silent, 1).columns[column])
