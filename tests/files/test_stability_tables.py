"""Tables of stability: limits, times and temperatures that are missing are told, never guessed."""

import numpy as np

from lobule.files.stability import read_stability


def test_limits_and_cells_that_are_missing_are_told(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text(
        "batch,time_month,temperature_degC,potency_percent\n"
        "A,0,5,100\nA,3,5,<20\nA,6,5,>90\nA,<9,5,80\nA,12,,70\nA,,5,60\n,18,5,50\nA,24,5,40\n",
        encoding="utf-8",
    )
    data = read_stability(path)
    assert data.value.tolist() == [100, 10, 90, 70, 40] and np.isnan(data.temperature[3])
    assert data.notes == [
        "2 values of potency have no time and are left out",
        "1 values of potency have no temperature and are left out",
        '2 values of potency are limits: "<x" counts as half of x, ">x" as x',
    ]
    assert [(f.cell, f.reason) for f in data.faults] == [
        ("B5", '"<9" is a limit, not a value'),
        ("A8", "the batch has no name"),
    ]
