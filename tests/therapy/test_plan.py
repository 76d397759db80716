"""Plans: doses in every unit, schedules, and what is refused."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule.errors import InputError
from lobule.therapy import ROUTES
from lobule.therapy.plan import Dose, a_plan


@pytest.mark.parametrize(
    ("dose", "particles"),
    [("1e10 particle", 1e10), ("4e11 particles/kg", 1e10), ("4e8 particle/g", 1e10), ("2.5e9particle", 2.5e9)],
)
def test_a_dose_in_particles_is_certain(dose, particles):
    given = lb.Plan("uc-msc-ev", dose=dose).amount(25)
    assert (given.value, given.low, given.high) == pytest.approx((particles,) * 3)
    assert given.certain


@pytest.mark.parametrize(("dose", "ug"), [("100 ug", 100), ("0.1 mg", 100), ("4 mg/kg", 100), ("4 ug/g", 100)])
def test_a_dose_in_protein_is_a_range_of_particles(dose, ug):
    given = lb.Plan("uc-msc-ev", dose=dose).amount(25)
    assert (given.low, given.high) == pytest.approx((ug * 1e9, ug * 5e10))
    assert given.value == pytest.approx((given.low * given.high) ** 0.5, rel=0.01)  # the geometric mean


@pytest.mark.parametrize(
    ("product", "dose", "value", "unit"),
    [
        ("uc-msc", "1e6 cell", 1e6, "cells"),
        ("uc-msc", "1e6 cell/kg", 2.5e4, "cells"),
        ("uc-msc-ev", "1e6 cells", 2.5e9, "particles"),
        ("uc-msc-medium", "0.5 mL", 5e4, "cells"),
        ("uc-msc-medium", "1e6 cell", 1e6, "cells"),
    ],
)
def test_doses_of_cells_and_medium(product, dose, value, unit):
    given = lb.Plan(product, dose=dose).amount(25)
    assert (given.value, given.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"product": "uc-msc-exo"}, 'Did you mean "uc-msc-ev"'),
        ({"route": "iv drip"}, "Known: hepatic artery, hydrogel, intrahepatic"),
        ({"dose": "3 mmol"}, 'the unit "mmol" does not fit'),
        ({"dose": "1e10"}, "has no unit"),
        ({"dose": "-1e10 particle"}, "is negative"),
        ({"dose": "1e999 particle"}, "not a finite number"),
        ({"dose": 1e10}, "is not a quantity"),
        ({"dose": "9**9**9 particle"}, "is not a quantity"),
        ({"n": 3}, "time between"),
        ({"n": 0}, "whole number from 1"),
        ({"n": True}, "whole number from 1"),
        ({"n": 2.5}, "whole number from 1"),
        ({"n": 2, "every": "0 d"}, "at least a minute"),
        ({"every": "3 furlongs"}, "does not fit here"),
        ({"start": "2026-01-01"}, "is not a quantity"),
        ({"product": "uc-msc", "dose": "1e10 particle"}, 'the unit "particle" does not fit'),
        ({"product": "uc-msc-medium", "dose": "1 mL", "route": "hydrogel"}, 'no route "hydrogel" for uc-msc-medium'),
        ({"product": "targeted-nanoparticle", "dose": "1e6 cell"}, "dose it in particles"),
        ({"over": "0 h"}, "must be above 0"),
        ({"over": "2 d", "every": "1 d", "n": 2}, "no longer than the time between"),
        ({"when": "alt is high"}, "is not a condition"),
        ({"when": "alta > 80 U/L"}, 'Did you mean "alt"'),
        ({"when": "alt > 80 mg"}, "alt is in U/L or ukat/L or nkat/L, not in mg"),
    ],
)
def test_wrong_plans_are_refused_in_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        lb.Plan(**({"product": "uc-msc-ev", "dose": "1e10 particle"} | arguments))


def test_more_vesicles_than_plasma_can_hold_are_refused():
    with pytest.raises(InputError, match=r"plasma of a subject of 25 g; at most 1\.4e"):
        lb.Plan("uc-msc-ev", dose="1e20 particle").amount(25)
    with pytest.raises(InputError, match="cells can be given at once"):
        lb.Plan("uc-msc", dose="1e10 cell").amount(25)
    with pytest.raises(InputError, match="more than the plasma"):
        lb.Plan("uc-msc-medium", dose="2 mL").amount(25)


@given(st.text(max_size=30))
def test_any_text_as_dose_is_a_dose_or_an_input_error(text):
    with contextlib.suppress(InputError):
        lb.Plan("uc-msc-ev", dose=text)


@given(st.integers(1, 50), st.floats(0, 100), st.floats(0.01, 30))
def test_schedule_has_n_doses_evenly_apart(n, start, gap):
    times = lb.Plan("uc-msc-ev", dose="1 ug", start=f"{start} d", every=f"{gap} d", n=n).times()
    assert len(times) == n
    assert times[0] == start
    assert all(b - a == pytest.approx(gap) for a, b in itertools.pairwise(times))


def test_explain_shows_every_dose_and_the_conversion():
    text = lb.Plan("uc-msc-ev", dose="250 ug", route="intrahepatic", start="42 d", every="7 d", n=2).explain(25)
    assert "day 42" in text
    assert "day 49" in text
    assert "2.5e+11 to 1.2e+13" in text


def test_a_plan_survives_its_plain_form():
    plan = lb.Plan("uc-msc-ev", dose="250 ug", every="1 wk", n=2)
    assert lb.Plan(**plan.to_dict()) == plan


def test_routes_lead_to_states_of_the_model_and_spend_the_whole_dose():
    from lobule import model

    states = set(model.compiled("mouse").states)
    cleared_there = {("medium", "intraperitoneal"): 0.4}  # vesicles of medium that the peritoneum clears
    for kind, routes in ROUTES.items():
        for route, shares in routes.items():
            assert set(shares) <= states
            assert sum(shares.values()) == pytest.approx(1 - cleared_there.get((kind, route), 0))


CELL_PRODUCTS = [name for name in lb.products if lb.products[name].kind == "cells"]


@pytest.mark.parametrize("route", ROUTES["cells"])
@pytest.mark.parametrize("product", CELL_PRODUCTS)
def test_every_cell_given_is_somewhere_the_living_apart_from_the_dead(product, route):
    plan = lb.Plan(product, dose="1e6 cell", route=route, start="2 d")
    rows = plan.events(1e6, plan.times(), {}, 4)
    living = {row.target: row.value for row in rows if "debris" not in row.target and row.target != "msc_cleared"}
    dead = {row.target: row.value for row in rows if row.target not in living}
    alive = lb.products[product].viability.value
    assert 0.5 < alive < 1 or lb.products[product].control_of
    assert living == pytest.approx({state: alive * share * 1e-3 for state, share in ROUTES["cells"][route].items()})
    assert sum(dead.values()) == pytest.approx((1 - alive) * 1e-3)
    where = {"msc_in_blood": "msc_debris_in_lung", "msc_in_portal_blood": "msc_debris_in_liver",
             "msc_in_liver": "msc_debris_in_liver", "msc_in_spleen": "msc_debris_in_spleen",
             "msc_in_depot": "msc_cleared"}  # fmt: skip
    assert dead == pytest.approx({where[s]: (1 - alive) * v * 1e-3 for s, v in ROUTES["cells"][route].items()})
    assert {(row.patient, row.time, row.kind) for row in rows} == {(4, 2.0, "add")}


def test_an_infusion_gives_the_same_amount_over_its_length():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", over="6 h", every="1 d", n=2)
    rows = plan.events(1e10, plan.times(), {}, 0)
    assert [(row.time, row.kind, row.value) for row in rows] == [
        (0.0, "infuse", pytest.approx(40.0)), (0.25, "infuse", pytest.approx(-40.0)),
        (1.0, "infuse", pytest.approx(40.0)), (1.25, "infuse", pytest.approx(-40.0)),
    ]  # fmt: skip


def test_medium_gives_the_vesicles_of_its_cells_and_days_of_their_output():
    values = {"kupffer_cell_density": 2.0, "liver_mass_fraction": 0.05, "body_weight": 20.0,
              "msc_factor_clearance": 3.0, "msc_growth_factor_clearance": 5.0}  # fmt: skip
    medium = lb.products["uc-msc-medium"]
    plan = lb.Plan("uc-msc-medium", dose="1e6 cell", route="intraperitoneal")
    rows = {row.target: row.value for row in plan.events(1e6, [0.0], values, 0)}
    output = 1e-3 / 2.0 * medium.collection_days.value  # Kupffer cells: 2 x 0.05 x 20
    assert rows == pytest.approx({
        "secreted_ev_in_plasma": 0.6e-3 * medium.particles_per_cell.value,
        "msc_factor": 3.0 * output, "msc_growth_factor": 5.0 * output,
    })  # fmt: skip


VOLUME = "whose volume would be over a tenth of the plasma of a subject of 25 g"


@pytest.mark.parametrize(
    ("product", "dose", "most", "words"),
    [
        ("uc-msc-ev", "1e20 particle", "1.4e+14 particles", f'a dose of "1e20 particle" is 1e+20 particles, {VOLUME}'),
        ("uc-msc", "1e10 cell", "3.3e+07 cells", f'a dose of "1e10 cell" is 1e+10 cells, {VOLUME}'),
        ("uc-msc-medium", "2 mL", "1 mL",
         'a dose of "2 mL" is 2 mL, more than the plasma of a subject of 25 g'),
    ],
)  # fmt: skip
def test_the_most_that_can_be_given_is_said(product, dose, most, words):
    with pytest.raises(InputError) as refused:
        lb.Plan(product, dose=dose).amount(25)
    assert str(refused.value) == f"{words}; at most {most} can be given at once"
    number, unit = most.split()
    lb.Plan(product, dose=f"{0.97 * float(number)} {unit}").amount(25)
    with pytest.raises(InputError, match="at once"):
        lb.Plan(product, dose=f"{1.05 * float(number)} {unit}").amount(25)


def test_medium_counted_in_cells_has_no_volume_to_refuse():
    assert lb.Plan("uc-msc-medium", dose="1e9 cell").amount(25) == Dose(1e9, 1e9, 1e9, "cells")
    assert (
        lb.Plan("uc-msc-medium", dose="4 mL/kg").amount(25).value
        == lb.Plan("uc-msc-medium", dose="0.1 mL").amount(25).value
    )


def test_a_plan_is_told_in_full():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", start="1 d", every="2 d", n=2, over="1 h", when="alt > 80 U/L")
    assert plan.explain(25).splitlines() == [
        f"uc-msc-ev: {lb.products['uc-msc-ev'].title}",
        "1e10 particle iv, 2 planned, over 1 h, each given only when alt > 80 U/L",
        "  planned 1    day 1        1e+10 particles",
        "  planned 2    day 3        1e+10 particles",
    ]
    assert plan.to_dict() == {
        "product": "uc-msc-ev", "dose": "1e10 particle", "route": "iv", "start": "1 d", "every": "2 d", "n": 2,
        "over": "1 h", "when": "alt > 80 U/L",
    }  # fmt: skip
    assert (plan.name, plan.kind) == ("uc-msc-ev", "vesicles")
    assert plan.parameters() == lb.products["uc-msc-ev"].parameters()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"n": 1001, "every": "1 d"}, "n must be a whole number from 1 to 1000, not 1001"),
        ({"n": 3}, '3 doses need the time between them: every="7 d"'),
        ({"n": 2, "every": "0 d"}, 'the time between doses must be at least a minute, not "0 d"'),
        ({"over": "0 h"}, 'over "0 h" must be above 0 and no longer than the time between doses'),
        (
            {"over": "2 d", "every": "1 d", "n": 2},
            'over "2 d" must be above 0 and no longer than the time between doses',
        ),
    ],
)
def test_schedules_that_contradict_themselves_are_refused_word_for_word(arguments, sentence):
    with pytest.raises(InputError) as refused:
        lb.Plan(**({"product": "uc-msc-ev", "dose": "1e10 particle"} | arguments))
    assert str(refused.value) == sentence


def test_schedules_at_their_edges_are_taken():
    assert len(lb.Plan("uc-msc-ev", dose="1 ug", every="1 d", n=1000).times()) == 1000
    assert lb.Plan("uc-msc-ev", dose="1 ug", every="1 d", n=2, over="1 d").over == "1 d"
    assert lb.Plan("uc-msc-ev", dose="1 ug").times() == [0.0]


def test_what_is_no_plan_is_told_with_its_argument():
    plan = lb.Plan("uc-msc-ev", dose="1 ug")
    assert a_plan(plan, "plan") is plan
    with pytest.raises(InputError) as refused:
        a_plan("uc-msc-ev", "treatment")
    assert str(refused.value) == "treatment must be a Plan, not str" and refused.value.field == ("treatment",)


@pytest.mark.parametrize(
    ("route", "means"), [("IV", "iv"), ("tail vein", "iv"), ("portal_vein", "portal vein"), ("i.p.", "intraperitoneal")]
)
def test_a_route_is_understood_as_people_write_it(route, means):
    assert lb.Plan("uc-msc-ev", dose="1 ug", route=route) == lb.Plan("uc-msc-ev", dose="1 ug", route=means)


@pytest.mark.parametrize(
    ("route", "hint"),
    [("portal vien", 'Did you mean "portal vein"?'), ("oral", "Known: "), (3, "Known: "), (None, "Known: ")],
)
def test_a_route_that_is_none_points_to_the_one_that_is_meant(route, hint):
    with pytest.raises(InputError) as refused:
        lb.Plan("uc-msc-ev", dose="1 ug", route=route)
    assert hint in str(refused.value) and refused.value.field == ("route",)
    assert "for uc-msc-ev (vesicles). " in str(refused.value) and "XX" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "field", "begins"),
    [
        ({"product": "uc-msc-exo"}, "product", ""),
        ({"product": 5}, "product", 'product is a name, a file or a Product, not "5"'),
        ({"route": "nose"}, "route", 'no route "nose" for uc-msc-ev (vesicles). Known: hepatic artery, hydrogel, '),
        ({"route": "portal vien"}, "route",
         'no route "portal vien" for uc-msc-ev (vesicles). Did you mean "portal vein"? Known: hepatic artery, '),
        ({"dose": "1 mmol"}, "dose", ""),
        ({"dose": "1e20 particle"}, "dose", ""),
        ({"product": "uc-msc-medium", "dose": "2 mL"}, "dose", ""),
        ({"product": "targeted-nanoparticle", "dose": "1e6 cell"}, "dose", "targeted-nanoparticle does not say how "),
        ({"start": "soon"}, "start", ""),
        ({"every": "often", "n": 2}, "every", ""),
        ({"n": 2}, "every", '2 doses need the time between them: every="7 d"'),
        ({"n": 2, "every": "0.9 min"}, "every", 'the time between doses must be at least a minute, not "0.9 min"'),
        ({"n": 3, "every": "1e308 d"}, "every", "the last dose comes after any time"),
        ({"over": "long"}, "over", ""),
        ({"over": "0 h"}, "over", 'over "0 h" must be above 0 and no longer than the time between doses'),
        ({"when": "alt is high"}, "when", ""),
        ({"n": 0}, "n", ""),
    ],
)  # fmt: skip
def test_every_mistake_of_a_plan_names_its_argument(arguments, field, begins):
    with pytest.raises(InputError) as refused:
        lb.Plan(**({"product": "uc-msc-ev", "dose": "1e10 particle"} | arguments)).amount(25)
    assert refused.value.field == (field,)
    assert str(refused.value).startswith(begins)


def test_a_minute_between_two_doses_is_enough_and_a_plain_plan_is_told_shortly():
    plan = lb.Plan("uc-msc-ev", dose="1e10 particle", every="1 min", n=2)
    assert plan.times() == pytest.approx([0, 1 / 1440])
    assert plan.explain(25).splitlines()[1] == "1e10 particle iv, 2 times"
    assert lb.Plan("uc-msc-medium", dose="1 mL").amount(25).value > 0  # all of the plasma of 25 g, and no more


def test_an_infusion_is_of_its_patient_and_state():
    rows = lb.Plan("uc-msc-ev", dose="1e10 particle", over="6 h").events(1e10, [0.0], {}, 3)
    assert {(row.patient, row.target) for row in rows} == {(3, "ev_in_plasma")}
