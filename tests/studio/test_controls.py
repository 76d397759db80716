"""What is chosen at the left of a page: parts of a plan, what strikes, and mistakes at their fields."""

import asyncio

import pytest
from tests.studio.test_pages_of_work import dropped, press
from tests.studio.walking import field, settled, texts, walked

from lobule.studio import handed
from lobule.studio.incoming import Incoming, example
from lobule.studio.pages import patients
from lobule.studio.ready import precipitants, ready
from lobule.studio.state import State

pytestmark = pytest.mark.science


def state_of(user):
    """The state that links of the page hold."""
    links = [one._props["href"] for one in user.client.elements.values() if "href" in one._props]
    return State.of_query(next(link for link in links if link.startswith("/subject?")).partition("?")[2])


def test_a_second_part_of_a_plan_is_added_changed_and_taken_out():
    async def walk(user):
        await user.open(f"/?{ready('human').query()}")
        press(user, "Add a part")
        field(user, "Product").set_value("uc-msc")
        assert [part.get("product") for part in state_of(user).parts] == ["uc-msc-ev", "uc-msc"]
        assert field(user, "Dose").value == "1e8"
        field(user, "Part of the plan").set_value("0")
        assert field(user, "Product").value == "uc-msc-ev" and field(user, "Dose").value == "1e12"
        field(user, "Product").set_value("care: antiviral")
        assert state_of(user).parts[0] == {"care": "antiviral", "start": "7 d"}
        field(user, "From (0 d)").set_value("soon")
        assert "soon" in field(user, "From (0 d)").error
        field(user, "Part of the plan").set_value("1")
        assert texts(user, "Part 1 of the plan")
        field(user, "Part of the plan").set_value("0")
        press(user, "Take this part out")
        assert [part.get("product") for part in state_of(user).parts] == ["uc-msc"]
        await settled(user)

    walked(walk)


def test_what_strikes_a_patient_and_when_is_chosen_and_told_at_its_field():
    async def walk(user):
        await user.open(f"/?{ready('human').query()}")
        assert "infection" in precipitants() and "ccl4" not in precipitants()
        field(user, "Struck by, beside the disease").set_value("infection")
        field(user, "Days before the run").set_value("10")
        assert state_of(user).get("subject", "precipitant_days") == 10
        await settled(user)
        field(user, "Days before the run").set_value("-1")
        assert field(user, "Days before the run").error
        field(user, "Struck by, beside the disease").set_value("")
        assert state_of(user).get("subject", "precipitant_days") is None
        await settled(user)

    walked(walk)


def test_labs_that_were_dropped_on_therapy_can_be_asked_about_on_patients():
    content = example("patients.csv").content

    async def walk(user):
        await user.open(f"/?{ready('human').query()}")
        said, wrong = await dropped(user, "Drop a table of labs here, or choose one", "x.csv", b"a,b\n1,2\n")
        assert wrong and said.startswith("x.csv")
        said, wrong = await dropped(user, "Drop a table of labs here, or choose one", "<b>mine.csv", content)
        assert not wrong and said.startswith("<b>mine.csv: 3 read")
        press(user, "Fit on Patients")
        await user.open(f"/patients?{ready('human').query()}&table={list(handed._kept)[-1]}")
        for _ in range(100):
            if field(user, "Question").value == "fit" and field(user, "Patient").value == "A":
                break
            await asyncio.sleep(0.05)
        assert field(user, "Patient").value == "A" and field(user, "Which plans").value == "page"
        await settled(user, "press Fit this patient")
        word = handed.hand(Incoming("other.csv", content), "somebody else")
        await user.open(f"/patients?{ready('human').query()}&table={word}")
        await asyncio.sleep(0.3)
        assert field(user, "Question").value == "forecast"

    walked(walk)


def test_a_file_is_given_to_its_owner_alone_and_the_oldest_goes_first():
    words = [handed.hand(Incoming(f"{k}.csv", b"x"), "me") for k in range(handed.MOST + 1)]
    assert handed.taken(words[0], "me") is None
    assert handed.taken(words[-1], "me").name == f"{handed.MOST}.csv"
    assert handed.taken(words[-1], "you") is None and handed.taken("", "") is None


def test_the_disease_of_one_patient_is_as_the_table_says_where_nobody_chose_it():
    state = State({"question": "fit", "patient": "A"})
    arguments, _ = patients.asked(state, Incoming("t.csv", b""), ready("human"), "pbc")
    assert "--etiology=pbc" in arguments
    arguments, _ = patients.asked(state.having((("etiology",), "hbv")), Incoming("t.csv", b""), ready("human"), "pbc")
    assert "--etiology=hbv" in arguments
