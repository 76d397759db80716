"""Shapley shares: the axioms on any game, and the liver's own."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule.errors import InputError
from lobule.explore import attribute, shapley
from lobule.explore.attribution import REST

MOUSE = lb.Animal("mouse", injury="ccl4", weeks=2)
games = st.integers(1, 5).flatmap(lambda n: st.lists(st.floats(-10, 10), min_size=2**n, max_size=2**n))


def by_orders(values):
    """The definition: the mean over all orders of arrival of what a player adds."""
    n = len(values).bit_length() - 1
    shares = np.zeros(n)
    for order in itertools.permutations(range(n)):
        present = 0
        for player in order:
            shares[player] += values[present | 1 << player] - values[present]
            present |= 1 << player
    return shares / math.factorial(n)


@given(games)
def test_shares_follow_the_definition_and_add_up(values):
    values = np.array(values)
    shares = shapley(values)
    np.testing.assert_allclose(shares, by_orders(values), atol=1e-9)
    assert shares.sum() == pytest.approx(values[-1] - values[0], abs=1e-9)


@given(games, st.randoms())
def test_names_of_players_do_not_matter(values, random):
    values = np.array(values)
    n = len(values).bit_length() - 1
    order = list(range(n))
    random.shuffle(order)
    renamed = np.array([values[sum(1 << order[i] for i in range(n) if s >> i & 1)] for s in range(2**n)])
    np.testing.assert_allclose(shapley(renamed), shapley(values)[order], atol=1e-9)


def test_a_player_without_effect_gets_nothing():
    assert shapley(np.array([0.0, 0.0, 3.0, 3.0])).tolist() == [0.0, 3.0]


def test_a_game_needs_every_subset():
    with pytest.raises(InputError, match=r"2\^n subsets"):
        shapley(np.zeros(3))


@pytest.fixture(scope="module")
def shared_out():
    plan = lb.Plan("mir-122-loaded-ev", dose="1e10 particle", start="3 d", every="4 d", n=2)
    return attribute(MOUSE, plan, 14.0, outputs=("collagen_proportionate_area", "alt"), draws=2)


def test_shares_of_the_cargo_add_up_to_the_whole_effect(shared_out):
    sums = shared_out.table.groupby("output")["share"].sum()
    for output, whole in shared_out.total.items():
        assert sums[output] == pytest.approx(whole, abs=1e-9)
        assert whole < 0
    assert shared_out.table.groupby("output")["percent"].sum().to_numpy() == pytest.approx(100)
    assert set(shared_out.table["component"]) >= {"mir_122", REST}


def test_draws_give_ranges_to_the_leading_components(shared_out):
    leading = shared_out.table.groupby("output").head(1)
    assert np.all(leading["share_low"] < leading["share_high"])


def test_a_chart_has_a_panel_for_each_output(shared_out, tmp_path):
    folder = shared_out.save(tmp_path / "cargo")
    assert (folder / "attribution.svg").stat().st_size > 5000
    assert len((folder / "attribution.csv").read_text(encoding="utf-8").splitlines()) == 1 + len(shared_out.table)


def test_cells_act_by_more_than_their_vesicles():
    plan = lb.Plan("uc-msc", dose="1e6 cell", start="3 d")
    found = attribute(MOUSE, plan, 10.0, outputs=("tnf_alpha",))
    assert {"soluble factors", "growth factors", "eaten cells"} <= set(found.table["component"])
    assert found.total["tnf_alpha"] < 0


@pytest.mark.parametrize(
    ("plan", "arguments", "message"),
    [
        (lb.Plan("empty-vesicles", dose="1e10 particle"), {}, "carry nothing"),
        (lb.Care("beta-blocker"), {}, "no product"),
        (lb.Plan("uc-msc-ev", dose="1e10 particle"), {"outputs": ("albumine",)}, 'Did you mean "albumin"'),
        (lb.Plan("uc-msc-ev", dose="1e10 particle", when="alt > 80 U/L"), {}, "cannot be exported"),
    ],
)
def test_what_cannot_be_shared_out_is_refused(plan, arguments, message):
    with pytest.raises(InputError, match=message):
        attribute(MOUSE, plan, 10.0, **arguments)
