"""What is known of laboratory values: units, what is plausible in a person, columns in another unit than they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.files.labs import QUANTITIES, read_labs
from lobule.files.one_patient import read_patient


def labs_of(tmp_path, text):
    path = tmp_path / "labs.csv"
    path.write_text(text, encoding="utf-8")
    (block,) = read_labs(path)
    return block


def test_units_of_the_table_are_those_of_the_model():
    assert 1 / QUANTITIES["bilirubin"].units["umol/L"] == pytest.approx(17.104, rel=1e-15)
    assert 1 / QUANTITIES["creatinine"].units["umol/L"] == pytest.approx(88.42, rel=1e-15)
    assert QUANTITIES["alt"].units["ukat/L"] == pytest.approx(60, rel=1e-15)
    assert QUANTITIES["platelets"].units["1/uL"] == 1e-3


def test_what_is_taken_for_a_lab_is_not_plausible_as_one():
    """Else a prothrombin activity of 70 % could pass as an INR of 70."""
    for name, quantity in QUANTITIES.items():
        assert quantity.low < quantity.high
        for least, most in quantity.mistaken.values():
            assert most < quantity.low or least > quantity.high, name


USUAL = {"albumin": ("g/dL", 2.0, 5.0), "creatinine": ("mg/dL", 0.5, 4.0), "platelets": ("1e9/L", 20, 400),
         "white_cells": ("1e9/L", 2, 40), "bilirubin": ("mg/dL", 0.3, 1.2), "alt": ("U/L", 5, 59)}  # fmt: skip
OTHER = {"albumin": "g/L", "creatinine": "umol/L", "platelets": "1/uL", "white_cells": "1/uL", "bilirubin": "umol/L",
         "alt": "ukat/L"}  # fmt: skip


@given(st.sampled_from(sorted(USUAL)), st.floats(0, 1))
def test_a_usual_value_under_the_header_of_another_unit_is_never_read(tmp_path_factory, name, share):
    unit, low, high = USUAL[name]
    value = low + share * (high - low)
    if name == "alt":
        value /= 60  # ukat/L, under U/L
        header, looks = "alt (U/L)", "ukat/L"
    else:
        header, looks = f"{name} ({OTHER[name]})", unit
    block = labs_of(tmp_path_factory.mktemp("unit"), f"{header},inr\n{value:.4f},1\n")
    assert np.isnan(block.given[name].low[0])
    assert block.table.faults[0].reason.endswith(f"looks like {looks}")


def test_a_column_that_mostly_looks_like_another_unit_is_left_out_whole(tmp_path):
    """12 mg/dL under umol/L would pass as the 12 umol/L of nobody."""
    text = "day,inr,creatinine_umol_per_L\n0,1,0.9\n1,1,1.2\n2,1,12.0\n"
    block = labs_of(tmp_path, text)
    assert np.isnan(block.given["creatinine"].low).all()
    assert block.given["creatinine"].reasons[2] == "most of the column looks like mg/dL"
    course = read_patient(tmp_path / "labs.csv").course
    assert "creatinine" not in course.values


def test_one_slip_does_not_condemn_a_column(tmp_path):
    block = labs_of(tmp_path, "inr,creatinine_umol_per_L\n1,0.9\n1,106\n1,97\n")
    assert np.isfinite(block.given["creatinine"].low).tolist() == [False, True, True]


def test_limits_end_just_inside_what_they_say(tmp_path):
    block = labs_of(tmp_path, "bilirubin_umol_per_L,inr\n<34.208,1\n<=34.208,1\n>34.208,1\n>=34.208,1\n")
    low, high = block.given["bilirubin"].low, block.given["bilirubin"].high
    assert high[0] < 2.0 == high[1] == low[3] < low[2]
    assert high[0] == pytest.approx(2.0) == low[2]
    assert (low[0], high[2]) == (0.08, 80)


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("Na mmol/L", "sodium", "mmol/L"), ("PLT [10^9/L]", "platelets", "1e9/L"), ("Plt (G/l)", "platelets", "G/L"),
        ("platelets (K/uL)", "platelets", "1e3/uL"), ("AST (IU/L)", "ast", "U/L"), ("GPT µkat/l", "alt", "ukat/L"),
        ("Kreatinin (µmol/l)", "creatinine", "umol/L"), ("T-Bil mg/dl", "bilirubin", "mg/dL"),
        ("WBC (10^3/uL)", "white_cells", "1e3/uL"), ("MAP mmHg", "arterial_pressure", "mmHg"),
        ("Age (y)", "age", "years"),
        ("PT-INR", "inr", ""), ("West Haven grade", "encephalopathy", ""), ("HD", "dialysis", ""),
        ("Mechanical ventilation", "ventilated", ""), ("PaO2/FiO2", "pf_ratio", ""), ("Gender", "sex", ""),
    ],
)  # fmt: skip
def test_headers_as_people_write_them(header, name, unit):
    from lobule.files.labs import VOCABULARY

    assert VOCABULARY.read(header) == (name, unit)


def test_a_header_that_begins_like_a_pure_number_is_another_column(tmp_path):
    block = labs_of(tmp_path, "inr_date,inr\n2026-01-02,1.2\n")
    assert block.unread == ['the column "inr_date" (cell A1) is not read']
    with pytest.raises(InputError, match="inr is a pure number"):
        labs_of(tmp_path, "inr (%),sex\n70,f\n")
