"""Further formats are made from what is saved; nothing is simulated again, and the folder stays whole."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.answers.toys import answer

from lobule.answers.replay import run_again
from lobule.answers.report import report
from lobule.errors import InputError, ResultsError
from lobule.keeping.record import checked_files, read_record
from lobule.simulation.run import Run

OLD_RUN = Path(__file__).parents[1] / "old" / "run"


def checked(folder):
    """Names of all files that the record lists, each with the right checksum."""
    return {name for name, _ in checked_files(folder, read_record(folder / "run.json")["files"], "run.json")}


def test_a_page_is_made_of_saved_tables_and_pictures(tmp_path):
    folder = answer().save(tmp_path / "out")
    assert report(folder).data["files"] == ["report.html"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Two doses were tried." in page
    assert "one row a dose" in page
    assert "data:image/png;base64," in page
    assert "report.html" in checked(folder)
    answer().save(folder)  # what was added is known as lobule's own
    assert not (folder / "report.html").exists()


def test_tables_become_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    folder = answer().save(tmp_path / "out")
    report(folder, formats="parquet")
    assert pd.read_parquet(folder / "dosing.parquet")["benefit"].tolist() == [0.1, 0.25]


def test_pictures_of_a_run_are_drawn_again_from_its_courses(tmp_path):
    folder = Run.open(OLD_RUN).save(tmp_path / "out")
    before = (folder / "figure.png").read_bytes()
    report(folder, formats="svg,html")
    assert (folder / "figure.svg").read_text(encoding="utf-8").count("<svg") == 1
    assert (folder / "figure.png").read_bytes() == before
    assert {"figure.svg", "report.html"} <= checked(folder)
    assert Run.open(folder).summary().equals(Run.open(OLD_RUN).summary())


def test_pictures_of_other_commands_need_their_numbers(tmp_path):
    folder = answer().save(tmp_path / "out")
    with pytest.raises(InputError, match="run it with --formats svg"):
        report(folder, formats="svg")


def test_what_was_edited_or_is_no_folder_of_results_is_refused(tmp_path):
    with pytest.raises(ResultsError, match=r"holds no run\.json"):
        report(tmp_path)
    with pytest.raises(ResultsError, match="there is no folder"):
        report(tmp_path / "nowhere")
    folder = answer().save(tmp_path / "out")
    (folder / "dosing.csv").write_text("benefit\n9\n", encoding="utf-8")
    with pytest.raises(ResultsError, match="damaged or was changed"):
        report(folder)


def test_results_of_another_command_are_no_run(tmp_path):
    folder = answer().save(tmp_path / "out")
    for read in (Run.open, run_again):
        with pytest.raises(ResultsError, match="results of lobule dose, and no run"):
            read(folder)


def test_a_trial_has_its_page(tmp_path):
    (tmp_path / "trial.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"holds a trial: its page is report\.html"):
        report(tmp_path)


def test_the_readme_names_what_was_added(tmp_path):
    folder = answer().save(tmp_path / "out")
    before = (folder / "README.txt").read_text(encoding="utf-8")
    report(folder)
    report(folder)
    after = (folder / "README.txt").read_text(encoding="utf-8")
    assert "report.html" not in before
    assert after.count("report.html") == 1
    assert {"report.html", "README.txt"} <= checked(folder)


def test_a_record_of_the_first_edition_is_said_to_be_written_anew(tmp_path):
    folder = tmp_path / "old"
    shutil.copytree(OLD_RUN, folder)
    assert "first edition" in report(folder).said
    assert "first edition" not in report(folder).said
