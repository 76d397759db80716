"""The liver against the facts: what is wanted is a table, what fails is in the docs, adding a check is a row."""

import csv
import math
import re
from pathlib import Path

import numpy as np
import pytest

from lobule.errors import InputError, ModelError
from lobule.evidence import fact, known_ids, sources
from lobule.evidence.tables import ID_COLUMNS
from lobule.validate.check import FOLDER, RETIRED, Check, judged, retired, retired_table, wanted
from lobule.validate.checks import found, summary

ROOT = Path(__file__).parents[2]
ASSUMED = {
    "",
    "15 % either way",
    "limit",
    "lower end",
    "range",
    "share either way",
    "smallest change",
    "window",
}
ELSEWHERE = re.compile(  # what a window may stand on that is no row of evidence
    r"\bassumed\b|\bissue \d+|\bscience README \d+|\b(parameters|cohorts|in_vitro)\.csv|\bprototype\b|\bX\d+"
)
COUNTED = {"1", "%", "1/d", "1e9/L", "U/L", "g/L", "umol/L", "mmHg", "min", "h", "d", "y", "stage/y", "1/y", "stage"}


@pytest.fixture(scope="module")
def values():
    return list(found())


@pytest.fixture(scope="module")
def checks(values):
    return judged(values)


def test_each_row_has_a_window_a_unit_and_a_source():
    for row in wanted().values():
        assert row.what and row.low <= row.high and row.source, row.id
        assert row.unit in COUNTED and row.assumed in ASSUMED, row.id


def known_source(word):
    """A row of evidence, the rows of one fact (bio-C133: bio-C133a, b ...), or a source itself."""
    grouped = any(re.fullmatch(rf"{re.escape(word)}[a-z]", identifier) for identifier in known_ids())
    return grouped or word in known_ids() or word in sources()


def test_each_window_stands_on_rows_of_evidence_or_on_something_named():
    for row in wanted().values():
        unknown = [word for word in ELSEWHERE.sub("", row.source).split() if not known_source(word)]
        assert unknown == [], row.id


def test_each_fact_that_is_set_aside_is_a_row_of_its_table():
    with (FOLDER.parent / "set_aside.csv").open(encoding="utf-8", newline="") as file:
        aside = list(csv.DictReader(file))
    assert len({row["row"] for row in aside}) == len(aside) > 0
    for row in aside:
        found = fact(row["row"])
        assert (found[ID_COLUMNS[row["table"]]], found["source_id"]) == (row["row"], row["source_id"])
        assert row["reason"]


def test_an_id_that_stands_twice_in_a_table_is_told(tmp_path):
    table = tmp_path / "first_edition.csv"
    lines = (FOLDER / table.name).read_text(encoding="utf-8").splitlines()
    table.write_text("\n".join([*lines, lines[1]]), encoding="utf-8")
    with pytest.raises(InputError, match=r'first_edition.csv: "health.mouse.drift" stands in the column id twice'):
        wanted(tmp_path)


def test_an_id_cannot_stand_in_two_tables(tmp_path):
    head, row = "id,what,low,high,unit,source,assumed,calibrated\n", "A6.new,spleen,1,2,1,A6,,\n"
    for name in ("first_edition.csv", "spleen.csv"):
        (tmp_path / name).write_text(head + row, encoding="utf-8")
    with pytest.raises(InputError, match=r'spleen.csv: "A6.new" stands in first_edition.csv too'):
        wanted(tmp_path)


def test_a_retired_check_stays_in_the_first_edition():
    assert {name: wanted()[name].table for name in retired()} == dict.fromkeys(retired(), "first_edition")


def test_a_retired_check_is_told_with_its_reason_and_stands_in_the_docs(tmp_path):
    table = tmp_path / "retired.csv"
    table.write_text("id,why,evidence,instead\nC9,a year is no course,N002,C9.shares\n", encoding="utf-8")
    assert retired(table) == {"C9": "a year is no course (N002); instead: C9.shares"}
    assert retired_table(table).endswith("|---|\n| `C9` | a year is no course | N002 | C9.shares |\n")
    page = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    up_to_date = page.endswith("\n\n" + retired_table(RETIRED))
    assert up_to_date, "sed -i '/^| retired check /,$d' docs/model.md && python -m lobule.validate >> docs/model.md"


@pytest.mark.science
def test_each_row_is_found_by_exactly_one_function(values):
    assert sorted(identifier for identifier, _ in values) == sorted(wanted())


def test_a_further_check_is_one_row_and_one_found_value(tmp_path):
    head = "id,what,low,high,unit,source,assumed,calibrated\n"
    (tmp_path / "spleen.csv").write_text(head + 'A6.new,"CCl4: spleen, fold",1.5,3,1,A6,window,\n', encoding="utf-8")
    rows = wanted(tmp_path)
    assert rows["A6.new"].table == "spleen"
    new = judged([("A6.new", 2.0)], rows)[-1]
    assert new.passed
    assert (new.window, new.title) == ("1.5 to 3", "CCl4: spleen, fold (window assumed)")


@pytest.mark.parametrize(
    ("value", "passed"), [(0.99, False), (1.0, True), (2.0, True), (2.01, False), (math.nan, False)]
)
def test_the_ends_of_a_window_belong_to_it(value, passed):
    assert Check("x", "x", 1, 2, "h", "A1", found=value).passed is passed


def test_a_row_that_nothing_was_found_for_fails():
    row = Check("x", "x", -1, 1, "h", "A1")
    (judgement,) = judged([], {"x": row})
    assert not judgement.passed
    assert math.isnan(judgement.found)
    assert judgement.window == "-1 to 1 h"


def test_a_value_without_a_row_names_the_nearest_row():
    with pytest.raises(ModelError, match=r'no table of wanted/ has a row "A1.mouse.day8".*"A1.mouse.day7"'):
        judged([("A1.mouse.day8", 1.0)])


def test_two_functions_cannot_find_the_same_check():
    with pytest.raises(ModelError, match='"A7" is found twice'):
        judged([("A7", 1.0), ("A7", 1.0)])


def wrong_so_far():
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    return text.split("## Wrong so far")[1].split("## Retired checks")[0]


@pytest.mark.science
def test_what_fails_is_in_the_table_of_failures(checks):
    text = wrong_so_far()
    failing = [check.id for check in checks if not check.passed and check.id not in retired()]
    assert [identifier for identifier in failing if f"`{identifier}`" not in text] == []


@pytest.mark.science
def test_the_table_of_failures_is_up_to_date(checks):
    text = wrong_so_far()
    holding = [check.id for check in checks if check.passed]
    assert [identifier for identifier in holding if f"`{identifier}`" in text] == []


@pytest.mark.science
def test_what_holds_is_finite_and_counted(checks):
    assert all(np.isfinite(check.found) for check in checks if check.passed)
    assert summary(checks).startswith(f"{sum(check.passed for check in checks)} of {len(wanted())} checks hold")


@pytest.mark.science
@pytest.mark.parametrize(("table", "many", "held"), [("aclf", 60, 0.8), ("bile", 40, 0.9), ("failure", 50, 0.9)])
def test_every_check_of_a_subject_is_found_and_most_hold(checks, table, many, held):
    rows = [check for check in checks if check.table == table]
    assert len(rows) > many
    assert all(np.isfinite(row.found) for row in rows)
    assert np.mean([row.passed for row in rows]) >= held


@pytest.mark.science
@pytest.mark.parametrize("fact", [f"A{i}" for i in range(1, 10)] + ["C1.", "C2.", "C3.", "C8", "C15", "D1", "D2", "D4"])
def test_every_fact_of_disease_has_a_check(checks, fact):
    assert any(check.id.startswith(fact) for check in checks)
