"""The release test: only what is known to hold passes, whatever stands in a cell; every refusal says why."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.files.workbooks import write
from typer.testing import CliRunner

from lobule import cli
from lobule.answers.batch import of_report
from lobule.answers.record import record_of
from lobule.errors import InputError, LobuleError
from lobule.files.batches import FLAGS, read_batches
from lobule.files.cells import State
from lobule.files.specification import read_specification
from lobule.quality.batch import report
from lobule.quality.delivery import assumed
from lobule.quality.specification import judged, specification, verdicts

GOOD = {
    "endotoxin (EU/mL)": "0.05", "diameter (nm)": "120", "cd9 (%)": "60", "cd81 (%)": "60", "gm130 (%)": "0.1",
    "concentration (particle/mL)": "1e11", "protein (ug/mL)": "10", "potency (%)": "100", "viability (%)": "95",
    "sterility": "pass", "mycoplasma": "negative",
}  # fmt: skip


def table(path, *changes):
    """One batch a change of the good one."""
    rows = [{"batch": f"B{k}", **GOOD, **change} for k, change in enumerate(changes)]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def verdict_of(path, *changes):
    return verdicts(judged(read_batches(table(path, *changes)), specification()))


@pytest.mark.parametrize(
    "column, cell, verdict, why",
    [
        ("endotoxin (EU/mL)", "0.5", "pass", ""),
        ("endotoxin (EU/mL)", "<0.5", "pass", ""),
        ("endotoxin (EU/mL)", "<=0.5", "pass", ""),
        ("endotoxin (EU/mL)", "<5", "not complete", 'endotoxin "<5" can lie on either side of at most 0.5 EU/mL'),
        ("endotoxin (EU/mL)", ">0.5", "fail", 'endotoxin ">0.5" is not at most 0.5 EU/mL'),
        ("endotoxin (EU/mL)", ">=0.5", "not complete", "either side"),
        ("endotoxin (EU/mL)", ">5", "fail", "is not at most"),
        ("endotoxin (EU/mL)", "0.5001", "fail", "is not at most"),
        ("endotoxin (EU/mL)", "TNTC", "not complete", 'endotoxin "TNTC" is not a number'),
        ("endotoxin (EU/mL)", "-0.1", "not complete", "outside"),
        ("endotoxin (EU/mL)", "2000000", "not complete", "outside"),
        ("endotoxin (EU/mL)", "", "not complete", "endotoxin is not tested"),
        ("gm130 (%)", "120", "not complete", "gm130: 120 is outside 0 to 100 %"),
        ("gm130 (%)", ">50", "fail", "is not at most 2 %"),
        ("gm130 (%)", "", "pass", ""),
        ("potency (%)", "<150", "not complete", "either side"),
        ("potency (%)", ">50", "not complete", "either side"),
        ("potency (%)", "<50", "fail", "is not at least 50 and at most 200 %"),
        ("potency (%)", "20000", "not complete", "outside"),
        ("protein (ug/mL)", "<10", "pass", ""),
        ("protein (ug/mL)", "<100", "not complete", "particles_per_ug >=1e+09 particle/ug can lie on either side"),
        ("protein (ug/mL)", "much", "not complete", "protein cannot be used"),
        ("protein (ug/mL)", ">100", "fail", "particles_per_ug <=1e+09 particle/ug is not at least"),
        ("sterility", "contaminated", "fail", 'sterility "contaminated" is not passed'),
        ("sterility", "1", "not complete", "neither pass nor fail"),
        ("sterility", "nicht bestanden", "not complete", "neither"),
        ("mycoplasma", "detected", "fail", "is not passed"),
        ("mycoplasma", "yes", "not complete", "neither"),
    ],
)  # fmt: skip
def test_only_what_is_known_to_hold_passes(tmp_path, column, cell, verdict, why):
    found = verdict_of(tmp_path / "b.csv", {column: cell}).iloc[0]
    assert found["verdict"] == verdict
    assert why in found["why"] and bool(found["why"]) == (verdict != "pass")


def test_a_row_whose_cells_may_have_moved_is_not_released(tmp_path):
    path = table(tmp_path / "b.csv", {}, {})
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] = lines[2].replace("0.05", "0,05")
    path.write_text("\n".join(lines), encoding="utf-8")
    found = verdicts(judged(read_batches(path), specification()))
    assert found["verdict"].tolist() == ["pass", "not complete"]


CELL = st.one_of(
    st.text(max_size=8),
    st.floats().map(str),
    st.sampled_from(["<", ">", "<=", ">=", "≥", ""]).flatmap(
        lambda side: st.floats(-10, 1e4).map(lambda value: f"{side}{value:.4g}")
    ),
    st.sampled_from([*GOOD.values(), "yes", "1", "0", "true", "positive", "n/a", "120 %", "1,2", "5 EU/mL", "1e999"]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), CELL, min_size=1, max_size=4))
def test_a_batch_passes_only_with_values_and_intervals_inside_every_limit(tmp_path, change):
    try:
        batches = read_batches(table(tmp_path / "b.csv", change, {}))
    except LobuleError:
        return
    spec = specification()
    passed = verdicts(judged(batches, spec))["verdict"][0] == "pass"
    cells = {limit: batches.cell(limit.attribute).cell(0) for limit in spec.limits}
    for limit, cell in cells.items():
        if passed and cell.state == State.ABSENT:
            assert not limit.required
        elif passed and limit.attribute in FLAGS:
            assert cell.low == 1
        elif passed:
            assert cell.state in (State.VALUE, State.INTERVAL)
            assert limit.low <= cell.low <= cell.high <= limit.high
    inside = all(
        (c.state == State.ABSENT and not v.required) or (c.low == 1 if v.flag else v.low <= c.low <= c.high <= v.high)
        for v, c in cells.items()
    )
    assert passed == inside


@settings(deadline=None)
@given(st.floats(0.01, 1e3), st.floats(0.01, 1e3), st.sampled_from(["<", "<=", ">", ">="]))
def test_a_limit_decides_as_every_value_that_it_allows(tmp_path_factory, bound, end, side):
    """Against the definition: values drawn from what "<x" allows all pass, all fail, or do both."""
    folder = tmp_path_factory.mktemp("limit")
    spec = folder / "s.yaml"
    spec.write_text(f"limits: {{endotoxin: {{at_most: {bound!r} EU/mL}}}}", encoding="utf-8")
    path = folder / "b.csv"
    path.write_text(f"batch,endotoxin (EU/mL)\nA,{side}{end!r}\n", encoding="utf-8")
    result = judged(read_batches(path), read_specification(spec))["result"][0]
    allowed = np.r_[0, bound, math.nextafter(bound, 0), math.nextafter(bound, 9e9), end, math.nextafter(end, 0),
                    math.nextafter(end, 9e9), 1e5]  # fmt: skip
    keep = {"<": allowed < end, "<=": allowed <= end, ">": allowed > end, ">=": allowed >= end}[side]
    passes = set((allowed[keep] <= bound).tolist())
    assert result == {(True,): "pass", (False,): "fail"}.get(tuple(passes), "not decided")


def test_every_output_says_why_by_cell(tmp_path):
    path = table(tmp_path / "b.csv", {}, {"gm130 (%)": "120"}, {"endotoxin (EU/mL)": ">0.5"}, {"potency (%)": "<150"})
    done = CliRunner().invoke(cli.app, ["batch", str(path), "-o", str(tmp_path / "o"), "--no-clinical"])
    assert done.exit_code == 0, done.output
    shown = " ".join(done.stdout.split())
    page = (tmp_path / "o" / "batches.html").read_text(encoding="utf-8")
    csv = pd.read_csv(tmp_path / "o" / "verdicts.csv").set_index("batch")
    for batch, why in (("B1", "gm130: 120 is outside 0 to 100 %"), ("B2", 'endotoxin ">0.5" is not at most 0.5 EU/mL'),
                       ("B3", 'potency "<150" can lie on either side')):  # fmt: skip
        assert why in shown and why in csv.loc[batch, "why"]
        assert why.replace(">", "&gt;").replace("<", "&lt;").replace('"', "&#34;") in page
    assert csv["verdict"].tolist() == ["pass", "not complete", "fail", "not complete"]


def test_shares_under_a_header_of_percent_get_a_word(tmp_path):
    notes = read_batches(table(tmp_path / "b.csv", {"viability (%)": "0.95"}, {"viability (%)": "0.9"})).notes
    assert any(n.startswith("viability: all values are 1 % or less") for n in notes)
    notes = read_batches(table(tmp_path / "b.csv", {"viability (%)": "0.95"}, *[{}] * 4)).notes
    assert any(n.startswith("viability: 1 of 5 values are 1 % or less, the first 0.95") for n in notes)
    assert not read_batches(table(tmp_path / "b.csv", {})).notes


def test_a_limit_is_charted_with_a_word_and_never_counted_as_a_value(tmp_path):
    cells = [f"0.1{k}" for k in range(9)] + ["<0.05"]
    path = table(tmp_path / "b.csv", *({"endotoxin (EU/mL)": cell} for cell in cells))
    batches = read_batches(path)
    assert np.isnan(batches.numbers["endotoxin"][9]) and batches.cell("endotoxin").estimates()[9] == 0.025
    found = report(path, clinical=False)
    assert 'endotoxin: 1 values are limits; the chart has half of x for "<x", and x for ">x"' in found.notes


def test_what_is_assumed_of_storage_is_said(tmp_path):
    stored = {"storage_temperature (degC)": "-80", "storage_time (month)": "3", "freeze_thaw_cycles": "1"}
    said = assumed(read_batches(table(tmp_path / "b.csv", stored, stored)))
    assert len(said) == 1 and said[0].startswith(
        "storage_buffer is not given for 2 of 2 batches: one without protection"
    )
    told = {**stored, "storage_buffer": "PBS with trehalose"}
    assert assumed(read_batches(table(tmp_path / "b.csv", told))) == []
    (told.pop("storage_time (month)"), told.pop("freeze_thaw_cycles"))
    said = assumed(read_batches(table(tmp_path / "b.csv", told)))
    assert [line.split(" is ")[0] for line in said] == ["storage_time", "freeze_thaw_cycles"]
    said = assumed(read_batches(table(tmp_path / "b.csv", {"storage_time (d)": "9", "potency (%)": ">150"})))
    assert "no loss in storage is counted" in said[0] and "count as not measured for the effect" in said[1]


def test_columns_are_named_that_are_not_read_but_not_one_that_is_charted_apart(tmp_path):
    path = table(tmp_path / "b.csv", {"Line": "a", "endotoxine": "x"})
    assert report(path, clinical=False, stream="line").notes[:1] == ['the column "endotoxine" (cell N1) is not read']
    assert any('"Line"' in note for note in report(path, clinical=False).notes)


def test_units_of_a_specification_are_spelled_as_in_tables(tmp_path):
    spec = tmp_path / "s.yaml"
    spec.write_text("limits: {endotoxin: {at_most: 500 eu/l}, protein: {at_least: 1 µg/ml}}", encoding="utf-8")
    assert [(v.low, v.high) for v in read_specification(spec).limits] == [(-math.inf, 0.5), (1, math.inf)]


@pytest.mark.parametrize("limit", ["endotoxin: {at_most: 1e9 EU/mL}", "viability: {at_least: 95000 %}",
                                   "endotoxin: {at_most: -1 EU/mL}"])  # fmt: skip
def test_a_limit_that_no_batch_or_every_batch_holds_is_refused(tmp_path, limit):
    (tmp_path / "s.yaml").write_text(f"limits:\n  {limit}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"s.yaml, line 2, limits\..*: a limit that every batch or none can hold"):
        read_specification(tmp_path / "s.yaml")


def test_a_row_that_sums_up_others_gets_a_word(tmp_path):
    notes = read_batches(table(tmp_path / "b.csv", {}, {"batch": "Mean"})).notes
    assert notes == ['the batch "Mean" looks like a row that sums up others']


def test_dates_of_another_order_are_refused_by_cell_and_counted(tmp_path):
    path = table(tmp_path / "b.csv", {"made_on": "31/01/2026"}, {"made_on": "2026-01-31"}, {"made_on": "2026-02-01xyz"})
    found = report(path, clinical=False)
    assert any(n.startswith("2 dates cannot be read (write them as 2026-01-31)") for n in found.notes)
    assert sum("is not a date" in str(f) for f in found.batches.faults) == 2


def test_names_that_a_spreadsheet_would_compute_are_written_as_text_and_read_back(tmp_path):
    names = ["=1+1", "@sum", "-cmd", "+x", "-5", "B1"]
    path = table(tmp_path / "b.csv", *({"batch": name} for name in names))
    of_report(report(path, clinical=False), record_of("batch")).save(tmp_path / "o")
    written = [
        line.split(",")[0] for line in (tmp_path / "o" / "verdicts.csv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    assert written == ["'=1+1", "'@sum", "'-cmd", "'+x", "-5", "B1"]
    again = table(tmp_path / "again.csv", *({"batch": name} for name in written))
    assert read_batches(again).names == names


def test_commands_take_the_sheet_of_a_workbook(tmp_path):
    def second(book, _):
        book.create_sheet("second").append(["batch", *GOOD])
        book["second"].append(["Z", *GOOD.values()])

    path = write(tmp_path / "b.xlsx", [["batch", *GOOD], ["A", *GOOD.values()]], second)
    run = CliRunner().invoke
    asked = run(cli.app, ["batch", str(path), "--no-clinical", "-o", str(tmp_path / "o")])
    assert "--sheet" in str(asked.exception) and not (tmp_path / "o").exists()
    done = run(cli.app, ["batch", str(path), "--no-clinical", "-o", str(tmp_path / "o"), "--sheet", "second"])
    assert done.exit_code == 0, done.output
    assert 'read from the sheet "second"; not read: "Sheet"' in done.stdout
    listed = run(cli.app, ["batch", str(path), "--check-reporting", "--sheet", "second"])
    assert 'read from the sheet "second"' in listed.stdout


@given(st.integers(1, 9999))
def test_a_limit_and_the_same_in_another_unit_are_the_same(tmp_path_factory, number):
    folder = tmp_path_factory.mktemp("t")
    table, spec = folder / "b.csv", folder / "s.yaml"
    small = f"{number / 1000:.3f}"
    table.write_text(f"batch,endotoxin\nA,{number} EU/L\nB,{small} EU/mL\nC,<{number} EU/L\n", encoding="utf-8")
    for limit in (f"{number} EU/L", f"{small} EU/mL"):
        for end, third in (("at_most", "pass"), ("at_least", "fail")):
            spec.write_text(f"limits: {{endotoxin: {{{end}: {limit}}}}}\n", encoding="utf-8")
            found = verdicts(judged(read_batches(table), read_specification(spec)))
            assert found["verdict"].tolist() == ["pass", "pass", third]


FACTORY = """Lot No;Mfg date;Concentration (particle/mL);Endotoxin (EU/mL);Potency (%);Sterility
L1;{0};1,1e10;<0,05;98,5;pass
L2;{1};1,2e10;0,06;101,5;pass
L3;{2};0,9e10;0,07;TNTC;pass
"""


def test_tables_as_factories_write_them(tmp_path):
    path = tmp_path / "lots.csv"
    path.write_text(FACTORY.format("31.01.2026", "05.02.2026", "07.02.2026"), encoding="utf-8")
    found = read_batches(path)
    assert found.names == ["L1", "L2", "L3"] and np.diff(found.made_on).tolist() == [5, 2]
    assert found.value("concentration")[1] == 1.2e10 and found.value("potency")[0] == 98.5
    assert found.cell("endotoxin").beyond()[0] == -1 and np.isnan(found.value("endotoxin")[0])
    assert any("are read as day.month.year: no other order fits" in note for note in found.notes)
    answer = of_report(report(path, clinical=False), record_of("batch"))
    assert 'cell E4): "TNTC" is not a number' in answer.text  # on the terminal, not in the page alone


def test_dates_that_can_be_read_two_ways_are_told_and_decided_by_the_user(tmp_path):
    path = tmp_path / "lots.csv"
    path.write_text(FACTORY.format("03/04/2026", "05/04/2026", "07/04/2026"), encoding="utf-8")
    found = report(path, clinical=False)
    assert np.isnan(found.batches.made_on).all()
    assert any("say which with --dates" in note for note in found.notes)
    assert len([f for f in found.batches.faults if "is not a date" in f.reason]) == 3
    days = report(path, clinical=False, dates="day.month.year").batches.made_on
    months = report(path, clinical=False, dates="month/day/year").batches.made_on
    assert np.diff(days).tolist() == [2, 2] and np.diff(months).tolist() == [61, 61]
    with pytest.raises(InputError, match='no order of dates "dmy"'):
        report(path, clinical=False, dates="dmy")
