"""Dose finding: optimal contrasts, level and power by simulation, the plain test as a special case."""

import numpy as np
import pytest

from lobule.errors import InputError
from lobule.trial.dose_finding import SHAPES, contrast, dose_response, total_doses
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


def test_no_contrast_finds_a_shape_more_surely():
    rng = np.random.default_rng(1)
    covariance = np.diag([1.0, 0.5, 0.7, 0.3]) + 0.05
    for f in SHAPES.values():
        best = contrast(f(DOSES), covariance)
        assert best.sum() == pytest.approx(0, abs=1e-12)

        def signal(c, f=f):
            return c @ f(DOSES) / np.sqrt(c @ covariance @ c)

        for _ in range(200):
            other = rng.standard_normal(4)
            other -= other.mean()
            assert signal(other) <= signal(best) + 1e-12


def test_equal_groups_and_a_line_give_the_usual_linear_contrast():
    c = contrast(np.array([0.0, 1.0, 2.0, 3.0]), np.eye(4))
    assert c / c[-1] == pytest.approx([-1, -1 / 3, 1 / 3, 1])


def test_the_smallest_dose_that_is_enough_is_recommended():
    covariance = 0.01 * np.eye(4)
    flat = dose_response(DOSES, np.array([0.95, 1.0, 1.0, 0.0]), covariance, 100)
    assert (flat.shape, flat.recommended) == ("emax, half at 5 %", 1)
    steep = dose_response(DOSES, np.array([0.25, 0.5, 1.0, 0.0]), covariance, 100)
    assert (steep.shape, steep.recommended) == ("linear", 2)


def test_p_is_that_of_a_million_draws():
    """Four equal groups, 76 degrees of freedom: the largest contrast exceeds 2.0 in 0.0446 and 2.4 in 0.0182."""
    covariance = np.eye(4) / 20
    for t, p in ((2.0, 0.0446), (2.4, 0.0182)):
        means = np.array([0.25, 0.5, 1.0, 0.0])
        scale = t / dose_response(DOSES, means, covariance, 76).t
        assert dose_response(DOSES, scale * means, covariance, 76).p == pytest.approx(p, abs=0.003)


@pytest.mark.science
def test_level_and_power(plain_design, synthetic):
    design, rng, arm = made(plain_design), np.random.default_rng(4), np.arange(80) % 4
    limit = limits(design)[0]
    hits = {0.0: 0, 1.0: 0}
    for effect in hits:
        for _ in range(1000):
            values = np.zeros((80, 3))
            values[:, 2] = rng.standard_normal(80) + effect * DOSES[arm]
            hits[effect] += analyse(design, synthetic(arm, values), design.primary)[0].benefit >= limit
    assert 10 <= hits[0.0] <= 42  # one side of a two-sided 5 %: 25 expected, binomial 99.9 %
    assert hits[1.0] > 700
