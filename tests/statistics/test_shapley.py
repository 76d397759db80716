"""Shapley values: the definition by all orders of arrival, and the axioms, on any game."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.statistics.shapley import shapley

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
