"""`lobule trial check`: all rules with their findings, the first places of those that are broken, exit status 1."""

import json
from datetime import datetime

import pytest
from tests.trial.toys import toy_design, toy_trial
from typer.testing import CliRunner

from lobule.answers.trial_check import trial_check
from lobule.cli import app
from lobule.errors import InputError
from lobule.trial.conformance import rules
from lobule.trial.datasets import datasets
from lobule.trial.submission import write_submission
from lobule.trial.tabulation import tabulated


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    design = toy_design()
    population, seen, courses = toy_trial(design, n=12)
    sdtm = tabulated(design, population, seen, courses, "TOY")
    place = tmp_path_factory.mktemp("trial")
    write_submission(place, sdtm, datasets(design, population, seen, sdtm), design.title, datetime(2026, 11, 27))
    return place


def test_a_folder_that_keeps_the_rules_ends_well(folder):
    done = CliRunner().invoke(app, ["trial", "check", str(folder)])
    assert done.exit_code == 0, done.output
    assert f"{len(rules())} rules on" in done.output and done.output.rstrip().endswith("all are kept.")
    assert "B11         ok  BDS              CHG is AVAL less BASE" in done.output


def test_a_broken_rule_is_told_with_its_first_places_and_status_1(folder, tmp_path):
    for name in ("sdtm", "adam"):
        (tmp_path / name).mkdir()
        for path in (folder / name).iterdir():
            (tmp_path / name / path.name).write_bytes(path.read_bytes())
    (tmp_path / "adam" / "adsl.json").unlink()
    (tmp_path / "sdtm" / "ds.xpt").write_bytes((folder / "sdtm" / "dm.xpt").read_bytes())
    done = CliRunner().invoke(app, ["trial", "check", str(tmp_path)])
    assert done.exit_code == 1
    assert "J01: Dataset-JSON 1.1 lies beside each transport file (Dataset-JSON 1.1)\n  ADSL: is missing" in done.output
    assert "T04: A table has the name of its file" in done.output and "DS: the file of DS holds DM" in done.output
    read = CliRunner().invoke(app, ["trial", "check", str(tmp_path), "--json"])
    found = json.loads(read.output)
    assert read.exit_code == 1 and found["conforms"] is False and found["tables"]["ADSL"] == 12
    assert {"rule": "J01", "table": "ADSL", "place": "is missing"} in found["findings"]


def test_one_folder_is_checked_at_a_time():
    with pytest.raises(InputError, match="name the folder of one trial"):
        trial_check()
    with pytest.raises(InputError, match="name the folder of one trial"):
        trial_check("a", "b")
