"""Plans: doses in every unit, schedules, and what is refused."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lobule as lb
from lobule.errors import InputError
from lobule.therapy import ROUTES


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
        ({"n": 2, "every": "0 d"}, "above 0"),
        ({"every": "3 furlongs"}, "does not fit here"),
        ({"start": "2026-01-01"}, "is not a quantity"),
        ({"product": "uc-msc", "dose": "1e10 particle"}, 'the unit "particle" does not fit'),
        ({"product": "uc-msc-medium", "dose": "1 mL", "route": "hydrogel"}, 'no route "hydrogel" for uc-msc-medium'),
        ({"product": "targeted-nanoparticle", "dose": "1e6 cell"}, "dose it in particles"),
        ({"over": "0 h"}, "must be above 0"),
        ({"over": "2 d", "every": "1 d", "n": 2}, "no longer than the time between"),
        ({"when": "alt is high"}, "is not a condition"),
        ({"when": "alta > 80 U/L"}, 'Did you mean "alt"'),
        ({"when": "alt > 80 mg"}, "alt is in U/L, not in mg"),
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
    for routes in ROUTES.values():
        for shares in routes.values():
            assert set(shares) <= states
            assert sum(shares.values()) == pytest.approx(1)
