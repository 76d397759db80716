"""The library of products, a user's own product, and the files of cargo."""

import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lobule.errors import InputError
from lobule.evidence import known_ids
from lobule.model.cargo import ACTIONS, component, components, effects_text
from lobule.model.parameters import parameter_table
from lobule.therapy import products, read_product
from lobule.therapy.product import product_from

OWN = """name: mine
like: uc-msc-ev
title: my vesicles
cargo:
  mir_223: {value: 5, low: 0.5, high: 50, source: "", grade: assumed}
  mir_17: {times: 100}
"""


def written(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", products)
def test_every_number_of_a_product_has_a_source_or_says_assumed(name):
    for label, estimate in products[name].estimates().items():
        assert 0 <= estimate.low <= estimate.value <= estimate.high, label
        sources = estimate.source.split()
        assert estimate.grade == "assumed" or sources, label
        assert all(source in known_ids() or re.fullmatch(r"[TX]\d+", source) for source in sources), label


@pytest.mark.parametrize("name", products)
def test_every_product_sets_constants_of_the_model(name):
    assert set(products[name].parameters()) <= set(parameter_table())


def test_a_users_own_product_is_one_file(tmp_path):
    own = products[str(written(tmp_path, OWN))]
    assert own.cargo["mir_223"].value == 5
    assert own.cargo["mir_17"].value == pytest.approx(100 * products["uc-msc-ev"].cargo["mir_17"].value)
    assert own.particles_per_ug == products["uc-msc-ev"].particles_per_ug


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("mir_223", "mir_233", 'Did you mean "mir_223"'),
        ("value: 5,", "", "line 5, cargo.mir_223.value: wanted"),
        ("value: 5,", "value: many,", 'line 5, cargo.mir_223.value: "many" is text, not a number'),
        ("value: 5,", "value: 500,", "outside its own range"),
        ("title:", "titel:", 'Did you mean "title"'),
        ("name: mine", "name: ' '", "name: a name that nobody can see"),
        ("like: uc-msc-ev", "like: uc-msc-exo", 'Did you mean "uc-msc-ev"'),
        ("title: my", "kind: exosome\ntitle: my", "no kind of product"),
        ("{times: 100}", "{times: 100, low: 1}", "line 6, cargo.mir_17.low: .times. stands alone"),
        ("title: my vesicles", "title: [", "not valid YAML"),
        ("title: my vesicles", "title: my vesicles\nsets:\n  alt_clearance: {times: 2}", "needs a product"),
        ("title: my vesicles", "title: my vesicles\nkind: medium", "particles_per_cell|cells_per_mL is missing"),
    ],
)
def test_a_wrong_product_is_refused_in_one_sentence(tmp_path, old, new, message):
    assert old in OWN
    with pytest.raises(InputError, match=message) as error:
        read_product(written(tmp_path, OWN.replace(old, new)))
    assert str(error.value).startswith("mine.yaml, line ")


def test_a_product_that_is_no_file_is_refused():
    with pytest.raises(InputError, match="there is no file"):
        products["nowhere.yaml"]


@given(st.text(max_size=80))
def test_any_text_as_a_product_is_a_product_or_an_input_error(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("fuzz") / "mine.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(InputError):
        read_product(path)


def test_every_component_asked_for_is_there():
    wanted = "mir_125b mir_223 mir_146a mir_148a mir_181 mir_17 mir_122 mir_21 let_7b gpx1 hgf tsg_6 annexin_a1"
    assert set(wanted.split()) | {"phosphatidylserine", "payload"} <= set(components())


@pytest.mark.parametrize("name", components())
def test_every_action_of_a_component_cites_its_evidence_or_says_assumed(name):
    for action in component(name).actions:
        assert action.strength.low <= action.strength.value <= action.strength.high
        assert action.strength.grade == "assumed" or action.strength.source


def test_conflicting_evidence_is_switched_off_until_a_user_chooses():
    for conflict in ("mir_125b_macrophage_nf_kb_gain", "mir_21_stellate_cell_activation_gain"):
        row = parameter_table()[conflict]
        assert row.values["mouse"] == 0 < row.high


def test_every_action_reaches_the_model():
    text = effects_text()
    for cell, actions in ACTIONS.items():
        for action in actions:
            assert f"{cell}_{action} := 1" in text


def test_an_unknown_component_names_the_nearest():
    with pytest.raises(InputError, match='Did you mean "mir_223"'):
        component("mir-223")


def test_a_product_is_known_by_what_people_call_it():
    assert products["UC-MSC exosomes"] is products["uc-msc-ev"]
    assert products["hucMSC"] is products["uc-msc"]
    assert products["BMSC-EVs"] is products["bm-msc-ev"]
    assert "UC-MSC exosomes" not in products  # the library holds its own names alone


CONTROLS = [name for name in products if products[name].control_of]


def test_negative_controls_are_named_with_the_product_they_are_of():
    assert {"empty-vesicles", "fibroblast-ev", "fibroblast-medium", "heat-killed-uc-msc", "fixed-uc-msc"} < set(
        CONTROLS
    )
    assert {products[name].kind for name in CONTROLS} == {"vesicles", "cells", "medium"}
    assert all(products[name].kind == products[products[name].control_of].kind for name in CONTROLS)
    assert all(not products[products[name].control_of].control_of for name in CONTROLS)


def test_a_product_that_is_like_a_control_is_not_one_unless_it_says_so(tmp_path):
    own = products[str(written(tmp_path, "name: mine\nlike: fibroblast-ev\n"))]
    assert (own.like, own.control_of) == ("fibroblast-ev", "")
    text = "name: mine\nlike: fibroblast-ev\ncontrol_of: uc-msc-ev\n"
    control = products[str(written(tmp_path, text))]
    assert control.control_of == "uc-msc-ev"
    assert product_from(asdict(control)) == control
    with pytest.raises(InputError, match='line 3, control_of: no product "uc-msc-exo"'):
        products[str(written(tmp_path, text.replace("of: uc-msc-ev", "of: uc-msc-exo")))]


@pytest.mark.parametrize(
    ("word", "name"), [("fibroblast exosomes", "fibroblast-ev"), ("dead MSC", "heat-killed-uc-msc")]
)
def test_words_for_controls_are_understood(word, name):
    assert products[word].name == name


def test_a_product_sets_no_constant_of_another_kind(tmp_path):
    text = "name: mine\nlike: uc-msc-ev\nsets:\n  msc_homing: {value: 2, low: 1, high: 3, source: '', grade: assumed}\n"
    with pytest.raises(InputError, match=r"sets\.msc_homing: msc_homing is none of infused vesicles"):
        products[str(written(tmp_path, text))]
