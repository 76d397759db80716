"""What a notebook shows: short, and every text as it was written."""

import pandas as pd

import lobule as lb
from lobule.report.card import ROWS, card


def test_texts_are_escaped_and_empty_facts_left_out():
    shown = card("<b>", "a & b", facts={"dose": "<1", "over": None, "spleen": False, "n": 0, "wishes": {}})
    assert "<b>&lt;b&gt;</b>" in shown
    assert "a &amp; b" in shown
    assert "&lt;1" in shown
    assert ">n<" in shown
    assert not any(word in shown for word in ("over", "spleen", "wishes"))


def test_a_long_table_shows_its_head_and_how_much_there_is():
    shown = card("t", table=pd.DataFrame({"x": range(ROWS + 5), "name": "<i>"}))
    assert shown.count("<tr") == ROWS + 1
    assert "and 5 more rows" in shown
    assert "<i>" not in shown


def test_what_is_given_to_whom_is_shown():
    plan = lb.Plan("uc-msc-ev", "1e10 particle", every="7 d", n=3)._repr_html_()
    assert "1e10 particle" in plan and "small vesicles" in plan
    assert "Mouse, carbon tetrachloride" in lb.Animal("mouse", injury="ccl4", weeks=6)._repr_html_()
    patient = lb.Patient("human", etiology="hbv", years=20, treated_with=["antiviral"])._repr_html_()
    assert "Patient (chronic hepatitis B)" in patient
    assert "<td>20</td>" in patient and "<td>antiviral</td>" in patient
