"""Negative controls do what they must: nothing, or less than the product they are the control of."""

import pytest

import lobule as lb

pytestmark = pytest.mark.science
MOUSE = lb.Animal("mouse", injury="ccl4", injury_dose="0.5 mL/kg", injury_every="3.5 d", duration="3 wk")
DOSES = {"vesicles": "1e10 particle", "cells": "1e6 cell", "medium": "1e6 cell"}
OUTPUTS = ("collagen_proportionate_area", "alt", "tnf_alpha", "il_10")
INERT = ["empty-vesicles", "fibroblast-ev", "heat-killed-uc-msc", "fixed-uc-msc", "fibroblast-medium"]
KNOCKED_OUT = ["gpx1-knock-out-ev", "mir-223-knock-out-ev", "hgf-knock-out-msc"]


def changes(name, reading="published"):
    """{output: treated over untreated, less 1}"""
    plan = lb.Plan(name, DOSES[lb.products[name].kind], start="7 d", every="5 d", n=2)
    run = lb.simulate(MOUSE, plan, until="20 d", sample_every="1 d", outputs=OUTPUTS, reading=reading)
    return {output: float(run[output][-1] / run.control[output][-1]) - 1 for output in OUTPUTS}


@pytest.mark.parametrize("reading", ["published", "counted"])
@pytest.mark.parametrize("name", INERT)
def test_an_inert_control_changes_nothing_that_is_measured(name, reading):
    assert changes(name, reading) == pytest.approx(dict.fromkeys(OUTPUTS, 0), abs=0.01)


@pytest.mark.parametrize("name", KNOCKED_OUT)
def test_a_product_without_a_component_does_less_than_with_it(name):
    less, whole = changes(name), changes(lb.products[name].control_of)
    weaker = [output for output in OUTPUTS if abs(less[output]) < abs(whole[output])]
    assert "collagen_proportionate_area" in weaker or "alt" in weaker
    assert max(abs(less[output]) / abs(whole[output]) for output in OUTPUTS) < 1.05


def test_a_plan_of_a_product_and_its_controls_holds_all_of_them():
    parts = [
        lb.Plan(name, "1e10 particle", start="7 d") for name in ("uc-msc-ev", "empty-vesicles", "gpx1-knock-out-ev")
    ]
    run = lb.simulate(MOUSE, parts, until="10 d", sample_every="1 d")
    assert [row["product_number"] for row in run.record["plan"]] == [1, 2, 3]


def test_dead_cells_are_debris_from_the_beginning_and_do_not_sensitise():
    plan = lb.Plan("heat-killed-uc-msc", "1e6 cell", start="1 d", every="3 d", n=2)
    run = lb.simulate(lb.Animal("mouse"), plan, until="8 d", sample_every="6 h")
    assert float(run["msc_alive"].max()) == 0
    assert float(run["msc_debris_in_lung"].max()) > 0
    assert float(run["donor_immunity"].max()) == 0
