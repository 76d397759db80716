"""Sixty synthetic batches of the example's process, with one drifting bioreactor, and what is said of them."""

from pathlib import Path

import pytest

from lobule.files.process import read_process
from lobule.quality.batch import report
from lobule.quality.process import synthetic_batches

EXAMPLES = Path(__file__).parents[2] / "examples" / "quality"


@pytest.fixture(scope="session")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("batches") / "batches.csv"
    synthetic_batches(read_process(EXAMPLES / "process.yaml"), 60).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def found(table):
    return report(table, spec=EXAMPLES / "specification.yaml", members=8)
