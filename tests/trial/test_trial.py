"""Whole trials: files that open elsewhere, numbers that survive kill -9, commands."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from tests.trial.test_design import DESIGN
from typer.testing import CliRunner

import lobule as lb
from lobule.cli import app
from lobule.errors import InputError, ResultsError
from lobule.keeping.record import signed_line
from lobule.trial.tables import direction
from lobule.trial.trial import Trial

SMALL = DESIGN.replace("patients: 60", "patients: 24").replace("analysis:", "replicates: 6\nmembers: 2\nanalysis:")
SMALL += """published:
  - {endpoint: death, arm: cells, value: 0.9, direction: up, source: T005}
"""


@pytest.fixture(scope="module")
def design_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("design") / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def done(design_file, tmp_path_factory):
    return Trial.read(design_file).run(out=tmp_path_factory.mktemp("trial") / "out")


def test_the_folder_holds_everything(done):
    names = {p.name for p in done.folder.iterdir()}
    assert {"report.html", "summary.json", "trial.json", "journal.jsonl", "replicates.jsonl", "population.npz"} <= names
    for name in ("adsl", "adlb", "adae", "adtte"):
        assert {f"{name}.parquet", f"{name}.csv"} <= names
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "Research software" in page and "<svg" in page and "Simulated data" in page
    summary = json.loads((done.folder / "summary.json").read_text(encoding="utf-8"))
    assert {"power", "type_1_error", "assurance"} <= set(summary["operating_characteristics"])


def test_adam_tables_hold_together(done):
    tables = {n: pd.read_parquet(done.folder / f"{n}.parquet") for n in ("adsl", "adlb", "adae", "adtte")}
    adsl, adlb, adtte = tables["adsl"], tables["adlb"], tables["adtte"]
    assert adsl["USUBJID"].is_unique and len(adsl) == 40
    for table in tables.values():
        assert set(table["USUBJID"]) <= set(adsl["USUBJID"])
        assert all(len(c) <= 8 for c in table.columns)  # names of SAS transport files
        assert (table["SIMFL"] == "Y").all()
    assert adlb["PARAMCD"].str.len().max() <= 8
    after = adlb[adlb["AVISITN"] > 0]
    assert after["CHG"].to_numpy() == pytest.approx((after["AVAL"] - after["BASE"]).to_numpy())
    assert (adlb.loc[adlb["ABLFL"] == "Y", "ADY"] == 1).all()  # no day 0
    deaths = adtte[adtte["PARAMCD"] == "OS"]
    assert set(deaths["CNSR"]) <= {0, 1}
    assert (deaths["CNSR"] == 0).sum() == (adsl["DTHFL"] == "Y").sum()
    merged = deaths.merge(adsl, on="USUBJID")
    assert (merged["AVAL"] <= merged["EOSDY"] + 0.01).all()


def test_tables_of_submission_keep_the_published_rules(done):
    found = done.conformance()
    assert found.conforms, found.findings[0]
    assert found.tables["ADSL"] == found.tables["DM"] == 40
    assert "(SMALL, 40 subjects)" in done.submission_said()


def test_flow_adds_up(done):
    flow = done.flow()
    assert sum(a["randomised"] for a in flow["arms"]) == flow["randomised"] == 40
    for arm in flow["arms"]:
        ends = sum(arm[k] for k in ("completed", "died", "transplanted", "lost to follow-up"))
        assert ends == arm["randomised"]


def test_twins_differ_only_by_treatment(done):
    twins = done.twins()
    reference = twins[twins["arm"] == "placebo"]
    assert (reference["survival_effect"] == 0).all()
    treated = twins[twins["arm"] == "cells"]
    assert (treated["albumin_day_168_effect"] > 0).mean() > 0.9
    assert "twin" not in (done.folder / "adsl.csv").read_text(encoding="utf-8").lower()


def test_beside_published(done):
    row = done.beside_published().iloc[0]
    assert row["published"] == 0.9
    assert row["low"] <= row["predicted"] <= row["high"]
    assert row["agrees"] == (row["predicted_direction"] == "up")
    assert direction({"measure": "hazard ratio (Peto)", "estimate": 0.7}) == "up"
    assert direction({"measure": "difference of means", "estimate": -0.7}) == "down"
    assert direction({"measure": "difference of cumulative incidences", "estimate": -0.1}) == "up"
    assert direction({"measure": "days gained in 84", "estimate": 3.0}) == "up"


def test_opening_gives_the_same(done):
    again = Trial.open(done.folder)
    assert again.power() == done.power()
    assert again.estimates == done.estimates


def test_replayed_it_gives_the_same_bits(done):
    from lobule.answers.replay import run_again

    assert str(run_again(done.folder)) == "the numbers are the same, bit for bit"
    path = done.folder / "replicates.jsonl"
    lines = path.read_text(encoding="utf-8")
    row = json.loads(lines.splitlines()[0])
    row["looks"] = [1.0, *row["looks"][1:]]
    del row["checksum"]
    try:
        path.write_text(
            lines + signed_line(row) + "\n", encoding="utf-8"
        )  # a forger's: the last line of a replicate counts
        assert not run_again(done.folder).same
    finally:
        path.write_text(lines, encoding="utf-8")


def test_running_again_solves_nothing(done, design_file):
    before = len((done.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines())
    summary = (done.folder / "summary.json").read_text(encoding="utf-8")
    Trial.read(design_file).run(out=done.folder)
    assert len((done.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()) == before
    assert (done.folder / "summary.json").read_text(encoding="utf-8") == summary


def test_a_cohort_can_be_handed_over(design_file, tmp_path):
    cohort = lb.Cohort.sample(24, "hbv", stage="decompensated", seed=1)
    result = lb.Trial.read(design_file).changed(members=0, replicates=2).run(cohort, out=tmp_path / "out")
    assert len(result.population) == 24
    assert "assurance" not in result.power()


def test_interim_looks_and_several_arms(design_file, tmp_path):
    twice = "  - name: twice\n    plan: {product: uc-msc, dose: 2e6 cell/kg, every: 28 d, n: 3}\n"
    text = SMALL.replace("    share: 0.5\n", "").replace("  - name: placebo", f"{twice}  - name: placebo")
    text = text.replace("patients: 40", "patients: 42\nrandomisation: {block: 6}\ninterim: {looks: [0.5, 1.0]}")
    path = tmp_path / "three.yaml"
    path.write_text(text, encoding="utf-8")
    result = Trial.read(path).run(out=tmp_path / "out")
    power = result.power()
    assert len(power["stopping"]) == 2
    assert {e.arm for e in result.estimates} == {"cells", "twice"}
    assert sum(s["share_stopped"] for s in power["stopping"]) == pytest.approx(1)
    assert power["mean_patients"] <= 42


def test_a_folder_of_something_else_is_left_alone(design_file, tmp_path):
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(ResultsError, match="is not a folder of lobule trial"):
        Trial.read(design_file).run(out=tmp_path)
    with pytest.raises(ResultsError, match="no trial"):
        Trial.open(tmp_path)


def numbers(folder):
    """What a trial came to: summary, blocks, replicates."""
    blocks = {p.name: p.read_bytes() for p in (folder / "blocks").iterdir() if p.suffix == ".npz"}
    written = (folder / "replicates.jsonl").read_text(encoding="utf-8").splitlines()
    lines = {json.dumps(json.loads(line), sort_keys=True) for line in written if line.endswith("}")}
    return (folder / "summary.json").read_text(encoding="utf-8"), blocks, lines


def kill_and_resume(design_file, done, folder, kills, seed, longest):
    command = [sys.executable, "-m", "lobule", "trial", str(design_file), "-o", str(folder), "--json"]
    rng = random.Random(seed)
    for _ in range(kills):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.uniform(2, longest))
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert numbers(folder) == numbers(done.folder)
    keys = [json.loads(line)["key"] for line in (folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(keys) - len(set(keys)) <= kills  # only the unit that was open runs twice


def test_killed_and_resumed_it_gives_the_same_bits(design_file, done, tmp_path):
    kill_and_resume(design_file, done, tmp_path / "out", kills=2, seed=1, longest=9)


def test_the_command_prints_and_searches_a_size(design_file, done):
    result = CliRunner().invoke(app, ["trial", str(design_file), "-o", str(done.folder), "--power", "0.5"])
    assert result.exit_code == 0, result.output
    for wanted in (
        "Power for albumin",
        "Type I error",
        "Assurance",
        "A power of 50%",
        "Monte Carlo error",
        "report.html",
    ):
        assert wanted in result.output
    as_json = CliRunner().invoke(app, ["trial", str(design_file), "-o", str(done.folder), "--json"])
    found = json.loads(as_json.stdout)
    assert np.isfinite(found["operating_characteristics"]["power"]["share"])


def test_several_designs_are_compared(design_file, tmp_path):
    other = tmp_path / "more.yaml"
    other.write_text(SMALL.replace("dose: 1e6 cell/kg", "dose: 3e6 cell/kg"), encoding="utf-8")
    arguments = [
        "trial",
        str(design_file),
        str(other),
        "-o",
        str(tmp_path / "both"),
        "--replicates",
        "3",
        "--members",
        "0",
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "Comparison:" in result.output
    assert (tmp_path / "both" / "more" / "report.html").is_file()


def test_designs_are_listed_and_one_is_wanted():
    assert "uc-msc-hbv-cirrhosis" in CliRunner().invoke(app, ["trial", "--list"]).output
    assert isinstance(CliRunner().invoke(app, ["trial"]).exception, InputError)


@pytest.mark.science
def test_the_level_holds_on_the_liver_over_2000_null_trials(design_file, tmp_path):
    """Two-sided 5 %, inside the binomial 95 % interval of 2,000 trials: 81 to 119 rejections."""
    from scipy.stats import binom

    from lobule.trial.replicates import limits, replicate

    trial = Trial.read(design_file).changed(members=0, replicates=1)
    result = trial.run(out=tmp_path / "out")
    bound = limits(trial.design).tolist()
    hits = 0
    for number in range(1, 2001):
        one = replicate(trial.design, result.population, result.courses, "null", number, all_endpoints=False)
        hits += one.stopped(bound) is not None or one.stopped(bound, harm=True) is not None
    low, high = binom.interval(0.95, 2000, 0.05)
    assert low <= hits <= high
