"""`lobule biodistribution --published`: one table, counted by set, with a reason for every figure that is left out."""

import pandas as pd
import pytest

from lobule.answers.biodistribution import HEAD, biodistribution, counted, lines
from lobule.errors import InputError

ROW = {"row": "pk-K059", "set": "calibration", "seen": True, "of": "vesicles", "quantity": "plasma: half-life",
       "unit": "h", "published": "0.1", "low": 0.05, "high": 0.2, "range": "twofold, assumed", "predicted": "0.3",
       "fold": 3.0, "inside": "no", "reason": ""}  # fmt: skip
NONE = ROW | {"row": "QB0005", "inside": "", "predicted": "", "fold": float("nan"), "reason": "into a joint"}


def test_what_lies_outside_is_bold_and_a_range_that_is_assumed_says_so():
    table = pd.DataFrame([ROW, ROW | {"inside": "yes", "predicted": "0.1", "fold": 1.0}, NONE])
    found = lines(table)
    assert len(found) == 2 and all(len(row) == HEAD.count(" | ") + 1 for row in found)
    assert found[0][4:] == ["0.1 h (0.05 to 0.2, twofold, assumed)", "**0.3 h**", "3.00", "no"]
    assert found[1][5] == "0.1 h"


def test_figures_are_counted_by_set():
    table = pd.DataFrame([ROW, ROW | {"inside": "yes", "fold": 1.0, "set": "held out", "seen": False}, NONE])
    text = counted(table)
    assert text.startswith("3 published figures, 2 predicted")
    assert "calibration 0 of 1 inside (1 of them" in text and "held out 1 of 1 inside (0 of them" in text
    assert "1 lie within twofold" in text


def test_a_scenario_or_what_was_published_is_asked_for(tmp_path):
    for asked in ({}, {"scenario": tmp_path / "a.yaml", "published": True}):
        with pytest.raises(InputError, match="one of them"):
            biodistribution(**asked)
