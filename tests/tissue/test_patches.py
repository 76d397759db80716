"""Patches: they fill the sheet, nothing is lost between them, each state of the model has a place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from lobule import model
from lobule.model.parameters import values_for
from lobule.tissue.exchange import PLACES, Exchange, places
from lobule.tissue.flow import conductances, flow
from lobule.tissue.geometry import Plan, sheet
from lobule.tissue.patches import Spread, downstream_of, patches
from lobule.tissue.transport import blood_age
from lobule.tissue.zones import PROFILES, factors, of_species, tissue_parameters, zonation

SHEET = sheet(Plan(lobules=7, radius=285.0, cell=23.0, central_vein=32.0, portal_tract=24.0), 1)
BLOOD = flow(SHEET, conductances(SHEET, 0.3, 2), 0.1, 0.13)
DOWNSTREAM = downstream_of(SHEET, blood_age(BLOOD))
PARTS = patches(SHEET, DOWNSTREAM, 6, 6)


def test_every_state_of_the_model_has_a_place_and_every_row_a_state():
    assert set(places().index) == set(model.compiled("mouse").states)
    assert set(places()["place"]) == set(PLACES)


def test_what_moves_or_spreads_has_a_reach_and_nothing_else_has():
    reaching = places()["place"].isin(["moves", "spreads"])
    assert (places()["reach"].notna() == reaching).all()


def test_what_spreads_names_its_clearance():
    spreading = places()[places()["place"] == "spreads"]
    assert set(spreading["clearance"]) <= set(values_for("mouse"))


def test_constants_that_are_zoned_are_those_of_the_model():
    assert set(zonation().index) <= set(model.compiled("mouse").constants)
    assert set(zonation()["profile"]) <= set(PROFILES)


def test_every_measure_lies_in_its_range_and_says_where_it_is_from():
    table = tissue_parameters()
    for species in ("mouse", "rat", "human"):
        assert ((table["low"] <= table[species]) & (table[species] <= table["high"])).all()
    assert set(table["grade"]) <= {"assumed", "measured", "derived", "calibrated"}
    assert table.loc[table["grade"] != "assumed", "source"].notna().all()


def test_patches_fill_the_sheet_and_downstream_is_a_share_of_it():
    assert PARTS.areas.sum() == pytest.approx(SHEET.areas.sum())
    third = SHEET.areas[DOWNSTREAM < 1 / 3].sum() / SHEET.areas.sum()
    assert third == pytest.approx(1 / 3, abs=0.02)


def test_values_of_patches_come_to_places_without_leaving_their_range():
    values = np.random.default_rng(1).random(len(PARTS))
    at = PARTS.at_places(values)
    assert values.min() <= at.min() and at.max() <= values.max()
    assert PARTS.at_places(np.ones(len(PARTS))) == pytest.approx(1.0)


def test_factors_keep_the_mean_of_the_sheet():
    for constant, factor in factors(PARTS, DOWNSTREAM, SHEET.areas, of_species("mouse")).items():
        power = float(zonation().loc[constant, "power"])
        assert PARTS.mean(factor ** (1 / power)) == pytest.approx(1.0), constant


@given(reach=some.floats(1, 400), seed=some.integers(0, 50))
def test_evening_out_loses_nothing_and_makes_nothing_worse(reach, seed):
    before = np.random.default_rng(seed).random(len(PARTS))
    found = Spread(PARTS, reach)(before)
    assert PARTS.mean(found) == pytest.approx(PARTS.mean(before))
    assert before.min() - 1e-12 <= found.min() and found.max() <= before.max() + 1e-12


@given(seed=some.integers(0, 50))
def test_what_is_drawn_gathers_there_and_none_is_lost(seed):
    draws = np.random.default_rng(seed).random(len(PARTS)) + 0.1
    found = Spread(PARTS, 1e5, draws)(np.ones(len(PARTS)))
    assert found == pytest.approx(draws / PARTS.mean(draws), rel=0.01)
    assert PARTS.mean(Spread(PARTS, 50.0, draws)(draws)) == pytest.approx(PARTS.mean(draws))


@given(seed=some.integers(0, 50), days=some.floats(0.001, 2))
def test_an_exchange_keeps_every_total_and_gives_the_body_the_means(seed, days):
    states = tuple(model.compiled("mouse").states)
    random = np.random.default_rng(seed)
    before = {name: random.random(len(PARTS) + 1) + 0.1 for name in states}
    constants = {name: np.full(2, value) for name, value in values_for("mouse").items()}
    found = Exchange(PARTS, states, constants)(before, days)
    for name in states:
        place = places().loc[name, "place"]
        if place == "body":
            assert (found[name] == before[name][-1]).all(), name
        else:
            assert PARTS.mean(found[name][:-1]) == pytest.approx(PARTS.mean(before[name][:-1])), name
            assert found[name][-1] == pytest.approx(PARTS.mean(found[name][:-1])), name
        if place in ("blood", "body"):
            assert np.ptp(found[name]) == pytest.approx(0.0), name
