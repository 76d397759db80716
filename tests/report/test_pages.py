"""A text of a user is a text in every page: no tag, no attribute, no script."""

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.toys import DAYS

from lobule.report.batches import batches_page
from lobule.report.biomarkers import biomarkers_page
from lobule.report.page import table_html
from lobule.report.scoreboard import scoreboard_page
from lobule.report.trial import page as trial_page

NASTY = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&$\\frac{$"


class Tags(HTMLParser):
    """Every tag that a browser would see, with its attributes, and the text."""

    def __init__(self):
        super().__init__()
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, tuple(attributes)))

    def handle_data(self, data):
        self.text.append(data)


def read(page):
    found = Tags()
    found.feed(str(page))
    return found


def batches(text):
    chart = SimpleNamespace(centre=1.0, sigma=0.1, values=np.ones(2), alarms=["", text], baseline=2,
                            logarithmic=False)  # fmt: skip
    row = {"batch": text, "verdict": "fail", "failed": text}
    return batches_page(
        title=text, use=text, intended_use="", said=[text], notes=[text], names=[text, "B2"], streams=[text, ""],
        verdicts=["pass", "fail"], charts={text: chart}, units={text: text}, effect=None, loss=0.3, table=[row],
        felt=[row],
        alarms=[row], capabilities=[row], capable=1.33,
        limits=[row], reporting=[row], left_out=[text], bounds={}, labels={},
    )  # fmt: skip


def biomarkers(text):
    markers = pd.DataFrame({"marker": [text, "age"], "auc_treated": [0.7, 0.5], "auc_reference": [0.6, 0.5]})
    curves = {
        "calibration": pd.DataFrame({"predicted": [0.1], "observed": [0.2]}),
        "decision": pd.DataFrame({"threshold": [0.1], "model": [0.2], "everyone": [0.2]}),
        "qini": pd.DataFrame({"share_treated": [0.0], "gain": [0.0], "random": [0.0]}),
    }
    return biomarkers_page(text, "", [text], markers, pd.DataFrame({"model": [text]}), curves)


def scoreboard(text):
    row = {"row": text, "study": text, "set": "held-out", "group": text, "injury": text, "product": text,
           "endpoint": text, "observed": "down", "observed_ratio": 0.8, "observed_low": 0.7, "observed_high": 0.9,
           "predicted": "down", "predicted_ratio": 0.7, "printed_ratio": 0.6, "band_low": 0.5, "band_high": 0.9,
           "right": True, "seen": True, "basis": text, "assumed": text, "negative": False}  # fmt: skip
    order = {"row": text, "study": text, "set": text, "seen": False, "kind": text, "endpoint": text, "arm_a": text,
             "arm_b": text, "observed": text, "predicted": text, "advantage_of_a": 0.1, "right": False,
             "basis": text}  # fmt: skip
    left = {"row": text, "study": text, "set": text, "reason": text}
    return scoreboard_page(*(pd.DataFrame([r]) for r in (row, order, left)), {}, "", text, [text])


def trial(text):
    arm = {"arm": text, "randomised": 2, "died": 0, "transplanted": 0, "lost to follow-up": 0, "rescued": 0,
           "completed": 2, "analysed": 2}  # fmt: skip
    row = {"endpoint": text, "arm": text, "estimate": 0.1}
    return trial_page({
        "title": text, "name": text, "intended_use": "", "headline": [text], "design": [(text, text)],
        "schedule": {"visits": [text], "rows": [{"assay": text, "unit": text, "error": 0.1, "done": [True]}]},
        "doses": [{"arm": text, "given": text}], "assumptions": [text], "published": [row], "safety": [row],
        "flow": {"eligible_virtual_patients": 4, "randomised": 4, "arms": [arm]}, "table_1": [{text: text}],
        "estimates": [row], "subgroups": [{"subgroup": text, "estimate": None, "low": None}], "endpoints": [row],
        "effects": {text: {text: DAYS}}, "curves": {}, "survival": {}, "spread": {text: DAYS}, "measure": text,
        "primary": text, "replicates": 3, "alpha": 0.05, "question": text, "methods": [row], "not_estimated": text,
        "multiplicity": text, "chances": [row], "boundaries": [row], "power_means": text, "columns_mean": text,
        "subgroups_mean": text, "sizes": [], "wanted": None, "size_said": text, "size_table": [row],
        "no_size_table": text, "made": [(text, text)], "better": "up", "sides": (text, text),
        "unit": text, "units": {text: text},
    })  # fmt: skip


PAGES = {"batches": batches, "biomarkers": biomarkers, "scoreboard": scoreboard, "trial": trial}


@pytest.mark.filterwarnings("ignore::UserWarning")  # a sign without a picture in the font; axes of a single point
@pytest.mark.parametrize("name", PAGES)
def test_a_text_of_a_user_adds_no_tag_to_a_page(name):
    plain, nasty = read(PAGES[name]("X")), read(PAGES[name](NASTY))
    html = [[t for t in found.tags if not re.match("(path|use|g|defs)$", t[0])] for found in (plain, nasty)]
    assert [tag for tag, _ in html[1]] == [tag for tag, _ in html[0]]
    assert not any(key.startswith("on") for _, attributes in nasty.tags for key, _ in attributes)
    assert NASTY in "".join(nasty.text)


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8")))
@settings(deadline=None)
def test_a_table_holds_any_header_and_cell_as_text(header, cell):
    found = read(table_html([{header: cell, "always": "1"}]))
    assert {tag for tag, _ in found.tags} <= {"table", "thead", "tbody", "tr", "th", "td"}
