"""Tolerance intervals, equivalence and shelf life against printed tables, R and closed forms."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from tests.quality.conftest import EXAMPLES
from typer.testing import CliRunner

from lobule import cli
from lobule.errors import InputError
from lobule.quality.comparability import compare, equivalence
from lobule.quality.stability import GAS_CONSTANT, shelf_life
from lobule.quality.tolerance import one_sided_factor, tolerance_interval, two_sided_factor

# --- tolerance --------------------------------------------------------------------------------------------------------


def test_one_sided_factors_of_the_tables():
    """Coverage 95 %, confidence 95 % (Owen 1962; MMPDS, Natrella)."""
    printed = {3: 7.656, 4: 5.144, 5: 4.203, 6: 3.708, 7: 3.399, 8: 3.187, 9: 3.031, 10: 2.911, 15: 2.566, 20: 2.396,
               25: 2.292, 30: 2.220, 40: 2.125, 50: 2.065}  # fmt: skip
    assert {n: round(one_sided_factor(n, 0.95, 0.95), 3) for n in printed} == printed
    assert round(one_sided_factor(43, 0.90, 0.99), 4) == 1.8740  # NIST e-Handbook 7.2.6.3, by the non-central t


def test_two_sided_factors_of_the_tables():
    """Coverage 95 %, confidence 95 % (Odeh and Owen 1980, exact)."""
    printed = {2: 36.519, 5: 5.077, 10: 3.393, 20: 2.760}
    assert {n: round(two_sided_factor(n, 0.95, 0.95), 3) for n in printed} == printed
    # NIST prints 2.217 for 43 values, 90 % and 99 %, by Howe's approximation; the exact factor is a little larger
    assert two_sided_factor(43, 0.90, 0.99) == pytest.approx(2.217, rel=3e-3)


def test_the_interval_has_its_confidence():
    rng = np.random.default_rng(2)
    inside = 0
    for _ in range(1000):
        low, high = tolerance_interval(rng.normal(size=12), 0.9, 0.9)
        share = 0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)))
        inside += share >= 0.9
    assert abs(inside / 1000 - 0.9) < 0.03


def test_tolerance_refuses_too_few():
    with pytest.raises(InputError, match="at least two"):
        one_sided_factor(1)
    with pytest.raises(InputError, match="between 0 and 1"):
        two_sided_factor(5, 1.0, 0.9)


# --- equivalence ------------------------------------------------------------------------------------------------------

# R's data "sleep"; the two one-sided Welch tests at +-0.5 are those of the vignette of the R package TOSTER
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def test_two_one_sided_tests_as_toster_prints_them():
    found = equivalence(SLEEP_1, SLEEP_2, -0.5, 0.5)
    assert (round(found.t_lower, 3), round(found.p_lower, 3)) == (-1.272, 0.890)
    assert (round(found.t_upper, 3), round(found.p_upper, 3)) == (-2.450, 0.012)
    assert round(found.df, 2) == 17.78 and found.p == found.p_lower


def test_level_of_equivalence_at_the_margin():
    rng = np.random.default_rng(9)
    refused = [equivalence(rng.normal(1, 1, 40), rng.normal(0, 1, 40), -1, 1).p < 0.05 for _ in range(2000)]
    assert abs(np.mean(refused) - 0.05) < 0.016


def test_equivalence_refuses_what_it_cannot_test():
    for new, old, low, high in (([1], [1, 2], -1, 1), ([1, 1], [1, 1], -1, 1), ([1, 2], [1, 2], 1, -1)):
        with pytest.raises(InputError):
            equivalence(new, old, low, high)


def test_comparability_of_tables(table, tmp_path):
    data = pd.read_csv(table).drop(columns="gm130_percent")  # near 0: no ratio of means makes sense
    first, same, other = (tmp_path / f"{n}.csv" for n in ("first", "same", "other"))
    in_control = data[data["bioreactor"] != "B2"]
    in_control.iloc[:20].to_csv(first, index=False)
    in_control.iloc[20:].to_csv(same, index=False)
    data[data["bioreactor"] == "B2"].iloc[10:].to_csv(other, index=False)
    alike = compare(first, same, clinical=False, margin=0.3)
    assert alike.comparable, alike.said()
    found = compare(first, other, clinical=False, margin=0.3)
    rows = found.table.set_index("attribute")
    assert not found.comparable and not rows.loc["potency", "equivalent"] and rows.loc["potency", "new_outside"] >= 1
    assert rows.loc["particles_per_ug", "scale"] == "ratio" and rows.loc["diameter", "scale"] == "difference"
    assert rows.loc["potency", "margin_low"] == pytest.approx(0.7)
    assert (found.table["p_holm"] >= found.table["p"]).all()
    done = CliRunner().invoke(
        cli.app, ["comparability", str(first), str(other), "-o", str(tmp_path), "--no-clinical", "--json"]
    )
    assert json.loads(done.stdout)["comparable"] is False


def test_comparability_of_the_effect(table, tmp_path):
    data = pd.read_csv(table)
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    data[data["bioreactor"] == "B1"].to_csv(old, index=False)
    data[data["bioreactor"] == "B2"].iloc[12:].to_csv(new, index=False)
    rows = compare(old, new, members=4).table.set_index("attribute")
    assert rows.loc["predicted share of the clinical effect", "change_high"] < 0
    with pytest.raises(InputError, match="margin must lie"):
        compare(old, new, margin=2)


# --- shelf life -------------------------------------------------------------------------------------------------------

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
