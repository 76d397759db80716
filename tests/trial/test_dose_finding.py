"""Dose finding: what arms are given, level and power by simulation."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.trial.dose_finding import total_doses
from lobule.trial.estimates import analyse
from lobule.trial.replicates import limits

ARMS = [
    {"name": "low", "plan": {"product": "uc-msc", "dose": "5e5 cell/kg"}},
    {"name": "middle", "plan": {"product": "uc-msc", "dose": "1e6 cell/kg"}},
    {"name": "high", "plan": {"product": "uc-msc", "dose": "2e6 cell/kg"}},
    {"name": "placebo"},
]
DOSES = np.array([0.25, 0.5, 1.0, 0.0])


def made(plain_design, **changes):
    endpoint = {"name": "albumin", "kind": "change", "output": "albumin", "at": "84 d", "method": "dose_response"}
    analysis = {"primary": "albumin", "reference": "placebo"}
    return plain_design(**{"arms": ARMS, "endpoints": [endpoint], "analysis": analysis} | changes)


def test_doses_are_read_from_the_plans(plain_design):
    assert total_doses(made(plain_design)) == pytest.approx([3.5e7, 7e7, 1.4e8, 0])


@pytest.mark.parametrize(
    "arms", [ARMS[:3], [ARMS[0], {**ARMS[0], "name": "same"}, ARMS[3]],
             [ARMS[0], {"name": "ev", "plan": {"product": "uc-msc-ev", "dose": "1e10 particle"}}, ARMS[3]]],
)  # fmt: skip
def test_arms_that_are_no_doses_are_refused(plain_design, arms):
    with pytest.raises(InputError, match="dose response needs"):
        total_doses(made(plain_design, arms=arms, analysis={"primary": "albumin"}))


@pytest.mark.science
def test_level_and_power(plain_design, synthetic):
    design, rng, arm = made(plain_design), np.random.default_rng(4), np.arange(80) % 4
    limit = limits(design)[0]
    hits = {0.0: 0, 1.0: 0}
    for effect, trials in ((0.0, 1000), (1.0, 200)):
        for _ in range(trials):
            values = np.zeros((80, 3))
            values[:, 2] = rng.standard_normal(80) + effect * DOSES[arm]
            hits[effect] += analyse(design, synthetic(arm, values), design.primary)[0].benefit >= limit
    assert 10 <= hits[0.0] <= 42  # one side of a two-sided 5 %: 25 expected, binomial 99.9 %
    assert hits[1.0] > 140
