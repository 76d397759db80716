"""The tables of evidence: a row is known by its id, so that no id stands twice."""

import csv
import re
from collections import Counter

import pytest

from lobule.evidence import citation, fact, sources, table_path, table_paths
from lobule.evidence.tables import FOLDER, ID_COLUMNS
from lobule.model.parameters import parameter_table

IDS = ID_COLUMNS | {"sources": "source_id", "sources_2": "source_id", "studies": "row_id",
                    "studies_sizes": "row_id", "trials_sizes": "row_id", "contrasts": "contrast_id",
                    "trials": "row_id", "in_vitro": "id"}  # fmt: skip
PLACEHOLDER = re.compile(
    r"placeholder|do not cite|unconfirmed|no [\w -]*source (was )?(located|found)|replace before|\btbd\b|lorem", re.I
)
EMPTY_WORDS = {"n/a", "#n/a", "tbd", "?", "??", "-", "--", "nan", "null", "xxx", "nr", "not reported"}
RESULT = {  # columns of which one says what was found; where all are empty the note has to
    "studies": ("direction", "ratio_treated_over_injury", "treated_mean"),
    "facts": ("value", "low", "high"),
    "natural_history": ("value", "low", "high"),
    "cohorts": ("mean", "median", "q1", "range_low", "range_high"),
    "correlations": ("spearman",),
    "trials": ("value_mean", "effect", "p_value"),
    "meta_clinical": ("pooled_effect", "ci_low", "p_value"),
    "meta_preclinical": ("effect", "ci_low"),
    "cargo": ("effect_size", "effect", "consequence"),
    "contrasts": ("which_better",),
    "in_vitro": ("direction",),
    "animal_courses": ("mean",),
    "biodistribution": ("value",),
    "targets": ("statement",),
    "sources": ("title",),
}
LIKE = {"physiology": "facts", "physiology_2": "facts", "studies_sizes": "studies", "trials_sizes": "trials"}


@pytest.mark.parametrize(("table", "column"), IDS.items())
def test_no_id_stands_twice_in_a_table(table, column):
    with table_path(table).open(encoding="utf-8", newline="") as file:
        counted = Counter(row[column] for row in csv.DictReader(file))
    assert [name for name, times in counted.items() if times > 1] == [], f"{table}.csv has these ids already"


def rows(table):
    with table_path(table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_no_id_stands_in_two_tables():
    counted = Counter(row[column] for table, column in ID_COLUMNS.items() for row in rows(table))
    assert [name for name, times in counted.items() if times > 1] == []
    assert not {row["source_id"] for row in rows("sources")} & {row["source_id"] for row in rows("sources_2")}


@pytest.mark.parametrize("table", sorted(path.stem for path in FOLDER.glob("*.csv")))
def test_each_row_names_a_source_that_is_there(table):
    for row in rows(table):
        assert None not in row and None not in row.values(), row
        assert row.get("source_id", "") in {"", *sources()}, row


def test_no_row_stands_for_one_that_is_still_to_be_found():
    for table in ("sources", "sources_2"):
        assert [row["source_id"] for row in rows(table) if PLACEHOLDER.search(row["title"])] == []
    for table in sorted(path.stem for path in FOLDER.glob("*.csv")):
        cited = {row.get("source_id", "") for row in rows(table)}
        assert not any(PLACEHOLDER.search(citation(source)) for source in cited if source), table
    asked_for = [row["cargo_id"] for row in rows("cargo") if "asked for" in row["note"]]
    assert asked_for == []


@pytest.mark.parametrize("table", sorted(path.stem for path in FOLDER.glob("*.csv")))
def test_each_row_has_a_result_or_says_why_not_and_no_cell_stands_for_nothing(table):
    found = RESULT[LIKE.get(table, table.removesuffix("_2"))]
    bare = [row for row in rows(table) if not any(row[name].strip() for name in (*found, "note") if name in row)]
    assert bare == []
    cells = [(row, name) for row in rows(table) for name, value in row.items() if value.strip().lower() in EMPTY_WORDS]
    assert cells == []
    assert not [row for row in rows(table) if PLACEHOLDER.search(row.get("note", ""))]


def test_rows_of_the_second_collection_are_those_of_the_first_and_their_address():
    for first, second in (
        ("studies", "studies_sizes"),
        ("trials", "trials_sizes"),
        ("meta_clinical", "meta_clinical_2"),
    ):
        assert [*rows(first)[0], "address"] == list(rows(second)[0])
        assert all(row["address"].startswith("http") for row in rows(second))
        ids = IDS.get(first, "row_id")
        assert not {row[ids] for row in rows(first)} & {row[ids] for row in rows(second)}
    assert [path.stem for path in table_paths("studies")] == ["studies", "studies_sizes"]
    assert [path.stem for path in table_paths("facts")] == ["facts"]


@pytest.mark.parametrize("identifier", ["NN007", "QC0005", "PP001", "HH001", "H001", "MM05", "QB0002", "M01"])
def test_a_row_of_every_collection_is_known_with_its_citation(identifier):
    row = fact(identifier)
    assert identifier in row.values()
    assert len(citation(row["source_id"])) > 10


def test_each_source_of_a_parameter_is_a_row_of_evidence():
    for parameter in parameter_table().values():
        for source in parameter.source:
            assert fact(source), parameter.id
