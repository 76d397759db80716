"""Power by simulation against closed forms, and the level of tests: statsmodels, D. A. Schoenfeld (Biometrika 1981)."""

import numpy as np
import pytest
from scipy.stats import norm
from statsmodels.stats.power import TTestIndPower

from lobule.errors import InputError
from lobule.trial import replicates as replicates_module
from lobule.trial.estimates import analyse
from lobule.trial.power import operating_characteristics, power_curve, sample_size, share
from lobule.trial.replicates import Replicate, limits

TRIALS = 2000


def errors(hits, power, n=TRIALS):
    """Monte Carlo standard errors between a simulated and a true power."""
    return abs(hits / n - power) / np.sqrt(power * (1 - power) / n)


@pytest.mark.science
@pytest.mark.parametrize("effect", [0.0, 0.5])
def test_two_samples(plain_design, synthetic, effect):
    design = plain_design()
    endpoint, rng, arm = (
        design.primary.model_copy(update={"method": "t_test"}),
        np.random.default_rng(1),
        np.arange(100) % 2,
    )
    hits = 0
    for _ in range(TRIALS):
        values = np.zeros((100, 3))
        values[:, 2] = rng.normal(effect * (arm == 0), 1)
        hits += analyse(design, synthetic(arm, values), endpoint)[0].p < 0.05
    power = TTestIndPower().power(effect, 50, 0.05) if effect else 0.05
    assert errors(hits, power) < 3


@pytest.mark.science
@pytest.mark.parametrize("effect", [0.0, 0.4])
def test_ancova(plain_design, synthetic, effect):
    """A baseline with correlation r leaves 1 - r^2 of the variance (G. F. Borm et al., J. Clin. Epidemiol. 2007;
    60:1234), at one degree of freedom."""
    design, rng, arm, r = plain_design(), np.random.default_rng(2), np.arange(120) % 2, 0.7
    hits = 0
    for _ in range(TRIALS):
        base = rng.standard_normal(120)
        last = r * base + np.sqrt(1 - r * r) * rng.standard_normal(120) + effect * (arm == 0)
        hits += analyse(design, synthetic(arm, np.column_stack([base, base, last])), design.primary)[0].p < 0.05
    power = TTestIndPower().power(effect / np.sqrt(1 - r * r), 60, 0.05) if effect else 0.05
    assert errors(hits, power) < 3


@pytest.mark.science
@pytest.mark.parametrize("ratio", [1.0, 0.65])
def test_log_rank(plain_design, synthetic, ratio):
    """Power by the number of events: Phi(sqrt(d)/2 |log ratio| - z)."""
    design, rng, arm = plain_design(), np.random.default_rng(3), np.arange(300) % 2
    endpoint = design.endpoint("death")
    hits, events = 0, 0
    for _ in range(TRIALS):
        death = rng.exponential(60.0 / np.where(arm == 0, ratio, 1.0))
        seen = synthetic(arm, death=death)
        events += int((death <= 84).sum())
        hits += analyse(design, seen, endpoint)[0].p < 0.05
    expected = events / TRIALS
    power = 0.05 if ratio == 1 else float(norm.cdf(np.sqrt(expected) / 2 * abs(np.log(ratio)) - norm.isf(0.025)))
    assert errors(hits, power) < 3


def made(z, number=1, kind="trial", looks=(), enrolled=(100,), n=100):
    return Replicate(kind, number, 0, n, (), (*looks, z), (*looks, z), enrolled)


def test_two_sided_boundaries_and_sides():
    bound = [2.0]
    assert made(2.5).stopped(bound) == 0
    assert made(-2.5).stopped(bound) is None
    assert made(-2.5).stopped(bound, harm=True) == 0
    early = made(3.0, looks=(-3.0,))
    assert early.stopped([2.8, 2.0]) is None  # stopped for harm at the first look
    assert early.stopped([2.8, 2.0], harm=True) == 0


def test_characteristics_count_what_they_say(plain_design):
    design = plain_design(interim={"looks": [0.5, 1.0]})
    bound = limits(design)
    found = [made(3.0, k, looks=(0.0,), enrolled=(60, 100)) for k in range(6)]
    found += [made(0.0, k, looks=(4.0,), enrolled=(60, 100)) for k in range(6, 10)]
    found += [made(-3.0, k, "null", looks=(0.0,), enrolled=(60, 100)) for k in range(10)]
    o = operating_characteristics(design, found)
    assert o["power"]["share"] == 1.0
    assert [s["share_stopped"] for s in o["stopping"]] == pytest.approx([0.4, 0.6])
    assert o["mean_patients"] == pytest.approx(0.4 * 60 + 0.6 * 100)
    assert o["type_1_error"]["share"] == 1.0
    assert bound[1] == pytest.approx(1.977, abs=1e-3)


def test_several_arms_share_alpha(plain_design):
    design = plain_design(arms=[{"name": "low"}, {"name": "high"}, {"name": "placebo"}])
    assert limits(design)[0] == pytest.approx(norm.isf(0.0125))


def test_monte_carlo_error():
    s = share(30, 100)
    assert s["monte_carlo_error"] == pytest.approx(np.sqrt(0.21 / 100))
    assert s["low"] < 0.3 < s["high"]


@pytest.mark.parametrize(("effect", "power"), [(0.5, 0.9), (0.3, 0.8)])
def test_the_sample_size_is_that_of_the_closed_form(plain_design, effect, power):
    rng = np.random.default_rng(1)

    def run(n):
        z = rng.normal(effect * np.sqrt(n) / 2, 1, 1000)
        return [made(float(v), k, n=n) for k, v in enumerate(z)]

    found = sample_size(plain_design(), power, run)
    wanted = 4 * ((norm.ppf(power) + norm.isf(0.025)) / effect) ** 2
    assert found.patients == pytest.approx(wanted, rel=0.08)
    assert found.low < found.patients < found.high and found.low < wanted < found.high
    assert len(found.tries) <= 8
    assert found.patients % 4 == 0


def test_no_sample_size_is_enough_when_nothing_works(plain_design):
    found = sample_size(plain_design(), 0.9, lambda n: [made(0.0, k) for k in range(50)])
    assert found.patients is None and "more than 20,000" in found.said
    assert found.tries[-1]["patients"] == 20_000


def test_a_power_curve_has_a_try_for_every_size(plain_design):
    found = power_curve(plain_design(), [80, 40, 80], lambda n: [made(3.0 if n > 60 else 0.0, k) for k in range(50)])
    assert [(one["patients"], one["share"]) for one in found.tries] == [(40, 0.0), (80, 1.0)]
    with pytest.raises(InputError, match="16 to 20000"):
        power_curve(plain_design(), [10], lambda n: [])


def test_an_impossible_power_is_refused(plain_design):
    with pytest.raises(InputError, match="power must be a number"):
        sample_size(plain_design(), 1.2, lambda n: [])
    with pytest.raises(InputError, match="between alpha"):
        sample_size(plain_design(), 0.04, lambda n: [])


def alone(number):
    return float(np.random.default_rng(number).normal())


def test_many_replicates_on_all_cores_are_the_same_as_alone(monkeypatch):
    made_here = list(replicates_module._made(alone, range(6)))
    monkeypatch.setattr(replicates_module, "MANY", 2)
    monkeypatch.setattr(replicates_module, "CHUNK", 4)
    assert list(replicates_module._made(alone, range(6))) == made_here
