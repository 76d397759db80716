"""Results folders: whole or not at all, the same when read again, damage is said in a sentence."""

import json
import shutil
from types import SimpleNamespace

import pytest

import lobule as lb
from lobule.errors import ResultsError
from lobule.files import folder as folders


@pytest.fixture(scope="module")
def run():
    plan = lb.Plan("uc-msc-ev", dose="10 ug", start="1 d")
    return lb.simulate(lb.Animal("mouse", injury="ccl4"), plan, until="3 d", title="short")


def test_a_folder_holds_what_a_user_needs(run, tmp_path):
    folder = run.save(tmp_path / "out")
    names = {path.name for path in folder.iterdir()}
    files = "run.json timecourse.nc untreated.nc band.nc summary.csv copy_budget.csv safety.csv figure.png figure.svg"
    assert names == set(files.split())
    record = json.loads((folder / "run.json").read_text())
    for key in ("subject", "plan", "settings", "versions", "model_hash", "parameter_hash", "parameters", "seed"):
        assert key in record
    assert "albumin_g_per_L" in (folder / "summary.csv").read_text()
    assert str(tmp_path) not in (folder / "run.json").read_text()


def test_a_run_opened_again_is_the_same_run(run, tmp_path):
    again = lb.Run.open(run.save(tmp_path / "out"))
    assert again.data.identical(run.data)
    assert again.band.identical(run.band)
    assert again.control.identical(run.control)
    assert again.record == run.record
    assert again.summary().equals(run.summary())


def test_saving_twice_replaces_the_older_results(run, tmp_path):
    run.save(tmp_path / "out")
    (tmp_path / "out" / "old.txt").write_text("from before")
    run.save(tmp_path / "out")
    assert not (tmp_path / "out" / "old.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("where", ["figure", "record", "rename"])
def test_an_interrupted_save_leaves_the_older_results_and_no_half_folder(run, tmp_path, monkeypatch, where):
    run.save(tmp_path / "out")
    before = (tmp_path / "out" / "run.json").read_text()

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    figure = run.plot(["alt"])
    if where == "figure":
        monkeypatch.setattr(figure, "savefig", interrupted)
    elif where == "record":
        monkeypatch.setattr(folders, "os", SimpleNamespace(chmod=interrupted))
    else:
        monkeypatch.setattr(folders, "_put_in_place", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run.save(tmp_path / "out", figure)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "run.json").read_text() == before


def test_a_folder_of_something_else_is_left_alone(run, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("years of work")
    with pytest.raises(ResultsError, match="not a results folder"):
        run.save(tmp_path / "thesis")
    assert (tmp_path / "thesis" / "chapter1.txt").exists()


def test_an_empty_folder_may_be_used(run, tmp_path):
    (tmp_path / "out").mkdir()
    assert run.save(tmp_path / "out").is_dir()


def test_a_path_below_a_file_is_a_sentence(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        run.save(tmp_path / "file" / "out")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "run.json").unlink(), "holds no run.json"),
        (lambda f: (f / "run.json").write_text("{"), "damaged"),
        (lambda f: (f / "run.json").write_text("[]"), "damaged"),
        (lambda f: (f / "run.json").write_text('{"format": 99, "datasets": {}}'), "format 99"),
        (lambda f: (f / "band.nc").unlink(), "band.nc is missing"),
        (lambda f: (f / "timecourse.nc").write_bytes((f / "timecourse.nc").read_bytes()[:-9]), "is damaged"),
        (lambda f: shutil.rmtree(f), "there is no folder"),
    ],
)
def test_a_damaged_folder_is_a_sentence(run, tmp_path, damage, message):
    folder = run.save(tmp_path / "out")
    damage(folder)
    with pytest.raises(ResultsError, match=message):
        lb.Run.open(folder)
