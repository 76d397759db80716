"""The same people in every shape, unit, separator and kind of file are the same people, and are never merged."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.files.people import read_people

LABS = {  # lab: header and factor from the first unit to the other
    "albumin": ("albumin_g_per_L", "Albumin (g/dl)", 0.1),
    "bilirubin": ("bilirubin_umol_per_L", "Bilirubin (mg/dL)", 1 / 17.104),
    "inr": ("inr", "INR", 1.0),
    "alt": ("alt_U_per_L", "ALT ukat/L", 1 / 60),
    "platelets": ("platelets_1e9_per_L", "PLT /µl", 1000.0),
}
UNITS = {"albumin": "g/L", "bilirubin": "umol/L", "inr": "", "alt": "U/L", "platelets": "1e9/L"}
RANGES = {"albumin": (20, 50), "bilirubin": (5, 300), "inr": (1, 3), "alt": (10, 400), "platelets": (60, 400)}


@st.composite
def cohorts(draw):
    """[(patient, day, {lab: value})], each patient and day once."""
    visit = st.tuples(st.sampled_from(["p1", "p2", "7", "Ω"]), st.integers(0, 900))
    rows = draw(st.lists(visit, min_size=1, max_size=8, unique=True))
    value = {name: st.one_of(st.none(), st.integers(10 * low, 10 * high).map(lambda x: x / 10))
             for name, (low, high) in RANGES.items()}  # fmt: skip
    table = [(who, day, {name: draw(one) for name, one in value.items()} | {"inr": draw(st.integers(10, 30)) / 10})
             for who, day in rows]  # fmt: skip
    return table


def expected(rows):
    """{patient: (days, {lab: values})} of what `cohorts` draws."""
    found = {}
    for who in dict.fromkeys(who for who, *_ in rows):
        own = sorted(((day, labs) for name, day, labs in rows if name == who), key=lambda row: row[0])
        days = [day - own[0][0] for day, _ in own]
        values = {name: [labs[name] for _, labs in own] for name in LABS}
        found[who] = days, {name: some for name, some in values.items() if any(v is not None for v in some)}
    return found


def check(people, rows):
    wanted = expected(rows)
    assert {person.name for person in people.persons} == set(wanted)
    assert not people.problems
    for person in people.persons:
        days, values = wanted[person.name]
        assert person.course.days.tolist() == days
        assert set(person.course.values) == set(values)
        for name, some in values.items():
            plain = np.array([np.nan if v is None else v for v in some])
            np.testing.assert_allclose(person.course.values[name], plain, rtol=1e-9)


def written(number, comma):
    text = "" if number is None else repr(float(number))
    return text.replace(".", ",") if comma else text


@settings(max_examples=25, deadline=None)
@given(cohorts(), st.sampled_from([(",", False), (";", True), ("\t", False)]), st.booleans())
def test_separators_and_units_do_not_matter(tmp_path_factory, rows, kind, other):
    separator, comma = kind
    heads = [one[1] if other else one[0] for one in LABS.values()]
    lines = [separator.join(["patient", "day", *heads])]
    for who, day, labs in rows:
        cells = [None if labs[name] is None else labs[name] * (one[2] if other else 1) for name, one in LABS.items()]
        lines.append(separator.join([who, str(day), *(written(cell, comma) for cell in cells)]))
    path = tmp_path_factory.mktemp("wide") / "people.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    check(read_people(path), rows)


@settings(max_examples=25, deadline=None)
@given(cohorts(), st.randoms(use_true_random=False), st.booleans())
def test_a_row_a_value_is_the_same_as_a_row_a_visit(tmp_path_factory, rows, random, dated):
    values = [(who, day, name, value) for who, day, labs in rows for name, value in labs.items() if value is not None]
    random.shuffle(values)
    lines = ["patient,date,test,result,unit" if dated else "patient,day,test,result,unit"]
    start = pd.Timestamp("2020-01-01")
    for who, day, name, value in values:
        when = (start + pd.Timedelta(days=day)).date().isoformat() if dated else str(day)
        lines.append(f"{who},{when},{name},{value!r},{UNITS[name]}")
    path = tmp_path_factory.mktemp("long") / "people.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    check(read_people(path), rows)


@settings(max_examples=25, deadline=None)
@given(cohorts(), st.booleans())
def test_a_row_a_patient_is_the_same_as_a_row_a_visit(tmp_path_factory, rows, before):
    days = sorted({day for _, day, _ in rows})
    if days == [0]:
        return
    own = {(who, day): labs for who, day, labs in rows}
    heads = [(day, name) for day in days for name in LABS]
    names = [f"day_{d}_{LABS[n][0]}" if before else f"{LABS[n][0]}_day_{d}" for d, n in heads]
    lines = [",".join(["patient", *names])]
    lines += [",".join([who, *(written(own.get((who, d), {}).get(n), False) for d, n in heads)])
              for who in dict.fromkeys(who for who, *_ in rows)]  # fmt: skip
    path = tmp_path_factory.mktemp("broad") / "people.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    check(read_people(path), rows)


@settings(max_examples=40, deadline=None)
@given(cohorts(), st.sampled_from(["patient", "key", "MRN", "Patienten-Nr.", "id"]), st.randoms(use_true_random=False))
def test_rows_of_two_patients_are_never_one_person(tmp_path_factory, rows, header, random):
    rows = list(rows)
    random.shuffle(rows)
    text = f"{header},day,inr\n" + "".join(f"{who},{day},{labs['inr']}\n" for who, day, labs in rows)
    path = tmp_path_factory.mktemp("mixed") / "people.csv"
    path.write_text(text, encoding="utf-8")
    for person in read_people(path).persons:
        own = sorted((day, labs["inr"]) for who, day, labs in rows if who == person.name)
        assert (person.course.days + person.course.first).tolist() == [day for day, _ in own]
        assert person.course.values["inr"].tolist() == [inr for _, inr in own]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(10, 30)), min_size=2, max_size=8))
def test_without_names_nothing_that_may_be_two_people_is_read(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("nobody") / "people.csv"
    path.write_text("day,inr\n" + "".join(f"{day},{inr / 10}\n" for day, inr in rows), encoding="utf-8")
    days = [day for day, _ in rows]
    try:
        found = read_people(path)
    except InputError as error:
        assert "\n" not in str(error)
        assert len(set(days)) < len(days) or days not in (sorted(days), sorted(days)[::-1])
    else:
        assert len(found) == 1
        assert days in (sorted(days), sorted(days)[::-1])


def test_the_kinds_of_file_give_the_same_people(tmp_path):
    rows = {"patient": ["a", "a", "b"], "day": [0, 30, 0], "Albumin (g/dl)": [3.4, 3.3, 4.0], "inr": [1.25, None, 1.0]}
    frame = pd.DataFrame(rows)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_csv(tmp_path / "b.csv", index=False, sep=";", decimal=",")
    frame.to_csv(tmp_path / "c.tsv", index=False, sep="\t")
    frame.to_parquet(tmp_path / "d.parquet")
    frame.to_excel(tmp_path / "e.xlsx", index=False)
    for path in sorted(tmp_path.iterdir()):
        found = read_people(path)
        assert [person.name for person in found.persons] == ["a", "b"]
        assert found.person("a").course.values["albumin"] == pytest.approx([34, 33])


def people(tmp_path, text, **options):
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return read_people(path, **options)


def test_numbered_visits_need_their_times(tmp_path):
    text = "patient,day_v1,albumin_g_per_L_v1,day_v2,albumin_g_per_L_v2\na,0,34,30,33\nb,5,40,,\n"
    a, b = people(tmp_path, text).persons
    assert a.course.days.tolist() == [0, 30]
    assert b.course.values["albumin"].tolist() == [40]
    with pytest.raises(InputError, match=r'no column tells when visit 1 was, of "albumin_g_per_L_1"; add one such as'):
        people(tmp_path, "patient,albumin_g_per_L_1,albumin_g_per_L_2\na,34,33\n")


def test_a_fault_of_a_turned_table_names_the_cell_of_the_file(tmp_path):
    found = people(tmp_path, "patient,day,test,value,unit\na,0,inr,1.2,\na,0,albumin,many,g/L\na,9,albumin,33,g/L\n")
    assert [(p.line, p.cell) for p in found.problems] == [(3, "D3")]
    found = people(tmp_path, "patient,inr_day_0,inr_day_30\na,1.2,many\nb,1.1,1.3\n")
    assert [(p.line, p.cell) for p in found.problems] == [(2, "C2")]


def test_analytes_that_are_unknown_or_contradict_are_told(tmp_path):
    text = "patient,day,test,value,unit\na,0,ALB,34,g/L\na,0,CA 19-9,5,U/mL\na,0,ALB,35,g/L\na,0,INR,1.2,\n"
    found = people(tmp_path, text)
    assert 'the analyte "CA 19-9" (1 rows) is not read' in found.unread
    assert '"34" in line 2 and "35" in line 4' in found.problems[0].reason
    assert set(found.persons[0].course.values) == {"inr"}
    with pytest.raises(InputError, match='no analyte is known, such as "fib4"'):
        people(tmp_path, "id,days,test,value\n1,0,fib4,3\n")


def test_a_thousand_patients_are_read_in_seconds(tmp_path):
    import time

    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"patient": np.repeat(np.arange(1000), 10), "day": np.tile(np.arange(10) * 90, 1000)})
    for name, (low, high) in RANGES.items():
        frame[LABS[name][0]] = rng.uniform(low, high, len(frame)).round(2)
    frame.to_csv(tmp_path / "many.csv", index=False)
    begun = time.process_time()
    assert len(read_people(tmp_path / "many.csv")) == 1000
    assert time.process_time() - begun < 10


def test_visits_in_words_and_columns_of_the_first_visit_are_times(tmp_path):
    words = people(tmp_path, "patient,visit,inr\na,baseline,1.1\na,month 6,1.2\nb,baseline,1\n")
    assert words.person("a").course.days.tolist() == [0, 182.625]
    first = people(tmp_path, "patient,albumin_g_per_L,Albumin month 6 (g/L),inr,inr_month_12\na,34,33,1.1,1.3\n")
    assert first.persons[0].course.days.tolist() == [0, 182.625, 365.25]
    assert first.persons[0].course.values["albumin"][:2].tolist() == [34, 33]
    with pytest.raises(InputError, match="no column tells when"):
        people(tmp_path, "patient,visit,inr\na,v1,1.1\na,v2,1.2\n")


def test_a_direct_bilirubin_is_no_bilirubin_and_a_ratio_no_unit(tmp_path):
    rows = "a,0,Bilirubin direct,5,umol/L\na,0,Bilirubin,20,umol/L\na,0,INR,1.2,RATIO\na,9,INR,1.3,1\n"
    found = people(tmp_path, f"patient,day,test,value,unit\n{rows}")
    assert found.persons[0].course.values["bilirubin"].tolist()[0] == 20
    assert found.persons[0].course.values["inr"].tolist() == [1.2, 1.3]
    assert found.unread == ('the analyte "Bilirubin direct" (1 rows) is not read',)


HEADERS = [
    "patient", "id", "day", "days", "date", "time", "month", "visit", "age", "age_days", "sex", "male", "date_of_birth",
    "etiology", "albumin_g_per_L", "albumin", "inr", "PT (s)", "Quick (%)", "alp", "ascites", "ascites01", "edema",
    "cirrhosis", "dialysis", "treated", "treatment", "arm", "udca_since", "antiviral", "steroid_stop", "died", "status",
    "futime", "test", "result", "unit", "albumin_g_per_L_day_30", "inr_baseline", "inr_v2", "day_v2", "note", "",
]  # fmt: skip
CELLS = [
    "", "0", "1", "2", "a", "b", "3.4", "34", "1.2", "<0.5", ">5", "yes", "no", "f", "m", "2020-01-05", "25.04.2020",
    "03/04/2020", "baseline", "month 6", "PBC", "moderate", "II", "0.5", "UDCA + prednisolone 20 mg", "2 years", "-400",
    "1965", "albumin", "g/L", "unknown", "1e9", "0,5",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8),
    st.lists(st.lists(st.sampled_from(CELLS), min_size=8, max_size=8), max_size=7),
    st.sampled_from(",;\t"),
)
def test_any_table_is_people_or_refused_in_one_sentence(tmp_path_factory, headers, rows, separator):
    cells = [headers, *(row[: len(headers)] for row in rows)]
    path = tmp_path_factory.mktemp("any") / "people.csv"
    text = "\n".join(separator.join(cell.replace(separator, " ") for cell in row) for row in cells)
    path.write_text(text + "\n", encoding="utf-8")
    try:
        found = read_people(path)
    except InputError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 700
        return
    assert len({person.name for person in found.persons}) == len(found)
    for person in found.persons:
        course = person.course
        assert course.days[0] == 0
        assert (np.diff(course.days) > 0).all()
        assert all(len(values) == len(course.days) for values in (*course.values.values(), *person.signs.values()))
        assert set(course.values) == set(course.beyond)
        assert person.age is None or 0 <= person.age <= 120
        assert all(one.to_day is None or one.to_day > one.from_day for one in person.treated)
