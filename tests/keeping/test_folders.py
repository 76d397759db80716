"""A folder of results is replaced in one step; a kill at any moment leaves the older one or the new one."""

import os
import signal
import subprocess
import sys

import pytest

from lobule import keeping
from lobule.errors import ResultsError
from lobule.keeping import folders


def fill(folder, text):
    with keeping.new_folder(folder) as draft:
        (draft / "run.json").write_text(text, encoding="utf-8")


def content(folder):
    return {p.name: p.read_text(encoding="utf-8") for p in folder.iterdir()}


@pytest.mark.parametrize("exchange", [True, False])
def test_a_new_folder_takes_the_place_of_the_older_one(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(folders, "_exchanged", lambda *_: False)
    for text in ("first", "second"):
        fill(tmp_path / "out", text)
        assert content(tmp_path / "out") == {"run.json": text}
        assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_error_leaves_the_older_folder(tmp_path):
    fill(tmp_path / "out", "first")
    with pytest.raises(KeyboardInterrupt), keeping.new_folder(tmp_path / "out"):
        raise KeyboardInterrupt
    assert content(tmp_path / "out") == {"run.json": "first"}
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_link_to_a_folder_stays_and_its_target_is_filled(tmp_path):
    (tmp_path / "disk" / "target").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "target")
    fill(tmp_path / "link", "first")
    fill(tmp_path / "link", "second")
    assert (tmp_path / "link").is_symlink() and content(tmp_path / "disk" / "target") == {"run.json": "second"}


def test_a_folder_that_cannot_be_renamed_is_filled_from_within(tmp_path, monkeypatch):
    fill(tmp_path / "out", "first")
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    fill(tmp_path / "out", "second")
    assert content(tmp_path / "out") == {"run.json": "second"}


KILLED = """
import os, signal, sys
from pathlib import Path
from lobule import keeping
from lobule.keeping import folders
count, exchange = int(sys.argv[2]), sys.argv[3] == "exchange"
if not exchange:
    folders._exchanged = lambda *_: False
def killing(function):
    def wrapped(*args, **options):
        global count
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **options)
    return wrapped
Path.rename, Path.mkdir, Path.replace = killing(Path.rename), killing(Path.mkdir), killing(Path.replace)
folders.shutil.rmtree, folders._exchanged = killing(folders.shutil.rmtree), killing(folders._exchanged)
with keeping.new_folder(sys.argv[1]) as draft:
    keeping.write_text(draft / "run.json", "new")
"""


@pytest.mark.parametrize("exchange", ["exchange", "renames"])
def test_a_kill_at_any_step_leaves_one_whole_folder_for_the_next_command(tmp_path, exchange):
    seen = set()
    for step in range(1, 10):
        place = tmp_path / str(step) / "out"
        place.mkdir(parents=True)
        (place / "run.json").write_text("old", encoding="utf-8")
        done = subprocess.run([sys.executable, "-c", KILLED, str(place), str(step), exchange], check=False)
        keeping.mend(place)
        seen.add(content(place)["run.json"])
        keeping.sweep(place.parent)
        assert [p.name for p in place.parent.iterdir()] == ["out"]
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
    assert done.returncode == 0 and seen == {"old", "new"}


def test_what_the_system_refuses_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="cannot write"), keeping.new_folder(tmp_path / "file" / "out"):
        pass
    with pytest.raises(ResultsError, match="cannot write into"), keeping.writing_into(tmp_path / "file" / "out"):
        pass
