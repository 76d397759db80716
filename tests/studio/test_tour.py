"""The tour: ten steps that open, run, and show what their words say."""

import sys
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.studio.walking import walked

import lobule
from lobule.evidence import fact
from lobule.files.scenario import run_scenario
from lobule.studio.lessons import LESSONS
from lobule.studio.linked import Linked
from lobule.studio.state import State


def test_there_are_ten_steps_each_with_a_state_that_a_link_holds_and_sources_that_exist():
    assert len(LESSONS) == 10
    for lesson in LESSONS:
        assert State.of_query(lesson.state.query()).data == lesson.data
        assert lesson.state.scenario
        assert lesson.sources and all(fact(name) for name in lesson.sources)


def test_a_walk_leaves_the_package_as_it_was():
    async def walk(user):
        await user.open("/tour")

    walked(walk)
    assert sys.modules["lobule"] is lobule and sys.modules["lobule.studio"] is lobule.studio


def test_every_step_is_a_link_to_its_state():
    async def walk(user):
        await user.open("/tour")
        links = [one._props["pieces"][0][1] for one in user.client.elements.values() if isinstance(one, Linked)]
        states = [State.of_query(urlsplit(one).query).data for one in links if "subject" in one]
        assert states == [lesson.data for lesson in LESSONS]
        assert {parse_qs(urlsplit(one).query)["row"][0] for one in links if one.startswith("/evidence")} == {
            name for lesson in LESSONS for name in lesson.sources
        }

    walked(walk)


@pytest.mark.science
def test_the_curves_show_what_the_words_say():
    runs = [run_scenario(lesson.state.scenario, uncertainty=False) for lesson in LESSONS]
    healthy, acute, years, m1, m2, once, cargo, dose, early, patient = (run.data for run in runs)
    assert float(abs(healthy["albumin"] / healthy["albumin"][0] - 1).max()) < 1e-6
    peak = float(acute["time"][int(acute["alt"].to_numpy().argmax())])
    assert peak < 1.5 and float(acute["alt"][-1]) < 0.05 * float(acute["alt"].max())
    assert float(years["collagen_proportionate_area"][-1]) > 8 and float(years["albumin"][-1]) > 38
    old = run_scenario(LESSONS[2].state.having((("subject", "years"), 40)).scenario, uncertainty=False).data
    assert float(old["albumin"][-1]) < 35
    rise = [float(m1[name].max() / m1[name][0]) for name in ("inflammatory_macrophages", "restorative_macrophages")]
    assert rise[0] > rise[1] > 2
    assert float(m1["collagen_proportionate_area"][-1]) > 2 * float(m1["collagen_proportionate_area"][0])
    scar = m2["collagen_proportionate_area"]
    assert 1.5 * float(scar[0]) < float(scar[-1]) < 0.8 * float(scar.max())
    for run in (once, cargo, dose, patient):
        assert run is not None
    treated, more = (run.data["collagen_proportionate_area"][-1] for run in (runs[6], runs[7]))
    untreated = runs[6].control["collagen_proportionate_area"][-1]
    assert float(treated) < float(untreated)
    assert float(more) <= float(treated) * 1.001
    late = LESSONS[8].state.having((("plan", 0, "start"), "2 d"))
    after = run_scenario(late.scenario, uncertainty=False)
    spared = float(early["living_hepatocytes"].min()) - float(after.data["living_hepatocytes"].min())
    assert spared >= 0
