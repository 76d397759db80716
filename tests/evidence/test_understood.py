"""Every word of the vocabulary is understood, however it is written, and has one meaning where it stands."""

import pytest

from lobule.evidence.vocabulary import meanings, words
from lobule.model.cargo import components
from lobule.model.causes import causes, known_as
from lobule.therapy import Care, Plan, products
from lobule.therapy.plan import ALL_ROUTES, ROUTES

KNOWN = {"route": ALL_ROUTES, "care": None, "cargo": None, "product": None}


def written(text):
    """A text as people may write it."""
    spaced = text.replace("-", " ").replace("_", " ")
    forms = (spaced, spaced.replace(" ", "-"), spaced.replace(" ", "_"))
    return {case(form) for form in (text, *forms) for case in (str, str.upper, str.lower, str.capitalize)}


def everything(kind):
    alone = [word for word in words(kind) if word.words]
    return [(form, word.means) for word in alone for text in (word.means, *word.words) for form in written(text)]


@pytest.mark.parametrize("kind", KNOWN)
def test_a_word_has_one_meaning_however_it_is_written(kind):
    for text, means in everything(kind):
        assert {word.means for word in meanings(kind, text)} == {means}, text


def test_a_route_is_understood_by_a_plan():
    for text, means in everything("route"):
        if means in ROUTES["vesicles"]:
            assert Plan("uc-msc-ev", "1e9 particle", text).route == means, text


def test_a_care_is_understood_as_it_is_named():
    for text, means in everything("care"):
        assert Care(text).name == means, text


def test_a_product_is_understood_as_it_is_named():
    for text, means in everything("product"):
        assert products[text].name == means, text


def test_a_component_is_one_of_those_that_cargo_has():
    assert {means for _, means in everything("cargo")} <= set(components())


@pytest.mark.parametrize("species", ["mouse", "rat", "human"])
def test_a_cause_has_one_meaning_in_a_species_and_it_befalls_it(species):
    for text, means in everything("cause"):
        here = {w.means for w in meanings("cause", text) if species in causes()[w.means].species}
        assert len(here) <= 1, (text, here)
        if species in causes()[means].species:
            assert known_as(text, species) == means, text
