"""A report is one page that needs nothing else, in which every text is a text and every number is whole."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from lobule.report.whole.curves import MOST, Curves, Line, Panel
from lobule.report.whole.inside import pictures_in
from lobule.report.whole.page import Reference, Shown, Story, whole_page
from lobule.report.whole.tables import BLOCK, table_of

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"
DAYS = np.linspace(0, 63, 253)


class Read(HTMLParser):
    """Tags with their attributes, texts, and the values of numbers."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.numbers = [], [], []
        self.feed(str(page))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag == "data":
            self.numbers.append(float(dict(attributes)["value"]))

    def handle_data(self, data):
        self.text.append(data)

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)


def curves(text="ALT", days=DAYS):
    values = 30 + 10 * np.sin(days)
    lines = [Line("treated", values, "treated", values - 2, values + 2), Line("untreated", values + 5, "untreated")]
    panel = Panel(text, "U/L", lines, f"{text}: treated lower")
    return Curves(days, [panel, panel], {"dose": [21.0], "injury": []}, "90 % of the ensemble")


def story(text="X", **changes):
    parts = {
        "title": text, "question": text, "answer": [text], "use": text, "more": [text],
        "figures": [Shown(text, text, b"PNG", "png", curves(text)), Shown(text, text, b"<svg/>", "svg")],
        "tables": [table_of(pd.DataFrame({text: [text], "value": [1.5]}), text, text)], "methods": [text],
        "software": text, "assumptions": [text], "limits": [text], "references": [Reference("a1", text, "10.1/x")],
        "bibtex": f"@misc{{a, title = {{{text}}}}}", "again": [text], "files": [(text, text)], "made": text,
    }  # fmt: skip
    return Story(**(parts | changes))


def test_a_text_of_a_user_adds_no_tag():
    plain, nasty = Read(whole_page(story("X"))), Read(whole_page(story(NASTY)))
    assert [name for name, _ in nasty.tags] == [name for name, _ in plain.tags]
    assert not [key for _, attributes in nasty.tags for key in attributes if key.startswith("on")]
    assert NASTY in "".join(nasty.text)


def test_the_page_loads_nothing_and_lets_no_script_run_but_its_own():
    read = Read(whole_page(story()))
    loaded = [a.get("src") or a.get("href") for name, a in read.tags if name in ("img", "script", "link", "iframe")]
    assert all(address.startswith("data:") for address in filter(None, loaded))
    policy = next(a["content"] for name, a in read.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy and "unsafe-inline" not in policy.partition("script-src")[2]
    still = Read(whole_page(story(figures=[])))
    assert not still.count("script")


def test_the_page_has_one_heading_landmarks_language_and_words_for_every_picture():
    read = Read(whole_page(story("It falls")))
    assert read.count("h1") == read.count("main") == read.count("header") == read.count("footer") == 1
    assert ("html", {"lang": "en"}) in read.tags
    assert all(a.get("alt") for name, a in read.tags if name == "img")
    assert all(a.get("aria-label") for _, a in read.tags if a.get("role") in ("img", "group"))
    assert read.count("figure") == read.count("figcaption") == 2


def test_every_entry_of_the_contents_leads_somewhere():
    read = Read(whole_page(story()))
    places = {a["id"] for _, a in read.tags if "id" in a}
    wanted = [a["href"][1:] for name, a in read.tags if name == "a" and a.get("href", "").startswith("#")]
    assert wanted and set(wanted) <= places
    assert "figures" not in {a.get("id") for _, a in Read(whole_page(story(figures=[]))).tags}


def test_the_bibliography_comes_out_of_the_page_as_it_went_in():
    page = whole_page(story("Fälle & Co"))
    coded = re.search(r"data:application/x-bibtex;base64,([^\"]+)", page)[1]
    assert base64.b64decode(coded).decode() == "@misc{a, title = {Fälle & Co}}"


def test_curves_carry_their_numbers_and_their_words():
    page = whole_page(story("ALT"))
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    assert len(data["times"]) == len(DAYS) and data["unit"] == "weeks"
    assert data["times"][-1] == pytest.approx(9.0) and data["marks"]["dose"] == [3.0]
    line = data["panels"][0]["lines"][0]
    assert line["values"][10] == pytest.approx(30 + 10 * np.sin(DAYS[10]), rel=1e-4)
    assert line["low"][10] == pytest.approx(line["values"][10] - 2, rel=1e-4)
    assert "ALT: treated lower" in page


def test_a_long_course_is_thinned_and_keeps_its_ends():
    days = np.linspace(0, 3650, 5 * MOST)
    page = whole_page(story(figures=[Shown("c", "s", b"", "png", curves(days=days))]))
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    assert len(data["times"]) == MOST
    assert data["times"][0] == 0 and data["times"][-1] == pytest.approx(3650 / 365.25, rel=1e-4)


def test_what_is_not_known_is_no_number_in_the_curves():
    line = Line("treated", np.array([1.0, np.nan, np.inf]))
    one = Curves(np.array([0.0, 1.0, 2.0]), [Panel("a", "", [line], "a")])
    assert '"values":[1.0,null,null]' in whole_page(story(figures=[Shown("c", "s", b"", "png", one)]))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=5))
def test_a_number_stands_whole_behind_what_is_shown(values):
    assert Read(table_of(pd.DataFrame({"value": values}), "t", "")).numbers == values


def test_a_wide_table_is_told_in_blocks_that_begin_with_what_tells_rows_apart():
    frame = pd.DataFrame({"name": ["a", "b"]} | {f"c{k}": [k, k + 1] for k in range(20)})
    read = Read(table_of(frame, "t", ""))
    assert read.count("table") > 1
    heads = "".join(read.text)
    assert heads.count("name") == read.count("table")
    assert max(np.diff([i for i, (name, _) in enumerate(read.tags) if name == "thead"])) and BLOCK < 20
    repeated = Read(table_of(pd.concat([frame, frame]), "t", ""))
    assert "row" in repeated.text


def test_what_is_the_same_in_every_row_of_a_wide_table_stands_in_its_caption():
    frame = pd.DataFrame({"name": ["a", "b"], "reading": "published"} | {f"c{k}": [k, k + 1] for k in range(9)})
    page = str(table_of(frame, "t", "about"))
    assert "in every row: reading published" in page
    assert "<td>published</td>" not in page


def test_a_single_row_of_many_columns_is_read_from_top_to_bottom():
    frame = pd.DataFrame({f"alt_{k}": [float(k)] for k in range(50)})
    assert Read(table_of(frame, "t", "")).count("tr") == 1 + 50


def test_a_long_table_says_how_much_more_there_is_and_where():
    page = str(table_of(pd.DataFrame({"a": range(1000)}), "t", "", "t.csv"))
    assert "more rows, in t.csv" in page
    assert "no row" in str(table_of(pd.DataFrame({"a": []}), "t", ""))


def test_markup_in_a_cell_stands_and_other_text_does_not():
    frame = pd.DataFrame({"a": pd.Series([Markup("<code>x</code>"), "<b>"], dtype=object)})
    page = str(table_of(frame, "t", ""))
    assert "<code>x</code>" in page and "&lt;b&gt;" in page


def test_figures_of_another_page_are_found_with_their_words():
    page = '<figure role="img" aria-label="It &amp; falls"><svg a="1"><g/></svg><figcaption>ALT</figcaption></figure>'
    (one,) = pictures_in(page * 1)
    assert (one.said, one.caption, one.content) == ("It & falls", "ALT", b'<svg a="1"><g/></svg>')
    assert pictures_in("<p>none</p>") == []


def test_a_record_of_many_rows_and_columns_is_told_by_its_size():
    page = str(table_of(pd.DataFrame({f"c{k}": range(100) for k in range(40)}), "Draws", "of the posterior", "d.csv"))
    assert "100 rows and 40 columns, in d.csv" in page and "<table" not in page
