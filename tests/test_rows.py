"""Small tables of the package: what is wrong with one is told with file, line and column."""

import pytest

from lobule.errors import InputError
from lobule.rows import Row, read_rows, rows_by


class Vessel(Row):
    name: str
    litres: float
    bags: int = 1
    stirred: bool = False


HEADER = "name,litres,bags,stirred\n"


def table(tmp_path, text):
    path = tmp_path / "vessels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_blank_cell_is_the_default_of_its_field(tmp_path):
    rows = read_rows(table(tmp_path, HEADER + "flask,0.25,,\nreactor,50,2,yes\n"), Vessel)
    assert rows == (Vessel(name="flask", litres=0.25), Vessel(name="reactor", litres=50, bags=2, stirred=True))


def test_rows_are_found_by_name_in_the_order_of_the_file(tmp_path):
    found = rows_by("name", table(tmp_path, HEADER + "z,1,,\na,2,,\n"), Vessel)
    assert list(found) == ["z", "a"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (HEADER + "flask,much,,\n", 'vessels.csv, line 2, column litres: "much" is not a number'),
        (HEADER + "a,1,,\nflask,,,\n", "vessels.csv, line 3, column litres: the cell is empty, not a number"),
        (HEADER + "flask,inf,,\n", "not a finite number"),
        (HEADER + "flask,1,1.5,\n", '"1.5" is not a whole number'),
        (HEADER + "flask,1,,perhaps\n", '"perhaps" is not yes or no'),
        (HEADER + "flask,1\n", "vessels.csv, line 2: the row has more or fewer cells than the header"),
        (HEADER + "flask,1,,,5\n", "vessels.csv, line 2: the row has more or fewer cells than the header"),
        ("name,liters,bags,stirred\n", 'line 1: there is no column "liters". Did you mean "litres"?'),
        ("name,litres,bags\n", 'line 1: no column "stirred"'),
        (HEADER + "a,1,,\na,2,,\n", 'vessels.csv: "a" stands in the column name twice'),
    ],
)
def test_a_wrong_cell_is_one_sentence_with_its_place(tmp_path, text, sentence):
    with pytest.raises(InputError) as told:
        rows_by("name", table(tmp_path, text), Vessel)
    assert sentence in str(told.value)
