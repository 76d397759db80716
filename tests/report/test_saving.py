"""The numbers are on the disk whatever happens to the picture."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from lobule.errors import LobuleWarning
from lobule.simulation.run import Run

OLD_RUN = Path(__file__).parents[1] / "old" / "run"


def unreadable():
    figure = Figure()
    figure.text(0, 0, "$\\frac{$")
    return figure


def test_a_run_whose_picture_fails_is_saved_with_all_its_numbers(tmp_path):
    run = Run.open(OLD_RUN)
    with pytest.warns(LobuleWarning, match="could not be drawn"):
        run.save(tmp_path / "out", unreadable())
    again = Run.open(tmp_path / "out")
    assert again.data.equals(run.data)
    assert again.summary().equals(run.summary())
    assert not (tmp_path / "out" / "figure.png").exists()


def test_a_title_that_is_no_formula_is_drawn(tmp_path):
    run = Run.open(OLD_RUN)
    run.record["title"] = "<script>$\\frac{$"
    run.save(tmp_path / "out")
    assert (tmp_path / "out" / "figure.png").stat().st_size > 10_000
