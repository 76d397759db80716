"""Interim looks of a design: boundaries that are spent, futility that need not be followed, tables for a board."""

import numpy as np
import pytest
from scipy.stats import norm
from tests.trial.test_design import DESIGN, write

from lobule.errors import InputError
from lobule.files.design_file import read_design
from lobule.trial.monitoring import monitoring
from lobule.trial.power import operating_characteristics
from lobule.trial.replicates import Replicate, futility, limits

SPENT = {"looks": [1 / 3, 2 / 3, 1.0], "boundary": "hwang_shih_decani",
         "futility": {"kind": "beta_spending", "power": 0.9}}  # fmt: skip


def one(kind, number, *scores):
    return Replicate(kind, number, 0, 90, (), scores, scores, (30, 60, 90))


def test_boundaries_are_those_of_the_spending_function(plain_design):
    design = plain_design(interim=SPENT)
    assert limits(design).round(2).tolist() == [3.01, 2.55, 2.0]
    assert futility(design)[:2].round(2).tolist() == [-0.24, 0.94] and futility(design)[2] == -np.inf
    assert (futility(plain_design(interim={"looks": [0.5, 1.0]})) == -np.inf).all()
    assert (futility(plain_design()) == -np.inf).all()


def test_conditional_power_under_trend_or_design(plain_design):
    trend, hoped = (
        futility(plain_design(interim={"looks": [0.5, 1.0], "futility": {"kind": "conditional_power", "under": u}}))[0]
        for u in ("trend", "design")
    )
    assert trend > hoped  # what is hoped for keeps more trials going


def test_several_arms_share_alpha_at_each_look(plain_design):
    arms = [{"name": "low"}, {"name": "high"}, {"name": "placebo"}]
    assert (limits(plain_design(interim=SPENT, arms=arms)) > limits(plain_design(interim=SPENT))).all()


def test_futility_costs_power_where_it_is_followed_and_no_alpha(plain_design):
    design = plain_design(interim=SPENT)
    found = [one("trial", 1, 3.5, 0.0, 0.0), one("trial", 2, -0.5, 2.0, 2.5), one("trial", 3, 1.0, 1.5, 2.5),
             one("trial", 4, 0.0, 0.5, 2.5), one("null", 1, -0.5, 1.0, 2.5), one("null", 2, 0.0, 0.0, 0.0),
             one("trial", 5, 1.0, -3.0, -3.0)]  # fmt: skip
    told = operating_characteristics(design, found)
    assert told["power"]["share"] == pytest.approx(2 / 5)
    assert told["type_1_error"]["share"] == pytest.approx(1 / 2)
    ends = told["stopping"]
    assert [row["share_stopped"] for row in ends] == pytest.approx([2 / 5, 2 / 5, 1 / 5])
    assert [row["for_futility"] for row in ends] == pytest.approx([1 / 5, 1 / 5, 0])
    assert [row["for_harm"] for row in ends] == pytest.approx([0, 1 / 5, 0])
    assert [row["for_efficacy"] for row in ends] == pytest.approx([1 / 5, 0, 1 / 5])
    assert told["mean_patients"] == pytest.approx((30 + 30 + 90 + 60 + 60) / 5)


def test_the_level_holds_whether_or_not_futility_is_followed(plain_design):
    """Normal scores of 20,000 trials in which nothing works, as Brownian motion has them."""
    design = plain_design(interim=SPENT)
    rng = np.random.default_rng(2)
    t = np.array(SPENT["looks"])
    z = np.cumsum(rng.standard_normal((20_000, 3)) * np.sqrt(np.diff(t, prepend=0.0)), axis=1) / np.sqrt(t)
    upper, lower = limits(design), futility(design)
    ignoring = (z >= upper).any(axis=1).mean()
    stays = np.cumprod(np.column_stack([np.ones(len(z)), z[:, :-1] >= lower[:-1]]), axis=1).astype(bool)
    following = ((z >= upper) & stays).any(axis=1).mean()
    assert ignoring == pytest.approx(0.025, abs=3 * np.sqrt(0.025 * 0.975 / 20_000))
    assert following < ignoring


def test_a_board_sees_what_had_happened_by_the_look(plain_design, synthetic):
    rng = np.random.default_rng(1)
    arm = np.arange(100) % 2
    base = rng.normal(30, 3, 100)
    death = np.where(np.arange(100) % 10 == 0, 20.0, np.inf)
    values = np.column_stack([base, base + 1, base + 1 + 1.5 * (arm == 0) + rng.normal(0, 2, 100)])
    values[np.isfinite(death), 1:] = np.nan
    design = plain_design(interim=SPENT)
    table = monitoring(design, synthetic(arm, values, death=death))
    first = table[table["look"] == 1].set_index("item")
    assert first.loc["enrolled", "together"] == first.loc["enrolled", ["drug", "placebo"]].sum() < 100
    assert first.loc["Death", "drug"] > 0 and first.loc["Death", "placebo"] == 0
    z = first.loc["score of albumin", "drug"]
    left = (limits(design)[-1] - z * np.sqrt(1 / 3) - z / np.sqrt(1 / 3) * 2 / 3) / np.sqrt(2 / 3)
    assert first.loc["conditional power", "drug"] == pytest.approx(norm.sf(left), abs=0.002)
    assert first.loc["boundary of futility", "together"] == pytest.approx(-0.239, abs=0.002)
    second = table[table["look"] == 2].set_index("item")
    assert second.loc["enrolled", "together"] > first.loc["enrolled", "together"]
    assert monitoring(plain_design(), synthetic(arm, values)).empty


@pytest.mark.parametrize(
    ("looks", "message"),
    [
        ("{looks: [0.5, 1.0], boundary: haybittle}", "haybittle"),
        ("{looks: [0.5, 1.0], gamma: -2}", "gamma belongs to the boundary hwang_shih_decani"),
        ("{looks: [1.0], futility: {kind: beta_spending}}", "futility needs a look before the end"),
        ("{looks: [0.5, 1.0], futility: {kind: guess}}", "guess"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, looks, message):
    with pytest.raises(InputError, match=message) as caught:
        read_design(write(tmp_path, DESIGN + f"interim: {looks}\n"))
    assert "\n" not in str(caught.value) and "line 20" in str(caught.value)
