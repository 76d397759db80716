"""A define.xml as a page: every table, variable, value and term is on it, with its origin and method."""

from datetime import datetime

import pytest

from lobule.cdisc.define import Level, define_xml
from lobule.cdisc.tables import table
from lobule.report.definitions import page, story


@pytest.fixture(scope="module")
def text():
    times = table("ADTTE", {"STUDYID": "LOB", "USUBJID": ["a", "b"], "PARAM": "Time to death", "PARAMCD": "OS",
                            "AVAL": [1.0, 2.5], "CNSR": [0, 1], "CNSDTDSC": ""})  # fmt: skip
    level = Level("ADTTE", "AVAL", "PARAMCD", "OS", "Derived", "days to the <event>")
    return define_xml("ADaM", [times], "LOB", "A toy", datetime(2026, 1, 5), [level])


def test_the_page_tells_tables_variables_values_and_lists(text):
    told = story(text)
    (one,) = told["tables"]
    assert (one["name"], one["keyed"], one["file"]) == ("ADTTE", ["STUDYID", "USUBJID", "PARAMCD"], "adtte.xpt")
    rows = {row["name"]: row for row in one["variables"]}
    assert rows["CNSR"]["how"].startswith("0 the event, 1 censored") and rows["CNSR"]["list"] == "CL.ADTTE.CNSR"
    assert rows["STUDYID"]["how"] == "ADSL.STUDYID" and rows["CNSDTDSC"]["empty"] and rows["AVAL"]["leveled"]
    assert told["levels"][0]["variables"][0]["name"] == "PARAMCD OS"
    lists = {one["oid"]: one for one in told["lists"]}
    assert lists["CL.ADTTE.PARAMCD"]["entries"] == [{"value": "OS", "meaning": "Time to death", "code": ""}]


def test_the_page_is_one_file_of_its_own_with_every_text_escaped(text):
    shown = page(text)
    assert "days to the &lt;event&gt;" in shown and "Simulated: no person took part" in shown
    assert 'href="adtte.xpt"' in shown and "http" not in shown.replace("http-equiv", "").partition("<main>")[2]
    for place in ('id="ADTTE"', 'id="values"', 'id="CL.ADTTE.CNSR"'):
        assert place in shown
