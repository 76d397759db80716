"""Labs of a group of animals: recovery of what differs, forecast, refusals."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import lobule as lb
from lobule.calibrate.group_fit import fit_group
from lobule.cli import app
from lobule.errors import InputError
from lobule.files.course import Course

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=3)
EV = lb.Plan("uc-msc-ev", "1e10 particle", start="15 d")


def labs(animal, days, **changes):
    run = lb.simulate(animal, until="30 d", sample_every="1 d")
    values = {name: run[name].sel(time=days).values for name in ("alt", "albumin")}
    return Course(np.array(days) - days[0], values, {n: np.zeros(len(days), int) for n in values}, (), float(days[0]),
                  **changes)  # fmt: skip


@pytest.fixture(scope="module")
def found():
    odd = lb.Animal("mouse", injury="ccl4", weeks=3, varied={"ccl4_half_necrosis": 0.7, "albumin_healthy": 0.85})
    return fit_group(labs(odd, [1.0, 8.0, 14.0]), MOUSE, None, {"vesicles": EV}, 30.0, pool=200)


def test_what_differs_is_found(found):
    table = found.table.set_index("parameter")
    assert table.loc["ccl4_half_necrosis", "mean_log"] < -0.05
    assert table.loc["albumin_healthy", "mean_log"] < -0.05
    assert table.loc["albumin_healthy", "shrinkage"] < 0.95
    assert found.size > 3


def test_the_forecast_ranks_plans(found):
    assert found.forecast["plan"].tolist() == ["vesicles", "no further treatment"]
    assert found.forecast["collagen_proportionate_area_ratio"].iloc[0] < 0.99
    assert found.forecast["collagen_proportionate_area_ratio"].iloc[1] == 1.0
    assert (found.forecast["alt_low"] <= found.forecast["alt_high"]).all()


def test_labs_after_the_end_are_refused():
    course = labs(MOUSE, [1.0, 14.0])
    with pytest.raises(InputError, match="labs must lie between"):
        fit_group(course, MOUSE, None, {}, 10.0, pool=10)


def test_a_plan_with_a_condition_is_forecast_from_each_animals_own_course():
    course = labs(MOUSE, [1.0, 14.0])
    doses = {"dose": "1e10 particle", "start": "15 d", "every": "1 d", "n": 3}
    plans = {"never": lb.Plan("uc-msc-ev", **doses, when="alt > 1e6 U/L"), "plain": lb.Plan("uc-msc-ev", **doses),
             "always": lb.Plan("uc-msc-ev", **doses, when="alt > 0 U/L")}  # fmt: skip
    table = fit_group(course, MOUSE, None, plans, 20.0, pool=10).forecast.set_index("plan")
    assert table.loc["never"].equals(table.loc["no further treatment"])
    assert table.loc["always"].equals(table.loc["plain"])


def test_the_command_fits_animals(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mouse.yaml").write_text(
        "subject:\n  species: mouse\n  injury: {cause: ccl4, duration: 2 wk}\nuntil: 20 d\n", encoding="utf-8"
    )
    (tmp_path / "ev.yaml").write_text(
        "subject: {species: mouse}\nplan: {product: uc-msc-ev, dose: 1e10 particle, start: 8 d}\nuntil: 20 d\n",
        encoding="utf-8",
    )
    (tmp_path / "labs.csv").write_text("day,alt_U_per_L,albumin_g_per_L\n1,4000,29\n7,900,28.5\n", encoding="utf-8")
    arguments = ["fit", str(tmp_path / "labs.csv"), "--animal", str(tmp_path / "mouse.yaml"), "--plan",
                 str(tmp_path / "ev.yaml"), "--json"]  # fmt: skip
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert {row["plan"] for row in json.loads(result.stdout)["forecast"]} == {"ev", "no further treatment"}
    result = CliRunner().invoke(app, ["fit", str(tmp_path / "labs.csv")])
    assert "give --etiology" in str(result.exception)


@pytest.mark.science
def test_a_forecast_of_animals_has_both_readings(found):
    table = found.forecast.set_index("plan")
    assert set(table["reading"]) == {"published"}
    assert (table.loc["no further treatment", [c for c in table if c.endswith("_counted_ratio")]] == 1).all()
    row = table.loc["vesicles"]
    assert row["collagen_proportionate_area_ratio"] < row["collagen_proportionate_area_counted_ratio"] <= 1.0
    assert 0 <= row["collagen_proportionate_area_unexplained_share"] <= 1
    course = labs(MOUSE, [1.0, 14.0])
    plans = {"vesicles": EV, "empty": lb.Plan("empty-vesicles", "1e10 particle", start="15 d")}
    published, counted = (fit_group(course, MOUSE, None, plans, 30.0, pool=10, reading=r).forecast.set_index("plan")
                          for r in ("published", "counted"))  # fmt: skip
    assert published.loc["empty", "alt"] == counted.loc["empty", "alt"]
    assert published.loc["vesicles", "alt_counted_ratio"] == counted.loc["vesicles", "alt_ratio"]
    assert "alt_counted_ratio" not in counted
    with pytest.raises(InputError, match="no reading"):
        fit_group(course, MOUSE, None, plans, 30.0, pool=10, reading="count")
