"""What is taken away from a page is the same run: pictures, tables, the scenario, lines of Python, the folder."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from lobule.files.scenario import read_scenario
from lobule.simulation.run import Run
from lobule.studio import takeaway
from lobule.studio.menu import WORDS
from lobule.studio.panels import asked
from lobule.studio.ready import ready
from lobule.studio.worker import simulated

pytestmark = pytest.mark.science
MEMBERS = 4


@pytest.fixture(scope="module")
def run():
    return simulated(ready().scenario, asked("mouse"), MEMBERS)


def test_the_menu_offers_all_that_can_be_made(run):
    assert set(WORDS) == {*takeaway.of_run(run), *takeaway.of_state(ready(), MEMBERS)}


@pytest.mark.parametrize(("kind", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_picture_is_one(run, kind, begins):
    assert takeaway.picture(run, kind).startswith(begins)


def test_tables_hold_the_numbers_of_the_run(run):
    pytest.importorskip("pyarrow")
    for table in (pd.read_csv(io.BytesIO(takeaway.csv(run))), pd.read_parquet(io.BytesIO(takeaway.parquet(run)))):
        assert np.allclose(table["alt_U_per_L"], run.data["alt"], rtol=1e-12)
        assert np.allclose(table["untreated_alt_U_per_L"], run.control["alt"], rtol=1e-12)
        assert len(table) == run.data.sizes["time"]


def test_lines_of_python_give_the_run_of_the_page(run):
    names = {}
    exec(takeaway.python(ready(), MEMBERS), names)
    for name in ("alt", "collagen_proportionate_area"):
        assert np.array_equal(names["run"].data[name], run.data[name])
        assert np.array_equal(names["run"].band[name], run.band[name])


def test_the_archive_is_a_folder_that_opens_and_the_scenario_that_made_it(run, tmp_path):
    with zipfile.ZipFile(io.BytesIO(takeaway.folder(ready(), MEMBERS))) as archive:
        assert all(".." not in name and not name.startswith("/") for name in archive.namelist())
        archive.extractall(tmp_path)
    kept = Run.open(tmp_path / "results")
    assert np.array_equal(kept.data["alt"], run.data["alt"])
    assert read_scenario(tmp_path / takeaway.SCENARIO) == ready().scenario
    assert (tmp_path / "results" / "README.txt").is_file()


def test_the_report_is_one_page():
    assert takeaway.page(ready(), MEMBERS).lstrip().lower().startswith(b"<!doctype html>")
