"""A user's table of labs: units, missing values, malformed rows, memory."""

import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import InputError
from lobule.scoring import score_file

HEADER = "id,bilirubin_mg_per_dL,INR,creatinine (umol/L),albumin_g_per_L,sodium_mmol_per_L,sex,ascites,encephalopathy"
GOOD = "a,5.0,2.0,159.156,25,125,m,none,0"


def write(tmp_path, *rows, header=HEADER):
    path = tmp_path / "labs.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def scored(tmp_path, *rows, header=HEADER):
    done = score_file(write(tmp_path, *rows, header=header), tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="") as file:
        return done, list(csv.DictReader(file))


def test_scores_are_added_and_units_converted(tmp_path):
    done, rows = scored(tmp_path, GOOD)
    assert rows[0]["id"] == "a"
    assert (rows[0]["meld"], rows[0]["meld_3"], rows[0]["child_pugh_points"], rows[0]["child_pugh_class"]) == (
        "26", "32", "10", "C")  # fmt: skip
    assert rows[0]["west_haven_band"] == "none"
    assert done.never["fib_4"] == "no column age, ast, alt, platelets"


def test_a_missing_value_is_explained_and_the_rest_computed(tmp_path):
    _, rows = scored(tmp_path, "a,5.0,2.0,159,25,NA,m,none,0")
    assert rows[0]["meld"] == "26"
    assert rows[0]["meld_na"] == ""
    assert "meld_na: sodium missing" in rows[0]["not_computed"]


def test_bad_cells_are_reported_by_line_and_the_rest_is_kept(tmp_path):
    done, rows = scored(tmp_path, GOOD, 'b,"5,0",2.0,159,25,125,m,none,0', "c,5.0,-1,159,25,125,x,none,9", GOOD)
    found = {(p.line, p.column): p.reason for p in done.problems}
    assert found[3, "bilirubin_mg_per_dL"] == '"5,0" is not a number'
    assert "outside 0.3 to 30" in found[4, "INR"]
    assert found[4, "sex"] == '"x" is no sex'
    assert "outside 0 to 4" in found[4, "encephalopathy"]
    assert [row["meld"] for row in rows] == ["26", "", "", "26"]


def test_rows_of_the_wrong_length_are_reported_and_kept(tmp_path):
    done, rows = scored(tmp_path, "a,5.0,2.0", GOOD + ",surplus", "", GOOD)
    assert [(p.line, p.reason) for p in done.problems] == [
        (2, "the row has 3 cells, the header 9"),
        (3, "the row has 10 cells, the header 9"),
    ]
    assert [row["meld"] for row in rows] == ["", "26", "26"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("bilirubin,inr", "bilirubin has no unit; write bilirubin_mg_per_dL or bilirubin_umol_per_L"),
        ("bilirubin_g_per_L,inr", '"g/L" is not a unit of bilirubin'),
        ("inr_mg_per_dL,inr", "no score can be computed|stands in more than one|known"),
        ("inr (mg/dL),x", "inr is a pure number"),
        ("bilirubin_mg_per_dL,bilirubin_umol_per_L", "stands in more than one column"),
        ("patient,visit", "no column is known"),
        ("inr,age_years", "no score can be computed"),
        ("bilirubin_mg_per_dL,albumin_g_per_dL,albi", 'a column is already called "albi"'),
    ],
)
def test_wrong_headers_are_refused_in_one_sentence(tmp_path, header, message):
    with pytest.raises(InputError, match=message) as error:
        scored(tmp_path, ",".join("1" for _ in header.split(",")), header=header)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out.csv").exists()


def test_a_file_is_not_written_onto_itself(tmp_path):
    path = write(tmp_path, GOOD)
    with pytest.raises(InputError, match="is the table itself"):
        score_file(path, path)


@given(st.text(max_size=200))
def test_any_text_is_scored_or_refused_in_one_sentence(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("fuzz")
    path = folder / "labs.csv"
    path.write_text(HEADER + "\n" + text, encoding="utf-8", errors="replace")
    try:
        done = score_file(path, folder / "out.csv")
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert done.rows > 0


def test_the_command_prints_what_was_done(tmp_path):
    path = write(tmp_path, GOOD, "b,high,2,80,30,140,f,mild,1")
    result = CliRunner().invoke(app, ["score", str(path), "-o", str(tmp_path / "o.csv")])
    assert result.exit_code == 0
    assert '"high" is not a number; left out' in result.output
    data = json.loads(CliRunner().invoke(app, ["score", str(path), "-o", str(tmp_path / "o.csv"), "--json"]).output)
    assert data["rows"] == 2
    assert data["computed"]["meld"] == 1
