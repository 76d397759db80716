"""Equivalence against R, by its level, and of tables of batches."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from typer.testing import CliRunner

from lobule import cli
from lobule.errors import InputError
from lobule.files.batches import FLAGS, QUANTITIES
from lobule.files.specification import read_specification
from lobule.quality.clinical import Use
from lobule.quality.comparability import compare, equivalence
from lobule.quality.margins import FACTORS, _margin, acting
from lobule.quality.sides import sides, worse
from lobule.report.comparability import comparability_picture

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


# --- on one side ----------------------------------------------------------------------------------------------------

OLD = [0.20, 0.22, 0.18, 0.25, 0.21, 0.19]


def with_endotoxin(path, values, name="endotoxin_EU_per_mL"):
    path.write_text("\n".join([f"batch,{name}", *(f"B{k},{v}" for k, v in enumerate(values))]), encoding="utf-8")
    return path


def compared(tmp_path, new, name="endotoxin_EU_per_mL", old=OLD, **options):
    tables = (with_endotoxin(tmp_path / f"{k}.csv", v, name) for k, v in (("old", old), ("new", new)))
    return compare(*tables, clinical=False, **options)


def test_of_an_impurity_the_upper_limit_alone_decides_as_worked_by_hand(tmp_path):
    """One-sided 95 % Welch limit of the ratio, and p against 1.25, from means, variances and Satterthwaite's df."""
    new = [0.21, 0.24, 0.20, 0.22, 0.19, 0.23]
    found = compared(tmp_path, new).table.iloc[0]
    a, b = np.log(new), np.log(OLD)
    va, vb = a.var(ddof=1) / 6, b.var(ddof=1) / 6
    df = (va + vb) ** 2 / (va**2 / 5 + vb**2 / 5)
    limit = a.mean() - b.mean() + stats.t.ppf(0.95, df) * np.sqrt(va + vb)
    p = stats.t.cdf((a.mean() - b.mean() - np.log(1.25)) / np.sqrt(va + vb), df)
    assert found["tested"] == "not more" and np.isnan(found["margin_low"])
    assert found["margin_high"] == pytest.approx(1.25)
    assert found["change_high"] == pytest.approx(np.exp(limit)) and found["p"] == pytest.approx(p)
    assert found["equivalent"] == (limit < np.log(1.25)) == (p < 0.05)


@pytest.mark.parametrize(("factor", "good"), [(0.01, True), (0.1, True), (0.5, True), (1.0, True), (5.0, False)])
def test_a_lower_impurity_is_comparable_and_no_caution_and_a_higher_one_is_not(tmp_path, factor, good):
    found = compared(tmp_path, [factor * v for v in OLD])
    row = found.table.iloc[0]
    assert found.comparable == good == row["equivalent"]
    assert row["shifted"] == (factor > 1) and (row["new_outside"] > 0) == (factor > 1)
    assert any(line.startswith("caution") for line in found.said()) == (factor > 1)
    assert "tested on one side, since only more is worse: endotoxin (lower is comparable)" in found.notes


def test_of_purity_and_viability_only_less_is_worse(tmp_path):
    base = [80.0, 82, 79, 81, 80, 83]
    better, poorer = ([v + shift for v in base] for shift in (15, -25))
    found = compared(tmp_path, better, "viability_percent", base)
    assert found.comparable and found.table.iloc[0]["tested"] == "not less"
    assert np.isnan(found.table.iloc[0]["margin_high"]) and not found.table.iloc[0]["shifted"]
    assert not compared(tmp_path, poorer, "viability_percent", base).comparable


def test_a_specification_says_on_which_side(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "limits:\n  endotoxin: {at_least: 0.1 EU/mL, at_most: 0.5 EU/mL}\n  diameter: {at_most: 200 nm}\n"
        "  viability: {at_least: 70 %}\n  potency: {at_least: 50 %}\n", encoding="utf-8",
    )  # fmt: skip
    spec = read_specification(path)
    names = ["endotoxin", "diameter", "viability", "potency", "cd9", "gm130"]
    assert list(sides(names, spec, ()).values()) == ["both", "not more", "not less", "both", "both", "not more"]
    assert sides(["diameter", "endotoxin"], None, ()) == {"diameter": "both", "endotoxin": "not more"}
    assert not compared(tmp_path, [0.1 * v for v in OLD], spec=path).comparable
    assert compared(tmp_path, [0.1 * v for v in OLD]).comparable


def test_what_moves_the_effect_is_tested_both_ways():
    use = Use.read(None, None)
    names = ["potency", "particles_per_ug", "concentration", "endotoxin"]
    assert acting(use, names, per_vial=False) >= {"potency"} and "endotoxin" not in acting(use, names, per_vial=False)
    assert sides(["particles_per_ug"], None, {"particles_per_ug"}) == {"particles_per_ug": "both"}
    assert sides(["particles_per_ug"], None, ()) == {"particles_per_ug": "not less"}


def test_the_table_of_what_is_worse_names_attributes_and_reasons():
    assert set(worse()) <= set(QUANTITIES) - set(FLAGS)
    assert all(row.why for row in worse().values())


def test_residuals_of_the_host_cell_are_attributes(tmp_path):
    found = compared(tmp_path, [0.5 * v for v in OLD], "host_cell_DNA (pg/mL)")
    row = found.table.iloc[0]
    assert (row["attribute"], row["unit"], row["tested"]) == ("host_cell_dna", "ng/mL", "not more")
    assert row["old_mean"] == pytest.approx(np.exp(np.log(OLD).mean()) * 1e-3) and found.comparable
    assert "host cell DNA (not more)" in [t.get_text() for t in found.plot().axes[0].get_yticklabels()]


def test_infinite_ends_are_not_tested():
    found = equivalence(SLEEP_1, SLEEP_2, -np.inf, 0.5)
    whole = equivalence(SLEEP_1, SLEEP_2, -0.5, 0.5)
    assert found.p == whole.p_upper and found.p_lower == 0 and (found.low, found.high) == (whole.low, whole.high)
    other = equivalence(SLEEP_1, SLEEP_2, -0.5, np.inf)
    assert other.p == whole.p_lower
    with pytest.raises(InputError):
        equivalence(SLEEP_1, SLEEP_2, np.inf, -np.inf)


def test_a_row_with_one_margin_is_drawn_with_it(tmp_path):
    found = compared(tmp_path, [0.5 * v for v in OLD])
    assert comparability_picture(found.table).axes[0].get_xlim()[0] < -1


def test_the_terminal_says_below_what(tmp_path):
    paths = [str(with_endotoxin(tmp_path / f"{k}.csv", v)) for k, v in (("old", OLD), ("new", [v / 2 for v in OLD]))]
    done = CliRunner().invoke(cli.app, ["comparability", *paths, "-o", str(tmp_path / "out"), "--no-clinical"])
    assert "ok   endotoxin" in done.stdout and "below 1.25 (usual 20 %)" in done.stdout
    plain = json.loads(CliRunner().invoke(
        cli.app, ["comparability", *paths, "-o", str(tmp_path / "out"), "--no-clinical", "--json"]).stdout)  # fmt: skip
    assert plain["attributes"][0]["margin_low"] is None and plain["attributes"][0]["tested"] == "not more"
