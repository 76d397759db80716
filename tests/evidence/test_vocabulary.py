"""The table of words: every row is reached, names what exists, and reads its own example."""

import pytest

from lobule.evidence.vocabulary import all_mentioned, kinds, meaning, meanings, mentioned, without, words
from lobule.model.cargo import components
from lobule.model.causes import causes
from lobule.therapy import ROUTES, cares, products

ROWS = [word for kind in kinds() for word in words(kind)]
NO_ROUTE = {"oral", "extracorporeal"}  # understood, and then refused by name


def test_every_row_in_running_text_reads_its_own_example():
    for word in ROWS:
        assert (word.in_text is None) == (word.example == ""), word
        if word.in_text is not None:
            assert mentioned(word.kind, word.example) is word


def test_every_row_says_how_it_is_written():
    for word in ROWS:
        assert word.means or word.in_text, word
        assert all(text == text.strip() != "" for text in word.words), word


def test_a_spelling_stands_in_one_row_of_its_kind_unless_two_species_share_it():
    for kind in kinds():
        for word in words(kind):
            for text in word.words:
                found = meanings(kind, text)
                assert word in found
                assert len(found) == 1 or {w.means for w in found} == {"high_fat_diet", "mash"}, text


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        ("route", {route for routes in ROUTES.values() for route in routes} | NO_ROUTE),
        ("cause", set(causes())),
        ("etiology", {name for name, cause in causes().items() if "human" in cause.species}),
        ("care", set(cares())),
        ("care of both arms", set(cares())),
        ("cargo", set(components())),
        ("product of a trial", {*products, ""}),
        ("product", set(products)),
        ("vesicles from", set(products)),
        ("cells from", set(products)),
    ],
)
def test_what_words_mean_exists(kind, known):
    assert {word.means for word in words(kind)} <= known


def test_every_route_has_a_row():
    assert {route for routes in ROUTES.values() for route in routes} <= {word.means for word in words("route")}


@pytest.mark.parametrize(
    ("kind", "text", "means"),
    [
        ("route", "Tail vein", "iv"),
        ("route", "retro-orbital", "iv"),
        ("route", "i.p.", "intraperitoneal"),
        ("route", "intra_arterial", "hepatic artery"),
        ("cause", "CCl4", "ccl4"),
        ("cause", "BDL", "bile_duct_ligation"),
        ("cause", "APAP", "acetaminophen"),
        ("cause", "D-GalN/LPS", "lps_galactosamine"),
        ("care", "tenofovir", "antiviral"),
        ("cargo", "miR-223", "mir_223"),
        ("cargo", "hsa-miR-223-3p", "mir_223"),
        ("cargo", "TSG-6", "tsg_6"),
        ("route", "vein of the tail", None),
        ("cause", "", None),
    ],
)
def test_a_word_that_stands_alone_is_known_however_it_is_written(kind, text, means):
    assert meaning(kind, text) == means


def test_in_running_text_the_first_row_of_the_table_wins():
    assert mentioned("route", "hydrogel, ip").means == "hydrogel"
    assert mentioned("route", "intraportal or iv").means == "portal vein"
    assert [word.means for word in all_mentioned("route", "portal or tail vein")] == ["portal vein", "iv"]
    assert mentioned("route", "im") is None


def test_what_is_mentioned_can_be_blotted_out():
    assert without("no modification", "Non-primed MSC").split() == ["msc"]
