"""A user's table of labs: units, words, limits, what is missing and why, malformed rows, memory."""

import csv
import json
from io import StringIO

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lobule.answers.score import score_file
from lobule.cli import app
from lobule.errors import InputError, LobuleError
from lobule.patient.scorecard import SCORES

HEADER = "id,bilirubin_mg_per_dL,INR,creatinine (umol/L),albumin_g_per_L,sodium_mmol_per_L,sex,ascites,encephalopathy"
GOOD = "a,5.0,2.0,159.156,25,125,m,none,0"
OUTPUTS = [column for score in SCORES.values() for column in score.outputs]


def write(tmp_path, *rows, header=HEADER):
    path = tmp_path / "labs.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def scored(tmp_path, *rows, header=HEADER, **options):
    done = score_file(write(tmp_path, *rows, header=header), tmp_path / "out.csv", **options)
    return done, read(tmp_path / "out.csv")


def assert_blanks_have_reasons(rows):
    for row in rows:
        told = {name for clause in row["not_computed"].split("; ") for name in clause.partition(":")[0].split(", ")}
        blank = {name for name in OUTPUTS if row.get(name) == ""}
        assert blank == {name for name in told if name in OUTPUTS}, row


def test_texts_that_a_spreadsheet_would_compute_are_written_as_text_and_read_back(tmp_path):
    _, rows = scored(tmp_path, GOOD.replace("a", "=cmd()", 1), GOOD.replace("a", "-5", 1))
    assert [row["id"] for row in rows] == ["'=cmd()", "-5"]
    columns = HEADER.split(",")
    again = [",".join(row[name] for name in columns) for row in rows]
    assert read(write(tmp_path, *again))[0]["id"] == "'=cmd()"
    _, rows = scored(tmp_path, *again)
    assert [row["id"] for row in rows] == ["'=cmd()", "-5"]


def test_scores_are_added_and_units_converted(tmp_path):
    done, rows = scored(tmp_path, GOOD)
    assert rows[0]["id"] == "a"
    assert (rows[0]["meld"], rows[0]["meld_3"], rows[0]["child_pugh_points"], rows[0]["child_pugh_class"]) == (
        "26", "32", "10", "C")  # fmt: skip
    assert rows[0]["west_haven_band"] == "none"
    assert done.never["fib_4"] == "no column age, ast, alt, platelets"
    assert done.assumed == {"dialysis": 1, "cholestatic": 1}


def test_a_missing_value_is_explained_and_the_rest_computed(tmp_path):
    _, rows = scored(tmp_path, "a,5.0,2.0,159,25,NA,m,none,0")
    assert rows[0]["meld"] == "26"
    assert rows[0]["meld_na"] == ""
    assert rows[0]["not_computed"] == "meld_na: sodium missing; meld_3: sodium missing"


def test_bad_cells_are_reported_by_line_and_the_rest_is_kept(tmp_path):
    done, rows = scored(tmp_path, GOOD, "b,5/0,2.0,159,25,125,m,none,0", "c,5.0,-1,159,25,125,x,none,9", GOOD)
    found = {(p.line, p.column, p.cell): p.reason for p in done.problems}
    assert found[3, "bilirubin_mg_per_dL", "B3"].startswith('"5/0" is not a')
    assert "outside 0.5 to 15" in found[4, "INR", "C4"]
    assert found[4, "sex", "G4"].startswith('"x" is no sex')
    assert '"9" is no grade of encephalopathy; write none, or a West Haven grade' in found[4, "encephalopathy", "I4"]
    assert [row["meld"] for row in rows] == ["26", "", "", "26"]
    assert 'meld: bilirubin "5/0" is not a' in rows[1]["not_computed"]
    assert_blanks_have_reasons(rows)


def test_rows_of_the_wrong_length_are_reported_and_kept(tmp_path):
    done, rows = scored(tmp_path, "a,5.0,2.0", GOOD + ",surplus", "", GOOD)
    assert {p.line: p.reason for p in done.problems}[2] == "the row has 3 cells, the header 9"
    assert "the row has 10 cells, the header 9" in {p.line: p.reason for p in done.problems}[3]
    assert [row["meld"] for row in rows] == ["", "", "26"]
    assert_blanks_have_reasons(rows)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("bilirubin,inr", "bilirubin has no unit; write bilirubin_mg_per_dL or bilirubin_umol_per_L"),
        ("bilirubin_g_per_L,inr", '"g/L" is not a unit of bilirubin'),
        ("inr_mg_per_dL,inr", "no score can be computed"),
        ("inr (mg/dL),x", "inr is a pure number"),
        ("bilirubin_mg_per_dL,bilirubin_umol_per_L", "stands in more than one column"),
        ("bilirubin_mg_per_dL,sex,female", "sex stands in more than one column: sex, female"),
        ("patient,visit", "no column is known"),
        ("inr,age_years", "no score can be computed"),
        ("bilirubin_mg_per_dL,albumin_g_per_dL,albi", 'a column is already called "albi"'),
        ("bilirubin_mg_per_dL,albumin_g_per_dL,not_computed", 'a column is already called "not_computed"'),
        ("Na,bilirubin_mg_per_dL", "sodium has no unit; write sodium_mmol_per_L"),
    ],
)
def test_wrong_headers_are_refused_in_one_sentence(tmp_path, header, message):
    with pytest.raises(InputError, match=message) as error:
        scored(tmp_path, ",".join("1" for _ in header.split(",")), header=header)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out.csv").exists()


def test_all_headers_without_a_unit_are_told_at_once_each_on_its_line(tmp_path):
    with pytest.raises(InputError) as error:
        scored(tmp_path, "1,1,1", header="Age,BMI,bilirubin")
    lines = [str(error.value), *error.value.__notes__]
    assert [line.split(" has no unit")[0] for line in lines] == [
        "labs.csv, cell A1: age",
        "labs.csv, cell B1: bmi",
        "labs.csv, cell C1: bilirubin",
    ]


def test_a_file_is_not_written_onto_itself(tmp_path):
    path = write(tmp_path, GOOD)
    with pytest.raises(InputError, match="is the table itself"):
        score_file(path, path)


@pytest.mark.parametrize("out", [".", "/", "", "labs.csv/x.csv"])
def test_a_place_that_can_hold_no_table_is_refused_in_one_sentence(tmp_path, monkeypatch, out):
    path = write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LobuleError) as error:
        score_file(path, out)
    assert "\n" not in str(error.value)
    result = CliRunner().invoke(app, ["score", str(path), "-o", out])
    assert isinstance(result.exception, (LobuleError, SystemExit))


def test_what_people_write_is_read_as_what_it_is(tmp_path):
    header = (
        "Patient ID,Total bilirubin [µmol/l],PT-INR,Scr (mg/dl),Alb g/dl,Na (mmol/l),Gender,HE,PLT 10^9/L,AST (IU/L)"
    )
    more = ",ALT ukat/L,Age (yr)"
    done, rows = scored(tmp_path, "a,85.52,2.0,1.8,2.5,125,Male,II,88,62,1,52", header=header + more)
    assert (rows[0]["meld"], rows[0]["meld_3"], rows[0]["west_haven_band"]) == ("26", "32", "overt")
    assert float(rows[0]["fib_4"]) == pytest.approx(52 * 62 / (88 * 60**0.5), rel=1e-5)
    assert done.unread == []


def test_columns_that_are_not_read_are_named_with_the_nearest_name(tmp_path):
    done, rows = scored(tmp_path, "1,2,3,4,5,6", header="bilirubin_mg_per_dL,inr,creatinine_mg_per_dL,sodum,x,x")
    assert 'the column "sodum" (cell D1) is not read; did you mean sodium?' in done.unread
    assert len(done.unread) == 3
    assert rows[0]["sodum"] == "4"


@pytest.mark.parametrize("header", ["x,x", ","])
def test_equal_and_blank_headers_are_kept_apart(tmp_path, header):
    write(tmp_path, "p,q,1,2,1", header=f"{header},bilirubin_mg_per_dL,inr,creatinine_mg_per_dL")
    score_file(tmp_path / "labs.csv", tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        first, second = csv.reader(file)
    assert first[:2] == header.split(",")
    assert second[:2] == ["p", "q"]
    assert second[first.index("meld")] == "14"


BASIC = "bilirubin_mg_per_dL,inr,creatinine_mg_per_dL"


@pytest.mark.parametrize("dialysis", ["maybe", "2", "unknown", "?"])
def test_dialysis_that_cannot_be_read_leaves_meld_open(tmp_path, dialysis):
    header = f"{BASIC},sodium_mmol_per_L,albumin_g_per_dL,sex,dialysis"
    _, rows = scored(tmp_path, f"2,1.5,1.2,135,3,f,{dialysis}", header=header)
    assert (rows[0]["meld"], rows[0]["meld_na"], rows[0]["meld_3"]) == ("", "", "")
    for name in ("meld", "meld_na", "meld_3"):
        assert f'{name}: dialysis "{dialysis}" ' in rows[0]["not_computed"]


def test_no_dialysis_is_assumed_where_nothing_is_written_and_said(tmp_path):
    done, rows = scored(tmp_path, "2,1.5,1.2,no", "2,1.5,1.2,", "2,1.5,1.2,yes", header=f"{BASIC},dialysis")
    assert [row["meld"] for row in rows] == ["15", "15", "27"]
    assert done.assumed == {"dialysis": 1}


def test_renal_replacement_leaves_meld_open_until_dialysis_is_said(tmp_path):
    _, rows = scored(tmp_path, "2,1.5,1.2,yes", "2,1.5,1.2,no", header=f"{BASIC},renal_replacement")
    assert [row["meld"] for row in rows] == ["", "15"]
    assert "meld: dialysis missing, but renal_replacement is yes: say in a column" in rows[0]["not_computed"]


ORGANS = f"{BASIC},age_years,white_cells_1e9_per_L,encephalopathy,arterial_pressure_mmHg"


def test_organ_failure_without_a_look_at_the_lung_is_open_and_says_so(tmp_path):
    _, rows = scored(tmp_path, "7,1.5,1,55,5,0,80", header=ORGANS)
    assert rows[0]["clif_c_of"] == rows[0]["aclf_grade"] == rows[0]["clif_c_aclf"] == ""
    assert rows[0]["not_computed"] == "clif_c_of, aclf_grade, clif_c_aclf: pf_ratio, sf_ratio or ventilated missing"


def test_a_ventilated_patient_has_lung_failure_without_an_oxygen_ratio(tmp_path):
    rows = ["7,1.5,1,55,5,0,80,yes,", "7,1.5,1,55,5,0,80,no,", "7,1.5,1,55,5,0,80,no,400", "7,1.5,1,55,5,0,80,?,400"]
    _, found = scored(tmp_path, *rows, header=f"{ORGANS},ventilated,P/F ratio")
    assert [row["clif_c_of"] for row in found] == ["9", "", "7", ""]
    assert 'ventilated "?" is neither yes nor no' in found[3]["not_computed"]
    assert_blanks_have_reasons(found)


def test_dialysis_is_a_failure_of_the_kidney(tmp_path):
    header = f"{ORGANS},pf_ratio,dialysis,renal_replacement"
    _, rows = scored(tmp_path, "7,1.5,1,55,5,0,80,400,yes,", "7,1.5,1,55,5,0,80,400,yes,no", header=header)
    assert [row["aclf_grade"] for row in rows] == ["1", ""]
    assert "renal_replacement is no, although dialysis is yes" in rows[1]["not_computed"]


@pytest.mark.parametrize(
    ("header", "cell", "looks"),
    [
        ("albumin_g_per_L", "3.0", "g/dL"),
        ("albumin_g_per_dL", "30", "g/L"),
        ("bilirubin_umol_per_L", "1.2", "mg/dL"),
        ("bilirubin_mg_per_dL", "171", "umol/L"),
        ("creatinine_umol_per_L", "1.1", "mg/dL"),
        ("creatinine_mg_per_dL", "97", "umol/L"),
        ("platelets_1e9_per_L", "150000", "1/uL"),
        ("platelets_1_per_uL", "150", "1e9/L"),
        ("white_cells_1e9_per_L", "7500", "1/uL"),
        ("inr", "70", "% (prothrombin activity)"),
        ("pf_ratio", "20", "kPa"),
        ("alt_U_per_L", "0.6", "ukat/L"),
        ("age_years", "600", "month"),
    ],
)
def test_a_value_in_another_unit_than_the_header_says_is_told(tmp_path, header, cell, looks):
    done, _ = scored(tmp_path, f"{cell},0", header=f"{header},encephalopathy")
    assert done.problems[0].reason.endswith(f" looks like {looks}")
    assert f"{float(cell):g} is outside " in done.problems[0].reason


@pytest.mark.parametrize(
    ("header", "cell"), [("sodium_mmol_per_L", "13.5"), ("sodium_mmol_per_L", "1350"), ("inr", "0")]
)
def test_what_no_person_has_is_left_out(tmp_path, header, cell):
    done, _ = scored(tmp_path, f"{cell},0", header=f"{header},encephalopathy")
    assert "is outside" in done.problems[0].reason


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ("<0.5,1.5,1.0,3", {"meld": "11", "albi": "", "albi_grade": "2"}),  # MELD takes at least 1
        ("<1.0,1.5,1.0,3", {"meld": "11"}),
        ("<3,1.5,1.0,3", {"meld": ""}),
        ("<2,1.5,1.0,4", {"child_pugh_bilirubin": "1"}),  # 2.0 itself would have two points
        ("<=2,1.5,1.0,4", {"child_pugh_bilirubin": ""}),
        (">3,1.5,1.0,4", {"child_pugh_bilirubin": "3"}),
        (">=3,1.5,1.0,4", {"child_pugh_bilirubin": ""}),
        ("1.0,>2,>4,4", {"meld": ""}),
        ("40,>10,>4,4", {"meld": "40", "meld_na": "40"}),
        ("1.0,1.0,<0.9,4", {"meld": "6"}),
        ("<0.5,<0.9,<0.9,4", {"meld": "6"}),
    ],
)
def test_a_limit_gives_a_score_where_it_decides_it(tmp_path, cells, found):
    header = f"{BASIC},albumin_g_per_dL,sodium_mmol_per_L,ascites,encephalopathy"
    _, rows = scored(tmp_path, f"{cells},125,none,none", header=header)
    assert {name: rows[0][name] for name in found} == found
    for name, value in found.items():
        assert value or name in rows[0]["not_computed"]
    assert_blanks_have_reasons(rows)


def test_sex_coded_in_numbers_is_asked_for(tmp_path):
    header = f"{BASIC},sodium_mmol_per_L,albumin_g_per_dL,Sex"
    rows = ["2,1.5,1.2,135,3,1", "2,1.5,1.2,135,3,2"]
    _, asked = scored(tmp_path, *rows, header=header)
    assert [row["meld_3"] for row in asked] == ["", ""]
    assert 'meld_3: sex "1" is a code of sex' in asked[0]["not_computed"]
    _, said = scored(tmp_path, *rows, header=header, sex="1=male,2=female")
    by_word = scored(tmp_path, "2,1.5,1.2,135,3,m", "2,1.5,1.2,135,3,f", header=header)[1]
    assert [row["meld_3"] for row in said] == [row["meld_3"] for row in by_word] == ["17", "18"]
    with pytest.raises(InputError, match="no column of sex"):
        scored(tmp_path, "2,1.5,1.2", header=BASIC, sex="1=male,2=female")


@pytest.mark.parametrize(("column", "cells"), [("female", ("no", "1")), ("male", ("1", "false"))])
def test_sex_as_a_flag(tmp_path, column, cells):
    header = f"{BASIC},sodium_mmol_per_L,albumin_g_per_dL,{column}"
    _, rows = scored(tmp_path, *(f"2,1.5,1.2,135,3,{cell}" for cell in cells), header=header)
    assert [row["meld_3"] for row in rows] == ["17", "18"]


def test_points_of_child_pugh_in_place_of_grades_are_noticed(tmp_path):
    done, _ = scored(tmp_path, *(f"1,{k},{k}" for k in (1, 2, 3)), header="inr,ascites,encephalopathy")
    assert done.notes == [
        f"{lab} holds 1, 2 and 3 and never 0: read as grades, not as points of Child-Pugh"
        for lab in ("ascites", "encephalopathy")
    ]


def test_alt_of_zero_has_its_reason(tmp_path):
    header = "age_years,ast_U_per_L,alt_U_per_L,platelets_1e9_per_L"
    _, rows = scored(tmp_path, "50,100,0,150", "50,0,0,0", header=header)
    assert rows[0]["not_computed"] == "fib_4: alt 0 is outside 1 to 30000 U/L"
    assert_blanks_have_reasons(rows)


# Any cell of a column: mostly what belongs there, else anything
PLAUSIBLE = {
    "bilirubin_mg_per_dL": ["1.2", "3.0", "14", "<0.5", ">30", "<2"],
    "inr": ["1.0", "1.7", "2.5", "<1", ">10"],
    "creatinine_umol_per_L": ["60", "150", "400", "<88", ">353"],
    "albumin_g_per_L": ["25", "41", "<35", "3.0"],
    "sodium_mmol_per_L": ["120", "133", "141", ">137"],
    "sex": ["f", "m", "1", "weiblich"],
    "ascites": ["none", "mild", "tense", "2", "1.7", "yes"],
    "encephalopathy": ["none", "grade 2", "IV", "overt", "covert", "2.5"],
    "dialysis": ["yes", "no", "maybe"],
    "renal_replacement": ["yes", "no", "?"],
    "ventilated": ["yes", "no", "perhaps"],
    "vasopressor": ["yes", "0"],
    "cholestatic": ["yes", "no", "2"],
    "pf_ratio": ["150", "400", ">300", "20"],
    "sf_ratio": ["200", "450"],
    "arterial_pressure_mmHg": ["60", "85", "<70"],
    "white_cells_1e9_per_L": ["4", "15", "8000"],
    "age_years": ["45", "70", ">89"],
    "ast_U_per_L": ["50", "0", "<5"],
    "alt_U_per_L": ["40", "0", "<5"],
    "platelets_1e9_per_L": ["70", "150000", "<20"],
    "bmi_kg_per_m2": ["24", "31"],
    "diabetes": ["yes", "no", "type 2"],
    "prothrombin_time_s": ["14", "22"],
    "prothrombin_control_s": ["12"],
    "bilirubin_day_7_mg_per_dL": ["8", "<1"],
}
GARBAGE = st.one_of(
    st.sampled_from(
        ["", "NA", "unknown", "-", "abc", "1e999", "-3", "<", "5,0", "1 2", "٣", "=1+1", "#N/A", "2026-01-02"]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=6),
)


def cell(column):
    return st.one_of(st.sampled_from(PLAUSIBLE[column]), st.sampled_from(PLAUSIBLE[column]), GARBAGE)


tables = st.lists(st.sampled_from(sorted(PLAUSIBLE)), min_size=3, unique=True).flatmap(
    lambda columns: st.tuples(st.just(columns), st.lists(st.tuples(*map(cell, columns)), min_size=1, max_size=4))
)


def as_csv(columns, rows, separator=","):
    text = StringIO()
    csv.writer(text, delimiter=separator).writerows([columns, *rows])
    return text.getvalue()


@settings(max_examples=80, deadline=None)
@given(tables)
def test_a_score_is_blank_if_and_only_if_its_row_says_why(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("rows")
    (folder / "labs.csv").write_text(as_csv(*table), encoding="utf-8", newline="")
    try:
        done = score_file(folder / "labs.csv", folder / "out.csv")
    except LobuleError as error:
        assert "\n" not in str(error)
        return
    rows = read(folder / "out.csv")
    assert len(rows) == done.rows
    assert_blanks_have_reasons(rows)
    for name, count in done.computed.items():
        assert count == sum(row[name] != "" for row in rows)


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


SPELLED = {
    "bilirubin": [("bilirubin_mg_per_dL", 1.0, 3), ("T. Bil (µmol/l)", 17.104, 5), ("bilirubin [umol/L]", 17.104, 5)],
    "inr": [("INR", 1.0, 2), ("PT-INR", 1.0, 3)],
    "creatinine": [("creatinine_umol_per_L", 88.42, 4), ("Crea mg/dl", 1.0, 4)],
    "albumin": [("albumin (g/L)", 10.0, 3), ("ALB g/dl", 1.0, 3)],
    "sodium": [("Na (mmol/L)", 1.0, 1), ("sodium_mEq_per_L", 1.0, 1)],
    "platelets": [("PLT 10^9/L", 1.0, 1), ("platelets (/uL)", 1000.0, 0)],
    "ast": [("AST (IU/L)", 1.0, 2), ("GOT [ukat/l]", 1 / 60, 6)],
}


@settings(max_examples=40, deadline=None)
@given(
    st.fixed_dictionaries(
        {"bilirubin": st.floats(0.5, 30), "inr": st.floats(0.9, 5), "creatinine": st.floats(0.5, 6),
         "albumin": st.floats(1.8, 4.8), "sodium": st.floats(118, 145), "platelets": st.integers(20, 300),
         "ast": st.floats(20, 300)}
    ),
    st.fixed_dictionaries({name: st.sampled_from(ways) for name, ways in SPELLED.items()}),
    st.sampled_from([(",", "."), (";", ","), ("\t", ","), (";", "."), ("xlsx", "."), ("parquet", ".")]),
)  # fmt: skip
def test_scores_do_not_depend_on_units_spelling_or_the_kind_of_file(tmp_path_factory, person, spelled, kind):
    folder = tmp_path_factory.mktemp("same")
    person = {name: round(value, 1) for name, value in person.items()}
    plain = {SPELLED[name][0][0]: f"{value * SPELLED[name][0][1]:.6f}" for name, value in person.items()}
    (folder / "plain.csv").write_text(as_csv(list(plain), [list(plain.values())]), encoding="utf-8")
    other = {way[0]: f"{person[name] * way[1]:.6f}" for name, way in spelled.items()}
    separator, mark = kind
    path = folder / f"other.{separator if len(separator) > 1 else 'csv'}"
    if separator == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(list(other))
        book.active.append([float(value) for value in other.values()])
        book.save(path)
    elif separator == "parquet":
        pd.DataFrame([{name: float(value) for name, value in other.items()}]).to_parquet(path)
    else:
        path.write_text(
            as_csv(list(other), [[v.replace(".", mark) for v in other.values()]], separator), encoding="utf-8"
        )
    first, second = (
        score_file(p, folder / "o.csv") and read(folder / "o.csv")[0] for p in (folder / "plain.csv", path)
    )
    for name in ("meld", "meld_na", "albi_grade", "not_computed"):
        assert first[name] == second[name]
    for name in ("albi", "apri"):
        assert float(first[name]) == pytest.approx(float(second[name]), rel=2e-5)


def test_long_tables_are_scored_block_by_block(tmp_path, monkeypatch):
    monkeypatch.setattr("lobule.files.labs.BLOCK", 3)
    rows = [f"p{k};{1 + k / 4:.2f};1,5;1,0;maybe".replace(".", ",") for k in range(8)]
    done, found = scored(tmp_path, *rows, header=f"id,{BASIC},dialysis".replace(",", ";"))
    assert done.rows == 8
    assert [row["id"] for row in found] == [f"p{k}" for k in range(8)]
    assert [p.line for p in done.problems] == list(range(2, 10))
    assert_blanks_have_reasons(found)


def test_the_command_prints_what_was_done(tmp_path):
    path = write(tmp_path, GOOD, "b,high,2,80,30,140,f,mild,1", "c,high,2,80,30,140,f,mild,1")
    result = CliRunner().invoke(app, ["score", str(path), "-o", str(tmp_path / "o.csv")])
    assert result.exit_code == 0
    assert '"high" is not a number; 1 more like it; left out' in result.output
    assert "assumed where nothing is written: dialysis no in 3" in result.output
    data = json.loads(CliRunner().invoke(app, ["score", str(path), "-o", str(tmp_path / "o.csv"), "--json"]).stdout)
    assert data["rows"] == 3
    assert data["computed"]["meld"] == 1
    assert data["problems"][0]["line"] == 3


def test_the_command_takes_codes_of_sex(tmp_path):
    path = write(tmp_path, GOOD.replace(",m,", ",1,"))
    out = tmp_path / "o.csv"
    assert CliRunner().invoke(app, ["score", str(path), "-o", str(out), "--sex", "1=male,2=female"]).exit_code == 0
    assert read(out)[0]["meld_3"] == "32"
