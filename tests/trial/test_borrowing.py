"""Trials that borrow from historical controls: what is compared, error and power, what designs may say."""

import numpy as np
import pytest
from tests.trial.test_design import DESIGN, write

from lobule.errors import InputError
from lobule.files.design_file import read_design
from lobule.files.plan_of_analysis import Historical
from lobule.statistics.map_prior import compare_means, compare_shares
from lobule.trial.borrowed import prior_of
from lobule.trial.borrowing import borrowing
from lobule.trial.effect import Estimate
from lobule.trial.estimates import analyse
from lobule.trial.replicates import Replicate

MEANS = Historical.model_validate({"studies": [{"study": "a", "n": 60, "mean": 0.1, "sd": 3.0},
                                               {"study": "b", "n": 40, "mean": -0.2, "sd": 3.5}]})  # fmt: skip
SHARES = Historical.model_validate({"studies": [{"study": "a", "n": 60, "responders": 12},
                                                {"study": "b", "n": 40, "responders": 9}]})  # fmt: skip


def borrows(design, name, historical):
    own = design.endpoint(name).model_copy(update={"method": "map_prior", "historical": historical})
    others = [own if e.name == name else e for e in design.endpoints]
    return design.model_copy(update={"endpoints": others}), own


def seen_of(synthetic, n=80):
    rng = np.random.default_rng(3)
    arm = np.arange(n) % 2
    base = rng.normal(30, 3, n)
    return synthetic(arm, np.column_stack([base, base, base + 1.5 * (arm == 0) + rng.normal(0, 3, n)]))


def test_a_change_borrows_for_the_reference(plain_design, synthetic):
    design, own = borrows(plain_design(), "albumin", MEANS)
    seen = seen_of(synthetic)
    (found,) = analyse(design, seen, own)
    change = seen.measured["albumin"][:, 2] - seen.measured["albumin"][:, 0]
    of = [(change[seen.arm == a].mean(), change[seen.arm == a].std(ddof=1) / np.sqrt(40)) for a in (1, 0)]
    expected = compare_means(prior_of(own), *of)
    assert (found.estimate, found.low, found.high) == pytest.approx(expected[:3])
    assert found.p == pytest.approx(2 * (1 - expected.above)) and found.benefit > 0
    (plain,) = analyse(design, seen, own.model_copy(update={"method": "t_test", "historical": None}))
    assert found.high - found.low < plain.high - plain.low


def test_a_response_borrows_too(plain_design, synthetic):
    design, own = borrows(plain_design(), "responder", SHARES)
    seen = seen_of(synthetic)
    (found,) = analyse(design, seen, own)
    yes = seen.measured["albumin"][:, 2] - seen.measured["albumin"][:, 0] >= 2
    expected = compare_shares(prior_of(own), (int(yes[seen.arm == 1].sum()), 40), (int(yes[seen.arm == 0].sum()), 40))
    assert (found.estimate, found.low, found.high) == pytest.approx(expected[:3], abs=1e-6)


@pytest.mark.parametrize(("name", "historical", "gap"), [("albumin", MEANS, 2.0), ("responder", SHARES, 0.25)])
def test_error_and_power_by_the_true_control(plain_design, name, historical, gap):
    design, _ = borrows(plain_design(patients=60), name, historical)
    estimate = Estimate(name, "map_prior", "drug", "placebo", "", gap, 0.0, 1.0, 0.01, 2.0, 30, 30)
    table = borrowing(design, [Replicate("trial", 1, 0, 60, (estimate,), (2.0,), (2.0,), (60,))])
    assert table["control"].is_monotonic_increasing and (table["worth"] > 5).all()
    inner = table.loc[table["prior_quantile"].between(0.2, 0.8), "false_positive"]  # beyond, the vague share lets go
    assert inner.is_monotonic_increasing
    middle = table[table["prior_quantile"] == 0.5].iloc[0]
    assert middle["power"] > middle["power_without"] > middle["false_positive_without"]
    assert (table["false_positive_without"] < 0.04).all()
    assert borrowing(plain_design(), []).empty


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("method: map_prior", "historical controls belong to the method map_prior"),
        ("historical: {studies: [{study: a, n: 5, mean: 1, sd: 2}]}", "historical controls belong to"),
        ("method: map_prior, historical: {studies: [{study: a, n: 5, mean: 1.0}]}", "borrows n, mean and sd"),
        ("method: map_prior, historical: {studies: [{study: a, n: 5, responders: 3}]}", "borrows n, mean and sd"),
        ("method: map_prior, historical: {studies: []}", "studies"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, plan, message):
    text = DESIGN.replace("output: albumin, at", f"{plan}, output: albumin, at", 1)
    with pytest.raises(InputError, match=message) as caught:
        read_design(write(tmp_path, text))
    assert "\n" not in str(caught.value) and "line 16" in str(caught.value)
