"""Batches: read, judged, charted, followed to the patient; the example with a drifting bioreactor from end to end."""

import datetime
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli
from lobule.errors import InputError
from lobule.files.batches import read_batches
from lobule.files.specification import read_specification
from lobule.quality.batch import report
from lobule.quality.limits import release_limit
from lobule.quality.specification import judged, reporting, specification, verdicts

HEADER = "batch,made_on,concentration_particle_per_mL,protein_ug_per_mL,fill_volume_mL,endotoxin_EU_per_mL,diameter_nm"
ROWS = f"""{HEADER},sterility,mycoplasma,potency_percent
A,2026-01-01,1e10,5,2,0.1,120,pass,pass,100
B,2026-01-08,1e10,50,2,0.9,120,pass,pass,80
C,soon,1e10,,2,0.1,,pass,pass,120
D,2026-01-22,1e10,5,2,0.1,120,fail,,20
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "b.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_verdicts_and_what_follows_from_other_columns(small):
    batches = read_batches(small)
    assert batches.numbers["particles"].tolist() == [2e10] * 4
    assert batches.numbers["particles_per_ug"][:2].tolist() == [2e9, 2e8]
    assert [str(f) for f in batches.faults] == ['line 4, made_on (cell B4): "soon" is not a date such as 2026-01-31']
    found = verdicts(judged(batches, specification())).set_index("batch")
    assert found["verdict"].tolist() == ["pass", "fail", "not complete", "fail"]
    assert found.loc["B", "failed"] == "endotoxin, particles_per_ug"
    assert found.loc["C", "missing"] == "diameter"
    assert found.loc["D", "failed"] == "sterility, potency" and found.loc["D", "missing"] == "mycoplasma"


def test_the_usual_specification_says_where_each_limit_comes_from():
    for limit in specification().limits:
        assert limit.grade == "assumed" or limit.source


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("batch,", "colour,", 'column "batch"'),
        ("B,2026-01-08", "A,2026-01-08", r'"A" stands in the table twice \(lines 2 and 3\)'),
        ("B,2026-01-08", ",2026-01-08", "line 3: the batch has no name"),
        ("endotoxin_EU_per_mL", "endotoxin", "cell F1: endotoxin has no unit"),
        ("diameter_nm", "diameter_mm", r'cell G1: "mm" is not a unit of diameter'),
    ],
)
def test_tables_that_are_refused(small, old, new, words):
    small.write_text(ROWS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_batches(small)


@pytest.mark.parametrize(
    "text, words",
    [
        (
            "limits: {potensy: {at_least: 1 %}}",
            'line 1, limits.potensy: no attribute "potensy". Did you mean "potency"',
        ),
        ("limits: {potency: {at_least: 1}}", "limits.potency"),
        ("limits: {potency: {at_least: 5 EU/mL}}", "write a number and %"),
        ("limits: {potency: {at_least: 50 %, at_most: 20 %}}", "above at_most"),
        ("limits: {potency: {passes: true}}", "is a number"),
        ("limits: {sterility: {at_most: 1 %}}", "test that is passed"),
        ("limits: {potency: {}}", "needs at_least"),
        ("title: x", "limits"),
    ],
)
def test_specifications_that_are_refused(tmp_path, text, words):
    path = tmp_path / "s.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words.replace("(", r"\(").replace(")", r"\)")):
        read_specification(path)


def test_reporting_lists_what_is_missing(small):
    rows = reporting(read_batches(small)).set_index("field")["reported"]
    assert rows["dose_by_particles"] == 1 and rows["size"] == 0.75 and rows["ev_track_id"] == 0


def test_same_table_in_three_kinds_of_files(table, tmp_path):
    data = pd.read_csv(table)
    data.to_excel(tmp_path / "b.xlsx", index=False)
    data.to_parquet(tmp_path / "b.parquet")
    first = read_batches(table)
    for kind in ("xlsx", "parquet"):
        again = read_batches(tmp_path / f"b.{kind}")
        assert again.names == first.names
        assert all(np.allclose(again.numbers[k], v, equal_nan=True) for k, v in first.numbers.items())


def test_without_potency_the_band_is_wider_and_a_note_says_so(table, tmp_path, found):
    path = tmp_path / "no_potency.csv"
    pd.read_csv(table).drop(columns="potency_percent").to_csv(path, index=False)
    blind = report(path, members=8)
    width = [(c["share_high"] - c["share_low"]).median() for c in (found.clinical, blind.clinical)]
    assert width[1] > 1.3 * width[0]
    assert any("latent potency is open" in note for note in blind.notes)


def test_unknown_stream_and_wrong_loss(small):
    assert any("one stream" in n for n in report(small, clinical=False, stream="line").notes)
    with pytest.raises(InputError, match="loss must be a number above 0"):
        report(small, clinical=False, loss=2)


@pytest.mark.science
def test_the_example_from_end_to_end(table, found, tmp_path):
    """The chart flags the drifting bioreactor, the report tells what it costs, the changed limit catches it."""
    assert (pd.read_csv(table)["synthetic"] == "yes").all()
    drifting = found.alarms[(found.alarms["stream"] == "B2") & (found.alarms["attribute"] == "potency")]
    others = found.alarms[(found.alarms["stream"] != "B2") & (found.alarms["attribute"] == "potency")]
    assert len(drifting) >= 8 and len(others) <= 2
    late = np.array([b == "B2" and k >= 30 for k, b in enumerate(found.streams)])
    share = np.nanmedian(found.effects.share, axis=1)
    assert share[late].mean() < share[~late].mean() - 0.15
    assert (found.verdicts["verdict"][late] == "pass").all()  # the loose limit lets all of them through
    limit, loose = release_limit(found), release_limit(replace(found, loss=0.5))
    assert loose.limit > 0 and loose.low <= loose.limit <= loose.high
    assert not limit.limit < loose.limit  # a smaller loss asks for more, or for what no limit holds (NaN)
    changed = report(table, spec=EXAMPLES / "specification_changed.yaml", clinical=False)
    caught = (changed.verdicts["verdict"] == "fail").to_numpy()
    assert caught[late].mean() >= 0.8 and caught[~late].mean() <= 0.15
    page = found.page()
    assert "What each batch does to a patient" in page
    assert "Simulated, not observed" in page and "B2" in page


def test_command(small, tmp_path):
    run = CliRunner().invoke
    done = run(cli.app, ["batch", str(small), "-o", str(tmp_path / "o"), "--no-clinical", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["verdicts"][1]["verdict"] == "fail"
    assert run(cli.app, ["batch", str(small), "--check-reporting"]).stdout.count("column") > 10
    shown = run(cli.app, ["batch", str(small), "-o", str(tmp_path / "o"), "--no-clinical"])
    assert "failed endotoxin" in shown.stdout and "left out: line 4" in shown.stdout


def test_dates_set_the_order(small):
    found = report(small, clinical=False)
    assert [found.batches.names[k] for k in found.order] == ["A", "B", "D", "C"]
    assert found.batches.made_on[0] == datetime.date(2026, 1, 1).toordinal() and math.isnan(found.batches.made_on[2])


def test_a_buffer_that_is_not_told_stands_in_the_first_line(found, table, tmp_path):
    """The review's case: a missing buffer cost a quarter of the effect, and nothing said so."""
    bare = pd.read_csv(table).drop(columns="storage_buffer")
    bare.to_csv(tmp_path / "bare.csv", index=False)
    said = replace(found, batches=read_batches(tmp_path / "bare.csv")).said()
    assert said[0].startswith("storage_buffer is not given for 60 of 60 batches: one without protection is assumed")
    assert sum(line.startswith("storage_buffer") for line in said) == 1 and "60 batches: " in said[1]
    assert not any(line.startswith("storage_buffer") for line in found.said())


def test_capability_is_that_of_the_values_beside_their_limits(found):
    rows = found.capabilities.set_index("attribute")
    assert not rows.loc["potency", "capable"] and rows.loc["diameter", "ppk"] > 1.33
    logs = np.log(found.batches.value("potency"))
    room = min(logs.mean() - np.log(25), np.log(400) - logs.mean())
    assert rows.loc["potency", "ppk"] == pytest.approx(room / 3 / logs.std(ddof=1))
    assert any(line.startswith("capability not shown") and "potency Ppk" in line for line in found.said())
