"""The tables of evidence: a row is known by its id, so that no id stands twice."""

import csv
from collections import Counter

import pytest

from lobule.evidence import table_path
from lobule.evidence.tables import ID_COLUMNS

IDS = ID_COLUMNS | {"sources": "source_id", "studies": "row_id", "contrasts": "contrast_id", "trials": "row_id",
                    "in_vitro": "id"}  # fmt: skip


@pytest.mark.parametrize(("table", "column"), IDS.items())
def test_no_id_stands_twice_in_a_table(table, column):
    with table_path(table).open(encoding="utf-8", newline="") as file:
        counted = Counter(row[column] for row in csv.DictReader(file))
    assert [name for name, times in counted.items() if times > 1] == [], f"{table}.csv has these ids already"
