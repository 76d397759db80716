"""Tables of submission: columns in the order of the guide, text that a transport file can hold, dates, study days."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.cdisc.calendar import dates, iso, sas_days, study_day
from lobule.cdisc.metadata import known_datasets, known_variables, terms, terms_of, variable
from lobule.cdisc.tables import plain, table

DAY_1 = np.datetime64("2026-01-05")


@given(st.integers(-3000, 3000))
def test_there_is_no_day_0_and_days_count_from_the_reference(gap):
    day = float(study_day(DAY_1 + np.array([gap]), DAY_1)[0])
    assert day == (gap + 1 if gap >= 0 else gap)
    assert day != 0


def test_a_day_of_the_model_falls_on_a_date_and_one_that_never_comes_on_none():
    found = dates("2026-02-28", np.array([0.0, 0.99, 1.0, np.inf, np.nan]))
    assert iso(found) == ["2026-02-28", "2026-02-28", "2026-03-01", "", ""]
    assert np.isnan(sas_days(found)[3:]).all()


def test_dates_of_sas_count_from_1960():
    assert sas_days(np.array(["1960-01-01", "2026-01-05"], "datetime64[D]")).tolist() == [0, 24111]


@given(st.text())
def test_text_becomes_what_a_transport_file_can_hold(text):
    found = plain(text)
    assert found.isascii() and len(found) <= 200 and found == found.strip() and plain(found) == found


def test_columns_stand_in_the_order_of_the_guide_with_its_types():
    made = table("ADTTE", {"CNSR": [1, 0], "AVAL": [2.0, np.nan], "USUBJID": ["b", "a"], "PARAMCD": "OS",
                           "STUDYID": "S", "PARAM": "Time to death", "STARTDT": DAY_1})  # fmt: skip
    assert list(made.frame) == ["STUDYID", "USUBJID", "PARAM", "PARAMCD", "STARTDT", "AVAL", "CNSR"]
    assert made.frame["USUBJID"].tolist() == ["a", "b"]  # sorted by its keys
    assert made.frame["STARTDT"].tolist() == [pd.Timestamp("2026-01-05")] * 2
    assert made.length("USUBJID") == 1 and made.length("AVAL") == 8


def test_a_column_that_the_guide_does_not_have_is_refused():
    with pytest.raises(KeyError, match="ADSL has no variable WEIGHT"):
        table("ADSL", {"STUDYID": ["S"], "WEIGHT": [70.0]})


def test_a_numbered_variable_has_its_number_in_the_label():
    one = variable("ADSL", "STRAT2R")
    assert one is not None and one.label == "Strat Factor 2 Value Used for Rand"
    assert variable("ADSL", "STRATXR") is None


def test_the_table_of_variables_keeps_the_limits_of_transport_files():
    for name, dataset in known_datasets().items():
        rows = known_variables(name)
        names = [one.name for one in rows]
        assert len(set(names)) == len(names)
        assert set(dataset.key_variables) <= set(names)
        for one in rows:
            assert len(one.name) <= 8 and len(one.label) <= 40 and one.label.isascii() and one.how
            if one.codelist and one.codelist != "sponsor":
                assert terms_of(one.codelist), one.codelist
            assert not one.decode or one.decode in names


def test_each_term_has_a_code_of_its_own_within_its_list():
    for name, rows in terms().items():
        assert len({row.term for row in rows}) == len({row.term_code for row in rows}) == len(rows), name
        assert len({row.code for row in rows}) == 1
