"""Files are written whole or not at all, and are trusted only under their own name."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule import keeping
from lobule.errors import ResultsError


@given(content=st.binary(min_size=1), key=st.text(max_size=20), other=st.text(max_size=20), data=st.data())
def test_a_bound_file_is_read_only_whole_and_under_its_own_name(tmp_path_factory, content, key, other, data):
    path = tmp_path_factory.mktemp("bound") / "file"
    keeping.write_bound(path, content, key)
    assert keeping.read_bound(path, key) == content
    if other != key:
        assert keeping.read_bound(path, other) is None
    written = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(written))
    assert keeping.read_bound(path, key) is None
    path.write_bytes(bytes(written[:place]))
    assert keeping.read_bound(path, key) is None


def test_two_swapped_files_are_both_refused(tmp_path):
    for name in ("a", "b"):
        keeping.write_bound(tmp_path / name, name.encode(), name)
    os.rename(tmp_path / "a", tmp_path / "c")
    os.rename(tmp_path / "b", tmp_path / "a")
    os.rename(tmp_path / "c", tmp_path / "b")
    assert keeping.read_bound(tmp_path / "a", "a") is None
    assert keeping.read_bound(tmp_path / "b", "b") is None


def test_what_a_link_points_to_is_not_read(tmp_path):
    keeping.write_bound(tmp_path / "outside", b"content", "name")
    (tmp_path / "inside").symlink_to(tmp_path / "outside")
    assert keeping.read_bound(tmp_path / "inside", "name") is None


@pytest.mark.parametrize("when", ["write", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_older_file_and_no_draft(tmp_path, monkeypatch, when):
    path = tmp_path / "table.csv"
    keeping.write_text(path, "old")

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if when == "write":
        with pytest.raises(ResultsError, match="No space left"), keeping.writing_text(path) as file:
            file.write("half")
            full()
    else:
        monkeypatch.setattr(os, when, full)
        with pytest.raises(ResultsError, match="No space left"):
            keeping.write_text(path, "new")
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path):
    (tmp_path / "real.csv").write_text("old", encoding="utf-8")
    (tmp_path / "link.csv").symlink_to("real.csv")
    keeping.write_text(tmp_path / "link.csv", "new")
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "real.csv").read_text(encoding="utf-8") == "new"


def test_a_device_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        with pytest.raises(ResultsError, match="cannot write"):
            keeping.write_text(path, "text")


@pytest.mark.parametrize("name", ["", "a\0b", "\udcff\ud800", "a" * 300, None, 5])
def test_a_name_that_no_file_can_have_is_one_sentence(tmp_path, name):
    with pytest.raises(ResultsError) as caught:
        keeping.write_text(f"{tmp_path}/{name}" if isinstance(name, str) and name else name, "text")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_tables_are_written_as_their_name_ends(tmp_path):
    table = pd.DataFrame({"a": [1 / 3, np.nan], "b": ["x", "é"]})
    assert keeping.write_table(tmp_path / "t.csv", table, digits=3).read_text("utf-8") == "a,b\n0.333,x\n,é\n"
    assert keeping.write_table(tmp_path / "t.tsv", table).read_text("utf-8").startswith("a\tb\n0.3333333333333333\t")
    pd.testing.assert_frame_equal(pd.read_parquet(keeping.write_table(tmp_path / "t.parquet", table)), table)
    with pytest.raises(ResultsError, match=r"\.csv, \.tsv or \.parquet"):
        keeping.write_table(tmp_path / "t.xlsx", table)


def test_objects_of_python_are_never_loaded_from_arrays():
    assert keeping.unpacked(keeping.packed({"x": np.array([{"a": 1}], dtype=object)})) is None
    assert keeping.unpacked(b"hello") is None
    np.testing.assert_array_equal(keeping.unpacked(keeping.packed({"x": np.arange(3)}))["x"], np.arange(3))


def test_a_line_that_was_cut_off_does_not_run_into_the_next(tmp_path):
    path = tmp_path / "journal.jsonl"
    keeping.append_line(path, '{"a": 1}')
    path.write_text(path.read_text(encoding="utf-8") + '{"cut": ', encoding="utf-8")
    keeping.append_line(path, '{"b": 2}')
    assert path.read_text(encoding="utf-8").splitlines() == ['{"a": 1}', '{"cut": ', '{"b": 2}']


def test_lines_go_into_a_file_of_the_folder_alone(tmp_path):
    (tmp_path / "outside").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to("outside")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe", "."):
        with pytest.raises(ResultsError, match="no file of its folder"):
            keeping.append_line(tmp_path / name, "line")
    assert (tmp_path / "outside").read_text(encoding="utf-8") == ""


KILLED = """
import os, signal, sys
from lobule import keeping
with keeping.writing_text(sys.argv[1] + "/file.csv") as file:
    file.write("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path):
    (tmp_path / "file.csv").write_text("old", encoding="utf-8")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2 and (tmp_path / "file.csv").read_text(encoding="utf-8") == "old"
    with keeping.writing_text(tmp_path / "other.csv") as file:
        file.write("whole")
        keeping.sweep(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file.csv", "other.csv"]
    assert (tmp_path / "other.csv").read_text(encoding="utf-8") == "whole"


def test_a_folder_is_marked_by_the_command_that_made_it(tmp_path):
    with keeping.writing_into(tmp_path / "a", "dose"):
        pass
    assert json.loads((tmp_path / "a" / "lobule.json").read_text(encoding="utf-8")) == {"results_of": ["dose"]}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("", encoding="utf-8")
    with keeping.writing_into(tmp_path / "mine", "dose"):
        pass
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_folders_are_made_for_a_file_and_unmade_where_it_fails(tmp_path):
    keeping.write_text(tmp_path / "a" / "b" / "file.txt", "x")
    assert (tmp_path / "a" / "b" / "file.txt").read_text(encoding="utf-8") == "x"
    with pytest.raises(KeyError), keeping.writing_text(tmp_path / "c" / "d" / "file.txt"):
        raise KeyError
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]


@given(st.lists(st.text(alphabet='a\r\n\t",;=+- ', max_size=6), min_size=1, max_size=4))
def test_every_text_of_a_table_is_one_cell_when_it_is_read_again(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    keeping.write_table(path, pd.DataFrame({"name": texts, "n": range(len(texts))}))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file, strict=True))
    assert rows == [["name", "n"], *([keeping.spreadsheet_text(text), str(n)] for n, text in enumerate(texts))]
