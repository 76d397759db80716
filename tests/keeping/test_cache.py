"""The cache: made again where it is damaged or another's, done without where nothing can be written."""

import os
import shutil
import tempfile
from collections import namedtuple

import numpy as np
import pytest

from lobule import keeping
from lobule.keeping import cache

NOWHERE = "/dev/null/below"  # not even an administrator can make a folder there


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"lobule-{os.getuid()}"


@pytest.fixture
def no_home(monkeypatch):
    monkeypatch.delenv("LOBULE_CACHE", raising=False)
    monkeypatch.setenv("HOME", NOWHERE)


def test_the_users_choice_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path / "mine"))
    assert keeping.cache_folder() == tmp_path / "mine"
    monkeypatch.delenv("LOBULE_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert keeping.cache_folder() == tmp_path / "home" / ".cache" / "lobule"


def test_without_a_home_a_private_temporary_folder_is_used(temporary, no_home):
    assert keeping.cache_folder() == temporary
    assert temporary.stat().st_mode & 0o777 == 0o700
    keeping.keep("name", b"content")
    assert keeping.kept("name") == b"content"


def test_a_file_as_cache_is_done_without(temporary, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path / "file"))
    assert keeping.cache_folder() == temporary


def test_a_temporary_folder_that_others_can_fill_is_not_trusted(temporary, no_home, tmp_path):
    temporary.mkdir()
    temporary.chmod(0o777)
    assert keeping.cache_folder() is None
    temporary.rmdir()
    (tmp_path / "elsewhere").mkdir()
    temporary.symlink_to(tmp_path / "elsewhere")
    assert keeping.cache_folder() is None


def test_where_nothing_can_be_written_nothing_is_kept(no_home, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", NOWHERE)
    assert keeping.cache_folder() is None
    keeping.keep("name", b"content")
    assert keeping.kept("name") is None


def test_a_full_disk_keeps_nothing(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 0))
    assert keeping.cache_folder() is None


def test_a_cache_that_can_only_be_read_is_read(tmp_path, temporary, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path / "image"))
    keeping.keep("name", b"content")
    monkeypatch.setattr(os, "access", lambda path, mode: "image" not in str(path))
    assert keeping.kept("name") == b"content"
    keeping.keep("other", b"more")
    assert keeping.kept("other") == b"more" and (temporary / "other").is_file()


def test_two_swapped_files_of_the_cache_are_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    keeping.keep("one", b"1")
    keeping.keep("two", b"2")
    (tmp_path / "one").rename(tmp_path / "x")
    (tmp_path / "two").rename(tmp_path / "one")
    (tmp_path / "x").rename(tmp_path / "two")
    assert keeping.kept("one") is None and keeping.kept("two") is None


@pytest.mark.parametrize("there", [True, False])
def test_numba_compiles_whether_its_code_can_be_kept_or_not(tmp_path, monkeypatch, there):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache" if there else None)
    function = keeping.compiled_by_numba(add)
    assert function(1, 2) == 3
    assert any(tmp_path.rglob("*.nbi")) == there


def test_numba_compiles_where_its_folder_is_refused(monkeypatch):
    from pathlib import Path

    from numba.core import caching

    monkeypatch.setattr(cache, "cache_folder", lambda: Path(NOWHERE))
    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [caching.UserProvidedCacheLocator])
    assert keeping.compiled_by_numba(add)(1, 2) == 3


def add(a, b):
    return a + b


def test_the_control_loop_is_kept_in_the_cache():
    from lobule.engine.solve.loop import loop_of_processor

    folder = keeping.cache_folder()
    if folder is None or os.environ.get("NUMBA_CACHE_DIR"):
        pytest.skip("no cache here, or the user's own")
    assert loop_of_processor(False).drive.stats.cache_path.startswith(str(folder / "numba"))


def test_swapped_histories_are_solved_again(tmp_path, monkeypatch):
    from lobule.patient import history

    solved = []

    def solve(etiology, years, varied):
        solved.append(etiology)
        value = {"hbv": 1.0, "alcohol": 2.0}[etiology]
        return {o: np.full((history.BLOCK, len(years)), value, np.float32) for o in history.OUTPUTS}

    monkeypatch.setenv("LOBULE_CACHE", str(tmp_path))
    monkeypatch.setattr(history, "solve", solve)
    causes = ("hbv", "alcohol")
    before = {c: history.histories(c, 1).values["albumin"][0, 0] for c in causes}
    one, other = sorted(tmp_path.glob("history-*.npz"))
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    assert {c: history.histories(c, 1).values["albumin"][0, 0] for c in causes} == before
    assert solved == [*causes, *causes]
    assert {c: history.histories(c, 1).values["albumin"][0, 0] for c in causes} == before
    assert len(solved) == 4
