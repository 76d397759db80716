"""Scores: reference cases, bounds, monotonicity, rounding, missing values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import scores as s
from lobule.errors import InputError
from lobule.scores import alcohol, allocation, failure, function

labs = st.floats(0.05, 60)
sodium = st.floats(100, 160)
albumin = st.floats(0.5, 6)

# Cases of the public tests that the evidence names (ameld, transplantr, CLIF-C calculators, medx): independent of us.
PUBLISHED = [
    (lambda: s.peld(3.1, 2.0, 2.5, 2, True), 18.677556),
    (lambda: s.apri(160, 40, 75), 5.333333),
    (lambda: s.clif_aclf(12, 60, 10), 58.106286),
    (lambda: s.clif_ad(60, 1.2, 1.5, 8, 135), 56.935861),
    (lambda: s.clif_aclf_mortality(40, 30), 0.111071),
    (lambda: s.clif_ad_mortality(40, 90), 0.030954),
    (lambda: s.child_pugh_points(3.2, 2.6, 2.0, 1, 1)["points"], 12),
    (lambda: s.meld_unrounded(30, 4, 5), 48.0799),
    (lambda: s.meld_3_survival(40), 0.1535),
]


@pytest.mark.parametrize(("found", "wanted"), PUBLISHED)
def test_published_cases(found, wanted):
    assert float(found()) == pytest.approx(wanted, abs=6e-5)


@pytest.mark.parametrize("module", [alcohol, allocation, failure, function], ids=lambda m: m.__name__)
def test_every_score_of_a_module_is_one_of_the_room(module):
    own = {name for name, found in vars(module).items() if getattr(found, "__module__", "") == module.__name__}
    assert {name for name in own if name[0] != "_"} - set(s.__all__) == set(), f"{module.__name__}: add to __all__"


@given(labs, labs, labs, sodium, albumin, st.booleans(), st.booleans())
def test_meld_scores_are_whole_and_between_6_and_40(b, i, c, na, a, female, dialysis):
    for score in (
        s.meld(b, i, c, dialysis),
        s.meld_na(b, i, c, na, dialysis),
        s.meld_3(b, i, c, na, a, female, dialysis),
    ):
        assert 6 <= score <= 40
        assert score == np.floor(score)


@given(labs, labs, labs, sodium, st.floats(1, 3))
def test_worse_labs_never_lower_meld(b, i, c, na, worse):
    assert s.meld(b * worse, i, c) >= s.meld(b, i, c)
    assert s.meld(b, i * worse, c) >= s.meld(b, i, c)
    assert s.meld(b, i, c * worse) >= s.meld(b, i, c)
    assert s.meld_na(b, i, c, na / worse) >= s.meld_na(b, i, c, na)


@given(labs, labs, sodium)
def test_dialysis_counts_as_the_largest_creatinine(b, i, na):
    assert s.meld(b, i, 0.7, True) == s.meld(b, i, 4.0) == s.meld(b, i, 9.0)
    assert s.meld_3(b, i, 0.7, na, 3.0, False, True) == s.meld_3(b, i, 3.0, na, 3.0, False)


@given(labs, albumin, labs, st.integers(0, 2), st.integers(0, 4))
def test_child_pugh_is_5_to_15_and_its_class_follows(b, a, i, ascites, grade):
    total = float(s.child_pugh_points(b, a, i, ascites, grade)["points"])
    assert 5 <= total <= 15
    assert str(s.child_pugh_class(total)) == ("A" if total <= 6 else "B" if total <= 9 else "C")


@pytest.mark.parametrize(("b", "a", "i"), [(2.0, 3.5, 1.7), (3.0, 2.8, 2.3)])
def test_equality_belongs_to_the_middle_class(b, a, i):
    parts = s.child_pugh_points(b, a, i, 0, 0)
    assert [float(parts[k]) for k in ("bilirubin", "albumin", "inr")] == [2.0, 2.0, 2.0]


def test_cholestatic_disease_has_its_own_bilirubin():
    assert s.child_pugh_points(3.5, 4, 1, 0, 0, cholestatic=True)["bilirubin"] == 1
    assert s.child_pugh_points(3.5, 4, 1, 0, 0)["bilirubin"] == 3


def test_seconds_serve_where_inr_is_missing():
    assert s.child_pugh_points(1, 4, np.nan, 0, 0, prothrombin_prolongation=5)["points"] == 6


@given(labs, albumin, st.floats(1, 3))
def test_albi_rises_with_bilirubin_and_falls_with_albumin(b, a, worse):
    assert s.albi(b * worse, a) >= s.albi(b, a)
    assert s.albi(b, a * worse) <= s.albi(b, a)


@given(st.floats(0, 100), st.integers(0, 2))
def test_survival_falls_with_the_score(m, more):
    assert s.meld_survival(m + more) <= s.meld_survival(m)
    assert s.meld_3_survival(m + more) <= s.meld_3_survival(m)


@pytest.mark.parametrize(
    ("organs", "grade"),
    [
        ({"bilirubin": 5, "creatinine": 1.0, "encephalopathy": 0, "inr": 1.5, "arterial_pressure": 80}, 0),
        ({"bilirubin": 5, "creatinine": 2.0, "encephalopathy": 0, "inr": 1.5, "arterial_pressure": 80}, 1),
        ({"bilirubin": 13, "creatinine": 1.0, "encephalopathy": 0, "inr": 1.5, "arterial_pressure": 80}, 0),
        ({"bilirubin": 13, "creatinine": 1.6, "encephalopathy": 0, "inr": 1.5, "arterial_pressure": 80}, 1),
        ({"bilirubin": 13, "creatinine": 1.0, "encephalopathy": 1, "inr": 1.5, "arterial_pressure": 80}, 1),
        ({"bilirubin": 13, "creatinine": 1.0, "encephalopathy": 3, "inr": 1.5, "arterial_pressure": 80}, 2),
        ({"bilirubin": 13, "creatinine": 4.0, "encephalopathy": 3, "inr": 1.5, "arterial_pressure": 80}, 3),
    ],
)
def test_grades_of_acute_on_chronic_failure(organs, grade):
    assert s.clif_organ_failure(**organs, pf_ratio=400)["grade"] == grade


@pytest.mark.parametrize(
    "score",
    [
        lambda: s.meld(np.nan, 1, 1),
        lambda: s.meld_na(1, 1, 1, np.nan),
        lambda: s.meld_3(1, 1, 1, 137, np.nan, True),
        lambda: s.child_pugh_points(1, 4, 1, np.nan, 0)["points"],
        lambda: s.albi(1, np.nan),
        lambda: s.fib_4(50, 40, 0, 200),
        lambda: s.clif_organ_failure(5, 1, 0, 1.5, 80)["points"],
        lambda: s.clif_aclf(10, 50, 0),
        lambda: s.aarc(np.nan, 0, 1, 1, 1),
    ],
)
def test_a_missing_value_gives_a_missing_score(score):
    assert np.isnan(score())


def test_classes_of_missing_scores_are_empty():
    assert (
        s.child_pugh_class(np.nan) == s.abic_class(np.nan) == s.r_pattern(np.nan) == s.modified_albi_grade(np.nan) == ""
    )


def test_arrays_and_numbers_agree():
    b, i, c = np.array([1.0, 5.0]), np.array([1.0, 2.0]), np.array([1.0, 1.8])
    assert s.meld(b, i, c).tolist() == [float(s.meld(*row)) for row in zip(b, i, c, strict=True)]


def test_mortality_is_given_at_its_own_days_only():
    with pytest.raises(InputError, match="28, 90, 180, 365 days, not at 60"):
        s.clif_aclf_mortality(40, 60)


def test_halves_are_rounded_up():
    assert s.half_up([6.5, 7.5, -6.5]).tolist() == [7, 8, -6]
