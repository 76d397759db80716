"""The record of a run gives the scenario file that makes the run again, or says that none can."""

import pytest

from lobule.files.scenario import read_scenario
from lobule.files.scenario_text import scenario_text
from lobule.therapy import Care
from lobule.therapy.parts import whole_part

CASES = ("mouse_ccl4_exosome", "mouse_cells_and_ev", "patient_hbv", "patient_combination")


def record(scenario, **settings):
    """What stands in run.json of its run, as far as it is read here."""
    who = scenario.who()
    plan = []
    for part in scenario.therapy():
        whole = part.to_dict()
        plan.append(whole if isinstance(part, Care) else whole | {"contents": whole_part(part)["product"]})
    given = {"until": scenario.until, "sample_every": scenario.sample_every, "hypotheses": scenario.hypotheses,
             "reading": scenario.reading, "without": [], "clamp": {}, "scale": {}} | settings  # fmt: skip
    kind = "patient" if scenario.subject.species == "human" else "animal"
    return {"title": scenario.title, "subject": {"kind": kind} | who.to_dict(), "plan": plan or None, "settings": given}


@pytest.mark.parametrize("name", CASES)
def test_an_example_comes_back_as_it_was(name, tmp_path):
    first = read_scenario(f"examples/{name}.yaml")
    (tmp_path / "again.yaml").write_text(scenario_text(record(first)), encoding="utf-8")
    again = read_scenario(tmp_path / "again.yaml")
    assert again.who() == first.who()
    assert again.therapy() == first.therapy()
    assert (again.until, again.sample_every, again.title) == (first.until, first.sample_every, first.title)
    assert (again.reading, again.hypotheses) == (first.reading, first.hypotheses)


def test_what_no_scenario_can_say_has_no_text():
    first = read_scenario("examples/mouse_ccl4_exosome.yaml")
    assert scenario_text(record(first)) != ""
    assert scenario_text(record(first, scale={"alt_clearance": 2.0})) == ""
    changed = record(first)
    changed["plan"][0]["contents"]["cargo"]["mir_223"]["value"] *= 2
    assert scenario_text(changed) == ""
    strange = record(first)
    strange["subject"]["varied"] = {"alt_clearance": 1.2}
    assert scenario_text(strange) == ""


def test_a_title_of_any_text_is_read_back(tmp_path):
    first = read_scenario("examples/mouse_ccl4_exosome.yaml")
    for title in ('a: "b" # c', "on", "- x", "Ätiologie µg", "{}"):
        (tmp_path / "again.yaml").write_text(scenario_text(record(first) | {"title": title}), encoding="utf-8")
        assert read_scenario(tmp_path / "again.yaml").title == title
