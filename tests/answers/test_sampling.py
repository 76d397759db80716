"""`lobule sampling`: a plan in words, and its curve."""

import json

import pytest
from typer.testing import CliRunner

from lobule.answers.sampling import sampling
from lobule.cli import app
from lobule.errors import InputError


def asked(*words):
    return CliRunner().invoke(app, ["sampling", *words])


def test_a_plan_is_told_and_written(tmp_path):
    done = asked("--acceptable", "0.01", "--rejectable", "0.08", "-o", str(tmp_path / "o"))
    assert done.exit_code == 0 and "accept it with 2 defects or fewer" in done.stdout
    assert (tmp_path / "o" / "operating.png").is_file() and (tmp_path / "o" / "operating.csv").is_file()


def test_measured_values_need_fewer_units(tmp_path):
    told = [
        json.loads(
            asked("--acceptable", "0.01", "--rejectable", "0.08", "--json", "-o", str(tmp_path / f"{k}"), *more).stdout
        )
        for k, more in enumerate(([], ["--variables"]))
    ]
    assert told[1]["units"] < told[0]["units"] and told[0]["k"] is None and told[1]["accepted_defects"] is None


def test_a_plan_that_cannot_be_is_a_sentence():
    with pytest.raises(InputError, match=r"no plan of 20 units or fewer tells 1\.00% from 1\.10%"):
        sampling(acceptable=0.01, rejectable=0.011, lot=20)


def test_a_small_lot_has_whole_defects(tmp_path):
    told = asked("--acceptable", "0.01", "--rejectable", "0.06", "--lot", "40", "-o", str(tmp_path / "o")).stdout
    assert "2 defects (5.00%, the whole number next to 6.00%)" in told
