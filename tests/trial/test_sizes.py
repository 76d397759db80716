"""Sample sizes by formula, beside R and printed examples."""

import math

import pytest

from lobule.trial.effect import Estimate
from lobule.trial.replicates import Replicate
from lobule.trial.sizes import COLUMNS, events, means, shares, size_table


def test_means_and_shares_need_as_many_as_r_says(in_r):
    found = in_r("""found <- list(
        means = ceiling(power.t.test(delta = 0.5, sd = 1, power = 0.8)$n),
        strict = ceiling(power.t.test(delta = 0.325, sd = 1, power = 0.9, sig.level = 0.025)$n),
        shares = ceiling(power.prop.test(p1 = 0.5, p2 = 0.75, power = 0.9)$n),
        few = ceiling(power.prop.test(p1 = 0.1, p2 = 0.2, power = 0.8)$n))""")
    assert 2 * found["means"] == means(0.5, 0.8, 1.0, 0.05)
    assert 2 * found["strict"] == means(-0.325, 0.9, 1.0, 0.025)
    assert 2 * found["shares"] == shares(0.5, 0.75, 0.9, 1.0, 0.05)
    assert 2 * found["few"] == pytest.approx(shares(0.2, 0.1, 0.8, 1.0, 0.05), abs=2)  # R pools otherwise


@pytest.mark.parametrize("hazards, power, wanted", [(0.5, 0.8, 66), (2.0, 0.8, 66), (0.7, 0.9, 331)])
def test_events_are_those_of_schoenfeld(hazards, power, wanted):
    assert events(hazards, power, 1.0, 0.05) == wanted


def test_unequal_arms_need_more_and_nothing_needs_no_number():
    assert means(0.5, 0.8, 2.0, 0.05) > means(0.5, 0.8, 1.0, 0.05)
    assert means(0.5, 0.8, 2.0, 0.05) == means(0.5, 0.8, 0.5, 0.05)
    assert events(0.5, 0.8, 2.0, 0.05) > events(0.5, 0.8, 1.0, 0.05)
    assert means(0.0, 0.8, 1.0, 0.05) is None and shares(0.4, 0.4, 0.8, 1.0, 0.05) is None
    assert events(1.0, 0.8, 1.0, 0.05) is None and events(0.0, 0.8, 1.0, 0.05) is None


def replicates(name, measure, estimate, half, level):
    return [
        Replicate("trial", k, 0, 100, (Estimate(name, "", "drug", "placebo", measure, estimate, estimate - half,
                                                estimate + half, 0.05, 2.0, 50, 50),),
                  (2.0,), (2.0,), (100,), ((name, "drug", level - 0.1), (name, "placebo", level)))
        for k in range(3)
    ]  # fmt: skip


def test_the_table_has_a_row_an_effect_power_and_loss_and_losses_are_allowed_for(plain_design):
    table = size_table(plain_design(), replicates("albumin", "difference of means", 1.0, 0.784, 0.0))
    assert list(table.columns) == list(COLUMNS) and len(table) == 3 * 2
    first = table[(table["assumed"] == 1) & (table["power"] == 0.8)]
    assert first["spread"].iloc[0] == pytest.approx(2.0)  # 0.784 is 1.96 standard errors of 2 sqrt(2 / 50)
    assert set(first["evaluable_patients"]) == {means(0.5, 0.8, 1.0, 0.05)}
    lost = [first[f"patients_if_{share}_percent_lost"].iloc[0] for share in (10, 20, 30)]
    assert lost == [math.ceil(128 / (1 - share)) for share in (0.1, 0.2, 0.3)]
    half = table[(table["assumed"] == 0.5) & (table["power"] == 0.8)]["evaluable_patients"].iloc[0]
    assert half == pytest.approx(4 * 128, rel=0.02)


@pytest.mark.parametrize("primary, rows", [("death", 6), ("responder", 6), ("rank", 0)])
def test_times_and_shares_have_a_table_and_ranks_none(plain_design, primary, rows):
    design = plain_design(analysis={"primary": primary, "reference": "placebo"})
    estimate, measure = (0.5, "hazard ratio (Peto)") if primary == "death" else (0.2, "difference of shares")
    assert len(size_table(design, replicates(primary, measure, estimate, 0.1, 0.6))) == rows
