"""The numbers are on the disk whatever happens to the picture."""

from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from lobule.errors import LobuleWarning
from lobule.explore.saving import save_tables
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


def test_the_table_of_an_exploration_is_written_before_its_picture_is_drawn(tmp_path):
    table = pd.DataFrame({"benefit": [0.5]})

    def draw():
        assert (tmp_path / "dosing.csv").read_text(encoding="utf-8") == "benefit\n0.5\n"
        assert (tmp_path / "more.csv").exists()
        return unreadable()

    with pytest.warns(LobuleWarning):
        save_tables(tmp_path, "dose", {"dosing": table, "more": table}, draw)
    assert not (tmp_path / "dosing.svg").exists()
