"""Published figures on where vesicles and cells go: each row of the evidence has a prediction, or a reason."""

import csv
import math

import numpy as np
import pytest

from lobule.evidence import fact, known_ids, table_path
from lobule.simulation.biodistribution import LABELS, ORGANS, Traced
from lobule.therapy.plan import ROUTES
from lobule.validate.tracers import TWOFOLD, UNITS, TracerRow, _predicted, beside_tracers, tracer_rows

ROWS = tracer_rows()


def test_every_row_of_the_new_table_is_there():
    with table_path("biodistribution").open(encoding="utf-8", newline="") as file:
        assert {row["row_id"] for row in csv.DictReader(file)} <= set(ROWS)


def test_every_row_is_evidence_and_has_a_prediction_or_a_reason():
    for row in ROWS.values():
        assert row.row in known_ids()
        assert bool(row.quantity) != bool(row.reason), row.row
        assert row.kind in ORGANS
        if row.quantity:
            assert row.label in LABELS and row.route in ROUTES[row.kind]
            assert row.quantity in {*UNITS, "seen", "not seen", "order"}, row.row


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row.quantity in UNITS], ids=lambda row: row.row)
def test_a_published_figure_lies_in_its_own_range(row):
    value, low, high, kind = row.published()
    assert kind and math.isfinite(value) and low < high
    assert low <= value <= high


def test_a_reason_that_names_another_row_names_one_that_is_predicted():
    for row in ROWS.values():
        if row.reason.startswith("the figure of "):
            assert ROWS[row.reason.removeprefix("the figure of ")].quantity, row.row
            first, other = fact(row.row), fact(row.reason.removeprefix("the figure of "))
            assert first["source_id"] == other["source_id"]


def falling(share, half_hours, hours):
    return Traced(hours, {"plasma": share * 0.5 ** (hours / half_hours), "lung": np.full_like(hours, 0.25)})


@pytest.mark.parametrize(
    ("quantity", "organ", "hours", "wanted"),
    [
        ("share", "lung", 3.0, 0.25), ("elsewhere than", "lung", 3.0, 0.75), ("half-life", "plasma", None, 2.0),
        ("late half-life", "plasma", None, 2.0), ("residence", "plasma", None, 2 / math.log(2)),
        ("clearance", "plasma", None, math.log(2) / 2 / 60), ("volume", "plasma", None, 1.0),
        ("peak", "plasma", None, 0.0),
    ],
)  # fmt: skip
def test_quantities_of_one_exponential_are_its_closed_forms(quantity, organ, hours, wanted):
    row = TracerRow(row="pk-K059", kind="vesicles", label="intact", subject="mouse", route="iv", hours=hours,
                    quantity=quantity, organ=organ)  # fmt: skip
    traced = falling(1.0, 2.0, np.linspace(0, 100, 40_001))
    assert _predicted(row, traced) == pytest.approx(wanted, rel=2e-3, abs=1e-9)


@pytest.mark.science
def test_each_prediction_stands_beside_its_figure_with_set_and_fold():
    table = beside_tracers().set_index("row")
    assert set(table.index) == set(ROWS)
    shown = table[table["inside"] != ""]
    assert set(shown["inside"]) <= {"yes", "no"} and (shown["predicted"] != "").all()
    assert set(table["set"]) == {"calibration", "held out"}
    assert (table.loc[table["reason"] != "", "predicted"] == "").all()
    sized = shown.dropna(subset=["fold"])
    inside = (sized["low"] <= sized["predicted"].astype(float)) & (sized["predicted"].astype(float) <= sized["high"])
    near = np.isclose(sized["predicted"].astype(float), sized["low"], rtol=1e-2)
    near |= np.isclose(sized["predicted"].astype(float), sized["high"], rtol=1e-2)
    assert ((inside == (sized["inside"] == "yes")) | near).all()
    assert (sized["range"] != "").all() and TWOFOLD in set(sized["range"])


@pytest.mark.science
def test_after_vesicles_of_msc_the_liver_holds_most_and_the_spleen_second_by_dye_and_metal():
    import lobule as lb
    from lobule.simulation.biodistribution import Tracer, trace

    for label in ("dye", "indium", "intact", "iodine"):
        one = Tracer(lb.Animal("mouse"), lb.Plan("uc-msc-ev", "1e10 particle"), label)
        found = trace({"a": one}, [4.0, 24.0])["a"]
        for hour in (4.0, 24.0):
            shares = {organ: found.at(organ, hour) for organ in ("liver", "spleen", "lung", "kidney")}
            assert sorted(shares, key=shares.get, reverse=True)[:2] == ["liver", "spleen"], (label, hour, shares)
