"""The lobule in space against facts of space: what is wanted is a table, what fails is in the docs."""

from pathlib import Path

import pytest
from tests.validate.test_checks import ASSUMED, COUNTED, ELSEWHERE, known_source

from lobule.answers.evidence import explain
from lobule.tissue.zones import tissue_parameters
from lobule.validate.check import SPACE, wanted
from lobule.validate.space import grown, tissue_checks

ROOT = Path(__file__).parents[2]
ROWS = wanted(SPACE)


def test_each_row_has_a_window_a_unit_and_a_source():
    for row in ROWS.values():
        assert row.what and row.low <= row.high and row.source, row.id
        assert row.unit in COUNTED and row.assumed in ASSUMED, row.id
        unknown = [word for word in ELSEWHERE.sub("", row.source).split() if not known_source(word)]
        assert unknown == [], row.id


def test_what_was_set_to_a_row_is_a_measure_of_tissue():
    for row in ROWS.values():
        assert set(row.calibrated.split()) <= set(tissue_parameters().index), row.id


def test_rows_of_space_are_not_those_of_the_well_mixed_liver():
    assert not ROWS.keys() & wanted().keys()


def test_a_measure_of_tissue_and_its_source_lead_to_each_other():
    gain = explain("meal_gain")
    assert gain["grade"] == "calibrated" and "Dal-Secco" in str(gain["evidence"])
    users = explain("TS016")["used_by"]
    assert "meal_gain (tissue)" in users and "space.m2_m1.day2 (lobule validate --tissue)" in users
    assert explain("lobule_radius")["grade"] == "assumed"


@pytest.mark.science
def test_what_fails_is_named_in_the_docs_and_nothing_else_is():
    checks = tissue_checks()
    page = (ROOT / "docs" / "tissue.md").read_text(encoding="utf-8")
    missed = page[page.index("### Missed") : page.index("### Consistency")]
    assert [check.id for check in checks if not check.passed and f"`{check.id}`" not in missed] == []
    assert [check.id for check in checks if check.passed and f"`{check.id}`" in missed] == []


@pytest.mark.science
def test_a_drawn_sheet_has_lost_as_many_cells_as_its_patches_say():
    once = grown("CCl4 once")
    gone = (
        1
        - once.tissue.courses.set_index("day").loc[1.0, "living_hepatocytes"]
        / once.tissue.courses["hepatocytes_healthy"].iloc[0]
    )
    assert once.lost(1.0) == pytest.approx(100 * gone, abs=1.5)
