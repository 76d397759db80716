"""Sizes: one an endpoint of an arm and time, groups apart, intervals by study, no claim from few."""

import math

import numpy as np
import pandas as pd
import pytest

from lobule.report.scoreboard import size_sentence
from lobule.validate.sizes import FEWEST, by_group, shares, sizes_of


def row(name, observed, predicted, **changes):
    plain = {
        "row": name, "set": "held-out", "group": "animals", "source": "a", "study": "a1", "output": "alt", "days": 7.0,
        "better": "down", "observed_ratio": observed, "predicted_ratio": predicted, "printed_ratio": predicted,
        "band_low": predicted / 2, "band_high": predicted * 2, "pooled_gain": -0.5,
    }  # fmt: skip
    return plain | changes


def test_rows_of_one_output_arm_and_time_are_one_size_by_the_mean_of_logarithms():
    rows = pd.DataFrame([
        row("stain", 0.4, 0.5, output="collagen"), row("hydroxyproline", 0.9, 0.5, output="collagen"),
        row("later", 0.9, 0.5, output="collagen", days=14.0), row("other arm", 0.9, 0.5, output="collagen", study="a2"),
        row("no size", math.nan, 0.5, output="collagen"),
    ])  # fmt: skip
    sizes = sizes_of(rows)
    assert list(sizes["rows"]) == ["stain, hydroxyproline", "later", "other arm"]
    assert sizes["observed_ratio"][0] == pytest.approx(0.6)
    assert sizes["log_error"][0] == pytest.approx(math.log(0.6 / 0.5))
    assert sizes["pooled_error"][0] == pytest.approx(abs(-0.5 - math.log(0.6)))


def test_groups_are_apart_with_their_studies_and_bias():
    rows = pd.DataFrame([
        row("r1", 0.5, 0.9, source="a"), row("r2", 0.5, 0.9, source="b", output="ast"),
        row("r3", 1.5, 1.0, group="controlled trials", better="up"), row("r4", 1.0, 1.0, group="single arms"),
    ])  # fmt: skip
    found = {g["group"]: g for g in by_group(sizes_of(rows))}
    assert {name: (g["n"], g["studies"]) for name, g in found.items()} == {
        "animals": (2, 2), "controlled trials": (1, 1), "single arms": (1, 1),
    }  # fmt: skip
    assert found["animals"]["benefit_not_predicted"] == pytest.approx(math.log(0.9 / 0.5))
    assert found["controlled trials"]["benefit_not_predicted"] == pytest.approx(math.log(1.5))
    assert found["single arms"]["within_twofold"] == 1.0


def test_a_study_with_many_sizes_does_not_make_the_interval_narrow():
    many = [row(f"r{k}", 0.5, 0.5, output=f"o{k}") for k in range(19)] + [row("far", 0.1, 0.9, source="b")]
    alone = [row("near", 0.5, 0.5), row("far", 0.1, 0.9, source="b")]
    for rows in (many, alone):
        (group,) = by_group(sizes_of(pd.DataFrame(rows)))
        assert (group["within_twofold_low"], group["within_twofold_high"]) == (0.0, 1.0)


@pytest.mark.parametrize(("number", "claims"), [(FEWEST - 1, False), (FEWEST, True)])
def test_nothing_is_claimed_from_fewer_than_twenty(number, claims):
    rows = pd.DataFrame([row(f"r{k}", 0.5, 0.5, source=f"s{k}") for k in range(number)])
    (group,) = by_group(sizes_of(rows))
    assert group["claim"] is claims
    said = size_sentence(group)
    assert ("no claim" in said) is not claims
    assert ("within twofold 1.00" in said) is claims
    assert f"{number} sizes of {number} studies" in said


def test_no_rows_have_no_sizes():
    assert sizes_of(pd.DataFrame()).empty
    assert by_group(sizes_of(pd.DataFrame([row("r", math.nan, 0.5)]))) == []


def test_shares_of_any_table_have_an_interval_by_study():
    table = pd.DataFrame({"right": [True, False] * 15, "source": [f"s{k // 2}" for k in range(30)]})
    found = shares(table, ("right",))
    assert (found["right"], found["right_low"], found["right_high"], found["studies"]) == (0.5, 0.5, 0.5, 15)
    assert found["claim"] is True
    assert np.isnan(shares(table[:1], ("right",))["right_low"])
