"""The folder of a trial: whatever is changed in it is told in one sentence or changes no number."""

import hashlib
import io
import json
import math
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lobule import keeping
from lobule.errors import LobuleError, ResultsError
from lobule.keeping.record import checksum, read_record, signed_line
from lobule.keeping.trail import check_trail
from lobule.labs import table
from lobule.trial import measurement
from lobule.trial.population import Population
from lobule.trial.power import Size
from lobule.trial.story import headline
from lobule.trial.trial import Trial

OLD = Path(__file__).parents[1] / "old"
DERIVED = ["adsl.csv", "adlb.parquet", "summary.json", "report.html"]


@pytest.fixture(scope="module")
def people():
    return Population.open(OLD / "trial", first_edition=True)


@pytest.fixture(scope="module")
def done(people, tmp_path_factory):
    return Trial.read(OLD / "design.yaml").run(people, tmp_path_factory.mktemp("trial") / "out").folder


@pytest.fixture
def folder(done, tmp_path):
    return Path(shutil.copytree(done, tmp_path / "out"))


def numbers(folder):
    """All that a trial came to."""
    found = Trial.open(folder)
    courses = [c.to_bytes() for c in found.courses]
    return courses, found.population.table.to_csv(), repr(found.replicates), json.dumps(found.summary())


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def refusal(folder):
    with pytest.raises(ResultsError) as caught:
        Trial.open(folder)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 500
    return text


@pytest.fixture(scope="module")
def right(done):
    return numbers(done)


def block(folder, arm, member=0):
    rows = [json.loads(line) for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    key = next(r["key"] for r in rows if r["unit"].startswith(arm) and f"member {member}," in r["unit"])
    return folder / "blocks" / f"{key}.npz"


def swap(one, other):
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def test_the_trail_tells_the_design_file_and_outlives_another_design(people, folder):
    design = OLD / "design.yaml"
    told = [{"file": "design.yaml", "sha256": checksum(design.read_bytes())}]
    (first,) = steps_of(folder)
    assert first["inputs"] == told
    Trial.read(design).run(people, folder)
    assert steps_of(folder) == [first]  # the same trial again is no step
    other = Trial.read(design).changed(replicates=3)
    other.run(people, folder)
    steps = steps_of(folder)
    assert steps[0] == first and len(steps) == 2 and steps[1]["previous"] == first["checksum"]


@pytest.mark.parametrize("changed", [False, True])
def test_a_trail_survives_a_trial_that_was_killed_before_its_end(people, folder, changed, monkeypatch):
    before = steps_of(folder)
    other = Trial.read(OLD / "design.yaml").changed(replicates=3)
    with monkeypatch.context() as patched:
        patched.setattr("lobule.trial.trial.execute", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            other.run(people, folder)
    assert read_record(folder / "trial.json")["trail"] == before
    if changed:
        other = Trial.read(OLD / "design.yaml").changed(replicates=4)
    other.run(people, folder)
    assert steps_of(folder)[: len(before)] == before and len(steps_of(folder)) == len(before) + 1


def steps_of(folder):
    """Of the trail, which must hold."""
    return check_trail(folder / "trial.json", read_record(folder / "trial.json"))


def test_swapped_blocks_never_exchange_the_arms(people, folder, right):
    swap(block(folder, "MSC"), block(folder, "placebo"))
    assert "a block" in refusal(folder)
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert numbers(folder) == right


def test_an_edited_ledger_is_not_believed(people, folder, right):
    lines = [json.loads(line) for line in (folder / "replicates.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in lines:
        row["looks"] = [9.0] * len(row["looks"])
        for estimate in row["estimates"]:
            estimate |= {"p": 1e-9, "estimate": 99.0, "benefit": 9.0}
    (folder / "replicates.jsonl").write_text("".join(json.dumps(row) + "\n" for row in lines), encoding="utf-8")
    assert "0 of 12 replicates are there" in refusal(folder)
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert numbers(folder) == right


def test_a_ledger_that_lost_a_line_is_not_a_smaller_trial(folder):
    lines = (folder / "replicates.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "replicates.jsonl").write_text("".join(lines[:-1]), encoding="utf-8")
    assert "11 of 12 replicates are there" in refusal(folder)


def test_every_line_of_the_ledger_is_valid_json(folder):
    def none(name):
        raise ValueError(name)

    for line in (folder / "replicates.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line, parse_constant=none)


@pytest.mark.parametrize("column, value", [("female", 1.0), ("albumin", 0.0), ("etiology", "hcv")])
def test_an_edited_population_is_told(people, folder, right, column, value):
    table = pd.read_parquet(folder / "population.parquet")
    table[column] = value
    table.to_parquet(folder / "population.parquet", index=False)
    assert "population.parquet" in refusal(folder)
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert numbers(folder) == right


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.write_bytes(p.read_bytes()[:100]), lambda p: p.unlink(), lambda p: p.write_bytes(b""),
        lambda p: pd.read_parquet(p).drop(columns=["age"]).to_parquet(p, index=False),
        lambda p: pd.read_parquet(p).iloc[:-1].to_parquet(p, index=False),
        lambda p: pd.read_parquet(p).assign(age="x").to_parquet(p, index=False),
    ],
)  # fmt: skip
def test_a_population_that_is_none_is_one_sentence(folder, damage, signed):
    damage(folder / "population.parquet")
    if signed:  # by a forger, who knows which file a record lists

        def forged(record):
            del record["files"]

        edit(folder, forged, sign=True)
    refusal(folder)


def edit(folder, change, sign=False):
    record = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
    change(record)
    if sign:
        record.pop("checksum")
        record["checksum"] = checksum(json.dumps(record, sort_keys=True, separators=(",", ":")).encode())
    (folder / "trial.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.mark.parametrize("sign", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(design=None), lambda r: r["design"].update(patients=10), lambda r: r.pop("design"),
        lambda r: r["design"].update(visits=["x"]), lambda r: r.pop("name"), lambda r: r.update(format=99),
        lambda r: r["design"].update(replicates=0), lambda r: r["design"].update(seed=99),
        lambda r: r["files"].update({"../../etc/passwd": "0"}), lambda r: r.update(files=3),
        lambda r: r.pop("population"),
    ],
)  # fmt: skip
def test_an_edited_record_is_told(folder, change, sign):
    edit(folder, change, sign)
    refusal(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, "null", '{"format": 1}', '{"format": NaN}'])
def test_a_record_that_is_none_is_one_sentence(folder, text):
    (folder / "trial.json").write_text(text, encoding="utf-8")
    refusal(folder)


def test_parts_that_are_no_files_are_one_sentence(folder):
    for name in ("trial.json", "population.npz", "replicates.jsonl"):
        path = folder / name
        before = path.read_bytes()
        path.unlink()
        for make in (lambda p: None, Path.mkdir, os.mkfifo, lambda p: p.symlink_to("/etc/hostname")):
            make(path)
            refusal(folder)
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        path.write_bytes(before)
    shutil.rmtree(folder / "blocks")
    assert "a block" in refusal(folder)


def pickled():
    file = io.BytesIO()
    np.savez(file, **{"parameter x": np.array([{"a": 1}], dtype=object)})
    return file.getvalue()


@pytest.mark.parametrize("data", [b"hello", pickled(), keeping.packed({"parameter x": np.zeros(3)})])
def test_files_with_a_right_checksum_that_hold_something_else_are_one_sentence(folder, data):
    before = (folder / "population.npz").read_bytes()
    keeping.write_bound(folder / "population.npz", data, "population.npz")
    edit(folder, lambda record: record.pop("files"), sign=True)
    assert "run lobule trial again" in refusal(folder)
    (folder / "population.npz").write_bytes(before)
    one = block(folder, "MSC")
    keeping.write_bound(one, data, one.stem)
    assert "a block" in refusal(folder)


@pytest.mark.parametrize("name", DERIVED)
def test_an_edited_table_is_told_and_written_again(people, folder, right, name):
    before = (folder / name).read_bytes()
    (folder / name).write_bytes(before + b" ")
    assert name in refusal(folder)
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert (folder / name).read_bytes() == before and numbers(folder) == right


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_or_exchanged_file_is_told_or_changes_nothing(folder, right, data):
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    one = data.draw(st.sampled_from(files), "one")
    other = data.draw(st.sampled_from([p for p in files if p.suffix == one.suffix and p != one] or files), "other")
    before = {p: p.read_bytes() for p in (one, other)}
    place = data.draw(st.integers(0, max(len(before[one]) - 1, 0)), "place")
    how = data.draw(st.sampled_from(["flip", "cut", "swap", "copy", "remove"]), "how")
    if how == "flip":
        byte = bytes([before[one][place] ^ data.draw(st.integers(1, 255))])
        one.write_bytes(before[one][:place] + byte + before[one][place + 1 :])
    elif how == "cut":
        one.write_bytes(before[one][:place])
    elif how == "swap":
        swap(one, other)
    elif how == "copy":
        one.write_bytes(before[other])
    else:
        one.unlink()
    try:
        found = numbers(folder)
    except LobuleError as error:
        assert "\n" not in str(error) and len(str(error)) < 500
    else:
        assert found == right
    finally:
        for path, was in before.items():
            path.write_bytes(was)


def test_a_command_that_cannot_begin_changes_nothing(people, folder):
    before = content(folder)
    trial = Trial.read(OLD / "design.yaml")
    nobody = trial.design.model_copy(
        update={"population": trial.design.population.model_copy(update={"cohort": "none"})}
    )
    with pytest.raises(LobuleError):
        Trial(nobody, trial.name).run(None, folder)
    with pytest.raises(LobuleError):
        trial.run(people, folder, cluster="no-such-file.json")
    for changes in ({"replicates": 0}, {"replicates": 2.5}, {"members": -1}, {"replicate": 5}, {"patients": "3"}):
        with pytest.raises(LobuleError):
            trial.changed(**changes).run(people, folder)
    (folder.parent / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError):
        trial.run(people, folder.parent / "file")
    assert content(folder) == before


def test_a_finished_trial_run_again_writes_the_same_bytes(people, folder):
    before = content(folder)
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert content(folder) == before


def test_what_killed_processes_left_is_removed(people, folder):
    machine = keeping.drafts._machine()
    for where in (folder, folder / "blocks"):
        (where / f".lobule-{machine}-999999999-0123abcd.part").write_text("half", encoding="utf-8")
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert not list(folder.rglob("*.part"))


def test_the_report_of_a_sample_size_search_belongs_to_the_folder(done, tmp_path, people):
    folder = Path(shutil.copytree(done, tmp_path / "out"))
    found = Trial.open(folder)
    tried = {"patients": 24, "share": 0.5, "low": 0.4, "high": 0.6, "monte_carlo_error": 0.1, "replicates": 25}
    found.sized(Size(0.8, 48, 40.0, math.inf, (tried,)))
    again = Trial.open(folder)
    assert again.power() == found.power() and again.search == Size(0.8, 48, 40.0, math.inf, (tried,))
    assert "needs 48 patients" in (folder / "report.html").read_text()


def test_the_first_edition_is_opened_and_its_exchanged_arms_are_told(tmp_path):
    folder = Path(shutil.copytree(OLD / "trial", tmp_path / "out"))
    found = Trial.open(folder)
    assert found.power()["power"]["replicates"] == 4
    (note,) = found.notes  # what that edition had not, or has otherwise
    assert all(word in note for word in ("no ALP, GGT", "bleeding", "secreted_ev_gone, vegf", "albumin 7% (now 8%)"))
    assert note in headline(found)
    swap(block(folder, "MSC"), block(folder, "placebo"))
    assert "do not belong together" in refusal(folder)


def test_an_edited_value_of_the_first_edition_is_told(tmp_path):
    folder = Path(shutil.copytree(OLD / "trial", tmp_path / "out"))
    rows = [json.loads(line) for line in (folder / "replicates.jsonl").read_text(encoding="utf-8").splitlines()]
    rows[0]["estimates"][0]["estimate"] += 0.01
    (folder / "replicates.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert "do not belong together" in refusal(folder)


def test_a_kept_trial_is_measured_as_it_was_when_the_errors_of_labs_change(folder, monkeypatch):
    before = Trial.open(folder)
    labs_before = before.tables()["adlb"]
    changed = {name: lab.model_copy(update={"error_cv": 0.5} if name == "albumin" else {})
               for name, lab in table.labs().items()}  # fmt: skip
    of_assays = {name: changed[name] for name in measurement.measurable()}
    monkeypatch.setattr(measurement, "measurable", lambda: of_assays)
    monkeypatch.setattr(table, "labs", lambda: changed)
    found = Trial.open(folder)
    assert "now" not in before.notes[0] and "albumin 8% (now 50%)" in found.notes[0]
    assert found.tables()["adlb"].equals(labs_before)
    assert repr(found.replicates) == repr(before.replicates)


@pytest.mark.parametrize("errors", [None, {}, {"albumin": 0.1}, {"albumin": [0.1, 5]}, {"albumin": ["x", 5]}])
def test_errors_that_are_none_of_the_assays_are_told(folder, errors):
    edit(folder, lambda record: record.update(errors=errors), sign=True)
    refusal(folder)


def test_a_trial_of_the_first_edition_goes_on_as_one_of_this(people, tmp_path, right):
    folder = Path(shutil.copytree(OLD / "trial", tmp_path / "out"))
    Trial.read(OLD / "design.yaml").run(people, folder)
    assert json.loads((folder / "trial.json").read_text(encoding="utf-8"))["format"] == 2
    assert numbers(folder) == right


@given(
    row=st.dictionaries(st.text(max_size=5), st.floats() | st.text(max_size=5) | st.none(), max_size=4), data=st.data()
)
def test_a_line_of_a_ledger_is_read_only_as_it_was_written(row, data, tmp_path_factory):
    from lobule.keeping.record import signed_lines

    row.pop("checksum", None)
    path = tmp_path_factory.mktemp("lines") / "lines.jsonl"
    line = signed_line(row)
    path.write_text(line + "\n", encoding="utf-8")
    (read,) = signed_lines(path)
    place = data.draw(st.integers(0, len(line) - 1))
    letter = data.draw(st.sampled_from(sorted(set('0123456789{}",: ael') - {line[place]})))
    path.write_text(line[:place] + letter + line[place + 1 :] + "\n", encoding="utf-8")
    assert list(signed_lines(path)) in ([], [read])


def test_the_checksum_of_a_block_covers_its_name(folder):
    content = block(folder, "MSC").read_bytes()
    assert hashlib.sha256(content[32:]).digest() != content[:32]
