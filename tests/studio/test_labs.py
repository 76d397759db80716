"""Labs that are dropped on Therapy: whose curves the pages show then, what is drawn, what a link holds."""

import asyncio
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.studio.test_pages_of_work import dropped, press
from tests.studio.walking import field, modules_kept, settled, texts, walked

from lobule.studio import handed, numbers, panels
from lobule.studio import labs as place
from lobule.studio.incoming import Incoming, example
from lobule.studio.jobs import Jobs
from lobule.studio.like import Like, job_of, like_of, word_of
from lobule.studio.ready import ready, with_cause
from lobule.studio.state import State
from lobule.studio.worker import simulated

pytestmark = pytest.mark.science
APPLICATION = Path(__file__).parent / "application_of_likes.py"
DROP = "Drop a table of labs here, or choose one"
HUMAN = f"/?{ready('human').query()}"
SUBJECT = {"species": "human", "etiology": "hbv", "years": 20.5, "age": 51.25, "sex": "f",
           "varied": {"albumin_healthy": 0.9, "platelets_healthy": 1.1}}  # fmt: skip
ROWS = "patient,day,albumin_g_per_L,sex\nAnna,0,41,f\nAnna,400,39,f\nBert,0,30,m\n"


@pytest.fixture(autouse=True)
def jobs(tmp_path, monkeypatch):
    monkeypatch.setenv("LOBULE_TEST_JOBS", str(tmp_path / "jobs"))
    return Jobs(tmp_path / "jobs")


def on(path, work):
    """Do the work on a page; what fails is told when everything has come to rest."""
    failed = []

    async def walk(user):
        try:
            await user.open(path)
            await work(user)
        except Exception as error:
            failed.append(error)

    with modules_kept():
        walked(walk, APPLICATION)
    if failed:
        raise failed[0]


def link(user, path="/subject"):
    """Where the page's link to another page leads."""
    links = [one._props["href"] for one in user.client.elements.values() if "href" in one._props]
    return next(one for one in links if one.startswith(f"{path}?"))


def state_of(user):
    query = link(user).partition("?")[2]
    return State.of_query("&".join(part for part in query.split("&") if not part.startswith("like=")))


async def chosen(user, patient="A", content=None, name="patients.csv"):
    """Labs are dropped, a patient is chosen, and a virtual one is found."""
    said, wrong = await dropped(user, DROP, name, content or example("patients.csv").content)
    assert not wrong and "choose one" in said
    field(user, "Patient").set_value(patient)
    press(user, "Show one like this patient")


def test_a_virtual_patient_like_the_chosen_one_becomes_the_subject_and_the_plan_stays(jobs):
    async def work(user):
        await chosen(user)
        await settled(user, "The nearest virtual patient: number 7.")
        await settled(user)
        state = state_of(user)
        assert state.get("subject") == SUBJECT
        assert (state.parts, state.get("until")) == (ready("human").parts, "180 d")
        assert texts(user, "These are curves of a virtual patient like A (patients.csv)")
        assert texts(user, "it is not the range of what may become of A")
        assert texts(user, "A visit lies further back than the run is long")
        again = link(user)
        assert not {"patients.csv", "-400", "39.0"} & set(unquote(again).replace("=", "&").split("&"))
        for path in ("/subject", "/cargo", "/"):
            await user.open(again.replace("/subject", path))
            await settled(user)
            assert texts(user, "These are curves of a virtual patient like A"), path
        await user.open(again.partition("&like=")[0] + "&like=0123456789abcdef")
        await settled(user)
        assert state_of(user).get("subject") == SUBJECT and not texts(user, "virtual patient like A")

    on(HUMAN, work)


def test_in_place_of_an_animal_comes_a_patient_with_the_ready_plan():
    async def work(user):
        await chosen(user)
        await settled(user, "The nearest virtual patient")
        assert state_of(user).data == {**ready("human").data, "subject": SUBJECT}
        await settled(user)

    on("/", work)


def test_a_poor_fit_is_said_first_and_in_the_colour_of_what_is_wrong():
    async def work(user):
        await chosen(user, "B")
        await settled(user, "POOR: nobody.")
        first = next(one for one in user.client.elements.values() if "POOR" in str(getattr(one, "text", "")))
        assert first.text.startswith("POOR") and "studio-wrong" in first.classes
        await settled(user)

    on(HUMAN, work)


def test_another_subject_has_no_dots_and_the_virtual_patient_can_be_taken_again():
    async def work(user):
        await chosen(user)
        await settled(user, "The nearest virtual patient")
        field(user, "Years of disease").set_value("12")
        await settled(user, "The subject is another one now than the virtual patient like A")
        press(user, "Take it again")
        await settled(user, "These are curves of a virtual patient like A")
        assert state_of(user).get("subject") == SUBJECT
        await settled(user)

    on(HUMAN, work)


def test_labs_are_forgotten_with_their_job_and_the_subject_stays(jobs):
    async def work(user):
        await chosen(user)
        await settled(user, "The nearest virtual patient")
        assert len(jobs.listed()) == 1
        await chosen(user, "C")
        await settled(user, "virtual patient like C (patients.csv)")
        assert [one.page["patient"] for one in jobs.listed()] == ["C", "A"]
        press(user, "Forget these labs")
        await asyncio.sleep(0.3)
        assert [one.page["patient"] for one in jobs.listed()] == ["A"] and not texts(user, "virtual patient like C (")
        assert state_of(user).get("subject") == SUBJECT and "like=" not in link(user)
        assert texts(user, "A of patients.csv, primary biliary cholangitis: done") and not texts(
            user, "C of patients.csv"
        )
        press(user, "Show A again")
        await settled(user, "virtual patient like A (patients.csv)")
        press(user, "Delete A")
        await asyncio.sleep(0.5)
        assert jobs.listed() == [] and "like=" not in link(user)
        await settled(user)

    on(HUMAN, work)


def test_a_disease_that_nobody_tells_is_asked_for_and_a_command_that_fails_is_heard():
    async def work(user):
        await chosen(user, "Anna", ROWS.encode(), "mine.csv")
        assert field(user, "Disease of the patient").error == "Say the disease of Anna."
        field(user, "Disease of the patient").set_value("hbv")
        assert "Age, which the table does not say" in [one._props.get("label") for one in user.client.elements.values()]
        press(user, "Show one like this patient")
        await settled(user, "virtual patient like Anna (mine.csv)")
        await chosen(user, "A", example("patients.csv").content + b"broken,2021-03-04,f,1968-05-20,PBC,3.9\n")
        await settled(user, "Line 3 of it is broken.")
        assert texts(user, "virtual patient like Anna (mine.csv)")
        await settled(user)

    on(HUMAN, work)


def test_the_search_can_be_stopped():
    async def work(user):
        await chosen(user, "A", example("patients.csv").content + b"slow,2021-03-04,f,1968-05-20,PBC,3.9\n")
        await settled(user, "A virtual patient like A: ")
        press(user, "Stop it")
        await settled(user, "It was stopped.")
        assert not texts(user, "These are curves")

    on(HUMAN, work)


def test_labs_go_on_to_the_patients_page_with_the_patient_that_was_chosen():
    async def work(user):
        await chosen(user, "C")
        await settled(user, "The nearest virtual patient")
        press(user, "Fit C on Patients")
        await asyncio.sleep(0.3)
        await user.open(f"/patients?{ready('human').query()}&table={list(handed._kept)[-1]}")
        for _ in range(100):
            if field(user, "Question").value == "fit" and field(user, "Patient").value == "C":
                break
            await asyncio.sleep(0.05)
        assert (field(user, "Patient").value, field(user, "Which plans").value) == ("C", "page")

    on(HUMAN, work)


def test_the_command_has_the_plan_of_the_page_where_that_is_a_patients():
    table = Incoming("mine.csv", b"x")
    form = State({"patient": "A", "etiology": "pbc", "age": 51, "sex": None})
    arguments, inputs = place.asked(form, table, ready("human"))
    assert arguments == ["fit", "table.csv", "--nearest", "-o", "out", "--patient=A", "--etiology=pbc", "--age=51",
                         "--plan=plan.yaml"]  # fmt: skip
    assert State.of_yaml(inputs["plan.yaml"]) == ready("human")
    arguments, inputs = place.asked(form, table, ready("mouse"))
    assert "--plan=plan.yaml" not in arguments and list(inputs) == ["table.csv"]


def somebody(**more):
    known = {
        "patient": "A", "file": "a.csv", "subject": SUBJECT, "said": "It is.", "days": [-400.0, -20.0, 0.0],
        "measured": {"albumin": [(-400.0, 41.0, 0), (-20.0, 40.0, 0), (0.0, 39.0, 0)], "ast": [(-20.0, 60.0, -1)]},
        "course": {"albumin": [39.0, 38.5, 38.0]}, "table": Incoming("a.csv", b""),
    }  # fmt: skip
    return Like(**known | more)


def test_what_lies_further_back_than_the_run_is_long_is_not_drawn_but_counted():
    one = somebody()
    seen, past = one.drawn("albumin", 30.0)
    assert seen == [(-20.0, 40.0, 0), (0.0, 39.0, 0)] and past == ([-20.0, 0.0], [38.5, 38.0])
    assert (one.out_of_sight(30.0), one.begins(30.0)) == (1, -20.0)
    assert (one.out_of_sight(500.0), one.begins(500.0)) == (0, -400.0)
    assert one.drawn("inr", 30.0) == ([], ([], []))
    assert somebody(measured={"albumin": [(0.0, 39.0, 0)]}).begins(100.0) == -3.0


@pytest.fixture(scope="module")
def run():
    state = place.with_subject(ready("human"), SUBJECT).having((("until",), "30 d"))
    return simulated(state.scenario, panels.asked("human"), 0)


def test_a_panel_holds_what_was_measured_and_says_it(run):
    found = panels.panel(run, "albumin", somebody())
    assert found["measured"] == [[-20.0, 40.0, 0], [0.0, 39.0, 0]] or found["time"] == "weeks"
    factor = 1 / 7 if found["time"] == "weeks" else 1.0
    assert found["measured"][0][0] == pytest.approx(-20 * factor) and found["begins"] == pytest.approx(-20 * factor)
    assert found["span"][0] <= 38.0 and found["span"][1] >= 40.0
    assert "Measured at the last visit: 39 g/L; virtual on day 0:" in found["said"]
    limit = panels.panel(run, "ast", somebody())
    assert "Measured 20 days before the last visit: below 60 U/L" in limit["said"]
    nobody = panels.panel(run, "albumin")
    assert (nobody["measured"], nobody["past"], nobody["begins"]) == ([], [[], []], 0.0)
    assert panels.survival(run, somebody())["begins"] == found["begins"]
    beside = panels.overlaid({"one": run, "two": run}, "albumin", somebody())
    assert beside["measured"] == found["measured"]


def test_the_table_of_labs_has_what_was_measured_last(run):
    def table(*like):
        return numbers.labs(run, panels.of_subject("human"), lambda name: f"/evidence?row={name}", *like)

    head = table(somebody())["head"]
    rows = {row[0]["text"]: row[head.index("Measured last")] for row in table(somebody())["rows"]}
    assert (rows["Albumin"], rows["AST"], rows["INR"]) == ("39", "<60 (20 d before)", "")
    assert "Measured last" not in table()["head"]


def test_another_disease_has_none_of_what_makes_the_virtual_patient_differ():
    state = place.with_subject(ready("human"), SUBJECT)
    assert with_cause(state, "pbc").get("subject", "varied") is None
    assert state.get("title") is None and state.scenario.who().varied == SUBJECT["varied"]


def test_a_link_of_a_virtual_patient_holds_the_same_numbers():
    varied = {f"parameter_{k}": float(f"{0.123456 * k:.4g}") for k in range(1, 46)}
    state = place.with_subject(ready("human"), {**SUBJECT, "varied": varied})
    assert State.of_query(state.query()) == state and len(state.query()) < 4000


def test_nobody_but_the_owner_finds_the_labs_and_a_broken_folder_is_none(jobs):
    page = {"patient": "A", "file": "a.csv"}
    name = jobs.submit("like", "t", ["x"], {"table.csv": b"x"}, owner="me", page=page, soon=True)
    word = word_of(name)
    assert name not in word and job_of(word, jobs, "me").id == name
    assert job_of(word, jobs, "you") is None and job_of("", jobs, "me") is None
    assert like_of(jobs.job(name)) is None
