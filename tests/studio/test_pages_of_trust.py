"""Evidence and validation: everything is found, and leads to what it rests on; nothing is computed to be shown."""

import asyncio

import pytest
from nicegui import ui
from tests.studio.walking import field, settled, texts, walked

from lobule.model.parameters import parameter_table
from lobule.studio import catalogue
from lobule.studio.documents import section
from lobule.studio.linked import Linked
from lobule.studio.pages.validation import SECTIONS
from lobule.studio.ready import ready
from lobule.studio.table import Table
from lobule.therapy import cares, products

NAME = "hbv_killing_rate"
PRODUCT = "uc-msc-ev"


def tables(user):
    return {one._props["caption"]: one._props for one in user.client.elements.values() if isinstance(one, Table)}


async def shown(user, caption, tries=600):
    for _ in range(tries):
        if caption in tables(user):
            return tables(user)[caption]
        await asyncio.sleep(0.05)
    raise AssertionError(list(tables(user)))


def test_every_parameter_is_found_by_its_name_first():
    for name in [*parameter_table()][::40]:
        assert catalogue.search(name.replace("_", " "))[0][0].id == name


def test_words_of_any_order_find_and_nonsense_finds_nothing():
    found, n = catalogue.search("clearance tnf")
    assert "tnf_alpha_clearance" in [one.id for one in found] and n >= len(found)
    assert catalogue.search("no such thing at all") == ([], 0)
    assert catalogue.page("no such thing at all") is None
    assert {one.kind for one in catalogue.search("", "cause")[0]} == {"cause"}


def test_names_in_an_equation_are_links_and_its_own_is_not():
    assert catalogue.pieces("x := albumin*(nothing_known + bilirubin);", "bilirubin") == [
        ("x := ", ""), ("albumin", "albumin"), ("*(nothing_known + bilirubin);", "")
    ]  # fmt: skip


@pytest.mark.science
def test_everything_that_is_listed_can_be_opened():
    for name in [*catalogue.entries()][::7]:
        page = catalogue.page(name)
        assert page is not None and (page.facts or page.lists)


def test_a_number_is_toldwith_value_range_grade_equation_and_source():
    async def walk(user):
        await user.open(f"/evidence?row={NAME}")
        known = dict((await shown(user, f"{NAME}: what is known of it"))["rows"])
        assert known["grade"] == parameter_table()[NAME].grade and " to " in known["range human"]
        lines = [one._props["pieces"] for one in user.client.elements.values() if isinstance(one, Linked)]
        addresses = [piece[1] for line in lines for piece in line if piece[1]]
        assert any("row=viral_stress_rate" in one for one in addresses)
        assert any("row=D2" in one for one in addresses) and all("subject.species" in one for one in addresses)

    walked(walk)


def test_a_search_lists_what_it_finds_and_its_words_are_in_the_link():
    async def walk(user):
        await user.open("/evidence")
        assert texts(user, "parameters")
        field(user, "Search: a name, a word, a source").set_value("tnf alpha clearance")
        found = await shown(user, "What was found")
        await settled(user, "found.")
        assert found["rows"][0][0] == "tnf_alpha_clearance" and "row=tnf_alpha_clearance" in found["links"][0]
        await user.open("/evidence?row=<script>")
        await settled(user, "Nothing of that name")

    walked(walk)


def test_each_part_of_the_validation_stands_in_the_docs_and_opens_without_computing():
    for parts in SECTIONS.values():
        assert all(len(section(*one)) > 300 for one in parts)
    assert section("credibility.md", "no such heading") == section("no_such_page.md", "x") == ""

    async def walk(user):
        await user.open("/validation")
        chosen = next(one for one in user.client.elements.values() if isinstance(one, ui.toggle))
        for name in list(SECTIONS)[1:3]:
            chosen.set_value(name)
            shown = [one.content for one in user.client.elements.values() if hasattr(one, "content")]
            assert section(*SECTIONS[name][0]) in shown

    walked(walk)


def test_every_product_and_every_care_has_a_page_with_all_its_numbers():
    for name, product in products.items():
        page = catalogue.page(name)
        assert page.entry.kind == "product" and len(page.numbers) == len(product.estimates())
        for told, estimate in zip(page.numbers, product.estimates().values(), strict=True):
            assert float(told["value"]) == pytest.approx(estimate.value, rel=1e-5)
            assert (told["grade"], told["source"]) == (estimate.grade, estimate.source)
    for name, care in cares().items():
        page = catalogue.page(f"care: {name}")
        assert len(page.numbers) == len(care.adds) + len(care.times)
    assert catalogue.page("albumin").entry.kind == "equation"
    assert ["as standard care", "care: albumin"] in catalogue.page("albumin").facts


def test_constants_and_sources_of_a_product_can_be_opened_and_lead_back():
    page = catalogue.page(PRODUCT)
    assert [one["sets"] for one in page.numbers if one["number"].startswith("miR-125b")] == [
        "mir_125b_copies_per_particle"
    ]
    sources = {word for one in page.numbers for word in one["source"].split()}
    assert "pk-K075" in sources and all(catalogue.page(word) is not None for word in sources)
    assert PRODUCT in catalogue.page("pk-K075").lists["used by"]


@pytest.mark.science
def test_the_numbers_of_a_product_are_a_table_whose_cells_lead_on():
    async def walk(user):
        await user.open(f"/evidence?row={PRODUCT}")
        found = await shown(user, f"{PRODUCT}: its numbers")
        assert found["header"] == ["Number", "Value", "Range", "Grade", "Source", "Note"]
        first = found["rows"][0]
        assert first[0][0][1].endswith("row=mir_125b_copies_per_particle") and first[1:4] == [
            "0.00825", "0.0001 to 0.03", "derived"
        ]  # fmt: skip
        assert [text for text, _ in first[4]] == ["pk-K075"] and "row=pk-K075" in first[4][0][1]
        bare = next(row for row in found["rows"] if row[4] == "no source")
        assert bare[3] == "assumed"

    walked(walk)


@pytest.mark.science
def test_what_is_chosen_on_therapy_leads_to_its_numbers():
    def leads(user):
        lines = [one._props["pieces"] for one in user.client.elements.values() if isinstance(one, Linked)]
        return {text: to.partition("row=")[2] for line in lines for text, to in line if "row=" in to}

    async def walk(user):
        await user.open(f"/?{ready('human').query()}")
        assert leads(user)["Its numbers, and their sources"] == PRODUCT
        assert leads(user)["antiviral"] == "care%3A%20antiviral"
        field(user, "Product").set_value("care: diuretic")
        assert leads(user)["Its numbers, and their sources"] == "care%3A%20diuretic"
        field(user, "Product").set_value("")
        assert "Its numbers, and their sources" not in leads(user)

    walked(walk)
