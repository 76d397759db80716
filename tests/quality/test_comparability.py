"""Equivalence against R, by its level, and of tables of batches."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lobule import cli
from lobule.errors import InputError
from lobule.quality.comparability import compare, equivalence
from lobule.quality.margins import FACTORS, _margin

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
        cli.app, ["comparability", str(first), str(other), "-o", str(tmp_path / "out"), "--no-clinical", "--json"]
    )
    assert json.loads(done.stdout)["comparable"] is False


def noisy(path, mean, spread, seed, n=12):
    rng = np.random.default_rng(seed)
    values = mean * np.exp(spread * rng.standard_normal(n))
    rows = [f"B{seed}{k},{v:.6g},{80 + k % 5}" for k, v in enumerate(values)]
    path.write_text("\n".join(["Batch number,concentration_particle_per_mL,potency_percent", *rows]), encoding="utf-8")
    return path


def test_a_rise_of_a_third_is_not_comparable_however_noisy_the_old_process_was(tmp_path):
    """The review's case: 1.31 (1.14 to 1.51) passed within 1.5 standard deviations of a process that varied much."""
    old, new = noisy(tmp_path / "old.csv", 1e10, 0.4, 1), noisy(tmp_path / "new.csv", 1.31e10, 0.05, 2)
    found = compare(old, new, clinical=False)
    row = found.table.set_index("attribute").loc["concentration"]
    assert not row["equivalent"] and (row["margin_low"], row["margin_high"]) == pytest.approx((0.8, 1.25))
    assert row["margin_from"] == "usual 20 %" and row["old_variation"] > 1.4


def test_an_interval_that_excludes_no_change_is_a_caution_even_within_its_margin(tmp_path):
    old, new = noisy(tmp_path / "old.csv", 1e10, 0.05, 1), noisy(tmp_path / "new.csv", 1.12e10, 0.05, 2)
    found = compare(old, new, clinical=False)
    row = found.table.set_index("attribute").loc["concentration"]
    assert row["equivalent"] and row["shifted"]
    assert any(line.startswith("caution: concentration 1.1") and "excludes 1: within its margin, and shifted" in line
               for line in found.said())  # fmt: skip


def test_the_end_of_a_margin_is_where_the_effect_has_moved_by_what_is_allowed():
    proportional = _margin("mir_223", np.array(FACTORS), 0.2)
    assert (proportional.low, proportional.high) == (pytest.approx(0.8, abs=0.005), pytest.approx(1.2, abs=0.001))
    assert proportional.source == "effect"
    indifferent = _margin("mir_223", np.ones(6), 0.2)
    assert (indifferent.low, indifferent.high) == pytest.approx((0.5, 2.0))
    steep = _margin("potency", 3 * np.array(FACTORS) - 2, 0.2)
    assert steep.source == "error of the assay" and steep.high == pytest.approx(np.exp(np.sqrt(np.log(1.04))))


def test_comparability_of_the_effect(table, tmp_path):
    data = pd.read_csv(table)
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    data[data["bioreactor"] == "B1"].to_csv(old, index=False)
    data[data["bioreactor"] == "B2"].iloc[12:].to_csv(new, index=False)
    rows = compare(old, new, members=4).table.set_index("attribute")
    assert 0.7 < rows.loc["potency", "margin_low"] < 0.85  # the effect is almost in proportion to potency
    assert rows.loc["potency", "margin_from"] in ("effect", "error of the assay")
    assert rows.loc["predicted share of the clinical effect", "change_high"] < 0
    with pytest.raises(InputError, match="margin must be a number above 0"):
        compare(old, new, margin=2)
