"""Scores at the edges that their rules print: every limit, cap and class, on it and just beside it."""

import numpy as np
import pytest

from lobule import scores as s

UMOL_PER_MG_DL = 17.104  # of bilirubin: 584.67 g/mol


@pytest.mark.parametrize(
    ("sodium", "score"), [(110, 24), (124, 24), (125, 24), (126, 23), (130, 20), (136, 15), (137, 14), (150, 14)]
)
def test_meld_na_counts_sodium_from_125_to_137(sodium, score):
    assert s.meld_na(2.0, 1.5, 1.0, sodium) == score


def test_meld_na_of_the_policy_by_hand():
    """MELD(i) 26 at sodium 130: 26 + 1.32 * 7 - 0.033 * 26 * 7 = 29.234; 40 at most, 6 at least."""
    assert s.meld(5.0, 2.0, 1.8) == 26
    assert s.meld_na(5.0, 2.0, 1.8, 130) == 29
    assert s.meld_na(40, 9, 4, 125) == 40 == s.meld(40, 9, 4)
    assert s.meld_na(1, 1, 1, 125) == 6 == s.meld(0.3, 0.8, 0.5)


@pytest.mark.parametrize(("inr", "initial", "score"), [(1.5, 11, 11), (1.57, 11, 11), (1.58, 12, 23)])
def test_sodium_counts_only_above_an_initial_score_of_11(inr, initial, score):
    assert s.meld(1.0, inr, 1.0) == initial
    assert s.meld_na(1.0, inr, 1.0, 125) == score


@pytest.mark.parametrize(("sodium", "lacking"), [(120, 15), (125, 15), (126, 14), (139, 1), (140, 0), (145, 0)])
def test_meld_na_of_2008_counts_sodium_from_125_to_140(sodium, lacking):
    """MELD + lacking - 0.025 MELD lacking."""
    score = 6.43 + 3.78 * np.log(8)
    by_hand = score + lacking - 0.025 * score * lacking
    assert float(s.meld_na_2008(8, 1, 1, sodium)) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize(
    ("inputs", "score"),
    [
        ((1, 1, 1), 6.43),
        ((np.e, 1, 1), 6.43 + 3.78),
        ((1, np.e, 1), 6.43 + 11.20),
        ((1, 1, np.e), 6.43 + 9.57),
        ((0.2, 0.7, 0.4), 6.43),
        ((1, 1, 4.0), 6.43 + 9.57 * np.log(4)),
        ((1, 1, 7.0), 6.43 + 9.57 * np.log(4)),
        ((1, 1, 1, True), 6.43 + 9.57 * np.log(4)),
        ((1, 1, np.nan, True), 6.43 + 9.57 * np.log(4)),
    ],
)
def test_meld_floors_its_labs_at_1_and_caps_creatinine_at_4(inputs, score):
    assert float(s.meld_unrounded(*inputs)) == pytest.approx(score, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({}, 6.0),
        ({"female": True}, 7.33),
        ({"bilirubin": np.e}, 6 + 4.56),
        ({"bilirubin": 0.4}, 6.0),
        ({"inr": np.e}, 6 + 9.09),
        ({"inr": 0.8}, 6.0),
        ({"creatinine": 3.0}, 6 + 11.14 * np.log(3)),
        ({"creatinine": 4.5}, 6 + 11.14 * np.log(3)),
        ({"creatinine": 0.5}, 6.0),
        ({"dialysis": True}, 6 + 11.14 * np.log(3)),
        ({"sodium": 138}, 6.0),
        ({"sodium": 136}, 6 + 0.82),
        ({"sodium": 125}, 6 + 12 * 0.82),
        ({"sodium": 118}, 6 + 12 * 0.82),
        ({"albumin": 3.6}, 6.0),
        ({"albumin": 2.5}, 6 + 1.85),
        ({"albumin": 1.5}, 6 + 2 * 1.85),
        ({"albumin": 1.2}, 6 + 2 * 1.85),
        ({"sodium": 127, "bilirubin": np.e}, 6 + 4.56 + 8.2 - 2.4),
        ({"albumin": 2.5, "creatinine": np.e}, 6 + 11.14 + 1.85 - 1.83),
    ],
)
def test_meld_3_term_by_term(change, score):
    healthy = {"bilirubin": 1, "inr": 1, "creatinine": 1, "sodium": 137, "albumin": 3.5, "female": False}
    assert float(s.meld_3_unrounded(**(healthy | change))) == pytest.approx(score, abs=1e-9)
    assert s.meld_3(**(healthy | change)) == s.half_up(score)


def test_meld_3_is_at_most_40():
    assert s.meld_3(40, 9, 3, 125, 3.5, True) == 40


def test_dialysis_is_no_by_default():
    assert s.meld(2, 1.5, 1) == s.meld(2, 1.5, 1, False) != s.meld(2, 1.5, 1, True)
    assert s.meld_na(2, 1.5, 1, 130) == s.meld_na(2, 1.5, 1, 130, False) != s.meld_na(2, 1.5, 1, 130, True)
    assert (
        s.meld_na_2008(2, 1.5, 1, 130) == s.meld_na_2008(2, 1.5, 1, 130, False) < s.meld_na_2008(2, 1.5, 1, 130, True)
    )
    assert s.meld_3(2, 1.5, 1, 130, 3, True) == s.meld_3(2, 1.5, 1, 130, 3, True, False)


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (lambda: s.meld_survival(10), 0.98465),
        (lambda: s.meld_survival(20), 0.9237),
        (lambda: s.meld_survival(30), 0.6656),
        (lambda: s.meld_survival(40), 0.1240),
        (lambda: s.meld_3_survival(10), 0.946 ** np.exp(1.7698 - 3.56)),
        (lambda: s.meld_3_survival(30), 0.946 ** np.exp(5.3094 - 3.56)),
        (lambda: s.meld_tips_survival(1, 1, 1), 0.707 ** np.exp(-1.127)),
        (lambda: s.meld_tips_survival(5, 2, 1.8), 0.707 ** np.exp(1.9472 - 1.127)),
        (lambda: s.peld(1, 1, 1, 2, False), 0.0),
        (lambda: s.peld(0.5, 0.9, 0.8, 1, False), 0.0),
        (lambda: s.peld(1, 1, 1, 0.99, False), 4.36),
        (lambda: s.peld(1, 1, 1, 1, True), 6.67),
        (lambda: s.peld(np.e, 1, 1, 1, False), 4.80),
        (lambda: s.peld(1, np.e, 1, 1, False), 18.57),
        (lambda: s.peld(1, 1, np.e, 1, False), -6.87),
    ],
)
def test_survival_and_peld_by_hand(found, wanted):
    assert float(found()) == pytest.approx(wanted, abs=6e-5)


@pytest.mark.parametrize(
    ("part", "classes"),
    [
        ("bilirubin", [(1.99, 1), (2.0, 2), (3.0, 2), (3.01, 3)]),
        ("albumin", [(3.51, 1), (3.5, 2), (2.8, 2), (2.79, 3)]),
        ("inr", [(1.69, 1), (1.7, 2), (2.3, 2), (2.31, 3)]),
        ("ascites", [(0, 1), (1, 2), (2, 3), (3, 3)]),
        ("encephalopathy", [(0, 1), (1, 2), (2, 2), (3, 3), (4, 3)]),
    ],
)
def test_child_pugh_classes(part, classes):
    best = {"bilirubin": 1.0, "albumin": 4.0, "inr": 1.0, "ascites": 0, "encephalopathy": 0}
    for value, points in classes:
        found = s.child_pugh_points(**(best | {part: value}))
        assert (found[part], found["points"]) == (points, points + 4)


def test_child_pugh_of_cholestatic_disease_and_by_seconds():
    for value, points in [(3.99, 1), (4.0, 2), (10.0, 2), (10.01, 3)]:
        assert s.child_pugh_points(value, 4, 1, 0, 0, cholestatic=True)["bilirubin"] == points
    for seconds, points in [(3.9, 1), (4.0, 2), (6.0, 2), (6.1, 3), (-1.0, 1)]:
        assert s.child_pugh_points(1, 4, np.nan, 0, 0, prothrombin_prolongation=seconds)["inr"] == points
    assert s.child_pugh_points(1, 4, 2.5, 0, 0, prothrombin_prolongation=1)["inr"] == 3


def test_many_patients_at_once_are_as_one_by_one():
    """Each on its own, also where only one of the inputs differs between them."""
    bilirubin, creatinine = np.array([[1.0, 2.5, 13.0], [7.0, 4.0, 1.5]]), np.array([0.9, 1.7, 4.0])
    together = s.child_pugh_points(bilirubin, 3.0, 1.9, 1, [0, 2, 3])
    organs = s.clif_organ_failure(bilirubin, creatinine, [0, 2, 3], 2.6, 65, pf_ratio=250)
    for row, column in np.ndindex(2, 3):
        alone = s.child_pugh_points(bilirubin[row, column], 3.0, 1.9, 1, [0, 2, 3][column])
        assert together["points"][row, column] == alone["points"]
        own = s.clif_organ_failure(bilirubin[row, column], creatinine[column], [0, 2, 3][column], 2.6, 65, pf_ratio=250)
        for part in ("points", "failures", "grade", "kidney"):
            assert np.broadcast_to(organs[part], (2, 3))[row, column] == own[part]


def test_names_of_classes():
    assert s.child_pugh_class([5, 6, 7, 9, 10, 15]).tolist() == ["A", "A", "B", "B", "C", "C"]
    assert s.albi_grade([-2.61, -2.60, -2.59, -1.39, -1.38]).tolist() == [1, 1, 2, 2, 3]
    assert s.modified_albi_grade([-2.60, -2.59, -2.27, -2.26, -1.39, -1.38]).tolist() == [
        "1", "2a", "2a", "2b", "2b", "3"]  # fmt: skip
    assert s.abic_class([6.70, 6.71, 8.99, 9.0]).tolist() == ["A", "B", "B", "C"]
    assert s.west_haven_band([0, 1, 2, 4]).tolist() == ["none", "covert", "overt", "overt"]
    assert s.r_pattern([2.0, 2.01, 4.99, 5.0]).tolist() == ["cholestatic", "mixed", "mixed", "hepatocellular"]
    assert s.aarc_grade([5, 7, 8, 10, 11]).tolist() == [1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (lambda: s.albi(10 / UMOL_PER_MG_DL, 3), 0.66 - 2.55),
        (lambda: s.fib_4(60, 90, 64, 50), 60 * 90 / (50 * 8)),
        (lambda: s.apri(80, 40, 50), 4.0),
        (lambda: s.nafld_fibrosis_score(0, 0, False, 0, 1, 0, 0), -1.675),
        (lambda: s.nafld_fibrosis_score(100, 0, False, 0, 1, 0, 0), -1.675 + 3.7),
        (lambda: s.nafld_fibrosis_score(0, 100, False, 0, 1, 0, 0), -1.675 + 9.4),
        (lambda: s.nafld_fibrosis_score(0, 0, True, 0, 1, 0, 0), -1.675 + 1.13),
        (lambda: s.nafld_fibrosis_score(0, 0, False, 20, 10, 0, 0), -1.675 + 1.98),
        (lambda: s.nafld_fibrosis_score(0, 0, False, 0, 1, 100, 0), -1.675 - 1.3),
        (lambda: s.nafld_fibrosis_score(0, 0, False, 0, 1, 0, 1), -1.675 - 0.66),
        (lambda: s.r_factor(400, 40, 240, 120), 5.0),
        (lambda: s.maddrey(20, 12, 3), 4.6 * 8 + 3),
        (lambda: s.maddrey(11, 12, 3), 3 - 4.6),
        (lambda: s.abic(50, 10, 2, 1.5), 5 + 0.8 + 1.6 + 0.45),
        (lambda: s.clif_aclf(10, 50, np.e), 10 * (3.3 + 2 + 0.63 - 2)),
        (lambda: s.clif_ad(50, np.e, 1, 1, 140), 10 * (1.5 + 0.66 - 7 + 8)),
        (lambda: s.clif_ad(50, 1, np.e, 1, 140), 10 * (1.5 + 1.71 - 7 + 8)),
        (lambda: s.clif_ad(50, 1, 1, np.e, 140), 10 * (1.5 + 0.88 - 7 + 8)),
    ],
)
def test_formulas_by_hand(found, wanted):
    assert float(found()) == pytest.approx(wanted, rel=1e-12)


def test_lille_term_by_term():
    """3.19 - 0.101 age + 0.147 albumin (g/L) + 0.0165 fall - 0.206 [creatinine > 1.3] - 0.0065 first - 0.0096 PT."""
    one = 1 / UMOL_PER_MG_DL  # umol/L
    for changed, r in [
        ((0, 0, 0, 0, 1.3, 0), 3.19),
        ((20, 0, 0, 0, 1.3, 0), 3.19 - 2.02),
        ((20, 2, 0, 0, 1.3, 0), 3.19 - 2.02 + 2.94),
        ((0, 0, 100 * one, 100 * one, 1.3, 0), 3.19 - 0.65),
        ((0, 0, 100 * one, 60 * one, 1.3, 0), 3.19 - 0.65 + 0.66),
        ((0, 0, 0, 0, 1.31, 0), 3.19 - 0.206),
        ((0, 0, 0, 0, 1.3, 100), 3.19 - 0.96),
    ]:
        assert float(s.lille(*changed)) == pytest.approx(np.exp(-r) / (1 + np.exp(-r)), rel=1e-12)
    assert s.lille(0, 1e5, 0, 0, 1, 0) == pytest.approx(0, abs=1e-300)
    assert s.lille(1e5, 0, 0, 0, 1, 0) == 1


@pytest.mark.parametrize(
    ("place", "classes"),
    [
        (0, [(49.9, 1), (50, 2)]),
        (1, [(14.9, 1), (15, 2)]),
        (2, [(4.9, 1), (5, 2)]),
        (3, [(1.49, 1), (1.5, 2), (2.0, 2), (2.01, 3)]),
        (4, [(124 / UMOL_PER_MG_DL, 1), (125.5 / UMOL_PER_MG_DL, 2),
             (249 / UMOL_PER_MG_DL, 2), (251 / UMOL_PER_MG_DL, 3)]),
    ],
)  # fmt: skip
def test_glasgow_classes(place, classes):
    best = [40.0, 10.0, 4.0, 1.2, 5.0]
    for value, points in classes:
        assert s.glasgow(*best[:place], value, *best[place + 1 :]) == 4 + points


BEST = {"bilirubin": 1, "creatinine": 1, "encephalopathy": 0, "inr": 1, "arterial_pressure": 80, "pf_ratio": 400}


@pytest.mark.parametrize(
    ("organ", "lab", "classes"),
    [
        ("liver", "bilirubin", [(5.99, 1), (6, 2), (11.99, 2), (12, 3)]),
        ("kidney", "creatinine", [(1.99, 1), (2, 2), (3.49, 2), (3.5, 3)]),
        ("brain", "encephalopathy", [(0, 1), (1, 2), (2, 2), (3, 3), (4, 3)]),
        ("coagulation", "inr", [(1.99, 1), (2, 2), (2.49, 2), (2.5, 3)]),
        ("circulation", "arterial_pressure", [(70, 1), (69.9, 2)]),
        ("circulation", "vasopressor", [(False, 1), (True, 3)]),
        ("kidney", "renal_replacement", [(False, 1), (True, 3)]),
        ("lung", "pf_ratio", [(301, 1), (300, 2), (201, 2), (200, 3)]),
        ("lung", "ventilated", [(False, 1), (True, 3)]),
    ],
)
def test_clif_organs(organ, lab, classes):
    for value, points in classes:
        found = s.clif_organ_failure(**(BEST | {lab: value}))
        assert (found[organ], found["points"]) == (points, points + 5)


def test_clif_lung_by_saturation_where_the_pressure_of_oxygen_is_missing():
    for ratio, points in [(358, 1), (357, 2), (215, 2), (214, 3)]:
        found = s.clif_organ_failure(**(BEST | {"pf_ratio": np.nan, "sf_ratio": ratio}))
        assert found["lung"] == points
    assert s.clif_organ_failure(**BEST, sf_ratio=100)["lung"] == 1


def test_a_ventilated_patient_has_lung_failure_without_a_ratio_and_a_dialysed_one_kidney_failure():
    without = {k: v for k, v in BEST.items() if k not in ("pf_ratio", "creatinine")}
    found = s.clif_organ_failure(**without, creatinine=np.nan, ventilated=True, renal_replacement=True)
    assert (found["lung"], found["kidney"], found["points"], found["failures"], found["grade"]) == (3, 3, 10, 2, 2)
    assert np.isnan(s.clif_organ_failure(**without, creatinine=1)["points"])


@pytest.mark.parametrize(
    ("change", "failures", "grade"),
    [
        ({"bilirubin": 12}, 1, 0),
        ({"bilirubin": 12, "creatinine": 1.49}, 1, 0),
        ({"bilirubin": 12, "creatinine": 1.5}, 1, 1),
        ({"bilirubin": 12, "creatinine": 1.99}, 1, 1),
        ({"bilirubin": 12, "creatinine": 2.0}, 2, 2),
        ({"creatinine": 1.99, "encephalopathy": 2}, 0, 0),
        ({"creatinine": 2.0}, 1, 1),
        ({"bilirubin": 12, "encephalopathy": 2}, 1, 1),
        ({"bilirubin": 12, "encephalopathy": 1}, 1, 1),
        ({"encephalopathy": 3}, 1, 0),
        ({"encephalopathy": 3, "creatinine": 1.5}, 1, 1),
        ({"inr": 2.5}, 1, 0),
        ({"vasopressor": True}, 1, 0),
        ({"pf_ratio": 200}, 1, 0),
        ({"inr": 2.5, "vasopressor": True}, 2, 2),
        ({"inr": 2.5, "vasopressor": True, "pf_ratio": 150}, 3, 3),
        ({"inr": 2.5, "vasopressor": True, "pf_ratio": 150, "bilirubin": 20, "creatinine": 5}, 5, 3),
    ],
)
def test_failures_and_grades_of_acute_on_chronic_failure(change, failures, grade):
    found = s.clif_organ_failure(**(BEST | change))
    assert (found["failures"], found["grade"]) == (failures, grade)


@pytest.mark.parametrize(
    ("found", "c", "b"),
    [
        (lambda: s.clif_aclf_mortality(50, 28), 0.0022, 0.0995),
        (lambda: s.clif_aclf_mortality(50, 30), 0.0022, 0.0995),
        (lambda: s.clif_aclf_mortality(50, 90), 0.0079, 0.0869),
        (lambda: s.clif_aclf_mortality(50, 180), 0.0115, 0.0824),
        (lambda: s.clif_aclf_mortality(50, 365), 0.0231, 0.0731),
        (lambda: s.clif_ad_mortality(50, 90), 0.00056, 0.1007),
        (lambda: s.clif_ad_mortality(50, 365), 0.00879, 0.0698),
    ],
)
def test_mortality_by_its_constants(found, c, b):
    assert float(found()) == pytest.approx(1 - np.exp(-c * np.exp(b * 50)), rel=1e-12)


def test_mortality_of_decompensation_has_no_day_28():
    from lobule.errors import InputError

    with pytest.raises(InputError, match=r"^CLIF-C AD gives mortality at 90, 365 days, not at 30$"):
        s.clif_ad_mortality(50, 30)
    with pytest.raises(InputError, match=r"^CLIF-C ACLF gives mortality at 28, 90, 180, 365 days, not at 29$"):
        s.clif_aclf_mortality(50, 29)


@pytest.mark.parametrize(
    ("place", "classes"),
    [
        (0, [(14.9, 1), (15, 2), (25, 2), (25.1, 3)]),
        (1, [(0, 1), (1, 2), (2, 2), (3, 3)]),
        (2, [(1.79, 1), (1.8, 2), (2.5, 2), (2.51, 3)]),
        (3, [(1.49, 1), (1.5, 2), (2.5, 2), (2.51, 3)]),
        (4, [(0.69, 1), (0.7, 2), (1.5, 2), (1.51, 3)]),
    ],
)
def test_aarc_classes(place, classes):
    best = [10.0, 0, 1.2, 1.0, 0.5]
    for value, points in classes:
        assert s.aarc(*best[:place], value, *best[place + 1 :]) == 4 + points


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (lambda: s.apasl_aclf(5, 1.5, 1, 0), True),
        (lambda: s.apasl_aclf(5, 1.5, 0, 1), True),
        (lambda: s.apasl_aclf(5, 1.5, 0, 0), False),
        (lambda: s.apasl_aclf(4.99, 1.5, 2, 2), False),
        (lambda: s.apasl_aclf(5, 1.49, 2, 2), False),
        (lambda: s.kings_acetaminophen(7.30, 6.5, 3.4, 3), False),
        (lambda: s.kings_acetaminophen(7.29, 1, 1, 0), True),
        (lambda: s.kings_acetaminophen(7.4, 6.51, 3.41, 3), True),
        (lambda: s.kings_acetaminophen(7.4, 6.51, 3.41, 2), False),
        (lambda: s.kings_acetaminophen(7.4, 6.51, 3.4, 3), False),
        (lambda: s.kings_acetaminophen(7.4, 6.5, 3.41, 3), False),
        (lambda: s.kings_acetaminophen(7.4, 1, 1, 0, 3.0), False),
        (lambda: s.kings_acetaminophen(7.4, 1, 1, 0, 3.01), True),
        (lambda: s.kings_other(6.5, 20, False, 0, 1), False),
        (lambda: s.kings_other(6.51, 20, False, 0, 1), True),
        (lambda: s.kings_other(3.51, 9.9, True, 0, 1), True),
        (lambda: s.kings_other(3.51, 10, True, 0, 1), False),
        (lambda: s.kings_other(3.51, 40, True, 0, 1), False),
        (lambda: s.kings_other(3.51, 40.1, True, 0, 1), True),
        (lambda: s.kings_other(3.5, 40.1, True, 0, 1), False),
        (lambda: s.kings_other(1, 50, True, 7.1, 1), True),
        (lambda: s.kings_other(1, 50, True, 7, 1), False),
        (lambda: s.kings_other(1, 50, True, 7, 301 / UMOL_PER_MG_DL), True),
        (lambda: s.kings_other(1, 50, True, 7, 299 / UMOL_PER_MG_DL), False),
        (lambda: s.kings_other(1, 50, False, 8, 18), True),
        (lambda: s.hys_law(3, 1, 2, 1.99), True),
        (lambda: s.hys_law(1, 3, 2, 1.99), True),
        (lambda: s.hys_law(2.99, 2.99, 2, 1), False),
        (lambda: s.hys_law(3, 1, 1.99, 1), False),
        (lambda: s.hys_law(3, 1, 2, 2), False),
    ],
)
def test_criteria(found, wanted):
    answer = found()
    assert answer.dtype == bool
    assert answer == wanted
