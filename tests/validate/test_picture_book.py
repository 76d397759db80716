"""The picture book: every cause is on a sheet, what is drawn are untreated courses, the page names what is there."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from lobule.model.causes import Cause, causes
from lobule.validate import picture_book as module
from lobule.validate.picture_book import OUTPUTS, drawn, sheets, sheets_of, unit

ROOT = Path(__file__).parents[2]
LARGEST = 1.5e6  # bytes of all pictures together


def test_every_cause_is_on_a_sheet_of_each_length_of_time_that_it_acts_in():
    scales = {name: {s.scale for s in sheets() if s.cause.name == name} for name in causes()}
    assert scales["hbv"] == {"years"}
    assert scales["ccl4"] == scales["partial_hepatectomy"] == scales["bile_duct_ligation"] == {"hours", "weeks"}
    assert all(scales.values())


def test_a_cause_of_people_is_drawn_with_its_care_where_one_takes_it_away(monkeypatch):
    known = causes()["hbv"]
    (sheet,) = sheets_of(known)
    assert list(sheet.subjects) == ["person", "antiviral after 15 years"]
    assert (sheet.dashed, sheet.spread) == (("antiviral after 15 years",), "person")
    monkeypatch.setattr(module, "REMOVED_BY", {})
    assert list(sheets_of(known)[0].subjects) == ["person"]


def test_a_new_cause_gets_its_sheets_by_its_kind():
    like = {"targets": {}, "unit_kind": "share", "dose": "1 %", "source": "", "grade": "assumed", "note": ""}
    toxin = Cause(name="acetaminophen", title="", species=("mouse", "human"), kind="dose", every=None, **like)
    assert [(s.scale, list(s.subjects)) for s in sheets_of(toxin)] == [
        ("hours", ["mouse", "person"]),
        ("weeks", ["mouse", "person"]),
    ]


def test_courses_are_in_order_with_survival_and_cells_in_per_cent():
    both = [s for s in sheets() if (s.cause.name, s.scale) in (("partial_hepatectomy", "hours"), ("ccl4", "weeks"))]
    found = drawn(both[::-1])
    assert [one.sheet.scale for one in found] == [s.scale for s in both[::-1]]
    for one in found:
        assert set(one.values) <= set(OUTPUTS)
        for line, alive in one.values["alive"].items():
            assert alive[0] == pytest.approx(100) and (np.diff(alive) <= 1e-9).all()
            assert one.values["living_hepatocytes"][line][0] == pytest.approx(100)
            assert len(one.times) == len(alive)
    assert (unit("alive"), unit("bilirubin"), unit("il_6")) == ("%", "umol/L", "")


def test_the_page_names_pictures_that_are_there_and_small():
    page = (ROOT / "docs" / "causes.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\]\((causes/\w+\.png)\)", page))
    there = {f"causes/{path.name}" for path in (ROOT / "docs" / "causes").glob("*.png")}
    assert named == there and named
    assert sum((ROOT / "docs" / name).stat().st_size for name in there) < LARGEST


def test_what_looks_odd_is_said_of_causes_that_exist():
    with (ROOT / "benchmarks" / "picture_book.csv").open(encoding="utf-8", newline="") as file:
        assert {row["cause"] for row in csv.DictReader(file)} <= set(causes())
