"""Folders side by side, each whole or not there."""

import os
import threading
from pathlib import Path

import pytest

from lobule.errors import ResultsError
from lobule.keeping import Shelf

NAME = "0123456789abcdef" * 2


def test_a_folder_is_there_with_all_its_files_and_gone_when_it_is_dropped(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "a" / "b")
    place = shelf.add(NAME, {"one.txt": b"1", "two.txt": b"2"})
    assert shelf.names() == [NAME] and shelf.place(NAME) == place
    assert {path.name: path.read_bytes() for path in place.iterdir()} == {"one.txt": b"1", "two.txt": b"2"}
    shelf.without(NAME, ["one.txt", "missing.txt"])
    assert [path.name for path in place.iterdir()] == ["two.txt"]
    shelf.drop(NAME)
    assert shelf.names() == [] and shelf.place(NAME) is None and list(shelf.root.iterdir()) == []


def test_a_link_is_no_folder_of_the_shelf(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.root.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (shelf.root / NAME).symlink_to(tmp_path / "elsewhere")
    assert shelf.place(NAME) is None


@pytest.mark.skipif(os.name == "nt", reason="rights of another kind")
def test_a_root_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot write"):
        Shelf(tmp_path / "file" / "shelf").add(NAME, {})


def test_a_shelf_that_holds_nothing_is_not_made(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    shelf.sweep()
    assert shelf.names() == [] and not shelf.root.exists()


def test_leftovers_are_swept_and_what_is_being_added_stays(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for name in (f"gone-{NAME}", f"new-{NAME}", f"new-{NAME[::-1]}"):
        (tmp_path / name).mkdir()
    os.utime(tmp_path / f"new-{NAME}", (0, 0))
    shelf.sweep()
    assert [path.name for path in tmp_path.iterdir()] == [f"new-{NAME[::-1]}"]


def test_one_at_a_time(tmp_path: Path) -> None:
    inside, most = [], []

    def work() -> None:
        shelf = Shelf(tmp_path)
        for _ in range(20):
            with shelf.alone():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1 and len(most) == 80
