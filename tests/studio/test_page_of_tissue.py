"""The page of a tissue: its state is the scenario, its work the command, and a ready sheet plays before both."""

import pytest
from tests.studio.test_pages_of_work import dropped, jobs, on, press  # noqa: F401  (a fixture among them)
from tests.studio.walking import field, settled, texts

from lobule.answers.tissue import ALSO
from lobule.model.digest import digest
from lobule.studio.pages import tissue
from lobule.studio.ready import ready
from lobule.studio.state import State


def test_the_sheet_is_part_of_the_state_and_a_wrong_one_is_told_at_its_field(jobs):  # noqa: F811
    async def work(user):
        assert field(user, "Lobules (37 where you name none)").value == "7"
        press(user, "Run the tissue")
        await settled(user, "It was asked tissue scenario.yaml -o out")
        job = next(path for path in jobs.iterdir() if path.is_dir())
        assert State.of_yaml((job / "scenario.yaml").read_text()).get("tissue") == {"lobules": 7}
        field(user, "Lobules (37 where you name none)").set_value("2")
        assert "3" in field(user, "Lobules (37 where you name none)").error
        field(user, "Lobules (37 where you name none)").set_value("19")
        assert not field(user, "Lobules (37 where you name none)").error
        field(user, "Times that are looked at").set_value("1 d, soon")
        assert "soon" in field(user, "Times that are looked at").error

    on("/tissue", work)


def test_every_further_file_of_the_command_can_be_asked_for():
    assert set(tissue.LABELS) == set(ALSO)


def test_a_ready_sheet_plays_in_its_sandbox_before_anything_is_asked():
    async def work(user):
        (frame,) = [one._props for one in user.client.elements.values() if one.tag == "iframe"]
        assert "allow-same-origin" not in frame["sandbox"]
        answer = await user.http_client.get(frame["src"])
        assert answer.status_code == 200 and "sandbox" in answer.headers["content-security-policy"]
        assert f"model {digest()}" in answer.text or texts(user, "another edition of the model")
        press(user, "Take the ready one")
        assert field(user, "Times that are looked at").value.startswith("1 d, 7 d")

    on("/tissue", work)


def test_a_scenario_that_was_dropped_is_what_is_put_in_space():
    async def work(user):
        own = ready("rat").having((("tissue",), {"lobules": 12})).yaml().encode()
        said, wrong = await dropped(user, "or a scenario of your own", "<b>.yaml", own)
        assert not wrong and "<b>.yaml" in said
        assert field(user, "Lobules (37 where you name none)").value == "12"
        assert texts(user, "rat, carbon tetrachloride")
        said, wrong = await dropped(user, "or a scenario of your own", "x.yaml", b"until: soon")
        assert wrong

    on("/tissue", work)


@pytest.mark.parametrize(("species", "told"), [
    ("mouse", "mouse, carbon tetrachloride; uc-msc-ev 1e10 particle iv, 3 times every 7 d from 21 d; until 63 d"),
    ("human", "human, chronic hepatitis B, 25 years; uc-msc-ev 1e12 particle iv, 4 times every 7 d from 7 d; "
     "until 180 d"),
])  # fmt: skip
def test_who_is_put_in_space_is_said_in_a_line(species, told):
    assert tissue.whom(ready(species)) == told


@pytest.mark.parametrize(("query", "told"), [
    ("tissue=5", ""),
    ("tissue.lobules=%3Cb%3E&until=42+d&subject.species=mouse", "not a whole number"),
    ("tissue.lobules=7&until=42+d&subject.species=%3Cimg+src%3Dx%3E", "<img src=x>"),
    ("tissue.seed.0=1&until=42+d&subject.species=mouse", "not a whole number"),
])  # fmt: skip
def test_a_link_that_somebody_wrote_is_told_and_runs_nothing(jobs, query, told):  # noqa: F811
    async def work(user):
        assert field(user, "Lobules (37 where you name none)") is not None
        wrong = [one.error for one in user.client.elements.values() if getattr(one, "error", None)]
        assert not told or texts(user, told) or any(told in one for one in wrong)
        if told:
            press(user, "Run the tissue")
            assert not jobs.exists()

    on(f"/tissue?{query}", work)
