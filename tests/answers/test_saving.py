"""Every answer is saved as the same set of files, whole or not at all, and replaced only by its own command."""

import json

import pandas as pd
import pytest
from matplotlib.figure import Figure
from tests.answers.toys import TABLE, answer, draw

from lobule.answers.content import Beside, Picture, Table
from lobule.answers.record import record_of
from lobule.answers.saving import chosen
from lobule.errors import InputError, LobuleWarning, NotInstalled, ResultsError
from lobule.keeping import write_text
from lobule.keeping.record import checksum
from lobule.keeping.results import standing

ALWAYS = {"README.txt", "run.json", "dosing.csv", "dosing.png", "more.txt"}


def test_a_folder_holds_tables_pictures_and_what_they_are(tmp_path):
    folder = answer().save(tmp_path / "out", made_from=["../a.yaml"])
    assert {path.name for path in folder.iterdir()} == ALWAYS
    assert (folder / "dosing.csv").read_text(encoding="utf-8").splitlines()[1] == "1,0.1,low"
    page = (folder / "README.txt").read_text(encoding="utf-8")
    assert page.startswith("A toy & its dose\nlobule dose\n\nTwo doses were tried.\n")
    assert all(name in page for name in ALWAYS)


def test_the_record_says_how_it_was_made_and_lists_every_other_file(tmp_path):
    folder = answer().save(tmp_path / "out", made_from=["../a.yaml"])
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (record["command"], record["options"], record["seed"]) == ("dose", {"output": "alt"}, 1)
    assert record["made_from"] == ["../a.yaml"]
    assert record["schema_version"] == 1
    assert "lobule" in record["versions"]
    wanted = {name: checksum((folder / name).read_bytes()) for name in ALWAYS - {"run.json"}}
    assert record["files"] == wanted


def test_further_formats_stand_beside_and_are_drawn_once(tmp_path):
    times = []

    def counted():
        times.append(1)
        return draw()

    one = answer(pictures={"dosing": Picture(counted, "benefit by dose")})
    folder = one.save(tmp_path / "out", ("svg", "pdf", "html"))
    assert {path.name for path in folder.iterdir()} == ALWAYS | {"dosing.svg", "dosing.pdf", "report.html"}
    assert len(times) == 1


def test_the_page_needs_no_other_file_and_escapes_every_text(tmp_path):
    folder = answer().save(tmp_path / "out", ("html",))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<h1>A toy &amp; its dose</h1>" in page
    assert "&lt;b&gt;" in page and "<td><b></td>" not in page
    assert 'src="data:image/svg+xml;base64,' in page
    assert "not for diagnosing" in page


def test_parquet_is_the_same_table(tmp_path):
    pytest.importorskip("pyarrow")
    folder = answer().save(tmp_path / "out", ("parquet",))
    assert pd.read_parquet(folder / "dosing.parquet").equals(TABLE)


def test_an_unknown_format_is_told_with_those_that_there_are():
    with pytest.raises(InputError, match='no format "svgg"'):
        chosen("svgg")
    assert chosen(None) == ()


def test_parquet_without_its_package_is_told_before_the_work(monkeypatch):
    def missing(*modules, extra):
        raise NotInstalled(f"{modules[0]} of {extra}")

    monkeypatch.setattr("lobule.answers.saving.needs", missing)
    with pytest.raises(NotInstalled, match="tables"):
        chosen("parquet")
    assert chosen("svg") == ("svg",)


def test_the_same_command_replaces_its_results_and_another_does_not(tmp_path):
    folder = answer().save(tmp_path / "out")
    answer(files={}).save(folder)
    assert {path.name for path in folder.iterdir()} == ALWAYS - {"more.txt"}
    with pytest.raises(ResultsError, match=r"another command \(dose\)"):
        answer(record=record_of("cargo")).save(folder)
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultsError, match="notes"):
        answer().save(folder)
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_a_run_folder_is_never_replaced_by_another_command(tmp_path):
    folder = answer(record=record_of("run")).save(tmp_path / "out")
    with pytest.raises(ResultsError, match=r"another command \(results\)"):
        answer().save(folder)


def test_what_cannot_be_written_leaves_the_older_results(tmp_path):
    folder = answer().save(tmp_path / "out")
    before = (folder / "run.json").read_text(encoding="utf-8")

    def fails(path):
        raise ResultsError("the disk is full")

    with pytest.raises(ResultsError, match="full"):
        answer(files={"more.txt": Beside(fails, "")}).save(folder)
    assert (folder / "run.json").read_text(encoding="utf-8") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_picture_that_cannot_be_drawn_loses_no_numbers(tmp_path):
    def bad():
        figure = Figure()
        figure.text(0, 0, "$\\frac{$")
        return figure

    with pytest.warns(LobuleWarning, match="could not be drawn"):
        folder = answer(pictures={"dosing": Picture(bad, "")}).save(tmp_path / "out", ("html",))
    assert {path.name for path in folder.iterdir()} == ALWAYS - {"dosing.png"} | {"report.html"}


def test_a_file_that_was_written_while_the_work_was_done_goes_into_the_folder_and_stays(tmp_path):
    path = write_text(tmp_path / "draft" / "scores.csv", "meld\n12\n")
    one = answer(files={"scores.csv": Beside(standing(path), "scores", path)}, main="scores.csv", pictures={})
    one.save(tmp_path / "out")
    assert (tmp_path / "out" / "scores.csv").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert one.save_file(path) == {"scores.csv": path}


def test_a_file_of_the_users_choice_is_written_alone_with_its_pictures(tmp_path):
    one = answer(main="dosing.csv", tables={"dosing": Table(TABLE, "")},
                 pictures={name: Picture(draw, "") for name in ("dosing", "dosing-late", "other")})  # fmt: skip
    one.save_file(tmp_path / "mine.csv")
    assert {p.name for p in tmp_path.iterdir()} == {"mine.csv", "mine.png", "mine-late.png", "mine-other.png"}


def test_a_notebook_shows_title_words_and_table():
    shown = answer()._repr_html_()
    assert "A toy &amp; its dose" in shown
    assert "Two doses were tried." in shown
    assert "dose_ug" in shown
