"""Where vesicles and cells go: exact balances, closed forms, and what a label shows."""

import numpy as np
import pytest
from scipy.linalg import expm

import lobule as lb
from lobule import model
from lobule.engine import EventTable
from lobule.errors import InputError
from lobule.model.parameters import values_for
from lobule.simulation.biodistribution import LABELS, _lagged, biodistribution
from lobule.simulation.courses import run_courses
from lobule.therapy.plan import ROUTES

MOUSE = lb.Animal("mouse")
EV = lb.Plan("uc-msc-ev", dose="1e9 particle")
CELLS = lb.Plan("uc-msc", dose="1e6 cell")


def linear_part(states, reactions):
    """Rate matrix of first-order reactions {(from, to): rate}."""
    matrix = np.zeros((len(states), len(states)))
    for (source, target), rate in reactions.items():
        matrix[states.index(source), states.index(source)] -= rate
        if target is not None:
            matrix[states.index(target), states.index(source)] += rate
    return matrix


def test_vesicle_kinetics_are_the_matrix_exponential_of_their_rates():
    """In a healthy animal at a small dose every rate is constant."""
    v = values_for("mouse")
    states = ["ev_in_plasma", "ev_in_sinusoids", "ev_in_macrophages", "ev_in_lung", "ev_in_spleen", "ev_in_kidney",
              "ev_elsewhere"]  # fmt: skip
    reactions = {
        ("ev_in_plasma", "ev_in_sinusoids"): v["ev_liver_rate"],
        ("ev_in_plasma", "ev_in_lung"): v["ev_lung_rate"],
        ("ev_in_plasma", "ev_in_spleen"): v["ev_spleen_rate"],
        ("ev_in_plasma", "ev_in_kidney"): v["ev_kidney_rate"],
        ("ev_in_plasma", "ev_elsewhere"): v["ev_elsewhere_rate"],
        ("ev_in_sinusoids", "ev_in_plasma"): v["ev_washout_rate"],
        ("ev_in_sinusoids", "ev_in_macrophages"): v["ev_macrophage_uptake"],
        **{(organ, None): v["ev_degradation_rate"] for organ in states[2:]},
    }
    matrix = linear_part(states, reactions)
    matrix[1, 1] -= v["ev_endothelium_uptake"] + v["ev_hepatocyte_uptake"] + v["ev_stellate_uptake"]
    times = np.array([0.0, 0.001, 0.01, 0.1, 1.0])
    events = EventTable([(0, 0.0, "ev_in_plasma", "add", 1e-6)])
    found = model.compiled("mouse").solve({}, None, events, times, rtol=1e-9, outputs=states).y[0]
    for i, t in enumerate(times[1:], start=1):
        np.testing.assert_allclose(found[i], expm(matrix * t)[:, 0] * 1e-6, rtol=1e-6, atol=1e-15)


def test_cell_kinetics_are_the_matrix_exponential_of_their_rates():
    v = values_for("human")
    states = ["msc_in_blood", "msc_in_lung", "msc_in_liver", "msc_in_spleen", "msc_elsewhere", "msc_debris_in_lung"]
    death = v["msc_death_rate"]
    reactions = {
        ("msc_in_blood", "msc_in_lung"): v["msc_lung_rate"],
        ("msc_in_blood", "msc_in_liver"): v["msc_liver_rate"],
        ("msc_in_blood", "msc_in_spleen"): v["msc_spleen_rate"],
        ("msc_in_blood", "msc_elsewhere"): v["msc_elsewhere_rate"],
        ("msc_in_lung", "msc_in_blood"): v["msc_lung_release_rate"],
        ("msc_in_lung", "msc_debris_in_lung"): death,
        ("msc_debris_in_lung", None): v["debris_release_rate"],
        ("msc_in_spleen", None): death,
        ("msc_elsewhere", None): death,
    }
    matrix = linear_part(states, reactions)
    matrix[0, 0] -= death
    matrix[2, 2] -= death + v["msc_differentiation_rate"]
    events = EventTable([(0, 0.0, "msc_in_blood", "add", 1e-9)])
    values = {name: np.array([value]) for name, value in v.items()}
    found = model.compiled("mouse").solve(values, None, events, [0.0, 0.01, 1.0, 5.0], rtol=1e-9, outputs=states).y[0]
    for i, t in enumerate((0.01, 1.0, 5.0), start=1):
        np.testing.assert_allclose(found[i], expm(matrix * t)[:, 0] * 1e-9, rtol=1e-5, atol=1e-17)


@pytest.mark.parametrize("label", [name for name in LABELS if name != "viable cells"])
def test_no_organ_has_less_than_nothing_and_all_add_up_to_the_dose(label):
    table = biodistribution(MOUSE, EV, label).set_index("organ")
    assert (table.to_numpy() >= -1e-6).all()
    np.testing.assert_allclose(table.sum(), 1.0, atol=1e-9)


def test_a_dye_stays_in_blood_long_after_the_vesicles():
    """pk-K054 against pk-K059: the label explains most of the spread of published half-lives."""
    dye, intact = (
        biodistribution(MOUSE, EV, label).set_index("organ").loc["plasma", "4 h"] for label in ("dye", "intact")
    )
    assert dye > 0.1
    assert intact < 0.001


def test_a_residualising_label_outlasts_the_vesicles_in_the_liver():
    seen, intact = (biodistribution(MOUSE, EV, label).set_index("organ").loc["liver", "72 h"]
                    for label in ("indium", "intact"))  # fmt: skip
    assert seen > 100 * intact


def test_label_of_cells_is_not_life():
    """pk-K091: no living cell leaves the mouse lung; label is found in liver and spleen."""
    alive = biodistribution(MOUSE, CELLS, "viable cells").set_index("organ")
    label = biodistribution(MOUSE, CELLS, "indium").set_index("organ")
    assert alive.loc["liver", "72 h"] < 0.02 < label.loc["liver", "72 h"]


def test_the_lag_is_exact_for_a_ramp():
    times = np.array([0.0, 0.3, 1.0, 2.5])
    exact = 2 / 3 * times - 2 / 9 * (1 - np.exp(-3 * times))
    np.testing.assert_allclose(_lagged(times, 2 * times, 3.0), exact, atol=1e-12)


@pytest.mark.parametrize(
    ("plan", "label", "message"),
    [
        (EV, "dyes", 'Did you mean "dye"'),
        (EV, "viable cells", "does not fit vesicles"),
        (CELLS, "luciferase", "does not fit cells"),
        (lb.Plan("uc-msc-medium", dose="0.5 mL"), "dye", "not conditioned medium"),
        (lb.Plan("uc-msc-ev", dose="1 ug", every="1 d", n=2), "dye", "one dose, not 2"),
    ],
)
def test_wrong_tracer_studies_are_refused(plan, label, message):
    with pytest.raises(InputError, match=message):
        biodistribution(MOUSE, plan, label)


EVERYWHERE = {  # every place of what was infused; together they are the dose
    "vesicles": (*(name for name in model.compiled("mouse").states if name.startswith("ev_")),),
    "cells": (*(name for name in model.compiled("mouse").states if name.startswith("msc_")), "hepatocyte_like_cells"),
}
NO_AMOUNTS = {"msc_factor", "msc_growth_factor"}


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
@pytest.mark.parametrize(
    ("kind", "product", "dose"), [("vesicles", "uc-msc-ev", "1e9 particle"), ("cells", "uc-msc", "1e6 cell")]
)
def test_what_is_given_is_in_organs_or_cleared_at_every_time_by_every_route(species, kind, product, dose):
    subject = lb.Patient() if species == "human" else lb.Animal(species)
    times = np.concatenate([[0.0], np.geomspace(1e-4, 20.0, 60)])
    plans = {route: lb.Plan(product, dose=dose, route=route) for route in ROUTES[kind]}
    courses = run_courses(dict.fromkeys(plans, subject), subject.history_days + times, plans=plans, rtol=1e-9)
    given = plans["iv"].amount(subject.body_weight_g).value / 1e9
    for route in plans:
        names = [name for name in EVERYWHERE[kind] if name not in NO_AMOUNTS]
        somewhere = np.sum([courses(route, name) for name in names], axis=0)
        np.testing.assert_allclose(somewhere[1:], given, rtol=1e-6, err_msg=route)
