"""The trail of a folder: every step is there, and a changed one is found."""

import pytest

from lobule.errors import ResultsError
from lobule.keeping.record import read_record, write_record
from lobule.keeping.results import RECORD, save_results
from lobule.keeping.trail import check_trail, gone_on, trail_of, who

OF_A_RUN = {"command": "run", "versions": {"lobule": "1.0"}, "inputs": [{"file": "a.yaml", "sha256": "00"}]}


def saved(folder, text="x"):
    return save_results(folder, "results", OF_A_RUN, {"a.csv": lambda path: path.write_text(text)},
                        draw=lambda: {"a.png": b"picture"})  # fmt: skip


def test_each_writing_of_a_folder_is_one_step_of_its_trail(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_USER", "Anna")
    folder = saved(tmp_path / "out")
    monkeypatch.setenv("LOBULE_USER", "")
    saved(folder, "y")
    steps = check_trail(folder / RECORD, read_record(folder / RECORD))
    assert [step["who"] for step in steps] == ["Anna", ""]
    assert all(step["command"] == "run" and step["version"] == "1.0" for step in steps)
    assert steps[0]["inputs"] == [{"file": "a.yaml", "sha256": "00"}]
    assert steps[1]["previous"] == steps[0]["checksum"] and steps[0]["files"] != steps[1]["files"]


@pytest.mark.parametrize("change", [
    lambda steps: steps[0].update(who="somebody else"),
    lambda steps: steps.pop(1),
    lambda steps: steps.reverse(),
    lambda steps: steps[-1].update(files="0"),
    lambda steps: steps.append("text"),
])  # fmt: skip
def test_a_step_that_was_changed_or_taken_out_is_found(tmp_path, change):
    folder = tmp_path / "out"
    for text in "abc":
        saved(folder, text)
    record = read_record(folder / RECORD)
    change(record["trail"])
    with pytest.raises(ResultsError, match="trail"):
        check_trail(folder / RECORD, record)
    files = record.pop("files")
    write_record(folder / RECORD, {k: v for k, v in record.items() if k != "format"}, files)
    assert trail_of(folder / RECORD) == []


def test_the_oldest_steps_of_a_long_trail_are_dropped(monkeypatch):
    monkeypatch.setattr("lobule.keeping.trail.LONGEST", 3)
    steps = []
    for k in range(5):
        steps = gone_on(steps, OF_A_RUN, {"a.csv": str(k)})
    assert len(steps) == 3
    assert len(check_trail("run.json", {"trail": steps, "files": {"a.csv": "4"}})) == 3


def test_an_account_without_a_name_is_no_mistake(monkeypatch):
    def nameless():
        raise OSError("no name")

    monkeypatch.delenv("LOBULE_USER", raising=False)
    monkeypatch.setattr("getpass.getuser", nameless)
    assert who() == ""


def test_what_writes_the_same_again_is_no_step(tmp_path):
    folder = saved(tmp_path / "out")
    before = (folder / RECORD).read_bytes()
    assert saved(folder) == folder and (folder / RECORD).read_bytes() == before
