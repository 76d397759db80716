"""Numbers as people write them in cells; what is not certain is refused with a reason."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.files.cells import NotANumber, Readings, State, decimal_mark, plain_unit, read_number

UNITS = {"1e9/l": "1e9/L", "eu/ml": "EU/mL", "%": "%"}


@pytest.mark.parametrize(
    "text, mark, value, side, unit",
    [
        ("3.4", ".", 3.4, "", ""),
        ("3,4", ",", 3.4, "", ""),
        ("1.1 x 10^11", ".", 1.1e11, "", ""),
        ("1,1×10¹¹ particle/mL", ",", 1.1e11, "", "particle/mL"),
        ("10^9", ".", 1e9, "", ""),
        ("150 x10^9/L", ".", 150, "", "x10^9/L"),
        ("< 0.05 EU/mL", ".", 0.05, "<", "EU/mL"),
        ("≥12 %", ".", 12, ">=", "%"),
        ("−5", ".", -5, "", ""),
        ("1 234 567.5", ".", 1234567.5, "", ""),
        ("1'234,5", ",", 1234.5, "", ""),
        ("1.234,5", ",", 1234.5, "", ""),
        ("1,234,567", ".", 1234567, "", ""),
        ("5.", ".", 5, "", ""),
        (".5", ".", 0.5, "", ""),
    ],
)
def test_a_number_is_read_as_it_is_meant(text, mark, value, side, unit):
    written = read_number(text, mark, UNITS)
    assert (written.value, written.side, written.unit) == (pytest.approx(value), side, unit)


@pytest.mark.parametrize(
    "text", ["", "abc", "1e999", "1e-999", "1,234", "0,3", "1_0", "0x10", "0x101", "１", "٣", "1.2.3", "1.1x1011",
             "inf", "nan", "5-10", "1/2", "1e5.5", "--1", "9" * 500, "1e" + "9" * 60, "1 2", "12 34", "<", ">", "5 ± 1"]
)  # fmt: skip
def test_what_is_no_certain_number_is_refused(text):
    with pytest.raises(NotANumber):
        read_number(text)


@given(st.text(max_size=90), st.sampled_from(".,"))
def test_any_text_is_a_finite_number_or_refused(text, mark):
    try:
        written = read_number(text, mark)
    except NotANumber:
        return
    assert math.isfinite(written.value)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_every_number_is_read_back(value, mark):
    assert read_number(repr(value).replace(".", mark), mark).value == value


@pytest.mark.parametrize(
    "texts, separator, mark",
    [
        (["3,4", "1,5", "52"], ";", ","),
        (["3.4", "1.5", "2,69"], ",", "."),
        (["2,69", "3"], ",", ","),
        (["1,234", "2,5"], ";", ","),
        (["1.234,5"], ";", ","),
        (["1,234"], ";", None),
        (["150.000"], ";", None),
        (["0.123", "1.234"], ";", "."),
        (["1.234"], "\t", "."),
        (["1,234"], "\t", None),
        (["1,234"], ",", "."),
        (["<0,05 EU/mL"], ";", ","),
        ([], ";", "."),
    ],
)
def test_the_decimal_mark_is_told_from_all_numbers_together(texts, separator, mark):
    assert decimal_mark(texts, separator) == mark


@pytest.mark.parametrize(
    "written, plain",
    [("mg/dl", "mg/dl"), ("[mg/dL]", "mg/dl"), ("10⁹/L", "1e9/l"), ("x10^9 / L", "1e9/l"), ("10*9/L", "1e9/l"),
     ("µmol/L", "umol/l"), ("kg/m²", "kg/m2"), ("°C", "degc"), ("EU_per_mL", "eu/ml"), ("percent", "%")],
)  # fmt: skip
def test_spellings_of_a_unit_are_one(written, plain):
    assert plain_unit(written) == plain


def test_a_limit_is_never_a_value():
    cells = Readings.empty(["<5", ">5", "5", "", "x"])
    cells.put(0, 0, 5, strict=True, interval=True)
    cells.put(1, 5, math.inf, strict=True, interval=True)
    cells.put(2, 5, 5)
    cells.refuse(4, "is not a number")
    assert np.array_equal(cells.values(), [np.nan, np.nan, 5, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(cells.limits(), [5, 5, 5, np.nan, np.nan], equal_nan=True)
    assert np.array_equal(cells.estimates(), [2.5, 5, 5, np.nan, np.nan], equal_nan=True)
    assert cells.beyond().tolist() == [-1, 1, 0, 0, 0]
    assert [cells.cell(k).state for k in range(5)] == [State.INTERVAL, State.INTERVAL, State.VALUE, State.ABSENT,
                                                       State.UNUSABLE]  # fmt: skip
    assert cells.cell(4).reason == "is not a number" and cells.cell(0).strict
