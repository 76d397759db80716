"""Trials whose size is estimated again: what they go on with, and what designs may say."""

import numpy as np
import pytest
from tests.trial.test_design import DESIGN, write

from lobule.errors import InputError
from lobule.files.design_file import read_design
from lobule.statistics.reestimation import patients_for, promising
from lobule.trial.estimates import analyse
from lobule.trial.observed import information_day
from lobule.trial.power import operating_characteristics
from lobule.trial.reestimated import goes_on_with
from lobule.trial.replicates import Replicate

BLINDED = {"method": "blinded_variance", "largest": 400, "effect": 1.5, "power": 0.9}
ZONE = {"method": "promising_zone", "largest": 300, "power": 0.9}


def trial(synthetic, gain, sd=3.0, n=100, seed=1):
    rng = np.random.default_rng(seed)
    arm = np.arange(n) % 2
    base = rng.normal(30, 3, n)
    return synthetic(arm, np.column_stack([base, base, base + gain * (arm == 0) + rng.normal(0, sd, n)]))


def test_a_larger_variance_needs_more_patients(plain_design, synthetic):
    design = plain_design(reestimation=BLINDED)
    seen = trial(synthetic, gain=1.0)
    then = seen.as_of(information_day(design, seen, design.primary, 0.5))
    last = then.measured["albumin"][:, 2] - then.measured["albumin"][:, 0]
    expected = patients_for(1.5, float(np.nanstd(last, ddof=1)), 0.05, 0.9)
    assert goes_on_with(design, seen, 400) == pytest.approx(expected, abs=1)
    assert goes_on_with(design, trial(synthetic, gain=1.0, sd=1.0), 400) == 100  # never fewer than planned
    assert goes_on_with(design, trial(synthetic, gain=1.0, sd=9.0), 400) == 400


def test_blinded_is_blind(plain_design, synthetic):
    """Exchanging arms changes nothing."""
    design, seen = plain_design(reestimation=BLINDED), trial(synthetic, gain=1.0)
    before = goes_on_with(design, seen, 400)
    seen.arm[:] = 1 - seen.arm
    assert goes_on_with(design, seen, 400) == before


def test_a_promising_zone_is_that_of_the_score_at_the_look(plain_design, synthetic):
    design = plain_design(reestimation=ZONE)
    for gain in (0.0, 1.2, 1.6, 4.0):
        seen = trial(synthetic, gain)
        then = seen.as_of(information_day(design, seen, design.primary, 0.5))
        (found,) = analyse(design, then, design.primary)
        assert goes_on_with(design, seen, 300) == promising(found.benefit, 50, 100, 300, 0.05, 0.9)


def test_sizes_are_told(plain_design):
    design = plain_design(reestimation=ZONE)
    found = [Replicate("trial", k, 0, 100, (), (2.5,), (2.5,), (n,)) for k, n in enumerate([100, 100, 180, 300])]
    told = operating_characteristics(design, found)
    assert told["mean_patients"] == 170 and told["reestimation"]["share_increased"] == 0.5
    assert told["reestimation"]["share_at_largest"] == 0.25


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ("{method: blinded_variance, largest: 80}", "an effect belongs to blinded_variance"),
        ("{method: promising_zone, largest: 80, effect: 2.0}", "an effect belongs to blinded_variance"),
        ("{method: promising_zone, largest: 20}", "below the 40 patients planned"),
        ("{method: promising_zone, largest: 80, least: 0.3}", "least"),
        ("{method: promising_zone, largest: 80}\ninterim: {looks: [0.5, 1.0]}", "take out one of both"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path, plan, message):
    with pytest.raises(InputError, match=message) as caught:
        read_design(write(tmp_path, DESIGN + f"reestimation: {plan}\n"))
    assert "\n" not in str(caught.value)
