"""Every pair of shipped products differs in a number with a source, or says that it is the same for want of data."""

from dataclasses import replace
from itertools import combinations

import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.evidence import known_ids, table_path
from lobule.studies.split import HELD_OUT, set_of
from lobule.studies.tables import read_contrasts
from lobule.therapy import products, read_product
from lobule.therapy.parts import part_from, whole_part
from lobule.therapy.product import product_from
from lobule.therapy.sameness import WANT, differences, original, said_of, same

PAIRS = [pair for pair in combinations(products, 2) if products[pair[0]].kind == products[pair[1]].kind]
CONTRASTS = {c.contrast_id: c.source_id for c in read_contrasts(table_path("contrasts"))[0]}
SAME = [name for name in products if products[name].same_as]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_two_products_of_a_kind_differ_in_a_number_with_a_source_or_say_that_they_are_the_same(first, second):
    sourced = [d for d in differences(products[first], products[second]) if d.sources]
    assert bool(sourced) != same(products[first], products[second]), sourced


@pytest.mark.parametrize("name", SAME)
def test_a_product_that_is_the_same_for_want_of_data_has_every_number_of_the_other(name):
    product = products[name]
    assert product.estimates() == products[product.same_as].estimates()
    assert product.parameters() == original(product).parameters()
    assert WANT in said_of(product)[0] and product.same_as in said_of(product)[0]


@pytest.mark.parametrize("name", SAME)
@pytest.mark.science
def test_simulations_of_products_that_are_the_same_are_equal_to_the_last_bit(name):
    product = products[name]
    dose = "1e6 cell" if product.kind == "cells" else "1e10 particle"
    mouse = lb.Animal("mouse", injury="ccl4", injury_every="3.5 d", duration="2 wk")
    runs = [lb.simulate(mouse, lb.Plan(p, dose=dose, start="7 d"), until="10 d", outputs=["collagen_proportionate_area",
            "alt"]) for p in (product, original(product))]  # fmt: skip
    assert runs[0].data.equals(runs[1].data)


@pytest.mark.parametrize("name", products)
def test_no_number_of_a_product_stands_on_the_outcome_of_a_study_that_is_held_out(name):
    for label, estimate in products[name].estimates().items():
        for source in estimate.source.split():
            if source.startswith("X"):
                assert set_of(CONTRASTS[source]) != HELD_OUT, (label, source)


@pytest.mark.parametrize("name", [name for name in products if products[name].like])
def test_a_product_says_in_which_number_it_differs_and_where_that_comes_from(name):
    found = differences(products[name], products[products[name].like])
    text = " ".join(said_of(products[name]))
    assert found and all(d.said() in text for d in found)
    assert all(source in text for d in found for source in d.sources)


def test_a_ligand_without_a_load_says_so_and_one_with_a_load_does_not():
    bare = products["stellate-targeted-ev"]
    assert "ligand without a load" in " ".join(said_of(bare))
    loaded = replace(bare, cargo=products["stat3-sirna-ev"].cargo)
    assert "ligand without a load" not in " ".join(said_of(loaded))


def test_what_is_loaded_counts_with_the_share_of_it_that_is_intact():
    for name in products:
        if name.endswith(("-loaded-ev", "sirna-ev")):
            share = products[name].sets["loaded_functional_share"]
            assert 0 < share.low < share.value < share.high <= 1 and share.source in known_ids()


def written(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_users_product_may_say_that_it_is_the_same(tmp_path):
    own = read_product(written(tmp_path, "name: mine\nsame_as: uc-msc-ev\ntitle: mine\n"))
    assert own.estimates() == products["uc-msc-ev"].estimates() and own.same_as == "uc-msc-ev"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("cargo:\n  mir_17: {times: 2}\n", "mine is the same as uc-msc-ev, and gives a number of its own"),
        ("like: ad-msc-ev\n", "not both"),
    ],
)
def test_one_that_is_the_same_gives_no_number_of_its_own(tmp_path, more, message):
    with pytest.raises(InputError, match=message):
        read_product(written(tmp_path, f"name: mine\nsame_as: uc-msc-ev\ntitle: mine\n{more}"))


@pytest.mark.parametrize("name", ["uc-msc-ev", "ad-msc-ev", "three-d-ev", "hgf-msc"])
def test_a_record_gives_the_product_back_as_it_was(name):
    plan = lb.Plan(name, dose="1e6 cell")
    assert part_from(whole_part(plan)) == plan
    plain = whole_part(plan)["product"]
    assert product_from(plain) == products[name]
