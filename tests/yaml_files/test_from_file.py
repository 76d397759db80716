"""Trees of files that come with lobule are kept, and are the same as those of their texts; a user's file is parsed."""

import shutil
from pathlib import Path

import pytest

import lobule
from lobule.yaml_files import load, parse

PACKAGE = Path(lobule.__file__).parent
FILES = sorted(PACKAGE.rglob("*.yaml"))


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_every_tree_is_the_same_from_the_cache_as_from_its_text(place):
    for path in FILES:
        whole = parse(path.read_bytes(), path.name, "a thing", "this and that")
        first, second = (load(path, "a thing", "this and that") for _ in range(2))
        assert whole == first == second, path.name
        assert list(whole.data) == list(second.data), path.name
        assert repr(whole) == repr(second), path.name  # 1 is not 1.0
    assert 60 < len(list(place.glob("yaml-*"))) <= len(FILES)


def test_a_tree_that_is_kept_is_not_parsed_again(monkeypatch):
    load(FILES[0], "a thing", "this and that")
    monkeypatch.setattr("lobule.yaml_files.from_file.parse", None)
    assert load(FILES[0], "a thing", "this and that").name == FILES[0].name


def test_what_a_reader_changes_in_a_tree_changes_no_other():
    load(FILES[0], "a thing", "this and that")
    load(FILES[0], "a thing", "this and that").data.clear()
    assert load(FILES[0], "a thing", "this and that").data


def test_a_damaged_tree_is_made_again(place):
    whole = load(FILES[0], "a thing", "this and that")
    (file,) = place.glob("yaml-*")
    file.write_bytes(file.read_bytes()[:-9])
    assert load(FILES[0], "a thing", "this and that") == whole


def test_a_file_of_a_user_is_not_kept(tmp_path, place):
    own = Path(shutil.copy(FILES[0], tmp_path / "own.yaml"))
    assert load(own, "a thing", "this and that").data
    assert not list(place.glob("yaml-*"))
