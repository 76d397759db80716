"""Replay: the same numbers, or a sentence that says what differs."""

import json

import pytest

import lobule as lb
from lobule.errors import ResultsError
from lobule.replay import replay


@pytest.fixture
def folder(tmp_path):
    plan = lb.Plan("uc-msc-ev", dose="10 ug", start="1 d")
    return lb.simulate(lb.Animal("mouse", injury="ccl4"), plan, until="3 d").save(tmp_path / "out")


def test_a_run_replays_bit_for_bit(folder):
    outcome = replay(folder)
    assert outcome.same
    assert "bit for bit" in str(outcome)


def test_a_changed_number_is_found_and_named(folder):
    run = lb.Run.open(folder)
    run.data["albumin"][3] *= 1.01
    outcome = replay(run.save(folder))
    assert not outcome.same
    assert outcome.where == "albumin"
    assert outcome.largest_difference == pytest.approx(0.01, rel=0.1)


def test_changed_versions_are_named(folder):
    record = json.loads((folder / "run.json").read_text())
    record["versions"]["numpy"] = "1.0"
    record["settings"]["rtol"] = 1e-4
    (folder / "run.json").write_text(json.dumps(record))
    outcome = replay(folder)
    assert not outcome.same
    assert any(text.startswith("numpy 1.0 to") for text in outcome.changed)


def test_a_record_without_its_scenario_is_refused(folder):
    record = json.loads((folder / "run.json").read_text())
    del record["subject"]
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(ResultsError, match="lacks what is needed"):
        replay(folder)
