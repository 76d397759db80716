"""Where results go: never over anything that the same command did not make from the same files."""

import os
import shutil
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.cli.places import default_folder, file_for, folder_for, made_from, results, trial_folder
from lobule.errors import ResultsError
from lobule.files.naming import LONGEST, file_name
from lobule.keeping import origin, sign, write_text, writing_into
from lobule.keeping.results import save_results


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.yaml", "b.yaml", "sub/a.yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("subject: {species: mouse}\n", encoding="utf-8")
    return tmp_path


def made(out, command, *inputs):
    folder = folder_for(out, command, *inputs)
    record = {"command": command, "made_from": made_from(folder, inputs)}
    return save_results(folder, command, record, {"table.csv": lambda path: write_text(path, "x\n1\n")})


@given(st.text(min_size=0, max_size=300))
def test_a_name_made_of_any_text_is_one_name_inside_its_folder(text):
    name = file_name(text)
    assert name
    assert len(name) <= LONGEST + 9
    assert name == os.path.basename(name)
    assert name not in (".", "..")
    assert not name.startswith((".", "-"))
    assert name.isprintable()


@given(
    st.text(alphabet=string.ascii_lowercase + "./ _", max_size=8), st.text(string.ascii_lowercase + "./ _", max_size=8)
)
def test_two_texts_never_share_a_name(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)


def test_the_default_folder_carries_command_and_file():
    assert default_folder("run", "examples/mouse.yaml").as_posix() == "results/run-mouse"
    assert default_folder("compare", "x/a.yaml", "b.yaml").as_posix() == "results/compare-a-b"
    assert default_folder("demo", "lobule demo").as_posix() == "demo_results"


def test_the_same_command_and_file_replace_their_own_results(here):
    folder = made(None, "dose", "a.yaml")
    assert made(None, "dose", "a.yaml") == folder
    assert made(Path("x"), "dose", "a.yaml") == made(Path("x"), "dose", "a.yaml")


@pytest.mark.parametrize(("command", "file"), [("dose", "b.yaml"), ("cargo", "a.yaml"), ("dose", "sub/a.yaml")])
def test_another_command_or_file_never_replaces_them(here, command, file):
    made(Path("x"), "dose", "a.yaml")
    with pytest.raises(ResultsError, match="choose another name"), results(Path("x"), command, file):
        raise AssertionError("the work began")
    assert Path("x/table.csv").read_text(encoding="utf-8") == "x\n1\n"


def test_two_files_of_one_name_in_two_folders_do_not_meet_in_the_default_place(here):
    made(None, "dose", "a.yaml")
    with pytest.raises(ResultsError, match="holds the results of"):
        folder_for(None, "dose", "sub/a.yaml")


def test_results_and_files_can_be_moved_together(here, tmp_path_factory):
    made(None, "dose", "a.yaml")
    moved = tmp_path_factory.mktemp("elsewhere") / "all"
    here.rename(moved)
    os.chdir(moved)
    assert folder_for(None, "dose", "a.yaml") == Path("results/dose-a")


@pytest.mark.parametrize("out", [".", "/", "..", "a.yaml", "a.yaml/x", "mine", "a\0b", "x" * 300])
def test_a_place_that_cannot_be_is_one_sentence_before_the_work(here, out):
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ResultsError) as refused, results(Path(out), "dose", "a.yaml"):
        raise AssertionError("the work began")
    assert len(str(refused.value).splitlines()) == 1
    assert Path("mine/thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_a_file_of_somebody_else_is_never_replaced(here):
    Path("labs.csv").write_text("albumin_g_per_L\n40\n", encoding="utf-8")
    Path("other.csv").write_text("a,b\n", encoding="utf-8")
    Path("old.csv").write_text("albumin_g_per_L,meld,not_computed\n", encoding="utf-8")
    for out, why in (("labs.csv", "made from"), ("other.csv", "no result of lobule score"), ("x.txt", "ending")):
        with pytest.raises(ResultsError, match=why):
            file_for(Path(out), "score", "scores.csv", "labs.csv", own=b"not_computed")
    assert file_for(Path("old.csv"), "score", "scores.csv", "labs.csv", own=b"not_computed") == Path("old.csv")
    for out in (".", "/", "sub"):
        with pytest.raises(ResultsError, match="is a folder"):
            file_for(Path(out), "score", "scores.csv", "labs.csv")


def test_a_trial_goes_on_in_its_folder_and_in_no_others(here):
    assert trial_folder(None, "hbv", within=False) == Path("results/trial-hbv")
    assert trial_folder(Path("both"), "../hbv", within=True).parent == Path("both")
    with writing_into(Path("t")):
        write_text(Path("t/trial.json"), '{"name": "hbv"}')
    assert trial_folder(Path("t"), "hbv", within=False) == Path("t")
    with pytest.raises(ResultsError, match='holds the trial "hbv"'):
        trial_folder(Path("t"), "hcv", within=False)


def test_a_signature_keeps_what_the_mark_says(here):
    with writing_into(Path("q"), "batch"):
        pass
    sign(Path("q"), "batch", ["../b.csv"])
    with writing_into(Path("q"), "batch"):
        pass
    assert origin(Path("q")) == ["../b.csv"]


def test_results_of_an_older_edition_in_the_default_place_are_replaced_and_elsewhere_kept(here):
    old = Path(__file__).parents[1] / "old" / "run"
    for place in ("demo_results", "elsewhere"):
        shutil.copytree(old, place)
    assert folder_for(None, "demo", "lobule demo") == Path("demo_results")
    with pytest.raises(ResultsError, match="holds the results of something else"):
        folder_for(Path("elsewhere"), "demo", "lobule demo")
