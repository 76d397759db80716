"""One patient's repeated labs: one patient, one time a row, limits, and what is left out."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError, LobuleError
from lobule.files.course import read_course
from lobule.files.one_patient import read_patient

TWO = "patient,day,albumin_g_per_L,inr\na,0,34,1.2\nb,0,28,1.9\na,30,33,1.3\nb,60,27,2.0\n"


def course(tmp_path, text, **options):
    path = tmp_path / "labs.csv"
    path.write_text(text, encoding="utf-8")
    return read_patient(path, **options).course


def animals(tmp_path, text):
    path = tmp_path / "labs.csv"
    path.write_text(text, encoding="utf-8")
    return read_course(path)


def test_several_patients_are_refused_by_name_and_one_can_be_chosen(tmp_path):
    with pytest.raises(InputError) as error:
        course(tmp_path, TWO)
    assert 'the column "patient" (cell A1) names 2 patients (a, b)' in str(error.value)
    assert "--patient" in str(error.value)
    found = course(tmp_path, TWO, patient="b")
    assert found.days.tolist() == [0, 60]
    assert found.values["albumin"] == pytest.approx([28, 27])
    with pytest.raises(InputError, match='there is no patient "c"'):
        course(tmp_path, TWO, patient="c")
    with pytest.raises(InputError, match='no column of patients to find "a" in'):
        course(tmp_path, "day,inr\n0,1.2\n", patient="a")


@pytest.mark.parametrize(
    "header",
    [
        "Patient ID",
        "ID",
        "subject",
        "USUBJID",
        "MRN",
        "Participant-ID",
        "animal",
        "PatientID",
        "Patient #",
        "Subj. ID",
        "Patienten-Nr.",
        "pat_no",
        "患者编号",
    ],
)
def test_a_column_of_patients_is_known_by_many_names(tmp_path, header):
    with pytest.raises(InputError, match="names 2 patients"):
        course(tmp_path, TWO.replace("patient", header, 1))


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400), st.floats(20, 50)), min_size=1, max_size=12,
             unique_by=lambda row: row[:2]),
    st.sampled_from("abc"),
)  # fmt: skip
def test_rows_of_two_patients_are_never_one_course(tmp_path_factory, rows, chosen):
    folder = tmp_path_factory.mktemp("mixed")
    text = "id,day,albumin_g_per_L\n" + "".join(f"{who},{day},{value:.2f}\n" for who, day, value in rows)
    people = {who for who, *_ in rows}
    if len(people) == 1:
        assert len(course(folder, text).days) == len(rows)
    else:
        with pytest.raises(InputError, match=f"names {len(people)} patients"):
            course(folder, text)
    if chosen in people:
        found = course(folder, text, patient=chosen)
        own = sorted((day, round(value, 2)) for who, day, value in rows if who == chosen)
        assert found.values["albumin"] == pytest.approx([value for _, value in own])
        assert (found.days + found.first).tolist() == [day for day, _ in own]


def test_an_id_beside_a_patient_is_that_of_a_row(tmp_path):
    assert course(tmp_path, "id,patient,day,inr\n1,a,0,1.2\n2,a,9,1.3\n").days.tolist() == [0, 9]
    with pytest.raises(InputError, match=r'"id" .* names 2 patients'):
        course(tmp_path, "id,day,inr\n1,0,1.2\n2,9,1.3\n")


@pytest.mark.parametrize(
    ("header", "days"),
    [("day", [0, 2]), ("Days", [0, 2]), ("Week", [0, 14]), ("time_d", [0, 2]), ("Time (weeks)", [0, 14]),
     ("time (h)", [0, 1 / 12]), ("Study day", [0, 2]), ("months", [0, 60.875])],
)  # fmt: skip
def test_times_as_people_write_them(tmp_path, header, days):
    assert course(tmp_path, f"{header},inr\n0,1.2\n2,1.3\n").days == pytest.approx(days)


def test_a_time_without_unit_is_asked_for(tmp_path):
    with pytest.raises(InputError, match="time has no unit; write time_d or time_h"):
        course(tmp_path, "time,inr\n0,1.2\n")


def test_labs_of_animals_have_their_own_ranges_and_no_dates(tmp_path):
    mouse = "day,creatinine_umol_per_L,platelets_1e9_per_L\n3,8,900\n"
    assert animals(tmp_path, mouse).values["creatinine"] == pytest.approx([8])
    assert len(course(tmp_path, mouse).problems) == 1
    with pytest.raises(InputError, match="how long ago the injury began; give a column day"):
        animals(tmp_path, "date,inr\n2026-01-02,1.2\n")
    with pytest.raises(InputError, match="names 2 patients \\(control, treated\\)"):
        animals(tmp_path, "group,day,inr\ncontrol,1,1.2\ntreated,1,1.1\n")


def test_rows_without_a_name_belong_to_nobody(tmp_path):
    found = course(tmp_path, "patient,day,inr\na,0,1.2\n,10,9\na,20,1.3\n")
    assert found.days.tolist() == [0, 20]
    assert [(p.line, p.reason) for p in found.problems] == [(3, "no patient is named; the row is left out")]
    assert course(tmp_path, "patient,day,inr\n,0,1.2\n,10,1.3\n").days.tolist() == [0, 10]


def test_what_is_wrong_with_others_is_not_told(tmp_path):
    found = course(tmp_path, TWO + "b,x,many,2.1\na,y,few,1.4\n", patient="a")
    assert {p.line for p in found.problems} == {7}


def test_two_values_at_one_time_are_refused_and_the_same_one_counts_once(tmp_path):
    with pytest.raises(InputError, match=r'"inr" has two values at one time, 1\.2 in line 2 and 1\.9 in line 3'):
        course(tmp_path, "day,inr\n0,1.2\n0.0,1.9\n")
    found = course(tmp_path, "day,inr,alt_U_per_L\n0,1.2,40\n0,1.2,\n7,1.3,50\n")
    assert np.isfinite(found.values["inr"]).sum() == 2
    assert found.problems[0].reason == "line 2 has the same value at the same time; left out"
    apart = course(tmp_path, "day,inr,alt_U_per_L\n0,1.2,\n0,,40\n7,1.3,50\n")
    assert apart.problems == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,date,inr\n0,2026-01-02,1.2\n1,2026-02-02,1.2\n", 'two columns of times, "day" and "date"; keep one'),
        ("day,Week,inr\n0,0,1.2\n1,9,1.2\n", 'two columns of times, "day" and "Week"; keep one'),
        ("day,Day,inr\n0,0,1.2\n", "day stands in more than one column"),
        (
            "date,inr\n03/04/2026,1.2\n",
            r'"03/04/2026" and the other dates can be read as day\.month\.year and as month/day/year; write such as',
        ),
        ("date,inr\n46000,1.2\n", "is not a date"),
        ("day,inr\n2026-01-02,1.2\n", "no row tells a lab, a sign, an age or a sex of anybody; line 2, day"),
        ("day,inr\n1e9,1.2\n", "outside -36500 to 36500"),
        ("day,inr\n,1.2\n", "no time is written"),
        ("day,inr\n<5,1.2\n", "is no time"),
    ],
)
def test_times_that_cannot_be_told_are_refused(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as error:
        course(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_date_that_is_not_iso_is_told_and_its_row_left_out(tmp_path):
    found = course(tmp_path, "date,inr\n2026-01-02,1.2\n02/03/2026,1.3\n2026-01-12 12:00,1.4\n2026-01-13T00:00Z,1\n")
    assert found.days.tolist() == [0, 10.5]
    assert [p.line for p in found.problems] == [3, 5]
    assert found.first == 0


def test_limits_are_kept_and_must_be_plausible_themselves(tmp_path):
    found = course(tmp_path, "day,alt_U_per_L,albumin_g_per_L\n0,<60,34\n5,>=900,<5000\n9,<1e999,33\n")
    assert found.beyond["alt"].tolist() == [-1, 1, 0]
    assert found.values["alt"][:2].tolist() == [60, 900]
    assert np.isnan(found.values["albumin"][1])
    assert {p.cell for p in found.problems} == {"C3", "B4"}


def test_columns_that_a_fit_does_not_use_are_named(tmp_path):
    found = course(tmp_path, "day,inr,age_years,urea_mmol_per_L,spiders,note\n0,1.2,52,5,1,well\n")
    assert found.unread == (
        'the column "spiders" (cell E1) is a sign for which the model has no place, not used',
        'the column "note" (cell F1) is not read',
        'the column "urea_mmol_per_L" (cell D1) is urea, which a fit does not use',
    )


def test_the_three_kinds_of_file_give_the_same_course(tmp_path):
    rows = {"day": [0, 30], "Albumin (g/dl)": [3.4, 3.3], "inr": [1.25, None]}
    pd.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    pd.DataFrame(rows).to_csv(tmp_path / "b.csv", index=False, sep=";", decimal=",")
    pd.DataFrame(rows).to_parquet(tmp_path / "c.parquet")
    pd.DataFrame(rows).to_excel(tmp_path / "d.xlsx", index=False)
    found = [read_patient(path).course for path in sorted(tmp_path.iterdir())]
    for one in found:
        assert one.values["albumin"] == pytest.approx([34, 33])
        assert one.values["inr"][0] == 1.25
        assert np.isnan(one.values["inr"][1])


def test_dates_of_a_spreadsheet_are_dates_and_its_sheets_can_be_chosen(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "one"
    for row in (["date", "inr"], [pd.Timestamp("2026-01-02"), 1.2], [pd.Timestamp("2026-02-01"), 1.3]):
        book.active.append(row)
    other = book.create_sheet("two")
    for row in (["day", "inr"], [0, 2.2]):
        other.append(row)
    book.save(tmp_path / "labs.xlsx")
    assert read_patient(tmp_path / "labs.xlsx", sheet="one").course.days.tolist() == [0, 30]
    assert read_patient(tmp_path / "labs.xlsx", sheet="two").course.values["inr"].tolist() == [2.2]


@given(
    st.lists(
        st.tuples(st.sampled_from(["0", "7", "30,5", "x", "", "2026-01-01"]),
                  st.sampled_from(["34", "<30", "abc", "", "300"]), st.text(max_size=3)),
        min_size=1, max_size=5,
    ),
    st.sampled_from(["day", "date", "week"]),
)  # fmt: skip
def test_any_table_is_a_course_in_order_or_refused_in_one_sentence(tmp_path_factory, rows, time):
    folder = tmp_path_factory.mktemp("any")
    path = folder / "labs.csv"
    pd.DataFrame(rows, columns=[time, "albumin_g_per_L", "note"]).to_csv(path, index=False)
    try:
        found = read_patient(path).course
    except LobuleError as error:
        assert "\n" not in str(error)
    else:
        assert (np.diff(found.days) >= 0).all()
        assert np.isfinite(found.days).all()


def test_a_prothrombin_time_is_no_patient(tmp_path):
    assert len(course(tmp_path, TWO.replace("patient", "PT", 1).replace("b,0", "b,7")).days) == 4


def test_dates_of_different_ages_are_no_course(tmp_path):
    with pytest.raises(InputError, match="line 2 and line 3 are more than 36500 days apart; is a date wrong"):
        course(tmp_path, "date,inr\n0202-01-01,1.2\n2026-01-01,1.3\n")


def test_a_prothrombin_time_is_no_column_of_patients(tmp_path):
    path = tmp_path / "labs.csv"
    path.write_text("day,albumin_g_per_L,PT (s)\n0,30,13.2\n28,29,14.1\n", encoding="utf-8")
    course = read_patient(path).course
    assert course.days.tolist() == [0, 28]
    assert course.unread == ("INR of 2 rows is made from the prothrombin time (control 10.5 s)",)
