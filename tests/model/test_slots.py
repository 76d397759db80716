"""Several unlike products of a kind: what is of each product stands once a slot, all else reads sums as before."""

import re

import pytest

from lobule import model
from lobule.errors import ModelError
from lobule.model.assemble import antimony_text
from lobule.model.parameters import SPECIES, parameter_table
from lobule.model.slots import (
    ONE,
    Slots,
    constants_of_products,
    in_all_slots,
    slots_of,
    state_in_slot,
    states_in_slots,
    with_slots,
    without_slot,
)

TOY = {
    "ev_pharmacokinetics": """// ev_pharmacokinetics: a toy.
// Of each product: ev_in_liver, binding.
// Owns: the ev_ amounts.
substanceOnly species ev_in_plasma in plasma, ev_in_sinusoids in liver, fat in liver;
ev_in_plasma = 0; ev_in_sinusoids = 0; ev_in_plasma is "vesicles in plasma"; fat = 1;
formula binding := 1 + macrophage_targeting; binding has per_day;
ev_to_liver: ev_in_plasma => ev_in_sinusoids; \\
    crowding*ev_in_plasma;  // a comment; with a semicolon
ev_in_liver := binding*ev_in_sinusoids; ev_in_liver has giga_item;
crowding := 1/(1 + ev_in_sinusoids + fat);
fat_loss: fat => ; ev_in_liver*fat;
""",
    "cargo_effects": "formula infused_gpx1 := gpx1_copies_per_particle*ev_in_sinusoids;",
}


def statements(fragments, slots):
    return [s for s in (part.strip() for part in with_slots(fragments, slots).split(";")) if s]


def test_for_one_product_of_each_kind_the_text_is_not_touched():
    assert with_slots(TOY, ONE) == "\n".join(TOY.values())


def test_a_state_and_its_reactions_stand_once_a_slot_and_the_name_is_the_sum():
    found = statements(TOY, Slots(vesicles=2))
    for slot in (1, 2):
        assert f"substanceOnly species ev_in_plasma_of_product_{slot} in plasma" in found
        assert f"ev_in_plasma_of_product_{slot} = 0" in found
        at = found.index(
            f"ev_to_liver_of_product_{slot}: ev_in_plasma_of_product_{slot} => ev_in_sinusoids_of_product_{slot}"
        )
        assert found[at + 1] == f"crowding*ev_in_plasma_of_product_{slot}"
        assert f'ev_in_plasma_of_product_{slot} is "vesicles in plasma, product {slot}"' in found
    assert "ev_in_plasma := ev_in_plasma_of_product_1 + ev_in_plasma_of_product_2" in found
    assert "ev_in_plasma has giga_item" in found


def test_what_is_not_of_each_product_stays_and_reads_the_sums():
    found = statements(TOY, Slots(vesicles=3))
    assert "crowding := 1/(1 + ev_in_sinusoids + fat)" in found
    assert "fat = 1" in found
    assert found[found.index("fat_loss: fat =>") + 1] == "ev_in_liver*fat"


def test_a_rate_is_told_as_the_mean_and_an_amount_as_the_sum_of_the_slots():
    found = statements(TOY, Slots(vesicles=2))
    assert "formula binding_of_product_1 := 1 + macrophage_targeting" in found
    assert "formula binding_of_product_2 := 1 + macrophage_targeting_of_product_2" in found
    assert "formula binding := (binding_of_product_1 + binding_of_product_2)/2" in found
    assert "ev_in_liver := ev_in_liver_of_product_1 + ev_in_liver_of_product_2" in found
    assert (
        "formula infused_gpx1_of_product_2 := gpx1_copies_per_particle_of_product_2*ev_in_sinusoids_of_product_2"
        in found
    )


def test_slots_of_the_other_group_change_nothing_here():
    text = with_slots(TOY, Slots(cells=2))
    assert "_of_product_" not in text


def test_an_equation_that_reads_a_constant_of_a_product_must_be_of_each_product():
    wrong = TOY | {"matrix": "collagen := vesicle_potency*2;"}
    with pytest.raises(
        ModelError, match=r'"collagen := vesicle_potency\*2" reads vesicle_potency, which a product sets'
    ):
        with_slots(wrong, Slots(vesicles=2))


def test_a_head_that_lists_what_no_equation_assigns_is_told():
    wrong = {"ev_pharmacokinetics": "// Of each product: nothing_there.\nev_in_plasma' = -ev_in_plasma;"}
    with pytest.raises(ModelError, match="nothing_there is said to be of each product"):
        with_slots(wrong, Slots(vesicles=2))


@pytest.mark.parametrize("slots", [Slots(2, 1), Slots(1, 2), Slots(3, 2)])
def test_every_equation_of_the_liver_that_reads_a_product_is_of_each_product(slots):
    text = antimony_text("mouse", slots)
    for name, group in constants_of_products().items():
        for slot in slots.of(group):
            assert re.search(rf"\b{name}{'' if slot == 1 else f'_of_product_{slot}'} = ", text)


@pytest.mark.parametrize("slots", [Slots(2, 1), Slots(1, 2)])
def test_a_model_with_slots_has_every_output_of_the_usual_one_and_is_still_in_health(slots):
    usual, more = model.compiled("mouse"), model.compiled("mouse", slots)
    assert set(usual.variables) <= set(more.variables)
    assert set(usual.terms) <= set(more.terms)
    names = [name for name in usual.variables if not name.startswith("cumulative_") and name != "age"]
    rows = [m.solve({}, None, None, [0.0, 30.0], outputs=names).y[0] for m in (usual, more)]
    assert rows[1][0] == pytest.approx(rows[0][0], rel=1e-9, abs=1e-12)
    assert rows[1][1] == pytest.approx(rows[0][1], rel=1e-6, abs=1e-9)


def test_constants_that_products_set_are_the_same_in_every_species():
    for name in constants_of_products():
        assert len({parameter_table()[name].values[species] for species in SPECIES}) == 1


def test_names_of_slots_are_read_as_they_are_written():
    two = Slots(vesicles=2, cells=3)
    assert states_in_slots("ev_in_plasma", two) == ("ev_in_plasma_of_product_1", "ev_in_plasma_of_product_2")
    assert states_in_slots("albumin", two) == ("albumin",)
    assert state_in_slot("msc_in_lung", two, 3) == "msc_in_lung_of_product_3"
    assert state_in_slot("msc_lung_rate", two) == "msc_lung_rate"  # a constant
    assert state_in_slot("ev_in_plasma_of_product_2", two) == "ev_in_plasma_of_product_2"
    assert without_slot("ev_in_plasma_of_product_2") == ("ev_in_plasma", 2)
    assert without_slot("il_10") == ("il_10", None)
    constants = ["msc_priming", "msc_priming_of_product_3", "mir_21_copies_per_particle_of_product_2"]
    assert slots_of(constants) == two
    assert slots_of(["albumin_turnover"]) == ONE
    assert in_all_slots("msc_priming", constants) == ("msc_priming", "msc_priming_of_product_3")
    assert in_all_slots("education_rate", constants) == ("education_rate",)


def test_a_share_of_a_product_times_its_amount_is_summed_over_the_slots():
    toy = {"cargo_effects": "substanceOnly species ev_in_liver in liver;\n"
                            "formula infused_apart := gpx1_copies_per_particle;\n"
                            "effect := infused_apart*ev_in_liver/2 + 2*fat;"}  # fmt: skip
    found = statements(toy, Slots(vesicles=2))
    both = " + ".join(f"infused_apart_of_product_{slot}*ev_in_liver_of_product_{slot}" for slot in (1, 2))
    assert f"effect := ({both})/2 + 2*fat" in found
