"""From a run in a notebook to its page: the state is that of the run, or it is told that no page can show it."""

import pytest

import lobule as lb
from lobule.errors import InputError
from lobule.studio import notebook
from lobule.studio.ready import READY, ready
from lobule.studio.worker import simulated

pytestmark = pytest.mark.science


@pytest.mark.parametrize("species", sorted(READY))
def test_a_run_leads_back_to_the_scenario_that_it_is_of(species):
    run = simulated(ready(species).scenario, ("alt",), 0)
    assert notebook.state_of(run).scenario == ready(species).scenario


def test_the_room_opens_its_pages_when_it_is_called(monkeypatch):
    opened = []
    monkeypatch.setattr(notebook, "_port", lambda: 8150)
    monkeypatch.setattr(notebook.webbrowser, "open_new_tab", opened.append)
    run = lb.simulate(lb.Animal("mouse", injury="ccl4", weeks=2), until="14 d", outputs=["alt"])
    page = lb.studio(run)
    assert opened == [page.address]
    assert "ccl4" in page.address and "%" not in page._repr_html_().partition(">")[2]
    assert lb.studio(browser=False).address.startswith("http://127.0.0.1:8150/?subject.species=mouse")
    assert len(opened) == 1


def test_what_no_scenario_says_is_told():
    with pytest.raises(InputError, match="opens on a run"):
        notebook.state_of("run")
    run = lb.simulate(lb.Animal("mouse"), until="1 d", outputs=["alt"], scale={"albumin_healthy": 1.1})
    with pytest.raises(InputError, match="experiment"):
        notebook.state_of(run)
