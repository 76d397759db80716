"""Replay: the same numbers, or a sentence that says what differs."""

import hashlib
import json
from dataclasses import replace

import pytest

import lobule as lb
from lobule.answers.replay import run_again
from lobule.errors import LobuleError


@pytest.fixture(scope="module")
def run():
    plan = lb.Plan("uc-msc-ev", dose="10 ug", start="1 d")
    return lb.simulate(lb.Animal("mouse", injury="ccl4"), plan, until="3 d")


@pytest.fixture
def folder(run, tmp_path, monkeypatch):
    monkeypatch.setattr("lobule.report.style.pictures", lambda draw, *names: {})  # not what is asked here
    return run.save(tmp_path / "out")


def test_a_run_replays_bit_for_bit(folder):
    outcome = run_again(folder)
    assert outcome.same
    assert "bit for bit" in str(outcome)


def test_a_changed_number_is_found_and_named(folder):
    run = lb.Run.open(folder)
    run.data["albumin"][3] *= 1.01
    outcome = run_again(run.save(folder))
    assert not outcome.same
    assert outcome.where == "albumin"
    assert outcome.largest_difference == pytest.approx(0.01, rel=0.1)


def test_a_number_that_was_nothing_differs_by_no_more_than_all_of_itself(folder):
    run = lb.Run.open(folder)
    run.data["alt"][:] = 1e-234
    outcome = run_again(run.save(folder))
    assert outcome.where == "alt"
    assert outcome.largest_difference == pytest.approx(1.0)


def edited(folder, change):
    """Saved anew with another record, so that its checksum is right."""
    run = lb.Run.open(folder)
    record = json.loads(json.dumps(run.record))
    change(record)
    return replace(run, record=record).save(folder)


def test_changed_versions_are_named(folder):
    def older(record):
        record["versions"]["numpy"] = "1.0"
        record["settings"]["rtol"] = 1e-4

    outcome = run_again(edited(folder, older))
    assert not outcome.same
    assert any(text.startswith("numpy 1.0 to") for text in outcome.changed)


@pytest.mark.parametrize("field, key", [("peaks", "msc_alive"), ("parameters", "body_weight"), ("dose_times_d", 0)])
def test_a_record_that_says_something_else_than_what_was_run_is_not_confirmed(folder, field, key):
    def doubled(record):
        record[field][key] = 2 * record[field][key] + 1
        digest = json.dumps(record["parameters"], sort_keys=True).encode()
        record["parameter_hash"] = hashlib.sha256(digest).hexdigest()

    outcome = run_again(edited(folder, doubled))
    assert not outcome.same and outcome.largest_difference == 0
    assert f"the record does not say what was run: {field}" in str(outcome)


def test_a_file_that_lobule_did_not_write_is_told(folder):
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert "notes.txt" in str(run_again(folder))


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda r: r["subject"].update(foo=1), "foo"), (lambda r: r["settings"].pop("until"), "until"),
        (lambda r: r["settings"].update(foo=1), "foo"), (lambda r: r["plan"][0].update(contents={"kind": "x"}), "name"),
        (lambda r: r["plan"][0].update(foo=1), "foo"), (lambda r: r["plan"][0].pop("dose"), "dose"),
    ],
)  # fmt: skip
def test_a_record_without_its_scenario_is_refused(folder, change, message):
    with pytest.raises(LobuleError, match=message) as caught:
        run_again(edited(folder, change))
    assert "\n" not in str(caught.value)
