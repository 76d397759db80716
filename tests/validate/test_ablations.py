"""Setting mechanisms off one after another: what the table says, and that nothing else moves."""

import json
import math

import numpy as np
import pytest
from typer.testing import CliRunner

from lobule.answers import ablations as answer
from lobule.cli import app
from lobule.errors import InputError
from lobule.model.parameters import parameter_table
from lobule.patient import Animal
from lobule.simulation.crowd import Crowd
from lobule.therapy import Plan
from lobule.validate import ablations as module
from lobule.validate.ablations import WHOLE, Scenario, ablations, decisive, mechanisms, scenarios, switched_off

SHORT = Scenario(
    "short", Animal("mouse", injury="ccl4"), Plan("uc-msc-ev", dose="1e11 particle", start="1 h"), 3,
    (("alt", "peak"), ("tnf_alpha", "last")), 0.25,
)  # fmt: skip


def test_each_mechanism_sets_constants_that_exist():
    for name, sets in mechanisms().items():
        assert sets and set(sets) <= set(parameter_table()), name


def test_a_pattern_without_a_constant_is_told(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("mechanism,about,sets\nx,,*_of_nothing=0\n", encoding="utf-8")
    with pytest.raises(InputError, match=r'a.csv: no parameter is called "\*_of_nothing" \(x\)'):
        mechanisms(table)


def test_every_component_that_a_product_carries_is_set_off():
    off = switched_off(SHORT)
    assert off[WHOLE] == {} and set(mechanisms()) < set(off)
    assert off["cargo: gpx1"] == {"gpx1_copies_per_particle": 0.0, **dict.fromkeys(module.OF_ANY_COMPONENT, 0.0)}
    assert set(module.OF_ANY_COMPONENT) <= set(parameter_table())
    assert "cargo: payload" not in off  # it carries none


def test_shares_are_of_logarithms_and_a_small_effect_has_none():
    values = {("", ""): 4.0, ("published", WHOLE): 1.0, ("published", "half"): 2.0, ("published", "all"): 4.0,
              ("counted", WHOLE): 3.99, ("counted", "half"): 4.0}  # fmt: skip
    rows = {(r["reading"], r["without"]): r for r in module._lines(SHORT, "alt", "peak", values)}
    assert rows["published", "half"]["left"] == pytest.approx(0.5)
    assert rows["published", "all"]["left"] == 0.0 and rows["published", WHOLE]["left"] == 1.0
    assert math.isnan(rows["counted", "half"]["left"])


@pytest.mark.science
def test_what_is_set_off_belongs_to_the_therapy_alone():
    """An untreated animal does not feel any of it; only the solver's steps differ."""
    crowd, times = Crowd(), np.arange(0, 22.0)
    mouse = Animal("mouse", injury="ccl4", weeks=3)
    groups = [crowd.add(mouse, times, sets=sets) for sets in ({}, *mechanisms().values())]
    solved = crowd.solve(["alt", "collagen_proportionate_area", "tnf_alpha"], 1e-7)
    first, *others = (solved.all_values(group) for group in groups)
    assert all(np.allclose(first, other, rtol=1e-5, atol=0) for other in others)


@pytest.mark.science
def test_a_short_scenario_is_told_in_both_readings(monkeypatch):
    table = ablations((SHORT,))
    assert set(table["reading"]) == {"published", "counted"}
    whole = table[table["without"] == WHOLE]
    assert whole["left"].dropna().eq(1.0).all() and (whole["effect"] == whole["effect_without"]).all()
    published = table[table["reading"] == "published"].set_index(["output", "without"])["left"]
    assert published["tnf_alpha", "NF-kB brake of vesicles"] < 1
    large = decisive(table)["short", "tnf_alpha, last", "published"]
    assert large == sorted(large, key=lambda one: -abs(one[1]))
    monkeypatch.setattr(answer, "ablations", lambda: table)
    found = json.loads(CliRunner().invoke(app, ["validate", "--ablations", "--json"]).stdout)
    assert len(found["rows"]) == len(table) and len(found["sentences"]) == 4
    assert "short: " in found["sentences"][0]


def test_other_tables_do_not_go_with_ablations():
    for more in (["--study", "li2013"], ["--natural-history"], ["--set", "calibration"]):
        assert isinstance(CliRunner().invoke(app, ["validate", "--ablations", *more]).exception, InputError)


def test_the_named_scenarios_hold_animals_and_people_vesicles_and_cells():
    kinds = {(type(s.subject).__name__, s.plan.kind) for s in scenarios()}
    assert kinds == {("Animal", "vesicles"), ("Animal", "cells"), ("Patient", "cells")}
