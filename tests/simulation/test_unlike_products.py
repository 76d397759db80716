"""Plans with more than one product of a kind."""

from dataclasses import replace

import numpy as np
import pytest

import lobule as lb
from lobule import engine
from lobule.errors import InputError
from lobule.explore.attribution import attribute
from lobule.model.export import export
from lobule.model.slots import MOST, ONE, Slots
from lobule.simulation.crowd import Crowd
from lobule.simulation.simulate import events_of
from lobule.simulation.treatment import Treatment
from lobule.therapy import Regimen, part_from

pytestmark = pytest.mark.science
MOUSE = lb.Animal("mouse", injury="ccl4", injury_dose="0.5 mL/kg", injury_every="3.5 d", duration="3 wk")
OUTPUTS = ("alt", "collagen_proportionate_area", "il_10", "tnf_alpha", "educated_share", "activated_stellate_fold",
           "msc_alive", "donor_immunity", "lung_plugs", "ev_in_spleen", "secreted_ev_in_macrophages")  # fmt: skip
TIGHT = 1e-8
DOSES = {"vesicles": "1e10 particle", "cells": "1e6 cell", "medium": "0.3 mL"}
TWICE = {"vesicles": "2e10 particle", "cells": "2e6 cell", "medium": "0.6 mL"}


def part(product, dose=None, **schedule):
    product = lb.products[product] if isinstance(product, str) else product
    return lb.Plan(product, dose or DOSES[product.kind], **({"start": "5 d", "every": "4 d", "n": 2} | schedule))


def course(plan, **options):
    return lb.simulate(MOUSE, plan, until="15 d", sample_every="12 h", rtol=TIGHT, outputs=OUTPUTS, **options)


def double(name):
    """The same product under another name, but for a last digit, so that it is held apart."""
    product = lb.products[name]
    component, copies = next((c, e) for c, e in product.cargo.items() if e.value > 0)
    other = replace(copies, value=copies.value * (1 + 1e-14), high=2 * copies.high)
    return replace(product, name=f"{name} again", cargo=product.cargo | {component: other})


def same(one, two, rel=1e-5):
    for name in OUTPUTS:
        np.testing.assert_allclose(two[name], one[name], rtol=rel, atol=1e-6 * max(1e-9, float(abs(one[name]).max())))


@pytest.mark.parametrize(
    "name", ["three-d-ev", "stellate-targeted-ev", "hgf-msc", "ifn-gamma-primed-msc", "uc-msc-medium"]
)
def test_two_slots_of_equal_products_are_one_product_with_both_doses(name):
    kind = lb.products[name].kind
    apart = [part(name), part(double(name))]
    assert Regimen.of(apart, MOUSE).slots != ONE
    same(course(part(name, TWICE[kind])), course(apart))


def test_a_payload_acts_by_its_own_strength_in_each_product():
    name = "stat3-sirna-ev"
    same(course(part(name, TWICE["vesicles"])), course([part(name), part(double(name))]))


@pytest.mark.parametrize("name", ["uc-msc-ev", "uc-msc"])
def test_one_product_in_two_parts_is_one_part_with_both_doses_and_takes_one_slot(name):
    kind = lb.products[name].kind
    parts = [part(name), part(name)]
    assert Regimen.of(parts, MOUSE).slots == ONE
    same(course(part(name, TWICE[kind])), course(parts))


def test_equal_products_of_two_names_share_a_slot():
    product = lb.products["uc-msc-ev"]
    regimen = Regimen.of([part(product), part(replace(product, name="the same, bought elsewhere"))], MOUSE)
    assert regimen.slots == ONE


@pytest.mark.parametrize(
    "names",
    [
        ("uc-msc-ev", "mir-223-loaded-ev"),
        ("uc-msc", "hypoxia-primed-msc"),
        ("uc-msc-ev", "stellate-targeted-ev", "uc-msc", "uc-msc-medium-without-ev"),
    ],
)
def test_the_order_of_the_parts_does_not_matter(names):
    parts = [part(name) for name in names]
    same(course(parts), course(parts[::-1]), rel=1e-6)


@pytest.mark.parametrize(("first", "second"), [("uc-msc-ev", "mir-223-loaded-ev"), ("uc-msc", "hgf-msc")])
def test_a_second_product_at_dose_0_changes_nothing(first, second):
    kind = lb.products[second].kind
    nothing = "0 particle" if kind == "vesicles" else "0 cell"
    same(course(part(first)), course([part(first), part(second, nothing)]), rel=1e-6)
    same(course(part(first)), course([part(second, nothing), part(first)]), rel=1e-6)


def test_empty_vesicles_beside_native_ones_take_nothing_from_them_at_a_usual_dose():
    native, both = course(part("uc-msc-ev")), course([part("uc-msc-ev"), part("empty-vesicles")])
    np.testing.assert_allclose(both["collagen_proportionate_area"], native["collagen_proportionate_area"], rtol=0.02)


def test_each_product_is_told_apart_and_the_usual_name_is_the_sum():
    run = lb.simulate(MOUSE, [part("uc-msc-ev"), part("mir-223-loaded-ev", "2e10 particle")], until="10 d")
    whole = sum(run[f"ev_in_macrophages_of_product_{slot}"] for slot in (1, 2))
    np.testing.assert_allclose(run["ev_in_macrophages"], whole)
    ratio = run["ev_in_macrophages_of_product_2"][-1] / run["ev_in_macrophages_of_product_1"][-1]
    assert float(ratio) == pytest.approx(2, rel=1e-4)
    assert run["ev_in_macrophages_of_product_2"].attrs["long_name"].endswith("of mir-223-loaded-ev")
    numbers = [row["product_number"] for row in run.record["plan"]]
    assert numbers == [1, 2]
    assert run.record["parameters"]["mir_223_copies_per_particle_of_product_2"] == 5
    assert float(run.control["ev_in_macrophages_of_product_2"].max()) == 0


def test_what_only_one_of_two_products_carries_is_in_the_budget():
    empty = lb.products["empty-vesicles"]
    run = lb.simulate(MOUSE, [part(empty), part("stat3-sirna-ev")], until="7 d")
    assert "payload" in set(run.copy_budget()["path"])


def test_taking_a_component_out_takes_it_out_of_every_product():
    parts = [part("uc-msc-ev"), part("mir-223-loaded-ev")]
    run = lb.simulate(MOUSE, parts, until="10 d", without="mir_223")
    assert float(run["mir_223_per_macrophage"].max()) == 0
    assert float(run["mir_21_per_macrophage"].max()) > 0


def test_an_experiment_on_a_state_of_products_holds_it_for_each():
    parts = [part("uc-msc-ev"), part("mir-223-loaded-ev")]
    run = lb.simulate(MOUSE, parts, until="10 d", without="ev_in_macrophages")
    assert float(run["ev_in_macrophages"].max()) == 0
    assert float(run["ev_in_sinusoids"].max()) > 0
    with pytest.raises(InputError, match="ev_in_macrophages cannot be kept at 1: each of the unlike products"):
        lb.simulate(MOUSE, parts, until="10 d", clamp={"ev_in_macrophages": 1})


def test_products_that_differ_only_in_what_one_leaves_unsaid_are_apart():
    """Cells that set no priming are as usual, also beside cells that do."""
    regimen = Regimen.of([part("bm-msc"), part("hypoxia-primed-msc")], MOUSE)
    assert regimen.slots == Slots(cells=2)
    found = regimen.parameters()
    assert found.get("msc_priming", 1.0) == 1.0
    assert found["msc_priming_of_product_2"] == lb.products["hypoxia-primed-msc"].sets["msc_priming"].value != 1.0


def test_more_unlike_products_of_a_kind_than_a_run_holds_are_refused_in_one_sentence():
    many = ["uc-msc-ev", "mir-223-loaded-ev", "mir-122-loaded-ev", "mir-17-loaded-ev", "mir-181-loaded-ev"]
    assert len(many) == MOST + 1
    with pytest.raises(
        InputError, match="a plan holds at most 4 unlike products of infused vesicles; mir-181-loaded-ev"
    ):
        Regimen.of([part(name) for name in many], MOUSE)


def test_cells_and_vesicles_with_unlike_payloads_are_refused():
    loaded, sirna = lb.products["uc-msc"], lb.products["stat3-sirna-ev"]
    other = replace(sirna.sets["payload_stellate_cell_activation_brake"], value=0.4)
    loaded = replace(loaded, name="loaded cells", cargo=loaded.cargo | {"payload": sirna.cargo["payload"]},
                     sets=loaded.sets | {"payload_stellate_cell_activation_brake": other})  # fmt: skip
    with pytest.raises(InputError, match="loaded cells and stat3-sirna-ev cannot be given in one plan: their payloads"):
        Regimen.of([part(sirna), part(loaded)], MOUSE)


def test_a_dose_on_condition_of_one_of_two_products_is_looked_at():
    parts = [part("uc-msc-ev"), part("mir-223-loaded-ev", when="alt > 1e6 U/L")]
    run = lb.simulate(MOUSE, parts, until="15 d", outputs=OUTPUTS, rtol=TIGHT, sample_every="12 h")
    assert [row["given_at_d"] for row in run.record["plan"]] == [[5.0, 9.0], []]
    same(course(part("uc-msc-ev")), run, rel=1e-6)


def test_subjects_under_unlike_plans_are_solved_side_by_side_each_by_its_model():
    days = [10.0, 15.0]
    plans = [None, part("uc-msc-ev"), [part("uc-msc-ev"), part("mir-223-loaded-ev")]]
    crowd = Crowd()
    groups = [crowd.add(MOUSE, days, plan) for plan in plans]
    together = crowd.solve(["alt", "collagen_proportionate_area"])
    for plan, group in zip(plans, groups, strict=True):
        alone = Crowd()
        own = alone.add(MOUSE, days, plan)
        found = alone.solve(["alt", "collagen_proportionate_area"])
        np.testing.assert_array_equal(together.all_values(group), found.all_values(own))


def test_factors_of_members_reach_the_constants_of_every_product():
    crowd = Crowd()
    plan = [part("uc-msc-ev", route="hydrogel"), part("mir-223-loaded-ev", route="hydrogel")]
    group = crowd.add(MOUSE, [10.0], plan, n=2, factors=[{"hydrogel_release_rate": np.array([1.0, 3.0])}])
    usual, other = group.constants["hydrogel_release_rate"], group.constants["hydrogel_release_rate_of_product_2"]
    np.testing.assert_allclose(np.asarray(other), np.asarray(usual))
    assert usual[1] == pytest.approx(3 * usual[0])


def test_a_patient_of_a_trial_starts_with_what_is_there_of_no_product():
    """Initial states by their usual names, as trials have them."""
    regimen = Regimen.of([part("uc-msc-ev"), part("mir-223-loaded-ev")], MOUSE)
    from lobule.model.parameters import values_for

    crowd = Crowd()
    values = values_for("mouse") | MOUSE.parameters() | regimen.parameters()
    group = crowd.add_lanes(2, [5.0, 10.0], values, initial={"ev_in_plasma": np.array([0.0, 1.0]), "alt": 60.0},
                            treatments=[Treatment.of(regimen, 0.0)])  # fmt: skip
    found = crowd.solve(["alt", "ev_cleared"]).values(group, "ev_cleared")
    assert found[1, 0] - found[0, 0] == pytest.approx(1.0, rel=1e-3)


def test_a_plan_is_made_again_from_the_record_of_its_run():
    parts = [part("uc-msc-ev"), part("mir-223-loaded-ev")]
    run = lb.simulate(MOUSE, parts, until="7 d", outputs=["alt"])
    assert [part_from(row) for row in run.record["plan"]] == parts


def test_the_exported_model_has_every_product_and_gives_the_same_numbers(tmp_path):
    parts = [part("uc-msc-ev", start="1 d"), part("mir-223-loaded-ev", start="1 d"), part("uc-msc", start="2 d"),
             part("hgf-msc", start="2 d")]  # fmt: skip
    run = lb.simulate(MOUSE, parts, until="8 d", sample_every="1 d", rtol=TIGHT)
    path = export(tmp_path / "model.xml", "mouse", *events_of(MOUSE, parts))
    again = engine.compile(path).solve(times=[0.0, 8.0], outputs=OUTPUTS, rtol=TIGHT)
    for name in OUTPUTS:
        assert float(again[name][0, -1]) == pytest.approx(float(run[name][-1]), rel=1e-5, abs=1e-9), name


def test_shares_of_the_cargo_take_a_component_from_every_product():
    output, parts = "activated_stellate_fold", [part("empty-vesicles"), part("stat3-sirna-ev")]
    one, other = (attribute(MOUSE, some, 8.0, outputs=[output]) for some in (parts, parts[::-1]))
    table, again = (found.table.set_index("component")["share"] for found in (one, other))
    assert table.sum() == pytest.approx(one.total[output], rel=1e-6)
    assert table["payload"] != 0
    assert again["payload"] == pytest.approx(table["payload"], rel=1e-3)
