"""Pages that show a run: they follow what is chosen, say it in words, and tell what is wrong at its field."""

import json
from urllib.parse import urlsplit

import pytest
from tests.studio.walking import field, settled, texts, walked

from lobule.studio.pages import pages
from lobule.studio.ready import ready
from lobule.studio.session import Session
from lobule.studio.state import State

pytestmark = pytest.mark.science
FOLLOW = ["/", "/subject", "/cargo"]


def test_every_page_has_a_place_of_its_own():
    found = pages()
    assert [one.PATH for one in found][:4] == ["/", "/subject", "/cargo", "/compare"]
    assert len({one.PATH for one in found}) == len({one.TITLE for one in found}) == len({one.ORDER for one in found})
    assert all(one.__doc__.startswith(one.TITLE) for one in found)


@pytest.mark.parametrize("path", FOLLOW)
@pytest.mark.parametrize("species", ["mouse", "human"])
def test_a_page_says_in_words_what_the_ready_example_comes_to(path, species):
    async def walk(user):
        await user.open(f"{path}?{ready(species).query()}")
        await settled(user)
        assert texts(user, "lower") and texts(user, "than untreated")
        assert texts(user, "Research software")

    walked(walk)


def test_curves_follow_a_dose_that_is_typed_and_a_wrong_one_is_told_at_its_field():
    async def walk(user):
        await user.open("/")
        await settled(user)
        before = texts(user, "than untreated")
        field(user, "Dose").set_value("1000")
        await settled(user, "No effect")
        assert texts(user, "than untreated") != before
        field(user, "Dose").set_value("many")
        assert '"many particle" is not a quantity' in field(user, "Dose").error
        field(user, "Until (63 d, 6 month)").set_value("3 parsecs")
        assert "parsecs" in field(user, "Until (63 d, 6 month)").error
        field(user, "Until (63 d, 6 month)").set_value("63 d")
        field(user, "Dose").set_value("1e10")
        assert not texts(user, "Up to date")
        await settled(user)
        assert field(user, "Dose").error is None
        assert texts(user, "than untreated") == before

    walked(walk)


def test_what_is_chosen_is_in_the_links_to_other_pages():
    async def walk(user):
        await user.open("/")
        field(user, "Doses").set_value("2")
        field(user, "Product").set_value("uc-msc")
        links = [one._props["href"] for one in user.client.elements.values() if "href" in one._props]
        state = State.of_query(urlsplit(next(link for link in links if link.startswith("/subject"))).query)
        assert state.get("plan", 0, "n") == 2
        assert state.get("plan", 0, "product") == "uc-msc"
        assert state.get("plan", 0, "dose") == "1e6 cell"

    walked(walk)


def test_another_species_comes_with_its_own_example():
    async def walk(user):
        await user.open("/")
        await settled(user)
        field(user, "Subject").set_value("human")
        await settled(user)
        assert texts(user, "HVPG") and field(user, "Disease").value == "hbv"

    walked(walk)


def test_nothing_given_shows_the_course_alone():
    async def walk(user):
        await user.open("/")
        field(user, "Product").set_value("")
        await settled(user, "Mouse, carbon tetrachloride")

    walked(walk)


def test_a_link_that_holds_no_state_is_told_and_the_example_shown():
    async def walk(user):
        await user.open("/?plan.9.dose=1")
        await settled(user)
        assert texts(user, "What is shown is the ready example")

    walked(walk)


def test_text_of_a_link_is_shown_as_text():
    async def walk(user):
        await user.open(f"/?{ready().having((('subject', 'strain'), '<img src=x onerror=alert(1)>')).query()}")
        await settled(user, "What is shown is of before")
        assert not texts(user, "<script")

    walked(walk)


def test_pinned_plans_stand_beside_each_other():
    async def walk(user):
        session = Session.__new__(Session)
        session.pins = [ready(), ready().having((("plan", 0, "dose"), "1e11 particle"))]
        session.state, session.own = ready(), {}
        await user.open(session.link("/compare"))
        await settled(user, "Which one?")
        assert texts(user, "1e10 particle") and texts(user, "1e11 particle")

    walked(walk)


def test_a_page_is_not_larger_than_a_reader_waits_for():
    from lobule.studio.panels import asked, of_therapy, panel
    from lobule.studio.worker import simulated

    run = simulated(ready("human").scenario, asked("human"), 4)
    told = json.dumps([panel(run, name) for group in of_therapy("human") for name in group.outputs])
    assert len(told) < 300_000
