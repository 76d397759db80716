"""Parts of a treatment as plain data and back; plans with so many times their dose."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.therapy import Care, Plan, part_from, products, whole_part

PARTS = [
    Plan("uc-msc-ev", "1e10 particle", route="iv", every="7 d", n=3, over="1 h", when="alt > 80 U/L"),
    Plan("bm-msc", "1e6 cell/kg", route="portal vein", start="3 d"),
    Plan("uc-msc-medium", "0.5 mL"),
    Care("beta-blocker", start="30 d", until="90 d"),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_comes_back_from_its_plain_data(part):
    for data in (part.to_dict(), whole_part(part)):
        assert part_from(json.loads(json.dumps(data))) == part


def test_a_part_of_a_record_keeps_the_product_as_it_was():
    own = replace(products["uc-msc-ev"], name="mine", title="of a file that has gone")
    row = Plan(own, "1e10 particle").to_dict()
    data = row | {"given": {"value": 1e10}, "given_at_d": [0.0], "contents": whole_part(Plan(own, "1 ug"))["product"]}
    assert part_from(data) == Plan(own, "1e10 particle")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("uc-msc-ev", "a group of fields"),
        ({"product": "uc-msc-ev"}, 'field "dose" is missing'),
        ({"product": "uc-msc-ev", "dose": "1e10 particle", "rout": "iv"}, 'Did you mean "route"'),
        ({"care": "antiviral", "begin": "0 d"}, "begin"),
        ({"product": {"name": "x"}, "dose": "1e10 particle"}, "missing"),
    ],
)
def test_plain_data_that_is_no_part_is_told_in_a_sentence(data, message):
    with pytest.raises(InputError, match=message):
        part_from(data)


@given(st.sampled_from(PARTS[:3]), st.floats(1e-6, 10))
def test_a_scaled_plan_gives_so_many_times_its_dose(part, factor):
    scaled = part.scaled(factor, 25.0)
    assert scaled.amount(25.0).value == pytest.approx(factor * part.amount(25.0).value, rel=1e-8)
    assert replace(scaled, dose=part.dose) == part


def test_a_plan_is_not_scaled_beyond_what_a_body_takes_in():
    with pytest.raises(InputError, match="volume would be over a tenth"):
        PARTS[1].scaled(1e6, 25.0)
