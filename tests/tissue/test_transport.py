"""Transport against the solutions of textbooks: plug flow, saturable uptake, the balance of mass."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy.special import lambertw

from lobule.tissue.flow import Flow, conductances, flow
from lobule.tissue.geometry import Plan, sheet
from lobule.tissue.transport import after, steady, taken

SHEET = sheet(Plan(lobules=7, radius=285.0, cell=23.0, central_vein=35.0, portal_tract=25.0), 1)
BLOOD = flow(SHEET, conductances(SHEET, 0.3, 2), 0.3, 1.0)


def pipe(n, length=1.0, speed=1.0):
    """A chain of n places."""
    step, passing = length / n, np.full(n, speed)
    ends = np.zeros(n), np.zeros(n)
    ends[0][0], ends[1][-1] = speed, speed
    return Flow(
        np.arange(n), np.linspace(1, 0, n), np.r_[0, 0:n], np.arange(n - 1), passing[1:], *ends, passing,
        np.full(n, step),
    )  # fmt: skip


def error_against_plug_flow(n, half):
    rate = 2.0
    found = steady(pipe(n), 1.0, rate * np.full(n, 1 / n), half)[-1]
    # c' = -rate c/(1 + c/half): linear exp(-rate), else by Lambert's W
    exact = np.exp(-rate) if half == np.inf else half * float(lambertw(np.exp(1 / half - rate) / half).real)
    return abs(found - exact)


@pytest.mark.parametrize("half", [np.inf, 0.5, 0.05])
def test_plug_flow_is_met_in_first_order(half):
    errors = [error_against_plug_flow(n, half) for n in (50, 100, 200, 400)]
    assert errors[-1] < 0.01
    assert np.diff(np.log2(errors)) == pytest.approx(-1, abs=0.1)


def test_a_front_travels_at_the_speed_of_blood():
    tube, n, dt = pipe(400), 400, 0.002
    now = np.zeros(n)
    for _ in range(int(0.5 / dt)):
        now = after(tube, now, 1.0, np.zeros(n), dt)
    assert np.interp(-0.5, -now, (np.arange(n) + 0.5) / n) == pytest.approx(0.5, abs=0.01)


@given(rate=some.floats(0, 50), half=some.floats(0.01, 10) | some.just(np.inf), entering=some.floats(0, 5))
def test_what_enters_is_taken_or_leaves(rate, half, entering):
    uptake = rate * BLOOD.volume
    found = steady(BLOOD, entering, uptake, half)
    brought = entering * BLOOD.feed.sum()
    gone = (BLOOD.drain * found).sum() + taken(uptake, found, half).sum()
    assert gone == pytest.approx(brought, rel=1e-9, abs=1e-9)
    assert found.min() >= 0 and found.max() <= entering * (1 + 1e-9)


@given(seconds=some.floats(0.01, 20), half=some.just(np.inf) | some.floats(0.05, 2))
def test_a_step_keeps_the_balance(seconds, half):
    uptake = 2 * BLOOD.volume
    before = steady(BLOOD, 0.4, uptake, half)
    found = after(BLOOD, before, 1.0, uptake, seconds, half)
    gained = (BLOOD.volume * (found - before)).sum()
    passed = seconds * (BLOOD.feed.sum() - (BLOOD.drain * found).sum() - taken(uptake, found, half).sum())
    assert gained == pytest.approx(passed, rel=1e-9, abs=1e-6)


def test_without_uptake_blood_keeps_what_it_carries():
    found = steady(BLOOD, 3.0, np.zeros(len(SHEET)))
    assert found[BLOOD.out > 0] == pytest.approx(3.0, rel=1e-10)


def test_more_is_taken_where_blood_is_young_the_more_so_the_better_it_is_extracted():
    portal = SHEET.portal_share[BLOOD.order] > 0.6

    def preference(rate):
        got = taken(rate * BLOOD.volume, steady(BLOOD, 1.0, rate * BLOOD.volume))
        return got[portal].sum() / got.sum() / portal.mean()

    assert 1 < preference(0.1) < preference(1.0) < preference(10.0)
