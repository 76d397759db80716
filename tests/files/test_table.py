"""Tables of users: three kinds of file, units in headers, rows or cells, mistakes by cell, good rows kept."""

import datetime
import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.workbooks import with_part, write

from lobule.errors import InputError, LobuleError
from lobule.files.batches import read_batches
from lobule.files.cells import NotANumber, State, read_number
from lobule.files.columns import understand
from lobule.files.grid import letters
from lobule.files.number_format import shown_number
from lobule.files.table import read_blocks, read_table
from lobule.files.vocabulary import Flag, Quantity, Vocabulary, plain_name
from lobule.quantities import column_name

KNOWN = Vocabulary(
    {
        "endotoxin": Quantity({"EU/mL": 1.0, "EU/L": 1e-3}, 0, 1e4),
        "particles": Quantity({"particle": 1.0}, 0, 1e18),
        "particles_per_ug": Quantity({"particle/ug": 1.0}, 0, 1e13),
        "viability": Quantity({"%": 1.0}, 0, 100),
        "sodium": Quantity({"mmol/L": 1.0}, 80, 200),
        "platelets": Quantity({"1e9/L": 1.0, "G/L": 1.0}, 0, 3000),
        "alt": Quantity({"U/L": 1.0, "ukat/L": 60.0}, 0, 50_000),
        "inr": Quantity({}, 0, 10),
    },
    {"sterility": Flag(("pass", "negative"), ("fail", "positive"))},
    ("batch",),
)
ANY_FILE = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(path, text=None):
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    table = read_table(path, KNOWN)
    return table, understand(table, KNOWN)


def values(columns, name):
    return columns.numbers[name].values().tolist()


def test_all_headers_that_are_wrong_are_told(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("batch,endotoxin_kg,particles_per_ug_weeks\n1,2,3\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_batches(path)
    assert [str(one).split(": ")[0] for one in caught.value.mistakes] == ["table.csv, cell B1", "table.csv, cell C1"]
    assert caught.value.told().startswith("table.csv has 2 mistakes:")


def test_units_in_headers_rows_and_cells(tmp_path):
    path = tmp_path / "t.csv"
    _, columns = read(path, "batch,endotoxin_EU_per_L,particles (particle)\nA,200,1e10\n")
    assert values(columns, "endotoxin") == [pytest.approx(0.2)]
    _, columns = read(path, "batch,endotoxin,particles\nunits,EU/mL,particle\nA,0.2,1e10\n")
    assert values(columns, "endotoxin") == [0.2]
    _, columns = read(path, "batch,endotoxin,inr\nA,0.2 EU/mL,1.1\nB,300 EU/L,1\nC,<0.1 EU/mL,1\n")
    assert columns.numbers["endotoxin"].limits() == pytest.approx([0.2, 0.3, 0.1])
    assert columns.numbers["endotoxin"].beyond().tolist() == [0, 0, -1]


@pytest.mark.parametrize(
    "header, name, unit",
    [
        ("Na (mmol/l)", "sodium", "mmol/L"),
        ("PLT 10^9/L", "platelets", "1e9/L"),
        ("PLT [G/L]", "platelets", "G/L"),
        ("ALT (IU/L)", "alt", "U/L"),
        ("ALAT µkat/l", "alt", "ukat/L"),
        ("Lot", "batch", ""),
        ("Lot No.", "batch", ""),
        ("Batch number", "batch", ""),
        ("Viability %", "viability", "%"),
        ("endotoxin_eu_per_ml", "endotoxin", "EU/mL"),
        ("particles_per_ug", "particles_per_ug", ""),
        ("Na_status", "na_status", ""),
    ],
)
def test_headers_as_people_write_them(header, name, unit):
    assert KNOWN.read(header) == (name, unit)


def test_a_bad_cell_never_loses_the_row_nor_a_bad_row_the_others(tmp_path):
    text = "batch,endotoxin_EU_per_mL,sterility\nA,0.2,pass\nB,much,maybe\n\nC,0.1,fail,\nD,-3,\n"
    table, columns = read(tmp_path / "t.csv", text)
    assert columns.texts["batch"] == ["A", "B", "C", "D"]
    assert np.array_equal(columns.numbers["endotoxin"].values(), [0.2, np.nan, 0.1, np.nan], equal_nan=True)
    assert np.array_equal(columns.flags["sterility"].values(), [1, np.nan, 0, np.nan], equal_nan=True)
    said = [str(f) for f in table.faults]
    assert any('line 3, endotoxin_EU_per_mL (cell B3): "much" is not a number' in s for s in said)
    assert any("cell C3" in s and "neither pass nor fail" in s for s in said)
    assert any("cell B6" in s and "outside" in s for s in said)


def test_cells_of_a_row_that_is_too_long_may_have_moved_and_count_for_nothing(tmp_path):
    table, columns = read(tmp_path / "t.csv", "batch,endotoxin_EU_per_mL,sterility\nA,0,9,pass\nB,0.1,pass\n")
    assert columns.numbers["endotoxin"].state.tolist() == [State.UNUSABLE, State.VALUE]
    assert columns.flags["sterility"].state.tolist() == [State.UNUSABLE, State.VALUE]
    assert len(table.faults) == 1
    assert "the row has 4 cells, the header 3: more cells than columns (a comma inside a cell?)" in str(table.faults[0])


@pytest.mark.parametrize(
    "text, words",
    [
        ("batch,endotoxin\nA,0.2\n", r"cell B1: endotoxin has no unit; write endotoxin_EU_per_mL"),
        ("batch,PLT\nA,200\n", "platelets has no unit"),
        ("batch,endotoxin_mg_per_mL\nA,0.2\n", r'cell B1: "mg/mL" is not a unit of endotoxin'),
        ("batch,inr_s\nA,0.2\n", "leave the unit out"),
        ("batch,endotoxin_EU_per_mL,endotoxin (EU/L)\nA,1,1\n", "more than one column, cell B1 and cell C1"),
        ("batch,batch,inr\nA,B,1\n", "more than one column"),
        ("batch,endotoxin (EU/mL)\n,EU/L\nA,1\n", 'the header says "EU/mL" and the row of units "EU/L"'),
        ("batch,colour\nA,red\n", "no column is known"),
        ("batch\n", "no rows"),
        ("", "no header"),
        ('batch,inr\n"A,1\nB,2\n', "not a readable CSV file"),
        ("batch,inr,endotoxin_EU_per_mL\nA,1,1\n".encode("utf-16-le"), "zero bytes"),
        ("batch,inr\nBü,1\n".encode("latin-1"), 'save it as "CSV UTF-8"'),
        ("batch;inr\nA;1,234\n", "may have a decimal mark or a separator of thousands"),
        ("batch,inr;sterility\nA,1;pass\n", "separated by commas or semicolons"),
    ],
)
def test_refused_as_a_whole(tmp_path, text, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(").replace(")", r"\)")):
        read(tmp_path / "t.csv", text)


def test_a_cell_without_unit_among_cells_with_units(tmp_path):
    table, columns = read(tmp_path / "t.csv", "batch,endotoxin\nA,0.2 EU/mL\nB,0.3\nC,0.3 mg\n")
    assert np.isnan(columns.numbers["endotoxin"].values()[1:]).all() and len(table.faults) == 2


def test_equal_and_blank_headers_are_kept_apart_and_columns_not_read_are_named(tmp_path):
    table, columns = read(tmp_path / "t.csv", "x,x,,viabilty,batch,inr\n1,2,3,4,A,1\n")
    assert table.labels()[:3] == ["x (cell A1)", "x (cell B1)", "no name (cell C1)"]
    assert [len(v) for v in columns.others.values()] == [1] * 4
    assert columns.unread == [
        'the column "x (cell A1)" (cell A1) is not read',
        'the column "x (cell B1)" (cell B1) is not read',
        'the column "no name (cell C1)" (cell C1) is not read',
        'the column "viabilty" (cell D1) is not read; did you mean viability?',
    ]


def test_separators_decimal_commas_and_encodings(tmp_path):
    path = tmp_path / "t.csv"
    _, columns = read(path, "batch;a,b,c,d;endotoxin_EU_per_mL\nA;x;0,2\nB;y;1.234,5\n")
    assert values(columns, "endotoxin") == [0.2, 1234.5]
    _, columns = read(path, "sep=;\r\nbatch;inr\r\nA;1,5\r\n")
    assert values(columns, "inr") == [1.5]
    for encoding in ("utf-16", "utf-8-sig", "utf-32"):
        _, columns = read(path, "batch\tinr\nBü\t1.5\n".encode(encoding))
        assert columns.texts["batch"] == ["Bü"] and values(columns, "inr") == [1.5]
    table, columns = read(path, "batch;inr\nA;0.2\nB;0,3\nC;0.4\n")
    assert values(columns, "inr")[::2] == [0.2, 0.4] and "write 0.3 if that is what it means" in str(table.faults[0])


def test_a_title_above_the_header_is_passed_over_and_told(tmp_path):
    table, columns = read(tmp_path / "t.csv", "Report of March\n\nbatch,inr\nA,1\n")
    assert table.notes == ["the header was found in line 3; what stands above it was not read"]
    assert values(columns, "inr") == [1] and table.lines == [4]


def test_wide_tables_are_refused_before_the_work(tmp_path):
    text = "batch,inr," + ",".join(f"c{i}" for i in range(20_000)) + "\nA,1" + ",0" * 20_000 + "\n"
    with pytest.raises(InputError, match="line 1: 20002 cells"):
        read(tmp_path / "t.csv", text)


def test_long_files_come_in_blocks_with_the_same_headers(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("batch,inr\n" + "".join(f"B{k},{k % 9}\n" for k in range(250)), encoding="utf-8")
    blocks = list(read_blocks(path, KNOWN, size=100))
    assert [len(b) for b in blocks] == [100, 100, 50] and blocks[2].lines[-1] == 251
    assert all(b.headers == ["batch", "inr"] for b in blocks)


HEAD = ["batch", "viability (%)"]


def test_percent_in_excel_is_read_as_it_is_shown(tmp_path):
    def percent(_, sheet):
        for cell, form in (
            ("B2", "0%"),
            ("B3", "0.00%;[Red]-0.00%"),
            ("B4", '0.0" %"'),
            ("B5", "#,##0,"),
            ("B6", "[<1]0%;0"),
        ):
            sheet[cell].number_format = form

    rows = [HEAD, ["A", 0.95], ["B", 0.07], ["C", 12], ["D", 9], ["E", 5]]
    table, columns = read(write(tmp_path / "t.xlsx", rows, percent))
    assert values(columns, "viability")[:3] == [95, 7, 12]
    assert columns.numbers["viability"].state[3:].tolist() == [State.UNUSABLE] * 2
    assert all("shows another number" in str(fault) for fault in table.faults)


def test_a_number_in_excel_is_read_with_the_text_that_its_format_shows_around_it(tmp_path):
    shown = {'"<"0.0': (0, 0.4), '\\>0.0': (0.4, np.inf), '0.0" EU/L"': (4e-4, 4e-4), "0.0": (0.4, 0.4),
             '_-* #,##0.0_-;\\-* #,##0.0_-;_-* "-"??_-': (0.4, 0.4)}  # fmt: skip
    refused = ['"~"0.0', '0.0" EU/mg"', "0.0 [$EU/mg]", ";;;", '[<0.5]"<0.5";0.0', "0.0,"]
    rows = [["batch", "endotoxin_EU_per_mL"], *([f"B{k}", 0.4] for k in range(len(shown) + len(refused)))]

    def formats(_, sheet):
        for line, form in enumerate([*shown, *refused], 2):
            sheet[f"B{line}"].number_format = form

    _, columns = read(write(tmp_path / "t.xlsx", rows, formats))
    found = columns.numbers["endotoxin"]
    assert list(zip(found.low, found.high, strict=True))[: len(shown)] == list(shown.values())
    assert (found.state[len(shown) :] == State.UNUSABLE).all()


PIECES = st.lists(st.sampled_from([";", "0", "0.0", "#,##0", "%", '"<"', '">"', "\\~", "_-", "[Red]", "[<1]", "-"]),
                  max_size=8).map("".join)  # fmt: skip


@given(PIECES, st.sampled_from([-80.0, 0.0, 0.4, 600.0]))
def test_no_number_format_makes_another_value_of_a_number(form, value):
    text = shown_number(value, f"{value:g}", form)
    try:
        number = read_number(text or "")
    except NotANumber:
        return
    held = value * 100 if "%" in number.unit else value
    assert number.value == pytest.approx(held)
    assert any(sign in number.side + number.unit for sign in "<>") == any(sign in text for sign in "<>")


def test_a_number_keeps_its_zeros_and_its_sign():
    assert shown_number(12, "12", "00000") == "00012"
    assert shown_number(0, "0", '#,##0;-#,##0;"-"??') == "0" and shown_number(-5, "-5", "0;0") is None
    assert shown_number(-5, "-5", "0;[Red](0)") == "-5"


@pytest.mark.parametrize("other", ["LAL (EU/mL)", "Endotoxin (EU/mL)", "endotoxin_EU_per_L"])
def test_a_quantity_in_two_columns_is_refused_under_whatever_names(tmp_path, other):
    with pytest.raises(InputError, match="endotoxin stands in more than one column, cell B1 and cell C1"):
        read(tmp_path / "t.csv", f"batch,endotoxin_EU_per_mL,{other}\nA,0.1,9\n")


@pytest.mark.parametrize("span", ["mergeCells><mergeCell", "hyperlinks><hyperlink"])
def test_spans_without_end_are_refused_before_the_work(tmp_path, span):
    path = write(tmp_path / "t.xlsx", [HEAD, ["A", 90]])
    one = f'<{span} ref="A1:XFD1048576"/></{span.split(">")[0]}>'.encode()
    with_part(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", b"</sheetData>" + one))
    with pytest.raises(InputError, match="more cells are merged or linked"):
        read(path)


def test_messages_stay_on_one_line_and_short(tmp_path):
    long = "x" * 5000
    table, columns = read(tmp_path / "t.csv", f'batch,{long},"inr"\nA,1,"1\n2"\nB,1,{long}\n')
    for text in (*map(str, table.faults), *columns.unread):
        assert len(text) < 200 and text.isprintable()
    with pytest.raises(InputError) as refused:
        read(tmp_path / "t.csv", f"batch,endotoxin_{long}\nA,1\n")
    assert len(str(refused.value)) < 300


def test_formulas_merged_cells_and_errors_are_named_by_cell(tmp_path):
    def merge(_, sheet):
        sheet.merge_cells("B3:B4")
        sheet["B5"] = "#DIV/0!"

    rows = [HEAD, ["A", "=90+5"], ["B", 91], ["C", 92], ["D", 0], ["E", "=1/0"]]
    table, columns = read(write(tmp_path / "t.xlsx", rows, merge))
    assert columns.numbers["viability"].state.tolist() == [1, 2, 1, 1, 1]
    said = " ".join(map(str, table.faults))
    for words in ("cell B2): a formula whose value is not stored", "cell B4): it is merged with B3",
                  'cell B5): "#DIV/0!" is an error'):  # fmt: skip
        assert words in said


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell(tmp_path):
    path = write(tmp_path / "t.xlsx", [HEAD, ["A", 1], ["B", 2]])
    cell = b'<c r="B2" t="str"><f>IF(1,"","")</f><v></v></c>'
    with_part(path, "xl/worksheets/sheet1.xml", lambda x: x.replace(b'<c r="B2" t="n"><v>1</v></c>', cell))
    table, columns = read(path)
    assert columns.numbers["viability"].state.tolist() == [State.ABSENT, State.VALUE] and not table.faults


def test_the_sheet_with_the_table_is_found_or_asked_for(tmp_path):
    def more(book, sheet):
        book.create_sheet("read me").append(["what this is"])
        book.create_sheet("other").append(HEAD)
        book["other"].append(["Z", 10])

    path = write(tmp_path / "t.xlsx", [HEAD, ["A", 90]], more)
    with pytest.raises(InputError, match='tables on 2 sheets, "Sheet", "other"; name the one that is meant'):
        read_table(path, KNOWN)
    table = read_table(path, KNOWN, "other")
    assert table.rows == [["Z", "10"]]
    assert table.notes == ['read from the sheet "other"; not read: "Sheet", "read me"']
    with pytest.raises(InputError, match='no sheet "x"'):
        read_table(path, KNOWN, "x")
    with pytest.raises(InputError, match="only workbooks have"):
        (tmp_path / "t.csv").write_text("batch,inr\nA,1\n", encoding="utf-8")
        read_table(tmp_path / "t.csv", KNOWN, "x")


def test_what_is_hidden_is_told(tmp_path):
    def hide(book, sheet):
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["A"].hidden = True
        book.create_sheet("old").append(["x", "y"])
        book["old"].sheet_state = "hidden"

    table, _ = read(write(tmp_path / "t.xlsx", [HEAD, ["A", 90], ["B", 10]], hide))
    assert table.notes == ['read from the sheet "Sheet"; not read: "old" (hidden)', "hidden rows were read too: 3",
                           "hidden columns were read too: A"]  # fmt: skip


def test_dates_whole_numbers_and_truth_values_of_excel_and_parquet(tmp_path):
    day = datetime.datetime(2026, 1, 2)
    row = [1.0, 90, day, day.replace(hour=3), True]
    write(tmp_path / "t.xlsx", [[*HEAD, "a", "b", "c"], row])
    names = [*HEAD, "a", "b", "c"]
    pq.write_table(pa.table([pa.array([v]) for v in row], names=names), tmp_path / "t.parquet")
    for name in ("t.xlsx", "t.parquet"):
        assert read_table(tmp_path / name, KNOWN).rows == [["1", "90", "2026-01-02", "2026-01-02T03:00:00", "true"]]


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda xml: xml[: len(xml) // 2], "not a readable Excel file"),
        (lambda xml: LAUGHS, "defines entities"),
        (lambda xml: b"", "not a readable Excel file"),
        (lambda xml: xml.replace(b"<sheetData>", b"<sheetData>" + b" " * 70_000_000), "unpacks to more than"),
        (lambda xml: xml.replace(b"<v>90</v>", b"<v>ninety</v>"), "not a readable Excel file"),
    ],
)
def test_damaged_and_hostile_workbooks_are_refused_in_a_sentence(tmp_path, change, words):
    path = write(tmp_path / "t.xlsx", [HEAD, ["A", 90]])
    with pytest.raises(InputError, match=words):
        read(with_part(path, "xl/worksheets/sheet1.xml", change))


def test_a_stray_cell_far_away_is_named(tmp_path):
    path = write(tmp_path / "t.xlsx", [HEAD, ["A", 90]], lambda _, sheet: sheet.__setitem__("XFD1048576", "x"))
    with pytest.raises(InputError, match="reaches to cell XFD1048576"):
        read(path)


def test_other_files_are_refused_in_a_sentence(tmp_path):
    write(tmp_path / "chart.xlsx", [], lambda book, sheet: (book.create_chartsheet("c"), book.remove(sheet)))
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(5000))
    early = pa.table({"batch": ["A"], "made_on": pa.array([-(10**17)], pa.timestamp("us")), "inr": [1.0]})
    pq.write_table(early, tmp_path / "early.parquet")
    pq.write_table(pa.table({}), tmp_path / "none.parquet")
    for name in ("t.txt", "broken.xlsx", "broken.parquet"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    for name, words in (("t.txt", ".csv, .xlsx or .parquet"), ("broken.xlsx", "readable Excel"),
                        ("none.csv", "no file"), ("broken.parquet", "readable Parquet"),
                        ("chart.xlsx", "readable Excel"),
                        ("old.xlsx", "protected by a password"), ("early.parquet", "readable Parquet"),
                        ("none.parquet", "no header")):  # fmt: skip
        with pytest.raises(InputError, match=words):
            read_table(tmp_path / name, KNOWN)


def test_a_cell_of_parquet_that_is_no_number_and_no_text_is_named(tmp_path):
    table = pa.table({"batch": ["A", "B"], "inr": pa.array([[1.0], [2.0]])})
    pq.write_table(table, tmp_path / "t.parquet")
    table, columns = read(tmp_path / "t.parquet")
    assert columns.numbers["inr"].state.tolist() == [State.UNUSABLE] * 2 and "cell B2" in str(table.faults[0])


def test_names_of_columns():
    assert [letters(k) for k in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@given(st.sampled_from(sorted(KNOWN.quantities)), st.data())
def test_what_we_write_we_read(name, data):
    unit = data.draw(st.sampled_from(sorted(KNOWN.quantities[name].units) or [""]))
    assert KNOWN.read(column_name(name, unit)) == (name, unit)


NUMBERS = st.floats(0, 1000).map(lambda x: float(f"{x:.6g}"))
CELLS = st.one_of(st.none(), NUMBERS, st.sampled_from(["<5", "> 5", "7 EU/mL", "much", "TNTC", "≤0.5"]))


@ANY_FILE
@given(st.lists(CELLS, max_size=6))
def test_three_kinds_of_files_and_three_separators_give_the_same_cells(tmp_path, cells):
    cells = [0.5, *cells]  # a number that tells the decimal mark
    names = [f"B{k}" for k in range(len(cells))]
    data = pd.DataFrame({"batch": names, "endotoxin (EU/mL)": pd.Series(cells, dtype=object)})
    data.to_excel(tmp_path / "t.xlsx", index=False)
    if any(isinstance(c, str) for c in cells):
        data = data.map(lambda c: None if c is None else str(c))
    data.to_parquet(tmp_path / "t.parquet")
    files = [tmp_path / "t.xlsx", tmp_path / "t.parquet"]
    written = [["batch", "endotoxin (EU/mL)"]]
    written += [[n, "" if c is None else str(c)] for n, c in zip(names, cells, strict=True)]
    for separator, mark in [(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")]:
        files.append(tmp_path / f"t{len(files)}.csv")
        rows = [separator.join(cell.replace(".", mark) for cell in row) for row in written]
        files[-1].write_text("\n".join(rows), encoding="utf-8")
    first, *others = [read(file)[1].numbers["endotoxin"] for file in files]
    for other in others:
        assert other.state.tolist() == first.state.tolist()
        assert np.array_equal(other.low, first.low, equal_nan=True)
        assert np.array_equal(other.high, first.high, equal_nan=True)
        assert other.strict.tolist() == first.strict.tolist()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of one good table in each kind of file."""
    folder = tmp_path_factory.mktemp("whole")
    data = pd.DataFrame({"batch": ["A", "B"], "viability (%)": [90.5, 0.95], "sterility": ["pass", "fail"]})
    data.to_csv(folder / "t.csv", index=False)
    data.to_excel(folder / "t.xlsx", index=False)
    data.to_parquet(folder / "t.parquet")
    return {kind: (folder / f"t.{kind}").read_bytes() for kind in ("csv", "xlsx", "parquet")}


@ANY_FILE
@given(st.sampled_from(["csv", "xlsx", "parquet"]), st.data())
def test_any_bytes_are_read_or_refused_in_one_sentence(tmp_path, whole, kind, data):
    content = bytearray(whole[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        content = content or bytearray(b"x")
    path = tmp_path / f"t.{kind}"
    path.write_bytes(content)
    try:
        read(path)
    except LobuleError as error:
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 500


ODD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["nan", "inf", "-1", "1e999", "<5", ">5", "1/2", "½", "５", "=1+1", "<script>", "#N/A", "0x10", "1,2"]
    ),
)


@ANY_FILE
@given(st.integers(0, 2), st.integers(0, 2), ODD, st.sampled_from(["csv", "xlsx", "parquet"]))
def test_any_cell_is_a_value_a_limit_absent_or_named_as_unusable(tmp_path, row, column, text, kind):
    rows = [["batch", "viability (%)", "sterility"], ["A", "90.5", "pass"], ["B", "80", "fail"]]
    rows[row][column] = text
    data = pd.DataFrame(rows[1:], columns=rows[0])
    path = tmp_path / f"t.{kind}"
    try:
        if kind == "csv":
            data.to_csv(path, index=False)
        elif kind == "xlsx":
            data.to_excel(path, index=False)
        else:
            data.to_parquet(path)
    except Exception:  # pandas, openpyxl and pyarrow refuse some texts themselves
        return
    try:
        table, columns = read(path)
    except LobuleError as error:
        assert len(str(error).splitlines()) == 1 and len(str(error)) < 500
        return
    told = {(f.line, f.cell) for f in table.faults}
    moved = {table.lines[k] for k in table.moved}
    assert moved <= {line for line, _ in told}
    for name, cells in columns.numbers.items():
        for k in range(len(cells)):
            cell = cells.cell(k)
            if cell.state == State.VALUE:
                assert 0 <= cell.low == cell.high <= 100
            elif cell.state == State.INTERVAL:
                assert cell.low < cell.high
            elif cell.state == State.UNUSABLE:
                line = table.lines[k]
                assert (line, f"{letters(columns.places[name])}{line}") in told or line in moved
                assert cell.reason


def test_a_header_is_one_plain_name():
    assert plain_name(" Lot - No. (internal) ") == "lot_no_internal"
