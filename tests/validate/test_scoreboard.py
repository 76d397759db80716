"""The scoreboard: shares, rivals, skills, bands, pages; on small tables whose answers are known."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from lobule.cli import app
from lobule.errors import InputError, ModelError
from lobule.report.scoreboard import score_lines, score_words
from lobule.studies.contrasts import LOSS, guessed
from lobule.studies.endpoints import endpoint
from lobule.validate.case import Case
from lobule.validate.publishing import Publishing
from lobule.validate.score_table import score_table, where_wrong
from lobule.validate.scoreboard import Scoreboard
from lobule.validate.scoring import pooled_effect
from lobule.validate.scoring import scored as scored_with
from lobule.validate.sizes import FEWEST
from lobule.validate.summary import summarise

ALIKE = Publishing("animals", 0.0, 0.0, 0.0, np.nan, 0.0, np.nan, 0, 0, False, pooled_effect())


def scored(case, seed, terms=ALIKE):
    return scored_with(case, seed, terms)


def case(log_ratio, direction="down", ratio=None, **changes):
    given = {
        "row": "r", "study": "s", "source": "li2013", "group": "animals", "days": 42.0,
        "injury": "ccl4_chronic", "product": "ev",
        "endpoint": endpoint("collagen_area"), "direction": direction, "ratio": ratio, "ratio_low": None,
        "ratio_high": None, "log_ratio": np.asarray(log_ratio, float), "error": 0.15, "detectable": 0.3,
        "mechanism": True, "assumptions": ("dose",), "line": 2,
    }  # fmt: skip
    return Case(**(given | changes))


def test_a_direction_is_right_when_the_median_goes_there_by_a_share_of_the_spread():
    assert scored(case([-0.5, -0.4, -0.3]), 1)["right"]
    assert not scored(case([-0.04] * 3), 1)["right"]
    assert not scored(case([0.5] * 3), 1)["right"]
    assert scored(case([0.5] * 3, "up"), 1)["right"]


def test_a_negative_is_right_when_the_group_could_not_have_seen_it():
    assert scored(case([-0.2] * 3, "none"), 1)["right"]
    assert not scored(case([-0.4] * 3, "none"), 1)["right"]


def test_a_size_is_scored_by_twofold_band_and_interval_score():
    row = scored(case(np.full(50, np.log(0.5)), ratio=0.4), 1)
    assert row["within_twofold"] is True
    assert row["covered"] is True
    assert row["log_error"] == pytest.approx(np.log(0.5 / 0.4))
    far = scored(case(np.full(50, np.log(0.9)), ratio=0.2), 1)
    assert far["within_twofold"] is False
    assert far["covered"] is False
    assert far["interval_score"] > row["interval_score"]


@pytest.mark.parametrize(("ratio", "beyond"), [(0.5, 0.0), (0.2, 0.3), (1.5, -0.4)])
def test_interval_score_is_the_width_and_twenty_times_what_is_missed(ratio, beyond):
    """Gneiting and Raftery 2007: width + (2 / alpha) times the distance beyond the band, alpha 0.1."""
    row = scored(case(np.full(200, np.log(0.5)), ratio=ratio), 1)
    low, high = np.log([row["band_low"], row["band_high"]])
    missed = max(low - np.log(ratio), 0) + max(np.log(ratio) - high, 0)
    assert (missed > 0) == (beyond != 0)
    assert row["interval_score"] == pytest.approx(high - low + 20 * missed)


def test_a_member_that_failed_is_left_out_and_a_row_without_any_says_so():
    assert scored(case([-0.5, np.nan, -0.5]), 1)["predicted_ratio"] == pytest.approx(np.exp(-0.5))
    assert scored(case([np.nan]), 1)["predicted"] == "failed"


def test_studies_that_differ_widen_the_band_and_what_small_ones_overstate_moves_it_towards_a_benefit():
    terms = Publishing("animals", 0.3, 0.4, 5.0, 1.0, 0.0, 0.1, 30, 9, True, 0.5)
    plain, wide = scored(case(np.full(400, -0.4)), 1), scored(case(np.full(400, -0.4)), 1, terms)
    assert wide["predicted_ratio"] == plain["predicted_ratio"] == plain["printed_ratio"]
    assert np.log(wide["printed_ratio"]) == pytest.approx(-0.4 - 5 * 0.15**2)
    width = [np.log(row["band_high"] / row["band_low"]) for row in (plain, wide)]
    assert width[1] / width[0] == pytest.approx(np.sqrt(0.15**2 + 0.5**2) / 0.15, rel=1e-6)
    up = scored(case(np.full(400, 0.4), "up", endpoint=endpoint("albumin")), 1, terms)
    assert np.log(up["printed_ratio"]) == pytest.approx(0.4 + 5 * 0.15**2)


def test_a_size_may_be_met_as_it_is_published_alone():
    terms = Publishing("animals", 0.0, 0.0, 20.0, 1.0, 0.0, 0.1, 30, 9, True, 0.5)
    row = scored(case(np.full(50, np.log(0.8)), ratio=0.35), 1, terms)
    assert (row["within_twofold"], row["within_twofold_printed"]) == (False, True)


def test_who_was_read_before_stands_in_the_row():
    assert scored(case([-0.5], source="li2013"), 1)["seen"] is True
    assert scored(case([-0.5], source="salama2014"), 1)["seen"] is False


def test_the_summary_counts_and_compares_with_the_rivals():
    rows = pd.DataFrame([
        scored(case(np.full(50, -0.7), ratio=0.5), 1), scored(case([-0.6] * 3), 1), scored(case([0.1] * 3), 1),
        scored(case([-0.1] * 3, "none"), 1), scored(case([-0.8] * 3, "none"), 1),
    ])  # fmt: skip
    told = (
        ("a", "a", "mechanism"),
        ("b", "a", "mechanism"),
        ("equal", "equal", "mechanism"),
        ("a", "a", "class prior"),
    )
    orders = pd.DataFrame([
        {"observed": o, "predicted": p, "right": o == p, "basis": b, "source": f"s{k}"}
        for k, (o, p, b) in enumerate(told)
    ])  # fmt: skip
    left = pd.DataFrame([
        {"row": "x", "study": "s", "set": "held-out", "reason": "no", "outcome": True},
        {"row": "y", "study": "s", "set": "held-out", "reason": "a control arm", "outcome": False},
    ])  # fmt: skip
    s = summarise(rows, orders, left)
    assert (s["n_rows"], s["n_simulated"], s["n_not_simulated"], s["n_not_outcomes"]) == (11, 9, 1, 1)
    assert s["direction_right"] == pytest.approx(2 / 3)
    assert s["negatives_right"] == 0.5
    assert s["order_right"] == 0.75
    assert s["order_right_by_mechanism"] == pytest.approx(2 / 3)
    assert s["within_twofold"] == 1.0
    assert s["rivals"]["nothing helps"] == {
        "size_error": pytest.approx(np.log(2)), "orders": 0.25, "negatives": 1.0, "directions": 0.0,
    }  # fmt: skip
    assert s["rivals"]["pooled mean"]["size_error"] == pytest.approx(abs(-pooled_effect() - np.log(0.5)))
    skill = s["skill"]
    assert skill["orders"] == pytest.approx((0.75 - 0.25) / 0.75)
    best = min(np.log(2), abs(-pooled_effect() - np.log(0.5)))
    assert skill["sizes"] == pytest.approx(1 - abs(-0.7 - np.log(0.5)) / best)
    assert set(skill) == {"sizes", "orders", "negatives"}
    assert s["skill_against_naive"] == pytest.approx(np.mean(list(skill.values())))


def test_single_arms_are_scored_apart():
    rows = pd.DataFrame([
        scored(case([-0.6] * 3, ratio=0.5), 1),
        scored(case([-0.6] * 3, ratio=0.5, group="single arms", row="q"), 1),
        scored(case([0.6] * 3, group="single arms", row="p"), 1),
        scored(case([0.0] * 3, "none", group="single arms", row="n"), 1),
    ])  # fmt: skip
    s = summarise(rows, pd.DataFrame(), pd.DataFrame())
    assert (s["n_directions"], s["direction_right"], s["n_negatives"], s["n_sizes"]) == (1, 1.0, 0, 1)
    assert s["single_arms"] == {
        "n_directions": 2, "n_negatives": 1, "studies": 1, "direction_right": 0.5, "negatives_right": 1.0,
    }  # fmt: skip
    assert [(g["group"], g["n"], g["claim"]) for g in s["sizes"]] == [("animals", 1, False), ("single arms", 1, False)]


def test_an_empty_summary_has_no_shares():
    s = summarise(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    assert s["n_rows"] == 0
    assert s["direction_right"] is s["order_right"] is s["band_coverage"] is None


HEADER = "row_id,study_id,species,injury_model,product,cell_source,dose_value,dose_unit,route,endpoint,direction"
STUDIES = f"""{HEADER}
n1,new,mouse,ccl4_acute,ev,uc,1e10,particles,iv,alt,down
n2,new,mouse,ccl4_acute,ev,uc,1e10,particles,iv,fur_colour,down
n3,new,cow,ccl4_acute,ev,uc,1e10,particles,iv,alt,down
n4,new,mouse,ccl4_acute,ev,uc,1e10,particles,iv,alt,sideways
"""
CONTRASTS = """contrast_id,study_id,species_or_cells,injury_model,kind,arm_a,arm_b,product_a,product_b,endpoint,\
which_better
k1,new,mouse,ccl4_acute,ev_vs_none,exosomes,saline,ev,none,alt,a
"""
TRIALS = """row_id,source_id,design,etiology,stage,product,dose_per_kg_or_total,dose_unit,n_doses,interval_d,route,arm,\
n,endpoint,unit,timepoint_d,effect
t1,new,rct,HBV,decompensated,UC-MSC,1e6,cells/kg,3,28,iv,treated,30,albumin,direction,168,improved vs control
t2,new,rct,HBV,decompensated,aspirin,1,g,1,,iv,treated,30,albumin,direction,168,improved vs control
t3,new,single_arm,HBV,decompensated,UC-MSC,1e6,cells/kg,3,28,iv,treated,30,albumin,direction,168,improved
t4,new,rct,HBV,decompensated,saline,,,,,,control,30,albumin,direction,168,no change
"""


def test_tables_that_lobule_has_never_seen_are_scored(tmp_path):
    for name, text in (("studies", STUDIES), ("contrasts", CONTRASTS), ("trials", TRIALS)):
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, [
        "validate", "--studies", str(tmp_path / "studies.csv"), "--contrasts", str(tmp_path / "contrasts.csv"),
        "--trials", str(tmp_path / "trials.csv"), "--members", "4", "--json",
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    s = found["summary"]
    assert (s["n_rows"], s["n_not_simulated"], s["n_not_outcomes"]) == (9, 4, 1)
    assert {"direction_right", "within_twofold", "band_coverage", "order_right", "negatives_right",
            "skill_against_naive"} <= set(s)  # fmt: skip
    assert set(found["by_set"]) == {"unseen"}
    rows = {r["row"]: r for r in found["rows"]}
    assert rows["n1"]["predicted"] == "down"
    assert rows["t1"]["predicted"] in ("up", "none")
    assert [rows[name]["group"] for name in ("n1", "t1", "t3")] == ["animals", "controlled trials", "single arms"]
    assert rows["t3"]["course_ratio"] > 0 and rows["t1"]["course_ratio"] is None
    assert {p["group"] for p in found["publishing"]} == {"animals", "controlled trials", "single arms"}
    assert found["orders"][0]["predicted"] == "a"
    reasons = {r["row"]: r["reason"] for r in found["not_simulated"]}
    assert "no endpoint" in reasons["n2"]
    assert "no animal model of a cow" in reasons["n3"]
    assert "line 5" in reasons["n4"]
    assert "no product of mesenchymal cells" in reasons["t2"]


def test_the_page_holds_every_row_and_escapes_it(tmp_path):
    (tmp_path / "s.csv").write_text(STUDIES.replace("n1,new", "n1,<b>new</b>"), encoding="utf-8")
    out = tmp_path / "page.html"
    result = CliRunner().invoke(
        app, ["validate", "--studies", str(tmp_path / "s.csv"), "--members", "2", "-o", str(out)]
    )
    assert result.exit_code == 0, result.output
    page = out.read_text(encoding="utf-8")
    assert "&lt;b&gt;new" in page
    assert "<b>new" not in page
    assert page.count("<svg") == 1
    assert "no animal model of a cow" in page
    assert "Research software" in page


def test_one_study_is_explained():
    result = CliRunner().invoke(app, ["validate", "--study", "jiangw2018_acute", "--members", "2"])
    assert result.exit_code == 0, result.output
    assert "jiangw2018_acute" in result.output
    assert "assumed: " in result.output
    result = CliRunner().invoke(app, ["validate", "--study", "jiang_2018"])
    assert isinstance(result.exception, InputError)


def board(predicted, observed, seen=True):
    """Rows that went down, one study each, and contrasts that arm a won."""
    rows = pd.DataFrame([
        scored(case([x] * 3, ratio=r, row=f"r{k}", study=f"s{k}", source=f"s{k}"), 1)
        | {"set": "held-out", "seen": seen}
        for k, (x, r) in enumerate(zip(predicted, observed, strict=True))
    ])  # fmt: skip
    orders = pd.DataFrame([
        {"row": f"x{k}", "source": f"s{k}", "set": "held-out", "seen": seen, "observed": "a", "guessed": "a",
         "predicted": "a" if x < 0 else "b", "right": x < 0, "basis": "mechanism"}
        for k, x in enumerate(predicted)
    ])  # fmt: skip
    left = pd.DataFrame([{"row": "x", "study": "s", "set": "held-out", "reason": "no", "outcome": True, "sized": True}])
    return Scoreboard(rows, orders, left)


def test_both_readings_stand_in_one_line_and_in_every_row():
    both = board([-0.7] * 20, [0.5] * 20).with_counted(board([0.0] * 19 + [-0.7], [0.5] * 20))
    assert list(both.rows["counted_right"]) == [False] * 19 + [True]
    assert list(both.orders["counted_predicted"]) == ["b"] * 19 + ["a"]
    assert both.sizes["counted_ratio"].iloc[0] == pytest.approx(1.0)
    lines = score_table(both).set_index("what")
    assert (lines["published"]["directions"], lines["counted"]["directions"]) == (1.0, 0.05)
    assert (lines["published"]["orders"], lines["counted"]["orders"]) == (1.0, 0.05)
    assert (lines["n"]["orders"], lines["studies"]["orders"], lines["claim"]["orders"]) == (20, 20, True)
    assert lines["words alone"]["orders"] == 1.0  # a guess from the kind of contrast is as good
    assert both.summary()["n_sizes_left"] == 1
    everything = lines.loc["sizes within twofold, of all there are"]
    assert (everything["n"], everything["published"]) == (21, pytest.approx(20 / 21))  # one could not be simulated
    words = {w["what"]: w for w in score_words(score_table(both))}
    assert words["90 % bands cover"]["wanted"] == "80 to 97 %" and words["skill, sizes"]["wanted"] == "above 0"


def test_two_readings_of_other_rows_are_not_put_side_by_side():
    with pytest.raises(ModelError, match="other rows"):
        board([-0.7], [0.5]).with_counted(board([-0.7] * 2, [0.5] * 2))


@pytest.mark.parametrize(("number", "told"), [(FEWEST - 1, "19 of 19"), (FEWEST, "100 % (100 to 100)")])
def test_a_share_of_fewer_than_twenty_is_told_as_a_count(number, told):
    words = {w["what"]: w for w in score_words(score_table(board([-0.7] * number, [0.5] * number)))}
    assert words["directions"]["published"] == told
    assert words["orders"]["wanted"] == "75 %"
    assert score_lines(score_table(board([-0.7], [0.5])))[0].startswith("held-out")


def test_what_nobody_had_read_stands_in_lines_of_its_own_without_a_goal():
    lines = score_table(board([-0.7] * 3, [0.5] * 3, seen=False)).set_index("what")
    assert lines["published"]["directions, not read before"] == 1.0
    assert np.isnan(lines["goal"]["directions, not read before"])
    assert "directions, not read before" not in set(score_table(board([-0.7], [0.5]))["what"])


def test_skill_has_an_interval_that_draws_whole_studies_and_is_that_of_equal_rows():
    even = board([-0.7] * 20, [0.5] * 20).summary()
    low, high = even["skill_intervals"]["sizes"]
    assert low == pytest.approx(high) == pytest.approx(even["skill"]["sizes"])
    mixed = board([-0.7] * 10 + [0.7] * 10, [0.5] * 20).summary()
    low, high = mixed["skill_intervals"]["orders"]
    assert low < mixed["skill"]["orders"] < high
    guess = board([-0.7] * 10 + [0.7] * 10, [0.5] * 20)
    guess.orders["guessed"] = ["a"] * 5 + ["b"] * 15  # right in 5 of 20, where the model is in 10
    assert guess.summary()["over_words"][0] == pytest.approx((10 - 5) / 15)
    assert "skill, orders over words alone" in set(score_table(guess)["what"])


def test_a_guess_from_words_bets_on_what_has_more():
    pairs = [("primed_vs_unprimed", "engineered_ev", "a"), (LOSS, "engineered_ev", "b"), (LOSS, "ev", "a"),
             ("cell_source", "msc", "equal"), ("dose_high_vs_low", "ev", "a")]  # fmt: skip
    for kind, product, winner in pairs:
        assert guessed(SimpleNamespace(kind=kind, product_a=product)) == winner


def test_one_set_of_studies_is_scored_alone(tmp_path):
    table = tmp_path / "s.csv"
    lines = STUDIES.splitlines()
    table.write_text("\n".join([lines[0] + ",source_id", lines[1] + ",li2013", lines[2] + ",never"]), encoding="utf-8")
    asked = ["validate", "--studies", str(table), "--members", "2", "--json"]
    found = json.loads(CliRunner().invoke(app, [*asked, "--set", "calibration"]).stdout)
    assert [r["row"] for r in found["rows"]] == ["n1"] and not found["not_simulated"]
    assert found["rows"][0]["counted_ratio"] > 0
    alone = json.loads(CliRunner().invoke(app, [*asked, "--set", "unseen", "--reading", "counted"]).stdout)
    assert [r["row"] for r in alone["not_simulated"]] == ["n2"] and alone["counted"] is None
    assert isinstance(CliRunner().invoke(app, [*asked, "--set", "train"]).exception, InputError)


def test_where_directions_are_wrong_is_told_of_groups_that_are_large_enough():
    both = board([-0.7] * 4 + [0.7] * 3, [0.5] * 7).with_counted(board([0.0] * 7, [0.5] * 7))
    found = where_wrong(both.rows).set_index("by")
    assert list(found.index) == ["endpoint", "injury", "product"]
    assert (found["wrong"]["endpoint"], found["n"]["endpoint"], found["studies"]["endpoint"]) == (3, 7, 7)
    assert (found["right"]["endpoint"], found["counted_right"]["endpoint"]) == (pytest.approx(4 / 7), 0.0)
    assert where_wrong(both.rows, fewest=8).empty and where_wrong(pd.DataFrame()).empty
