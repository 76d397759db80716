"""What the first edition wrote is still opened: the numbers, or one sentence."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import lobule as lb
from lobule.answers.replay import run_again
from lobule.answers.score import score_file
from lobule.errors import LobuleError
from lobule.files.batches import read_batches
from lobule.files.design_file import read_design
from lobule.files.scenario import read_scenario
from lobule.trial.trial import Trial

OLD = Path(__file__).parent / "old"


def test_results_folder_gives_the_numbers_of_its_own_summary():
    run = lb.Run.open(OLD / "run")
    written = pd.read_csv(OLD / "run" / "summary.csv")
    np.testing.assert_allclose(run["alt"].values[-1], written["alt_U_per_L"][0], rtol=1e-12)
    np.testing.assert_allclose(run["il_10"].values[-1], written["il_10"][0], rtol=1e-12)


def test_trial_folder_gives_its_ledger_or_one_sentence():
    try:
        power = Trial.open(OLD / "trial").power()
    except LobuleError as error:
        assert "\n" not in str(error)
    else:
        assert power is not None


def test_replay_of_the_first_edition_tells_in_one_sentence_whether_the_numbers_are_the_same():
    told = str(run_again(OLD / "run"))
    assert told.startswith(("the numbers are the same", "the numbers differ", "the courses are the same"))
    assert "\n" not in told


@pytest.mark.parametrize("name", ["run", "trial"])
def test_opening_changes_nothing(name, tmp_path):
    folder = shutil.copytree(OLD / name, tmp_path / name)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (lb.Run if name == "run" else Trial).open(folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("read, name", [(read_scenario, "scenario.yaml"), (read_design, "design.yaml")])
def test_scenario_and_design_are_read(read, name):
    assert read(OLD / name).title.startswith("first edition")


def test_batches_of_the_first_edition_are_read_whole():
    batches = read_batches(OLD / "batches.csv")
    assert len(batches) == len(pd.read_csv(OLD / "expected" / "verdicts.csv"))
    assert not batches.faults


def test_labs_of_the_first_edition_give_their_scores(tmp_path):
    written = pd.read_csv(OLD / "expected" / "scores.csv")
    score_file(OLD / "labs.csv", tmp_path / "scores.csv")
    found = pd.read_csv(tmp_path / "scores.csv")
    for name in ("meld", "meld_na", "meld_3", "child_pugh_points", "albi", "fib_4", "apri", "abic"):
        np.testing.assert_allclose(found[name], written[name], rtol=1e-5, err_msg=name)
