"""Tables of studies, contrasts and trials: what is read, and what is reported instead of lost."""

import csv
import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.evidence import table_path, table_paths
from lobule.files.grid import letters
from lobule.studies.tables import packaged_studies, packaged_trials, read_contrasts, read_studies, read_trials

HEADER = ("row_id,study_id,source_id,species,injury_model,product,cell_source,dose_value,dose_unit,n_doses,interval_d,"
          "route,first_dose_day,readout_day,endpoint,injury_mean,injury_sd,treated_mean,treated_sd,n_per_arm,"
          "ratio_treated_over_injury,ratio_low,ratio_high,direction,note")  # fmt: skip


def written(tmp_path, *rows):
    path = tmp_path / "mine.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("read", "name"), [(read_studies, "studies"), (read_contrasts, "contrasts"), (read_trials, "trials")]
)
def test_every_row_of_the_evidence_is_read(read, name):
    with table_path(name).open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    found, problems = read(table_path(name))
    assert problems == []
    assert len(found) == len(written) > 80
    assert {row.source_id for row in found} == {row["source_id"] for row in written}


def test_all_tables_of_a_kind_are_read_together():
    for read, together, kind in (
        (read_studies, packaged_studies, "studies"), (read_trials, packaged_trials, "trials"),
    ):  # fmt: skip
        apart = [read(path) for path in table_paths(kind)]
        rows, problems = together()
        assert rows == [row for found, _ in apart for row in found]
        assert problems == [problem for _, found in apart for problem in found]
        assert all(problem.source for problem in problems)


@pytest.mark.parametrize(
    ("text", "days"), [("168", 168.0), ("last visit", None), ("end of follow-up", None), ("", None)]
)
def test_a_time_that_words_say_is_not_told_is_none(tmp_path, text, days):
    header, first = table_path("trials").read_text(encoding="utf-8").splitlines()[:2]
    row = dict(zip(header.split(","), next(csv.reader([first])), strict=True)) | {"timepoint_d": text}
    path = tmp_path / "trials.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    assert [r.timepoint_d for r in read_trials(path)[0]] == [days]


def test_a_ratio_follows_from_means_and_its_interval_from_standard_deviations(tmp_path):
    path = written(tmp_path, "a,s,s,mouse,ccl4_chronic,ev,uc,,,,,iv,,,collagen_area,10,2,5,1,8,,,,down,")
    row = read_studies(path)[0][0]
    assert row.ratio == 0.5
    error = math.sqrt((0.2**2 + 0.2**2) / 8)
    assert row.ratio_low == pytest.approx(0.5 * math.exp(-1.96 * error))
    assert row.ratio_high == pytest.approx(0.5 * math.exp(1.96 * error))


def test_a_reported_ratio_wins(tmp_path):
    path = written(tmp_path, "a,s,s,mouse,ccl4_chronic,ev,uc,,,,,iv,,,collagen_area,10,2,5,1,8,0.4,0.3,0.6,down,")
    row = read_studies(path)[0][0]
    assert (row.ratio, row.ratio_low, row.ratio_high) == (0.4, 0.3, 0.6)


def test_bad_rows_are_reported_by_line_and_the_others_kept(tmp_path):
    good = "a,s,s,mouse,ccl4_chronic,ev,uc,250,ug,1,,iv,0,28 d after dose,collagen_area,,,,,,,,,down,"
    path = written(
        tmp_path, good, good.replace(",down,", ",sideways,"), good.replace("250", "many"), good.replace("mouse", ""),
        good + ",more", good.replace(",,,,,,,down", ",,,,,-3,,down"), good,
    )  # fmt: skip
    rows, problems = read_studies(path)
    assert len(rows) == 2
    assert rows[0].days_after_dose == 28
    assert [p.line for p in problems] == [3, 4, 5, 6, 7]
    for problem, said in zip(problems, ("none of down, up, none", '"many" is not a number', "species is empty",
                                        "more cells", "below 0"), strict=True):  # fmt: skip
        assert said in problem.reason


@pytest.mark.parametrize(
    ("dose", "number"), [("1e5-1e6", 1e5), ("about 3e6", 3e6), ("5 planned (mean 2.9)", 5), ("0.4", 0.4), ("", None)]
)
def test_numbers_of_a_design_may_be_written_freely(tmp_path, dose, number):
    path = written(tmp_path, f"a,s,s,mouse,ccl4_chronic,ev,uc,{dose},particles,,,iv,,,alt,,,,,,,,,down,")
    rows, problems = read_studies(path)
    assert problems == []
    assert rows[0].dose_value == number


def test_files_that_are_no_such_table_are_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("row,study\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'mine.csv, line 1: no column "row_id"'):
        read_studies(path)
    path.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="The file is empty"):
        read_contrasts(path)
    path.write_bytes(b"\xff\xfe\x00row_id")
    with pytest.raises(InputError, match="no CSV table in UTF-8"):
        read_trials(path)
    with pytest.raises(InputError, match="cannot read"):
        read_studies(tmp_path / "nothing.csv")


GOOD_ROW = "a,s,s,mouse,ccl4_chronic,ev,uc,250,ug,1,7,iv,0,28,collagen_area,10,2,5,1,8,0.5,0.4,0.6,down,note"
GOOD = GOOD_ROW.split(",")
NUMBERS = [name for name, cell in zip(HEADER.split(","), GOOD, strict=True) if cell.replace(".", "").isdigit()]


@pytest.mark.parametrize("column", NUMBERS)
@pytest.mark.parametrize("text", ["1e999", "-1e999", "inf", "nan", "５", "½", "1/2"])
def test_a_number_that_is_none_or_not_finite_is_named_by_its_cell(tmp_path, column, text):
    names = HEADER.split(",")
    row = list(GOOD)
    row[names.index(column)] = text
    rows, problems = read_studies(written(tmp_path, ",".join(row), ",".join(GOOD)))
    assert len(rows) == 1 and len(problems) == 1
    assert problems[0].reason.startswith(f"{column} (cell {letters(names.index(column))}2): ")


@given(st.dictionaries(st.sampled_from(NUMBERS), st.floats(1e-320, 1e308).map(repr), min_size=1, max_size=4))
def test_every_number_that_is_read_is_finite(tmp_path_factory, change):
    row = dict(zip(HEADER.split(","), GOOD, strict=True)) | {"ratio_low": "", "ratio_high": ""} | change
    rows, problems = read_studies(written(tmp_path_factory.mktemp("wide"), ",".join(row.values())))
    assert len(rows) + len(problems) == 1
    for value in (v for found in rows for v in vars(found).values() if isinstance(v, float)):
        assert math.isfinite(value)


def test_columns_that_are_not_read_are_named_and_one_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(f"{HEADER},dose_vlaue\n{','.join(GOOD)},3\n", encoding="utf-8")
    rows, problems = read_studies(path)
    assert len(rows) == 1
    assert problems[0].reason == 'the column "dose_vlaue" is not read; did you mean dose_value?'
    path.write_text(f"{HEADER},species\n{','.join(GOOD)},rat\n", encoding="utf-8")
    with pytest.raises(InputError, match="species stands in more than one column"):
        read_studies(path)


def test_a_p_value_is_at_most_1(tmp_path):
    text = table_path("trials").read_text(encoding="utf-8").splitlines()[:2]
    path = tmp_path / "trials.csv"
    for said, right in (("<0.001", True), ("ns", True), ("1e999", False), ("7", False)):
        row = dict(zip(text[0].split(","), next(csv.reader([text[1]])), strict=True)) | {"p_value": said}
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, row)
            writer.writeheader()
            writer.writerow(row)
        assert len(read_trials(path)[0]) == right


def test_a_workbook_of_arms_is_read_as_the_csv_file_is(tmp_path):
    pd.DataFrame([GOOD], columns=HEADER.split(",")).to_excel(tmp_path / "mine.xlsx", index=False)
    assert read_studies(tmp_path / "mine.xlsx") == read_studies(written(tmp_path, ",".join(GOOD)))


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=300))
def test_no_text_crashes_the_reader(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "any.csv"
    path.write_text(HEADER + "\n" + text, encoding="utf-8")
    try:
        rows, problems = read_studies(path)
    except InputError:
        return
    assert all(p.line > 1 for p in problems)
    assert all(r.direction in ("down", "up", "none") for r in rows)


def test_the_package_holds_the_evidence_as_it_is():
    with table_path("contrasts").open(encoding="utf-8", newline="") as file:
        assert {"contrast_id", "which_better", "kind"} <= set(next(csv.DictReader(file)))
    with pytest.raises(InputError, match='Did you mean "studies"'):
        table_path("studys")
