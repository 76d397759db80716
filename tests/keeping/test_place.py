"""Whether results can go where the user wants them is said before any computing, and nothing is changed by asking."""

import json
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lobule.errors import ResultsError
from lobule.keeping import check_place


def refusal(path, kind="results", suffixes=()):
    with pytest.raises(ResultsError) as caught:
        check_place(path, kind, suffixes)
    text = str(caught.value)
    assert "\n" not in text and len(text) < 400
    return text


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_new_and_empty_places_are_free(here):
    (here / "empty").mkdir()
    for path in ("new", "deep/below/new", "empty", here / "new", "white space", "a\nb"):
        assert str(check_place(path, "results")) == str(path)
    assert check_place("a.csv", "file", (".csv",)).name == "a.csv"
    assert sorted(p.name for p in here.iterdir()) == ["empty"]


@pytest.mark.parametrize("path", [".", "..", "/", "../work", "./"])
@pytest.mark.parametrize("kind", ["results", "trial", "dose", "file"])
def test_the_working_folder_and_what_is_above_it_is_no_place(path, kind):
    assert "folder" in refusal(path, kind)


def test_a_file_where_a_folder_is_wanted_and_the_reverse(here):
    (here / "file").write_text("", encoding="utf-8")
    assert "no folder" in refusal("file")
    assert "Not a directory" in refusal("file/below")
    (here / "folder").mkdir()
    assert "is a folder; name a file ending in .csv or .parquet" in refusal("folder", "file", (".csv", ".parquet"))
    assert "another ending" in refusal("a.txt", "file", (".csv",))
    os.mkfifo(here / "pipe")
    assert "no file" in refusal("pipe", "file")


@pytest.mark.parametrize("kind", ["results", "trial", "dose"])
def test_a_folder_of_somebody_else_is_refused(here, kind):
    (here / "thesis").mkdir()
    (here / "thesis" / "chapter1.txt").write_text("years of work", encoding="utf-8")
    assert 'it holds "chapter1.txt"' in refusal("thesis", kind)


def test_the_folder_of_another_command_is_refused(here):
    marks = {"trial": "trial.json", "results": "run.json", "calibration": "chain.npz"}
    for kind, name in marks.items():
        (here / kind).mkdir()
        (here / kind / name).write_text("{}", encoding="utf-8")
    (here / "dose").mkdir()
    record = {"command": "dose", "files": {"dosing.csv": "0"}}
    (here / "dose" / "run.json").write_text(json.dumps(record), encoding="utf-8")
    (here / "dose" / "dosing.csv").write_text("", encoding="utf-8")
    kinds = [*marks, "dose"]
    for kind in kinds:
        assert check_place(kind, kind)
        for other in set(kinds) - {kind}:
            assert "another command" in refusal(other, kind)
    assert "another command (dose)" in refusal("dose", "cargo")


def test_a_folder_of_an_edition_that_listed_no_files_is_kept(here):
    (here / "old").mkdir()
    (here / "old" / "lobule.json").write_text(json.dumps({"results_of": ["dose"]}), encoding="utf-8")
    (here / "old" / "notes.csv").write_text("perhaps the user's", encoding="utf-8")
    assert 'it holds "lobule.json"' in refusal("old", "dose")


def test_a_note_of_the_user_among_results_keeps_them_from_being_replaced(here):
    (here / "out").mkdir()
    (here / "out" / "run.json").write_text(json.dumps({"files": {"timecourse.nc": "0"}}), encoding="utf-8")
    (here / "out" / "timecourse.nc").write_text("", encoding="utf-8")
    (here / "out" / ".DS_Store").write_text("", encoding="utf-8")
    assert check_place("out", "results")
    (here / "out" / "notes.csv").write_text("mine", encoding="utf-8")
    assert 'not only that: it holds "notes.csv"' in refusal("out")


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "a" * 300, "loop"])
def test_impossible_names_are_one_sentence(here, name):
    (here / "loop").symlink_to("loop")
    for kind in ("results", "file"):
        refusal(name, kind)


NAMES = st.text(st.characters(codec=None, exclude_categories=()), max_size=12) | st.sampled_from(
    ["~", "-", "--", " ", "a/../..", "/proc/self/mem", "/dev/null", "/dev/full", "/etc/passwd", "a" * 255, "é" * 128]
)


@given(names=st.lists(NAMES, min_size=1, max_size=4), kind=st.sampled_from(["results", "trial", "dose", "file"]))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_as_a_path_is_a_place_or_one_sentence_and_nothing_is_changed(here, names, kind):
    before = sorted(here.parent.rglob("*"))
    path = "/".join(names)
    try:
        assert check_place(path, kind) == Path(path)
    except ResultsError as error:
        assert "\n" not in str(error) and str(error).isprintable() and len(str(error)) < 600
    assert sorted(here.parent.rglob("*")) == before


def test_a_removed_working_folder_is_one_sentence(here):
    shutil.rmtree(here)
    assert "working folder is gone" in refusal("out")
    assert "working folder is gone" in refusal("out.csv", "file")
    assert check_place(here.parent / "out", "results")


def test_a_full_or_forbidden_disk_is_told_before_the_work(here, monkeypatch):
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 0))
        assert "the disk is full" in refusal("out")
        assert "the disk is full" in refusal("out.csv", "file")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "you may not write" in refusal("out")
    assert "you may not write" in refusal("out.csv", "file")


def test_a_link_is_followed(here):
    (here / "disk").mkdir()
    (here / "link").symlink_to("disk")
    assert check_place("link", "results")
    (here / "disk" / "notes.txt").write_text("", encoding="utf-8")
    assert "notes.txt" in refusal("link")
    (here / "dangling").symlink_to("nowhere/below")
    assert check_place("dangling", "results")


@pytest.mark.parametrize("path", ["nowhere/../labs.csv", "a/b/../../labs.csv", "labs.csv/../labs.csv"])
def test_a_way_through_a_folder_that_is_not_there_leads_nowhere(here, path):
    (here / "labs.csv").write_text("inr\n1\n", encoding="utf-8")
    assert "which is no folder" in refusal(path, "file", (".csv",))
    (here / "sub").mkdir()
    check_place("sub/../labs.csv", "file", (".csv",))
