"""Shelf life against printed analyses, R and closed forms."""

import math

import numpy as np
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli
from lobule.errors import InputError
from lobule.quality.stability import GAS_CONSTANT, shelf_life

# R. L. Obenchain 1990, "STABLSIM.EXE", as printed in the SAS/STAT manual (PROC MIXED, random coefficients): replicate
# assays of three batches. SAS prints the mixed model, whose estimates these values give (checked with statsmodels:
# 102.70, -0.5259); the poolability and the crossings of 90 % below are those of R's lm, anova and predict.
ASSAYS = {
    1: {0: [101.2, 103.3, 103.3, 102.1, 104.4, 102.4], 1: [98.8, 99.4, 99.7, 99.5], 3: [98.4, 99.0, 97.3, 99.8],
        6: [101.5, 100.2, 101.7, 102.7], 9: [96.3, 97.2, 97.2, 96.3], 12: [97.3, 97.9, 96.8, 97.7, 97.7, 96.7]},
    2: {0: [102.6, 102.7, 102.4, 102.1, 102.9, 102.6], 1: [99.1, 99.0, 99.9, 100.6], 3: [105.7, 103.3, 103.4, 104.0],
        6: [101.3, 101.5, 100.9, 101.4], 9: [94.1, 96.5, 97.2, 95.6], 12: [93.1, 92.8, 95.4, 92.2, 92.2, 93.0]},
    3: {0: [105.1, 103.9, 106.1, 104.1, 103.7, 104.6], 1: [102.2, 102.0, 100.8, 99.8], 3: [101.2, 101.8, 100.8, 102.6],
        6: [101.1, 102.0, 100.1, 100.2], 9: [100.9, 99.5, 102.2, 100.8], 12: [97.8, 98.3, 96.9, 98.4, 96.9, 96.5]},
}  # fmt: skip


def written(path, rows, header="batch,time_month,potency_percent"):
    path.write_text("\n".join([header, *(",".join(map(str, r)) for r in rows)]) + "\n")
    return path


def obenchain(which=(1, 2, 3)):
    return [(b, month, y) for b in which for month, ys in ASSAYS[b].items() for y in ys]


def test_shelf_life_of_obenchains_batches_as_r_has_it(tmp_path):
    found = shelf_life(written(tmp_path / "s.csv", obenchain()), at_least=90)
    assert found.model == "a line each"
    assert round(found.p_slopes, 7) == 0.0009214
    assert found.lines["slope_per_month"].round(7).tolist() == [-0.3649952, -0.7591328, -0.4537064]
    assert found.lines["crossing_months"].round(4).tolist() == [24.6277, 15.1726, 25.2641]
    assert found.shelf_life == pytest.approx(15.17256, abs=1e-4)


def test_poolable_batches_share_a_line(tmp_path):
    rng = np.random.default_rng(3)
    rows = [(b, m, 100 - 0.8 * m + rng.normal(0, 0.3)) for b in "ABC" for m in (0, 3, 6, 9, 12, 18)]
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=80)
    assert found.model == "one line" and 22 < found.crossing < 26
    assert found.shelf_life == found.crossing
    shifted = [(b, m, y - 2.0 * "ABC".index(b)) for b, m, y in rows]
    parallel = shelf_life(written(tmp_path / "s.csv", shifted), at_least=80)
    assert parallel.model == "one slope" and parallel.lines["crossing_months"].idxmin() == 2


def test_extrapolation_is_cut(tmp_path):
    rows = [("A", m, 100 - 0.01 * m + 0.001 * (-1) ** m) for m in range(0, 7)]
    found = shelf_life(written(tmp_path / "s.csv", rows), at_least=90)
    assert found.shelf_life == 12 and found.crossing > 100
    assert any("cut to twice the data" in line for line in found.said())


def test_arrhenius_finds_energy_and_rate(tmp_path):
    energy, rng = 80.0, np.random.default_rng(5)
    rows = []
    for celsius in (5, 25, 37, 45):
        rate = 0.5 * math.exp(-energy / GAS_CONSTANT * (1 / (celsius + 273.15) - 1 / 318.15))
        rows += [("A", celsius, m, 100 * math.exp(-rate * m) * math.exp(rng.normal(0, 0.003))) for m in (0, 1, 2, 3, 6)]
    path = written(tmp_path / "s.csv", rows, "batch,temperature_degC,time_month,potency_percent")
    found = shelf_life(path, at_least=80)
    a = found.arrhenius
    true = 0.5 * math.exp(-energy / GAS_CONSTANT * (1 / 278.15 - 1 / 318.15))
    assert a.temperature == 5 and a.energy_low < energy < a.energy_high
    assert a.rate_low < true < a.rate_high and a.months == pytest.approx(math.log(1 / 0.8) / true, rel=0.3)
    done = CliRunner().invoke(cli.app, ["stability", str(path), "--at-least", "80", "-o", str(tmp_path / "o")])
    assert "activation energy" in done.stdout and (tmp_path / "o" / "stability.svg").is_file()


def test_shipped_stability_data():
    found = shelf_life(EXAMPLES / "stability.csv", at_least=80)
    assert found.model == "one slope" and found.shelf_life == 30 and found.temperature == 5
    assert found.arrhenius.energy_low < 85 < found.arrhenius.energy_high  # they were made with 85 kJ/mol


@pytest.mark.parametrize(
    "header, rows, limits, words",
    [
        ("batch,time,potency_percent", [("A", 0, 1)], {"at_least": 1}, "cell B1: time has no unit"),
        ("batch,potency_percent", [("A", 1)], {"at_least": 1}, 'column "time"'),
        ("batch,time_month,taste", [("A", 1, 2)], {"at_least": 1}, "no attribute is known"),
        ("batch,time_month,diameter_nm", [("A", 0, 100), ("A", 1, 99)], {"at_least": 1}, "three times"),
        ("batch,time_month,cd63_percent", [("A", 0, 50), ("A", 1, 49)], {}, "no limit of cd63"),
    ],
)
def test_tables_without_a_shelf_life(tmp_path, header, rows, limits, words):
    with pytest.raises(InputError, match=words):
        shelf_life(written(tmp_path / "s.csv", rows, header), **limits)
