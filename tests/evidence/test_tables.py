"""The tables of evidence: a row is known by its id, so that no id stands twice."""

import csv
from collections import Counter

import pytest

from lobule.evidence import citation, fact, sources, table_path
from lobule.evidence.tables import FOLDER, ID_COLUMNS
from lobule.model.parameters import parameter_table

IDS = ID_COLUMNS | {"sources": "source_id", "sources_2": "source_id", "studies": "row_id",
                    "contrasts": "contrast_id", "trials": "row_id", "in_vitro": "id"}  # fmt: skip


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


@pytest.mark.parametrize("identifier", ["NN007", "QC0005", "PP001", "HH001", "H001"])
def test_a_row_of_every_collection_is_known_with_its_citation(identifier):
    row = fact(identifier)
    assert identifier in row.values()
    assert len(citation(row["source_id"])) > 10


def test_each_source_of_a_parameter_is_a_row_of_evidence():
    for parameter in parameter_table().values():
        for source in parameter.source:
            assert fact(source), parameter.id
