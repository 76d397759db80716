"""Tables of users: three kinds of file, units in headers, rows or cells, mistakes by cell, good rows kept."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.files.tables import Quantity, letters, read_table, spelled_header, split_header, understand

KNOWN = {
    "endotoxin": Quantity({"EU/mL": 1.0, "EU/L": 1e-3}, 0, 1e4),
    "particles": Quantity({"particle": 1.0}, 0, 1e18),
    "particles_per_ug": Quantity({"particle/ug": 1.0}, 0, 1e13),
    "inr": Quantity({}, 0, 10),
}
UNITS = [u for q in KNOWN.values() for u in q.units]


def read(path, text):
    path.write_text(text)
    table = read_table(path, UNITS)
    return table, understand(table, KNOWN, ("sterility",), ("batch",))


def test_units_in_headers_rows_and_cells(tmp_path):
    path = tmp_path / "t.csv"
    _, columns = read(path, "batch,endotoxin_EU_per_L,particles (particle)\nA,200,1e10\n")
    assert columns.numbers["endotoxin"][0] == pytest.approx(0.2)
    _, columns = read(path, "batch,endotoxin,particles\nunits,EU/mL,particle\nA,0.2,1e10\n")
    assert columns.numbers["endotoxin"][0] == 0.2
    _, columns = read(path, "batch,endotoxin,inr\nA,0.2 EU/mL,1.1\nB,300 EU/L,1\nC,<0.1 EU/mL,1\n")
    assert columns.numbers["endotoxin"].tolist() == pytest.approx([0.2, 0.3, 0.05])


def test_a_bad_cell_never_loses_the_row_nor_a_bad_row_the_others(tmp_path):
    text = "batch,endotoxin_EU_per_mL,sterility\nA,0.2,pass\nB,much,maybe\n\nC,0.1,fail,extra\nD,-3,\n"
    table, columns = read(tmp_path / "t.csv", text)
    assert columns.texts["batch"] == ["A", "B", "C", "D"]
    assert np.array_equal(columns.numbers["endotoxin"], [0.2, np.nan, 0.1, np.nan], equal_nan=True)
    assert np.array_equal(columns.flags["sterility"], [1, np.nan, 0, np.nan], equal_nan=True)
    said = [str(f) for f in table.faults]
    assert any('line 3, endotoxin_EU_per_mL (cell B3): "much" is not a number' in s for s in said)
    assert any("cell C3" in s and "neither pass nor fail" in s for s in said)
    assert any("line 5" in s and "4 cells, the header 3" in s for s in said)
    assert any("cell B6" in s and "outside" in s for s in said)


@pytest.mark.parametrize(
    "text, words",
    [
        ("batch,endotoxin\nA,0.2\n", r"cell B1: endotoxin has no unit; write endotoxin_EU_per_mL"),
        ("batch,endotoxin_mg_per_mL\nA,0.2\n", r'cell B1: "mg/mL" is not a unit of endotoxin'),
        ("batch,inr_s\nA,0.2\n", "leave the unit out"),
        ("batch,endotoxin_EU_per_mL,endotoxin (EU/L)\nA,1,1\n", "more than one column"),
        ("batch,batch\nA,B\n", "stands in the file twice"),
        ("batch,colour\nA,red\n", "no column is known"),
        ("batch\n", "no rows"),
        ("", "no header"),
    ],
)
def test_refused_as_a_whole(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        read(tmp_path / "t.csv", text)


def test_a_cell_without_unit_among_cells_with_units(tmp_path):
    table, columns = read(tmp_path / "t.csv", "batch,endotoxin\nA,0.2 EU/mL\nB,0.3\nC,0.3 mg\n")
    assert np.isnan(columns.numbers["endotoxin"][1:]).all() and len(table.faults) == 2


def test_kinds_of_files(tmp_path):
    data = pd.DataFrame({"batch": ["A", "B"], "endotoxin_EU_per_mL": [0.1, None]})
    data.to_excel(tmp_path / "t.xlsx", index=False)
    data.to_parquet(tmp_path / "t.parquet")
    for name in ("t.xlsx", "t.parquet"):
        table = read_table(tmp_path / name, UNITS)
        assert table.rows == [["A", "0.1"], ["B", ""]] and table.lines == [2, 3]
    (tmp_path / "t.txt").write_text("x")
    (tmp_path / "broken.xlsx").write_text("x")
    (tmp_path / "broken.parquet").write_text("x")
    for name, words in (("t.txt", ".csv, .xlsx or .parquet"), ("broken.xlsx", "readable Excel"),
                        ("broken.parquet", "readable Parquet"), ("none.csv", "no file")):  # fmt: skip
        with pytest.raises(InputError, match=words):
            read_table(tmp_path / name, UNITS)


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_what_we_write_we_read(name, data):
    unit = data.draw(st.sampled_from(sorted(KNOWN[name].units) or [""]))
    assert split_header(spelled_header(name, unit), KNOWN, ()) == (name, unit)


def test_names_of_columns():
    assert [letters(k) for k in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_semicolons_and_decimal_commas(tmp_path):
    table, columns = read(tmp_path / "t.csv", "batch;endotoxin_EU_per_mL\nA;0.2\nB;0,3\n")
    assert columns.numbers["endotoxin"][0] == 0.2
    assert "write the decimal point as a point" in str(table.faults[0])
